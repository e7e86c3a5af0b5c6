"""Addresses of rooms: an organisation's under ``o/<org>/``, one's own under ``my/``."""

from django.urls import path

from rooms.views import (
    bulk,
    clients,
    importing,
    listing,
    live,
    operation,
    ordering,
    overview,
    own,
    requests,
    room,
    transfer,
)

app_name = "rooms"

ORG = "o/<slug:org>/rooms/"
ROOM = ORG + "<uuid:room_id>/"
OWN = "my/rooms/<uuid:room_id>/"

urlpatterns = [
    path("o/<slug:org>/", overview.overview, name="overview"),
    path("o/<slug:org>/clients/", clients.client_list, name="clients"),
    path("o/<slug:org>/clients/export/<str:fmt>/", clients.client_export, name="clients_export"),
    path("o/<slug:org>/meetings/", live.meeting_list, name="meetings"),
    path(ORG, listing.room_list, name="list"),
    path(ORG + "export/<str:fmt>/", listing.room_export, name="export"),
    path(ORG + "bulk/", bulk.room_bulk, name="bulk"),
    path(ORG + "order/", ordering.room_order, name="order"),
    path(ORG + "import/", importing.import_upload, name="import"),
    path(ORG + "import/<uuid:import_id>/", importing.import_preview, name="import_preview"),
    path(ORG + "import/<uuid:import_id>/start/", importing.import_start, name="import_start"),
    path(ROOM, room.room_detail, name="detail"),
    path(ROOM + "edit/", room.room_edit, name="edit"),
    path(ROOM + "history/", room.room_history, name="history"),
    path(ROOM + "pin/<str:which>/reveal/", room.pin_reveal, name="pin_reveal"),
    path(ROOM + "pin/<str:which>/renew/", room.pin_renew, name="pin_renew"),
    path(ROOM + "live/", live.room_live, name="live"),
    path(ROOM + "live/disconnect/", live.room_disconnect, name="disconnect"),
    path(ROOM + "live/<str:what>/", live.room_command, name="command"),
    path(ROOM + "qr.svg", room.room_qr, name="qr"),
    path(ROOM + "handout.pdf", room.room_handout, name="handout"),
    path(ROOM + "invitation/", room.room_invitation, name="invitation"),
    path(ROOM + "invitation.ics", room.room_calendar, name="calendar"),
    path(ROOM + "type/", ordering.room_change_type, name="change_type"),
    path(ROOM + "terminate/", ordering.room_terminate, name="terminate"),
    path(ROOM + "terminate/withdraw/", ordering.room_withdraw, name="withdraw"),
    path(ROOM + "retry/", room.room_retry, name="retry"),
    path("o/<slug:org>/members/<uuid:member_id>/rooms/", transfer.transfer, name="transfer"),
    path(ORG + "requests/", requests.owner_requests, name="owner_requests"),
    path(ORG + "requests/<uuid:asked_id>/", requests.owner_request, name="owner_request"),
    path("my/rooms/ask/", requests.own_ask, name="own_ask"),
    path("my/rooms/move/", requests.own_move, name="own_move"),
    path("my/rooms/", own.own_list, name="own_list"),
    path(OWN, own.own_detail, name="own_detail"),
    path(OWN + "edit/", own.own_edit, name="own_edit"),
    path(OWN + "history/", own.own_history, name="own_history"),
    path(OWN + "live/", live.own_live, name="own_live"),
    path(OWN + "live/disconnect/", live.own_disconnect, name="own_disconnect"),
    path(OWN + "live/<str:what>/", live.own_command, name="own_command"),
    path(OWN + "pin/<str:which>/reveal/", own.own_pin_reveal, name="own_pin_reveal"),
    path(OWN + "pin/<str:which>/renew/", own.own_pin_renew, name="own_pin_renew"),
    path(OWN + "qr.svg", own.own_qr, name="own_qr"),
    path(OWN + "handout.pdf", own.own_handout, name="own_handout"),
    path(OWN + "invitation/", own.own_invitation, name="own_invitation"),
    path(OWN + "invitation.ics", own.own_calendar, name="own_calendar"),
    path("operation/rooms/", operation.operation, name="operation"),
]
