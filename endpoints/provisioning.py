"""The platform's part, where the portal writes to it: permissions to register, out of the outbox.

A platform that asks at every registration gets its answer from ``endpoints.policy``; one that
has the permissions itself lets endpoints register while the portal is away.
"""

from __future__ import annotations

from uuid import UUID

from endpoints.choices import Kind
from endpoints.models import Endpoint
from rooms.actions import send_after_commit
from rooms.platforms.outbox.models import OutboxEntry
from rooms.platforms.outbox.queueing import Thing
from rooms.platforms.outbox.senders import Told
from rooms.platforms.policy.answers import room_tag
from rooms.platforms.port import DeviceSpec, Platform, PlatformRefused, PlatformUnavailable
from tenants import audit


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


def specs_of(endpoint: Endpoint | None) -> list[DeviceSpec]:
    """Return what the endpoint may register with; nothing for one that is blocked or removed."""
    if endpoint is None or endpoint.is_removed or endpoint.is_blocked:
        return []
    return [
        DeviceSpec(
            alias=endpoint.address,
            username=endpoint.username,
            password=str(endpoint.password),
            # The platform shows it in its own directory, where every organisation's are found.
            description="",
            owner_email="",
            app=endpoint.kind == Kind.SOFTWARE,
        )
    ]


class EndpointSender:
    """Sends endpoints out of the outbox. Pages do not show how that went: policy answers first."""

    def send(self, adapter: Platform, entry: OutboxEntry) -> None:
        """Bring the platform in line with the endpoint as it is stored now."""
        endpoint = (
            Endpoint.objects.in_organisation(entry.organisation_id)
            .filter(public_id=entry.key)
            .first()
        )
        specs = specs_of(endpoint)
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
        endpoints = Endpoint.objects.unscoped(reason="narrowed by the scope the outbox opened")
        rows = endpoints.filter(public_id=key).select_for_update(no_key=True)
        list(rows.values_list("pk"))

    def note(self, key: UUID, told: Told) -> None:
        """Store nothing: what the platform said stands in the outbox."""
