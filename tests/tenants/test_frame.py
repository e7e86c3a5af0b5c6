"""Head and foot of a page are drawn once for many readers, and never show one to another."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tenants.models import User
from tenants.outline import Outline
from tests.cast import Cast
from tests.pages import document, squeezed
from videoportal.kit import skeletons

type SignIn = Callable[[User], Client]

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w{64})"')


def frame_of(response: Any) -> str:
    """Return the head and foot as they were sent."""
    html = response.content.decode()
    return "".join(re.findall(r"<header.*?</header>|<footer.*?</footer>", html, re.DOTALL))


def test_readers_with_the_same_outline_share_it_and_no_name(cast: Cast, signed_in: SignIn) -> None:
    skeletons._remembered.cache_clear()
    seen = {}
    people = {cast.admin: cast.organisation, cast.other_admin: cast.foreign}
    for person, organisation in people.items():
        organisation.name = f"Virksomhet {person.pk} <b>&"
        organisation.save()
        person.name = f"Person {person.pk} <i>"
        person.save()
    for person, organisation in [*people.items(), *people.items()]:
        url = reverse("rooms:list", args=[organisation.slug])
        seen[person] = frame_of(signed_in(person).get(url, {"q": f"søk {person.pk}"}))
    # Drawn once, for the first of the two, and for both heads and feet.
    assert skeletons._remembered.cache_info().misses == 3
    for person, organisation in people.items():
        (other,) = set(people) - {person}
        html = seen[person]
        assert f"Person {person.pk} &lt;i&gt;" in html
        assert f"Virksomhet {person.pk} &lt;b&gt;&amp;" in html
        assert reverse("rooms:list", args=[organisation.slug]) in html
        assert f"q=s%C3%B8k+{person.pk}" in html
        for foreign in (
            f"Person {other.pk} ",
            f"Virksomhet {other.pk} ",
            f"/o/{people[other].slug}/",
            people[other].organisation_number,
            f"k+{other.pk}",
        ):
            assert foreign not in html
        assert "zq-" not in html


def test_the_same_link_is_the_page_itself_or_the_part_it_belongs_to(
    cast: Cast, signed_in: SignIn
) -> None:
    client, slug = signed_in(cast.admin), cast.organisation.slug

    def current(url: str) -> list[tuple[str, str]]:
        links = document(client.get(url)).xpath("//nav[@id='main-menu']//a[@aria-current]")
        return [(link.get("href"), link.get("aria-current")) for link in links]

    rooms = reverse("rooms:list", args=[slug])
    assert current(rooms) == [(rooms, "page")]
    assert current(reverse("rooms:detail", args=[slug, cast.room.public_id])) == [(rooms, "true")]
    # Somebody else's page is not there: the link leads to one's own.
    assert current(reverse("rooms:list", args=[cast.foreign.slug])) == [(rooms, "true")]


def test_both_forms_of_the_frame_carry_the_readers_own_token(cast: Cast, signed_in: SignIn) -> None:
    tokens = []
    for person in (cast.admin, cast.other_admin):
        response = signed_in(person).get(reverse("tenants:profile"))
        sent = TOKEN.findall(frame_of(response))
        assert len(sent) == 2
        tokens += sent
    assert len(set(tokens)) == 2


def test_a_right_that_is_taken_away_leaves_the_row_at_the_next_click(
    cast: Cast, signed_in: SignIn
) -> None:
    client = signed_in(cast.reseller)
    url = reverse("rooms:list", args=[cast.organisation.slug])
    head = document(client.get(url)).xpath("//header")[0]
    assert cast.reseller_organisation.name in squeezed(head.text_content())
    type(cast.organisation).objects.in_organisation(cast.organisation).update(reseller=None)
    response = client.get(url)
    assert response.status_code == 404
    links = document(response).xpath("//header//a/@href")
    assert links
    assert not [link for link in links if link.startswith(f"/o/{cast.organisation.slug}/")]


@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_the_language_is_part_of_the_outline(language: str, cast: Cast, signed_in: SignIn) -> None:
    cast.admin.language = language
    cast.admin.save()
    html = frame_of(signed_in(cast.admin).get(reverse("tenants:profile")))
    words = {"nb": "Logg ut", "nn": "Logg ut", "en": "Sign out"}
    assert words[language] in html
    assert f'value="{language}" lang="{language}" aria-current="true"' in html


def test_two_outlines_differ_when_anything_in_them_does() -> None:
    one = Outline("nb", is_signed_in=True)
    assert one == Outline("nb", is_signed_in=True)
    assert one != Outline("nb", is_signed_in=True, is_administrator=True)
