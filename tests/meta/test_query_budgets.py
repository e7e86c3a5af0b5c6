"""Every address is a list or a detail with literal query counts, or something else by name."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse
from django.utils import timezone

from endpoints.actions import reveal_password
from rooms import actions
from rooms.models import PlatformComparison, PlatformDifference, RoomRequest
from rooms.platforms.models import CallLeg, OddEvent, SinkDelivery, VideoPlatform
from tenants.actions import grant_role, invite_members, start_job
from tenants.management.commands.show_permissions import addresses
from tenants.models import AccessRequest, Job, Organisation, User
from tenants.roles import Role
from tests import factories, sessions
from tests.cast import Cast

# Queries of one request, signed-in person included; lists at most 8, details at most 6.
LISTS = {
    "rooms:overview": {"administrator": 8, "reseller": 8},
    "rooms:list": {"administrator": 5, "reseller": 6},
    "rooms:history": {"administrator": 5, "reseller": 6},
    "rooms:clients": {"reseller": 6},
    "rooms:meetings": {"administrator": 3, "reseller": 4},
    "endpoints:list": {"administrator": 4, "reseller": 5},
    "endpoints:history": {"administrator": 5, "reseller": 6},
    "rooms:own_list": {"owner": 4},
    "rooms:owner_requests": {"administrator": 3, "reseller": 4},
    "rooms:own_history": {"owner": 6},
    "rooms:operation": {"operator": 8},
    "rooms:platforms": {"operator": 4},
    "rooms:platform_differences": {"operator": 8},
    "rooms:platform_parked": {"operator": 6},
    "tenants:requests": {"owner": 3},
    "tenants:queue": {"operator": 5},
    "tenants:member_list": {"administrator": 6, "reseller": 7},
    "tenants:member_review": {"administrator": 6, "reseller": 7},
    "tenants:operation": {"operator": 5},
    "tenants:organisations": {"operator": 6},
    "tenants:resellers": {"operator": 5},
    "tenants:our_reseller": {"administrator": 4, "reseller": 5},
    "tenants:sessions": {"administrator": 3, "reseller": 3, "owner": 3},
    "tenants:jobs": {"administrator": 4, "reseller": 4, "owner": 4},
    "tenants:log": {"administrator": 4, "reseller": 5},
    "tenants:client_log": {"reseller": 4},
    "tenants:my_log": {"administrator": 5, "owner": 6},
    "tenants:platform_log": {"operator": 5},
}
DETAILS = {
    "tenants:invitation_detail": {"administrator": 3, "reseller": 4},
    "rooms:live": {"administrator": 4, "reseller": 5},
    "endpoints:detail": {"administrator": 4, "reseller": 5},
    "rooms:own_live": {"owner": 5},
    "rooms:detail": {"administrator": 4, "reseller": 5},
    "rooms:platform": {"operator": 6},
    "rooms:own_detail": {"owner": 6},
    "tenants:request_detail": {"owner": 3},
    "tenants:member_detail": {"administrator": 5, "reseller": 6},
    "tenants:queue_detail": {"operator": 6},
    "tenants:organisation_detail": {"operator": 6},
    "tenants:second_factor": {"administrator": 3, "reseller": 3, "owner": 3},
    "tenants:job": {"administrator": 3, "reseller": 3, "owner": 3},
}
ELSE = {
    "tenants:my_data": "one query for each kind of data; tests/tenants/test_my_data.py counts it",
    "tenants:my_data_export": "file",
    "tenants:my_data_delete": "form",
    "tenants:privacy": "reads nothing",
    "tenants:accessibility": "reads nothing",
    "tenants:log_export": "file",
    "tenants:client_log_export": "file",
    "tenants:my_log_export": "file",
    "tenants:platform_log_export": "file",
    "tenants:mail_list": "demo alone; tests/tenants/test_kept_mail.py counts it",
    "tenants:mail_detail": "demo alone; tests/tenants/test_kept_mail.py counts it",
    "tenants:mail_html": "demo alone; reads one message",
    "tenants:home": "sends on",
    "tenants:member_export": "file",
    "tenants:member_level": "form",
    "tenants:member_remove": "form",
    "tenants:member_reopen": "form",
    "tenants:member_second_factor": "form",
    "tenants:invite": "form",
    "tenants:invitation_resend": "only by POST",
    "tenants:invitation_withdraw": "only by POST",
    "tenants:invitation_accept": "form",
    "rooms:transfer": "form",
    "rooms:owner_request": "form",
    "rooms:own_ask": "form",
    "rooms:own_move": "form",
    "tenants:oidc_start": "sends on",
    "tenants:oidc_callback": "sends on; asks the provider",
    "tenants:oidc_logout": "for the provider alone",
    "tenants:connections": "a handful of one's own; tests/oidc counts it",
    "tenants:connection_new": "form",
    "tenants:connection_remove": "form",
    "tenants:switch_client": "sends on, or at most ten names",
    "tenants:profile": "form",
    "tenants:people": "form",
    "tenants:organisation_new": "form",
    "tenants:organisation_edit": "form",
    "tenants:organisation_close": "form",
    "tenants:reseller_connect": "form",
    "tenants:reseller_end": "form",
    "tenants:request_new": "form",
    "tenants:request_answered": "reads nothing",
    "tenants:request_confirm": "form; one request by its key",
    "tenants:request_withdraw": "only by POST",
    "tenants:request_remind": "only by POST",
    "tenants:member_request": "form; as tenants:queue_detail",
    "tenants:add_app": "form",
    "tenants:add_passkey": "form",
    "tenants:rename_passkey": "form",
    "tenants:remove_factor": "form",
    "tenants:recovery_codes": "shown once after they are made",
    "tenants:renew_codes": "form",
    "tenants:end_session": "only by POST",
    "tenants:end_other_sessions": "only by POST",
    "tenants:reset_second_factor": "form",
    "tenants:staff_start": "form",
    "tenants:staff_end": "only by POST",
    "tenants:set_language": "only by POST",
    "rooms:platform_new": "form",
    "rooms:platform_edit": "form",
    "rooms:platform_state": "form",
    "rooms:platform_renew": "form",
    "rooms:platform_repair": "form",
    "rooms:platform_parked_discard": "form",
    "rooms:platform_parked_read": "only by POST",
    "rooms:platform_compare": "only by POST",
    "rooms:platform_check": "only by POST",
    "rooms:platform_send_again": "only by POST",
    "rooms:platform_ask_now": "only by POST",
    "rooms:platform_odd_forget": "only by POST",
    "rooms:platform_default": "only by POST",
    "rooms:platform_reveal": "only by POST",
    "rooms:order": "form; tests/rooms/test_order_page.py counts it",
    "rooms:bulk": "form",
    "rooms:import": "form",
    "rooms:import_preview": "reads a file; tests/rooms/test_import.py counts it",
    "rooms:import_start": "only by POST",
    "rooms:command": "only by POST",
    "rooms:disconnect": "only by POST",
    "rooms:own_command": "only by POST",
    "rooms:own_disconnect": "only by POST",
    "endpoints:new": "form",
    "endpoints:edit": "form",
    "endpoints:remove": "form",
    "endpoints:retry": "only by POST",
    "endpoints:password_reveal": "only by POST",
    "endpoints:password_renew": "only by POST",
    "rooms:edit": "form",
    "rooms:own_edit": "form",
    "rooms:change_type": "form",
    "rooms:terminate": "form",
    "rooms:withdraw": "form",
    "rooms:retry": "only by POST",
    "rooms:export": "file; tests/rooms/test_export.py counts it",
    "rooms:clients_export": "file",
    "rooms:qr": "file",
    "rooms:handout": "file",
    "rooms:calendar": "file",
    "rooms:own_qr": "file",
    "rooms:own_handout": "file",
    "rooms:own_calendar": "file",
    "rooms:pin_reveal": "only by POST",
    "rooms:pin_renew": "only by POST",
    "rooms:invitation": "only by POST",
    "rooms:own_pin_reveal": "only by POST",
    "rooms:own_pin_renew": "only by POST",
    "rooms:own_invitation": "only by POST",
}


def test_every_address_has_a_budget_or_a_reason() -> None:
    ours = {
        name
        for _path, name, _view in addresses(get_resolver())
        if name.startswith(("endpoints:", "rooms:", "tenants:"))
    }
    assert ours == LISTS.keys() | DETAILS.keys() | ELSE.keys()


def test_budgets_are_within_the_bars() -> None:
    assert max(count for people in LISTS.values() for count in people.values()) <= 8
    assert max(count for people in DETAILS.values() for count in people.values()) <= 6


def _requests(cast: Cast, rows: int) -> AccessRequest:
    """Leave ``rows`` requests of the owner that wait for the operator, and return one."""
    return AccessRequest.objects.bulk_create(
        AccessRequest(
            organisation=cast.organisation,
            organisation_number=factories.organisation_number(),
            organisation_name="Solfjord kommune",
            applicant=cast.owner,
            applicant_name="Eva Eier",
            applicant_email=cast.owner.email,
            is_contact=True,
            state="confirmed",
        )
        for _row in range(rows)
    )[0]


def _grow(cast: Cast, rows: int) -> dict[str, Job]:
    """Leave ``rows`` open rooms with a call in each, own rooms, clients, entries of a room, jobs.

    Returns a job of each person.
    """
    cast.organisation.rooms.exclude(pk=cast.own_room.pk).update(closed_at=timezone.now())
    Organisation.objects.in_organisation(cast.second_client).update(is_active=False)
    for number in range(rows - 1):
        factories.make_room(cast.organisation, by=cast.admin, owner_email="eva.eier@example.no")
        factories.make_organisation(f"Kunde {number}", reseller=cast.reseller_organisation)
        actions.reveal_pin(cast.own_room, "host_pin", by=cast.admin)
        factories.make_endpoint(cast.organisation, by=cast.admin)
    CallLeg.objects.bulk_create(
        CallLeg(
            platform=room.platform, organisation=cast.organisation, room=room,
            uuid=f"leg {room.pk}", connected_at=timezone.now(), changed_at=timezone.now(),
        )
        for room in cast.organisation.rooms.filter(closed_at=None).select_related("platform")
    )  # fmt: skip
    people = {"administrator": cast.admin, "reseller": cast.reseller, "owner": cast.owner}
    jobs = {}
    for who, person in people.items():
        for _row in range(rows):
            if who == "administrator":
                sessions.start(person)
            jobs[who] = start_job(
                organisation=cast.organisation, by=person, kind="import", label="Import"
            )
    return jobs


def _differences(platform: VideoPlatform, cast: Cast, rows: int) -> None:
    comparison = PlatformComparison.objects.create(platform=platform, finished_at=timezone.now())
    PlatformDifference.objects.bulk_create(
        PlatformDifference(
            comparison=comparison,
            kind="missing",
            name=f"Rom {row}",
            room=cast.own_room,
            organisation=cast.organisation,
        )
        for row in range(rows)
    )


@pytest.mark.parametrize("rows", [1, 3, 25])
def test_pages_cost_the_same_whatever_the_rows(
    cast: Cast, signed_in: Callable[[User], Client], rows: int
) -> None:
    jobs = _grow(cast, rows)
    request = _requests(cast, rows).public_id
    people = {
        "administrator": cast.admin,
        "reseller": cast.reseller,
        "owner": cast.owner,
        "operator": cast.operator,
    }
    clients = {who: signed_in(person) for who, person in people.items()}
    addresses_to = [f"person{number}@example.no" for number in range(rows)]
    invited = invite_members(cast.organisation, addresses_to, Role.USER, by=cast.admin)[0]
    for number in range(rows - 1):
        member = factories.make_user(f"medlem{number}@example.no")
        RoomRequest.objects.create(
            organisation=cast.organisation, room=cast.own_room, person=member
        )
        grant_role(member, Role.USER, cast.organisation, by=None)
    org, room = cast.organisation.slug, cast.own_room.public_id
    endpoint = factories.make_endpoint(cast.organisation, by=cast.admin)
    for entry in range(rows):
        reveal_password(endpoint, by=cast.admin)
        OddEvent.objects.create(platform=endpoint.platform, event=f"event {entry}", reason="odd")
        SinkDelivery.objects.create(
            platform=endpoint.platform, body=b"{}", parked_at=timezone.now(), parked_for="DataError"
        )
    cast.organisation.rooms.filter(closed_at=None).update(provisioning="failed")
    _differences(endpoint.platform, cast, rows)
    places: dict[str, list[object]] = {
        "rooms:overview": [org],
        "rooms:list": [org],
        "endpoints:list": [org],
        "endpoints:detail": [org, endpoint.public_id],
        "endpoints:history": [org, endpoint.public_id],
        "rooms:clients": [cast.reseller_organisation.slug],
        "rooms:live": [org, room],
        "rooms:own_live": [room],
        "rooms:meetings": [org],
        "rooms:platform": ["standard"],
        "rooms:platform_differences": ["standard"],
        "rooms:platform_parked": ["standard"],
        "rooms:detail": [org, room],
        "rooms:history": [org, room],
        "rooms:own_detail": [room],
        "rooms:own_history": [room],
        "tenants:log": [org],
        "tenants:client_log": [cast.reseller_organisation.slug],
        "tenants:request_detail": [request],
        "tenants:queue_detail": [request],
        "tenants:member_list": [org],
        "rooms:owner_requests": [org],
        "tenants:member_review": [org],
        "tenants:member_detail": [org, cast.owner.public_id],
        "tenants:invitation_detail": [org, invited.public_id],
        "tenants:organisation_detail": [org],
        "tenants:our_reseller": [org],
    }
    # The session remembers the client from here on.
    clients["reseller"].get(reverse("rooms:overview", args=[org]))
    counted: dict[str, dict[str, int]] = {}
    drawn: dict[str, int] = {}
    for name, expected in (LISTS | DETAILS).items():
        for who in expected:
            place = [jobs[who].public_id] if name == "tenants:job" else places.get(name, [])
            with CaptureQueriesContext(connection) as queries:
                response = clients[who].get(reverse(name, args=place))
            assert response.status_code == 200, f"{name} as {who}"
            counted.setdefault(name, {})[who] = len(queries)
            if name == "tenants:sessions" and who == "administrator":
                assert len(response.context["sessions"]) == rows + 1
            if "table" in response.context:
                drawn[name] = len(response.context["table"].records)
    assert counted == LISTS | DETAILS
    tables = (
        "endpoints:list",
        "rooms:list",
        "rooms:meetings",
        "rooms:platform_differences",
        "rooms:history",
        "rooms:own_history",
        "rooms:clients",
        "tenants:jobs",
        "tenants:queue",
    )
    # The cast's own people stand in it too.
    assert drawn.pop("tenants:member_list") == min(2 * rows + 2, 20)
    assert {name: drawn[name] for name in tables} == dict.fromkeys(tables, min(rows, 20))
