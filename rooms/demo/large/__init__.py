"""Loading of the large demo data by COPY: what the benchmarks measure on.

| | |
|---|---|
| organisations | 10,000 beside the small set's six |
| resellers | 20: one with 500 clients, the others with 100 each |
| rooms | 200,000: 10,000 in one organisation, 2,000 in another, 10,000 with the 500 clients |
| people | 50,000, every address verified; 30,000 hold one room or more |
| call legs | 500,000 of a year, in the rhythm of days, weeks and holidays |
| audit entries | two or more for each room, and one for each organisation and grant |

A year is longer than calls are kept (``CALL_LEG_DAYS``): it is for measuring, and where a worker
runs the older part goes the first night.

The content depends on nothing but the day. PINs are true tokens of the portal's cipher,
but from a pool: encrypting 400,000 separate ones would take longer than all the rest.
"""

from rooms.demo.large.ground import BIG_ORGANISATION, BIG_RESELLER, TRUST
from rooms.demo.large.loading import NotOurDatabase, seed_large
from rooms.demo.large.planning import organisation_numbers

__all__ = [
    "BIG_ORGANISATION",
    "BIG_RESELLER",
    "TRUST",
    "NotOurDatabase",
    "organisation_numbers",
    "seed_large",
]
