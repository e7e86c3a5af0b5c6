"""Forms of endpoints."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from endpoints import passwords
from endpoints.addresses import check_address, full_address
from endpoints.choices import Kind, State
from endpoints.models import Endpoint, is_username
from rooms.platforms.models import VideoPlatform
from videoportal.kit.forms import CharField, Form
from videoportal.kit.stale import StaleEdit
from videoportal.kit.text import whole


class PasswordField(forms.CharField):
    """A device's password, taken as it was typed: a space at either end is part of it."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault(
            "widget",
            forms.TextInput(
                attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}
            ),
        )
        super().__init__(strip=False, required=False, validators=[passwords.check], **kwargs)


class EndpointFields(Form):
    """What an administrator says of an endpoint, new or changed."""

    name = CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        help_text=gettext_lazy("Others see it in the directory. Do not use names of patients."),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Type"), choices=Kind, initial=Kind.ROOM)
    model = CharField(
        label=gettext_lazy("Make and model"),
        max_length=100,
        required=False,
    )
    location = CharField(
        label=gettext_lazy("Place"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("Building and room, so that somebody can find it."),
    )
    username = CharField(
        label=gettext_lazy("User name"),
        max_length=100,
        required=False,
        validators=[is_username],
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}
        ),
    )
    password = PasswordField(label=gettext_lazy("Password"))
    in_directory = forms.BooleanField(
        label=gettext_lazy("The organisation’s endpoints find it in their directory"),
        required=False,
        initial=True,
    )

    def whole(self) -> dict[str, Any]:
        """Return what was said, without the form's own version."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


class NewEndpointForm(EndpointFields):
    """A new endpoint; user name and password come by themselves when left empty."""

    address = CharField(
        label=gettext_lazy("Video address"),
        max_length=200,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}
        ),
    )
    field_order = ("name", "address", "kind", "model", "location", "in_directory")

    def __init__(self, *args: Any, platform: VideoPlatform, **kwargs: Any) -> None:
        self.platform = platform
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["address"].help_text = _(
            "What comes before @%(domain)s, for example moterom3.fagernes. It cannot be changed "
            "later."
        ) % {"domain": platform.domain}
        fields["username"].help_text = _("If left empty: the first part of the address.")
        fields["password"].help_text = _("If left empty, the portal makes a strong one.")

    def clean_address(self) -> str:
        address = full_address(self.cleaned_data["address"], self.platform)
        check_address(address, self.platform)
        return address


class EndpointForm(StaleEdit, EndpointFields):
    """Changes of an endpoint. A password left empty stays; a stored one is never in the page."""

    state = forms.ChoiceField(label=gettext_lazy("Status"), choices=State, widget=forms.RadioSelect)
    field_order = ("name", "kind", "model", "location", "in_directory", "state")

    def __init__(self, *args: Any, endpoint: Endpoint, **kwargs: Any) -> None:
        names = ("name", "kind", "model", "location", "username", "in_directory", "state")
        initial = {name: getattr(endpoint, name) for name in names}
        super().__init__(
            *args, version=endpoint.version, initial=initial | {"password": ""}, **kwargs
        )
        fields: dict[str, Any] = self.fields
        fields["username"].required = True
        fields["state"].help_text = _(
            "A blocked endpoint is refused the next time that it registers, and keeps its settings."
        )
        fields["password"].mark_optional = False
        fields["password"].help_text = _(
            "A password is set. Leave the field empty to keep it, or write a new one of at least "
            "%(count)s characters."
        ) % {"count": passwords.SHORTEST}

    def changes(self) -> dict[str, Any]:
        """Return the values to store; an empty password is none."""
        found = self.whole()
        if not found["password"]:
            del found["password"]
        return found

    def in_words(self, bound: Any, value: Any) -> str:
        return _("A hidden value") if bound.name == "password" else super().in_words(bound, value)

    def posted_version(self) -> int | None:
        """Return the version that the form was opened with."""
        return whole(str(self.data.get(self.add_prefix("version"), "")))


class RemoveForm(StaleEdit, Form):
    """Confirms a removal; what it confirms was true of the version shown."""
