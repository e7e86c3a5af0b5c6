"""The import's writes: the file between preview and end, its job, and the rooms, all or nothing.

Actions in the sense of ``rooms.actions``: each checks the right of ``by``, which is None only
for the command, and writes the audit entries in its own transaction.
"""

from rooms.imports.writing.files import choose_types, drop_old_contents, plan_of, receive_file
from rooms.imports.writing.jobs import run_import, stalled_import_ids, start_import
from rooms.imports.writing.rooms import (
    ImportRefused,
    Outcome,
    carry_out,
    import_file,
    lock_organisation,
)
from rooms.imports.writing.shown import keep_shown, shown_plan

__all__ = [
    "ImportRefused",
    "Outcome",
    "carry_out",
    "choose_types",
    "drop_old_contents",
    "import_file",
    "keep_shown",
    "lock_organisation",
    "plan_of",
    "receive_file",
    "run_import",
    "shown_plan",
    "stalled_import_ids",
    "start_import",
]
