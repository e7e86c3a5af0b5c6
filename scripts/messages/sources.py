"""The messages that Python files and templates of the portal name."""

import ast
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.extract import extract_python
from django.utils.translation.template import templatize

from scripts.messages.catalogue import ROOT, MessageError, Messages

LEFT_OUT = {"tests", "scripts", "benchmarks", "node_modules", "var", "staticfiles", "docs"}

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
