"""What is found out about a draft after its cells were read."""

from __future__ import annotations

from rooms.imports.faults import Fault
from rooms.imports.rows import PIN_FIELDS, Draft

PIN_PARTS = {"guests_allowed", *PIN_FIELDS}


def note_fault(draft: Draft, column: str, code: str, message: object, *fields: str) -> None:
    draft.faults.append(Fault(draft.row, column, code, str(message)))
    draft.bad.update(fields)


def note_warning(draft: Draft, column: str, code: str, message: object) -> None:
    draft.warnings.append(Fault(draft.row, column, code, str(message)))
