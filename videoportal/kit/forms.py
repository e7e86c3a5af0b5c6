"""Forms: one look for every field, Norwegian input forms, and protection against stale edits."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from html import escape
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from stdnum.exceptions import ValidationError as NumberError
from stdnum.no import orgnr

from videoportal.kit.formats import orgno
from videoportal.kit.text import clean_text

# Django's own sentences, listed so that locale/ can hold the portal's wording of them.
DJANGO_WORDING = (
    _("This field is required."),
    _("Select a valid choice. %(value)s is not one of the available choices."),
    _("Select a valid choice. That choice is not one of the available choices."),
    _("Enter a valid email address."),
    _("Enter a whole number."),
    _("Enter a number."),
    _("No file was submitted. Check the encoding type on the form."),
    _("The submitted file is empty."),
)


class Field(BoundField):
    """A field with ``ds-`` classes, and error and hint tied to the control, error first."""

    @property
    def aria_describedby(self) -> str | None:
        if not self.auto_id or self.is_hidden:
            return None
        own = self.field.widget.attrs.get("aria-describedby")
        ids = [f"{self.auto_id}_error"] if self.errors else []
        ids += [f"{self.auto_id}_hint"] if self.help_text else []
        ids += [own] if own else []
        return " ".join(ids) or None

    def build_widget_attrs(self, attrs: dict[str, Any], widget: Any = None) -> dict[str, Any]:
        attrs = super().build_widget_attrs(attrs, widget)
        widget = widget or self.field.widget
        if not widget.is_hidden:
            extra = widget.attrs.get("class", "")
            attrs["class"] = f"ds-input {extra}".strip()
        if self.field.widget.use_fieldset:
            # Neither is allowed on one button of a group; the group names its error instead.
            attrs.pop("required", None)
            attrs.pop("aria-invalid", None)
        return attrs

    @property
    def optional(self) -> bool:
        """True where the label shall say that the field may stay empty.

        A field says otherwise for itself with ``mark_optional = False``.
        """
        return (
            not self.field.required
            and getattr(self.field, "mark_optional", True)
            and not self.field.disabled
            and not self.toggle
            and getattr(self.form, "mark_optional", True)
        )

    @property
    def toggle(self) -> bool:
        """True for a single check box, which stands before its label."""
        return isinstance(self.field.widget, forms.CheckboxInput)

    @property
    def first_id(self) -> str:
        """The id a link in the error summary points to."""
        if self.field.widget.use_fieldset and self.subwidgets:
            return str(self.subwidgets[0].id_for_label or self.auto_id)
        return self.id_for_label or self.auto_id


# Templates of Django's that hold nothing but one <input>.
_ONE_INPUT = frozenset(
    f"django/forms/widgets/{kind}.html"
    for kind in (
        *("input", "text", "email", "number", "date", "time", "password", "hidden", "url"),
        "checkbox",
    )
)


def _escaped(value: object) -> str:
    return str(value) if hasattr(value, "__html__") else escape(str(value))


def _attributes(attrs: dict[str, Any]) -> str:
    """Return attributes for a tag as Django's own template writes them."""
    return "".join(
        [
            f" {name}" if value is True else f' {name}="{_escaped(value)}"'
            for name, value in attrs.items()
            if value is not False
        ]
    )


class Renderer(TemplatesSetting):
    """Renders every form and field of the portal with our components.

    Plain inputs are joined in Python: Django goes through three templates for each.
    """

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"
    bound_field_class = Field

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        if template_name not in _ONE_INPUT:
            return super().render(template_name, context, request)
        widget = context["widget"]
        value = "" if widget["value"] is None else f' value="{_escaped(widget["value"])}"'
        name, attrs = _escaped(widget["name"]), _attributes(widget["attrs"])
        return SafeString(f'<input type="{widget["type"]}" name="{name}"{value}{attrs}>')


@dataclass(frozen=True)
class Fault:
    """One line of the error summary."""

    text: str
    anchor: str


def form_faults(form: forms.BaseForm) -> list[Fault]:
    """Return what the error summary lists: field errors with their label, then the others."""
    if not form.is_bound:
        return []
    faults = []
    for bound in form:
        for message in bound.errors:
            anchor = "" if bound.is_hidden else getattr(bound, "first_id", bound.auto_id)
            # A label that is a question already ends with its own mark.
            pattern = (
                _("%(label)s %(message)s")
                if str(bound.label).endswith("?")
                else _("%(label)s: %(message)s")
            )
            text = str(pattern) % {"label": bound.label, "message": message}
            faults.append(Fault(text, anchor))
    faults += [Fault(str(message), "") for message in form.non_field_errors()]
    return faults


class Select(forms.Select):
    """A drop-down whose options are joined in Python.

    Django renders a template for each option, which for a hundred cost centres costs more
    than the fifty rows under them.
    """

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = {str(one) for one in self.format_value(value)}
        options = []
        for option, label in self.choices:
            if isinstance(label, list | tuple):  # a group
                return super().render(name, value, attrs, renderer)
            key = "" if option is None else str(option)
            selected = " selected" if key in chosen else ""
            options.append(f'<option value="{escape(key)}"{selected}>{_escaped(label)}</option>')
        own = _attributes(self.build_attrs(self.attrs, {**(attrs or {}), "name": name}))
        return SafeString(f"<select{own}>{''.join(options)}</select>")


class FieldLook:
    """Mixin: labels without colon, no browser validation bubbles, our error summary."""

    use_required_attribute = False
    mark_optional = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.dress_fields()

    def dress_fields(self) -> None:
        """Give the fields our own controls."""
        for field in self.fields.values():  # type: ignore[attr-defined]  # mixed into a form
            if type(field.widget) is forms.Select and isinstance(field, forms.ChoiceField):
                field.widget = Select(field.widget.attrs, choices=field.widget.choices)

    def faults(self) -> list[Fault]:
        """Return the lines of the error summary."""
        return form_faults(self)  # type: ignore[arg-type]  # mixed into a form


class Form(FieldLook, forms.Form):
    """Base of the portal's forms: describes and validates, saves nothing.

    Forms that offer choices take ``organisation`` and narrow them to it.
    """

    def __init__(self, *args: Any, organisation: Any = None, **kwargs: Any) -> None:
        self.organisation = organisation
        super().__init__(*args, **kwargs)


class ModelForm(FieldLook, forms.ModelForm):  # type: ignore[type-arg]  # for any model
    """Base of forms over a model; never call ``save``, give ``cleaned_data`` to an action."""

    def __init__(self, *args: Any, organisation: Any = None, **kwargs: Any) -> None:
        self.organisation = organisation
        super().__init__(*args, **kwargs)


class CharField(forms.CharField):
    """Text of one line: normalised, without hidden characters; ``multiline`` allows breaks."""

    def __init__(self, *, multiline: bool = False, **kwargs: Any) -> None:
        self.multiline = multiline
        if multiline:
            kwargs.setdefault("widget", forms.Textarea(attrs={"rows": 4}))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return clean_text(text, multiline=self.multiline) if isinstance(text, str) else text


class DateField(forms.DateField):
    """A date typed as ``dd.mm.yyyy``; one-digit days and months and ISO dates are accepted."""

    widget = forms.DateInput(format="%d.%m.%Y", attrs={"inputmode": "numeric", "size": 12})
    default_error_messages = {
        "invalid": _("Enter the date as day.month.year, for example 22.11.2026."),
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("input_formats", ["%d.%m.%Y", "%d.%m.%y", "%Y-%m-%d"])
        kwargs.setdefault("help_text", _("dd.mm.yyyy"))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> dt.date | None:
        if isinstance(value, str):
            value = value.strip().replace("/", ".").rstrip(".")
        return super().to_python(value)


class PinInput(forms.TextInput):
    """A PIN's control: digits' keyboard, not remembered by the browser, not a password."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(
            {"inputmode": "numeric", "autocomplete": "off", "spellcheck": "false", **(attrs or {})}
        )


class OrganisationNumberField(forms.CharField):
    """Nine digits with a right check digit, with or without spaces; cleaned to bare digits."""

    default_error_messages = {
        "length": _("An organisation number has nine digits."),
        "checksum": _("That is not an organisation number. Check the digits."),
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", _("Nine digits. Spaces are fine."))
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "numeric", "size": 14}))
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        text = str(value or "")
        return orgno(text) if len(text) == 9 and text.isdigit() else value

    def clean(self, value: Any) -> str:
        text = orgnr.compact(super().clean(value)).replace("\u00a0", "").replace(".", "")
        if not text:
            return ""
        if len(text) != 9 or not (text.isascii() and text.isdigit()):
            raise ValidationError(self.error_messages["length"], code="length")
        try:
            return str(orgnr.validate(text))
        except NumberError as error:
            raise ValidationError(self.error_messages["checksum"], code="checksum") from error


@dataclass(frozen=True)
class ChoiceCard:
    """What an outlined radio card shows beside its label."""

    description: Any = ""
    price: Any = ""


class ChoiceCards(forms.RadioSelect):
    """Radio cards for choices with consequences.

    ``cards`` maps each value, as text, to a :class:`ChoiceCard`.
    """

    template_name = "components/choice.html"

    def __init__(
        self,
        attrs: dict[str, Any] | None = None,
        choices: Any = (),
        cards: dict[str, ChoiceCard] | None = None,
    ) -> None:
        super().__init__(attrs, choices)
        self.cards = cards or {}

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        card = self.cards.get(str(value), ChoiceCard())
        option["card"] = card
        if card.description and "id" in option["attrs"]:
            option["hint_id"] = f"{option['attrs']['id']}_hint"
            option["attrs"]["aria-describedby"] = option["hint_id"]
        return option
