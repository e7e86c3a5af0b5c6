"""Composes the apps' addresses."""

from django.urls import include, path

from tenants.account_urls import RULES
from videoportal.health import healthz

# Rules of views that are not ours, by name of the address; ours carry theirs themselves.
EXTERNAL_RULES = RULES

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("platforms/", include("rooms.platforms.urls")),
    path("platforms/", include("endpoints.policy.urls")),
    path("accounts/", include("tenants.account_urls")),
    path("", include("rooms.urls")),
    path("", include("endpoints.urls")),
    path("", include("tenants.urls")),
]

handler400 = "videoportal.errors.bad_request"
handler403 = "videoportal.errors.permission_denied"
handler404 = "videoportal.errors.page_not_found"
handler429 = "videoportal.errors.too_many_requests"  # asked for by allauth, not by Django
handler500 = "videoportal.errors.server_error"
