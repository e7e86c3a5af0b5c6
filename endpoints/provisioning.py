"""The platform's part, where the portal writes to it: permissions to register, out of the outbox.

A platform that asks at every registration gets its answer from ``endpoints.policy``; one that
has the permissions itself lets endpoints register while the portal is away.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any
from uuid import UUID

from django.utils import timezone

from endpoints.choices import Kind
from endpoints.models import Endpoint
from endpoints.querysets import EndpointQuerySet
from rooms.actions import send_after_commit
from rooms.choices import Provisioning
from rooms.platforms.holders import Holder
from rooms.platforms.models import VideoPlatform
from rooms.platforms.outbox.models import OutboxEntry
from rooms.platforms.outbox.queueing import Thing
from rooms.platforms.outbox.senders import Told
from rooms.platforms.policy.answers import room_tag
from rooms.platforms.port import DeviceSpec, Platform, PlatformRefused, PlatformUnavailable
from tenants import audit


def untold(platform: VideoPlatform) -> dict[str, Any]:
    """Return what an endpoint carries until the platform has heard of it.

    One that asks at every registration has nothing to hear: its next question is answered.
    """
    pending = platform.writes_rooms
    return {
        "provisioning": Provisioning.PENDING if pending else Provisioning.READY,
        "provisioning_error": "",
    }


def tell_platform(endpoint: Endpoint) -> None:
    """Queue the endpoint for its platform, in this transaction; it is sent after its commit."""
    send_after_commit(
        [
            Thing(
                OutboxEntry.Kind.DEVICE,
                endpoint.public_id,
                endpoint.platform_id,
                endpoint.organisation_id,
            )
        ]
    )


def specs_of(endpoint: Endpoint | None, *, with_password: bool = True) -> list[DeviceSpec]:
    """Return what the endpoint may register with; nothing for one that is blocked or removed."""
    if endpoint is None or endpoint.is_removed or endpoint.is_blocked:
        return []
    return [
        DeviceSpec(
            alias=endpoint.address,
            username=endpoint.username,
            password=str(endpoint.password) if with_password else "",
            # The platform shows it in its own directory, where every organisation's are found.
            description="",
            owner_email="",
            app=endpoint.kind == Kind.SOFTWARE,
        )
    ]


class EndpointSender:
    """Sends endpoints out of the outbox, and stores on each what the platform made of it."""

    def send(self, adapter: Platform, entry: OutboxEntry) -> None:
        """Bring the platform in line with the endpoint as it is stored now."""
        endpoint = (
            Endpoint.objects.in_organisation(entry.organisation_id)
            .filter(public_id=entry.key)
            .first()
        )
        specs = specs_of(endpoint) if _is_on(endpoint, entry.platform_id) else []
        try:
            adapter.put_devices(room_tag(entry.organisation_id, entry.key), specs)
        except (PlatformRefused, PlatformUnavailable) as error:
            # A refusal may quote what it refuses. In place, so that its kind stays.
            words = str(error)
            for spec in specs:
                words = words.replace(spec.password, audit.MASK)
            error.args = (words, *error.args[1:])
            raise

    def lock(self, key: UUID) -> None:
        """Lock the endpoint's row."""
        rows = _everywhere().filter(public_id=key).select_for_update(no_key=True)
        list(rows.values_list("pk"))

    def renew(self, keys: Collection[UUID]) -> None:
        """Lock the endpoints and store that the platform has not heard of them as they are."""
        named = _everywhere().filter(public_id__in=keys)
        list(named.order_by("pk").select_for_update(no_key=True).values_list("pk"))
        named.update(provisioning=Provisioning.PENDING, provisioning_error="")

    def note(self, key: UUID, told: Told) -> None:
        """Store what the platform made of it."""
        values: dict[str, Any] = {
            "provisioning": Provisioning.FAILED if told.failed else Provisioning.PENDING,
            "provisioning_error": told.reason,
        }
        if told.ready:
            values |= {"provisioning": Provisioning.READY, "provisioned_at": timezone.now()}
        _everywhere().filter(public_id=key).update(**values)


class EndpointHolders:
    """Tells which devices a platform must have, and which addresses are taken there."""

    def named(self, keys: Collection[UUID]) -> dict[UUID, Holder]:
        """Return the endpoints with these public ids, wherever they are; removed ones too."""
        rows = _everywhere().defer("password").filter(public_id__in=keys)
        return {row.public_id: _holder(row) for row in rows}

    def on(self, platform_id: int) -> Iterator[Holder]:
        """Give the endpoints that may register on the platform."""
        rows = _everywhere().defer("password").may_register().filter(platform=platform_id)
        return map(_holder, rows.order_by("pk").iterator(chunk_size=1000))

    def with_address_like(self, platform_id: int, expressions: Sequence[str]) -> int:
        """Return how many endpoints on the platform have an address that one of these matches."""
        there = _everywhere().present().filter(platform=platform_id)
        return there.with_address_like(expressions).count()

    def rows(self, keys: Collection[UUID]) -> dict[UUID, Any]:
        """Return the endpoints that the log names, by public id."""
        rows = _everywhere().defer("password").filter(public_id__in=keys)
        return {row.public_id: row for row in rows}


def _holder(endpoint: Endpoint) -> Holder:
    return Holder(
        key=endpoint.public_id,
        organisation_id=endpoint.organisation_id,
        platform_id=endpoint.platform_id,
        specs=tuple(specs_of(endpoint, with_password=False)),
    )


def _is_on(endpoint: Endpoint | None, platform_id: int) -> bool:
    return endpoint is not None and endpoint.platform_id == platform_id


def _everywhere() -> EndpointQuerySet:
    found: EndpointQuerySet = Endpoint.objects.unscoped(
        reason="narrowed by the scope that the outbox or the operator opened"
    )
    return found
