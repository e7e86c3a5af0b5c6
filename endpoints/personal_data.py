"""What the endpoints keep about people, for ``tenants.personal``: nothing."""

from __future__ import annotations

LEFT_OUT = {"endpoints.Endpoint": "equipment and its account, nobody's own"}
