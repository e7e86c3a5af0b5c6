"""Whoever asks oddly learns nothing, and nothing falls over."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client, RequestFactory

from rooms.platforms import machines
from rooms.platforms.models import VideoPlatform
from tests import factories
from tests.cast import Cast
from tests.rooms.platforms.conftest import Ask, basic
from videoportal.wsgi import MachineHandler

# Percent-encoded as they stand in the address; {n} is the number of a room with a PIN.
ALIASES = (
    "{n}%00", "%00{n}", "{n}%0d%0aX-Evil:%201", "%2500", "{twice}", "%C0%AE", "%ED%A0%80", "%FF",
    "{n}%27%20or%201=1--", "{n}%25", "_" * 6, "%25", "{n}%5C", "%EF%BC%94" * 6, "{n}%E2%80%8B",
    "{n}%C2%A0x", "sip:sip:{n}", "sip:", "h323:", "@", "%40%40", "{n}@{n}@x", "##",
    "{n}%23%23{n}", "%C4%B0" * 250, "x" * 60_000, "sip:x@y:99999999;a=b?c", "%7Bnumber%7D",
    "{n}@video.other.example:5061;transport=tls", "%3C%3E", "[]", "{n}%0b%0c1", "%E2%80%AE{n}",
)  # fmt: skip
LOOKUPS = (
    "service/configuration?local_alias={}", "participant/properties?local_alias={}",
    "participant/location?location=Oslo&local_alias={}", "registrations/{}",
    "participant/avatar/{}?width=40&height=40", "registrations?registration_alias={}",
    "registrations?registration_alias=moterom3&q={}", "registrations/moterom3?auth_type={}",
    "participant/avatar/x?width={}&height={}",
)  # fmt: skip


@pytest.mark.parametrize("lookup", LOOKUPS)
def test_odd_addresses_are_nobodys(cast: Cast, platform: VideoPlatform, lookup: str) -> None:
    factories.make_endpoint(cast.organisation, by=cast.admin, address="moterom3")
    pin = str(cast.room.host_pin)
    sign = {"authorization": basic(platform.policy_user, str(platform.policy_password))}
    number = cast.room.number
    for alias in ALIASES:
        written = alias.replace("{n}", number).replace("{twice}", quote(quote(f"{number} ")))
        url = f"/platforms/{platform.slug}/policy/v1/" + lookup.replace("{}", written)
        response: Any = Client().get(url, headers=sign)
        assert response.status_code in {200, 404}, (alias, response.status_code)
        assert pin not in response.content.decode(errors="replace"), alias
        assert "X-Evil" not in response.headers, alias
    # None of them looked like a database that is down.
    assert machines.breaker.open_until == 0.0
    fine: Any = Client().get(
        f"/platforms/{platform.slug}/policy/v1/{LOOKUPS[0]}".format(number), headers=sign
    )
    assert json.loads(fine.content)["action"] == "continue"


@pytest.mark.parametrize(
    "given",
    [
        "", "Basic", "Basic ", "Basic :", "Basic ====", "Bearer x", "basic\tOg==", "Basic Og==",
        "Basic " + base64.b64encode(b":" * 60_000).decode(),
        "Basic " + base64.b64encode(b"\xff:\xfe").decode(),
        "Basic " + base64.b64encode(b"policy:\x00").decode(),
        "Basic " + base64.b64encode("policy:å".encode()).decode(),
        "Basic " + base64.b64encode("policy:å".encode("latin-1")).decode(),
        "Basic " + base64.b64encode(bytes(range(192, 256))).decode(),
    ],
)  # fmt: skip
@pytest.mark.parametrize("what", ["policy/v1/service/configuration?local_alias={}", "events"])
def test_odd_passwords_are_wrong_ones(
    cast: Cast, platform: VideoPlatform, given: str, what: str
) -> None:
    for slug in (platform.slug, "nobody"):
        url = f"/platforms/{slug}/{what}".replace("{}", cast.room.number)
        client = Client()
        response: Any = (
            client.post(url, b"{}", content_type="x", headers={"authorization": given})
            if what == "events"
            else client.get(url, headers={"authorization": given})
        )
        assert response.status_code == 401
        assert response.content == b""
    assert machines.breaker.open_until == 0.0


def test_two_platforms_with_one_number_each_get_their_own(cast: Cast, ask: Ask) -> None:
    usual = VideoPlatform.objects.usual()
    other = VideoPlatform(
        slug="other", name="Other", domain="video.other.example", join_url="https://x.example",
        policy_user="policy", sink_user="events",
    )  # fmt: skip
    other.renew_policy_password()
    other.renew_sink_password()
    other.save()
    theirs = cast.foreign_room
    type(theirs).objects.in_organisation(cast.foreign).filter(pk=theirs.pk).update(platform=other)
    sign = {"authorization": basic(other.policy_user, str(other.policy_password))}

    def answer(number: str, where: VideoPlatform) -> Any:
        url = f"/platforms/{where.slug}/policy/v1/service/configuration"
        return Client().get(url, {"local_alias": number}, headers=sign)

    assert ask("service/configuration", local_alias=theirs.number).status_code == 404
    found = json.loads(answer(f"{theirs.number}@{other.domain}", other).content)
    assert found["result"]["service_tag"] == f"{theirs.organisation_id}:{theirs.public_id}"
    assert answer(cast.room.number, other).status_code == 404
    assert answer(f"{theirs.number}@{usual.domain}", other).status_code == 404
    # One platform's password opens nothing of the other's.
    assert answer(cast.room.number, usual).status_code == 401


def test_no_address_that_is_asked_about_stands_in_the_log(
    cast: Cast, platform: VideoPlatform, caplog: pytest.LogCaptureFixture
) -> None:
    """Callers' addresses are people's. Without middleware, as in production."""
    handler = MachineHandler()
    handler.load_middleware()
    sign = basic(platform.policy_user, str(platform.policy_password))
    base = f"/platforms/{platform.slug}/policy/v1/"
    caller = "kari.pasient@home.example"
    for lookup in (
        f"participant/avatar/{caller}?width=40&height=40", f"registrations/{caller}",
        f"service/configuration?local_alias=999&remote_alias={caller}",
        f"registrations?q=x&registration_alias={caller}",
    ):  # fmt: skip
        for given in (sign, "Basic eDp5"):
            request = RequestFactory().get(base + lookup, headers={"authorization": given})
            status = handler.get_response(request).status_code
            assert status in ({200, 404} if given == sign else {401})
    assert "kari" not in caplog.text


@pytest.mark.parametrize("method", ["head", "post", "put", "delete", "options", "patch"])
def test_policy_is_asked_by_get_alone(cast: Cast, platform: VideoPlatform, method: str) -> None:
    url = f"/platforms/{platform.slug}/policy/v1/service/configuration"
    sign = {"authorization": basic(platform.policy_user, str(platform.policy_password))}
    response: Any = getattr(Client(), method)(f"{url}?local_alias={cast.room.number}", headers=sign)
    assert (response.status_code, response.content) == (405, b"")
    slashed: Any = Client().get(f"{url}/?local_alias={cast.room.number}", headers=sign)
    assert slashed.status_code == 404
    assert str(cast.room.host_pin) not in slashed.content.decode()
