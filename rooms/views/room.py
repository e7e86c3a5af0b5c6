"""One room: its page, form, PINs, papers and history, as the administrator meets it.

The functions at the top serve ``rooms.views.own`` too; ``links`` tells the two apart.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from rooms import actions, papers, pins
from rooms.decorators import room_in_organisation
from rooms.forms.papers import CalendarForm, HandoutForm, InvitationForm
from rooms.forms.settings import RoomForm
from rooms.history import SHOWN, HistoryTable, changes_since, entries_of, history_lines
from rooms.links import RoomLinks
from rooms.models import Room
from rooms.page import RoomPage
from tenants.views.person import person_of
from videoportal.kit import resume
from videoportal.kit.http import download, form_page, is_fragment, list_page
from videoportal.kit.text import whole

# Parts of the page that can be replaced alone, by the id of their element.
PARTS = frozenset({"pins", "invitation"})


def show(
    request: HttpRequest,
    links: RoomLinks,
    *,
    shown: dict[str, str] | None = None,
    invitation_pin: str = "",
    calendar_form: CalendarForm | None = None,
    **context: Any,
) -> HttpResponse:
    """Return the room's page, or only the part that htmx wants to replace."""
    user = person_of(request)
    room = links.room
    kind, language = InvitationForm(request.POST if invitation_pin else request.GET).chosen()
    page = RoomPage(
        room=room,
        links=links,
        may_manage=not links.own and user.access.can("manage_rooms", room.organisation_id),
        sees_price=not links.own and user.access.can("view_billing", room.organisation_id),
        entries=history_lines(
            entries_of(room, holder=user if links.own else None).newest(SHOWN), user, own=links.own
        ),
        kind=kind,
        language=language,
        invitation_pin=invitation_pin,
        shown=shown or {},
    )
    template = "rooms/own_detail.html" if links.own else "rooms/room_detail.html"
    target = request.htmx.target if is_fragment(request) else ""  # type: ignore[attr-defined]  # django-htmx
    if target in PARTS:
        template = f"rooms/parts.html#{target}"
    response = render(
        request,
        template,
        {
            "room": room,
            "page": page,
            "links": links,
            "calendar_form": calendar_form or CalendarForm(),
            "handout_form": HandoutForm(),
            **context,
        },
        status=422 if calendar_form is not None else 200,
    )
    patch_vary_headers(response, ["HX-Request"])
    return response


def edit(request: HttpRequest, links: RoomLinks) -> HttpResponse:
    """Answer the room's form: shown, filled with new PINs, saved, or shown again with faults."""
    user = person_of(request)
    room = links.room
    if room.is_closed:
        messages.warning(request, _("The room is closed and cannot be changed."))
        return redirect(links.detail)
    if request.method != "POST":
        return _form_page(request, links, _room_form(None, links))
    if wanted := request.POST.get("new_pin"):
        form = _room_form(None, links)
        resume.fill(form, request.POST)
        form.initial["version"] = request.POST.get("version", "")
        form.suggest_pins(pins.FIELDS if wanted == "both" else [wanted])
        return _form_page(request, links, form)
    form = _room_form(request.POST, links)
    if form.is_valid():
        before = room.owner_email
        try:
            saved = actions.change_room(
                room, by=user, version=form.posted_version(), **form.changes()
            )
        except actions.StaleEdit as stale:
            # Changed between our reading and our writing: judged once more as it is now.
            form = _room_form(request.POST, RoomLinks(_as_stored(stale.room), links.own))
            form.is_valid()
        except actions.NotPossible as error:
            form.add_error(None, str(error))
        except ValidationError as error:
            form.add_faults(error)
        else:
            _tell_saved(request, room, saved, before)
            return redirect(links.detail)
    return _form_page(request, links, form)


def _room_form(data: Any, links: RoomLinks) -> RoomForm:
    room = links.room
    places = (
        []
        if links.own
        else Room.objects.in_organisation(room.organisation_id).values_in_use("cost_centre")
    )
    form = RoomForm(data, room=room, own=links.own, cost_centres=places)
    opened_at = form.posted_version() if data is not None else None
    if opened_at is not None and opened_at < room.version:
        form.meanwhile(changes_since(room, opened_at))
    return form


def _form_page(request: HttpRequest, links: RoomLinks, form: RoomForm) -> HttpResponse:
    user = person_of(request)
    return form_page(
        request,
        form,
        "rooms/room_form.html",
        room=links.room,
        links=links,
        summary_heading=_("Nothing is saved yet.") if form.stale else "",
        happened=history_lines(form.entries, user, own=links.own) if form.stale else [],
        heading=_("Change %(name)s") % {"name": links.room.name},
        submit_label=_("Save over it") if form.stale else _("Save the changes"),
        cancel_url=links.detail,
    )


def _tell_saved(request: HttpRequest, known: Room, room: Room, former_owner: str) -> None:
    messages.success(
        request,
        _("The changes are saved and take effect at the next call.")
        if known.platform.answers_at_once
        else _("The changes are saved. They take effect within a couple of minutes."),
    )
    if room.owner_email.lower() == former_owner.lower():
        return
    if former_owner:
        messages.info(request, _("%(email)s no longer has the room.") % {"email": former_owner})
    if room.owner_email:
        messages.info(
            request,
            _("%(email)s has the room as soon as the address is confirmed in the portal.")
            % {"email": room.owner_email},
        )


def reveal(request: HttpRequest, links: RoomLinks, which: str) -> HttpResponse:
    """Show one PIN, on this answer only; looking is logged."""
    return _pin_answer(request, links, which, renew=False)


def renew(request: HttpRequest, links: RoomLinks, which: str) -> HttpResponse:
    """Make a new PIN and show it, on this answer only."""
    return _pin_answer(request, links, which, renew=True)


def _pin_answer(request: HttpRequest, links: RoomLinks, which: str, *, renew: bool) -> HttpResponse:
    user = person_of(request)
    if which not in pins.FIELDS:
        raise Http404
    if request.method != "POST":
        # Somebody reloaded, or changed language on, the page that showed the PIN.
        return redirect(links.detail)
    notice, shown = "", {}
    try:
        if renew:
            version = whole(request.POST.get("version", ""))
            room = actions.renew_pin(links.room, which, by=user, version=version)
            links = RoomLinks(_as_stored(room), links.own)
        shown[which] = actions.reveal_pin(links.room, which, by=user)
        if renew:
            notice = (
                _("The new PIN works from the next call on.")
                if links.room.platform.answers_at_once
                else _("The new PIN works within a couple of minutes.")
            )
    except actions.StaleEdit as stale:
        links = RoomLinks(_as_stored(stale.room), links.own)
        notice = _("The room has been changed in the meantime. No new PIN was made.")
    except actions.NotPossible as error:
        notice = str(error)
    except ValidationError as error:
        notice = " ".join(error.messages)
    return show(request, links, shown=shown, pin_notice=notice)


def _as_stored(room: Room) -> Room:
    return Room.objects.in_organisation(room.organisation_id).for_detail().get(pk=room.pk)


def invitation(request: HttpRequest, links: RoomLinks) -> HttpResponse:
    """Show the invitation with the guests' PIN in it; that is logged."""
    user = person_of(request)
    pin = str(links.room.guest_pin)
    if request.method != "POST" or not pin or links.room.is_closed:
        return redirect(links.detail)
    actions.note_pins_shown([links.room], by=user, where="invitation")
    return show(request, links, invitation_pin=pin)


def qr(links: RoomLinks) -> HttpResponse:
    """Return the QR code as an SVG image."""
    return download(
        papers.qr_svg(links.room), f"qr-{links.room.number}.svg", "image/svg+xml", inline=True
    )


def handout(request: HttpRequest, links: RoomLinks) -> HttpResponse:
    """Return the sheet as PDF; with the guests' PIN only by POST, and logged."""
    user = person_of(request)
    room = links.room
    form = HandoutForm(request.POST if request.method == "POST" else {})
    language, pin = form.chosen_language(), ""
    if request.method == "POST" and form.cleaned_data.get("with_pin"):
        pin = str(room.guest_pin)
    if room.is_closed:
        raise Http404
    if pin:
        actions.note_pins_shown([room], by=user, where="handout")
    content = papers.handout_pdf(room, language, guest_pin=pin)
    return download(content, f"{room.name} {room.number}.pdf", "application/pdf", inline=True)


def calendar(request: HttpRequest, links: RoomLinks) -> HttpResponse:
    """Return a calendar file for the time asked for, or the page with what is wrong."""
    form = CalendarForm(request.GET)
    if links.room.is_closed:
        raise Http404
    if not form.is_valid():
        return show(request, links, calendar_form=form)
    content = papers.calendar_file(
        links.room,
        starts_at=form.starts_at(),
        minutes=form.cleaned_data["minutes"],
        language=form.cleaned_data["language"] or InvitationForm({}).chosen()[1],
    )
    return download(content, f"{links.room.number}.ics", "text/calendar; charset=utf-8")


def history(request: HttpRequest, links: RoomLinks) -> HttpResponse:
    """Return everything that has happened to the room, page by page."""
    user = person_of(request)
    entries = entries_of(links.room, holder=user if links.own else None)
    table = HistoryTable(entries, viewer=user, own=links.own)
    return list_page(request, table, None, "rooms/room_history.html", room=links.room, links=links)


# The administrator's addresses


@room_in_organisation("view_rooms")
def room_detail(request: HttpRequest, room: Room) -> HttpResponse:
    return show(request, RoomLinks(room))


@room_in_organisation("manage_rooms")
def room_edit(request: HttpRequest, room: Room) -> HttpResponse:
    return edit(request, RoomLinks(room))


@room_in_organisation("view_rooms")
def room_history(request: HttpRequest, room: Room) -> HttpResponse:
    return history(request, RoomLinks(room))


@never_cache
@room_in_organisation("manage_rooms")
def pin_reveal(request: HttpRequest, room: Room, which: str) -> HttpResponse:
    return reveal(request, RoomLinks(room), which)


@never_cache
@room_in_organisation("manage_rooms")
def pin_renew(request: HttpRequest, room: Room, which: str) -> HttpResponse:
    return renew(request, RoomLinks(room), which)


@never_cache
@room_in_organisation("manage_rooms")
def room_invitation(request: HttpRequest, room: Room) -> HttpResponse:
    return invitation(request, RoomLinks(room))


@room_in_organisation("view_rooms")
def room_qr(request: HttpRequest, room: Room) -> HttpResponse:
    return qr(RoomLinks(room))


@never_cache
@room_in_organisation("manage_rooms")
def room_handout(request: HttpRequest, room: Room) -> HttpResponse:
    return handout(request, RoomLinks(room))


@room_in_organisation("view_rooms")
def room_calendar(request: HttpRequest, room: Room) -> HttpResponse:
    return calendar(request, RoomLinks(room))


@room_in_organisation("manage_rooms")
@require_POST
def room_retry(request: HttpRequest, room: Room) -> HttpResponse:
    actions.retry_provisioning(room, by=person_of(request))
    messages.success(request, _("The room is sent to the video platform once more."))
    return redirect(RoomLinks(room).detail)
