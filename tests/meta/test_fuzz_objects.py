"""Every object × every role, with ids swapped: ten thousand tries, and nothing foreign comes out.

Driven from the URL configuration and from the objects that the matrix can make, so a new page
or a new kind of object joins by itself. Each try asks for an address with keys of another
tenant, of nobody, or broken ones; or sends one's own page a form full of foreign keys. Answers
are searched for every text that only the foreign organisation has, and its tables are the same
afterwards.
"""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Callable, Iterator
from random import Random
from typing import Any
from urllib.parse import quote

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from django.test import Client
from django.urls import reverse

from tenants.models import Organisation, User
from tests import factories
from tests.cast import Cast
from tests.meta.test_row_security import TABLES
from tests.meta.test_urls_matrix import (
    PARAMETERS,
    ROLES,
    STAFF,
    Address,
    addresses,
    body_of,
    objects_of,
    session_of,
)

TRIES = 1_120
OPERATORS = {"operator", STAFF}
# Neither an object nor whose it is.
NOT_KEYS = {*PARAMETERS, "token"}
BROKEN = (
    "0", "-1", "1", "null", "'", "%00", "%F0%9F%A6%8A", "..%2F..", "a" * 300, "{}", "%",
    "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-fffffffffff",
)  # fmt: skip
FIELD = re.compile(r'<(?:input|select|textarea|button)[^>]*?\sname="([^"]+)"')


def test_tries_are_ten_thousand() -> None:
    assert TRIES * len(ROLES) >= 10_000


class Side:
    """One organisation's objects by the name of their parameter, and texts that are its alone."""

    def __init__(self, organisation: Organisation, rooms: list[Any], cast: Cast) -> None:
        self.organisation = organisation
        self.keys: dict[str, list[str]] = {}
        for room in rooms:
            for name, make in objects_of(organisation, room, cast).items():
                if name not in NOT_KEYS:
                    self.keys.setdefault(name, []).append(str(make()))
        self.pks = [str(room.pk) for room in rooms]

    def texts(self) -> set[str]:
        """Return every text of its rows and people that is long enough to be told apart."""
        found: set[str] = set()
        for model in apps.get_models():
            if model._meta.db_table not in TABLES:
                continue
            names = [
                field.attname
                for field in model._meta.concrete_fields
                if isinstance(field, models.CharField | models.TextField) and not field.choices
            ]
            manager: Any = model._default_manager
            for row in manager.in_organisation(self.organisation):
                found |= {str(getattr(row, name) or "") for name in names}
        people = User.objects.filter(groups__role_group__organisation=self.organisation)
        for person in people:
            found |= {person.name, person.email}
        return {text for text in found if len(text) >= 5}


def plant(organisation: Organisation, by: User, word: str) -> Any:
    """Return a room of the organisation with texts that nobody else has."""
    factories.make_administrator(organisation, f"{word}@{word}.example.no", name=f"{word} Person")
    return factories.make_room(
        organisation,
        by=by,
        name=f"{word} samtalerom",
        owner_name=f"{word} Eier",
        owner_email=f"{word}.eier@example.no",
        cost_centre=f"{word}-4711",
        department=f"{word} avdeling",
        description=f"{word} beskrivelse",
    )


def state_of(organisation: Organisation) -> list[tuple[Any, ...]]:
    """Return a digest of every tenant table's rows of the organisation, and of who is in it."""
    digest = "select '{0}', count(*), md5(coalesce(string_agg(t::text, '' order by t::text), ''))"
    parts = [
        f"{digest.format(table)} from {table} t where {column} = %s"
        for table, column in sorted(TABLES.items())
    ]
    role_groups = "select group_id from tenants_rolegroup where organisation_id = %s"
    parts.append(
        f"{digest.format('members')} from tenants_user_groups t where group_id in ({role_groups})"
    )
    held = "content_object_id in (select id from rooms_room where organisation_id = %s)"
    parts.append(f"{digest.format('holders')} from rooms_roomusergrant t where {held}")
    with connection.cursor() as cursor:
        cursor.execute(" union all ".join(parts), [organisation.pk] * len(parts))
        return cursor.fetchall()


class Fuzz:
    """The tries of one role, and what was wrong with them."""

    def __init__(self, role: str, client: Client, own: Side, foreign: Side) -> None:
        self.role = role
        self.client = client
        self.own = own
        self.foreign = foreign
        self.random = Random(role)
        secret = foreign.texts() - own.texts()
        # The keys are sent, so they may be said back; never what stands behind them.
        sent = {key for keys in foreign.keys.values() for key in keys}
        words = "|".join(re.escape(text) for text in sorted(secret - sent))
        self.secret = re.compile(rf"(?<![\w.-])(?:{words})(?![\w-])")
        self.before = state_of(foreign.organisation)
        self.fields: dict[str, list[str]] = {}
        self.tries = 0
        self.wrong: list[str] = []

    def address(self, address: Address, chosen: dict[str, str]) -> str:
        """Return the address with these keys, also such as no converter would take."""
        marks = {name: str(uuid.UUID(int=index + 1)) for index, name in enumerate(chosen)}
        fixed = {name: PARAMETERS.get(name, "abc") for name in address.parameters}
        url = reverse(address.name, kwargs=fixed | marks)
        for name, mark in marks.items():
            url = url.replace(mark, chosen[name])
        return url

    def key(self, name: str, kind: str) -> str:
        if kind == "own":
            return self.random.choice(self.own.keys[name])
        if kind == "foreign":
            return self.random.choice(self.foreign.keys[name])
        if kind == "nobody":
            return str(uuid.UUID(int=self.random.getrandbits(128), version=4))
        return self.random.choice([*BROKEN, quote(self.own.keys[name][0].upper()) + "x"])

    def swap_keys(self, address: Address, names: list[str]) -> None:
        """Ask for the address with at least one key that is not one's own."""
        kinds = {
            name: self.random.choice(("own", "foreign", "foreign", "nobody", "broken"))
            for name in names
        }
        if set(kinds.values()) == {"own"}:
            kinds[self.random.choice(names)] = "foreign"
        url = self.address(address, {name: self.key(name, kind) for name, kind in kinds.items()})
        post = self.random.random() < 0.5
        response = self.client.post(url, self.form(address)) if post else self.client.get(url)
        gone = {404, 400, 401, 403, 405}
        to_sign_in = response.status_code == 302 and self.role == "anonymous"
        if response.status_code not in gone and not to_sign_in:
            self.wrong.append(f"{response.status_code} {'POST' if post else 'GET'} {url}")
        self.search(response, url)

    def swap_form(self, address: Address, names: list[str]) -> None:
        """Send one's own page a form in which every key is foreign, and undo what it did."""
        url = self.address(address, {name: self.key(name, "own") for name in names})
        with transaction.atomic():
            if address.name not in self.fields:
                page = self.client.get(url)
                self.search(page, url)
                body = "" if page.streaming else page.content.decode("utf-8", "replace")
                self.fields[address.name] = FIELD.findall(body)
            response = self.client.post(url, self.form(address))
            self.search(response, url)
            if response.status_code < 400 and state_of(self.foreign.organisation) != self.before:
                self.wrong.append(f"foreign rows changed by POST {url}")
            transaction.set_rollback(True)

    def form(self, address: Address) -> dict[str, Any]:
        """Return values for the fields that the page is known to have: foreign keys all."""
        keys = [key for keys in self.foreign.keys.values() for key in keys] + self.foreign.pks
        names = {
            "rooms", "room", "selected", "ids", "member", "successor", "organisation", "client",
            *self.fields.get(address.name, ()),
        }  # fmt: skip
        names.discard("csrfmiddlewaretoken")
        return {name: self.random.sample(keys, 2) for name in sorted(names)}

    def search(self, response: Any, url: str) -> None:
        self.tries += 1
        found = self.secret.search(body_of(response).decode("utf-8", "replace"))
        if found:
            self.wrong.append(f"{found.group()!r} in the answer to {url}")


@pytest.fixture
def no_log() -> Iterator[None]:
    """Thousands of lines about pages that were not found would take longer than the pages."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.long
@pytest.mark.timeout(900)  # half a minute each where nothing else runs
@pytest.mark.parametrize("role", ROLES)
def test_nothing_foreign_is_read_or_written(
    role: str, cast: Cast, no_log: None, signed_in: Callable[[User], Client]
) -> None:
    at_home = plant(cast.organisation, cast.admin, "Heimevern")
    abroad = plant(cast.foreign, cast.other_admin, "Utanlands")
    here = Side(cast.organisation, [cast.own_room, cast.room, at_home], cast)
    there = Side(cast.foreign, [cast.foreign_room, abroad], cast)
    if role in {"other administrator", "other reseller"}:
        here, there = there, here
    if role == "own-room user":
        here.keys["room_id"] = [str(cast.own_room.public_id)]
    fuzz = Fuzz(role, session_of(role, cast, signed_in), here, there)
    targets = [
        (address, [name for name in address.parameters if name not in NOT_KEYS])
        for address in addresses()
        # What an operator opens by right is nobody's foreign page.
        if not (address.rule.kind == "operator" and role in OPERATORS)
        and address.rule.kind != "machine"
    ]
    targets = [(address, names) for address, names in targets if names]
    unknown = {name for _address, names in targets for name in names} - here.keys.keys()
    assert unknown == set(), f"teach the matrix's objects_of() to make {unknown}"

    turn = 0
    while fuzz.tries < TRIES:
        address, names = targets[turn % len(targets)]
        alone = names == ["org"]
        if role != "anonymous" and (turn // len(targets)) % (4 if alone else 8) == 0:
            fuzz.swap_form(address, names)
        else:
            fuzz.swap_keys(address, names)
        turn += 1

    assert fuzz.wrong == []
    assert state_of(there.organisation) == fuzz.before
    assert fuzz.tries >= TRIES
