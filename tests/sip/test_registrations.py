"""Devices that register: with the account of the portal's answer, of the same second."""

from __future__ import annotations

import pytest

from endpoints import actions
from endpoints.choices import State
from endpoints.models import Endpoint
from rooms.platforms.models import VideoPlatform
from tests.cast import Cast
from tests.sip.programs import Phone

PASSWORD = r'Fjell $tu(x) "7" \n ok'  # signs that mean something to SIP or to Kamailio


@pytest.fixture
def endpoint(people: Cast) -> Endpoint:
    return actions.register_endpoint(
        people.organisation,
        by=people.admin,
        name="Møterom 3",
        address="moterom3.solfjord",
        username="solfjord-3",
        password=PASSWORD,
    )


def test_right_account_registers_and_no_other(
    people: Cast, platform: VideoPlatform, endpoint: Endpoint, phone: Phone
) -> None:
    neighbour = actions.register_endpoint(
        people.foreign, by=people.other_admin, name="Møterom 3", address="moterom3.other"
    )
    accounts = {
        ("solfjord-3", PASSWORD): 200,
        ("solfjord-3", "not the password"): 401,
        ("solfjord-3", ""): 401,
        ("moterom3.solfjord", PASSWORD): 401,
        (neighbour.username, str(neighbour.password)): 401,
    }
    assert {a: phone.register(endpoint.address, *a) for a in accounts} == accounts
    local, _at, domain = endpoint.address.partition("@")
    assert phone.register(f"{local}@{domain.upper()}", "solfjord-3", PASSWORD) == 200


def test_unknown_device_is_refused_and_another_domain_left_to_the_platform(
    people: Cast, platform: VideoPlatform, endpoint: Endpoint, phone: Phone
) -> None:
    for address in ("moterom4.solfjord", people.room.number):
        assert phone.register(f"{address}@{platform.domain}", "solfjord-3", PASSWORD) == 403
    assert phone.register("moterom3.solfjord@elsewhere.example", "solfjord-3", PASSWORD) == 404


def test_every_change_holds_at_the_next_registration(
    people: Cast, endpoint: Endpoint, phone: Phone
) -> None:
    address, by = endpoint.address, people.admin
    renewed = actions.renew_password(endpoint, by=by)
    new = str(renewed.password)
    assert phone.register(address, "solfjord-3", PASSWORD) == 401
    assert phone.register(address, "solfjord-3", new) == 200

    actions.change_endpoint(renewed, by=by, state=State.BLOCKED)
    assert phone.register(address, "solfjord-3", new) == 403
    actions.change_endpoint(renewed, by=by, state=State.ACTIVE)
    assert phone.register(address, "solfjord-3", new) == 200

    actions.remove_endpoint(renewed, by=by)
    assert phone.register(address, "solfjord-3", new) == 403

    # Whoever takes the address next has an account of their own.
    taker = actions.register_endpoint(
        people.foreign, by=people.other_admin, name="Møterom 3", address=address,
        username="solfjord-3",
    )  # fmt: skip
    assert phone.register(address, "solfjord-3", new) == 401
    assert phone.register(address, "solfjord-3", str(taker.password)) == 200
