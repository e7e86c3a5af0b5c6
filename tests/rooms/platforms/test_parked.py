"""Deliveries of events that could not be read: shown, read again, and thrown away."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from rooms import actions
from rooms.platforms import facts
from rooms.platforms.events import inbox
from rooms.platforms.models import CallLeg, SinkDelivery, VideoPlatform
from tenants.access import Forbidden
from tenants.models import AuditEntry, User
from tests.cast import Cast
from tests.pages import document, squeezed, text_of
from tests.rooms.platforms.conftest import Ask
from tests.rooms.platforms.test_events import call, change, deliver
from tests.rooms.platforms.test_show_platform import shown

URL = "/operation/platforms/standard/"
PARKED = f"{URL}events/parked/"


@pytest.fixture
def operator(cast: Cast, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(cast.operator)


@pytest.fixture
def elsewhere(platform: VideoPlatform) -> VideoPlatform:
    """Another platform, with a delivery of its own kept aside."""
    other = VideoPlatform.objects.get(pk=platform.pk)
    other.pk, other.slug, other.is_default = None, "annen", False
    other.save()
    park(other, b'{"annens": 1}')
    return other


def park(platform: VideoPlatform, body: bytes, fault: str = "DataError") -> SinkDelivery:
    return SinkDelivery.objects.create(
        platform=platform, body=body, parked_at=timezone.now(), parked_for=fault
    )


def rows(client: Client) -> list[list[str]]:
    page = document(client.get(PARKED))
    for twice in page.xpath("//tbody//*[contains(@class, 'only-narrow')]"):
        twice.drop_tree()
    return [
        [squeezed(cell.text_content()) for cell in row.xpath("*")]
        for row in page.xpath("//tbody/tr")
    ]


def test_page_shows_why_and_of_what_but_nothing_that_was_said(
    cast: Cast, operator: Client, platform: VideoPlatform, elsewhere: VideoPlatform
) -> None:
    park(platform, b'{"event": "participant_connected", "data": {"display_name": "Kari Pasient"}}')
    park(platform, b"x" * (300 * 1024), "MemoryError")
    page = operator.get(PARKED)
    assert "Kari Pasient" not in page.content.decode()
    assert "annens" not in page.content.decode()
    (_large_at, fault, size, fields), (_at, *other) = rows(operator)
    assert (fault, size, fields) == ("MemoryError", "300,0 KB", "For stor til å vises")
    assert (other[0], other[2]) == ("DataError", "{event: str, data: {display_name: str}}")
    found = text_of(operator.get(URL))
    assert "2 leveranser av hendelser kunne ikke leses" in found
    assert facts.facts_of("standard").faults == 2  # type: ignore[union-attr]
    told = json.loads(shown("--json"))
    assert (told["events_parked"], told["events_waiting"], told["faults"]) == (2, 0, 2)
    assert told["events_parked_since"] is not None


def test_nothing_is_kept_aside_says_so(operator: Client, elsewhere: VideoPlatform) -> None:
    page = operator.get(PARKED)
    assert "Ingenting er lagt til side" in text_of(page)
    assert not document(page).xpath("//main//form")
    assert "kunne ikke leses" not in text_of(operator.get(URL))


def test_parked_delivery_is_read_again_once_the_portal_can(
    as_tables_owner: None,
    cast: Cast,
    operator: Client,
    tell: Ask,
    elsewhere: VideoPlatform,
) -> None:
    change("alter table rooms_callleg add constraint as_before_an_update check (uuid <> 'leg-1')")
    deliver(tell, call(cast, 1))
    inbox.drain()
    assert {row[1] for row in rows(operator)} == {"IntegrityError"}
    count = len(rows(operator))
    again = operator.post(f"{PARKED}read/", follow=True)
    assert f"{count} leveranser leses på nytt" in text_of(again)
    inbox.drain()
    # Still as before the update: it stands here again.
    assert len(rows(operator)) == count

    change("alter table rooms_callleg drop constraint as_before_an_update")
    operator.post(f"{PARKED}read/")
    inbox.drain()
    assert rows(operator) == []
    assert [leg.uuid for leg in CallLeg.objects.in_organisation(cast.organisation)] == ["leg-1"]
    assert SinkDelivery.objects.parked().of(elsewhere).count() == 1
    entry = AuditEntry.objects.unscoped(reason="the provider's own").filter(
        action="rooms.platform.parked_read_again"
    )[0]
    assert entry.after == {"deliveries": count}


def test_what_was_shown_is_deleted_and_what_came_since_stays(
    cast: Cast, operator: Client, platform: VideoPlatform, elsewhere: VideoPlatform
) -> None:
    park(platform, b"{}")
    page = operator.get(f"{PARKED}discard/")
    assert "1 leveranse blir slettet for godt" in text_of(page)
    until = document(page).xpath("//main//input[@name='until']/@value")[0]
    later = park(platform, b"[]")
    SinkDelivery.objects.filter(pk=later.pk).update(parked_at=timezone.now() + timedelta(seconds=1))
    done = operator.post(f"{PARKED}discard/", {"until": until}, follow=True)
    assert "1 leveranse er slettet." in text_of(done)
    assert list(SinkDelivery.objects.parked().of(platform)) == [later]
    assert SinkDelivery.objects.parked().of(elsewhere).count() == 1
    for nonsense in ("", "i går", "2026-01-01"):
        response = operator.post(f"{PARKED}discard/", {"until": nonsense})
        assert SinkDelivery.objects.parked().of(platform).count() == 1, response.status_code


def test_actions_are_the_operators_alone(cast: Cast, platform: VideoPlatform) -> None:
    park(platform, b"{}")
    with pytest.raises(Forbidden):
        actions.read_parked_deliveries(platform, by=cast.admin)
    with pytest.raises(Forbidden):
        actions.discard_parked_deliveries(platform, by=cast.admin, until=timezone.now())
    assert SinkDelivery.objects.parked().count() == 1
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from rooms_sinkdelivery where parked_for <> ''")
        assert cursor.fetchone() == (1,)
