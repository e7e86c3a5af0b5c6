"""Endpoints written to a platform in a process of its own, out of the outbox."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from endpoints import actions
from endpoints.choices import Kind, State
from endpoints.models import Endpoint
from rooms.actions import send_parked_again
from rooms.models import OutboxEntry
from rooms.platforms.models import VideoPlatform
from rooms.platforms.outbox import sending
from rooms.platforms.outbox.sending import Drained
from rooms.platforms.policy.answers import room_tag
from tenants.access import Forbidden
from tenants.actions import change_profile
from tenants.models import User
from tests import factories
from tests.cast import Cast
from tests.endpoints.conftest import PASSWORD, fresh
from tests.pages import document, links_of, squeezed, text_of
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


# What the pages say of it


def stored(endpoint: Endpoint) -> tuple[str, str]:
    found = fresh(endpoint)
    return found.provisioning, found.provisioning_error


def page_of(client: Client, endpoint: Endpoint) -> str:
    where = [endpoint.organisation.slug, endpoint.public_id]
    return text_of(client.get(reverse("endpoints:detail", args=where)))


def states(client: Client, cast: Cast, query: str = "") -> dict[str, str]:
    page = client.get(reverse("endpoints:list", args=[cast.organisation.slug]) + query)
    return {
        squeezed(row.xpath("string(th//a)")): squeezed(row.xpath("string(td[last()])"))
        for row in document(page).xpath("//tbody/tr")
    }


def test_platform_that_asks_has_nothing_to_hear(cast: Cast, endpoint: Endpoint) -> None:
    assert stored(endpoint) == ("ready", "")


def test_endpoint_waits_until_the_platform_has_it(
    cast: Cast, written: VideoPlatform, pexip: Pexip, signed_in: Callable[[User], Client]
) -> None:
    change_profile(cast.admin, by=cast.admin, language="en")
    client = signed_in(cast.admin)
    endpoint = make(cast)
    assert states(client, cast) == {"Møterom 3": "Pending"}
    assert "The endpoint is being set up on the video platform" in page_of(client, endpoint)
    sending.drain(written)
    assert stored(endpoint) == ("ready", "")
    assert states(client, cast) == {"Møterom 3": "In use"}
    assert "video platform" not in page_of(client, endpoint)
    actions.change_endpoint(endpoint, by=cast.admin, name="Møterom 5")
    assert "The change is on its way to the video platform" in page_of(client, endpoint)


def test_platform_that_is_down_holds_nothing_against_an_endpoint(
    cast: Cast, written: VideoPlatform, pexip: Pexip, signed_in: Callable[[User], Client]
) -> None:
    change_profile(cast.admin, by=cast.admin, language="en")
    client = signed_in(cast.admin)
    pexip.fault("reset")
    endpoint = make(cast)
    for minutes in range(0, 70, 10):
        with time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=False):
            assert sending.drain(written) == Drained(silent=1)
    assert stored(endpoint)[0] == "pending"
    assert "The video platform does not answer. We keep trying" in page_of(client, endpoint)
    pexip.control("DELETE", "faults")
    with time_machine.travel(timezone.now() + timedelta(minutes=80), tick=False):
        assert sending.drain(written) == Drained(sent=1)
    assert stored(endpoint) == ("ready", "")
    assert len(devices(pexip, endpoint)) == 1


def test_one_poisoned_endpoint_fails_alone_and_is_mended_by_another_try(
    cast: Cast, written: VideoPlatform, pexip: Pexip, signed_in: Callable[[User], Client]
) -> None:
    change_profile(cast.admin, by=cast.admin, language="en")
    client = signed_in(cast.admin)
    before, poisoned, after = (
        make(cast, name=name, address=address)
        for name, address in (("Først", "forst"), ("Syk", "moterom9"), ("Sist", "sist"))
    )
    assert sending.drain(written) == Drained(sent=2, refused=1)
    assert states(client, cast) == {"Først": "In use", "Syk": "Failed", "Sist": "In use"}
    assert list(states(client, cast, "?state=attention")) == ["Syk"]
    assert next(iter(states(client, cast, "?sort=state"))) == "Syk"
    assert [len(devices(pexip, one)) for one in (before, after)] == [1, 1]
    page = page_of(client, poisoned)
    assert "The video platform did not accept the endpoint" in page
    assert "alias: Device with this Alias already exists." in page
    overview = client.get(reverse("rooms:overview", args=[cast.organisation.slug]))
    assert links_of(overview)["3 video endpoints"] == reverse(
        "endpoints:list", args=[cast.organisation.slug]
    )
    (task,) = overview.context["tasks"]
    assert (task.title, task.note) == (
        "1 video endpoint is not as it should be on the video platform",
        "Syk. The platform answered: “alias: Device with this Alias already exists”.",
    )
    assert str(poisoned.public_id) in task.url

    # Somebody takes the other one away, and the administrator presses the button.
    (other,) = pexip.objects("device", alias=poisoned.address)
    pexip.ask("DELETE", other["resource_uri"])
    client.post(reverse("endpoints:retry", args=[cast.organisation.slug, poisoned.public_id]))
    assert stored(poisoned) == ("pending", "")
    assert sending.drain(written) == Drained(sent=1)
    assert stored(poisoned) == ("ready", "")
    assert states(client, cast, "?state=attention") == {}
    assert "You asked the video platform for the endpoint once more" in page_of(client, poisoned)


def test_block_that_the_platform_refuses_is_told(
    cast: Cast, written: VideoPlatform, pexip: Pexip, signed_in: Callable[[User], Client]
) -> None:
    change_profile(cast.admin, by=cast.admin, language="en")
    client = signed_in(cast.admin)
    endpoint = make(cast)
    sending.drain(written)
    pexip.fault("answer", status=400, body={"error": "In use."}, method="DELETE")
    actions.change_endpoint(endpoint, by=cast.admin, state=State.BLOCKED)
    assert sending.drain(written) == Drained(refused=1)
    page = page_of(client, endpoint)
    assert "It is blocked here, but the platform may still let it register." in page
    assert "In use." in page
    assert states(client, cast) == {"Møterom 3": "Failed"}


def test_operator_sends_refused_endpoints_again(
    cast: Cast, written: VideoPlatform, pexip: Pexip
) -> None:
    endpoint = make(cast)
    pexip.fault("answer", status=400, body={"error": "No."}, method="POST", times=1)
    assert sending.drain(written) == Drained(refused=1)
    assert stored(endpoint) == ("failed", "No.")
    assert send_parked_again(written, by=cast.operator) == 1
    assert stored(endpoint) == ("pending", "")
    assert sending.drain(written) == Drained(sent=1)
    assert stored(endpoint) == ("ready", "")


def test_only_who_manages_may_ask_once_more(cast: Cast, endpoint: Endpoint) -> None:
    with pytest.raises(Forbidden):
        actions.retry_provisioning(endpoint, by=cast.other_admin)
    with pytest.raises(Forbidden):
        actions.retry_provisioning(endpoint, by=cast.user)
