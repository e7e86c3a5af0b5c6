"""Tables: columns, ordering and paging by django-tables2, rows drawn by ourselves.

django-tables2 inspects a signature for every cell and compiles a template for some, which is
most of its time. Here every column is compiled once per page to one function from record to
markup, and the rows are joined in Python. Everything is escaped unless it is marked safe.
"""

from videoportal.kit.tables.columns import ActionColumn, Column, NameColumn, SelectColumn
from videoportal.kit.tables.paging import DEEPEST_ROW, PAGE_SIZES, Count
from videoportal.kit.tables.table import BaseTable

__all__ = [
    "DEEPEST_ROW",
    "PAGE_SIZES",
    "ActionColumn",
    "BaseTable",
    "Column",
    "Count",
    "NameColumn",
    "SelectColumn",
]
