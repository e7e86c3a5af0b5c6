"""The navigation marks the part that a page's breadcrumbs begin with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tenants.models import User
from tenants.navigation import account_pages, open_entry
from tests.cast import Cast
from tests.pages import document, squeezed

type SignIn = Callable[[User], Client]


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


def row(response: Any) -> list[str]:
    return [str(href) for href in document(response).xpath("//nav[@id='main-menu']//a/@href")]


@pytest.mark.parametrize("view", ["tenants:my_data", "tenants:my_log", "rooms:own_list"])
def test_own_things_stand_in_the_persons_menu_and_leave_the_row_to_the_organisation(
    view: str, cast: Cast, signed_in: SignIn
) -> None:
    client = signed_in(cast.admin)
    organisation = row(client.get(reverse("rooms:overview", args=[cast.organisation.slug])))
    page = client.get(reverse(view))
    assert row(page) == organisation
    (current,) = document(page).xpath("//ul[@class='menu__list']//a[@aria-current='page']/@href")
    assert current == reverse(view)
    # A user has no organisation to run: the row is theirs.
    assert reverse(view) in row(signed_in(cast.owner).get(reverse(view)))


def test_pages_of_the_account_tell_where_they_are(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.admin)
    profile = reverse("tenants:profile")
    for page in account_pages()[1:]:
        trail = document(client.get(reverse(page.view))).xpath("//nav[@class='ds-breadcrumbs']")
        assert trail[0].xpath(".//a/@href") == [profile], page.view
        assert squeezed(trail[0].xpath(".//*[@aria-current]")[0].text_content()) == str(page.label)
    assert not document(client.get(profile)).xpath("//nav[@class='ds-breadcrumbs']")
    below = document(client.get(reverse("tenants:add_app"))).xpath("//nav[@class='ds-breadcrumbs']")
    assert below[0].xpath(".//a/@href") == [profile, reverse("tenants:second_factor")]
    heading = document(client.get(reverse("tenants:add_app"))).xpath("//h1")[0].text_content()
    last = below[0].xpath(".//*[@aria-current]")[0].text_content()
    assert squeezed(last) == squeezed(heading)
