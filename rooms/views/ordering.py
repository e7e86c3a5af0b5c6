"""Order, change of type, termination."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _

from rooms import actions, numbers, terms
from rooms.decorators import room_in_organisation
from rooms.forms.order_draft import STEPS, OrderDraft
from rooms.forms.ordering import (
    NEXT_LABELS,
    PURPOSE_REASONS,
    Offer,
    OrderWizard,
    ProductForm,
    TerminateForm,
    TypeChange,
    TypeChangeForm,
    product_slug,
)
from rooms.models import Room, RoomProduct
from tenants.decorators import in_organisation
from tenants.models import Organisation, User
from tenants.views.person import person_of
from videoportal.kit import resume
from videoportal.kit.formats import long_date, roomno
from videoportal.kit.http import form_page

ORDER_PAGE = "rooms/room_order.html"


@in_organisation("manage_rooms")
def room_order(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """The order in four steps; the address carries the order's key and the step."""
    draft = OrderDraft.of(request, organisation)
    wizard = OrderWizard(draft, organisation, by=person_of(request), today=timezone.localdate())
    step = request.GET.get("step", "")
    step = step if step in STEPS else STEPS[0]
    placed = Room.objects.in_organisation(organisation).ordered_with(draft.key)
    if placed is not None:
        draft.forget(request)
        messages.info(
            request,
            format_html(_("This order is placed. The room has number {}."), roomno(placed.number)),
        )
        return redirect(placed_url(placed))
    if request.method == "POST":
        draft.restore(request.POST.get("answers", ""))
        return _answer_order(request, wizard, step)
    if typed := resume.take(request):
        draft.restore(typed.get("answers", ""))
        draft.take(step, typed.dict())
        draft.keep(request)
        messages.info(
            request,
            _("What you wrote has been kept. Look it over and save."),
        )
    elif step == "type" and "room_type" in request.GET:
        draft.take("type", request.GET)
    missing = wizard.unanswered(before=step)
    if missing is not None:
        return redirect(order_url(wizard, missing))
    return _order_page(request, wizard, step, wizard.form(step))


def _answer_order(request: HttpRequest, wizard: OrderWizard, step: str) -> HttpResponse:
    draft = wizard.draft
    draft.take(step, request.POST)
    draft.keep(request)
    back = request.POST.get("back", "")
    if back in STEPS:
        return redirect(order_url(wizard, back))
    form = wizard.form(step, request.POST)
    missing = wizard.unanswered(before=step)
    if missing is not None:
        messages.warning(request, _("Something has changed since you answered. Look it over."))
        return redirect(order_url(wizard, missing))
    if not form.is_valid():
        return _order_page(request, wizard, step, form)
    if step == "type" and form.must_show_qualities:
        messages.info(
            request,
            _("Here are the qualities and prices of the room type you chose."),
        )
        return redirect(order_url(wizard, step))
    if step != "review":
        return redirect(order_url(wizard, STEPS[STEPS.index(step) + 1]))
    return _place_order(request, wizard, form)


def _place_order(request: HttpRequest, wizard: OrderWizard, form: Any) -> HttpResponse:
    status = 422
    try:
        room = actions.order_room(
            wizard.organisation,
            _chosen(wizard),
            by=wizard.by,
            order_key=wizard.draft.key,
            **wizard.values(),
        )
    except numbers.NumbersExhausted as exhausted:
        form.add_error(None, str(exhausted))
        status = 503
    except (actions.NotPossible, ValidationError) as refused:
        for sentence in getattr(refused, "messages", None) or [str(refused)]:
            form.add_error(None, sentence)
    else:
        wizard.draft.forget(request)
        messages.success(
            request,
            format_html(
                _("The room is ordered and has number {}. You find its PINs on this page."),
                roomno(room.number),
            ),
        )
        return redirect(placed_url(room))
    return _order_page(request, wizard, "review", form, status=status)


def _chosen(wizard: OrderWizard) -> RoomProduct:
    if wizard.product is None:
        raise actions.NotPossible(_("This room type can no longer be ordered. Choose another one."))
    return wizard.product


def _order_page(
    request: HttpRequest, wizard: OrderWizard, step: str, form: Any, status: int | None = None
) -> HttpResponse:
    product = form.product if step == "type" else wizard.product
    return form_page(
        request,
        form,
        ORDER_PAGE,
        status=status,
        organisation=wizard.organisation,
        breadcrumbs=[
            {"label": _("Meeting rooms"), "url": _list_url(wizard.organisation)},
            {"label": _("Order a meeting room")},
        ],
        wizard=wizard,
        step=step,
        steps=wizard.steps(step),
        previous=STEPS[max(STEPS.index(step) - 1, 0)] if step != STEPS[0] else "",
        next_label=NEXT_LABELS.get(step, ""),
        reason=PURPOSE_REASONS.get(wizard.purpose, ""),  # type: ignore[call-overload]  # its values are text
        product=product,
        cost=wizard.cost(product),
        bound_until=terms.bound_until(wizard.today),
        free_from=terms.next_month(terms.bound_until(wizard.today)),
        parts=wizard.review() if step == "review" else [],
        suggestions=wizard.suggestions() if step == "details" else {},
        form_url=order_url(wizard, step),
        step_urls={name: order_url(wizard, name) for name in STEPS},
        cancel_url=_list_url(wizard.organisation),
    )


def order_url(wizard: OrderWizard, step: str) -> str:
    """Return the address of one step of one order."""
    query = urlencode({"order": wizard.draft.key, "step": step})
    return f"{reverse('rooms:order', args=[wizard.organisation.slug])}?{query}"


def placed_url(room: Room) -> str:
    """Return the address of the room's page."""
    return reverse("rooms:detail", args=[room.organisation.slug, room.public_id])


def _list_url(organisation: Organisation) -> str:
    return reverse("rooms:list", args=[organisation.slug])


def _room_trail(room: Room, last: str) -> list[dict[str, str]]:
    return [
        {"label": _("Meeting rooms"), "url": _list_url(room.organisation)},
        {"label": room.name, "url": placed_url(room)},
        {"label": last},
    ]


def _refuse(request: HttpRequest, room: Room, reason: str) -> HttpResponseRedirect:
    messages.warning(request, reason)
    return HttpResponseRedirect(placed_url(room))


@room_in_organisation("manage_rooms")
def room_change_type(request: HttpRequest, room: Room) -> HttpResponse:
    """Choose another product, see what it changes and costs, and only then confirm."""
    if room.is_closed:
        return _refuse(request, room, _("The room is closed and cannot be changed."))
    if room.is_terminated:
        return _refuse(
            request, room, _("The room is terminated, so its type can no longer be changed.")
        )
    today, by = timezone.localdate(), person_of(request)
    offer = Offer(today)
    current = RoomProduct.objects.priced_on(today).get(pk=room.product_id)
    asked = request.POST if request.method == "POST" else request.GET
    slug = asked.get("product", "")
    if request.method == "POST" and slug == product_slug(current):
        wanted: RoomProduct | None = current
    else:
        wanted = offer.by_slug(slug)
    form = TypeChangeForm(
        request.POST if request.method == "POST" else None,
        version=room.version,
        initial={"product": slug},
    )
    if request.method == "POST" and form.is_valid():
        if wanted is None:
            form.add_error(None, _("This room type can no longer be ordered. Choose another one."))
        elif _change_type(request, room, wanted, form, by=by):
            return redirect(placed_url(room))
    prices = by.access.can("view_billing", room.organisation)
    change = (
        TypeChange(room, wanted, current, today=today) if wanted not in {None, current} else None
    )
    return form_page(
        request,
        form,
        "rooms/room_change_type.html",
        room=room,
        organisation=room.organisation,
        breadcrumbs=_room_trail(room, _("Change room type")),
        current=current,
        current_slug=product_slug(current),
        choice=ProductForm(initial={"product": slug}, offer=offer, room=room, prices=prices),
        change=change,
        prices=prices,
        cancel_url=placed_url(room),
    )


def _change_type(
    request: HttpRequest, room: Room, wanted: RoomProduct, form: Any, *, by: User
) -> bool:
    """Change the type and tell it; return False with the reason in the form where refused."""
    try:
        changed = actions.change_product(room, wanted, by=by, version=room.version)
    except actions.StaleEdit:
        form.add_error(
            None, _("Somebody has changed this in the meantime. Look it over and save again.")
        )
        return False
    except (actions.NotPossible, ValidationError) as refused:
        for sentence in getattr(refused, "messages", None) or [str(refused)]:
            form.add_error(None, sentence)
        return False
    if changed.next_product_from is not None:
        told = _("The change to %(product)s is agreed from %(date)s.") % {
            "product": wanted.name,
            "date": long_date(changed.next_product_from),
        }
    elif changed.product_id != room.product_id:
        told = (
            _("The room is now %(product)s, from the next call on.")
            if room.platform.answers_at_once
            else _("The room is now %(product)s. It takes effect within a few minutes.")
        ) % {"product": wanted.name}
    else:
        told = _("The agreed change is cancelled. The room stays as it is.")
    messages.success(request, told)
    return True


@room_in_organisation("manage_rooms")
def room_terminate(request: HttpRequest, room: Room) -> HttpResponse:
    """Terminate the room, or change the closing date of a terminated one."""
    if room.is_closed:
        return _refuse(request, room, _("The room is closed already."))
    today = timezone.localdate()
    charged_until = room.charged_until or terms.charged_until(
        terminated_on=today, bound_until=room.bound_until
    )
    form = TerminateForm(
        request.POST if request.method == "POST" else None,
        version=room.version,
        initial={"closing": "date", "closes_on": room.closes_on or charged_until},
        today=today,
        charged_until=charged_until,
    )
    if form.is_valid() and _terminate(request, room, form):
        return redirect(placed_url(room))
    return form_page(
        request,
        form,
        "rooms/room_terminate.html",
        room=room,
        organisation=room.organisation,
        breadcrumbs=_room_trail(room, _("Terminate the room")),
        heading=_("Terminate %(room)s") % {"room": room.name},
        submit_label=_("Change the closing date")
        if room.is_terminated
        else _("Terminate the room"),
        cancel_url=placed_url(room),
        charged_until=charged_until,
        is_bound=today <= room.bound_until,
    )


def _terminate(request: HttpRequest, room: Room, form: Any) -> bool:
    try:
        ended = actions.terminate_room(
            room,
            by=person_of(request),
            closes_on=form.cleaned_data["closes_on"],
            version=room.version,
        )
    except actions.StaleEdit:
        form.add_error(
            None, _("Somebody has changed this in the meantime. Look it over and save again.")
        )
        return False
    except actions.NotPossible as refused:
        form.add_error(None, str(refused))
        return False
    dates = {"closes": long_date(ended.closes_on), "paid": long_date(ended.charged_until)}
    closed = (
        _("The room is closed. You pay until and including %(paid)s.")
        if room.platform.answers_at_once
        else _(
            "The room is closed. The video platform lets nobody in any more within a couple of "
            "minutes. You pay until and including %(paid)s."
        )
    )
    ending = _(
        "The room is terminated and closes %(closes)s. You pay until and including %(paid)s."
    )
    told = (closed if ended.is_closed else ending) % dates
    messages.success(request, told)
    return True


@room_in_organisation("manage_rooms")
def room_withdraw(request: HttpRequest, room: Room) -> HttpResponse:
    """Withdraw a termination while the room is open; a GET asks first."""
    if room.is_closed or not room.is_terminated:
        return _refuse(
            request,
            room,
            _("The room is closed, so the termination can no longer be withdrawn.")
            if room.is_closed
            else _("The room is not terminated."),
        )
    if request.method == "POST":
        try:
            actions.withdraw_termination(room, by=person_of(request))
        except actions.NotPossible as refused:
            return _refuse(request, room, str(refused))
        messages.success(request, _("The termination is withdrawn. The room goes on as before."))
        return redirect(placed_url(room))
    return form_page(
        request,
        TypeChangeForm(version=room.version),
        "rooms/room_withdraw.html",
        room=room,
        organisation=room.organisation,
        breadcrumbs=_room_trail(room, _("Withdraw the termination")),
        cancel_url=placed_url(room),
    )
