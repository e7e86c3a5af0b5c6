"""Row-level security, from the catalogue and with raw SQL as the web role.

Everything here goes past the closed querysets: what they let through by mistake, these
policies hold back.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import cycle, islice
from threading import Barrier
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, ProgrammingError, connection, models, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rooms.models import Room, RoomUserGrant
from tenants.actions import start_staff_session
from tenants.models import Organisation, StaffSession, User
from tenants.reach import reach_of
from tests import factories
from tests.cast import Cast, make_cast
from videoportal.kit import scope
from videoportal.kit.logins import role_name
from videoportal.kit.scope import NOTHING, Scope, closed, in_scope


def query(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def tenant_columns() -> dict[str, str]:
    """Return each tenant table with the column that names its organisation."""
    found = {"tenants_organisation": "id"}
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            if field.name == "organisation" and isinstance(field, models.ForeignKey):
                found[model._meta.db_table] = field.column
    return found


TABLES = tenant_columns()


# The catalogue


def test_every_table_with_an_organisation_is_one_of_a_model(db: None) -> None:
    found = query(
        "select table_name from information_schema.columns "
        "where table_schema = 'public' and column_name = 'organisation_id'"
    )
    assert {table for (table,) in found} <= TABLES.keys()


@pytest.mark.parametrize("table", sorted(TABLES))
def test_tenant_table_has_its_policy(db: None, table: str) -> None:
    policies = query(
        "select c.relrowsecurity, p.polname, p.polcmd, p.polpermissive, p.polroles = '{0}', "
        "pg_get_expr(p.polqual, c.oid), pg_get_expr(p.polwithcheck, c.oid) "
        "from pg_class c join pg_policy p on p.polrelid = c.oid where c.relname = %s",
        table,
    )
    mine = [policy for policy in policies if policy[1] == "tenant"]
    assert len(mine) == 1, f"{table} has no TenantPolicy"
    enabled, _name, command, permissive, for_all, using, check = mine[0]
    assert (enabled, command, permissive, for_all) == (True, "*", True, True)
    assert using == check
    assert using.startswith(f"(({TABLES[table]} IN ( SELECT unnest((NULLIF(current_setting('app.or")
    # Policies add up: another one may show more, and never lets anything be written.
    others = {(name, command) for _e, name, command, *_rest in policies if name != "tenant"}
    assert others <= {("tenant_reads", "r"), ("purge_reads", "r"), ("purge_deletes", "d")}


def test_no_login_walks_past_the_policies(db: None) -> None:
    names = [role_name(role) for role in ("web", "owner", "purge")]
    assert len(set(names)) == 3
    found = query(
        "select rolname from pg_roles where rolname = any(%s) "
        "and not (rolsuper or rolbypassrls or rolcreaterole or rolreplication)",
        names,
    )
    assert {name for (name,) in found} == set(names)
    members = query(
        "select member::regrole::text, roleid::regrole::text from pg_auth_members "
        "where member::regrole::text = any(%s)",
        names,
    )
    assert members == []


def test_web_owns_nothing_and_changes_no_table(db: None) -> None:
    assert query("select current_user, session_user") == [(role_name("web"),) * 2]
    owned = query("select relname from pg_class where relowner = current_user::regrole")
    assert owned == []
    functions = query("select proname from pg_proc where proowner = current_user::regrole")
    assert functions == []
    assert query(
        "select rolcreatedb, has_schema_privilege('public', 'create'), "
        "has_database_privilege(current_database(), 'create') "
        "from pg_roles where rolname = current_user"
    ) == [(False, False, False)]
    too_much = query(
        "select relname from pg_class where relnamespace = 'public'::regnamespace "
        "and relkind in ('r', 'p', 'v', 'm') "
        "and has_table_privilege(oid, 'truncate, references, trigger')"
    )
    assert too_much == []


def test_web_has_its_rights_on_every_table(db: None) -> None:
    rights = query(
        "select relname, has_table_privilege(oid, 'select'), has_table_privilege(oid, 'insert'), "
        "has_table_privilege(oid, 'update'), has_table_privilege(oid, 'delete') "
        "from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')"
    )
    less = {name: tuple(may) for name, *may in rights if not all(may)}
    assert less == {
        "tenants_auditentry": (True, True, False, False),
        "django_migrations": (True, False, False, False),
        "tenants_keptmail": (True, True, False, True),
    }


def test_functions_of_the_owner_are_webs_alone_and_look_in_no_temporary_table_first(
    db: None,
) -> None:
    found = query(
        "select oid::regprocedure::text, "
        "has_function_privilege(oid, 'execute'), has_function_privilege(%s, oid, 'execute'), "
        "(select string_agg(setting, '; ') from unnest(proconfig) setting "
        " where setting like 'search_path=%%') "
        "from pg_proc where prosecdef and pronamespace = 'public'::regnamespace",
        role_name("purge"),
    )
    assert len(found) >= 8
    rights = {name: (web, purge) for name, web, purge, _path in found}
    assert set(rights.values()) == {(True, False)}, rights
    # Where pg_temp is not named it comes first, before pg_catalog.
    loose = {
        name: path
        for name, _web, _purge, path in found
        if path not in ("search_path=pg_catalog, public, pg_temp", "search_path=public, pg_temp")
    }
    assert loose == {}


@pytest.mark.parametrize("role", ["web", "purge"])
def test_only_the_owner_makes_temporary_tables(db: None, role: str) -> None:
    assert query(
        "select has_database_privilege(%s, current_database(), 'temporary')", role_name(role)
    ) == [(False,)]


def test_a_view_of_the_web_role_never_runs_as_the_owner(db: None) -> None:
    """A view in a table's place, read by a function with the owner's rights, would.

    What a view calls runs as whoever reads it: here the owner, who may drop the log's trigger.
    """
    tries = (
        "create temporary table tried (as_whom text)",
        (
            "create function pg_temp.as_whom() returns bigint language plpgsql as "
            "$$begin raise exception 'ran as %%', current_user; end$$"
        ),
        (
            "create temporary view rooms_room as "
            "select pg_temp.as_whom() as id, 'a@b.example'::text as owner_email"
        ),
        f"grant select on rooms_room to {role_name('owner')}",
        "select rooms_on_addresses(array['a@b.example'])",
    )
    with pytest.raises(DatabaseError) as fault:
        query("; ".join(tries))
    assert "permission denied to create temporary tables" in str(fault.value)


def test_purge_reaches_the_log_alone(db: None) -> None:
    purge = role_name("purge")
    reached = query(
        "select relname from pg_class where relnamespace = 'public'::regnamespace "
        "and relkind in ('r', 'p', 'v', 'm') and (has_any_column_privilege(%s, oid, 'select, "
        "insert, update, references') or has_table_privilege(%s, oid, 'delete, truncate'))",
        purge,
        purge,
    )
    assert reached == [("tenants_auditentry",)]
    columns = query(
        "select attname from pg_attribute where attrelid = 'tenants_auditentry'::regclass "
        "and attnum > 0 and has_column_privilege(%s, attrelid, attnum, 'select') order by 1",
        purge,
    )
    assert columns == [("at",), ("id",)]


@pytest.mark.parametrize(
    "statement",
    [
        "alter table rooms_room disable row level security",
        "alter table tenants_auditentry disable trigger all",
        "drop policy tenant on rooms_room",
        "create policy mine on rooms_room using (true)",
        "truncate rooms_room",
        "create table mine (id int)",
        "create function mine() returns int language sql as 'select 1'",
        "alter function tenants_reach(bigint, timestamptz) security invoker",
        "set role videoportal",
        "set session authorization videoportal",
        "alter role current_user bypassrls",
        "update django_migrations set app = 'x'",
    ],
)
def test_web_is_refused(db: None, statement: str) -> None:
    with pytest.raises(ProgrammingError), transaction.atomic():
        query(statement)


def test_row_security_cannot_be_switched_off(cast: Cast) -> None:
    # PostgreSQL takes the setting, and then refuses to answer rather than to show everything.
    query("set local row_security = off")
    with closed(), pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        query("select count(*) from rooms_room")


# Raw SQL in each person's scope


PEOPLE = (
    "user",
    "own-room user",
    "administrator",
    "other administrator",
    "reseller",
    "other reseller",
    "operator",
    "operator in staff mode",
)


def person(cast: Cast, role: str) -> User:
    found = cast.people()[role.removesuffix(" in staff mode")]
    assert found is not None
    if role.endswith("in staff mode"):
        start_staff_session(cast.organisation, by=found, reason="A test looks around", minutes=15)
    return found


def reached_by(user: User) -> set[int]:
    """Return what Access says, which the database must agree with."""
    access = User.objects.get(pk=user.pk).access
    rooms = Room.objects.unscoped(reason="the test compares two answers").filter(
        pk__in=access.object_ids(RoomUserGrant)
    )
    return {*access.all_organisation_ids(), *rooms.values_list("organisation_id", flat=True)}


def ids(found: Scope) -> set[int]:
    return {int(pk) for pk in found.organisations.strip("{}").split(",") if pk}


@pytest.mark.parametrize("role", PEOPLE)
def test_database_and_access_agree_on_how_far_a_person_reaches(cast: Cast, role: str) -> None:
    user = person(cast, role)
    assert ids(reach_of(user)) == reached_by(user) != set()

    # A room of one's own in an organisation that one does not belong to.
    factories.make_room(cast.foreign, by=cast.other_admin, owner_email=user.email)
    user.__dict__.pop("access", None)
    assert cast.foreign.pk in ids(reach_of(user))
    assert ids(reach_of(user)) == reached_by(user)

    for gone in (cast.organisation, cast.reseller_organisation, cast.foreign):
        Organisation.objects.in_organisation(gone).update(is_active=False)
        assert gone.pk not in ids(reach_of(user))
        assert ids(reach_of(user)) == reached_by(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert ids(reach_of(user)) == set()


def test_an_operators_reach_ends_with_the_stay(cast: Cast) -> None:
    user = person(cast, "operator in staff mode")
    stays = StaffSession.objects.of_operator(user)
    assert ids(reach_of(user)) == {cast.provider.pk, cast.organisation.pk}
    past = timezone.now() - timedelta(hours=1)
    stays.update(started_at=past - timedelta(hours=1), ends_at=past)
    assert ids(reach_of(user)) == {cast.provider.pk} == reached_by(user)
    stays.update(ends_at=timezone.now() + timedelta(hours=1))
    cast.provider.role_groups.get(role="operator").group.user_set.remove(user)
    assert ids(reach_of(user)) == set() == reached_by(user)


@pytest.mark.parametrize("role", PEOPLE)
def test_raw_sql_sees_nothing_foreign(cast: Cast, role: str) -> None:
    user = person(cast, role)
    everybody = {pk for (pk,) in query("select id from tenants_organisation")}
    with scope.opened(reach_of(user)) as reach:
        reached = ids(reach)
        seen = {
            table: {pk for (pk,) in query(f"select distinct {column} from {table}")}
            for table, column in TABLES.items()
        }
        names = query("select count(*) from rooms_room where name = 'Samtalerom A'")
    kin = {
        pk
        for pks in query(
            "select reseller_id, parent_id from tenants_organisation where id = any(%s)",
            list(reached),
        )
        for pk in pks
        if pk
    }
    # The name of one's reseller may be read, none of its other rows.
    assert seen.pop("tenants_organisation") == reached | kin
    assert everybody - reached - kin
    for table, found in seen.items():
        assert found <= reached, table
    assert seen["tenants_rolegroup"] == reached
    both = {cast.organisation.pk, cast.foreign.pk}
    assert names == [(len(both & reached),)]


@pytest.mark.parametrize("table", sorted(TABLES))
def test_without_a_scope_there_is_nothing(cast: Cast, table: str) -> None:
    with closed():
        assert query(f"select count(*) from {table}") == [(0,)]
    with in_scope([]):
        assert query(f"select count(*) from {table}") == [(0,)]


def test_raw_sql_writes_nothing_foreign(cast: Cast) -> None:
    own, foreign = cast.organisation.pk, cast.foreign.pk
    before = query("select * from rooms_room where organisation_id = %s order by id", foreign)
    with scope.opened(reach_of(cast.admin)):
        for statement in (
            "update rooms_room set name = 'Mine' where organisation_id = %s returning id",
            "delete from tenants_job where organisation_id = %s returning id",
            "update tenants_organisation set name = 'Mine' where id = %s returning id",
        ):
            assert query(statement, foreign) == []
        # The reseller's name is shown; it is not to be changed.
        reseller = cast.reseller_organisation.pk
        assert query("select name from tenants_organisation where id = %s", reseller) != []
        assert query("update tenants_organisation set name = 'Mine' where id = %s returning id",
                     reseller) == []  # fmt: skip
        for statement in (
            "update rooms_room set organisation_id = %s where organisation_id = %s returning id",
            "update tenants_rolegroup set organisation_id = %s where organisation_id = %s",
        ):
            with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
                query(statement, foreign, own)
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            query(
                "insert into tenants_job (public_id, organisation_id, kind, label, state, done, "
                "total, failure, url, created_at, heartbeat_at) values (gen_random_uuid(), %s, "
                "'x', 'x', 'done', 0, 0, '', '', now(), now())",
                foreign,
            )
    after = query("select * from rooms_room where organisation_id = %s order by id", foreign)
    assert after == before


# Requests


@pytest.fixture
def committed(transactional_db: None) -> Cast:
    """The cast as other connections see it."""
    return make_cast()


def told_to_the_session() -> tuple[str, str]:
    """Ask past the portal's own code, as the next user of the connection would."""
    connection.ensure_connection()
    row = connection.connection.execute(
        "select current_setting('app.org_ids', true), current_setting('app.everywhere', true)"
    ).fetchone()
    return row[0] or "", row[1] or ""


def test_interleaved_requests_never_meet(
    committed: Cast, careless_pages: None, signed_in: Callable[[User], Client]
) -> None:
    """A page without any closed queryset, so that nothing but the policies keeps them apart."""
    cast = committed
    expected = {
        "administrator": {cast.room.number, cast.own_room.number},
        "other administrator": {cast.foreign_room.number},
        "reseller": {cast.room.number, cast.own_room.number},
        "other reseller": {cast.foreign_room.number},
        "anonymous": set(),
    }
    sessions = {
        role: signed_in(user).cookies if (user := cast.people()[role]) else Client().cookies
        for role in expected
    }

    def visit(role: str) -> tuple[str, set[str], tuple[str, str]]:
        client = Client()
        client.cookies = sessions[role]
        shown = set(client.get("/careless/").content.decode().split())
        # The same connection, as the next request of this thread finds it.
        return role, shown, told_to_the_session()

    everyone_here = Barrier(4)

    def finish() -> None:
        everyone_here.wait(10)  # so that each thread closes its own connection, once
        connection.close()

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(visit, islice(cycle(expected), 400)))
        for _thread in range(4):
            pool.submit(finish)
    assert [(role, seen) for role, seen, _told in found if seen != expected[role]] == []
    assert {told for _role, _seen, told in found} == {("", "")}


def test_a_streamed_file_is_read_in_its_readers_scope(
    committed: Cast, signed_in: Callable[[User], Client]
) -> None:
    url = reverse("rooms:export", args=[committed.organisation.slug, "csv"])
    response = signed_in(committed.admin).get(url)
    assert response.streaming
    # By now the request's transaction is over.
    assert not connection.in_atomic_block
    with closed():
        body = b"".join(response).decode()
    assert committed.room.number in body
    assert committed.foreign_room.number not in body
    assert told_to_the_session() == ("", "")


@pytest.fixture
def careless_pages(settings: Any) -> None:
    """Pages that forget the closed queryset, and one that breaks after it has written."""
    settings.ROOT_URLCONF = "tests.meta.careless_urls"


def test_a_careless_page_shows_its_visitors_rows(
    cast: Cast, careless_pages: None, signed_in: Callable[[User], Client]
) -> None:
    def shown(client: Client) -> set[str]:
        return set(client.get("/careless/").content.decode().split())

    assert shown(signed_in(cast.admin)) == {cast.room.number, cast.own_room.number}
    assert shown(signed_in(cast.other_reseller)) == {cast.foreign_room.number}
    assert shown(signed_in(cast.operator)) == set()
    assert shown(Client()) == set()


@pytest.mark.parametrize(("path", "status", "kept"), [("crash", 500, False), ("refuse", 403, True)])
def test_a_fault_undoes_what_the_page_wrote(
    committed: Cast,
    careless_pages: None,
    signed_in: Callable[[User], Client],
    path: str,
    status: int,
    kept: bool,
) -> None:
    client = signed_in(committed.admin)
    client.raise_request_exception = False
    assert client.get(f"/{path}/").status_code == status
    name = Organisation.objects.in_organisation(committed.organisation).get().name
    assert (name == "Changed") is kept


def test_a_task_begins_in_nobodys_scope(cast: Cast) -> None:
    from videoportal.celery import app

    @app.task(name="tests.look_around")
    def look_around() -> tuple[Scope, list[tuple[Any, ...]]]:
        return scope.current(), query("select count(*) from rooms_room")

    try:
        assert look_around() == (NOTHING, [(0,)])
        assert look_around.apply().get() == (NOTHING, [(0,)])
    finally:
        app.tasks.unregister("tests.look_around")


def test_settings_name_the_backend_that_tells_the_scope() -> None:
    assert settings.DATABASES["default"]["ENGINE"] == "videoportal.kit.postgresql"
