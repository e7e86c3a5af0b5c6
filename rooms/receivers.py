"""allauth's address events: own rooms follow a verified address at once."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import email_changed, email_confirmed, email_removed
from django.contrib import messages
from django.dispatch import receiver
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext

from rooms.actions import sync_own_rooms
from rooms.models import Room


@receiver(email_confirmed)
def follow_confirmed_address(sender: Any, email_address: EmailAddress, **kwargs: Any) -> None:
    sync_own_rooms(email_address.user)


@receiver(email_removed)
def follow_removed_address(sender: Any, user: Any, **kwargs: Any) -> None:
    sync_own_rooms(user)


@receiver(email_changed)
def follow_changed_address(
    sender: Any, request: Any, user: Any, from_email_address: Any, **kwargs: Any
) -> None:
    sync_own_rooms(user)
    if from_email_address is None or not request:
        return
    old = from_email_address.email
    left = Room.objects.own_of(user).with_owner_address([old]).count()
    if left:
        text = ngettext(
            "%(count)s meeting room is still registered on %(email)s.",
            "%(count)s meeting rooms are still registered on %(email)s.",
            left,
        ) % {"count": left, "email": old}
        link = format_html(
            '<a class="ds-link" href="{}">{}</a>',
            reverse("rooms:own_move"),
            gettext("Move them to the new address"),
        )
        messages.info(request, format_html("{} {}", text, link))
