"""Forms about members: invite, access level, review."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.forms.account import PASSWORD_HINT, REPEAT_PASSWORD
from tenants.roles import Role
from videoportal.kit.forms import CharField, ChoiceCard, ChoiceCards, Form

MOST_INVITED = 200

LEVELS = {
    Role.USER: gettext_lazy(
        "Sees and changes meeting rooms that are registered on their own confirmed e-mail address."
    ),
    Role.CUSTOMER_ADMIN: gettext_lazy(
        "Manages all rooms, PIN codes, endpoints, address books, members, statistics and the "
        "invoice basis."
    ),
    Role.RESELLER: gettext_lazy(
        "Administers all your clients, and the members of your own organisation."
    ),
    Role.OPERATOR: gettext_lazy("Operates the portal for all organisations."),
}


def level_field(roles: list[Role]) -> forms.ChoiceField:
    """Return the choice of access level, each with what it gives."""
    return forms.ChoiceField(
        label=gettext_lazy("Access level"),
        choices=[(role.value, role.label) for role in roles],
        widget=ChoiceCards(cards={role.value: ChoiceCard(LEVELS[role]) for role in roles}),
    )


class AddressesField(CharField):
    """E-mail addresses in a pasted list: by line, comma or semicolon, also ``Name <address>``."""

    def clean(self, value: Any) -> list[str]:
        text = super().clean(value)
        found: dict[str, None] = {}
        faults = []
        for piece in re.split(r"[,;\n]+", text):
            typed = piece.strip()
            if not typed:
                continue
            inside = re.search(r"<([^<>]*)>\s*$", typed)
            address = (inside.group(1) if inside else typed).strip().lower()
            try:
                EmailValidator()(address)
            except ValidationError:
                shown = typed if len(typed) <= 80 else f"{typed[:79]}…"
                faults.append(_("“%(text)s” is not an e-mail address.") % {"text": shown})
                continue
            found[address] = None
        if faults:
            raise ValidationError(faults)
        if not found:
            raise ValidationError(_("Enter at least one e-mail address."), code="required")
        if len(found) > MOST_INVITED:
            raise ValidationError(
                _("You can invite at most %(most)s at a time. This list has %(count)s addresses."),
                params={"most": MOST_INVITED, "count": len(found)},
            )
        return list(found)


class InviteForm(Form):
    """One or many addresses, and the access level that all of them get."""

    addresses = AddressesField(
        label=gettext_lazy("E-mail addresses"),
        multiline=True,
        max_length=30_000,
        help_text=gettext_lazy("One on each line, or with commas between. A pasted list is fine."),
    )

    def __init__(self, *args: Any, roles: list[Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"] = level_field(roles)
        self.fields["role"].initial = roles[0].value if roles else None


class LevelForm(Form):
    """The access level of one member."""

    def __init__(self, *args: Any, roles: list[Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"] = level_field(roles)


class InvitedSignupForm(Form):
    """A new account on the address that was invited."""

    name = CharField(
        label=gettext_lazy("Your name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password1 = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        help_text=PASSWORD_HINT,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label=REPEAT_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, judge: Any, **kwargs: Any) -> None:
        """``judge`` raises ``ValidationError`` for a password that is not good enough."""
        self.judge = judge
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        first, second = cleaned.get("password1"), cleaned.get("password2")
        if first:
            try:
                self.judge(first, cleaned.get("name", ""))
            except ValidationError as error:
                self.add_error("password1", error)
        if first and second and first != second:
            self.add_error("password2", _("The two passwords are not the same."))
        return cleaned
