"""Small forms on a room's page: the calendar file and the printed sheet."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from rooms.papers import Kind
from videoportal.kit.forms import DateField, Form

DURATIONS = (15, 30, 45, 60, 90, 120, 180)
_CLOCK = re.compile(r"(?:kl\.?\s*)?(\d{1,2})(?:[.:]?(\d{2}))?")


class ClockField(forms.CharField):
    """A time of day typed as ``13.00``, ``13:00``, ``1300`` or ``13``."""

    default_error_messages = {"invalid": _("Enter the time as hour and minute, for example 13.00.")}

    def clean(self, value: Any) -> dt.time | None:
        text = super().clean(value)
        if not text:
            return None
        found = _CLOCK.fullmatch(text.strip().lower())
        try:
            return dt.time(int(found[1]), int(found[2] or 0)) if found else self._refuse()
        except ValueError:
            return self._refuse()

    def _refuse(self) -> dt.time:
        raise ValidationError(self.error_messages["invalid"], code="invalid")


def _duration_words(minutes: int) -> str:
    if minutes % 60 == 0:
        return ngettext("%(count)s hour", "%(count)s hours", minutes // 60) % {
            "count": minutes // 60
        }
    return ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes}


class CalendarForm(Form):
    """When the meeting is; ``starts_at()`` gives the moment, in Europe/Oslo."""

    mark_optional = False
    prefix = "cal"

    date = DateField(label=_("Date"))
    time = ClockField(
        label=_("Time"),
        help_text=_("for example 13.00"),
        widget=forms.TextInput(attrs={"size": 6, "maxlength": 10}),
    )
    minutes = forms.TypedChoiceField(label=_("Duration"), coerce=int, initial=30)
    language = forms.ChoiceField(
        label=_("Language"), choices=settings.LANGUAGES, required=False, initial=get_language
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        minutes: Any = self.fields["minutes"]
        minutes.choices = [(value, _duration_words(value)) for value in DURATIONS]

    def clean_date(self) -> dt.date:
        day: dt.date = self.cleaned_data["date"]
        if day < timezone.localdate():
            raise ValidationError(_("The date has passed. Enter a later one."))
        return day

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("date") and cleaned.get("time") is not None:
            moment = self._moment(cleaned)
            # Between 02.00 and 03.00 on the last Sunday of March the clock jumps.
            if timezone.localtime(moment.astimezone(dt.UTC)).time() != cleaned["time"]:
                self.add_error(
                    "time", _("The clock is moved forward that night, so the time does not exist.")
                )
        return cleaned

    @staticmethod
    def _moment(cleaned: dict[str, Any]) -> dt.datetime:
        zone = timezone.get_default_timezone()
        return dt.datetime.combine(cleaned["date"], cleaned["time"], tzinfo=zone)

    def starts_at(self) -> dt.datetime:
        """Return when the meeting begins."""
        return self._moment(self.cleaned_data)


class InvitationForm(forms.Form):
    """Which text: how it is sent and in which language. What is not known is the first."""

    text = forms.ChoiceField(choices=Kind, required=False)
    lang = forms.ChoiceField(choices=settings.LANGUAGES, required=False)

    def chosen(self) -> tuple[str, str]:
        """Return kind and language, always known ones."""
        self.is_valid()
        kind = self.cleaned_data.get("text") or Kind.EMAIL.value
        return kind, self.cleaned_data.get("lang") or get_language() or settings.LANGUAGE_CODE


class HandoutForm(Form):
    """The printed sheet: its language, and whether the guests' PIN stands on it."""

    mark_optional = False
    prefix = "sheet"

    language = forms.ChoiceField(
        label=_("Language"), choices=settings.LANGUAGES, required=False, initial=get_language
    )
    with_pin = forms.BooleanField(label=_("With the PIN for guests"), required=False)

    def chosen_language(self) -> str:
        """Return the language asked for, else the reader's."""
        self.is_valid()
        return self.cleaned_data.get("language") or get_language() or settings.LANGUAGE_CODE
