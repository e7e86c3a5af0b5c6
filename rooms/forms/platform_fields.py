"""Fields of the forms of video platforms: lists by lines, secrets, and addresses that are safe."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# Where clouds tell a machine of its keys, beside the link's own addresses.
METADATA = frozenset({"metadata.google.internal", "fd00:ec2::254"})
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
# The platform takes no longer texts in an answer.
LONGEST_LOCATION = 250


class LinesField(forms.CharField):
    """One text on each line; empty lines are left out, what stands twice counts once."""

    widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(super().has_changed("\n".join(initial or []), data))


class LocationsField(LinesField):
    """Where media goes, by the location that asks: a line each, as a mapping.

    ``Oslo = Oslo, Bergen`` sends calls from Oslo to Oslo, and to Bergen when Oslo is full.
    """

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return "\n".join(
            f"{asking} = {', '.join([entry['location'], *entry.get('overflow_locations', [])])}"
            for asking, entry in value.items()
        )

    def clean(self, value: Any) -> Any:
        found: dict[str, dict[str, Any]] = {}
        faults = []
        for line in super().clean(value):
            asking, mark, rest = (part.strip() for part in line.partition("="))
            names = [name.strip() for name in rest.split(",") if name.strip()]
            if not asking or not mark or not names:
                fault = _("Enter “%(line)s” in this way: Oslo = Oslo, Bergen")
            elif asking in found:
                fault = _("“%(asking)s” is on two lines.")
            elif max(map(len, (asking, *names))) > LONGEST_LOCATION:
                fault = _("A location has at most %(count)s characters: “%(line)s”")
            else:
                found[asking] = {"location": names[0]}
                if overflow := list(dict.fromkeys(names[1:])):
                    found[asking]["overflow_locations"] = overflow
                continue
            values = {"line": line, "asking": asking, "count": LONGEST_LOCATION}
            faults.append(ValidationError(fault, code="location", params=values))
        if faults:
            raise ValidationError(faults)
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        return forms.CharField.has_changed(self, self.prepare_value(initial), data)


class SecretArea(forms.Textarea):
    """Several lines that are never given back, as a password is not."""

    def format_value(self, value: Any) -> str | None:
        return None


def check_host(value: str) -> None:
    """Raise ``ValidationError`` unless it is a bare domain: no scheme, path or spaces."""
    if any(mark in value for mark in "/:@ ") or "." not in value.strip("."):
        raise ValidationError(_("Enter the domain alone, for example video.example.no."))


def check_web_address(value: str) -> None:
    """Raise ``ValidationError`` unless the address is encrypted, holds nothing secret and may be
    a platform's.

    A platform may stand in a private network, and beside the portal as the demo's does. Where
    a cloud tells a machine of its keys there is none (docs/threat-model.md).
    """
    parts = urlsplit(value)
    if is_nobodys(parts.hostname or ""):
        raise ValidationError(_("No video platform can have this address."))
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise ValidationError(
            _("Begin the address with https://. What is sent would else be open to others.")
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValidationError(_("Enter the address alone, without user name and parameters."))


def is_nobodys(host: str) -> bool:
    """Return whether the host is an address, however it is written, that no platform can have."""
    name = host.strip("[]").partition("%")[0].rstrip(".").lower()
    if name in METADATA:
        return True
    try:
        # As the system's own resolver reads it: 0xa9fea9fe and 2852039166 are addresses too.
        address: Any = ipaddress.ip_address(socket.inet_aton(name))
    except (OSError, ValueError):
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
    address = getattr(address, "ipv4_mapped", None) or address
    return bool(address.is_link_local or address.is_unspecified or address.is_multicast)
