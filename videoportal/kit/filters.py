"""Search forms over GET: narrow a queryset, show what is chosen, never fail on odd input."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import django_filters
from django import forms
from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from videoportal.kit.forms import FieldLook


@dataclass(frozen=True)
class Chip:
    """A filter that is in use: its words and the address that takes it away."""

    text: str
    url: str


def words_input() -> forms.TextInput:
    """Return a field for words of which nobody wants the earlier ones offered."""
    return forms.TextInput(attrs={"type": "search", "autocomplete": "off"})


class WordsFilter(django_filters.CharFilter):
    """The search field of a list: what is typed goes to the queryset's ``matching()``."""

    def __init__(self, **options: Any) -> None:
        usual = {"label": _("Search"), "max_length": 100, "widget": words_input()}
        super().__init__(**(usual | options))

    def filter(self, qs: Any, value: str) -> Any:
        return qs.matching(value) if value else qs


class Search(django_filters.FilterSet):
    """A list's filters, bound to the query string.

    Subclasses declare django-filter filters. ``searched_in`` is a phrase such as "name, number
    and owner", shown as the hint of ``q`` and repeated when nothing is found. ``grow`` names
    the wide field. Give ``organisation`` so that choices can be narrowed to it in
    ``prepare()``. ``narrow(queryset)`` returns the rows that match; values that are not
    understood are left out of the narrowing and listed in ``faults``.
    """

    searched_in: Any = ""
    grow = "q"

    def __init__(self, data: QueryDict, *, organisation: Any = None, **options: Any) -> None:
        self.organisation = organisation
        options.setdefault("queryset", _NoRows())
        super().__init__(data, **options)
        self.is_bound = True
        self.prepare()

    def prepare(self) -> None:
        """Narrow the choices of the filters to what the reader may see."""

    def get_form_class(self) -> Any:
        """Return what makes the form: the fields are this search's own and need no copying."""
        return partial(
            SearchForm, own_fields={name: item.field for name, item in self.filters.items()}
        )

    def narrow[M: Model](self, queryset: QuerySet[M]) -> QuerySet[M]:
        """Return the rows that match everything that was understood."""
        self.queryset = queryset
        for filter_ in self.filters.values():
            filter_.model = queryset.model
        for name, value in self._understood.items():
            queryset = self.filters[name].filter(queryset, value)
        return queryset

    @cached_property
    def _understood(self) -> dict[str, Any]:
        self.form.is_valid()
        return {
            name: value
            for name, value in self.form.cleaned_data.items()
            if name in self.filters and not self.form.errors.get(name)
        }

    @property
    def active(self) -> bool:
        """True when some filter narrows the rows."""
        return any(value not in (None, "", []) for value in self._understood.values())

    @property
    def text(self) -> str:
        """What was typed in the search field, for the sentence of an empty list."""
        return str(self._understood.get(self.grow) or "")

    def faults(self) -> list[str]:
        """Return a sentence for each value that was not understood."""
        self.form.is_valid()
        return [
            gettext("We did not understand “%(value)s” in %(field)s, so it is left out.")
            % {"value": self._typed(name), "field": self.form.fields[name].label}
            for name in self.form.errors
            if name in self.form.fields
        ]

    def _typed(self, name: str) -> str:
        typed = ", ".join(self.data.getlist(name)).replace("\x00", "")
        return typed if len(typed) <= 60 else f"{typed[:59]}…"

    def chips(self) -> list[Chip]:
        """Return the filters in use, each with the address of the list without it."""
        chips = []
        for name, value in self._understood.items():
            if value in (None, "", []):
                continue
            query = self.data.copy()
            query.pop(name, None)
            query.pop("page", None)
            for suffix in ("_min", "_max", "_after", "_before"):
                query.pop(f"{name}{suffix}", None)
            field = self.form.fields[name]
            text = gettext("%(field)s: %(value)s") % {
                "field": field.label,
                "value": _shown(field, value, self._typed(name)),
            }
            chips.append(Chip(text, f"?{query.urlencode()}"))
        return chips

    @property
    def reset_url(self) -> str:
        """The address of the unfiltered list, with its ordering kept."""
        query = QueryDict(mutable=True)
        if sort := self.data.get("sort"):
            query["sort"] = sort
        return f"?{query.urlencode()}"


class SearchForm(FieldLook, forms.Form):
    """The form behind a :class:`Search`; no field is required and none says "optional"."""

    use_required_attribute = False
    mark_optional = False

    def __init__(self, *args: Any, own_fields: dict[str, forms.Field], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields.update(own_fields)
        self.dress_fields()


def _shown(field: forms.Field, value: Any, typed: str) -> str:
    """Return the words of the chosen option, or what was typed."""
    choices = getattr(field, "choices", None)
    if choices is None:
        return typed
    if isinstance(value, Model):
        return str(value)
    wanted = value if isinstance(value, list | tuple | QuerySet) else [value]
    keys = {str(getattr(item, "pk", item)) for item in wanted}
    return (
        ", ".join(str(label) for key, label in choices if str(getattr(key, "value", key)) in keys)
        or typed
    )


class _NoRows:
    """Stands in for the queryset until :meth:`Search.narrow` gives the real one."""

    model = None
