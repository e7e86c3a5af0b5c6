"""Permissions to register, as Pexip keeps them: one device row for each address.

Contract: docs/pexip.md, Management API.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rooms.platforms.pexip.client import ManagementClient, Refused
from rooms.platforms.pexip.rooms import is_ours, same
from rooms.platforms.port import DeviceSpec, PlatformUnavailable


class PexipDevices:
    """Device rows on the platform. Those of one endpoint share its tag."""

    def __init__(self, client: ManagementClient) -> None:
        self._client = client

    def put(self, tag: str, specs: Sequence[DeviceSpec]) -> None:
        """Make the rows that carry the tag equal to ``specs``; none of them leaves none.

        The password is sent every time: the platform does not always tell the one it has.
        """
        known = {
            str(device["alias"]): str(device["resource_uri"])
            for device in self._client.every("configuration", "device", tag=tag)
            if device.get("tag") == tag
        }
        aliases = {spec.alias for spec in specs}
        for alias, uri in known.items():
            if alias not in aliases:
                self._client.remove(uri)
        for spec in specs:
            if spec.alias in known:
                self._client.change(known[spec.alias], _wanted(tag, spec))
            else:
                self._add(tag, spec)

    def everything(self) -> Iterator[dict[str, Any]]:
        """Give every device of the platform."""
        return self._client.every("configuration", "device", order_by="alias")

    def has(self, tag: str, alias: str) -> bool:
        """Return whether the address has a device with the tag."""
        found = self._client.first("configuration", "device", alias=alias)
        return found is not None and (found.get("alias"), found.get("tag")) == (alias, tag)

    def _add(self, tag: str, spec: DeviceSpec) -> None:
        try:
            self._client.create("device", _wanted(tag, spec))
        except Refused:
            # Made meanwhile by a request that we had given up waiting for?
            found = self._client.first("configuration", "device", alias=spec.alias)
            if found is None or found.get("alias") != spec.alias:
                raise
            if found.get("tag") != tag:
                if is_ours(str(found.get("tag", ""))):
                    # Removed here, and about to be taken away there.
                    raise PlatformUnavailable("Another endpoint has the address still.") from None
                raise
            self._client.change(str(found["resource_uri"]), _wanted(tag, spec))


def difference(spec: DeviceSpec, device: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return what differs between a device and what it should be, by field: ours, then theirs.

    The password is left out: what it reads back as differs by version.
    """
    return {
        name: (ours, device.get(name))
        for name, ours in _settings(spec).items()
        if not same(device.get(name), ours)
    }


def _settings(spec: DeviceSpec) -> dict[str, Any]:
    return {
        "username": spec.username,
        "description": spec.description,
        "primary_owner_email_address": spec.owner_email,
        "enable_sip": spec.sip,
        "enable_h323": spec.h323,
        "enable_infinity_connect_non_sso": spec.app,
    }


def _wanted(tag: str, spec: DeviceSpec) -> dict[str, Any]:
    return {"alias": spec.alias, "password": spec.password, "tag": tag, **_settings(spec)}
