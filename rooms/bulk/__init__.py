"""Changes to many rooms at once: first the effect, then all of them or none.

A page shows a :class:`Plan`; confirming it sends back the plan's seal, which holds the rooms
and the versions that were shown. What was not shown is not changed, and a room that somebody
has changed meanwhile stops the whole.
"""

from rooms.bulk.changing import (
    AlreadyDone,
    Refused,
    StaleSelection,
    change_owners,
    change_products,
    renew_pins,
    set_cost_centre,
    terminate_rooms,
)
from rooms.bulk.effects import product_effect, termination_effect
from rooms.bulk.plans import MAX_ROOMS, LeftOut, Plan, plan, unseal

__all__ = [
    "MAX_ROOMS",
    "AlreadyDone",
    "LeftOut",
    "Plan",
    "Refused",
    "StaleSelection",
    "change_owners",
    "change_products",
    "plan",
    "product_effect",
    "renew_pins",
    "set_cost_centre",
    "terminate_rooms",
    "termination_effect",
    "unseal",
]
