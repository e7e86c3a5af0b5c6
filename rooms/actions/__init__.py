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
from rooms.actions.deliveries import discard_parked_deliveries, read_parked_deliveries
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
from rooms.actions.platforms import (
    SIDES,
    change_platform,
    check_platform,
    create_platform,
    forget_odd_events,
    make_default_platform,
    pause_platform,
    renew_platform_password,
    resume_platform,
    reveal_platform_password,
)
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
    "SIDES",
    "NotPossible",
    "RoomSender",
    "StaleEdit",
    "apply_due_changes",
    "ask_platform_now",
    "can_compare",
    "change_platform",
    "change_product",
    "change_room",
    "check_platform",
    "check_settings",
    "command_meeting",
    "compare_now",
    "create_platform",
    "default_settings",
    "discard_parked_deliveries",
    "disconnect_person",
    "fitted_settings",
    "forget_odd_events",
    "is_own",
    "is_upgrade",
    "make_default_platform",
    "may_edit",
    "note_clients_exported",
    "note_pins_shown",
    "note_rooms_exported",
    "order_room",
    "pause_platform",
    "read_parked_deliveries",
    "renew_pin",
    "renew_platform_password",
    "repair_differences",
    "resume_platform",
    "retry_provisioning",
    "reveal_pin",
    "reveal_platform_password",
    "run_comparison",
    "send_after_commit",
    "send_parked_again",
    "start_comparison",
    "sync_own_rooms",
    "take_pin_list",
    "terminate_room",
    "withdraw_termination",
]
