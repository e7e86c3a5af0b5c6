"""The form of one's own profile."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from tenants.models import User
from videoportal.kit.forms import CharField, Form


class ProfileForm(Form):
    """One's own name, language and colours."""

    name = CharField(
        label=_("Your name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text=_("Others see it where you have done something."),
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=settings.LANGUAGES, widget=forms.RadioSelect
    )
    colour_scheme = forms.ChoiceField(
        label=_("Colours"), choices=User.ColourScheme, widget=forms.RadioSelect
    )
