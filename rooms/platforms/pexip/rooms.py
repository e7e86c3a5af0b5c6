"""Rooms as Pexip keeps them: brought in line, compared, removed.

Contract: docs/pexip.md, Management API.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rooms.platforms.pexip.client import ManagementClient, Missing, Refused
from rooms.platforms.port import RoomSpec

LECTURE = "lecture"


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
    values["guest_view"] = spec.layout if spec.service_type == LECTURE else None
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
    """Rooms on the platform. The tag is a room's key there: its name may change."""

    def __init__(self, client: ManagementClient) -> None:
        self._client = client
        self._themes: dict[str, str | None] = {}

    def put(self, spec: RoomSpec, *, adopts: str = "") -> None:
        """Make the platform's conference equal to ``spec``, creating it if need be.

        An answer that was lost on the way does no harm: the next try finds the conference.
        ``adopts`` is the address of one that somebody else made, to take over.
        """
        found = self.find(spec.tag) or (self._to_take_over(adopts) if adopts else None)
        if found is None:
            try:
                self._create(spec)
            except Refused:
                # Made meanwhile by a request that we had given up waiting for?
                found = self.find(spec.tag)
                if found is None:
                    raise
            else:
                return
        changed = {
            name: value
            for name, value in self._wanted(spec).items()
            if not same(found.get(name), value)
        }
        if changed:
            self._client.change(str(found["resource_uri"]), changed)
        self._bring_aliases(found, spec)

    def remove(self, tag: str) -> None:
        """Make sure that no conference carries the tag. One without it is never touched."""
        for conference in self._tagged(tag):
            self._client.remove(str(conference["resource_uri"]))

    def find(self, tag: str) -> dict[str, Any] | None:
        """Return the conference with the tag, the oldest if there are several; None without."""
        return next(iter(self._tagged(tag)), None)

    def everything(self, **filters: Any) -> Iterator[dict[str, Any]]:
        """Give every conference that matches, its aliases as objects, the oldest first.

        What is made meanwhile comes at the end then, and pushes nothing to another page.
        """
        names: dict[str, dict[str, Any]] | None = None
        for conference in self._client.every(
            "configuration", "conference", order_by="creation_time", **filters
        ):
            aliases = conference.get("aliases", [])
            if any(isinstance(alias, str) for alias in aliases):
                if names is None:
                    names = {
                        str(alias["resource_uri"]): alias
                        for alias in self._client.every("configuration", "conference_alias")
                    }
                aliases = [
                    names.get(a, {"alias": ""}) if isinstance(a, str) else a for a in aliases
                ]
            yield {**conference, "aliases": aliases}

    def theme_names(self) -> dict[str, str]:
        """Return the platform's themes, name by address."""
        return {
            str(theme["resource_uri"]): str(theme["name"])
            for theme in self._client.every("configuration", "ivr_theme")
        }

    def _tagged(self, tag: str) -> list[dict[str, Any]]:
        # Compared here too: a platform that overlooked the filter would hand out anybody's.
        found = self._client.every("configuration", "conference", tag=tag, order_by="creation_time")
        return [conference for conference in found if conference.get("tag") == tag]

    def _to_take_over(self, uri: str) -> dict[str, Any] | None:
        try:
            conference = self._client.read(uri)
        except Missing:
            return None
        if is_ours(str(conference.get("tag", ""))):
            raise Refused("The conference to take over belongs to another room of the portal.")
        return conference

    def _wanted(self, spec: RoomSpec) -> dict[str, Any]:
        return {**wanted(spec), "ivr_theme": self._theme(spec.theme)}

    def _theme(self, name: str) -> str | None:
        """Return the theme's address on the platform; a theme that it lacks is refused."""
        if name and name not in self._themes:
            found = self._client.first("configuration", "ivr_theme", name=name)
            if found is None or found.get("name") != name:
                raise Refused(f"The platform has no theme called {name}.")
            self._themes[name] = str(found["resource_uri"])
        return self._themes.get(name)

    def _create(self, spec: RoomSpec) -> None:
        aliases = [{"alias": alias, "description": ""} for alias in spec.aliases]
        self._client.create("conference", {**self._wanted(spec), "aliases": aliases})

    def _bring_aliases(self, conference: dict[str, Any], spec: RoomSpec) -> None:
        own = str(conference["resource_uri"])
        known = {
            alias_name(alias): str(alias["resource_uri"])
            for alias in map(self._alias, conference.get("aliases", []))
        }
        # What is no longer wanted goes first: it may be what stands in the way.
        for name, uri in known.items():
            if name not in spec.aliases:
                self._client.remove(uri)
        for alias in spec.aliases:
            if alias not in known:
                self._add_alias(alias, own)

    def _add_alias(self, alias: str, conference: str) -> None:
        values = {"alias": alias, "conference": conference, "description": ""}
        try:
            self._client.create("conference_alias", values)
        except Refused:
            # As with conferences: ours already, from a request that we had given up waiting for?
            found = self._client.first("configuration", "conference_alias", alias=alias)
            if found is None or found.get("conference") != conference:
                raise

    def _alias(self, alias: Any) -> dict[str, Any]:
        return self._client.read(alias) if isinstance(alias, str) else alias


def alias_name(alias: Any) -> str:
    """Return the address of an alias, which lists give as an object or as its address."""
    return str(alias.get("alias", "")) if isinstance(alias, dict) else str(alias)


def is_ours(tag: str) -> bool:
    """Return whether the tag is one that the portal makes: an organisation's id and a room's."""
    organisation, colon, key = tag.partition(":")
    return bool(colon) and organisation.isdigit() and len(key) == 36


def same(theirs: Any, ours: Any) -> bool:
    """Return whether a field of the platform's holds what we have."""
    # The platform writes nothing as null or as an empty text, depending on the field.
    return theirs == ours or (theirs in (None, "") and ours in (None, ""))


def difference(spec: RoomSpec, conference: dict[str, Any], themes: Mapping[str, str]) -> Difference:
    """Return how the platform's conference differs from the room; empty when it does not.

    ``themes`` are the platform's, name by address.
    """
    ours = {**wanted(spec), "ivr_theme": spec.theme}
    theirs = {**conference, "ivr_theme": themes.get(str(conference.get("ivr_theme")), "")}
    fields = {
        name: ("", "") if name in SECRET else (value, theirs.get(name))
        for name, value in ours.items()
        if not same(theirs.get(name), value)
    }
    known = {alias_name(alias) for alias in conference.get("aliases", [])}
    return Difference(
        fields,
        missing_aliases=tuple(sorted(set(spec.aliases) - known)),
        foreign_aliases=tuple(sorted(known - set(spec.aliases))),
    )
