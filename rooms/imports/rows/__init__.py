"""Rows of cells in, drafts of rooms out: the two formats, cell by cell.

Pexip's bulk export is known by its column names, or by having 16 or 7 columns without names
(docs/pexip.md, Bulk files). The portal's own format is ``rooms.columns``.
"""

from rooms.imports.rows.cells import PIN_FIELDS, SHAPE_CODES
from rooms.imports.rows.columns import OLD_PEXIP_COLUMNS, PEXIP_COLUMNS
from rooms.imports.rows.drafts import Draft, Table
from rooms.imports.rows.table import read_table

__all__ = [
    "OLD_PEXIP_COLUMNS",
    "PEXIP_COLUMNS",
    "PIN_FIELDS",
    "SHAPE_CODES",
    "Draft",
    "Table",
    "read_table",
]
