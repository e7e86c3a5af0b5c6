"""Import of rooms from files: read, check every row, plan, write all or nothing.

The same steps serve the page, the task behind it and the command:
``reading`` turns bytes into rows of cells, ``rows`` turns cells into values by the file's own
columns, ``checking`` compares them with each other and with what stands, and ``writing`` stores
the plan in one transaction.
"""

from rooms.imports.checking import Plan, make_plan
from rooms.imports.faults import Fault, Unreadable
from rooms.imports.reading import Sheet, read_sheet
from rooms.imports.rows import Draft
from rooms.imports.writing import ImportRefused, carry_out

__all__ = [
    "Draft",
    "Fault",
    "ImportRefused",
    "Plan",
    "Sheet",
    "Unreadable",
    "carry_out",
    "make_plan",
    "read_sheet",
]
