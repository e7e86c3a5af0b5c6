"""System checks: what the portal promises everywhere, refused at start when a setting breaks it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.template import TemplateDoesNotExist, TemplateSyntaxError
from django.template.loader import get_template

LANGUAGES = ["nb", "nn", "en"]


@register
def check_languages(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Bokmål first, nynorsk and English beside it."""
    codes = [code for code, _name in settings.LANGUAGES]
    if codes == LANGUAGES and LANGUAGES[0] == settings.LANGUAGE_CODE:
        return []
    return [
        Error(
            f"The portal speaks {', '.join(LANGUAGES)}, the first by default.",
            hint="Set LANGUAGES and LANGUAGE_CODE accordingly.",
            id="kit.E001",
        )
    ]


@register
def check_content_policy(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """A content security policy is sent, and nothing in it is unsafe."""
    policy: dict[str, Sequence[str]] = getattr(settings, "SECURE_CSP", {})
    unsafe = sorted(
        {str(source) for sources in policy.values() for source in sources if "unsafe" in source}
    )
    sent = "django.middleware.csp.ContentSecurityPolicyMiddleware" in settings.MIDDLEWARE
    if policy.get("default-src") and sent and not unsafe:
        return []
    return [
        Error(
            "The content security policy is missing or too wide"
            + (f": {', '.join(unsafe)}." if unsafe else "."),
            hint="Pages hold no inline script or style; move it to a file.",
            id="kit.E002",
        )
    ]


@register
def check_time_zone(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Days and months are cut in Europe/Oslo, moments are stored with their zone."""
    if settings.USE_TZ and settings.TIME_ZONE == "Europe/Oslo":
        return []
    return [Error("Days and months are cut in Europe/Oslo.", id="kit.E003")]


@register
def check_templates(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """The templates that settings and the form renderer name can be loaded."""
    faults: list[CheckMessage] = []
    for name in (
        settings.DJANGO_TABLES2_TEMPLATE,
        "components/field.html",
        "components/form.html",
        "components/results.html",
    ):
        try:
            get_template(name)
        except (TemplateDoesNotExist, TemplateSyntaxError) as error:
            faults.append(Error(f"{name} cannot be used: {error}", id="kit.E004"))
    return faults


@register
def check_grant_tables(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Grants hang on a real foreign key: generic grant rows survive the object they are for."""
    faults: list[CheckMessage] = []
    for model in apps.get_models():
        bases = {base.__name__ for base in model.__mro__}
        if model.__module__.startswith("guardian.") or not bases & {
            "UserObjectPermissionBase",
            "GroupObjectPermissionBase",
        }:
            continue
        fields = {field.name for field in model._meta.get_fields()}
        if "content_object" not in fields or "object_pk" in fields:
            faults.append(
                Error(
                    f"{model._meta.label} keeps grants without a foreign key to the object.",
                    hint="Give it a content_object foreign key (guardian's direct tables).",
                    obj=model,
                    id="kit.E005",
                )
            )
    return faults


@register
def check_address(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Where cookies travel over https alone, the portal's own address is an https one."""
    address = getattr(settings, "BASE_URL", "")
    if not settings.SESSION_COOKIE_SECURE or address.startswith("https://"):
        return []
    return [
        Error(
            f"HTTPS is on, but BASE_URL is {address or 'empty'}: nobody could sign in there.",
            hint="Set BASE_URL to the https address, or HTTPS=off for a demo on this machine.",
            id="kit.E006",
        )
    ]
