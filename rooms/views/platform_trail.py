"""Where in the provider's pages of the video platforms a page is."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from rooms.platforms.models import VideoPlatform


def trail(here: str, above: VideoPlatform | None = None, name: str = "") -> list[dict[str, Any]]:
    """Return the breadcrumbs; ``name`` where a form has changed the platform's in memory."""
    steps = [{"label": _("Video platforms"), "url": reverse("rooms:platforms")}]
    if above is not None:
        url = reverse("rooms:platform", args=[above.slug])
        steps.append({"label": name or above.name, "url": url})
    return [*steps, {"label": here}]
