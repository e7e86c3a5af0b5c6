"""The addresses of one room's pages: an organisation's room, or one's own.

Templates ask for ``links.edit`` and the like, so that one partial serves both.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from rooms.models import Room


@dataclass(frozen=True)
class RoomLinks:
    """Addresses of the room's pages as the reader reaches it; ``own`` on «my rooms»."""

    room: Room
    own: bool = False

    def _url(self, name: str, *rest: str) -> str:
        key = str(self.room.public_id)
        if self.own:
            return reverse(f"rooms:own_{name}", args=[key, *rest])
        return reverse(f"rooms:{name}", args=[self.room.organisation.slug, key, *rest])

    def _administrators(self, name: str) -> str:
        return "" if self.own else self._url(name)

    @property
    def list(self) -> str:
        """The list that the room stands in."""
        if self.own:
            return reverse("rooms:own_list")
        return reverse("rooms:list", args=[self.room.organisation.slug])

    @property
    def detail(self) -> str:
        return self._url("detail")

    @property
    def edit(self) -> str:
        return self._url("edit")

    @property
    def history(self) -> str:
        return self._url("history")

    @property
    def live(self) -> str:
        """Who is in the room now."""
        return self._url("live")

    def command(self, what: str) -> str:
        """Where a command to the meeting is sent."""
        return self._url("command", what)

    @property
    def lock(self) -> str:
        return self.command("lock")

    @property
    def unlock(self) -> str:
        return self.command("unlock")

    @property
    def mute_guests(self) -> str:
        return self.command("mute_guests")

    @property
    def unmute_guests(self) -> str:
        return self.command("unmute_guests")

    @property
    def end_meeting(self) -> str:
        return self.command("disconnect")

    @property
    def disconnect(self) -> str:
        """Where one participant is disconnected."""
        return self._url("disconnect")

    @property
    def qr(self) -> str:
        return self._url("qr")

    @property
    def handout(self) -> str:
        return self._url("handout")

    @property
    def calendar(self) -> str:
        return self._url("calendar")

    @property
    def invitation(self) -> str:
        return self._url("invitation")

    def reveal(self, which: str) -> str:
        """Where a PIN is shown; ``which`` is ``host_pin`` or ``guest_pin``."""
        return self._url("pin_reveal", which)

    def renew(self, which: str) -> str:
        """Where a PIN is made anew."""
        return self._url("pin_renew", which)

    @property
    def retry(self) -> str:
        """Where the platform is asked once more; empty for the holder, as the next three."""
        return self._administrators("retry")

    @property
    def change_type(self) -> str:
        return self._administrators("change_type")

    @property
    def terminate(self) -> str:
        return self._administrators("terminate")

    @property
    def withdraw(self) -> str:
        return self._administrators("withdraw")
