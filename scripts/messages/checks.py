"""What is wrong with the translations."""

import re
from collections.abc import Iterator
from pathlib import Path

from scripts.messages.catalogue import LANGUAGES, ROOT, Entry
from scripts.messages.po import PoReader, po_path
from scripts.messages.sources import extract

PLACEHOLDER = re.compile(r"%\((\w+)\)[#0\- +]*\d*(?:\.\d+)?[a-zA-Z]|%[sdif]|\{(\w*)[^{}]*\}")


def placeholders(text: str) -> set[str]:
    """Names (or types, where there is no name) of what is put into the text."""
    # {% translate %} doubles each percent sign of its message id.
    text = text.replace("%%(", "%(").replace("%%", "")
    return {match.group(0) for match in PLACEHOLDER.finditer(text)}


def placeholder_faults(message: str, entry: Entry) -> Iterator[str]:
    if entry.plural is None:
        if placeholders(message) != placeholders(entry.strings[0]):
            yield "placeholders differ"
        return
    one, many = placeholders(message), placeholders(entry.plural)
    # "One room" may leave the number out; "%(count)s rooms" may not.
    singular = placeholders(entry.strings[0])
    if not singular <= one | many or len(one - singular) > 1:
        yield "placeholders of the singular differ"
    if placeholders(entry.strings[1]) != many:
        yield "placeholders of the plural differ"


def edges(text: str) -> tuple[bool, bool]:
    return text[:1].isspace(), text[-1:].isspace()


def entry_faults(message: str, entry: Entry) -> Iterator[str]:
    """What is wrong with one translated entry."""
    if entry.is_fuzzy:
        yield "fuzzy"
    if not any(entry.strings):
        yield "missing"
    elif not entry.is_complete:
        yield "a plural form is missing"
    else:
        yield from placeholder_faults(message, entry)
        if any(edges(text) != edges(message) for text in entry.strings):
            yield "begins or ends with a space where the other does not"


def check(root: Path = ROOT) -> list[str]:
    """One line per fault of sources and .po files; empty when all is well."""
    found = extract(root)
    faults = list(found.faults)
    for language in LANGUAGES:
        reader = PoReader(po_path(language, root))
        reader.read()
        for (context, message), entry in sorted(
            found.entries.items(), key=lambda item: (item[0][1], item[0][0] or "")
        ):
            place = found.places[context, message][0]
            known = reader.entries.get((context, message))
            if known is None:
                faults.append(f"{language}: missing: {message!r} ({place})")
            elif known.plural != entry.plural:
                faults.append(f"{language}: plural differs from the source: {message!r} ({place})")
            else:
                faults += [
                    f"{language}: {what}: {message!r} ({place})"
                    for what in entry_faults(message, known)
                ]
        for (context, message), entry in reader.entries.items():
            if (context, message) in found.entries:
                continue
            if entry.is_library:
                words = entry_faults(message, entry)
                faults += [f"{language}: {what}: {message!r} (library)" for what in words]
            else:
                faults.append(f"{language}: obsolete: {message!r}")
        faults += [f"{language}: twice: {message!r}" for message in reader.doubles]
        if reader.dead:
            faults.append(f"{language}: {reader.dead} lines of dead entries (#~)")
    return faults
