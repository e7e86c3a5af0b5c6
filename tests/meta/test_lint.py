"""Walks the syntax trees of our code for ways around the walls; each allowed one has a reason."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from rooms import actions as room_actions
from rooms import bulk
from tenants import actions as tenant_actions

ROOT = Path(__file__).resolve().parents[2]
APPS = ("tenants", "rooms", "endpoints", "billing", "videoportal")

# (file, what) -> why it may stand there.
ALLOWED = {
    ("rooms/numbers.py", "cursor"): "claims numbers, which belong to no tenant",
    ("rooms/demo/large/copying.py", "cursor"): "loads demo data by COPY, which the ORM lacks",
    ("rooms/demo/large/loading.py", "cursor"): "analyses what was loaded; reads no row",
    ("rooms/platforms/machines.py", "cursor"): "two functions that answer machines, one row each",
    ("rooms/platforms/events/inbox.py", "cursor"): "a lock, and an upsert that adds up",
    ("rooms/platforms/outbox/sending.py", "cursor"): "a lock of one thing, taken or left",
    ("endpoints/demo.py", "cursor"): "analyses what was loaded; reads no row",
    ("videoportal/kit/querysets.py", "raw"): "defines the guard around raw()",
    ("videoportal/kit/postgresql/base.py", "cursor"): "tells the server the scope; reads no row",
    ("tenants/retention.py", "cursor"): "tells the database the retention; reads no row",
    ("videoportal/kit/statements.py", "cursor"): "runs what an opened queryset has written",
    ("videoportal/kit/grants.py", "cursor"): "gives roles their rights on tables; reads no row",
}

# What an action calls to ask whether ``by`` may do it.
ASKS = re.compile(r"^_?(require|locked_by|own|lock_waiting|locked$|lock$)")
WRITES = {"record", "record_many", "save", "create", "delete", "update", "bulk_create", "post_mail"}
# Action -> why it asks for no right.
NO_RIGHT_NEEDED = {
    "accept_invitation": "the key of the mailed link and the confirmed address are the right",
    "answer_request": "the key of the mailed link is the right; the signed-in may be anybody",
    "ask_for_room": "everybody may ask; administrators answer",
    "change_profile": "compares the person with the owner of the profile itself",
    "connect_sign_in": "may_connect() is its rule",
    "disconnect_sign_in": "compares the person with the owner of the connection itself",
    "move_own_rooms": "takes the person's own rooms and confirmed addresses, nobody else's",
    "send_request": "everybody may ask; administrators and operators decide",
}


def sources() -> list[Path]:
    return [
        path
        for app in APPS
        for path in sorted((ROOT / app).rglob("*.py"))
        if "migrations" not in path.parts
    ]


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            yield name, node


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def found(*names: str) -> set[tuple[str, str]]:
    return {
        (relative(path), name)
        for path in sources()
        for name, _node in calls(ast.parse(path.read_text()))
        if name in names
    }


def test_raw_sql_stands_only_where_allowed() -> None:
    hits = found("cursor", "raw", "RawSQL", "extra")
    assert hits - ALLOWED.keys() == set()


def test_no_allowance_is_stale() -> None:
    for path, _what in ALLOWED:
        assert (ROOT / path).exists()


def test_base_manager_is_never_used() -> None:
    hits = {
        relative(path)
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "_base_manager"
    }
    assert hits == set()


@pytest.mark.parametrize("door", ["unscoped", "everywhere"])
def test_every_door_to_all_tenants_gives_a_literal_reason(door: str) -> None:
    for path in sources():
        for name, node in calls(ast.parse(path.read_text())):
            if name != door:
                continue
            reasons = [keyword.value for keyword in node.keywords if keyword.arg == "reason"]
            assert len(reasons) == 1, f"{relative(path)}:{node.lineno}"
            reason = reasons[0]
            assert isinstance(reason, ast.Constant), f"{relative(path)}:{node.lineno}"
            assert len(str(reason.value)) > 15, f"{relative(path)}:{node.lineno}"


def test_subquery_and_exists_take_scoped_or_tenantless_rows() -> None:
    # Subquery() reads queryset.query, past the guard: each place is looked at by hand.
    places = found("Subquery", "Exists")
    # The log's own is built from the queryset that it narrows, and carries its scope.
    assert {path for path, _name in places} <= {
        # Counts over a platform, opened with a reason.
        "rooms/platforms/facts.py",
        # Addresses over a platform, likewise.
        "rooms/platforms/patterns.py",
        # Built from the endpoints that were narrowed before.
        "endpoints/querysets.py",
        "rooms/querysets/catalogue.py",
        "tenants/querysets/audit.py",
    }


def test_grants_are_written_through_one_door() -> None:
    writers = {path for path, _name in found("assign_perm", "remove_perm", "bulk_assign_perm")}
    assert writers == {"tenants/actions/roles.py"}


@pytest.mark.parametrize(
    "path", [p for p in sources() if "views" in p.parts or p.name == "views.py"], ids=relative
)
def test_views_neither_filter_nor_write(path: Path) -> None:
    banned = {"filter", "exclude", "save", "create", "update", "delete", "bulk_create", "objects"}
    hits = {
        f"{name} at line {node.lineno}"
        for name, node in calls(ast.parse(path.read_text()))
        if name in banned and not _is_plain_mapping(node)
    }
    assert hits == set()


def _is_plain_mapping(node: ast.Call) -> bool:
    """``session.update`` and the like are not the database."""
    owner = getattr(node.func, "value", None)
    return isinstance(owner, ast.Name) and owner.id in {"context", "session", "headers"}


@pytest.mark.parametrize("module", [tenant_actions, room_actions, bulk])
def test_every_action_asks_before_it_writes(module: ModuleType) -> None:
    silent = set()
    for name in module.__all__:
        action = getattr(module, name)
        if not inspect.isfunction(action) or "by" not in inspect.signature(action).parameters:
            continue
        called = {name for name, _node in calls(ast.parse(inspect.getsource(action)))}
        if called & WRITES and not any(ASKS.match(other) for other in called):
            silent.add(name)
    assert silent - NO_RIGHT_NEEDED.keys() == set()
