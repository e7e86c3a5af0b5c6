"""Translations without GNU gettext: extract, update, check and compile the .po files.

    python -m scripts.messages extract   print every message of the sources
    python -m scripts.messages update    bring locale/*/LC_MESSAGES/django.po up to date
    python -m scripts.messages check     exit 1 and name each fault
    python -m scripts.messages compile   write the .mo files (not kept in git)

Message ids are English, so English needs no file. Entries are sorted and carry neither
dates nor line numbers: two branches that add strings rarely meet in one line, and where git
joined both sides `update` removes the doubles.

An entry under the comment `#. library` translates a string of an installed package that
lacks the language. Nothing of ours names it, so `update` leaves it alone.
"""

import argparse
import ast
import io
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from babel.messages import Catalog
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("nb", "nn")
LEFT_OUT = {"tests", "scripts", "benchmarks", "node_modules", "var", "staticfiles", "docs"}
LIBRARY = "library"
HEADER = """msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"""

# What each argument of a function is, as Babel spells it: "c" marks the context.
FUNCTIONS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
TEMPLATE_FUNCTIONS = {**FUNCTIONS, "_": None}

PLACEHOLDER = re.compile(r"%\((\w+)\)[#0\- +]*\d*(?:\.\d+)?[a-zA-Z]|%[sdif]|\{(\w*)[^{}]*\}")

Key = tuple[str | None, str]  # context and message id


class MessageError(Exception):
    """A source or a .po file cannot be read; the message names file and line."""


@dataclass
class Entry:
    """One message: its plural id when it has one, and its translations, one per form."""

    plural: str | None = None
    strings: list[str] = field(default_factory=list)
    is_library: bool = False
    is_fuzzy: bool = False

    @property
    def forms(self) -> int:
        return 2 if self.plural is not None else 1

    @property
    def is_complete(self) -> bool:
        return len(self.strings) == self.forms and all(self.strings)


@dataclass
class Messages:
    """The messages of the sources, with the places that name each."""

    entries: dict[Key, Entry] = field(default_factory=dict)
    places: dict[Key, list[str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def add(self, key: Key, plural: str | None, place: str) -> None:
        known = self.entries.setdefault(key, Entry(plural))
        if plural is not None and known.plural not in {None, plural}:
            self.faults.append(f"{place}: two plurals of {key[1]!r}: {known.plural!r}, {plural!r}")
        known.plural = known.plural if known.plural is not None else plural
        self.places.setdefault(key, []).append(place)


# Sources


def sources(root: Path) -> Iterator[Path]:
    """Python files and templates of the portal, not those of tests and tools."""
    for folder in sorted(root.iterdir()):
        if not folder.is_dir() or folder.name.startswith(".") or folder.name in LEFT_OUT:
            continue
        for path in sorted(folder.rglob("*")):
            is_python = path.suffix == ".py" and "migrations" not in path.parts
            is_template = path.suffix in {".html", ".txt"} and "templates" in path.parts
            if is_python or is_template:
                yield path


def names_in(source: str, path: Path) -> dict[str, tuple[int | tuple[int, str], ...] | None]:
    """The translating functions under the names this module imports them by."""
    try:
        tree = ast.parse(source)
    except SyntaxError as fault:
        raise MessageError(f"{path}:{fault.lineno}: {fault.msg}") from fault
    names = dict(FUNCTIONS)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            for alias in node.names:
                if alias.asname and alias.name in FUNCTIONS:
                    names[alias.asname] = FUNCTIONS[alias.name]
    return names


def extract(root: Path = ROOT) -> Messages:
    """Every message of Python files and templates. Raises MessageError on a broken source."""
    found = Messages()
    for path in sources(root):
        text = path.read_text(encoding="utf-8")
        place = str(path.relative_to(root))
        if path.suffix == ".py":
            if "translation" not in text:
                continue
            keywords = names_in(text, path)
        else:
            # Inside brackets the indentation of a template means nothing to the tokenizer.
            text = f"(\n{templatize(text, origin=place)}\n)"
            keywords = TEMPLATE_FUNCTIONS
        calls = extract_python(io.BytesIO(text.encode()), keywords, (), {"encoding": "utf-8"})
        for line, function, arguments, _comments in calls:
            assert isinstance(function, str)  # noqa: S101 (Babel's type covers other extractors)
            shift = 0 if path.suffix == ".py" else 1
            add_call(found, keywords[function], arguments, f"{place}:{line - shift}")
    return found


def add_call(
    found: Messages,
    shape: tuple[int | tuple[int, str], ...] | None,
    arguments: object,
    place: str,
) -> None:
    words: list[Any] = list(arguments) if isinstance(arguments, tuple | list) else [arguments]
    context: str | None = None
    if shape and isinstance(shape[0], tuple):
        context = words.pop(0)
    plural = words[1] if shape and sum(isinstance(part, int) for part in shape) == 2 else None
    if not isinstance(words[0], str) or not words[0]:
        found.faults.append(f"{place}: the message is not a plain string")
        return
    found.add((context, words[0]), plural, place)


# .po files


def unquote(line: str, place: str) -> str:
    try:
        value = ast.literal_eval(line.strip())
    except (SyntaxError, ValueError) as fault:
        raise MessageError(f"{place}: not a quoted string: {line.strip()}") from fault
    if not isinstance(value, str):
        raise MessageError(f"{place}: not a quoted string: {line.strip()}")
    return value


def quote(text: str) -> str:
    escaped = (
        text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t").replace("\r", "\\r")
    )
    if "\n" not in escaped.rstrip("\n"):
        return '"' + escaped.replace("\n", "\\n") + '"'
    lines = escaped.splitlines(keepends=True)
    return '""\n' + "\n".join('"' + line.replace("\n", "\\n") + '"' for line in lines)


class PoReader:
    """Reads a .po file line by line; doubles are joined, the first translation wins."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.entries: dict[Key, Entry] = {}
        self.doubles: list[str] = []
        self.dead = 0
        self.fields: dict[str, str] = {}
        self.comments: list[str] = []
        self.current = ""

    def read(self) -> None:
        if not self.path.is_file():
            return
        for number, line in enumerate(self.path.read_text(encoding="utf-8").splitlines(), 1):
            self.take(line.rstrip(), f"{self.path.name}:{number}")
        self.finish()

    def take(self, line: str, place: str) -> None:
        if line.startswith("#~"):
            self.dead += 1
        elif line.startswith("#"):
            if "msgstr" in self.fields or "msgstr[0]" in self.fields:
                self.finish()
            self.comments.append(line)
        elif line.startswith('"'):
            if not self.current:
                raise MessageError(f"{place}: a string that belongs to nothing")
            self.fields[self.current] += unquote(line, place)
        elif line.startswith("msg"):
            name, _, rest = line.partition(" ")
            begins = name == "msgctxt" or (name == "msgid" and "msgctxt" not in self.fields)
            if begins or name in self.fields:
                self.finish()
            self.current = name
            self.fields[name] = unquote(rest, place)
        elif line:
            raise MessageError(f"{place}: cannot be read: {line}")

    def finish(self) -> None:
        """Store the entry read so far."""
        if "msgid" not in self.fields:
            return
        context, message = self.fields.get("msgctxt"), self.fields["msgid"]
        strings = [text for name, text in self.fields.items() if name.startswith("msgstr")]
        words = " ".join(self.comments)
        entry = Entry(
            self.fields.get("msgid_plural"), strings, f"#. {LIBRARY}" in words, "fuzzy" in words
        )
        self.fields, self.comments, self.current = {}, [], ""
        if not message:
            return
        known = self.entries.get((context, message))
        if known is None:
            self.entries[context, message] = entry
            return
        self.doubles.append(message)
        if entry.is_complete and (not known.is_complete or known.is_fuzzy):
            self.entries[context, message] = entry


def po_path(language: str, root: Path = ROOT) -> Path:
    return root / "locale" / language / "LC_MESSAGES/django.po"


def write_po(path: Path, language: str, entries: dict[Key, Entry]) -> bool:
    """Write the file in its one stable form; True when that changed it."""
    parts = [HEADER.format(language=language)]
    for (context, message), entry in sorted(
        entries.items(), key=lambda item: (item[0][1], item[0][0] or "")
    ):
        lines = [f"#. {LIBRARY}"] if entry.is_library else []
        if entry.is_fuzzy:
            lines.append("#, fuzzy")
        if context is not None:
            lines.append(f"msgctxt {quote(context)}")
        lines.append(f"msgid {quote(message)}")
        if entry.plural is None:
            lines.append(f"msgstr {quote(entry.strings[0] if entry.strings else '')}")
        else:
            lines.append(f"msgid_plural {quote(entry.plural)}")
            strings = [*entry.strings, "", ""][:2]
            lines += [f"msgstr[{form}] {quote(text)}" for form, text in enumerate(strings)]
        parts.append("\n".join(lines) + "\n")
    text = "\n".join(parts)
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return True


def update(root: Path = ROOT) -> list[str]:
    """Add new messages, drop those no source names, join doubles; one line per file changed."""
    found = extract(root)
    said = []
    for language in LANGUAGES:
        reader = PoReader(po_path(language, root))
        reader.read()
        kept: dict[Key, Entry] = {
            key: entry for key, entry in reader.entries.items() if entry.is_library
        }
        for key, entry in found.entries.items():
            old = reader.entries.get(key)
            strings = list(old.strings) if old else []
            if old and old.plural is None and entry.plural is not None:
                strings = [*strings, ""][:2]
            is_fuzzy = bool(old and old.is_fuzzy)
            kept[key] = Entry(entry.plural, strings[: entry.forms], is_fuzzy=is_fuzzy)
        if write_po(reader.path, language, kept):
            new = sum(key not in reader.entries for key in kept)
            gone = sum(key not in kept for key in reader.entries)
            said.append(f"{language}: {new} new, {gone} dropped, {len(reader.doubles)} doubles")
    return said


# Checks


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


def compile_all(root: Path = ROOT) -> None:
    """Write a .mo beside each .po, in one step, so that a running process never reads half."""
    for language in LANGUAGES:
        reader = PoReader(po_path(language, root))
        if not reader.path.is_file():
            continue
        reader.read()
        catalog = Catalog(locale=language, charset="utf-8", fuzzy=False)
        for (context, message), entry in reader.entries.items():
            if entry.is_complete and not entry.is_fuzzy:
                ids = message if entry.plural is None else (message, entry.plural)
                texts = entry.strings[0] if entry.plural is None else tuple(entry.strings)
                catalog.add(ids, texts, context=context)
        compiled = reader.path.with_suffix(".mo")
        temporary = compiled.with_suffix(".mo.new")
        with temporary.open("wb") as file:
            write_mo(file, catalog)
        temporary.replace(compiled)


def show(messages: Messages) -> Iterable[str]:
    for key, entry in sorted(messages.entries.items(), key=lambda item: item[0][1]):
        context = f" [{key[0]}]" if key[0] else ""
        plural = f" / {entry.plural!r}" if entry.plural is not None else ""
        yield f"{messages.places[key][0]}: {key[1]!r}{plural}{context}"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts.messages", description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=["extract", "update", "check", "compile"])
    what = parser.parse_args(arguments).what
    try:
        if what == "compile":
            compile_all()
            return 0
        lines = {"extract": lambda: show(extract()), "update": update, "check": check}[what]()
        for line in (lines := list(lines)):
            print(line)
    except MessageError as fault:
        print(fault)
        return 1
    if what == "check":
        print(f"translations: {len(lines)} faults" if lines else "translations: complete")
        return 1 if lines else 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
