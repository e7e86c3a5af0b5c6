"""From the rows of a file to a plan: compared with each other, the catalogue and what stands.

Nothing is written here, and what is read takes the same few queries whatever the rows.
"""

from rooms.imports.checking.making import make_plan
from rooms.imports.checking.plans import Plan, PriceLine, TypeGroup, TypeOption

__all__ = [
    "Plan",
    "PriceLine",
    "TypeGroup",
    "TypeOption",
    "make_plan",
]
