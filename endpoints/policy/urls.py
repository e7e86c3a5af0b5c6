"""Addresses for machines: what a video platform asks about endpoints, beside what it asks about
rooms (``rooms.platforms.urls``).
"""

from django.urls import path

from endpoints.policy import views
from rooms.platforms.urls import POLICY

app_name = "registrations"

urlpatterns = [
    path(POLICY + "registrations", views.directory, name="directory"),
    path(POLICY + "registrations/<path:alias>", views.registration, name="registration"),
    path(POLICY + "participant/avatar/<path:alias>", views.avatar, name="avatar"),
]
