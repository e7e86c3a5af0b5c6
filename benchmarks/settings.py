"""The portal's settings as in production, with the floor's pages beside the portal's own."""

from videoportal.settings import *  # noqa: F403 - the portal's settings are what is measured
from videoportal.settings import BASE_DIR, TEMPLATES

ROOT_URLCONF = "benchmarks.urls"
TEMPLATES[0]["DIRS"] = [*TEMPLATES[0]["DIRS"], BASE_DIR / "benchmarks/templates"]  # type: ignore[misc]  # a list
