"""Settings of tenants that must not be misspelt."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from tenants.roles import Role


@register()
def second_factor_roles(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Refuse a role that does not exist: nobody would need a second factor for it."""
    unknown = sorted(set(settings.SECOND_FACTOR_REQUIRED_FOR) - set(Role.values))
    if not unknown:
        return []
    return [
        Error(
            f"SECOND_FACTOR_REQUIRED_FOR names roles that do not exist: {', '.join(unknown)}.",
            hint=f"The roles are {', '.join(Role.values)}.",
            id="tenants.E001",
        )
    ]
