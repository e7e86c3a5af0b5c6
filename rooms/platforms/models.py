"""The video platforms that rooms live on, as data."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.platforms.querysets import (
    CallLegQuerySet,
    LiveConferenceQuerySet,
    SinkDeliveryQuerySet,
)
from tenants.models import Organisation
from videoportal.kit.fields import EncryptedTextField, Secret
from videoportal.kit.querysets import TenantModel

NUMBER = "{number}"
DOMAIN = "{domain}"


def usual_patterns() -> list[str]:
    """Return the addresses that a room answers on unless the operator says otherwise."""
    return [NUMBER, f"{NUMBER}@{DOMAIN}"]


def digest_of(password: str) -> str:
    """Return what is compared with ``VideoPlatform.sink_digest``."""
    return hashlib.sha256(password.encode()).hexdigest()


def check_pattern(value: str) -> None:
    """Raise ``ValidationError`` unless the pattern holds ``{number}`` once and nothing unknown."""
    rest = value.replace(NUMBER, "", 1).replace(DOMAIN, "")
    if NUMBER not in value or "{" in rest or "}" in rest:
        raise ValidationError(
            _("“%(pattern)s” is no address: write {number} once, {domain} where it belongs."),
            code="pattern",
            params={"pattern": value},
        )


class Check(models.TextChoices):
    """How asking the management API went."""

    FINE = "fine", _("The platform answers, and the account may read rooms")
    PASSWORD = "password", _("The platform does not accept the user name or the password")
    FORBIDDEN = "forbidden", _("The account lacks the right to read rooms")
    NAME = "name", _("No server has that name")
    UNREACHABLE = "unreachable", _("No connection")
    SILENT = "silent", _("No answer in time")
    CERTIFICATE = "certificate", _("The certificate is not trusted")
    OTHER = "other", _("Something else than Pexip Infinity answers there")
    BUSY = "busy", _("The platform is busy")
    FAULT = "fault", _("The platform reports a fault of its own")
    TOKEN = "token", _("The platform gives the client no token")
    USELESS = "useless", _("The platform gives a token, and does not accept it")


# See ``VideoPlatform.answers_at_once``.
_ASKS = Q(kind="pexip", writes_rooms=False)


class VideoPlatformQuerySet(models.QuerySet["VideoPlatform"]):
    def usual(self) -> VideoPlatform:
        """Return the platform that new rooms are made on."""
        return self.get(is_default=True)

    def active(self) -> VideoPlatformQuerySet:
        """Return the platforms that are in use."""
        return self.filter(state=VideoPlatform.State.ACTIVE)

    def all_answer_at_once(self, ids: Iterable[int]) -> bool:
        """Return whether a change holds at the next call on each of these."""
        return not self.filter(pk__in=set(ids)).exclude(_ASKS).exists()


class VideoPlatform(models.Model):
    """One video platform: where it is, what may ask the portal for it, and what it can do.

    The provider's own; a room belongs to one platform. Secrets are encrypted at rest.
    """

    class Kind(models.TextChoices):
        PEXIP = "pexip", _("Pexip Infinity")
        SIMULATOR = "simulator", _("Simulator")

    class SignIn(models.TextChoices):
        BASIC = "basic", _("User name and password")
        OAUTH2 = "oauth2", _("OAuth2 client with a private key")

    class State(models.TextChoices):
        ACTIVE = "active", _("In use")
        PAUSED = "paused", _("Paused")

    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.PEXIP)
    state = models.CharField(_("state"), max_length=6, choices=State, default=State.ACTIVE)
    is_default = models.BooleanField(_("new rooms are made here"), default=False)

    domain = models.CharField(_("domain of the video addresses"), max_length=120)
    alias_patterns = ArrayField(
        models.CharField(max_length=120, validators=[check_pattern]),
        verbose_name=_("addresses of a room"),
        default=usual_patterns,
        size=8,
    )
    join_url = models.URLField(_("address for joining by browser"), max_length=200)
    phone = models.CharField(_("number for joining by phone"), max_length=40, blank=True)

    # What the platform shows when it asks for policy or delivers events (HTTP Basic).
    policy_user = models.CharField(_("user name for policy"), max_length=60)
    policy_password = EncryptedTextField()
    sink_user = models.CharField(_("user name for events"), max_length=60)
    sink_password = EncryptedTextField()
    # SHA-256 of the same, so that a delivery is judged and stored in one statement. The
    # password is a long random one that the portal made: its digest gives nothing away.
    sink_digest = models.CharField(max_length=64)

    # The management API, when the portal is to write rooms and read history there.
    management_url = models.URLField(_("address of the management API"), max_length=200, blank=True)
    management_sign_in = models.CharField(
        _("the portal signs in with"), max_length=6, choices=SignIn, default=SignIn.BASIC
    )
    # The client id, with OAuth2; then the key takes the password's place.
    management_user = models.CharField(_("user name or client ID"), max_length=100, blank=True)
    management_password = EncryptedTextField(_("password"), blank=True)
    management_key = EncryptedTextField(_("private key"), blank=True)
    verify_certificate = models.BooleanField(_("check the certificate"), default=True)
    writes_rooms = models.BooleanField(_("the portal writes rooms to the platform"), default=False)
    requests_per_minute = models.PositiveSmallIntegerField(
        _("requests a minute at most"),
        default=600,
        validators=[MinValueValidator(10), MaxValueValidator(1000)],
    )

    # Kilobits a second, as the platform's own pages write them; None is its own limit.
    callrate_hd = models.PositiveIntegerField(
        _("call rate in HD, kbit/s"),
        null=True,
        blank=True,
        validators=[MinValueValidator(128), MaxValueValidator(8192)],
    )
    callrate_fullhd = models.PositiveIntegerField(
        _("call rate in full HD, kbit/s"),
        null=True,
        blank=True,
        validators=[MinValueValidator(128), MaxValueValidator(8192)],
    )
    # The portal's theme -> the platform's. A name that it lacks makes it drop the whole answer.
    themes = models.JSONField(_("themes"), default=dict, blank=True)
    # Location that asks -> {"location": …, "overflow_locations": [...]}.
    media_locations = models.JSONField(_("media locations"), default=dict, blank=True)

    # How the latest check of the management API went; ``check_words`` are the platform's.
    checked_at = models.DateTimeField(null=True, editable=False)
    check_result = models.CharField(max_length=11, choices=Check, blank=True, editable=False)
    check_words = models.TextField(blank=True, editable=False)

    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = VideoPlatformQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(
                fields=["is_default"],
                condition=Q(is_default=True),
                name="one_default_platform",
            ),
            models.CheckConstraint(
                condition=~Q(domain="") & ~Q(policy_user="") & ~Q(sink_user=""),
                name="platform_has_domain_and_users",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def answers_at_once(self) -> bool:
        """Whether a change holds at the next call: the platform asks the portal at each."""
        return self.kind == self.Kind.PEXIP and not self.writes_rooms

    def renew_policy_password(self) -> None:
        """Set a new password for policy requests; not saved yet."""
        self.policy_password = Secret(secrets.token_urlsafe(32))

    def renew_sink_password(self) -> None:
        """Set a new password for events; not saved yet."""
        self.sink_password = Secret(secrets.token_urlsafe(32))
        self.sink_digest = digest_of(self.sink_password)

    def addresses_of(self, number: str) -> tuple[str, ...]:
        """Return every address that the room with this number answers on, the first first."""
        return tuple(
            pattern.replace(NUMBER, number).replace(DOMAIN, self.domain)
            for pattern in self.alias_patterns
        )


class SinkDelivery(models.Model):
    """A delivery of the event sink as it came, until it is made into call legs.

    It holds names and addresses of participants, so it is deleted the moment it is read. One
    that cannot be read is parked: it stays, and no turn tries it again by itself.
    """

    platform = models.ForeignKey(VideoPlatform, on_delete=models.CASCADE, related_name="+")
    received_at = models.DateTimeField(db_default=Now())
    body = models.BinaryField()
    parked_at = models.DateTimeField(null=True, blank=True)
    # The kind of fault alone: its words may quote what somebody told.
    parked_for = models.CharField(max_length=80, blank=True, db_default="")

    objects = SinkDeliveryQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"delivery {self.pk}"


class OddEvent(models.Model):
    """Events that were not understood, one row for each kind of trouble, with the latest one.

    Kept aside for the operator: the platform was told that they arrived.
    """

    platform = models.ForeignKey(VideoPlatform, on_delete=models.CASCADE, related_name="odd_events")
    event = models.CharField(max_length=80)
    reason = models.CharField(max_length=120)
    times = models.PositiveBigIntegerField(default=1)
    first_at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(default=timezone.now)
    sample = EncryptedTextField(blank=True)

    class Meta:
        default_permissions = ()
        ordering = ("-last_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["platform", "event", "reason"], name="one_row_per_odd_event"
            ),
        )

    def __str__(self) -> str:
        return f"{self.event}: {self.reason}"


class LiveConference(TenantModel):
    """A running conference as the platform last told it: locked or not, guests muted or not.

    One row for each name; a conference that has ended stays as not running.
    """

    platform = models.ForeignKey(VideoPlatform, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(
        Organisation, null=True, on_delete=models.SET_NULL, related_name="live_conferences"
    )
    room = models.ForeignKey(
        "rooms.Room", null=True, on_delete=models.CASCADE, related_name="live_conferences"
    )
    name = models.CharField(max_length=250)
    tag = models.CharField(max_length=250, blank=True)
    is_running = models.BooleanField(default=False)
    is_locked = models.BooleanField(default=False)
    guests_muted = models.BooleanField(default=False)
    changed_at = models.DateTimeField()
    seq = models.BigIntegerField(default=0)

    objects = LiveConferenceQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=["platform", "name"], name="one_live_row_per_name"),
        )

    def __str__(self) -> str:
        return self.name


class CallLeg(TenantModel):
    """One participant's call, as far as the platform has told it. No names, no addresses.

    ``organisation`` and ``room`` are empty while the call cannot be tied to a room. Times are
    UTC in the database, Europe/Oslo on pages.
    """

    platform = models.ForeignKey(VideoPlatform, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(
        Organisation, null=True, on_delete=models.SET_NULL, related_name="call_legs"
    )
    room = models.ForeignKey(
        "rooms.Room", null=True, on_delete=models.SET_NULL, related_name="call_legs"
    )
    uuid = models.CharField(max_length=64)
    conversation = models.CharField(max_length=64, blank=True)
    related = ArrayField(models.CharField(max_length=64), default=list)
    conference = models.CharField(max_length=250, blank=True)
    tag = models.CharField(max_length=250, blank=True)
    placed_at = models.DateTimeField(null=True)
    service_type = models.CharField(max_length=30, blank=True)
    role = models.CharField(max_length=10, blank=True)
    protocol = models.CharField(max_length=12, blank=True)
    direction = models.CharField(max_length=4, blank=True)
    vendor = models.CharField(max_length=120, blank=True)
    dialled = models.CharField(max_length=250, blank=True)
    node = models.CharField(max_length=60, blank=True)
    location = models.CharField(max_length=80, blank=True)
    has_media = models.BooleanField(default=True)
    is_streaming = models.BooleanField(default=False)
    is_presenting = models.BooleanField(default=False)
    is_muted = models.BooleanField(default=False)
    connected_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    seconds = models.PositiveIntegerField(null=True)
    reason = models.CharField(max_length=250, blank=True)
    changed_at = models.DateTimeField()
    seq = models.BigIntegerField(default=0)

    objects = CallLegQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=["platform", "uuid"], name="one_leg_per_uuid"),
        )
        indexes = (
            models.Index(
                fields=["room", "connected_at"],
                name="open_leg_by_room",
                condition=Q(ended_at__isnull=True),
            ),
            models.Index(
                fields=["organisation", "connected_at"],
                name="open_leg_by_organisation",
                condition=Q(ended_at__isnull=True),
            ),
            models.Index(fields=["organisation", "ended_at"], name="leg_by_organisation"),
            models.Index(fields=["room", "-connected_at"], name="leg_by_room"),
            # For deleting what is old: small, and cheap where legs come by the thousand.
            BrinIndex(fields=["changed_at"], autosummarize=True, name="leg_by_change"),
        )

    def __str__(self) -> str:
        return self.uuid
