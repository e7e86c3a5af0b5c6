"""The translation tool on a small checkout with faults planted in it."""

import gettext
from pathlib import Path

import pytest

from scripts.messages.catalogue import LANGUAGES, Entry, Key, MessageError
from scripts.messages.checks import check
from scripts.messages.po import PoReader, compile_all, po_path, update, write_po
from scripts.messages.sources import extract

PYTHON = """
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext as count_of, pgettext

TITLE = _("Room list")
HINT = _("Owner is %(name)s")
MONTH = pgettext("calendar", "May")


def rows(number):
    return count_of("%(count)d room", "%(count)d rooms", number) % {"count": number}
"""

TEMPLATE = """{% load i18n %}
<h1 title="{% translate "Move the room" %}">{{ _("Inside a variable") }}</h1>
    {% blocktranslate with name=room.name %}Close {{ name }}?{% endblocktranslate %}
  {% blocktranslate count n=rooms|length trimmed %}
     One room
  {% plural %}
     {{ n }} rooms
  {% endblocktranslate %}
{% translate "May" context "permission" %}
"""

GOOD = {
    "Room list": ("Romliste", "Romliste"),
    "Owner is %(name)s": ("%(name)s eier rommet", "%(name)s eig rommet"),
    "Move the room": ("Flytt rommet", "Flytt rommet"),
    "Inside a variable": ("I en variabel", "I ein variabel"),
    "Close %(name)s?": ("Stenge %(name)s?", "Stenge %(name)s?"),
}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with one module, one template and complete translations."""
    (tmp_path / "rooms/templates").mkdir(parents=True)
    (tmp_path / "rooms/views.py").write_text(PYTHON)
    (tmp_path / "rooms/templates/list.html").write_text(TEMPLATE)
    update(tmp_path)
    for number, language in enumerate(LANGUAGES):
        reader = read(tmp_path, language)
        for key, entry in reader.entries.items():
            if entry.plural is not None:
                word = ("rom", "rom")[number]
                entry.strings = [key[1].replace("room", word), entry.plural.replace("rooms", word)]
            else:
                entry.strings = [GOOD.get(key[1], ("mai", "mai"))[number]]
        write_po(reader.path, language, reader.entries)
    return tmp_path


def read(root: Path, language: str = "nb") -> PoReader:
    reader = PoReader(po_path(language, root))
    reader.read()
    return reader


def replace(root: Path, old: str, new: str, language: str = "nb") -> None:
    path = po_path(language, root)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_extract_finds_python_and_templates(checkout: Path) -> None:
    found = extract(checkout)

    assert {key: entry.plural for key, entry in found.entries.items()} == {
        (None, "Room list"): None,
        (None, "Owner is %(name)s"): None,
        ("calendar", "May"): None,
        ("permission", "May"): None,
        (None, "%(count)d room"): "%(count)d rooms",
        (None, "Move the room"): None,
        (None, "Inside a variable"): None,
        (None, "Close %(name)s?"): None,
        (None, "One room"): "%(n)s rooms",
    }
    assert found.places[None, "Close %(name)s?"] == ["rooms/templates/list.html:3"]


def test_check_is_content_with_complete_files(checkout: Path) -> None:
    assert check(checkout) == []


def test_update_writes_the_same_bytes_again(checkout: Path) -> None:
    before = po_path("nb", checkout).read_bytes()

    assert update(checkout) == []
    assert po_path("nb", checkout).read_bytes() == before
    assert b"POT-Creation" not in before


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('msgstr "Romliste"', 'msgstr ""', "nb: missing: 'Room list'"),
        ('msgid "Room list"', '#, fuzzy\nmsgid "Room list"', "nb: fuzzy: 'Room list'"),
        ('msgid "Room list"', 'msgid "Old list"', "nb: obsolete: 'Old list'"),
        ("%(name)s eier", "%(navn)s eier", "nb: placeholders differ: 'Owner is %(name)s'"),
        ("%(name)s eier", "Noen eier", "nb: placeholders differ: 'Owner is %(name)s'"),
        (
            'msgstr[1] "%(n)s rom"',
            'msgstr[1] "rom"',
            "nb: placeholders of the plural differ: 'One room'",
        ),
        (
            'msgstr[1] "%(n)s rom"',
            'msgstr[1] ""',
            "nb: a plural form is missing: 'One room'",
        ),
        (
            'msgid_plural "%(n)s rooms"\nmsgstr[0] "One rom"\nmsgstr[1] "%(n)s rom"',
            'msgstr "Ett rom"',
            "nb: plural differs from the source: 'One room'",
        ),
        ('msgstr "Romliste"', 'msgstr "Romliste "', "nb: begins or ends with a space"),
        ('msgstr "Romliste"', 'msgstr "Romliste"\n\n#~ msgid "Gone"', "nb: 1 lines of dead"),
    ],
)
def test_check_names_the_fault(checkout: Path, old: str, new: str, fault: str) -> None:
    replace(checkout, old, new)

    assert any(line.startswith(fault) for line in check(checkout)), check(checkout)


def test_one_id_with_two_plurals_is_a_fault(checkout: Path) -> None:
    (checkout / "rooms/more.py").write_text(
        "from django.utils.translation import ngettext\n"
        'ngettext("%(count)d room", "%(count)d of the rooms", 2)\n'
    )

    assert any("two plurals of '%(count)d room'" in line for line in check(checkout))


def test_update_keeps_translations_drops_what_is_gone_and_joins_doubles(checkout: Path) -> None:
    source = checkout / "rooms/views.py"
    source.write_text(source.read_text().replace("Room list", "List of rooms"))
    path = po_path("nb", checkout)
    # What git's union merge leaves when two branches translated the same string.
    path.write_text(path.read_text() + '\nmsgid "Move the room"\nmsgstr ""\n')

    assert update(checkout)[0] == "nb: 1 new, 1 dropped, 1 doubles"
    entries = read(checkout).entries
    assert entries[None, "Move the room"].strings == ["Flytt rommet"]
    assert entries[None, "List of rooms"].strings == [""]
    assert (None, "Room list") not in entries


def test_update_leaves_strings_of_libraries(checkout: Path) -> None:
    path = po_path("nn", checkout)
    path.write_text(path.read_text() + '\n#. library\nmsgid "Sign In"\nmsgstr "Logg inn"\n')

    update(checkout)

    assert read(checkout, "nn").entries[None, "Sign In"].strings == ["Logg inn"]
    assert check(checkout) == []


def test_compiled_file_translates(checkout: Path) -> None:
    compile_all(checkout)

    with po_path("nb", checkout).with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert compiled.gettext("Room list") == "Romliste"
    assert compiled.ngettext("%(count)d room", "%(count)d rooms", 2) == "%(count)d rom"
    assert compiled.pgettext("calendar", "May") == "mai"


def test_broken_file_is_named_with_its_line(checkout: Path) -> None:
    replace(checkout, 'msgstr "Romliste"', 'msgstr "Romliste')

    with pytest.raises(MessageError, match=r"django\.po:\d+: not a quoted string"):
        check(checkout)


def test_text_with_quotes_and_lines_survives(tmp_path: Path) -> None:
    text = 'Say "hi"\n\tand \\ go\n'
    entries: dict[Key, Entry] = {(None, text): Entry(strings=[text])}
    path = po_path("nb", tmp_path)

    write_po(path, "nb", entries)

    assert read(tmp_path).entries[None, text].strings == [text]
