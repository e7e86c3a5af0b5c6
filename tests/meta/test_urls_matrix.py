"""Every address × every role, from the URL configuration and the rule on each view.

A new address without a rule fails; so does one whose parameters the test cannot fill.
Foreign objects are 404, a missing right in one's own organisation is 403, and no answer
to anybody holds a number or key of an organisation they do not reach.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from endpoints.models import Endpoint
from rooms.imports.rows import PEXIP_COLUMNS
from rooms.imports.writing import receive_file
from rooms.models import Room, RoomImport, RoomRequest
from tenants.actions import start_staff_session
from tenants.decorators import Rule
from tenants.models import AccessRequest, Invitation, Job, Organisation, User
from tests import factories
from tests.cast import Cast
from videoportal.urls import EXTERNAL_RULES

# Who passes each rule. The rest: anonymous is sent to sign-in, members without the right
# get 403, everybody else 404.
# The operator again, while support access to the cast's organisation lasts.
STAFF = "operator in staff mode"
PASSES = {
    "organisation": {"administrator", "reseller", STAFF},
    "clients": {"reseller"},
    "object": {"own-room user"},
    "operator": {"operator", STAFF},
}
OWN_ORGANISATION = {"user", "own-room user", "administrator", "reseller", STAFF}
# Keys of things that are somebody's own.
OWN_KEYS = {"job_id", "link_id", "request_id", "factor_id", "session_id"}
# Addresses that are open to whoever holds a key; the one that the matrix fills in is none.
KEYED = {
    "tenants:request_confirm",
    "tenants:oidc_start",
    "tenants:oidc_callback",
    "tenants:oidc_logout",
}
# Addresses that exist in the demo alone; tests/tenants/test_kept_mail.py opens them there.
DEMO_ONLY = {"tenants:mail_list", "tenants:mail_detail", "tenants:mail_html"}
PARAMETERS = {
    "platform": "standard",
    "side": "policy",
    "alias": "moterom3",
    "fmt": "csv",
    "which": "host_pin",
    "what": "lock",
    "key": "abc",
    "uidb36": "1",
    # Nobody's: the pages of one's own factors and sessions have tests of their own.
    "factor_id": 1,
    "session_id": 1,
    "provider_id": "helseid",
    "link_id": "1",
}


@dataclass(frozen=True)
class Address:
    """One named address of the portal with its rule."""

    name: str
    rule: Rule
    parameters: tuple[str, ...]

    def __str__(self) -> str:
        return self.name


def walk(
    resolver: URLResolver, namespace: str = "", above: tuple[str, ...] = ()
) -> Iterator[tuple[str, URLPattern, tuple[str, ...]]]:
    for entry in resolver.url_patterns:
        parameters = above + tuple(entry.pattern.converters)
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from walk(entry, inner, parameters)
        else:
            names = entry.pattern.regex.groupindex
            yield f"{namespace}{entry.name}", entry, parameters or tuple(names)


def addresses() -> list[Address]:
    return [
        Address(name, rule_of(name, pattern), parameters)
        for name, pattern, parameters in walk(get_resolver())
    ]


def rule_of(name: str, pattern: URLPattern) -> Rule:
    rule = getattr(pattern.callback, "access_rule", None) or EXTERNAL_RULES.get(name)
    assert rule is not None, f"{name} has no declared rule"
    return rule


def fill(address: Address, cast: Cast, *, foreign: bool = False) -> str:
    organisation = cast.foreign if foreign else cast.organisation
    room = cast.foreign_room if foreign else cast.room
    if address.rule.kind == "object" and not foreign:
        room = cast.own_room
    if address.rule.capability == "administer_clients":
        organisation = cast.other_reseller_organisation if foreign else cast.reseller_organisation
    values = objects_of(organisation, room, cast)
    unknown = set(address.parameters) - values.keys() - PARAMETERS.keys()
    assert not unknown, f"teach the matrix to fill {unknown} of {address}"
    return reverse(
        address.name,
        kwargs={
            name: PARAMETERS[name] if name in PARAMETERS else values[name]()
            for name in address.parameters
        },
    )


def objects_of(organisation: Organisation, room: Room, cast: Cast) -> dict[str, Callable[[], Any]]:
    """Return how to make a key of the organisation, by the name of the parameter that takes it."""
    return {
        "asked_id": lambda: a_question(room).public_id,
        "request_id": lambda: a_request(organisation, cast).public_id,
        "token": lambda: "abc",
        "connection_id": lambda: cast.foreign.reseller_connections.get().public_id,
        "org": lambda: organisation.slug,
        "room_id": lambda: room.public_id,
        "endpoint_id": lambda: an_endpoint(organisation, cast).public_id,
        "import_id": lambda: an_import(organisation, cast).public_id,
        "member_id": lambda: a_member(organisation, cast).public_id,
        "invitation_id": lambda: an_invitation(organisation, cast).public_id,
        "mail_id": uuid4,
        "job_id": lambda: a_job(organisation, cast).public_id,
    }


def an_endpoint(organisation: Organisation, cast: Cast) -> Endpoint:
    """Return the organisation's endpoint; both have one of the same name."""
    return organisation.endpoints.first() or Endpoint.objects.create(
        organisation=organisation,
        platform=cast.room.platform,
        name="Møterom 3",
        address=f"moterom3.{organisation.slug}@{cast.room.platform.domain}",
        username="moterom3",
        password="a-password-of-tests",
        location="2. etasje",
    )


def an_import(organisation: Organisation, cast: Cast) -> RoomImport:
    by = cast.other_admin if organisation == cast.foreign else cast.admin
    rows = f"{','.join(PEXIP_COLUMNS)}\nStyrerom{',' * (len(PEXIP_COLUMNS) - 1)}\n"
    return receive_file(organisation, rows.encode(), by=by, file_name="rom.csv")


def a_request(organisation: Organisation, cast: Cast) -> AccessRequest:
    """Return a confirmed request of a stranger to everybody in the cast."""
    stranger = factories.make_user()
    return AccessRequest.objects.create(
        organisation=organisation,
        organisation_number=organisation.organisation_number,
        organisation_name="En virksomhet",
        applicant=stranger,
        applicant_name=stranger.name,
        applicant_email=stranger.email,
        is_contact=True,
        state="confirmed",
    )


def a_question(room: Room) -> RoomRequest:
    return RoomRequest.objects.create(
        organisation=room.organisation, room=room, person=factories.make_user()
    )


def a_member(organisation: Organisation, cast: Cast) -> User:
    return cast.other_admin if organisation == cast.foreign else cast.owner


def an_invitation(organisation: Organisation, cast: Cast) -> Invitation:
    found = organisation.invitations.first()
    return found or Invitation.objects.create(
        organisation=organisation,
        email="gjest@example.no",
        role="user",
        token_hash=str(organisation.pk),
        expires_at=timezone.now() + timedelta(days=14),
    )


def a_job(organisation: Organisation, cast: Cast) -> Job:
    return Job.objects.create(organisation=organisation, kind="rooms.import", label="rom.csv")


def expected(address: Address, role: str) -> set[int]:
    """Return the status codes that a GET may end with."""
    kind, capability = address.rule.kind, address.rule.capability
    # 422 is a form with its faults told, as the calendar file without a date.
    done = {200, 302, 405, 422}
    if kind == "machine":
        return {401, 405}
    if kind == "public":
        # A link of mail that nobody was sent.
        return {404} if address.name in KEYED or "token" in address.parameters else done
    if role == "anonymous":
        return {302}
    if address.name in DEMO_ONLY:
        return {404}
    if kind == "signed_in":
        # Their own things or nothing: a key in the address that is not theirs is 404.
        return {404, 405} if OWN_KEYS & set(address.parameters) else done
    group = "clients" if capability == "administer_clients" else kind
    if role in PASSES[group]:
        return done
    own = {"reseller"} if group == "clients" else OWN_ORGANISATION
    return {403} if group in {"organisation", "clients"} and role in own else {404}


ROLES = (
    "anonymous",
    "user",
    "own-room user",
    "administrator",
    "other administrator",
    "reseller",
    "other reseller",
    "operator",
    STAFF,
)


def session_of(role: str, cast: Cast, signed_in: Callable[[User], Client]) -> Client:
    if role == STAFF:
        start_staff_session(cast.organisation, by=cast.operator, reason="Feilsøking", minutes=60)
        return signed_in(cast.operator)
    person = cast.people()[role]
    return Client() if person is None else signed_in(person)


def body_of(response: Any) -> bytes:
    return b"".join(response) if response.streaming else response.content


def test_the_matrix_has_every_role(cast: Cast) -> None:
    assert {*cast.people(), STAFF} == set(ROLES)


@pytest.mark.parametrize("role", ROLES)
def test_each_address_answers_the_role_as_its_rule_says(
    role: str, cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    client = session_of(role, cast, signed_in)
    # The foreign organisation has rooms and people of the same names; its keys are its own.
    planted = [cast.foreign_room.number, str(cast.foreign_room.public_id), cast.foreign.slug]
    belongs_there = role in {"other administrator", "other reseller"}
    wrong: dict[str, object] = {}
    for address in addresses():
        response = client.get(fill(address, cast))
        if response.status_code not in expected(address, role):
            wrong[address.name] = response.status_code
        if role == "anonymous" and address.rule.kind not in {"public", "machine"}:
            assert response["Location"].startswith(reverse("account_login")), address
        if not belongs_there:
            body = body_of(response)
            # The provider's own lists name every organisation, but nothing of what is in one.
            listed = address.rule.kind == "operator" and role in PASSES["operator"]
            keys = set(planted) - ({cast.foreign.slug} if listed else set())
            leaked = [key for key in keys if key.encode() in body]
            assert leaked == [], address

    assert wrong == {}


@pytest.mark.parametrize(
    "role", [role for role in ROLES if not role.startswith(("other", "anonymous"))]
)
def test_a_foreign_object_does_not_exist(
    role: str, cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    client = session_of(role, cast, signed_in)
    before = cast.foreign.audit_entries.count()
    found: dict[str, tuple[int, int]] = {}
    for address in addresses():
        if address.rule.kind not in {"organisation", "object"}:
            continue
        url = fill(address, cast, foreign=True)
        statuses = client.get(url).status_code, client.post(url, {"name": "x"}).status_code
        if statuses != (404, 404):
            found[address.name] = statuses

    assert found == {}
    assert cast.foreign.audit_entries.count() == before


@pytest.mark.parametrize("role", ["administrator", "reseller", STAFF])
def test_a_foreign_room_under_ones_own_address_does_not_exist(
    role: str, cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    client = session_of(role, cast, signed_in)
    found: dict[str, tuple[int, int]] = {}
    for address in addresses():
        if not {"room_id", "org"} <= set(address.parameters):
            continue
        kwargs = {name: PARAMETERS[name] for name in address.parameters if name in PARAMETERS}
        url = reverse(
            address.name,
            kwargs={
                "org": cast.organisation.slug,
                "room_id": cast.foreign_room.public_id,
                **kwargs,
            },
        )
        statuses = client.get(url).status_code, client.post(url).status_code
        if statuses != (404, 404):
            found[address.name] = statuses

    assert found == {}


@pytest.mark.parametrize("role", ["user", "own-room user"])
def test_a_right_that_is_missing_at_home_is_403_for_posts_too(
    role: str, cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    client = session_of(role, cast, signed_in)
    before = cast.organisation.audit_entries.count()
    wrong = {
        address.name: status
        for address in addresses()
        if address.rule.kind == "organisation" and address.rule.capability != "administer_clients"
        if (status := client.post(fill(address, cast)).status_code) != 403
    }
    assert wrong == {}
    assert cast.organisation.audit_entries.count() == before
