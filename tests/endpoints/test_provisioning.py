"""Endpoints written to a platform in a process of its own, out of the outbox."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone

from endpoints import actions
from endpoints.choices import Kind, State
from endpoints.models import Endpoint
from rooms.models import OutboxEntry
from rooms.platforms.models import VideoPlatform
from rooms.platforms.outbox import sending
from rooms.platforms.outbox.sending import Drained
from rooms.platforms.policy.answers import room_tag
from tests import factories
from tests.cast import Cast
from tests.endpoints.conftest import PASSWORD
from tests.pexip import Pexip
from tests.rooms.platforms.test_outbox_to_pexip import connect

REASON = "the test looks at every tenant"


@pytest.fixture
def written(cast: Cast, pexip: Pexip) -> VideoPlatform:
    """A platform that the portal writes to, with an endpoint of somebody else's on it."""
    other = {"alias": "moterom9@join.videoportal.example", "tag": "", "username": "x"}
    pexip.control("POST", "load", {"device": [other]})
    return connect(pexip)


def make(cast: Cast, **values: Any) -> Endpoint:
    values = {"name": "Møterom 3", "address": "moterom3", "password": PASSWORD} | values
    return factories.make_endpoint(cast.organisation, by=cast.admin, **values)


def devices(pexip: Pexip, endpoint: Endpoint) -> list[dict[str, Any]]:
    tag = room_tag(endpoint.organisation_id, endpoint.public_id)
    return pexip.objects("device", tag=tag)


def test_endpoint_may_register_until_it_is_blocked_or_removed(
    cast: Cast, written: VideoPlatform, pexip: Pexip
) -> None:
    endpoint = make(cast)
    assert sending.drain(written) == Drained(sent=1)
    (device,) = devices(pexip, endpoint)
    assert (device["alias"], device["username"]) == (endpoint.address, endpoint.username)
    assert (device["enable_sip"], device["enable_infinity_connect_non_sso"]) == (True, False)
    assert device["description"] == ""
    assert pexip.requests("POST")[-1]["body"]["password"] == PASSWORD

    endpoint = actions.renew_password(endpoint, by=cast.admin)
    assert sending.drain(written) == Drained(sent=1)
    assert pexip.requests("PATCH")[-1]["body"]["password"] == str(endpoint.password) != PASSWORD
    endpoint = actions.change_endpoint(endpoint, by=cast.admin, state=State.BLOCKED)
    assert sending.drain(written) == Drained(sent=1)
    assert devices(pexip, endpoint) == []
    endpoint = actions.change_endpoint(endpoint, by=cast.admin, state=State.ACTIVE)
    sending.drain(written)
    assert len(devices(pexip, endpoint)) == 1
    actions.remove_endpoint(endpoint, by=cast.admin)
    assert sending.drain(written) == Drained(sent=1)
    assert devices(pexip, endpoint) == []
    assert len(pexip.objects("device")) == 1
    assert pexip.list_deletes() == []


def test_app_may_sign_in_as_an_app(cast: Cast, written: VideoPlatform, pexip: Pexip) -> None:
    endpoint = make(cast, kind=Kind.SOFTWARE)
    sending.drain(written)
    assert devices(pexip, endpoint)[0]["enable_infinity_connect_non_sso"] is True


def test_address_that_somebody_else_has_parks_the_endpoint_and_its_row(
    cast: Cast, written: VideoPlatform, pexip: Pexip
) -> None:
    endpoint = make(cast, address="moterom9")
    assert sending.drain(written) == Drained(refused=1)
    (entry,) = OutboxEntry.objects.in_organisation(cast.organisation)
    assert entry.reason == "alias: Device with this Alias already exists."
    assert PASSWORD not in entry.reason
    actions.remove_endpoint(endpoint, by=cast.admin)
    assert sending.drain(written) == Drained(sent=1)
    assert [one["username"] for one in pexip.objects("device")] == ["x"]


def test_refusal_that_quotes_the_password_is_kept_without_it(
    cast: Cast, written: VideoPlatform, pexip: Pexip, caplog: pytest.LogCaptureFixture
) -> None:
    make(cast)
    pexip.fault("answer", status=400, body={"error": f"Not {PASSWORD}."}, method="POST")
    sending.drain(written)
    (entry,) = OutboxEntry.objects.in_organisation(cast.organisation)
    assert entry.reason == "Not ••••."
    assert "outbox_refused" in caplog.text
    assert PASSWORD not in caplog.text


def test_address_of_a_removed_endpoint_passes_to_the_next(
    cast: Cast, written: VideoPlatform, pexip: Pexip
) -> None:
    first = make(cast)
    sending.drain(written)
    actions.remove_endpoint(first, by=cast.admin)
    second = make(cast)
    assert sending.drain(written) == Drained(sent=2)
    assert (len(devices(pexip, first)), len(devices(pexip, second))) == (0, 1)


def test_address_that_another_endpoint_is_about_to_leave_is_waited_for(
    cast: Cast, written: VideoPlatform, pexip: Pexip
) -> None:
    first = make(cast)
    sending.drain(written)
    actions.remove_endpoint(first, by=cast.admin)
    second = make(cast)
    entries = OutboxEntry.objects.in_organisation(cast.organisation)
    # As if another worker had the first in its hands.
    entries.filter(key=first.public_id).update(due_at=timezone.now() + timedelta(seconds=5))
    assert sending.drain(written) == Drained(silent=1)
    for seconds, done in ((10, Drained(sent=1, silent=1)), (30, Drained(sent=1))):
        with time_machine.travel(timezone.now() + timedelta(seconds=seconds), tick=False):
            assert sending.drain(written) == done
    assert len(devices(pexip, second)) == 1


def test_refused_change_leaves_nothing_in_the_outbox(cast: Cast, written: VideoPlatform) -> None:
    make(cast)
    sending.drain(written)
    with pytest.raises(ValidationError, match="i bruk"):
        make(cast)
    assert OutboxEntry.objects.unscoped(reason=REASON).count() == 0
