"""Rows for tests, made through the portal's own actions where there is one."""

from __future__ import annotations

import itertools
from typing import Any

from stdnum.no import orgnr

from endpoints import actions as endpoint_actions
from endpoints.models import Endpoint
from rooms import actions as room_actions
from rooms.catalogue import load_catalogue, load_platform
from rooms.models import NumberRange, OutboxEntry, Room, RoomProduct
from tenants import actions as tenant_actions
from tenants.models import Organisation, User
from tenants.roles import Role

_serial = itertools.count(1)
PASSWORD = "a-password-for-tests"


def organisation_number() -> str:
    """Return a new organisation number with a right check digit."""
    for body in itertools.count(81_000_000 + next(_serial) * 7):
        for digit in "0123456789":
            if orgnr.is_valid(f"{body}{digit}"):
                return f"{body}{digit}"
    raise AssertionError("unreachable")


def make_organisation(name: str = "Solfjord kommune", **values: Any) -> Organisation:
    """Return an organisation with role groups and grants."""
    values.setdefault("organisation_number", organisation_number())
    return tenant_actions.create_organisation(by=None, name=name, **values)


def make_user(email: str = "", *, verified: bool = True, **values: Any) -> User:
    """Return a person with a verified address."""
    email = email or f"person{next(_serial)}@example.no"
    values.setdefault("name", email.partition("@")[0].replace(".", " ").title())
    values.setdefault("password", PASSWORD)
    return tenant_actions.create_user(email=email, verified=verified, **values)


def make_administrator(organisation: Organisation, email: str = "", **values: Any) -> User:
    """Return a customer administrator of the organisation."""
    user = make_user(email, **values)
    tenant_actions.grant_role(user, Role.CUSTOMER_ADMIN, organisation, by=None)
    return user


def make_catalogue() -> None:
    """Load the catalogue and a number range, once a test."""
    load_catalogue()
    load_platform()
    if not NumberRange.objects.exists():
        NumberRange.objects.create(name="Test", first=100_000, last=999_999)


def product(code: str = "sensitive", quality: str = "hd") -> RoomProduct:
    """Return a product of the catalogue."""
    return RoomProduct.objects.select_related("room_type").get(
        room_type__code=code, quality=quality
    )


def make_room(organisation: Organisation, *, by: User | None = None, **values: Any) -> Room:
    """Return a room ordered by an administrator of the organisation, ready on the platform."""
    by = by or make_administrator(organisation)
    values.setdefault("name", f"Samtalerom {next(_serial)}")
    room = room_actions.order_room(
        organisation, values.pop("product", None) or product(), by=by, **values
    )
    Room.objects.in_organisation(organisation).filter(pk=room.pk).update(provisioning="ready")
    OutboxEntry.objects.in_organisation(organisation).filter(key=room.public_id).delete()
    room.provisioning = "ready"
    return room


def make_endpoint(organisation: Organisation, *, by: User | None = None, **values: Any) -> Endpoint:
    """Return an endpoint added by an administrator of the organisation."""
    by = by or make_administrator(organisation)
    values.setdefault("name", f"Møterom {next(_serial)}")
    values.setdefault("address", f"moterom{next(_serial)}")
    return endpoint_actions.register_endpoint(organisation, by=by, **values)
