"""Calls to rooms: who gets in is the portal's answer of the same second."""

from __future__ import annotations

from pathlib import Path

from django.utils import timezone

from rooms import actions
from rooms.models import Room
from rooms.platforms.models import VideoPlatform
from tests.cast import Cast
from tests.sip.programs import (
    AT_THE_DOOR,
    IN_AS_GUEST,
    IN_AS_HOST,
    IN_THE_LOBBY,
    REFUSED,
    UNKNOWN,
    WRONG_PIN,
    Phone,
    platform_running,
)


def address_of(room: Room, platform: VideoPlatform) -> str:
    return f"{room.number}@{platform.domain}"


def set_pins(room: Room, people: Cast, host: str, guest: str = "", *, guests: bool = True) -> None:
    actions.change_room(
        room, by=people.admin, host_pin=host, guest_pin=guest, guests_allowed=guests
    )


# The cast's rooms are for sensitive talks: they lock themselves, and guests wait before them.


def test_each_pin_opens_its_own_door(people: Cast, platform: VideoPlatform, phone: Phone) -> None:
    set_pins(people.room, people, "482913", "107755")
    address = address_of(people.room, platform)
    assert phone.call(address, "482913") == IN_AS_HOST
    assert phone.call(address, "107755") == IN_THE_LOBBY
    assert phone.call(address, "482914") == WRONG_PIN
    assert phone.call(address, "48291") == AT_THE_DOOR
    # The room with the same name, owner and cost centre in another organisation has its own.
    assert phone.call(address_of(people.foreign_room, platform), "482913") == WRONG_PIN


def test_pins_of_two_lengths_end_with_a_key(
    people: Cast, platform: VideoPlatform, phone: Phone
) -> None:
    set_pins(people.room, people, "0451739#", "90215#")
    address = address_of(people.room, platform)
    assert phone.call(address, "0451739#") == IN_AS_HOST
    assert phone.call(address, "90215#") == IN_THE_LOBBY
    assert phone.call(address, "451739#") == WRONG_PIN


def test_guest_without_a_pin_comes_in_only_where_guests_may(
    people: Cast, platform: VideoPlatform, phone: Phone
) -> None:
    set_pins(people.room, people, "482913")
    set_pins(people.own_room, people, "482913", guests=False)
    assert phone.call(address_of(people.room, platform), "#") == IN_THE_LOBBY
    assert phone.call(address_of(people.own_room, platform), "#") == WRONG_PIN


def test_guest_of_a_room_that_locks_itself_waits_and_its_host_does_not(
    people: Cast, platform: VideoPlatform, phone: Phone
) -> None:
    """What the answer says of the lock; who waits is let in by the platform, not by policy."""
    room = people.room
    address = address_of(room, platform)
    for autolock, guest in ((True, IN_THE_LOBBY), (False, IN_AS_GUEST)):
        for host_pin, guest_pin, typed in (("482913", "107755", "107755"), ("482913", "", "#")):
            Room.objects.in_organisation(people.organisation).filter(pk=room.pk).update(
                autolock=autolock, host_pin=host_pin, guest_pin=guest_pin, guests_allowed=True
            )
            assert phone.call(address, typed) == guest
            assert phone.call(address, host_pin) == IN_AS_HOST
            assert phone.call(address, "107756") == WRONG_PIN


def test_new_pin_and_termination_hold_at_the_next_call(
    people: Cast, platform: VideoPlatform, phone: Phone
) -> None:
    room = people.room
    address, old = address_of(room, platform), str(room.host_pin)
    assert phone.call(address, old) == IN_AS_HOST

    new = str(actions.renew_pin(room, "host_pin", by=people.admin).host_pin)
    assert phone.call(address, old) == WRONG_PIN
    assert phone.call(address, new) == IN_AS_HOST

    actions.terminate_room(room, by=people.admin, closes_on=timezone.localdate())
    assert phone.call(address, new) == REFUSED


def test_address_is_ours_however_it_is_written_or_not_at_all(
    people: Cast, platform: VideoPlatform, phone: Phone
) -> None:
    number, pin = people.room.number, str(people.room.host_pin)
    for address in (
        f"{number}@{platform.domain.upper()}",
        f"{number}@{platform.domain}:5060",
        f"{number}@{platform.domain};transport=udp",
    ):
        assert phone.call(address, pin) == IN_AS_HOST
    for address in (f"{number}@elsewhere.example", f"{number}1@{platform.domain}"):
        assert phone.call(address, pin) == UNKNOWN


def test_room_whose_stored_pins_break_the_rules_lets_nobody_in(
    people: Cast, platform: VideoPlatform, phone: Phone
) -> None:
    room = people.room
    Room.objects.in_organisation(people.organisation).filter(pk=room.pk).update(
        host_pin="12", guest_pin="", guests_allowed=False
    )
    assert phone.call(address_of(room, platform), "12") == REFUSED


def test_platform_that_shows_a_wrong_password_learns_nothing(
    portal: str, people: Cast, platform: VideoPlatform, tmp_path: Path
) -> None:
    with platform_running(portal, platform, tmp_path, password="wrong") as phone:
        assert phone.call(address_of(people.room, platform)) == UNKNOWN


def test_paused_platform_is_left_to_itself(
    people: Cast, platform: VideoPlatform, phone: Phone
) -> None:
    platform.state = VideoPlatform.State.PAUSED
    platform.save()
    assert phone.call(address_of(people.room, platform)) == UNKNOWN
