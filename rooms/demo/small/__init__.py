"""Loading of the small demo data: whatever is missing is made, whatever is there is left alone.

Days count backwards from the day of loading, so that a demonstration always has bindings
behind it, running and new. Rooms are known again by their order key, organisations by
number and people by address; the content depends on nothing but the day.
"""

from rooms.demo.small.start import make_number_range, seed_small

__all__ = [
    "make_number_range",
    "seed_small",
]
