"""Values that endpoints may take, with their words."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Kind(models.TextChoices):
    ROOM = "room", _("Room system")
    DESK = "desk", _("Desk unit")
    CART = "cart", _("Cart on wheels")
    SOFTWARE = "software", _("App on a computer")
    OTHER = "other", pgettext_lazy("kind of endpoint", "Other")


class State(models.TextChoices):
    ACTIVE = "active", pgettext_lazy("endpoint", "In use")
    BLOCKED = "blocked", pgettext_lazy("endpoint", "Blocked")


# The state -> the shape of its mark.
SHAPES: dict[str, str] = {State.ACTIVE: "ready", State.BLOCKED: "locked"}


def kind_word(kind: str, model: str) -> Any:
    """Return what the endpoint is, as one text: its model where that is known."""
    return model or Kind(kind).label
