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
import sys
from collections.abc import Iterable

from scripts.messages.catalogue import MessageError, Messages
from scripts.messages.checks import check
from scripts.messages.po import compile_all, update
from scripts.messages.sources import extract


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
