"""Patterns of rooms' addresses that an operator changes while endpoints and rooms are there."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from endpoints import actions as endpoint_actions
from endpoints.addresses import is_room_address
from endpoints.models import Endpoint
from rooms.actions import change_platform
from rooms.models import Room
from rooms.platforms.models import VideoPlatform
from tests import factories
from tests.cast import Cast
from tests.pages import document

REASON = "the test looks at every tenant"
PLAIN = ["{number}", "{number}@{domain}"]


def change(cast: Cast, *more: str, **values: Any) -> VideoPlatform:
    platform = VideoPlatform.objects.get(slug="standard")
    return change_platform(platform, by=cast.operator, alias_patterns=[*PLAIN, *more], **values)


def refused(cast: Cast, *more: str) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        change(cast, *more)
    assert VideoPlatform.objects.get(slug="standard").alias_patterns == PLAIN
    faults: list[str] = caught.value.message_dict["alias_patterns"]
    return faults


def test_pattern_that_would_take_endpoints_addresses_is_refused_with_their_number(
    cast: Cast,
) -> None:
    for by, organisation, address in (
        (cast.admin, cast.organisation, "rom4711"),
        (cast.other_admin, cast.foreign, "rom9000"),
        (cast.admin, cast.organisation, "rom12"),
    ):
        factories.make_endpoint(organisation, by=by, address=address)
    gone = factories.make_endpoint(cast.organisation, by=cast.admin, address="rom5555")
    endpoint_actions.remove_endpoint(gone, by=cast.admin)
    assert "2 video" in refused(cast, "ROM{number}@{domain}")[0]
    # Dialled without a domain it is the platform's own.
    assert "2 video" in refused(cast, "rom{number}")[0]
    assert change(cast, "vmr{number}@{domain}").alias_patterns[-1] == "vmr{number}@{domain}"


def test_endpoint_of_another_platform_stands_in_nobodys_way(cast: Cast) -> None:
    endpoint = factories.make_endpoint(cast.organisation, by=cast.admin, address="rom4711")
    other = VideoPlatform.objects.get(slug="standard")
    other.pk, other.slug, other.is_default = None, "annen", False
    other.save()
    rows = Endpoint.objects.in_organisation(cast.organisation)
    rows.filter(pk=endpoint.pk).update(platform=other)
    change(cast, "rom{number}@{domain}")


def test_pattern_by_which_two_rooms_share_an_address_is_refused(cast: Cast) -> None:
    rooms = Room.objects.unscoped(reason=REASON)
    rooms.filter(pk=cast.room.pk).update(number="471182")
    rooms.filter(pk=cast.foreign_room.pk).update(number="9471182")
    assert refused(cast, "9{number}@{domain}")[0].startswith("2 åpne rom")
    rooms.filter(pk=cast.foreign_room.pk).update(closed_at=timezone.now())
    change(cast, "9{number}@{domain}")


def test_prefix_that_leads_to_no_other_room_is_taken(cast: Cast) -> None:
    assert change(cast, "4721{number}", "x{number}y@{domain}").alias_patterns[2:] == [
        "4721{number}",
        "x{number}y@{domain}",
    ]


def test_operator_is_told_at_the_field(cast: Cast, signed_in: Any) -> None:
    factories.make_endpoint(cast.organisation, by=cast.admin, address="rom4711")
    operator = signed_in(cast.operator)
    url = "/operation/platforms/standard/edit/"
    form = document(operator.get(url)).xpath("//main//form[.//input[@name='domain']]")[0]
    values = {name: value or "" for name, value in form.fields.items()}
    values["alias_patterns"] = "\n".join([*PLAIN, "rom{number}@{domain}"])
    response = operator.post(url, values)
    assert response.status_code == 422
    assert "1 video" in str(response.context["form"].errors["alias_patterns"])
    assert "rom{number}@{domain}" in response.content.decode()


def test_new_endpoint_gets_no_address_that_a_room_has_without_its_domain(
    cast: Cast, platform: VideoPlatform
) -> None:
    platform.alias_patterns = ["vmr{number}"]
    assert is_room_address(f"vmr4711@{platform.domain}", platform)
    assert not is_room_address(f"vmr47@{platform.domain}", platform)
    assert not is_room_address("vmr4711@elsewhere.example", platform)
