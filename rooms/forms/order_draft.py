"""The answers of an unfinished order: in the session, and signed in the page as a second copy.

Each order has a key in its address, so two orders in two tabs never mix. The copy in the
page brings the earlier answers along when the session ran out in the middle.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.core import signing

if TYPE_CHECKING:
    from django.http import HttpRequest

    from tenants.models import Organisation

STEPS = ("purpose", "type", "details", "review")
FIELDS: dict[str, tuple[str, ...]] = {
    "purpose": ("purpose",),
    "type": ("room_type", "quality", "shown_type"),
    "details": (
        "name",
        "owner_name",
        "owner_email",
        "department",
        "cost_centre",
        "reference",
        "guest_pin",
    ),
    "review": (),
}
KEPT_ORDERS = 5
LONGEST_ANSWER = 1000

_SESSION = "orders"
_SALT = "rooms.order"
_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")


class OrderDraft:
    """What has been answered so far, as it was typed. ``key`` is the order's own."""

    def __init__(self, place: str, key: str, answers: dict[str, str], *, is_new: bool) -> None:
        self._place = place
        self.key = key
        self.answers = answers
        self.is_new = is_new

    @classmethod
    def of(cls, request: HttpRequest, organisation: Organisation) -> OrderDraft:
        """Return the order that the address names, or a new one."""
        key = request.GET.get("order", "")
        if not _KEY.fullmatch(key):
            key = secrets.token_urlsafe(18)
        place = f"{organisation.pk}:{key}"
        kept = request.session.get(_SESSION, {}).get(place)
        return cls(place, key, dict(kept or {}), is_new=kept is None)

    def has_answers(self, step: str) -> bool:
        """Return whether the step was answered, rightly or not."""
        return any(name in self.answers for name in FIELDS[step])

    def take(self, step: str, typed: Mapping[str, Any]) -> None:
        """Remember what was typed in a step, without judging it."""
        for name in FIELDS[step]:
            self.answers[name] = str(typed.get(name, ""))[:LONGEST_ANSWER]

    def restore(self, copy: str) -> None:
        """Fill in from the page's signed copy what the session does not know."""
        try:
            answers = signing.loads(copy, salt=_SALT)
        except signing.BadSignature:
            return
        if answers.pop("key", "") == self.key:
            self.answers = {**answers, **self.answers}

    @property
    def copy(self) -> str:
        """The answers, signed, for a hidden field of the page."""
        return signing.dumps({**self.answers, "key": self.key}, salt=_SALT, compress=True)

    def keep(self, request: HttpRequest) -> None:
        """Store the answers in the session, beside those of the latest other orders."""
        orders = request.session.get(_SESSION, {})
        orders.pop(self._place, None)
        orders[self._place] = self.answers
        request.session[_SESSION] = dict(list(orders.items())[-KEPT_ORDERS:])

    def forget(self, request: HttpRequest) -> None:
        """Drop the answers: the order is placed."""
        orders = request.session.get(_SESSION, {})
        if orders.pop(self._place, None) is not None:
            request.session[_SESSION] = orders
