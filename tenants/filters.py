"""What the provider's lists can be narrowed by."""

from __future__ import annotations

from typing import Any, cast

import django_filters
from django.utils.translation import gettext_lazy as _

from tenants.models import Organisation
from tenants.querysets import AccessRequestQuerySet, OrganisationQuerySet
from videoportal.kit.filters import Search, WordsFilter


class RequestSearch(Search):
    """Words and state. Without a state those that wait for a decision are found."""

    searched_in = _("name, address and organisation")

    q = WordsFilter(help_text=_("Name, address, organisation or organisation number"))
    state = django_filters.ChoiceFilter(
        label=_("Status"),
        method="by_state",
        choices=(
            ("waiting", _("Waiting for confirmation")),
            ("decided", _("Decided")),
            ("all", _("All")),
        ),
        empty_label=_("Waiting for approval"),
    )

    def narrow(self, queryset: Any) -> Any:
        requests = cast("AccessRequestQuerySet", super().narrow(queryset))
        return requests if self._understood.get("state") else requests.to_decide()

    def by_state(
        self, requests: AccessRequestQuerySet, name: str, state: str
    ) -> AccessRequestQuerySet:
        if state == "all":
            return requests
        return requests.filter(state="waiting") if state == "waiting" else requests.decided()


class OrganisationSearch(Search):
    """Words, kind and whether it is in use."""

    searched_in = _("name and organisation number")

    q = WordsFilter(help_text=_("Name or organisation number"))
    kind = django_filters.ChoiceFilter(
        label=_("Kind"), method="by_kind", choices=Organisation.Kind, empty_label=_("All")
    )
    status = django_filters.ChoiceFilter(
        label=_("Status"),
        method="by_status",
        choices=(("closed", _("Not in use")), ("all", _("All"))),
        empty_label=_("In use"),
    )

    def narrow(self, queryset: Any) -> Any:
        found = cast("OrganisationQuerySet", super().narrow(queryset))
        return found if self._understood.get("status") else found.active()

    def by_kind(
        self, organisations: OrganisationQuerySet, name: str, kind: str
    ) -> OrganisationQuerySet:
        return organisations.filter(kind=kind)

    def by_status(
        self, organisations: OrganisationQuerySet, name: str, status: str
    ) -> OrganisationQuerySet:
        return organisations if status == "all" else organisations.filter(is_active=False)
