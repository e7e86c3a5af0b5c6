"""Forms of the provider's video platforms."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from rooms.choices import Theme
from rooms.forms.platform_fields import (
    LinesField,
    LocationsField,
    SecretArea,
    check_host,
    check_web_address,
)
from rooms.models import OutboxEntry, PlatformComparison, PlatformDifference
from rooms.platforms.models import VideoPlatform, check_pattern, usual_patterns
from rooms.platforms.patterns import clashes
from rooms.platforms.pexip.tokens import signing_key
from videoportal.kit.formats import number
from videoportal.kit.forms import CharField, Form, ModelForm
from videoportal.kit.stale import StaleEdit

# Named in an address of the operator's pages.
TAKEN = frozenset({"new"})
SignIn = VideoPlatform.SignIn
SECRETS = ("management_password", "management_key")
NEEDED: dict[str, Any] = {
    "management_password": _("The management API needs a password."),
    "management_key": _("OAuth2 needs the client’s private key."),
}
ELSEWHERE: dict[str, Any] = {
    "management_password": _(
        "The address leads elsewhere now. Type the password that belongs to it."
    ),
    "management_key": _("The address leads elsewhere now. Paste the key that belongs to it."),
}
THEMES = [theme for theme in Theme if theme.value]


def version_of(platform: VideoPlatform) -> str:
    """Return a text that changes with what the form shows."""
    shown = {name: getattr(platform, name) for name in PlatformForm.Meta.fields}
    shown["themes"] = platform.themes
    text = json.dumps(shown, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class PlatformFields(ModelForm):
    """What an operator fills in. ``changes()`` gives it to the action.

    Password and private key are never shown; an empty field keeps what is stored. It is typed
    anew when the address changes, or the change would hand rooms and PIN codes to whoever
    answers there. The one that is not signed in with is deleted.
    """

    alias_patterns = LinesField(
        label=_("Addresses of a room"),
        help_text=_(
            "One on each line. {number} stands for the room number, {domain} for the domain. "
            "The first is shown first."
        ),
    )
    media_locations = LocationsField(
        label=_("Where sound and picture go"),
        required=False,
        help_text=_(
            "One line for each location that asks: Oslo = Oslo, Bergen sends calls from Oslo to "
            "Oslo, and to Bergen when Oslo is full. Names as they are written in the platform, "
            "letter by letter. Leave empty to let the platform decide."
        ),
    )
    management_password = forms.CharField(
        label=_("Password"),
        required=False,
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    management_key = forms.CharField(
        label=_("Private key"),
        required=False,
        max_length=4000,
        widget=SecretArea(attrs={"rows": 4, "spellcheck": "false", "autocomplete": "off"}),
    )

    class Meta:
        model = VideoPlatform
        fields: tuple[str, ...] = (
            "name", "kind", "domain", "alias_patterns", "join_url", "phone",
            "policy_user", "sink_user",
            "management_url", "management_sign_in", "management_user", "management_password",
            "management_key", "verify_certificate", "writes_rooms", "requests_per_minute",
            "callrate_hd", "callrate_fullhd", "media_locations",
        )  # fmt: skip
        help_texts = {
            "domain": _("For example video.example.no"),
            "management_url": _("For example https://manager.example.no. Leave empty if unused."),
            "management_sign_in": _(
                "OAuth2: make a client in the platform, with a role, and copy its ID and private "
                "key from there."
            ),
            "verify_certificate": _("Only off for a platform under test."),
            "writes_rooms": _(
                "Off: the platform asks the portal at every call, and nothing is written to it."
            ),
            "requests_per_minute": _("Pexip allows 1,000."),
            "callrate_hd": _("128–8,192. Leave empty for the platform’s own limit."),
            "callrate_fullhd": _("128–8,192. Leave empty for the platform’s own limit."),
        }
        widgets = {
            "kind": forms.RadioSelect,
            "management_sign_in": forms.RadioSelect,
            "join_url": forms.URLInput(attrs={"inputmode": "url"}),
            "management_url": forms.URLInput(attrs={"inputmode": "url"}),
            "management_user": forms.TextInput(attrs={"autocomplete": "off"}),
            "policy_user": forms.TextInput(attrs={"autocomplete": "off"}),
            "sink_user": forms.TextInput(attrs={"autocomplete": "off"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._stored_url = self.instance.management_url
        self._stored = {name: getattr(self.instance, name) for name in SECRETS}
        helps = {
            "management_password": _("For signing in with user name."),
            "management_key": _("For OAuth2: an ES256 key, as PEM or JWK."),
        }
        for name, stored in self._stored.items():
            self.initial.pop(name, None)
            self.fields[name].mark_optional = False  # type: ignore[attr-defined]  # read by the kit's Field
            keeps = _("Leave empty to keep the one that is stored.") if stored else ""
            self.fields[name].help_text = f"{helps[name]} {keeps}".strip()
        for theme in THEMES:
            name = self._theme_field(theme)
            self.fields[name] = CharField(
                label=_("The platform’s name of the theme “%(theme)s”") % {"theme": theme.label},
                required=False,
                max_length=80,
                help_text=_(
                    "As it is written there, letter by letter. A name that the platform lacks "
                    "makes it drop the whole answer. Leave empty for its standard."
                ),
            )
            self.initial.setdefault(name, self.instance.themes.get(theme.value, ""))

    @staticmethod
    def _theme_field(theme: Theme) -> str:
        return f"theme_{theme.name.lower()}"

    def clean_domain(self) -> str:
        domain: str = self.cleaned_data["domain"].strip().strip(".").lower()
        check_host(domain)
        return domain

    def clean_alias_patterns(self) -> list[str]:
        patterns: list[str] = self.cleaned_data["alias_patterns"]
        for pattern in patterns:
            check_pattern(pattern)
        return patterns

    def clean_join_url(self) -> str:
        address: str = self.cleaned_data["join_url"]
        check_web_address(address)
        return address

    def clean_management_url(self) -> str:
        address: str = self.cleaned_data["management_url"].rstrip("/")
        if address:
            check_web_address(address)
        return address

    def clean_management_key(self) -> str:
        key: str = self.cleaned_data["management_key"]
        if key:
            try:
                signing_key(key)
            except ValueError:
                raise ValidationError(
                    _(
                        "This is no private key for ES256. Paste all of it, as the platform "
                        "showed it: a PEM text or a JWK, without a password of its own."
                    )
                ) from None
        return key

    def clean(self) -> Any:
        cleaned = super().clean()
        values = self.cleaned_data
        address = values.get("management_url", "")
        signs = values.get("management_sign_in") == SignIn.OAUTH2
        if address:
            self._check_secret(address, "management_key" if signs else "management_password")
        if address and not values.get("management_user"):
            self.add_error(
                "management_user",
                _("OAuth2 needs the client’s ID.")
                if signs
                else _("The management API needs a user name."),
            )
        if values.get("writes_rooms") and not address and "management_url" in values:
            self.add_error(
                "management_url",
                _("Rooms are written through the management API. Type its address."),
            )
        return cleaned

    def _check_secret(self, address: str, name: str) -> None:
        """See to it that there is a secret to sign in with, and that it goes nowhere else."""
        if self.cleaned_data.get(name) or name in self.errors:
            return
        if not self._stored[name]:
            self.add_error(name, NEEDED[name])
        elif _host(address) != _host(self._stored_url):
            self.add_error(name, ELSEWHERE[name])

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # private in the stubs
        if (
            self.instance.pk
            and {"alias_patterns", "domain"} & set(self.changed_data)
            and not {"alias_patterns", "domain"} & self.errors.keys()
        ):
            for fault in clashes(self.instance):
                self.add_error("alias_patterns", fault)
        # Validating put the empty field on the instance.
        for name, stored in self._stored.items():
            if not self.cleaned_data.get(name):
                setattr(self.instance, name, stored)

    def changes(self) -> dict[str, Any]:
        """Return what the action is to store."""
        values = {name: self.cleaned_data[name] for name in self.Meta.fields}
        for name in SECRETS:
            if not values[name]:
                del values[name]
        signs = values["management_sign_in"] == SignIn.OAUTH2
        values["management_password" if signs else "management_key"] = ""
        themes = {theme: self.cleaned_data[self._theme_field(theme)] for theme in THEMES}
        values["themes"] = {theme.value: name for theme, name in themes.items() if name}
        return values

    def groups(self) -> list[tuple[Any, list[Any]]]:
        """Return headings with their fields, in the order of the page."""
        themes = [self._theme_field(theme) for theme in THEMES]
        names: list[tuple[Any, list[str]]] = [
            ("", ["name", *(["slug"] if "slug" in self.fields else []), "kind"]),
            (_("Addresses of the rooms"), ["domain", "alias_patterns", "join_url", "phone"]),
            (_("What the platform signs in with here"), ["policy_user", "sink_user"]),
            (
                _("Management API"),
                [
                    "management_url", "management_sign_in", "management_user",
                    "management_password", "management_key", "verify_certificate",
                    "writes_rooms", "requests_per_minute",
                ],
            ),
            (_("Quality and look"), ["callrate_hd", "callrate_fullhd", *themes, "media_locations"]),
        ]  # fmt: skip
        return [(heading, [self[name] for name in fields]) for heading, fields in names]


def _host(address: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname, parts.port


class NewPlatformForm(PlatformFields):
    """A new platform, with the name that stands in its addresses."""

    slug = forms.SlugField(
        label=_("Short name"),
        max_length=40,
        help_text=_(
            "Small letters, digits and hyphens. It is part of the addresses that you enter in "
            "the platform, and cannot be changed later."
        ),
    )

    class Meta(PlatformFields.Meta):
        fields: tuple[str, ...] = ("name", "slug", *PlatformFields.Meta.fields[1:])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.update(
            policy_user="policy", sink_user="events", alias_patterns=usual_patterns()
        )

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        if slug != slug.lower() or slug in TAKEN:
            raise ValidationError(_("Choose another short name, in small letters."))
        return slug


class PlatformForm(StaleEdit, PlatformFields):
    """A platform that is there already."""


class ConfirmForm(Form):
    """A question that is answered by pressing the button."""


class DiscardForm(Form):
    """Confirms that what was kept aside until then is deleted; what came since stays."""

    until = forms.DateTimeField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, latest: datetime | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["until"] = latest.isoformat() if latest else ""

    def clean(self) -> Any:
        if "until" in self.errors:
            del self.errors["until"]
            raise ValidationError(_("There is nothing to delete."))
        return super().clean()


Kind = PlatformDifference.Kind
ROOM, DEVICE = OutboxEntry.Kind.ROOM, OutboxEntry.Kind.DEVICE
# What is done about each thing and kind that anything is done about.
EFFECTS: dict[tuple[str, str], Any] = {
    (ROOM, Kind.MISSING): _("The room is made on the platform, with its addresses and PIN codes."),
    (ROOM, Kind.CHANGED): _(
        "What differs is overwritten with what the portal has. Addresses that were added there "
        "are taken away."
    ),
    (ROOM, Kind.LEFTOVER): _(
        "The closed room is removed from the platform. Whoever is in it is cut off."
    ),
    (DEVICE, Kind.MISSING): _(
        "The platform gets the endpoint’s account, and lets it register with that."
    ),
    (DEVICE, Kind.CHANGED): _(
        "The platform gets the endpoint’s account as the portal has it, the password too. Other "
        "addresses of the endpoint are taken away there."
    ),
    (DEVICE, Kind.LEFTOVER): _(
        "The account is removed from the platform. The endpoint is refused the next time that it "
        "registers."
    ),
}


def _how_many(thing: str, count: int) -> str:
    words = (
        ngettext("%(count)s video endpoint", "%(count)s video endpoints", count)
        if thing == DEVICE
        else ngettext("%(count)s meeting room", "%(count)s meeting rooms", count)
    )
    return words % {"count": number(count)}


class RepairForm(Form):
    """Which kinds of differences to put right; none is chosen beforehand.

    ``counts`` are those that can be, by thing and kind. What is confirmed is one comparison's
    findings.
    """

    comparison = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        *args: Any,
        counts: dict[tuple[str, str], int],
        comparison: PlatformComparison | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._current = str(comparison.pk) if comparison is not None else ""
        self.initial["comparison"] = self._current
        for (thing, kind), effect in EFFECTS.items():
            if count := counts.get((thing, kind), 0):
                self.fields[f"{thing}_{kind}"] = forms.BooleanField(
                    label=f"{Kind(kind).label}: {_how_many(thing, count)}",
                    required=False,
                    help_text=effect,
                )

    def clean(self) -> Any:
        cleaned = super().clean()
        if self.cleaned_data.get("comparison") != self._current:
            data: Any = self.data
            self.data = data.copy()
            self.data[self.add_prefix("comparison")] = self._current  # type: ignore[index]  # a QueryDict
            raise ValidationError(
                _("The platform was compared anew in the meantime. Look it over and choose again.")
            )
        if not self.chosen():
            raise ValidationError(_("Choose what is to be put right."))
        return cleaned

    def chosen(self) -> list[tuple[str, str]]:
        """Return the things and kinds that were ticked."""
        return [
            (thing, kind) for thing, kind in EFFECTS if self.cleaned_data.get(f"{thing}_{kind}")
        ]
