"""Forms of the import: the file, and the room types of what the file does not say."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rooms.imports import Plan, Unreadable, make_plan, read_sheet
from rooms.imports.checking import TypeGroup
from rooms.imports.reading import MAX_ROWS, too_large_message
from videoportal.kit.formats import money, number
from videoportal.kit.forms import Form


class UploadForm(Form):
    """The file. Valid when it can be read as rooms, with faults in its cells or without.

    ``content`` is the file then. ``too_large``: the body was dropped for its size.
    """

    file = forms.FileField(
        label=_("File with rooms"),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx"}),
        error_messages={"required": _("Choose a file."), "empty": _("The file is empty.")},
    )

    def __init__(self, *args: Any, too_large: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.too_large = too_large
        self.content = b""
        self.fields["file"].help_text = gettext("CSV or XLSX, up to %(rows)s rows") % {
            "rows": number(MAX_ROWS)
        }
        if too_large:
            # Nothing of the file was kept, so there is nothing to require.
            self.fields["file"].required = False

    def clean_file(self) -> Any:
        if self.too_large:
            raise ValidationError(too_large_message(), code="too_large")
        file = self.cleaned_data["file"]
        self.content = file.read()
        try:
            make_plan(read_sheet(self.content), self.organisation)
        except Unreadable as error:
            raise ValidationError(str(error), code=error.code) from error
        return file


class TypesForm(Form):
    """One select per group of rooms whose type the file does not say."""

    mark_optional = False

    def __init__(self, *args: Any, plan: Plan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.groups: dict[str, TypeGroup] = {}
        for place, group in enumerate(plan.groups):
            name = f"type-{place}"
            self.groups[name] = group
            self.fields[name] = forms.ChoiceField(
                label=gettext("%(group)s (%(rooms)s rooms)")
                % {"group": group.label, "rooms": number(group.rooms)},
                choices=[(option.code, _words(option)) for option in group.options],
                initial=group.chosen,
                required=False,
            )

    def choices(self) -> dict[str, str]:
        """Return the chosen type's code for each group, the present one where none was sent."""
        return {
            group.key: self.cleaned_data.get(name) or group.chosen
            for name, group in self.groups.items()
        }


def _words(option: Any) -> str:
    if option.price is None:
        return str(option.name)
    return gettext("%(type)s, %(price)s a month") % {
        "type": option.name,
        "price": money(option.price),
    }
