"""The .po files: read, brought up to date, and compiled."""

import ast
from pathlib import Path

from babel.messages import Catalog
from babel.messages.mofile import write_mo

from scripts.messages.catalogue import LANGUAGES, ROOT, Entry, Key, MessageError
from scripts.messages.sources import extract

LIBRARY = "library"
HEADER = """msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"""


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
