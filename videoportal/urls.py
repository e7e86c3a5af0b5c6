"""Composes the apps' addresses."""

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.account.urls")),
    path("", include("rooms.urls")),
    path("", include("tenants.urls")),
]

handler400 = "videoportal.errors.bad_request"
handler403 = "videoportal.errors.permission_denied"
handler404 = "videoportal.errors.page_not_found"
handler500 = "videoportal.errors.server_error"
