"""The small demo data from nothing: catalogue, organisations, people, and then their rooms."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone, translation

from rooms.catalogue import load_catalogue, load_platform
from rooms.choices import Provisioning
from rooms.demo.members import invite_and_review, sign_in
from rooms.demo.people import ORGANISATIONS, PEOPLE, DemoPerson
from rooms.demo.requests import make_requests
from rooms.demo.small.calls import load_calls
from rooms.demo.small.loader import Loader
from rooms.demo.small.moments import moment
from rooms.models import NumberRange, Room
from rooms.platforms.models import VideoPlatform
from rooms.platforms.simulator import SimulatedPlatform
from rooms.platforms.specs import spec_of
from tenants import actions as tenant_actions
from tenants import audit
from tenants.models import Organisation, User

CUSTOMERS_SINCE = 800  # days


def seed_small(*, password: str) -> int:
    """Bring the small demo data into the database and return how many rooms were new.

    Safe to run at every start: existing rows are never written. All people share
    ``password``.
    """
    with transaction.atomic(), translation.override("nb"):
        load_catalogue()
        load_platform()
        make_number_range()
        organisations = _make_organisations()
        people = _make_people(organisations, password)
        loader = Loader(organisations, people)
        loader.load(invite_and_review(organisations, people))
        sign_in(people)
        make_requests(people)
        load_calls(organisations.values())
    _fill_platform(organisations)
    return len(loader.rooms)


def make_number_range() -> None:
    """Set six-digit numbers aside where no range exists; leading zeros included."""
    if not NumberRange.objects.exists():
        NumberRange.objects.create(name="Demo", first=10_000, last=999_999, digits=6)


def _make_organisations() -> dict[str, Organisation]:
    found = {
        organisation.organisation_number: organisation
        for organisation in Organisation.objects.unscoped(
            reason="demo organisations are known by their number"
        ).filter(organisation_number__in=[o.number for o in ORGANISATIONS])
    }
    random = Random("organisations")
    day = timezone.localdate() - timedelta(days=CUSTOMERS_SINCE)
    for wanted in ORGANISATIONS:
        if wanted.number in found:
            continue
        token = audit.happened_at.set(moment(day, random))
        try:
            found[wanted.number] = tenant_actions.create_organisation(
                by=None,
                name=wanted.name,
                organisation_number=wanted.number,
                kind=wanted.kind,
                reseller=found[wanted.reseller] if wanted.reseller else None,
                slug=wanted.slug,
            )
        finally:
            audit.happened_at.reset(token)
    return found


def _make_people(organisations: dict[str, Organisation], password: str) -> dict[str, User]:
    """Return the people by name. A person who exists keeps name, password and roles."""
    found = {
        user.email.lower(): user
        for user in User.objects.filter(email__in=[person.email for person in PEOPLE])
    }
    new = [person for person in PEOPLE if person.email not in found]
    hashed = make_password(password) if new else ""
    random = Random("people")
    for person in new:
        user = tenant_actions.create_user(email=person.email, name=person.name, verified=True)
        # Hashed once and shared: thirty hashes would take seconds of every first start.
        user.password = hashed
        user.date_joined = moment(_member_since(person), random)
        user.save(update_fields=["password", "date_joined"])
        found[person.email] = user
        token = audit.happened_at.set(user.date_joined)
        try:
            tenant_actions.grant_role(
                user, person.role, organisations[person.organisation], by=None
            )
        finally:
            audit.happened_at.reset(token)
    return {person.name: found[person.email] for person in PEOPLE}


def _member_since(person: DemoPerson) -> date:
    return timezone.localdate() - timedelta(
        days=CUSTOMERS_SINCE - 5 - 3 * [p.email for p in PEOPLE].index(person.email)
    )


def _fill_platform(organisations: dict[str, Organisation]) -> None:
    """Let the simulated platform have the ready rooms that it lacks, as after a real order."""
    platform = SimulatedPlatform()
    if VideoPlatform.objects.usual().kind != VideoPlatform.Kind.SIMULATOR:
        return
    rooms = (
        Room.objects.in_organisations(organisation.pk for organisation in organisations.values())
        .open()
        .filter(provisioning=Provisioning.READY)
        .select_related("product__room_type", "platform")
    )
    for room in rooms:
        if platform.room(room.number) is None:
            platform.put_room(spec_of(room))
