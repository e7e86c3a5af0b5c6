"""What a room is handed out with: QR code, invitation text, calendar file, printed sheet.

Each is written in the language asked for, never the reader's. A PIN stands in one only when
the caller gives it; the caller logs that (``actions.note_pins_shown``).
"""

from __future__ import annotations

import io
from base64 import b64encode
from datetime import datetime, timedelta

import segno
from django.conf import settings
from django.db import models
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from icalendar import Calendar, Event

from rooms.models import Room

LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)


class Kind(models.TextChoices):
    """How an invitation is sent."""

    EMAIL = "email", pgettext_lazy("invitation", "E-mail")
    SMS = "sms", pgettext_lazy("invitation", "SMS")
    LETTER = "letter", pgettext_lazy("invitation", "Letter")


def qr_svg(room: Room) -> bytes:
    """Return the QR code of the room's browser link, as SVG with its quiet zone."""
    out = io.BytesIO()
    segno.make(room.web_address, error="m", micro=False).save(
        out, kind="svg", border=4, scale=8, omitsize=True, light="#fff", xmldecl=False
    )
    return out.getvalue()


def invitation(room: Room, kind: str, language: str, *, guest_pin: str = "") -> str:
    """Return a text to send to those who shall join; without ``guest_pin`` it holds no PIN."""
    with translation.override(language):
        if kind == Kind.SMS:
            return " ".join(_short_lines(room, guest_pin))
        if kind == Kind.LETTER:
            return "\n".join(_letter_lines(room, guest_pin))
        return "\n".join(_email_lines(room, guest_pin))


def _opening(room: Room) -> str:
    names = {"organisation": room.organisation.name}
    if room.room_type.suits_patients:
        return _("You are invited to a video consultation with %(organisation)s.") % names
    return _("You are invited to a video meeting with %(organisation)s.") % names


def joining_lines(room: Room, guest_pin: str) -> list[str]:
    """Return what to write when joining, and when one comes in, in the active language."""
    if guest_pin:
        lines = [_("Enter your name and the PIN %(pin)s.") % {"pin": guest_pin}]
    elif room.guest_pin or (room.host_pin and not room.guests_allowed):
        lines = [_("Enter your name and the PIN you have been given.")]
    elif room.host_pin:
        lines = [_("Enter your name and leave the PIN field empty.")]
    else:
        lines = [_("Enter your name.")]
    if room.guests_allowed and room.autolock:
        lines.append(_("The host will let you in."))
    elif room.guests_allowed and room.host_pin:
        lines.append(_("You can enter when the host is there."))
    return lines


def _advice() -> list[str]:
    return [
        _("Try your equipment beforehand: %(url)s") % {"url": settings.JOIN_TEST_URL},
        _("Do not use the Pexip app. It does not lead to us."),
    ]


def _email_lines(room: Room, guest_pin: str) -> list[str]:
    lines = [
        _opening(room),
        "",
        _("Open this link in Chrome, Edge or Safari at the time of the meeting:"),
        room.web_address,
        "",
        " ".join(joining_lines(room, guest_pin)),
        *_advice(),
    ]
    if room.room_type.suits_meetings:
        lines += ["", _("From meeting room equipment, call %(sip)s") % {"sip": room.sip_address}]
    return lines


def _short_lines(room: Room, guest_pin: str) -> list[str]:
    names = {"organisation": room.organisation.name, "url": room.web_address}
    opening = (
        _("Video consultation with %(organisation)s: %(url)s")
        if room.room_type.suits_patients
        else _("Video meeting with %(organisation)s: %(url)s")
    )
    return [
        opening % names,
        _("Open the link in Chrome, Edge or Safari."),
        *([_("PIN: %(pin)s.") % {"pin": guest_pin}] if guest_pin else []),
        _("Test your equipment: %(url)s") % {"url": settings.JOIN_TEST_URL},
        _("Do not use the Pexip app."),
    ]


def _letter_lines(room: Room, guest_pin: str) -> list[str]:
    steps = [
        _("Use a computer, tablet or phone with camera and microphone."),
        _("Open Chrome, Edge or Safari, and enter this address at the top: %(url)s")
        % {"url": room.web_address},
        " ".join(joining_lines(room, guest_pin)),
    ]
    return [
        _opening(room),
        "",
        _("How to join:"),
        *(f"{number}. {step}" for number, step in enumerate(steps, start=1)),
        "",
        _("The room number is %(number)s.") % {"number": room.number},
        *_advice(),
    ]


def calendar_file(room: Room, *, starts_at: datetime, minutes: int, language: str) -> bytes:
    """Return an iCalendar file with one event; ``starts_at`` is aware, in Europe/Oslo.

    The file carries the zone's rules (RFC 5545 3.6.5), and never a PIN.
    """
    with translation.override(language):
        event = Event()
        event.add("uid", f"{room.public_id}-{starts_at:%Y%m%dT%H%M}@{room.platform.domain}")
        event.add("dtstamp", timezone.now())
        event.add("dtstart", starts_at)
        event.add("dtend", starts_at + timedelta(minutes=minutes))
        event.add("summary", _opening_title(room))
        event.add("location", room.web_address)
        event.add("url", room.web_address)
        event.add("description", "\n".join(_email_lines(room, "")[2:]))
    calendar = Calendar()
    calendar.add("prodid", f"-//{settings.PRODUCT_NAME}//rooms//NO")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _opening_title(room: Room) -> str:
    names = {"organisation": room.organisation.name}
    if room.room_type.suits_patients:
        return _("Video consultation with %(organisation)s") % names
    return _("Video meeting with %(organisation)s") % names


def handout_pdf(room: Room, language: str, *, guest_pin: str = "") -> bytes:
    """Return a sheet to print and hang up or give away, as PDF/UA-1 on A4."""
    # WeasyPrint takes memory that a worker which never prints can do without.
    from videoportal.kit.pdf import render_pdf  # noqa: PLC0415 - see above

    with translation.override(language):
        steps = [
            _("Open Chrome, Edge or Safari, and go to %(url)s") % {"url": room.web_address},
            *joining_lines(room, guest_pin),
        ]
        html = render_to_string(
            "pdf/room_handout.html",
            {
                "room": room,
                "language": language,
                "steps": steps,
                "guest_pin": guest_pin,
                "phone": room.platform.phone,
                "test_url": settings.JOIN_TEST_URL,
                "support_email": settings.SUPPORT_EMAIL,
                "qr": f"data:image/svg+xml;base64,{b64encode(qr_svg(room)).decode()}",
            },
        )
    return render_pdf(
        html,
        identifier=f"room {room.public_id} {room.version} {language} {bool(guest_pin)}",
        created=room.changed_at,
        title=room.name,
    )
