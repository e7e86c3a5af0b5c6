"""Composes the apps' addresses."""

urlpatterns = []
