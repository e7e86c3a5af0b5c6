"""Every write to endpoints.

Each action checks the right of ``by``, locks the endpoint and writes the log entry in the same
transaction. The platform asks the portal at every registration, so a change holds at the next;
where the portal writes to it as well, the change is queued in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from endpoints import passwords
from endpoints.addresses import check_address, full_address
from endpoints.models import Endpoint
from endpoints.provisioning import tell_platform, untold
from rooms.choices import Provisioning
from rooms.platforms.models import VideoPlatform
from tenants import audit
from tenants.access import require
from tenants.models import Organisation, User

MANAGE = "manage_endpoints"
# What the form may set. The address stays: it is what others dial.
FIELDS = ("name", "username", "kind", "model", "location", "in_directory", "state")
REGISTERED_FIELDS = ("name", "address", "username", "kind", "model", "location", "in_directory")


class StaleEdit(Exception):
    """Somebody else changed the endpoint after the form was opened; ``endpoint`` is it now."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__("the endpoint was changed by somebody else")
        self.endpoint = endpoint


class Gone(Exception):
    """The endpoint was removed meanwhile."""


@transaction.atomic
def register_endpoint(
    organisation: Organisation, *, by: User, address: str, password: str = "", **values: Any
) -> Endpoint:
    """Return a new endpoint, which the platform lets register at once.

    ``address`` may leave out the domain. Without a password a random one is made, without a
    user name the address's first part is taken. Raises ``ValidationError`` by field.
    """
    require(by, MANAGE, organisation)
    platform = VideoPlatform.objects.usual()
    endpoint = Endpoint(
        organisation=organisation,
        platform=platform,
        address=full_address(address, platform),
        password=password or passwords.generate(),
        **values,
    )
    endpoint.username = endpoint.username or endpoint.address.partition("@")[0]
    check(endpoint, own_password=bool(password))
    _save(endpoint, None)
    # Stored, it keeps the platform as it is: a pattern that was added just before is seen now.
    platform.refresh_from_db(fields=["alias_patterns", "domain"])
    if faults := _address_faults(endpoint):
        raise ValidationError(faults)
    audit.record(
        "endpoints.endpoint.registered",
        by=by,
        organisation=organisation,
        target=endpoint,
        after=audit.snapshot(endpoint, REGISTERED_FIELDS),
    )
    return endpoint


@transaction.atomic
def change_endpoint(
    endpoint: Endpoint, *, by: User, version: int | None = None, **changes: Any
) -> Endpoint:
    """Return the endpoint with new values; what is equal is no change.

    With ``version`` a change made since raises :class:`StaleEdit`. ``password`` may be among
    the changes. Raises ``ValidationError`` by field, and :class:`Gone`.
    """
    require(by, MANAGE, endpoint.organisation_id)
    if unknown := changes.keys() - {*FIELDS, "password"}:
        raise ValueError(f"not to be changed here: {sorted(unknown)}")
    endpoint = _lock(endpoint, version)
    changed = [name for name, value in changes.items() if getattr(endpoint, name) != value]
    if not changed:
        return endpoint
    before = audit.snapshot(endpoint, changed)
    for name in changed:
        setattr(endpoint, name, changes[name])
    check(endpoint, own_password="password" in changed)
    _save(endpoint, changed)
    audit.record(
        "endpoints.password.renewed" if changed == ["password"] else "endpoints.endpoint.changed",
        by=by,
        organisation=endpoint.organisation_id,
        target=endpoint,
        before=before,
        after=audit.snapshot(endpoint, changed),
    )
    return endpoint


def renew_password(endpoint: Endpoint, *, by: User, version: int | None = None) -> Endpoint:
    """Return the endpoint with a new random password; it must be typed into the device anew.

    With ``version`` a button pressed twice does not replace the password that was just read.
    """
    return change_endpoint(endpoint, by=by, version=version, password=passwords.generate())


@transaction.atomic
def reveal_password(endpoint: Endpoint, *, by: User) -> str:
    """Return the password in clear and log that it was shown."""
    require(by, MANAGE, endpoint.organisation_id)
    audit.record(
        "endpoints.password.revealed",
        by=by,
        organisation=endpoint.organisation_id,
        target=endpoint,
    )
    return str(endpoint.password)


@transaction.atomic
def remove_endpoint(endpoint: Endpoint, *, by: User, version: int | None = None) -> Endpoint:
    """Return the endpoint removed: its password is forgotten and the platform is told no.

    Raises :class:`StaleEdit` and :class:`Gone`.
    """
    require(by, MANAGE, endpoint.organisation_id)
    endpoint = _lock(endpoint, version)
    endpoint.password = ""
    endpoint.removed_at = timezone.now()
    _save(endpoint, ["password", "removed_at"])
    audit.record(
        "endpoints.endpoint.removed",
        by=by,
        organisation=endpoint.organisation_id,
        target=endpoint,
        before=audit.snapshot(endpoint, ["address"]),
    )
    return endpoint


@transaction.atomic
def retry_provisioning(endpoint: Endpoint, *, by: User) -> Endpoint:
    """Send the endpoint to its platform once more, unless the platform has it as it is.

    Raises :class:`Gone`.
    """
    require(by, MANAGE, endpoint.organisation_id)
    endpoint = _lock(endpoint, None)
    if endpoint.provisioning == Provisioning.READY:
        return endpoint
    _save(endpoint, [])
    audit.record(
        "endpoints.provisioning.retried",
        by=by,
        organisation=endpoint.organisation_id,
        target=endpoint,
    )
    return endpoint


def check(endpoint: Endpoint, *, own_password: bool) -> None:
    """Raise ``ValidationError`` by field for what is wrong with a new or changed endpoint."""
    errors: dict[str, Any] = {}
    if endpoint._state.adding:
        errors |= _address_faults(endpoint)
    if own_password:
        try:
            passwords.check(str(endpoint.password))
        except ValidationError as error:
            errors["password"] = error
    unasked = {"password", "organisation", "platform"}
    if "address" in errors and endpoint.username == endpoint.address.partition("@")[0]:
        # Taken from the address, and wrong for the same reason.
        unasked.add("username")
    try:
        endpoint.full_clean(exclude=unasked | errors.keys())
    except ValidationError as error:
        _add_faults(errors, error)
    if errors:
        raise ValidationError(errors)


def _address_faults(endpoint: Endpoint) -> dict[str, Any]:
    try:
        check_address(endpoint.address, endpoint.platform)
    except ValidationError as error:
        return {"address": error}
    return {}


def _add_faults(errors: dict[str, Any], found: ValidationError) -> None:
    for field, faults in found.error_dict.items():
        if field != NON_FIELD_ERRORS:
            errors.setdefault(field, faults)
            continue
        for fault in faults:
            if fault.code == "address_taken":
                errors.setdefault("address", _taken())
            elif not errors:
                errors[NON_FIELD_ERRORS] = fault


def _taken() -> ValidationError:
    return ValidationError(_("The address is in use. Choose another one."), code="address_taken")


def _lock(endpoint: Endpoint, version: int | None) -> Endpoint:
    """Return the endpoint as it is stored now, locked until the transaction ends."""
    stored = Endpoint.objects.in_organisation(endpoint.organisation_id).present()
    locked = (
        stored.select_for_update(no_key=True, of=("self",))
        .select_related("platform")
        .filter(pk=endpoint.pk)
        .first()
    )
    if locked is None:
        raise Gone
    if version is not None and locked.version != version:
        raise StaleEdit(locked)
    return locked


def _save(endpoint: Endpoint, fields: Iterable[str] | None) -> None:
    """Store a new endpoint, or these fields of one under a new version, and tell the platform."""
    told = untold(endpoint.platform)
    for name, value in told.items():
        setattr(endpoint, name, value)
    _store(endpoint, fields if fields is None else {*fields, *told})
    tell_platform(endpoint)


def _store(endpoint: Endpoint, fields: Iterable[str] | None) -> None:
    if fields is not None:
        endpoint.version += 1
        endpoint.changed_at = timezone.now()
        endpoint.save(update_fields={*fields, "version", "changed_at"})
        return
    try:
        # Somebody else may have taken the address since it was checked.
        with transaction.atomic():
            endpoint.save(force_insert=True)
    except IntegrityError as error:
        if "one_endpoint_per_address" not in str(error):
            raise
        raise ValidationError({"address": _taken()}) from error
