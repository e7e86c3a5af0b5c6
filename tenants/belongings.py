"""What members own in an organisation, told by the apps that keep it.

An app offers ``BELONGINGS`` in ``<app>.member_sections``. The member pages show and count what
it tells, and lead to its page for handing over, without knowing the app.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from django.apps import apps
from django.urls import reverse
from django.utils.module_loading import module_has_submodule

from tenants.models import Organisation, User


@dataclass(frozen=True)
class Belongings:
    """One kind of thing that a member may own.

    ``counts`` gives the number by user id for a whole organisation in one query; ``section``
    gives the template's context for one member's page, or None for a member without any, in
    one query; ``hand_over`` names the view that moves them, at ``<org>``, ``<member_id>``.
    ``counted`` is the lazy plural with ``%(count)s``, ``explained`` what happens to them when
    the member is removed.
    """

    label: Any
    counted: Any
    explained: Any
    hand_over: str
    hand_over_label: Any
    template: str
    counts: Callable[[Organisation], dict[int, int]]
    section: Callable[[Organisation, User], dict[str, Any]]

    def hand_over_url(self, organisation: Organisation, member: User) -> str:
        """Return the address where this member's things are handed over."""
        return reverse(self.hand_over, args=[organisation.slug, member.public_id])


@cache
def kinds() -> tuple[Belongings, ...]:
    """Return every kind that an app tells of."""
    found: list[Belongings] = []
    for config in apps.get_app_configs():
        if config.module is not None and module_has_submodule(config.module, "member_sections"):
            found += import_module(f"{config.name}.member_sections").BELONGINGS
    return tuple(found)


def counts(organisation: Organisation) -> dict[int, int]:
    """Return how many things each member owns, by user id; one query for each kind."""
    total: dict[int, int] = {}
    for kind in kinds():
        for user_id, count in kind.counts(organisation).items():
            total[user_id] = total.get(user_id, 0) + count
    return total
