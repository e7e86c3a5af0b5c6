"""The portal's addresses and the floor's."""

from django.urls import include, path

from benchmarks import floor

urlpatterns = [
    path("floor/rooms/<slug:org>/", floor.rooms),
    path("floor/room/<uuid:room_id>/", floor.room),
    path("floor/clients/<slug:org>/", floor.clients),
    path("floor/own/", floor.own),
    path("floor/log/", floor.log),
    path("floor/log/<slug:org>/", floor.log),
    path("", include("videoportal.urls")),
]
