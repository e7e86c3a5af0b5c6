"""The navigation marks the part that a page's breadcrumbs begin with."""

import pytest

from tenants.navigation import open_entry


@pytest.mark.parametrize(
    ("view", "first_page"),
    [
        ("rooms:transfer", "tenants:member_list"),
        ("rooms:detail", "rooms:list"),
        ("tenants:reseller_connect", "tenants:organisations"),
        ("tenants:reseller_end", "tenants:organisations"),
        ("tenants:staff_start", "tenants:organisations"),
        ("tenants:resellers", "tenants:resellers"),
    ],
)
def test_a_page_belongs_to_the_part_it_is_reached_from(view: str, first_page: str) -> None:
    entry = open_entry(view)
    assert entry is not None
    assert entry.view == first_page
