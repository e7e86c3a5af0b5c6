"""Links that leave the portal in mail: whole addresses, and what is stored of their keys."""

from __future__ import annotations

from django.conf import settings
from django.utils.crypto import salted_hmac


def absolute(path: str) -> str:
    """Return the whole address of a page of the portal, for what is read outside of it.

    From ``BASE_URL``, never from the request: whoever sends one may write any host into it.
    """
    return f"{settings.BASE_URL}{path}"


def link_hash(purpose: str, key: str, *bound_to: str) -> str:
    """Return what is stored of a mailed key: keyed by the portal's secret and the purpose.

    Whoever reads the database can neither use the key nor store one of their own making. The
    hash fits only together with ``bound_to``.
    """
    return salted_hmac(purpose, ":".join((*bound_to, key)), algorithm="sha256").hexdigest()
