"""The form in which the members are gone through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _

from tenants.members import MemberRow
from tenants.models import MemberReviewAnswer
from videoportal.kit.forms import Form


class ReviewForm(Form):
    """A choice for each member; who has none waits for the next time."""

    mark_optional = False

    def __init__(self, *args: Any, rows: list[MemberRow], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = rows
        for row in rows:
            self.fields[self._name(row)] = forms.ChoiceField(
                label=row.name or row.email,
                choices=MemberReviewAnswer.Decision.choices,
                widget=forms.RadioSelect,
                required=False,
            )

    @staticmethod
    def _name(row: MemberRow) -> str:
        return f"member-{row.public_id}"

    def lines(self) -> Iterator[tuple[MemberRow, BoundField]]:
        """Give each member with the choice about them."""
        for row in self.rows:
            yield row, self[self._name(row)]

    def decisions(self) -> dict[int, str]:
        """Return what was chosen, by user id."""
        return {
            row.user_id: chosen
            for row in self.rows
            if row.user_id is not None and (chosen := self.cleaned_data.get(self._name(row)))
        }

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors and not self.decisions():
            raise ValidationError(_("Choose for at least one member."), code="none")
        return cleaned
