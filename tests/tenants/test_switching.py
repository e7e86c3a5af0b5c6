"""First pages, and a reseller's way between clients: menu, typing and address."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tenants import actions
from tenants.models import User
from tenants.roles import Role
from tests import factories
from tests.cast import Cast
from tests.pages import links_of, squeezed, text_of
from videoportal.kit.formats import orgno

type SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def english(cast: Cast) -> None:
    for person in (cast.admin, cast.reseller):
        actions.change_profile(person, by=person, language="en")


def switch(client: Client, cast: Cast, **query: str) -> str:
    url = reverse("tenants:switch_client", args=[cast.reseller_organisation.slug])
    return str(client.get(url, query)["Location"])


def test_each_person_starts_in_the_right_place(cast: Cast, signed_in: SignIn) -> None:
    home = reverse("tenants:home")
    starts = {
        "administrator": reverse("rooms:overview", args=[cast.organisation.slug]),
        "other administrator": reverse("rooms:overview", args=[cast.foreign.slug]),
        "reseller": reverse("rooms:clients", args=[cast.reseller_organisation.slug]),
        "operator": reverse("tenants:operation"),
        "user": reverse("rooms:own_list"),
        "own-room user": reverse("rooms:own_list"),
    }
    found = {
        role: signed_in(person).get(home)["Location"]
        for role, person in cast.people().items()
        if role in starts and person
    }
    assert found == starts


def test_administrator_of_several_chooses(cast: Cast, signed_in: SignIn) -> None:
    actions.grant_role(cast.admin, Role.CUSTOMER_ADMIN, cast.second_client, by=None)
    page = signed_in(cast.admin).get(reverse("tenants:home"))
    assert links_of(page) == {
        "Lerkebø legesenter": reverse("rooms:overview", args=[cast.second_client.slug]),
        "Solfjord kommune": reverse("rooms:overview", args=[cast.organisation.slug]),
    }


def test_typing_leads_to_the_only_match(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.reseller)
    overview = reverse("rooms:overview", args=[cast.second_client.slug])
    number = cast.second_client.organisation_number
    for typed in ("lerke", "Lerkebø legesenter", number, f" {number[:3]} {number[3:]} "):
        assert switch(client, cast, q=typed) == overview, typed
    assert switch(client, cast, q="lerke", page="rooms:list") == reverse(
        "rooms:list", args=[cast.second_client.slug]
    )
    assert switch(client, cast, q="lerke", page="https://evil.example") == overview


def test_exact_name_wins_over_longer_ones(cast: Cast, signed_in: SignIn) -> None:
    factories.make_organisation("Lerkebø legesenter øst", reseller=cast.reseller_organisation)
    client = signed_in(cast.reseller)
    assert switch(client, cast, q="lerkebø legesenter") == reverse(
        "rooms:overview", args=[cast.second_client.slug]
    )
    clients = reverse("rooms:clients", args=[cast.reseller_organisation.slug])
    assert switch(client, cast, q="lerke") == f"{clients}?q=lerke"
    assert switch(client, cast) == clients


@pytest.mark.parametrize("typed", ["", "nobody", "\x00", "%", "a" * 400, "🦊"])
def test_odd_typing_ends_in_the_list(cast: Cast, signed_in: SignIn, typed: str) -> None:
    location = switch(signed_in(cast.reseller), cast, q=typed)
    assert location.startswith(reverse("rooms:clients", args=[cast.reseller_organisation.slug]))


def test_foreign_client_is_not_found_by_number(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.reseller)
    number = cast.foreign.organisation_number
    page = client.get(switch(client, cast, q=number))
    assert f"No clients match “{number}”." in text_of(page)
    assert page.context["table"].records == []


def test_suggestions_are_own_clients(cast: Cast, signed_in: SignIn) -> None:
    url = reverse("tenants:switch_client", args=[cast.reseller_organisation.slug])
    response = signed_in(cast.reseller).get(url, {"q": "solf"}, headers={"HX-Request": "true"})
    spaced = orgno(cast.organisation.organisation_number)
    assert response.content.decode().strip() == (
        f'<option value="Solfjord kommune">{spaced}</option>'
    )


def test_strip_names_the_client_and_stays_in_the_same_part(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.reseller)
    client.get(reverse("rooms:overview", args=[cast.organisation.slug]))
    client.get(reverse("rooms:overview", args=[cast.second_client.slug]))
    page = client.get(reverse("rooms:overview", args=[cast.organisation.slug]))
    strip = '//section[@class="behalf"]'
    assert "You are acting on behalf of Solfjord kommune" in text_of(page, strip)
    clients = reverse("rooms:clients", args=[cast.reseller_organisation.slug])
    assert links_of(page, f"{strip}//a") == {
        "Lerkebø legesenter": reverse("rooms:overview", args=[cast.second_client.slug]),
        "All 2 clients": clients,
        "Stop": clients,
    }


def test_no_strip_for_the_organisations_own_administrator(cast: Cast, signed_in: SignIn) -> None:
    page = signed_in(cast.admin).get(reverse("rooms:overview", args=[cast.organisation.slug]))
    assert 'class="behalf"' not in page.content.decode()


def test_header_says_who_is_a_reseller(cast: Cast, signed_in: SignIn) -> None:
    """At home as on a client's pages; a customer's own header has the number alone."""
    pages = [
        reverse("rooms:clients", args=[cast.reseller_organisation.slug]),
        reverse("rooms:overview", args=[cast.organisation.slug]),
    ]
    client = signed_in(cast.reseller)
    number = squeezed(orgno(cast.reseller_organisation.organisation_number))
    for page in pages:
        assert text_of(client.get(page), "//header//p[contains(@class, 'org')]/span") == (
            f"Reseller · org. no. {number}"
        )
    own = signed_in(cast.admin).get(pages[1])
    assert text_of(own, "//header//p[contains(@class, 'org')]/span") == (
        f"Org. no. {squeezed(orgno(cast.organisation.organisation_number))}"
    )
