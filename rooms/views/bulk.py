"""Bulk actions: choose in the list, see the effect, confirm, take the new PINs along."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rooms import actions, bulk
from rooms.actions import NotPossible
from rooms.choices import BulkAction
from rooms.filters import RoomSearch
from rooms.forms.bulk import BulkForm, CostCentreForm, OwnerForm, ProductForm, TerminateForm
from rooms.models import Room, RoomProduct
from rooms.platforms.models import VideoPlatform
from tenants.decorators import in_organisation, recently_authenticated
from tenants.models import Organisation
from tenants.views.person import person_of
from videoportal.kit.formats import number
from videoportal.kit.http import form_page
from videoportal.kit.sheets import sheet_response

NEW_PINS = "rooms.new_pins"
# A page of the list has fifty boxes; more than this was not ticked by hand.
MOST_TICKED = bulk.MAX_ROOMS


def _takes_pins(request: HttpRequest) -> bool:
    return request.method == "POST" and request.GET.get("done") == BulkAction.PINS


@in_organisation("manage_rooms")
@recently_authenticated(when=_takes_pins)
def room_bulk(request: HttpRequest, organisation: Organisation) -> HttpResponseBase:
    if request.GET.get("done") == BulkAction.PINS:
        return _new_pins(request, organisation)
    if request.GET.get("action") not in BulkAction.values:
        return _back(request, organisation, _("Choose what to do with the rooms first."))
    action = BulkAction(request.GET["action"])
    if request.method == "POST":
        return _confirm(request, organisation, action)
    rooms = _chosen(request, organisation)
    if len(rooms) > bulk.MAX_ROOMS:
        return _back(
            request,
            organisation,
            _("At most %(most)s rooms can be changed at a time. Narrow the search and try again.")
            % {"most": number(bulk.MAX_ROOMS)},
        )
    if not rooms:
        return _back(request, organisation, _("Choose at least one room first."))
    return _effect_page(request, organisation, action, rooms)


def _list_url(request: HttpRequest, organisation: Organisation) -> str:
    url = reverse("rooms:list", args=[organisation.slug])
    query = request.GET.get("filter", "")
    return f"{url}?{QueryDict(query[:2000]).urlencode()}" if query else url


def _back(request: HttpRequest, organisation: Organisation, message: str) -> HttpResponseRedirect:
    messages.warning(request, message)
    return HttpResponseRedirect(_list_url(request, organisation))


def _chosen(request: HttpRequest, organisation: Organisation) -> list[Room]:
    """Return the ticked rooms, or what the list's filter finds; at most one above the limit."""
    rooms = Room.objects.in_organisation(organisation).for_bulk()
    if request.GET.get("all"):
        facets = Room.objects.in_organisation(organisation).facets()
        data = QueryDict(request.GET.get("filter", "")[:2000])
        search = RoomSearch(data, organisation=organisation, facets=facets)
        rooms = search.narrow(rooms)
    else:
        rooms = rooms.with_public_ids(_uuids(request.GET.getlist("room")[: MOST_TICKED + 1]))
    return list(rooms[: bulk.MAX_ROOMS + 1])


def _uuids(texts: Iterable[str]) -> list[UUID]:
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def _product(request: HttpRequest, today: date) -> RoomProduct | None:
    wanted = request.GET.get("product", "")
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 10):
        return None
    return RoomProduct.objects.offered_on(today).in_bulk([int(wanted)]).get(int(wanted))


def _form(
    request: HttpRequest, action: BulkAction, *, initial: dict[str, Any], latest: date | None
) -> BulkForm:
    data = request.POST if request.method == "POST" else None
    if action == BulkAction.COST_CENTRE:
        return CostCentreForm(data, initial=initial)
    if action == BulkAction.OWNER:
        return OwnerForm(data, initial=initial)
    if action == BulkAction.TERMINATE:
        return TerminateForm(data, initial=initial, today=timezone.localdate(), latest=latest)
    return BulkForm(data, initial=initial)


def _effect_page(
    request: HttpRequest,
    organisation: Organisation,
    action: BulkAction,
    rooms: list[Room],
    *,
    form: BulkForm | None = None,
    stale: list[Room] | None = None,
    refused: str = "",
) -> HttpResponse:
    """Return the page that shows what will happen, with the form that confirms it."""
    today = timezone.localdate()
    product = _product(request, today) if action == BulkAction.PRODUCT else None
    plan = bulk.plan(rooms, action, organisation=organisation, product=product)
    show_prices = person_of(request).access.can("view_billing", organisation)
    context: dict[str, Any] = {
        "organisation": organisation,
        "action": action,
        "plan": plan,
        "heading": _heading(action, len(plan.rooms)),
        "cancel_url": _list_url(request, organisation),
        "breadcrumbs": [
            {"label": _("Meeting rooms"), "url": _list_url(request, organisation)},
            {"label": action.label},
        ],
        "selection": [
            (name, value)
            for name in ("action", "room", "all", "filter")
            for value in request.GET.getlist(name)
        ],
        "show_prices": show_prices,
        "product": product,
        "stale": stale,
        "refused": refused,
        "danger": action == BulkAction.TERMINATE,
        "submit_label": _submit_label(action, len(plan.rooms)),
    }
    if action == BulkAction.PRODUCT and plan.rooms:
        if product is None:
            context["product_form"] = ProductForm(today=today, show_prices=show_prices)
        else:
            context["product_effect"] = bulk.product_effect(plan.rooms, product, today=today)
    if action == BulkAction.TERMINATE and plan.rooms:
        context["termination"] = bulk.termination_effect(plan.rooms, today=today)
    if action == BulkAction.PINS:
        context["answers_at_once"] = VideoPlatform.objects.all_answer_at_once(
            room.platform_id for room in plan.rooms
        )
    if action == BulkAction.COST_CENTRE:
        mine = Room.objects.in_organisation(organisation)
        context["cost_centres"] = mine.values_in_use("cost_centre")
    if form is None:
        form = _form(request, action, initial={"seal": plan.seal()}, latest=None)
    elif stale is not None:
        # Shown again with the rooms as they are now, so the next submit is for those.
        data: Any = form.data.copy()  # type: ignore[attr-defined]  # a QueryDict
        data["seal"] = plan.seal()
        form.data = data
    status = 409 if stale is not None or refused else None
    return form_page(request, form, "rooms/room_bulk.html", status=status, **context)


def _confirm(
    request: HttpRequest, organisation: Organisation, action: BulkAction
) -> HttpResponseBase:
    seal = request.POST.get("seal", "")
    try:
        versions = bulk.unseal(seal, organisation)
    except BadSignature:
        return _back(request, organisation, _("Nothing was changed. Choose the rooms again."))
    rooms = list(
        Room.objects.in_organisation(organisation).for_bulk().in_bulk(list(versions)).values()
    )
    termination = bulk.termination_effect(rooms, today=timezone.localdate()) if rooms else None
    form = _form(request, action, initial={}, latest=termination.first if termination else None)
    if not form.is_valid():
        return _effect_page(request, organisation, action, rooms, form=form)
    try:
        changed = _perform(request, organisation, action, form, seal)
    except bulk.AlreadyDone:
        messages.info(request, _("This is done already. It was not done twice."))
        return HttpResponseRedirect(_list_url(request, organisation))
    except bulk.StaleSelection as error:
        return _effect_page(request, organisation, action, rooms, form=form, stale=error.rooms)
    except NotPossible as error:
        return _effect_page(request, organisation, action, rooms, form=form, refused=str(error))
    if action == BulkAction.PINS:
        request.session[NEW_PINS] = {
            "organisation": organisation.pk,
            "rooms": [room.pk for room in changed],
        }
        url = reverse("rooms:bulk", args=[organisation.slug])
        return HttpResponseRedirect(f"{url}?done={BulkAction.PINS.value}")
    messages.success(request, _done_message(action, len(changed)))
    return HttpResponseRedirect(_list_url(request, organisation))


def _perform(
    request: HttpRequest,
    organisation: Organisation,
    action: BulkAction,
    form: Any,
    seal: str,
) -> list[Room]:
    by = person_of(request)
    today = timezone.localdate()
    if action == BulkAction.COST_CENTRE:
        return bulk.set_cost_centre(
            organisation, seal, by=by, cost_centre=form.cleaned_data["cost_centre"]
        )
    if action == BulkAction.OWNER:
        return bulk.change_owners(
            organisation,
            seal,
            by=by,
            owner_name=form.cleaned_data["owner_name"],
            owner_email=form.cleaned_data["owner_email"],
        )
    if action == BulkAction.PINS:
        return bulk.renew_pins(organisation, seal, by=by)
    if action == BulkAction.TERMINATE:
        return bulk.terminate_rooms(
            organisation, seal, by=by, closes_on=form.closing_day(), today=today
        )
    product = _product(request, today)
    if product is None:
        raise bulk.Refused(_("Choose the new room type first."))
    return bulk.change_products(organisation, seal, product, by=by, today=today)


def _heading(action: BulkAction, count: int) -> str:
    texts = {
        BulkAction.COST_CENTRE: ngettext(
            "Set cost centre for %(count)s meeting room",
            "Set cost centre for %(count)s meeting rooms",
            count,
        ),
        BulkAction.OWNER: ngettext(
            "Change owner of %(count)s meeting room",
            "Change owner of %(count)s meeting rooms",
            count,
        ),
        BulkAction.PINS: ngettext(
            "Make new PIN codes for %(count)s meeting room",
            "Make new PIN codes for %(count)s meeting rooms",
            count,
        ),
        BulkAction.PRODUCT: ngettext(
            "Change the type of %(count)s meeting room",
            "Change the type of %(count)s meeting rooms",
            count,
        ),
        BulkAction.TERMINATE: ngettext(
            "Terminate %(count)s meeting room", "Terminate %(count)s meeting rooms", count
        ),
    }
    return texts[action] % {"count": number(count)}


def _submit_label(action: BulkAction, count: int) -> str:
    if action == BulkAction.TERMINATE:
        return _heading(action, count)
    texts = {
        BulkAction.COST_CENTRE: _("Set the cost centre"),
        BulkAction.OWNER: _("Change the owner"),
        BulkAction.PINS: _("Make new PIN codes"),
        BulkAction.PRODUCT: _("Change the room type"),
    }
    return texts[action]


def _done_message(action: BulkAction, count: int) -> str:
    if not count:
        return _("All the rooms were like that already. Nothing was changed.")
    texts = {
        BulkAction.COST_CENTRE: ngettext(
            "%(count)s meeting room has a new cost centre.",
            "%(count)s meeting rooms have a new cost centre.",
            count,
        ),
        BulkAction.OWNER: ngettext(
            "%(count)s meeting room has a new owner.",
            "%(count)s meeting rooms have a new owner.",
            count,
        ),
        BulkAction.PRODUCT: ngettext(
            "The change of type is stored for %(count)s meeting room.",
            "The change of type is stored for %(count)s meeting rooms.",
            count,
        ),
        BulkAction.TERMINATE: ngettext(
            "%(count)s meeting room is terminated.",
            "%(count)s meeting rooms are terminated.",
            count,
        ),
    }
    return texts[action] % {"count": number(count)}


def _new_pins(request: HttpRequest, organisation: Organisation) -> HttpResponseBase:
    """Return the page after new PINs; posting takes the list, and each time is logged."""
    kept = request.session.get(NEW_PINS, {})
    if kept.get("organisation") != organisation.pk:
        return _back(request, organisation, _("The list of new PIN codes is no longer here."))
    context: dict[str, Any] = {
        "organisation": organisation,
        "count": len(kept["rooms"]),
        "list_url": reverse("rooms:list", args=[organisation.slug]),
    }
    wanted = request.POST.get("list", "")
    if request.method != "POST" or wanted not in {"csv", "xlsx", "print"}:
        return render(request, "rooms/room_bulk_pins.html", context)
    by = person_of(request)
    rooms = actions.take_pin_list(organisation, kept["rooms"], by=by, where="new_pins")
    if wanted == "print":
        response = render(request, "rooms/room_bulk_pins.html", {**context, "rooms": rooms})
        response["Cache-Control"] = "no-store"
        return response
    return sheet_response(
        wanted,
        f"{_('New PIN codes')} {organisation.name} {timezone.localdate():%Y-%m-%d}",
        title=_("New PIN codes"),
        header=[
            _("Room number"),
            _("Name"),
            _("Owner"),
            _("PIN for the host"),
            _("PIN for guests"),
        ],
        rows=[
            [
                room.number,
                room.name,
                room.owner_name or room.owner_email,
                str(room.host_pin),
                str(room.guest_pin),
            ]
            for room in rooms
        ],
    )
