"""System checks: silent on the portal's own settings, loud when one is broken."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.core.checks import run_checks

from videoportal.kit import checks


def test_the_portals_own_settings_pass():
    assert [message for message in run_checks() if str(message.id).startswith("kit.")] == []


@pytest.mark.parametrize(
    ("check", "name", "value", "expected"),
    [
        (checks.check_languages, "LANGUAGES", [("nb", "Bokmål"), ("en", "English")], "kit.E001"),
        (checks.check_languages, "LANGUAGE_CODE", "en", "kit.E001"),
        (checks.check_time_zone, "TIME_ZONE", "UTC", "kit.E003"),
        (checks.check_time_zone, "USE_TZ", False, "kit.E003"),
        (checks.check_content_policy, "SECURE_CSP", {}, "kit.E002"),
        (checks.check_content_policy, "MIDDLEWARE", [], "kit.E002"),
        (checks.check_address, "SESSION_COOKIE_SECURE", True, "kit.E006"),
        (checks.check_templates, "DJANGO_TABLES2_TEMPLATE", "nowhere.html", "kit.E004"),
    ],
)
def test_a_broken_setting_is_an_error(monkeypatch, check, name, value, expected):
    monkeypatch.setattr(settings, name, value)
    assert [message.id for message in check()] == [expected]


def test_unsafe_sources_are_named(monkeypatch):
    policy = settings.SECURE_CSP | {"style-src": ["'self'", "'unsafe-inline'"]}
    monkeypatch.setattr(settings, "SECURE_CSP", policy)
    assert "'unsafe-inline'" in checks.check_content_policy()[0].msg
