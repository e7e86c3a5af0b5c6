"""Composes the apps' addresses."""

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.account.urls")),
    path("", include("rooms.urls")),
    path("", include("tenants.urls")),
]
