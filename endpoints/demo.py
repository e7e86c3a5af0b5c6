"""Endpoints of the demo data. Loading again changes nothing."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from endpoints import actions, passwords
from endpoints.choices import Kind, State
from endpoints.models import Endpoint
from rooms.demo.large import BIG_ORGANISATION, TRUST
from rooms.demo.large.copying import Copier
from rooms.demo.people import BJORKELIA, MYRVANG, SOLVFJORD, STORELV
from rooms.platforms.models import VideoPlatform
from tenants import audit
from tenants.models import Organisation, User
from videoportal.kit.fields import encrypt

LARGE_COUNT = 20_000
# Rooms in the largest organisations: their lists and directories are the longest.
SHARES = {BIG_ORGANISATION: 4_000, TRUST: 1_000}
MODELS = (
    "Cisco Room Bar Pro", "Cisco Room Kit EQ", "Cisco Desk Pro", "Poly Studio X52",
    "Poly Studio X70", "Yealink MeetingBar A30", "Neat Board", "",
)  # fmt: skip


@dataclass(frozen=True)
class DemoEndpoint:
    organisation: str
    name: str
    address: str
    kind: Kind
    model: str
    location: str
    state: State = State.ACTIVE
    in_directory: bool = True


ENDPOINTS = (
    DemoEndpoint(SOLVFJORD, "Møterom Fjellreven", "fjellreven.solvfjord", Kind.ROOM,
                 "Cisco Room Kit EQ", "Bygg A, 3. etasje"),
    DemoEndpoint(SOLVFJORD, "Møterom Havørna", "havorna.solvfjord", Kind.ROOM,
                 "Poly Studio X70", "Bygg A, 1. etasje"),
    DemoEndpoint(SOLVFJORD, "Akuttmottaket, vogn 1", "akutt-vogn1.solvfjord", Kind.CART,
                 "Cisco Room Bar Pro", "Akuttmottaket"),
    DemoEndpoint(SOLVFJORD, "Akuttmottaket, vogn 2", "akutt-vogn2.solvfjord", Kind.CART,
                 "Cisco Room Bar Pro", "Akuttmottaket", State.BLOCKED),
    DemoEndpoint(SOLVFJORD, "Slagenheten", "slagenheten.solvfjord", Kind.CART,
                 "Poly Studio X52", "Bygg C, post 2"),
    DemoEndpoint(SOLVFJORD, "Tolketjenesten", "tolk.solvfjord", Kind.DESK,
                 "Cisco Desk Pro", "Bygg B, rom 114"),
    DemoEndpoint(SOLVFJORD, "Direktørens kontor", "direktor.solvfjord", Kind.DESK,
                 "Cisco Desk Pro", "Administrasjonsbygget", in_directory=False),
    DemoEndpoint(STORELV, "Formannskapssalen", "formannskap.storelv", Kind.ROOM,
                 "Yealink MeetingBar A30", "Rådhuset, 2. etasje"),
    DemoEndpoint(STORELV, "Helsehuset, samtalerom", "helsehuset.storelv", Kind.DESK,
                 "", "Helsehuset"),
    DemoEndpoint(STORELV, "Legevakta", "legevakta.storelv", Kind.CART,
                 "Poly Studio X52", "Legevakta, mottaket"),
    DemoEndpoint(BJORKELIA, "Samtalerom 2", "samtalerom2.bjorkelia", Kind.DESK,
                 "Neat Board", "1. etasje"),
    DemoEndpoint(MYRVANG, "Treningssalen", "treningssalen.myrvang", Kind.ROOM,
                 "Neat Board", "Hovedbygget"),
    DemoEndpoint(MYRVANG, "Overlegens PC", "overlege.myrvang", Kind.SOFTWARE, "", ""),
)  # fmt: skip


def add_to_demo(*, size: str) -> None:
    """Add what is missing of the small set, and for ``size`` large twenty thousand more.

    Needs every organisation in scope and, for the large set, the owner of the tables.
    """
    _add_small()
    if size == "large":
        _add_large()


@transaction.atomic
def _add_small() -> None:
    platform = VideoPlatform.objects.usual()
    organisations = {
        organisation.organisation_number: organisation
        for organisation in Organisation.objects.unscoped(reason="the demo's own, by their number")
        if organisation.organisation_number in {plan.organisation for plan in ENDPOINTS}
    }
    there = set(
        Endpoint.objects.in_organisations(o.pk for o in organisations.values()).values_list(
            "address", flat=True
        )
    )
    missing = [plan for plan in ENDPOINTS if f"{plan.address}@{platform.domain}" not in there]
    now = timezone.now()
    for minutes, plan in zip(range(5 * len(missing), 0, -5), missing, strict=True):
        _add(plan, organisations[plan.organisation], now - timedelta(minutes=minutes))


def _add(plan: DemoEndpoint, organisation: Organisation, at: datetime) -> None:
    """Add one as if at that time: after the rooms, since the log is read in its order."""
    random = Random(plan.address)
    by: User = User.objects.administrators_of(organisation).order_by("pk")[0]
    token = audit.happened_at.set(at)
    try:
        endpoint = actions.register_endpoint(
            organisation, by=by, address=plan.address, password=_password(random),
            name=plan.name, kind=plan.kind.value, model=plan.model, location=plan.location,
            in_directory=plan.in_directory,
        )  # fmt: skip
        if plan.state == State.BLOCKED:
            actions.change_endpoint(endpoint, by=by, state=plan.state.value)
    finally:
        audit.happened_at.reset(token)
    stored = Endpoint.objects.in_organisation(organisation).filter(pk=endpoint.pk)
    stored.update(created_at=at, changed_at=at)


def _password(random: Random) -> str:
    return "-".join(
        "".join(random.choices(passwords.ALPHABET, k=passwords.GROUP_LENGTH))
        for _group in range(passwords.GROUPS)
    )


def _add_large() -> None:
    platform = VideoPlatform.objects.usual()
    with transaction.atomic():
        copier = Copier(Endpoint)
        every = Organisation.objects.unscoped(reason="the demo gives each customer endpoints")
        customers = every.filter(kind=Organisation.Kind.CUSTOMER).order_by("pk")
        slugs = dict(customers.values_list("slug", "pk"))
        first = f"e1.{BIG_ORGANISATION}@{platform.domain}"
        big = Endpoint.objects.in_organisation(slugs[BIG_ORGANISATION])
        if big.with_addresses([first]).exists():
            return
        copier.load(_large_rows(copier, slugs, platform))
    with connection.cursor() as cursor:
        cursor.execute("analyze endpoints_endpoint")


def _large_rows(
    copier: Copier, slugs: dict[str, int], platform: VideoPlatform
) -> Iterator[dict[str, Any]]:
    random = Random("endpoints")
    # True tokens, but from a pool: each takes time to make.
    tokens = [encrypt(_password(random)) for _token in range(200)]
    others = [slug for slug in slugs if slug not in SHARES]
    share = LARGE_COUNT - sum(SHARES.values())
    owners = [slug for slug, count in SHARES.items() for _endpoint in range(count)]
    owners += random.choices(others, k=share)
    now = timezone.now()
    numbers: dict[str, int] = {}
    for slug in owners:
        number = numbers[slug] = numbers.get(slug, 0) + 1
        local = f"e{number}.{slug}"
        added = now - timedelta(days=random.randint(1, 900))
        floor = random.randint(1, 6)
        yield {
            "id": copier.new_id(),
            "public_id": uuid.UUID(int=random.getrandbits(128), version=4),
            "organisation_id": slugs[slug],
            "platform_id": platform.pk,
            "name": f"{random.choice(('Møterom', 'Samtalerom', 'Vogn', 'Åpen sone'))} {number}",
            "address": f"{local}@{platform.domain}",
            "username": local,
            "password": random.choice(tokens),
            "kind": random.choice(Kind.values),
            "model": random.choice(MODELS),
            "location": f"{floor}. etasje, rom {floor}{random.randint(10, 60)}",
            "state": (State.BLOCKED if random.random() < 0.03 else State.ACTIVE).value,
            "created_at": added,
            "changed_at": added,
        }
