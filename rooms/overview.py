"""What an organisation should decide on or know of, in the order of urgency."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rooms.choices import Provisioning
from rooms.models import Room
from rooms.querysets import PENDING_LONG, RoomFigures
from tenants.models import Organisation
from tenants.overview import Task
from videoportal.kit.formats import number, short_date

# More rooms than this are not named one by one.
NAMED = 3


def tasks_of(organisation: Organisation, figures: RoomFigures, rooms: Iterable[Room]) -> list[Task]:
    """Return the lines; ``rooms`` are those of ``RoomQuerySet.on_overview``."""
    found = list(rooms)
    failed = [room for room in found if room.status == Provisioning.FAILED]
    waiting = [room for room in found if getattr(room, "waits_long", False)]
    agreed = sorted(
        (room for room in found if getattr(room, "changes_soon", False)),
        key=lambda room: room.closes_on or room.next_product_from or date.max,
    )
    all_rooms = reverse("rooms:list", args=[organisation.slug])
    troubled = f"{all_rooms}?{urlencode({'status': 'attention'})}"
    tasks = []
    if figures.failed:
        tasks.append(_failed(figures.failed, failed, troubled))
    if figures.waiting:
        tasks.append(_waiting(figures.waiting, waiting, troubled))
    if figures.no_cost_centre:
        url = f"{all_rooms}?{urlencode({'cost_centre': '~'})}"
        tasks.append(_no_cost_centre(figures.no_cost_centre, url))
    if figures.asked:
        url = reverse("rooms:owner_requests", args=[organisation.slug])
        tasks.append(_asked(figures.asked, url))
    tasks += [_agreed(room) for room in agreed[:NAMED]]
    if figures.agreed > NAMED:
        url = f"{all_rooms}?{urlencode({'status': 'terminated'})}"
        tasks.append(_more_agreed(figures.agreed - NAMED, url))
    return tasks


def _no_cost_centre(count: int, url: str) -> Task:
    return Task(
        status="attention",
        word=_("Needs action"),
        title=ngettext(
            "%(count)s meeting room has no cost centre",
            "%(count)s meeting rooms have no cost centre",
            count,
        )
        % {"count": number(count)},
        note=_("Without a cost centre the lines come last in the invoice basis."),
        label=_("Set cost centre"),
        url=url,
    )


def _asked(count: int, url: str) -> Task:
    return Task(
        status="pending",
        word=_("Pending"),
        title=ngettext(
            "Somebody asks to have %(count)s meeting room registered on them",
            "Somebody asks to have %(count)s meeting rooms registered on them",
            count,
        )
        % {"count": number(count)},
        note=_("They cannot change the rooms before you have answered."),
        label=_("See the questions"),
        url=url,
    )


def _more_agreed(count: int, url: str) -> Task:
    return Task(
        status="ending",
        word=_("Agreed"),
        title=ngettext(
            "%(count)s more meeting room closes or changes type within 30 days",
            "%(count)s more meeting rooms close or change type within 30 days",
            count,
        )
        % {"count": number(count)},
        note="",
        label=_("See the rooms"),
        url=url,
    )


def _named(rooms: list[Room]) -> str:
    return ", ".join(f"{room.name} ({room.number})" for room in rooms[:NAMED])


def _failed(count: int, rooms: list[Room], url: str) -> Task:
    if count == 1 and rooms:
        room = rooms[0]
        return Task(
            status="failed",
            word=_("Failed"),
            title=_("One meeting room was not set up on the video platform"),
            note=_("%(room)s. The platform answered: “%(answer)s”.")
            % {"room": _named(rooms), "answer": room.provisioning_error.rstrip(". ")},
            label=_("See the room"),
            url=_url(room),
        )
    return Task(
        status="failed",
        word=_("Failed"),
        title=_("%(count)s meeting rooms were not set up on the video platform")
        % {"count": number(count)},
        note=_("%(rooms)s. The platform answered: “%(answer)s”.")
        % {
            "rooms": _named(rooms),
            "answer": "; ".join(
                dict.fromkeys(room.provisioning_error.rstrip(". ") for room in rooms[:NAMED])
            ),
        },
        label=_("See the rooms"),
        url=url,
    )


def _waiting(count: int, rooms: list[Room], url: str) -> Task:
    minutes = int(PENDING_LONG.total_seconds() // 60)
    return Task(
        status="pending",
        word=_("Pending"),
        title=ngettext(
            "%(count)s meeting room waits for the video platform",
            "%(count)s meeting rooms wait for the video platform",
            count,
        )
        % {"count": number(count)},
        note=_("The platform has not answered for more than %(minutes)s minutes: %(rooms)s.")
        % {"minutes": minutes, "rooms": _named(rooms)},
        label=_("See the room") if count == 1 and rooms else _("See the rooms"),
        url=_url(rooms[0]) if count == 1 and rooms else url,
    )


def _agreed(room: Room) -> Task:
    if room.closes_on is not None:
        title = _("%(room)s closes on %(date)s")
        values = {"room": _named([room]), "date": short_date(room.closes_on)}
        note = _("You pay until and including %(date)s.") % {"date": short_date(room.charged_until)}
    else:
        title = _("%(room)s becomes %(product)s on %(date)s")
        values = {
            "room": _named([room]),
            "product": str(room.next_product),
            "date": short_date(room.next_product_from),
        }
        note = _("The change is agreed. You can still withdraw it.")
    return Task(
        status="ending",
        word=_("Agreed"),
        title=title % values,
        note=note,
        label=_("See the room"),
        url=_url(room),
    )


def _url(room: Room) -> str:
    return reverse("rooms:detail", args=[room.organisation.slug, room.public_id])
