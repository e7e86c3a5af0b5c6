"""Every table of ours: each column that sorts does so both ways, and pages never overlap."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import RequestFactory
from django.urls import get_resolver
from django.utils import timezone

from endpoints.models import Endpoint
from endpoints.tables import EndpointTable
from rooms import actions
from rooms.clients import ClientRow, ClientTable
from rooms.history import HistoryTable, entries_of
from rooms.imports.preview import PreviewTable
from rooms.models import Room
from rooms.tables import DeliveryTable, DifferenceTable, MeetingTable, RoomTable
from tenants.actions import start_job
from tenants.members import MemberRow
from tenants.models import AccessRequest, Job, Organisation
from tenants.roles import Role
from tenants.tables.jobs import JobTable
from tenants.tables.log import LogTable
from tenants.tables.mail import MailTable
from tenants.tables.members import MemberTable
from tenants.tables.organisations import OrganisationTable, ResellerTable
from tenants.tables.requests import RequestTable
from tests import factories
from tests.cast import Cast
from videoportal.kit.tables import BaseTable

ROWS = 45


def _rooms(cast: Cast) -> RoomTable:
    """Rooms whose every value but the number repeats, so that ties must be broken."""
    rooms = Room.objects.in_organisation(cast.organisation)
    stored = rooms.get(pk=cast.room.pk)
    values = {
        field.attname: getattr(stored, field.attname)
        for field in Room._meta.concrete_fields
        if field.name not in {"id", "public_id", "number", "order_key"}
    }
    products = [factories.product("sensitive"), factories.product("admin-small", "fullhd")]
    day = date(2026, 1, 1)
    Room.objects.bulk_create(
        Room(
            **{
                **values,
                "number": f"{200_000 + index * 7 % 101}",
                "name": ("Ås", "Øre", "Ærlig")[index % 3],
                "product_id": products[index % 2].pk,
                "owner_name": ("åse", "Zoo", "")[index % 3],
                "cost_centre": ("", "41", "Ø")[index % 3],
                "ordered_on": day + timedelta(days=index % 3),
                "bound_until": day + timedelta(days=365 - index % 3),
                "provisioning": ("ready", "pending", "failed")[index % 3],
            }
        )
        for index in range(ROWS - rooms.count())
    )
    return RoomTable(
        rooms.for_listing(),
        organisation=cast.organisation,
        products=rooms.facets().products,
    )


def _endpoints(cast: Cast) -> EndpointTable:
    first = factories.make_endpoint(cast.organisation, by=cast.admin, name="Ås")
    Endpoint.objects.bulk_create(
        Endpoint(
            organisation=cast.organisation,
            platform=first.platform,
            name=("Ås", "Øre", "Ærlig")[index % 3],
            address=f"rom-{index * 7 % 101}@video.example.no",
            username="rom",
            password="k7fm-x2pq-h9wd",
            kind=("room", "cart")[index % 2],
            model=("", "Room Kit")[index % 2],
            location=("", "Ås", "Ørsta")[index % 3],
            state=("active", "blocked")[index % 2],
            provisioning=("ready", "pending", "failed")[index % 3],
        )
        for index in range(ROWS - 1)
    )
    found = Endpoint.objects.in_organisation(cast.organisation)
    return EndpointTable(found.for_listing(), organisation=cast.organisation)


def _clients(cast: Cast) -> ClientTable:
    return ClientTable(
        [
            ClientRow(
                pk=index,
                position=index,
                name=f"Kunde {index}",
                slug=f"kunde-{index}",
                organisation_number=f"9{index * 7 % 101:08}",
                rooms=index % 3,
                members=index % 2,
                to_do=index % 4,
                cost=Decimal(index % 5),
            )
            for index in range(ROWS)
        ]
    )


def _history(cast: Cast) -> HistoryTable:
    for _entry in range(ROWS - entries_of(cast.room).count()):
        actions.reveal_pin(cast.room, "host_pin", by=cast.admin)
    return HistoryTable(entries_of(cast.room), viewer=cast.admin)


def _jobs(cast: Cast) -> JobTable:
    for _row in range(ROWS):
        start_job(organisation=cast.organisation, by=cast.admin, kind="import", label="Import")
    return JobTable(Job.objects.own_of(cast.admin))


def _requests(cast: Cast) -> RequestTable:
    AccessRequest.objects.bulk_create(
        AccessRequest(
            organisation_number=factories.organisation_number(),
            organisation_name="Solfjord kommune",
            applicant=cast.user,
            applicant_name="Ola Bruker",
            applicant_email=cast.user.email,
            is_contact=True,
            state="confirmed",
        )
        for _row in range(ROWS)
    )
    return RequestTable(AccessRequest.objects.sent_by(cast.user).oldest_first())


def _members(cast: Cast) -> MemberTable:
    rows = [
        MemberRow(
            pk=f"member-{index}",
            public_id=cast.owner.public_id,
            user_id=index + 1,
            name=("Ås", "Øre", "Ærlig")[index % 3],
            email=f"{index}@example.no",
            role=(Role.USER, Role.CUSTOMER_ADMIN)[index % 2],
            owned=(index % 4,),
            last_login=timezone.now() - timedelta(days=index % 5),
            status=("active", "closing", "closed")[index % 3],
            status_words="",
            is_self=False,
        )
        for index in range(ROWS)
    ]
    return MemberTable(rows, organisation=cast.organisation)


def _organisations(cast: Cast, kind: str) -> Any:
    """Organisations of one name, in twos of each number's beginning, some with clients."""
    every = Organisation.objects.everybodys().filter(kind=kind)
    made = Organisation.objects.bulk_create(
        Organisation(
            name=("Ås", "Øre", "Ærlig")[index % 3],
            slug=f"virksomhet-{index}",
            organisation_number=factories.organisation_number(),
            kind=kind,
        )
        for index in range(ROWS - every.count())
    )
    if kind == "reseller":
        for reseller in made[:5]:
            factories.make_organisation(reseller=reseller)
    return every


def _register(cast: Cast) -> OrganisationTable:
    return OrganisationTable(_organisations(cast, "customer").for_register())


def _resellers(cast: Cast) -> ResellerTable:
    return ResellerTable(_organisations(cast, "reseller").resellers())


# How to fill each table; None: it has no column that sorts and no queryset of its own.
MAKERS: dict[type[BaseTable], Callable[[Cast], BaseTable] | None] = {
    RoomTable: _rooms,
    EndpointTable: _endpoints,
    ClientTable: _clients,
    HistoryTable: _history,
    JobTable: _jobs,
    RequestTable: _requests,
    MemberTable: _members,
    OrganisationTable: _register,
    ResellerTable: _resellers,
    # These have one order.
    LogTable: None,
    MailTable: None,
    PreviewTable: None,
    MeetingTable: None,
    DifferenceTable: None,
    DeliveryTable: None,
}


def _ours() -> set[type[BaseTable]]:
    # The views bring the tables with them.
    assert get_resolver().url_patterns
    return {
        table for table in BaseTable.__subclasses__() if not table.__module__.startswith("test")
    }


def _sortable(table: type[BaseTable]) -> list[str]:
    return [name for name, column in table.base_columns.items() if column.orderable]


def test_every_table_is_tried() -> None:
    assert _ours() == MAKERS.keys()
    for table, make in MAKERS.items():
        assert make is not None or not _sortable(table)


def _key(row: Any) -> Any:
    return next(getattr(row, name) for name in ("pk", "public_id", "slug") if hasattr(row, name))


def _pages(table: BaseTable, sort: str) -> list[list[Any]]:
    pages, number, last = [], 1, 1
    while number <= last:
        table.__dict__.pop("records", None)
        table.configure(RequestFactory().get("/", {"sort": sort, "page": str(number)}))
        pages.append([_key(row) for row in table.records])
        last, number = table.paginator.num_pages, number + 1
    return pages


@pytest.mark.parametrize(
    "kind", [t for t, make in MAKERS.items() if make], ids=lambda t: t.__name__
)
def test_columns_sort_both_ways_and_pages_share_no_row(cast: Cast, kind: type[BaseTable]) -> None:
    make = MAKERS[kind]
    assert make is not None
    table = make(cast)
    everything = {key for page in _pages(table, "") for key in page}
    assert len(everything) == ROWS
    firsts = {}
    for sort in ["", *_sortable(kind), *(f"-{name}" for name in _sortable(kind))]:
        pages = _pages(table, sort)
        keys = [key for page in pages for key in page]
        assert [len(page) for page in pages] == [20, 20, 5], sort
        assert set(keys) == everything, sort
        firsts[sort] = keys[0]
    assert [name for name in _sortable(kind) if firsts[name] == firsts[f"-{name}"]] == []
