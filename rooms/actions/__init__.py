"""Every write to rooms: order, change, PINs, owner, product, termination, and the platform's part.

Each action checks the right of ``by``, locks the room, writes the audit entry in the same
transaction and queues the room for its platform there too. ``by`` is None only in the
scheduled ones.
"""

from rooms.actions.clients import note_clients_exported
from rooms.actions.comparing import (
    can_compare,
    compare_now,
    repair_differences,
    run_comparison,
    start_comparison,
)
from rooms.actions.editing import (
    ADMINISTRATOR_FIELDS,
    OWN_ROOM_FIELDS,
    OWN_ROOM_PERMISSION,
    PORTAL_ONLY_FIELDS,
    NotPossible,
    StaleEdit,
    is_own,
    may_edit,
    send_after_commit,
)
from rooms.actions.exports import note_rooms_exported, take_pin_list
from rooms.actions.live import MEETING_COMMANDS, command_meeting, disconnect_person
from rooms.actions.orders import ORDERED_FIELDS, order_room
from rooms.actions.outbox import ask_platform_now, send_parked_again
from rooms.actions.own import sync_own_rooms
from rooms.actions.products import change_product, fitted_settings, is_upgrade
from rooms.actions.provisioning import RoomSender, retry_provisioning
from rooms.actions.schedule import apply_due_changes
from rooms.actions.settings import (
    change_room,
    check_settings,
    default_settings,
    note_pins_shown,
    renew_pin,
    reveal_pin,
)
from rooms.actions.termination import terminate_room, withdraw_termination

__all__ = [
    "ADMINISTRATOR_FIELDS",
    "MEETING_COMMANDS",
    "ORDERED_FIELDS",
    "OWN_ROOM_FIELDS",
    "OWN_ROOM_PERMISSION",
    "PORTAL_ONLY_FIELDS",
    "NotPossible",
    "RoomSender",
    "StaleEdit",
    "apply_due_changes",
    "ask_platform_now",
    "can_compare",
    "change_product",
    "change_room",
    "check_settings",
    "command_meeting",
    "compare_now",
    "default_settings",
    "disconnect_person",
    "fitted_settings",
    "is_own",
    "is_upgrade",
    "may_edit",
    "note_clients_exported",
    "note_pins_shown",
    "note_rooms_exported",
    "order_room",
    "renew_pin",
    "repair_differences",
    "retry_provisioning",
    "reveal_pin",
    "run_comparison",
    "send_after_commit",
    "send_parked_again",
    "start_comparison",
    "sync_own_rooms",
    "take_pin_list",
    "terminate_room",
    "withdraw_termination",
]
