"""What a list of endpoints can be narrowed by."""

from __future__ import annotations

import django_filters
from django.utils.translation import gettext_lazy as _

from endpoints.choices import Kind, State
from endpoints.querysets import EndpointQuerySet
from videoportal.kit.filters import Search, WordsFilter

ATTENTION = "attention"
STATES = ((ATTENTION, _("Pending or failed")), *State.choices)


class EndpointSearch(Search):
    """Words, type and status."""

    searched_in = _("name, video address, place and model")

    q = WordsFilter(help_text=_("Name, video address, place or model"))
    kind = django_filters.ChoiceFilter(label=_("Type"), choices=Kind.choices, empty_label=_("All"))
    state = django_filters.ChoiceFilter(
        label=_("Status"), method="by_state", choices=STATES, empty_label=_("All")
    )

    def by_state(self, endpoints: EndpointQuerySet, name: str, state: str) -> EndpointQuerySet:
        return endpoints.with_attention() if state == ATTENTION else endpoints.in_state(state)
