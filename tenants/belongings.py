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


def counts(organisation: Organisation) -> dict[int, tuple[int, ...]]:
    """Return how many things of each kind the members own, by user id; one query for each kind.

    The numbers stand in the order of :func:`kinds`; who owns nothing is left out.
    """
    found = [kind.counts(organisation) for kind in kinds()]
    owners = {user_id for of_kind in found for user_id in of_kind}
    return {user_id: tuple(of_kind.get(user_id, 0) for of_kind in found) for user_id in owners}


def in_words(owned: tuple[int, ...]) -> str:
    """Return the numbers of :func:`counts` in words; of a kind with none only when all are none."""
    # Nothing is counted for whoever owns nothing.
    counted = zip(kinds(), owned, strict=False)
    named = [kind.counted % {"count": count} for kind, count in counted if count]
    return ", ".join(named) or (str(kinds()[0].counted % {"count": 0}) if kinds() else "")
