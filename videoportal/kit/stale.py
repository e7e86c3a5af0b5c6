"""Two people who edit the same record: the second is told, and loses nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Overwritten:
    """A field that somebody else has changed: its label, its value now, and its control."""

    label: str
    current: str
    anchor: str


class StaleEdit:
    """Mixin: refuses a form that was opened before somebody else saved the same record.

    Give ``version`` (any text that changes with the record, such as its time of change) and,
    where known, ``changed_by``. When the posted version is another one and something typed
    differs from what is saved, the form is invalid, ``overwritten`` lists the differences,
    what was typed is kept, and the next post saves over it. The same form sent twice differs
    in nothing and passes. List this mixin before the form class.
    """

    changed_by: str

    def __init__(self, *args: Any, version: object, changed_by: str = "", **kwargs: Any) -> None:
        self.current_version = str(version)
        self.changed_by = changed_by
        self.stale = False
        super().__init__(*args, **kwargs)
        fields: dict[str, forms.Field] = self.fields  # type: ignore[attr-defined]  # a form's
        fields["version"] = forms.CharField(widget=forms.HiddenInput, required=False)
        self.initial["version"] = self.current_version  # type: ignore[attr-defined]  # a form's
        # Validating a model form changes the instance, so the state now is kept.
        self._before = dict(self.initial)  # type: ignore[attr-defined]  # a form's

    def clean(self) -> Any:
        cleaned = super().clean()  # type: ignore[misc]  # a form's
        form: Any = self
        key = form.add_prefix("version")
        posted = form.data.get(key, "")
        # A confirmation compares nothing: what it confirms was true of the version shown.
        if (
            posted
            and posted != self.current_version
            and (not self._compared() or self._differing())
        ):
            self.stale = True
            form.data = form.data.copy()
            form.data[key] = self.current_version
            by = self.changed_by
            text = (
                _("%(name)s has changed this in the meantime. Look it over and save again.")
                if by
                else _("Somebody has changed this in the meantime. Look it over and save again.")
            )
            raise ValidationError(text, code="stale", params={"name": by})
        return cleaned

    def overwritten(self) -> list[Overwritten]:
        """Return the fields whose saved value is another than the one typed."""
        if not self.stale:
            return []
        return [
            Overwritten(str(bound.label), self.in_words(bound, self.saved(bound)), bound.first_id)
            for bound in self._differing()
        ]

    def saved(self, bound: Any) -> Any:
        """Return the field's value as it is stored now."""
        return self._before[bound.name]

    def in_words(self, bound: Any, value: Any) -> str:
        """Return a saved value as the reader may see it."""
        return _in_words(bound.field, value)

    def _compared(self) -> list[Any]:
        """Return the fields that show a stored value."""
        form: Any = self
        return [bound for bound in form if not bound.is_hidden and bound.name in self._before]

    def _differing(self) -> list[Any]:
        return [
            bound
            for bound in self._compared()
            if bound.field.has_changed(self.saved(bound), bound.data)
        ]


def _in_words(field: forms.Field, value: Any) -> str:
    """Return a saved value as the reader would see it in the field."""
    prepared = field.prepare_value(value)
    if isinstance(field, forms.BooleanField):
        return str(_("Yes") if value else _("No"))
    if isinstance(field, forms.ModelChoiceField):
        options: Any = field.choices
        chosen = [label for key, label in options if str(key) == str(prepared)]
        return str(chosen[0]) if prepared and chosen else "–"
    if isinstance(field, forms.ChoiceField):
        labels: Any = field.choices
        return str(dict(labels).get(value, value))
    shown = field.widget.format_value(prepared)
    return str(shown) if shown not in (None, "") else "–"
