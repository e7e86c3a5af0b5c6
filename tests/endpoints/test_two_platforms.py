"""Two platforms with one domain and the same patterns: neither learns of the other's."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from endpoints.models import Endpoint
from rooms.links import RoomLinks
from rooms.platforms.events import inbox
from rooms.platforms.models import CallLeg, LiveConference, VideoPlatform
from tenants.models import User
from tests import factories
from tests.cast import Cast
from tests.rooms.platforms.conftest import basic
from tests.rooms.platforms.test_legs import START, event
from tests.rooms.test_live import participant, people, tell

REASON = "the test looks at every tenant"


@pytest.fixture
def twin(platform: VideoPlatform) -> VideoPlatform:
    """A platform that differs from the usual one in its short name and passwords alone."""
    twin = VideoPlatform.objects.get(pk=platform.pk)
    twin.pk, twin.slug, twin.is_default = None, "twin", False
    twin.renew_policy_password()
    twin.renew_sink_password()
    twin.save()
    return twin


def asked(platform: VideoPlatform, lookup: str, **query: Any) -> Any:
    given = basic(platform.policy_user, str(platform.policy_password))
    return Client().get(
        f"/platforms/{platform.slug}/policy/v1/{lookup}", query, headers={"authorization": given}
    )


def found(platform: VideoPlatform, asking: Endpoint, words: str) -> list[str]:
    query = {"q": words, "registration_alias": asking.address, "limit": 10}
    answer = json.loads(asked(platform, "registrations", **query).content)
    return sorted(entry["alias"] for entry in answer["result"])


def test_directory_holds_what_is_on_the_platform_that_asks(
    cast: Cast, platform: VideoPlatform, twin: VideoPlatform
) -> None:
    here, there, beside = (
        factories.make_endpoint(cast.organisation, by=cast.admin, name=name, address=address)
        for name, address in (("Sal her", "her"), ("Sal der", "der"), ("Sal ved", "ved"))
    )
    rows = Endpoint.objects.in_organisation(cast.organisation)
    rows.filter(pk=there.pk).update(platform=twin)
    assert found(platform, here, "sal") == [beside.address]
    # Its asker is known on the twin alone, and alone there.
    assert found(platform, there, "sal") == []
    assert found(twin, there, "sal") == []
    assert found(twin, here, "sal") == []


def test_picture_and_registration_are_the_platforms_own(
    cast: Cast, platform: VideoPlatform, twin: VideoPlatform, endpoint: Endpoint
) -> None:
    def statuses(address: str) -> list[int]:
        lookup = f"participant/avatar/{address}"
        return [asked(one, lookup, width=40, height=40).status_code for one in (platform, twin)]

    assert statuses(endpoint.address) == [200, 404]
    assert statuses(cast.room.number) == [200, 404]
    lookup = f"registrations/{endpoint.address}"
    query = {"protocol": "sip", "auth_type": "credentials"}
    actions = [
        json.loads(asked(one, lookup, **query).content)["action"] for one in (platform, twin)
    ]
    assert actions == ["continue", "reject"]


def test_same_call_told_by_both_is_two_and_shown_where_the_room_is(
    cast: Cast,
    platform: VideoPlatform,
    twin: VideoPlatform,
    signed_in: Callable[[User], Client],
) -> None:
    """Same uuid, name, number and tag: a copied platform, or one that lies."""
    room, client = cast.room, signed_in(cast.admin)
    name = f"{room.name} ({room.number})"
    locked = event("conference_updated", START + 5, name=name, is_locked=True)
    del locked["data"]["uuid"]
    tell(twin, participant(room, "leg"), participant(room, "more"), locked)
    meetings = reverse("rooms:meetings", args=[cast.organisation.slug])
    assert people(client.get(RoomLinks(room).live)) == []
    assert room.name not in client.get(meetings).content.decode()

    tell(platform, participant(room, "leg", role="chair"))
    assert len(people(client.get(RoomLinks(room).live))) == 1
    assert not client.get(RoomLinks(room).live).context["meeting"].is_locked
    assert room.name in client.get(meetings).content.decode()
    gone = participant(room, "leg", "participant_disconnected", end_time=START + 9, duration=9.0)
    tell(twin, gone)
    inbox.drain()
    assert len(people(client.get(RoomLinks(room).live))) == 1
    legs = CallLeg.objects.unscoped(reason=REASON)
    assert set(legs.values_list("platform__slug", "uuid", "room_id")) == {
        ("standard", "leg", room.pk),
        ("twin", "leg", None),
        ("twin", "more", None),
    }
    assert list(
        LiveConference.objects.unscoped(reason=REASON).values_list("platform__slug", "room_id")
    ) == [("twin", None)]
