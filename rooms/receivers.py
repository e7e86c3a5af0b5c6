"""allauth's address events: own rooms follow a verified address at once."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import email_changed, email_confirmed, email_removed
from django.dispatch import receiver

from rooms.actions import sync_own_rooms


@receiver(email_confirmed)
def follow_confirmed_address(sender: Any, email_address: EmailAddress, **kwargs: Any) -> None:
    sync_own_rooms(email_address.user)


@receiver(email_removed)
@receiver(email_changed)
def follow_changed_address(sender: Any, user: Any, **kwargs: Any) -> None:
    sync_own_rooms(user)
