"""The pages that are measured, each with its person, its floor and its plain SQL."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.cached_db import SessionStore
from django.db import connection, transaction
from django.db.models import Count
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rooms.demo.large import BIG_ORGANISATION, BIG_RESELLER, TRUST
from rooms.models import Room, RoomUserGrant
from tenants.models import Organisation, User
from tenants.roles import Role
from videoportal.kit.postgresql.base import TELL
from videoportal.kit.scope import Scope, closed

WHY = "the benchmark picks its own people and rooms"
BACKEND = "tenants.backends.SignInBackend"
PROFILE_ROUNDS = 30


@dataclass(frozen=True)
class Page:
    """One page, asked for by one person."""

    name: str
    user: User
    path: str
    floor: str
    plain_sql: tuple[tuple[str, list[Any]], ...]
    queries_bar: int
    is_list: bool = True


_ROWS = """
    select r.*, p.*, t.* from rooms_room r
    join rooms_roomproduct p on p.id = r.product_id
    join rooms_roomtype t on t.id = p.room_type_id
"""


def _rooms_sql(organisation: Organisation) -> tuple[tuple[str, list[Any]], ...]:
    order = _norwegian_order()
    return (
        (
            "select count(*) from rooms_room where organisation_id = %s and closed_at is null",
            [organisation.pk],
        ),
        (
            (
                f"{_ROWS} where r.organisation_id = %s and r.closed_at is null "
                f"order by {order}, r.id limit 50"
            ),
            [organisation.pk],
        ),
    )


def _norwegian_order() -> str:
    """Return the indexed sort key of a name, read from the index itself."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_get_indexdef('room_by_name'::regclass, 2, true)")
        (definition,) = cursor.fetchone()
    return str(definition).replace("name::text", "r.name::text").replace("%", "%%")


def session_cookie(user: User) -> str:
    """Return the cookie of a new signed-in session, as the browser would hold it."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = BACKEND
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    _prove(session, user)
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def _prove(session: Any, user: User) -> None:
    """Note in the session that the second factor was given, which some roles must."""
    session["account_authentication_methods_user"] = str(user.pk)
    session["account_authentication_methods"] = [{"method": "mfa", "at": time.time()}]
    session.save()


def one_of(role: str, organisation: Organisation) -> User:
    """Return a person with the role in the organisation, always the same."""
    return User.objects.filter(
        groups__role_group__organisation=organisation, groups__role_group__role=role
    ).order_by("pk")[0]


def pages() -> list[Page]:
    """Return the pages over the large data."""
    organisations = Organisation.objects.unscoped(reason=WHY)
    big = organisations.get(slug=BIG_ORGANISATION)
    trust = organisations.get(slug=TRUST)
    reseller = organisations.get(slug=BIG_RESELLER)
    client = (
        organisations.filter(reseller=reseller).annotate(n=Count("rooms")).order_by("-n", "pk")[0]
    )
    employee = one_of(Role.RESELLER, reseller)
    room = Room.objects.in_organisation(trust).open().order_by("pk")[0]
    return [
        _room_list("administrator: list of 10,000 rooms", one_of(Role.CUSTOMER_ADMIN, big), big),
        _room_list("administrator: list of 2,000 rooms", one_of(Role.CUSTOMER_ADMIN, trust), trust),
        _room_list("reseller of 500: a client's list", employee, client),
        _client_list(employee, reseller),
        *_own_rooms(),
        _detail(
            "administrator: a room",
            one_of(Role.CUSTOMER_ADMIN, trust),
            room,
            reverse("rooms:detail", args=[trust.slug, room.public_id]),
        ),
        *log_pages("administrator: change log", one_of(Role.CUSTOMER_ADMIN, trust), trust),
        *log_pages("reseller of 500: log of all clients", employee, reseller),
        *log_pages("operator: change log", an_operator(), None),
    ]


def _room_list(name: str, user: User, organisation: Organisation) -> Page:
    return Page(
        name,
        user,
        reverse("rooms:list", args=[organisation.slug]) + "?rows=50",
        f"/floor/rooms/{organisation.slug}/",
        _rooms_sql(organisation),
        queries_bar=8,
    )


def _client_list(employee: User, reseller: Organisation) -> Page:
    plain = (
        ("select count(*) from tenants_organisation where reseller_id = %s", [reseller.pk]),
        (
            (
                "select o.*, (select count(*) from rooms_room r where r.organisation_id = o.id "
                "and r.closed_at is null) from tenants_organisation o where o.reseller_id = %s "
                "order by o.name, o.id limit 50"
            ),
            [reseller.pk],
        ),
    )
    return Page(
        "reseller of 500: list of clients",
        employee,
        reverse("rooms:clients", args=[reseller.slug]) + "?rows=50",
        f"/floor/clients/{reseller.slug}/",
        plain,
        queries_bar=8,
    )


def _own_rooms() -> list[Page]:
    """Return the list of somebody's own rooms, and one of them."""
    held = RoomUserGrant.objects.select_related("user", "content_object").order_by("pk")[0]
    own = held.content_object
    plain = (
        (
            (
                f"{_ROWS} join rooms_roomusergrant g on g.content_object_id = r.id "
                "where g.user_id = %s"
            ),
            [held.user_id],
        ),
    )
    return [
        Page("user: own rooms", held.user, reverse("rooms:own_list"), "/floor/own/", plain, 8),
        _detail(
            "user: own room", held.user, own, reverse("rooms:own_detail", args=[own.public_id])
        ),
    ]


def _detail(name: str, user: User, shown: Room, path: str) -> Page:
    return Page(
        name, user, path, f"/floor/room/{shown.public_id}/",
        ((f"{_ROWS} where r.public_id = %s", [shown.public_id]),),
        queries_bar=6, is_list=False,
    )  # fmt: skip


def an_operator() -> User:
    """Return one of the provider's staff, always the same."""
    return User.objects.filter(groups__role_group__role=Role.OPERATOR).order_by("pk")[0]


def log_pages(name: str, user: User, organisation: Organisation | None) -> list[Page]:
    """Return a log's first page, a search in it and its latest days; None is the platform's."""
    everybody = "select id from tenants_organisation"
    whose: tuple[str, list[Any]]
    if organisation is None:
        path, whose, floor = reverse("tenants:platform_log"), (everybody, []), "/floor/log/"
    else:
        of_clients = organisation.kind == Organisation.Kind.RESELLER
        view = "tenants:client_log" if of_clients else "tenants:log"
        path, floor = (
            reverse(view, args=[organisation.slug]),
            f"/floor/log/{organisation.slug}/",
        )
        column = "reseller_id" if of_clients else "id"
        whose = (f"{everybody} where {column} = %s", [organisation.pk])
    where, params = f"where organisation_id in ({whose[0]})", whose[1]
    plain = (
        ("select count(*) from tenants_auditentry " + where, params),  # noqa: S608 - literals alone
        (
            "select * from tenants_auditentry " + where + " order by at desc, id desc limit 50",  # noqa: S608 - as above
            params,
        ),
    )
    late = timezone.localdate() - timedelta(days=30)
    return [
        Page(label, user, f"{path}?rows=50&{query}", floor, plain, queries_bar=8)
        for label, query in (
            (name, ""),
            (f"{name}, searched", urlencode({"q": "Hansen"})),
            (f"{name}, latest month", urlencode({"since": f"{late:%d.%m.%Y}"})),
        )
    ]


@dataclass
class Profile:
    """One page in this process: medians of milliseconds, and the queries of one request."""

    status: int
    queries: int
    sql_ms: float
    python_ms: float
    statements: list[str]


def profile(page: Page, path: str) -> Profile:
    """Ask for the page without a server and tell SQL's time from Python's."""
    client = Client(headers={"host": "127.0.0.1", "accept-language": "nb"})
    with closed():  # signing in enters the person's scope, which would stay
        client.force_login(page.user, backend=BACKEND)
        _prove(client.session, page.user)
    spent: list[float] = []
    statements: list[str] = []

    def clock(
        execute: Callable[..., Any], query: str, params: Any, many: bool, context: Any
    ) -> Any:
        started = time.perf_counter()
        try:
            return execute(query, params, many, context)
        finally:
            spent.append((time.perf_counter() - started) * 1000)
            statements.append(query)

    sql, python = [], []
    response: Any = client.get(path, follow=True)
    final = response.redirect_chain[-1][0] if response.redirect_chain else path
    for _round in range(PROFILE_ROUNDS):
        spent.clear()
        statements.clear()
        with connection.execute_wrapper(clock):
            started = time.perf_counter()
            response = client.get(final)
            whole = (time.perf_counter() - started) * 1000
        sql.append(sum(spent))
        python.append(whole - sum(spent))
    return Profile(
        response.status_code,
        len(statements),
        statistics.median(sql),
        statistics.median(python),
        list(statements),
    )


def plain_sql_ms(page: Page) -> float:
    """Return the median of the same rows by psycopg alone, count included.

    As the web role, which row-level security holds for, told that it may see every row.
    """
    connection.ensure_connection()
    raw = connection.connection
    times = []
    with transaction.atomic():
        raw.execute(TELL, Scope(reason=WHY).settings)
        for _round in range(PROFILE_ROUNDS):
            started = time.perf_counter()
            for statement, params in page.plain_sql:
                if not raw.execute(statement, params).fetchall():
                    raise RuntimeError(f"{page.name}: plain SQL found no row")
            times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)
