"""Cookies of a portal on https: for this host alone, and out of script's reach."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ASK = """
import django; django.setup()
from django.conf import settings as s
for kind in ("SESSION", "CSRF", "LANGUAGE"):
    print(getattr(s, f"{kind}_COOKIE_NAME"), getattr(s, f"{kind}_COOKIE_SECURE"),
          getattr(s, f"{kind}_COOKIE_HTTPONLY"), getattr(s, f"{kind}_COOKIE_SAMESITE"),
          getattr(s, f"{kind}_COOKIE_DOMAIN"), getattr(s, f"{kind}_COOKIE_PATH"))
"""


@pytest.mark.parametrize(("https", "prefix"), [("on", "__Host-"), ("off", "")])
def test_cookies_are_for_this_host_over_https_alone(https: str, prefix: str) -> None:
    shown = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "videoportal.settings", "HTTPS": https},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    secure = https == "on"
    # The prefix binds a browser to Secure, the path / and no domain (RFC 6265bis 4.1.3.2).
    assert shown == [
        f"{prefix}portal_session {secure} True Lax None /",
        f"{prefix}portal_csrf {secure} True Lax None /",
        f"{prefix}portal_language {secure} True Lax None /",
    ]
