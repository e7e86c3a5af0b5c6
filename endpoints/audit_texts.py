"""What the endpoints' action slugs mean, for ``tenants.audit_texts``."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

TEXTS: dict[str, Any] = {
    "endpoints.endpoint.registered": _("%(who)s added %(what)s (%(address)s)"),
    "endpoints.endpoint.changed": _("%(who)s changed %(fields)s of %(what)s"),
    "endpoints.endpoint.removed": _("%(who)s removed %(what)s (%(address)s)"),
    "endpoints.password.renewed": _("%(who)s made a new password for %(what)s"),
    "endpoints.provisioning.retried": _("%(who)s asked the video platform for %(what)s once more"),
    "endpoints.password.revealed": _("%(who)s viewed the password of %(what)s"),
}
KINDS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "endpoints": (
        _("Video endpoints"),
        ("endpoints.endpoint.", "endpoints.password.", "endpoints.provisioning."),
    ),
}
HERE: dict[str, Any] = {"endpoints.endpoint": _("the endpoint")}
