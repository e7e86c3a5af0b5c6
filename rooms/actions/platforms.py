"""Writes to the video platforms: the provider's staff alone."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from rooms.platforms.checking import Finding, probe
from rooms.platforms.models import Check, VideoPlatform
from rooms.platforms.outbox import contact
from rooms.platforms.outbox.queueing import wake
from rooms.platforms.patterns import clashes
from tenants import audit
from tenants.access import require_operator
from tenants.models import User
from videoportal.kit.fields import Secret

# What an operator fills in; the rest is made, or has a button of its own.
EDITED = (
    "name", "kind", "domain", "alias_patterns", "join_url", "phone", "policy_user", "sink_user",
    "management_url", "management_sign_in", "management_user", "management_password",
    "management_key", "verify_certificate", "writes_rooms", "requests_per_minute",
    "callrate_hd", "callrate_fullhd", "themes", "media_locations",
)  # fmt: skip
# A check says how these were; after a change it says nothing.
CHECKED = frozenset({"management_url", "management_sign_in", "management_user",
                     "management_password", "management_key", "verify_certificate"})  # fmt: skip
SECRETS = frozenset({"management_password", "management_key"})
# The two passwords that the platform shows the portal, by what they are for.
SIDES = {"policy": "policy_password", "sink": "sink_password"}


@transaction.atomic
def create_platform(*, by: User, slug: str, **values: Any) -> VideoPlatform:
    """Return a new platform, paused until somebody takes it into use.

    It gets its passwords here. The first platform is the one for new rooms.
    """
    require_operator(by)
    platform = VideoPlatform(slug=slug, state=VideoPlatform.State.PAUSED, **values)
    platform.is_default = not VideoPlatform.objects.exists()
    platform.renew_policy_password()
    platform.renew_sink_password()
    platform.full_clean()
    platform.save()
    audit.record(
        "rooms.platform.created",
        by=by,
        organisation=None,
        target=platform,
        after={"slug": slug, "kind": platform.kind, "domain": platform.domain},
    )
    return platform


@transaction.atomic
def change_platform(platform: VideoPlatform, *, by: User, **changes: Any) -> VideoPlatform:
    """Change what was filled in; what is left out stays, password and key too.

    Policy answers follow at once. What stands on the platform follows when the differences are
    repaired.
    """
    platform = _locked_by_operator(platform, by)
    before = audit.snapshot(platform, EDITED)
    for name, value in changes.items():
        setattr(platform, name, Secret(value) if name in SECRETS else value)
    platform.full_clean()
    after = audit.snapshot(platform, EDITED)
    changed = [name for name in EDITED if before[name] != after[name]]
    if not changed:
        return platform
    if {"alias_patterns", "domain"} & set(changed):
        _check_addresses(platform)
    if CHECKED & set(changed):
        platform.checked_at, platform.check_result, platform.check_words = None, "", ""
    platform.save(update_fields=[*changed, "checked_at", "check_result", "check_words"])
    audit.record(
        "rooms.platform.changed",
        by=by,
        organisation=None,
        target=platform,
        before={name: _in_words(before[name]) for name in changed},
        after={name: _in_words(after[name]) for name in changed},
    )
    return platform


def _check_addresses(platform: VideoPlatform) -> None:
    """Raise ``ValidationError`` when rooms would get an address that is somebody's already."""
    if faults := clashes(platform):
        raise ValidationError({"alias_patterns": faults})


def _in_words(value: Any) -> Any:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_in_words(value[key])}" for key in sorted(value))
    return ", ".join(value) if isinstance(value, list) else value


@transaction.atomic
def pause_platform(platform: VideoPlatform, *, by: User) -> VideoPlatform:
    """Take the platform out of use: it gets no answers of ours, and nothing is written to it."""
    return _set_state(platform, VideoPlatform.State.PAUSED, "rooms.platform.paused", by=by)


@transaction.atomic
def resume_platform(platform: VideoPlatform, *, by: User) -> VideoPlatform:
    """Take the platform into use: it is answered at once, and what waits is sent."""
    return _set_state(platform, VideoPlatform.State.ACTIVE, "rooms.platform.resumed", by=by)


def _set_state(platform: VideoPlatform, state: str, action: str, *, by: User) -> VideoPlatform:
    platform = _locked_by_operator(platform, by)
    if platform.state == state:
        return platform
    platform.state = state
    platform.save(update_fields=["state"])
    audit.record(action, by=by, organisation=None, target=platform)
    return platform


@transaction.atomic
def make_default_platform(platform: VideoPlatform, *, by: User) -> VideoPlatform:
    """Let new rooms be made on this platform; those that are stay where they are.

    Raises ``ValidationError`` for a platform that is not in use.
    """
    require_operator(by)
    everyone = list(VideoPlatform.objects.select_for_update().order_by("pk"))
    platform = next(one for one in everyone if one.pk == platform.pk)
    if platform.is_default:
        return platform
    if platform.state != VideoPlatform.State.ACTIVE:
        raise ValidationError(_("Put the platform into use first."))
    before = next((one.name for one in everyone if one.is_default), "")
    VideoPlatform.objects.filter(is_default=True).update(is_default=False)
    platform.is_default = True
    platform.save(update_fields=["is_default"])
    audit.record(
        "rooms.platform.preferred",
        by=by,
        organisation=None,
        target=platform,
        before={"platform": before},
        after={"platform": platform.name},
    )
    return platform


@transaction.atomic
def reveal_platform_password(platform: VideoPlatform, side: str, *, by: User) -> str:
    """Return one of the two passwords in clear and log that it was shown."""
    require_operator(by)
    audit.record(
        f"rooms.platform.{side}_password_revealed", by=by, organisation=None, target=platform
    )
    return str(getattr(platform, SIDES[side]))


@transaction.atomic
def renew_platform_password(platform: VideoPlatform, side: str, *, by: User) -> VideoPlatform:
    """Make a new password. The old one is refused from now on."""
    platform = _locked_by_operator(platform, by)
    fields = [SIDES[side]]
    if side == "sink":
        platform.renew_sink_password()
        fields.append("sink_digest")
    else:
        platform.renew_policy_password()
    platform.save(update_fields=fields)
    audit.record(
        f"rooms.platform.{side}_password_renewed", by=by, organisation=None, target=platform
    )
    return platform


@transaction.atomic
def forget_odd_events(platform: VideoPlatform, *, by: User, until: datetime) -> int:
    """Delete the events that were not understood, the last of them by then; return how many kinds.

    What came after the operator looked stays.
    """
    require_operator(by)
    seen_by_then = platform.odd_events.filter(last_at__lte=until)
    events = sorted({row.event for row in seen_by_then})
    count, _by_model = seen_by_then.delete()
    if count:
        audit.record(
            "rooms.platform.odd_events_forgotten",
            by=by,
            organisation=None,
            target=platform,
            before={"events": ", ".join(events)[:500]},
        )
    return count


def check_platform(platform: VideoPlatform, *, by: User) -> Finding:
    """Ask the platform's management API, store how that went, and return it.

    Nothing is locked while the platform is asked. Settings that were changed meanwhile keep
    their own result. A platform that answers is no longer left alone.
    """
    from rooms.tasks import queue_drains  # noqa: PLC0415 - tasks import the actions

    require_operator(by)
    finding = probe(platform)
    with transaction.atomic():
        now = _locked_by_operator(platform, by)
        if all(getattr(now, name) == getattr(platform, name) for name in CHECKED):
            now.checked_at = timezone.now()
            now.check_result, now.check_words = finding.result, finding.words
            now.save(update_fields=["checked_at", "check_result", "check_words"])
        if finding.result == Check.FINE:
            contact.note_answer(platform.pk)
            wake(platform.pk)
            transaction.on_commit(partial(queue_drains, [platform.pk]))
        audit.record(
            "rooms.platform.checked",
            by=by,
            organisation=None,
            target=platform,
            after={"check_result": str(finding.result)},
        )
    return finding


def _locked_by_operator(platform: VideoPlatform, by: User) -> VideoPlatform:
    require_operator(by)
    return VideoPlatform.objects.select_for_update().get(pk=platform.pk)
