"""The audit log in words."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from rooms import actions as room_actions
from rooms.models import Room
from tenants import audit, audit_texts, log
from tenants.actions import grant_role
from tenants.models import AuditEntry
from tenants.roles import Role
from tests.cast import Cast

SOURCES = [
    path
    for app in ("tenants", "rooms", "endpoints", "videoportal")
    for path in (settings.BASE_DIR / app).rglob("*.py")
    if "migrations" not in path.parts
]


def slugs_in(path: Path) -> set[str]:
    """Return the literal action slugs that a module gives to audit.record or record_many."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        values: list[ast.expr | None] = []
        if isinstance(node, ast.Call) and "record" in ast.unparse(node.func):
            values = [*node.args[:1]]
        elif isinstance(node, ast.keyword) and node.arg == "action":
            values = [node.value]
        elif isinstance(node, ast.Dict):
            values = [
                value
                for key, value in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant) and key.value == "action"
            ]
        found |= {
            value.value
            for value in values
            if isinstance(value, ast.Constant)
            and isinstance(value.value, str)
            and value.value.count(".") == 2
        }
    return found


def test_every_recorded_slug_has_a_sentence() -> None:
    used = set().union(*(slugs_in(path) for path in SOURCES))
    assert {"tenants.role.granted", "rooms.room.ordered", "rooms.pin.included"} <= used
    assert used - audit_texts.known_actions() == set()


def test_every_slug_is_of_one_kind() -> None:
    without = {action for action in audit_texts.known_actions() if not log.kind_of(action)}
    assert without == set()
    kinds = [key for key, _words in log.kinds()]
    assert len(kinds) == len(set(kinds))
    sorted_in = [slug for key in kinds for slug in log.slugs_of(key)]
    assert sorted(sorted_in) == sorted(audit_texts.known_actions())


def newest(room: Room) -> AuditEntry:
    entry: AuditEntry = AuditEntry.objects.in_organisation(room.organisation_id).newest(1)[0]
    return entry


def words(entry: AuditEntry, viewer: object, **options: object) -> str:
    with translation.override("en"):
        return str(audit_texts.describe(entry, viewer, **options))  # type: ignore[arg-type]  # people


def test_sentence_tells_you_from_others(cast: Cast) -> None:
    entry = AuditEntry.objects.in_organisation(cast.organisation).get(
        action="rooms.room.ordered", target_key=str(cast.room.pk)
    )
    number = cast.room.number
    assert words(entry, cast.admin) == f"You ordered Samtalerom A ({number})"
    assert words(entry, cast.user) == f"Kari Admin ordered Samtalerom A ({number})"
    assert words(entry, cast.admin, url="/r/") == (
        f'You ordered <a class="ds-link" href="/r/">Samtalerom A</a> ({number})'
    )
    assert words(entry, cast.admin, here=True) == f"You ordered the room ({number})"


def test_sentence_names_reseller_and_changed_fields_in_words(cast: Cast) -> None:
    audit.acting_reseller.set("Nordlys Partner AS")
    try:
        room_actions.change_room(
            cast.room, by=cast.reseller, layout="one_main_zero_pips", host_pin="835291"
        )
    finally:
        audit.acting_reseller.set("")
    entry = newest(cast.room)

    assert words(entry, cast.admin) in {
        f"Rita Reseller (Nordlys Partner AS, on your organisation’s behalf) changed {fields}"
        " in Samtalerom A"
        for fields in ("layout and PIN for the host", "PIN for the host and layout")
    }
    assert words(entry, cast.reseller).startswith(
        "You (Nordlys Partner AS, on behalf of the client) changed "
    )
    with translation.override("en"):
        assert set(audit_texts.changes(entry)) == {
            "Layout: from “Grid of four” to “One large”",
            "PIN for the host: a hidden value was replaced by a new hidden value",
        }
    assert "835291" not in str(entry.after) + str(entry.before)


def test_single_change_reads_without_the_field_name(cast: Cast) -> None:
    with translation.override("en"):
        room_actions.change_room(cast.room, by=cast.admin, cost_centre="4200")
        assert audit_texts.changes(newest(cast.room)) == ("From “4100” to “4200”",)
        room_actions.change_room(cast.room, by=cast.admin, cost_centre="")
        assert audit_texts.changes(newest(cast.room)) == ("“4200” was removed",)
        room_actions.change_room(cast.room, by=cast.admin, reference="B1")
        assert audit_texts.changes(newest(cast.room)) == ("Set to “B1”",)


def test_role_is_named_in_words(cast: Cast) -> None:
    grant_role(cast.user, Role.CUSTOMER_ADMIN, cast.organisation, by=cast.admin)
    entry = newest(cast.room)
    assert words(entry, cast.admin) == (
        "You gave Ola Bruker the access level customer administrator"
    )


def test_what_the_portal_does_by_itself_and_what_has_no_sentence(cast: Cast) -> None:
    closed = audit.record(
        "rooms.room.closed", by=None, organisation=cast.organisation, target=cast.room
    )
    assert words(closed, cast.admin) == "The portal closed Samtalerom A as agreed"
    unknown = audit.record("x.y.z", by=cast.admin, organisation=cast.organisation, label="<b>")
    assert words(unknown, cast.admin) == "You did x.y.z to &lt;b&gt;"


@pytest.mark.parametrize("markup", ["<script>alert(1)</script>", "%(who)s & {0}"])
def test_names_are_escaped_and_never_read_as_a_template(cast: Cast, markup: str) -> None:
    room_actions.change_room(cast.room, by=cast.admin, name=markup)
    sentence = words(newest(cast.room), cast.other_admin)
    escaped = markup.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert sentence == f"Kari Admin changed name in {escaped}"
