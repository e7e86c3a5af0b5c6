"""Rooms as Pexip keeps them: brought in line, compared, removed.

Contract: protocols.md 1.2 and 1.3.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rooms.platforms.models import VideoPlatform
from rooms.platforms.pexip.client import Login, ManagementClient, Missing, Refused
from rooms.platforms.port import RoomSpec

LECTURE = "lecture"


def client_of(platform: VideoPlatform) -> ManagementClient:
    """Return a client of the platform's management API."""
    return ManagementClient(
        Login(
            slug=platform.slug,
            url=platform.management_url,
            user=platform.management_user,
            password=str(platform.management_password),
            verify=platform.verify_certificate,
            per_minute=platform.requests_per_minute,
        )
    )


def wanted(spec: RoomSpec) -> dict[str, Any]:
    """Return the conference's fields as the room wants them; call rates in kbit/s."""
    values: dict[str, Any] = {
        "name": spec.name,
        "description": spec.description,
        "service_type": spec.service_type,
        "tag": spec.tag,
        "allow_guests": spec.guests_allowed,
        "pin": spec.host_pin,
        "guest_pin": spec.guest_pin,
        "participant_limit": spec.participant_limit,
        "enable_chat": "yes" if spec.chat else "no",
        "enable_overlay_text": spec.show_names,
        "guests_can_present": spec.guests_may_present,
        "max_pixels_per_second": "fullhd" if spec.full_hd else "hd",
        "max_callrate_in": spec.callrate,
        "max_callrate_out": spec.callrate,
        "host_view": spec.layout,
        "primary_owner_email_address": spec.owner_email,
    }
    if spec.service_type == LECTURE:
        values["guest_view"] = spec.layout
    return values


@dataclass(frozen=True)
class Difference:
    """What differs between a room and its conference, by field: ours, then theirs.

    PINs are told as differing, never shown.
    """

    fields: dict[str, tuple[Any, Any]]
    missing_aliases: tuple[str, ...] = ()
    foreign_aliases: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.fields or self.missing_aliases or self.foreign_aliases)


SECRET = ("pin", "guest_pin")


class PexipRooms:
    """The port's adapter. The tag is a room's key on the platform, its name may change."""

    def __init__(self, platform: VideoPlatform) -> None:
        self._platform = platform
        self._client = client_of(platform)
        self._themes: dict[str, str | None] = {}

    def put_room(self, spec: RoomSpec) -> None:
        """Make the platform's conference equal to ``spec``, creating it if need be.

        An answer that was lost on the way does no harm: the next try finds the conference.
        """
        found = self._find(spec.tag)
        if found is None:
            self._create(spec)
            return
        changed = {
            name: value
            for name, value in self._wanted(spec).items()
            if not _same(found.get(name), value)
        }
        if changed:
            self._client.change(found["resource_uri"], changed)
        self._bring_aliases(found, spec)

    def remove_room(self, number: str) -> None:
        """Make sure that no conference of ours answers on the number.

        One that carries nobody's tag of ours is left alone: somebody else made it.
        """
        aliases = self._platform.addresses_of(number)
        for alias in aliases:
            entry = self._client.first("configuration", "conference_alias", alias=alias)
            if entry is None or not entry.get("conference"):
                continue
            conference = self._client.read(str(entry["conference"]))
            if is_ours(str(conference.get("tag", ""))):
                self._client.remove(str(conference["resource_uri"]))

    def everything(self) -> Iterator[dict[str, Any]]:
        """Give every conference of the platform with its aliases, as the platform has it."""
        return self._client.every("configuration", "conference", order_by="name")

    def _wanted(self, spec: RoomSpec) -> dict[str, Any]:
        return {**wanted(spec), "ivr_theme": self._theme(spec.theme)}

    def _theme(self, name: str) -> str | None:
        """Return the theme's address on the platform; a theme that it lacks is refused."""
        if name and name not in self._themes:
            found = self._client.first("configuration", "ivr_theme", name=name)
            if found is None:
                raise Refused(f"The platform has no theme called {name}.")
            self._themes[name] = str(found["resource_uri"])
        return self._themes.get(name)

    def _find(self, tag: str) -> dict[str, Any] | None:
        return self._client.first("configuration", "conference", tag=tag)

    def _create(self, spec: RoomSpec) -> None:
        aliases = [{"alias": alias, "description": ""} for alias in spec.aliases]
        self._client.create("conference", {**self._wanted(spec), "aliases": aliases})

    def _bring_aliases(self, conference: dict[str, Any], spec: RoomSpec) -> None:
        known = {alias_name(alias): alias for alias in conference.get("aliases", [])}
        for alias in spec.aliases:
            if alias not in known:
                self._client.create(
                    "conference_alias",
                    {"alias": alias, "conference": conference["resource_uri"], "description": ""},
                )
        for name, alias in known.items():
            if name not in spec.aliases and isinstance(alias, dict) and alias.get("resource_uri"):
                self._client.remove(str(alias["resource_uri"]))


def alias_name(alias: Any) -> str:
    """Return the address of an alias, which lists give as an object or as its address."""
    return str(alias.get("alias", "")) if isinstance(alias, dict) else str(alias)


def is_ours(tag: str) -> bool:
    """Return whether the tag is one that the portal makes: an organisation's id and a room's."""
    organisation, colon, key = tag.partition(":")
    return bool(colon) and organisation.isdigit() and len(key) == 36


def _same(theirs: Any, ours: Any) -> bool:
    # The platform writes nothing as null or as an empty text, depending on the field.
    return theirs == ours or (theirs in (None, "") and ours in (None, ""))


def difference(spec: RoomSpec, conference: dict[str, Any]) -> Difference:
    """Return how the platform's conference differs from the room; empty when it does not."""
    fields = {
        name: ("", "") if name in SECRET else (value, conference.get(name))
        for name, value in wanted(spec).items()
        if not _same(conference.get(name), value)
    }
    known = {alias_name(alias) for alias in conference.get("aliases", [])}
    return Difference(
        fields,
        missing_aliases=tuple(sorted(set(spec.aliases) - known)),
        foreign_aliases=tuple(sorted(known - set(spec.aliases))),
    )


__all__ = [
    "Difference", "Missing", "PexipRooms", "Refused", "client_of", "difference", "is_ours",
]  # fmt: skip
