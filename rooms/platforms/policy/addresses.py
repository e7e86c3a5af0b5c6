"""Video addresses as devices write them, brought to one form."""

from __future__ import annotations

import re

_SCHEME = re.compile(r"^(?:sips?|h323|tel|im):", re.IGNORECASE)
_PORT = re.compile(r":\d{1,5}$")
LONGEST = 250


def plain_address(written: str) -> str:
    """Return ``user@host`` or the bare user part in lower case, without scheme, port or parameters.

    ``sip:48120@Video.example.no:5061;transport=tls`` and the H.323 form
    ``video.example.no##48120`` both become ``48120@video.example.no``. Empty for what is no
    address. Source: docs/pexip.md, External policy and Event sinks.
    """
    address = written.strip()
    if len(address) > LONGEST or not address.isprintable():
        return ""
    address = _SCHEME.sub("", address.strip("<>"))
    address = address.split(";", 1)[0].split("?", 1)[0]
    if "##" in address:
        host, _marks, user = address.partition("##")
        address = f"{user}@{host}" if host else user
    user, at, host = address.rpartition("@")
    if not at:
        user, host = address, ""
        return user.lower()
    return f"{user}@{_PORT.sub('', host)}".lower().removesuffix("@")
