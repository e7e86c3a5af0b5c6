"""Addresses for machines: what a video platform asks and tells.

An operator enters ``<portal>/platforms/<slug>`` as the policy server's address; the platform
adds the rest (docs/pexip.md, External policy).
"""

from django.urls import path

from rooms.platforms.events.views import event_sink
from rooms.platforms.policy import views as policy

app_name = "platforms"

POLICY = "<slug:platform>/policy/v1/"

urlpatterns = [
    path(POLICY + "service/configuration", policy.service_configuration, name="service"),
    path(POLICY + "participant/properties", policy.participant_properties, name="participant"),
    path(POLICY + "participant/location", policy.media_location, name="location"),
    path("<slug:platform>/events", event_sink, name="events"),
]
