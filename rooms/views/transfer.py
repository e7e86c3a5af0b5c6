"""Handing a member's rooms over to a successor."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rooms import bulk
from rooms.choices import BulkAction
from rooms.forms.transfer import ConfirmTransferForm, SuccessorForm
from rooms.models import Room
from tenants.decorators import in_organisation
from tenants.models import Organisation, User
from tenants.views.person import person_of
from videoportal.kit.formats import number
from videoportal.kit.http import form_page


@in_organisation("manage_rooms")
def transfer(request: HttpRequest, organisation: Organisation, member_id: UUID) -> HttpResponse:
    """Choose rooms and successor, see the effect, confirm."""
    member = get_object_or_404(User.objects.members_of(organisation), public_id=member_id)
    if "seal" in request.POST:
        return _confirm(request, organisation, member)
    rooms = _rooms(organisation, member)
    form = _form(request.POST or None, organisation, member, rooms)
    if form.is_valid():
        chosen = set(form.cleaned_data["rooms"])
        wanted = [room for room in rooms if str(room.public_id) in chosen]
        return _effect(request, organisation, member, wanted, form.cleaned_data)
    return form_page(
        request,
        form,
        "rooms/transfer.html",
        heading=_("Hand over the meeting rooms that %(name)s owns") % {"name": member},
        submit_label=_("See the effect"),
        cancel_url=_page(organisation, member),
        organisation=organisation,
        member=member,
        rooms=rooms,
        members=sorted(form.names.items()),
        breadcrumbs=_trail(organisation, member),
    )


def _page(organisation: Organisation, member: User) -> str:
    return reverse("tenants:member_detail", args=[organisation.slug, member.public_id])


def _trail(organisation: Organisation, member: User) -> list[dict[str, str]]:
    return [
        {
            "label": _("Members"),
            "url": reverse("tenants:member_list", args=[organisation.slug]),
        },
        {"label": str(member), "url": _page(organisation, member)},
        {"label": _("Hand over the meeting rooms")},
    ]


def _rooms(organisation: Organisation, member: User) -> list[Room]:
    held = Room.objects.in_organisation(organisation).open().held_by(member)
    return list(held.for_bulk()[: bulk.MAX_ROOMS])


def _form(data: Any, organisation: Organisation, member: User, rooms: list[Room]) -> SuccessorForm:
    others = {
        user.email.lower(): user.name
        for user in User.objects.members_of(organisation)
        if user.pk != member.pk and user.is_active
    }
    taken = {room.owner_email.lower() for room in rooms}
    return SuccessorForm(data, rooms=rooms, taken=taken, names=others, organisation=organisation)


def _effect(
    request: HttpRequest,
    organisation: Organisation,
    member: User,
    rooms: list[Room],
    wanted: dict[str, Any],
    *,
    stale: list[Room] | None = None,
) -> HttpResponse:
    plan = bulk.plan(rooms, BulkAction.OWNER, organisation=organisation)
    address = wanted["owner_email"]
    form = ConfirmTransferForm(
        initial={
            "seal": plan.seal(),
            "owner_email": address,
            "owner_name": wanted["owner_name"],
        }
    )
    return render(
        request,
        "rooms/transfer_effect.html",
        {
            "organisation": organisation,
            "member": member,
            "plan": plan,
            "form": form,
            "stale": stale,
            "owner_name": wanted["owner_name"],
            "owner_email": address,
            "has_account": User.objects.with_address(address).exists(),
            "cancel_url": _page(organisation, member),
            "breadcrumbs": _trail(organisation, member),
        },
    )


def _confirm(request: HttpRequest, organisation: Organisation, member: User) -> HttpResponse:
    form = ConfirmTransferForm(request.POST)
    back = redirect("rooms:transfer", organisation.slug, member.public_id)
    if not form.is_valid():
        return back
    person = person_of(request)
    seal, address = form.cleaned_data["seal"], form.cleaned_data["owner_email"]
    try:
        moved = bulk.change_owners(
            organisation,
            seal,
            by=person,
            owner_name=form.cleaned_data["owner_name"],
            owner_email=address.lower(),
        )
    except BadSignature:
        messages.warning(request, _("Nothing was changed. Choose the rooms again."))
        return back
    except bulk.AlreadyDone:
        messages.info(request, _("This is done already. It was not done twice."))
        return redirect(_page(organisation, member))
    except bulk.StaleSelection as error:
        chosen = bulk.unseal(seal, organisation)
        rooms = [room for room in _rooms(organisation, member) if room.pk in chosen]
        return _effect(request, organisation, member, rooms, form.cleaned_data, stale=error.rooms)
    messages.success(
        request,
        ngettext(
            "%(count)s meeting room now belongs to %(email)s.",
            "%(count)s meeting rooms now belong to %(email)s.",
            len(moved),
        )
        % {"count": number(len(moved)), "email": address},
    )
    return redirect(_page(organisation, member))
