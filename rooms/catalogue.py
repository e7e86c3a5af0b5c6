"""The catalogue that the portal starts with: room types, products and dated prices.

Types and prices are Norsk Helsenett's public list of 2021 for virtual meeting rooms
(nhn.no/video/virtuelle-moeterom). The auditorium's values are for demonstration and marked
so. Loading twice changes nothing; what an operator has changed since stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db import transaction

from rooms.choices import Layout, Quality, Rule, ServiceType, Theme
from rooms.models import ProductPrice, RoomProduct, RoomType
from rooms.platforms.models import VideoPlatform

PRICES_FROM = date(2021, 1, 1)
MEETING_LAYOUTS = [layout for layout in Layout if layout != Layout.ONE_LARGE] + [Layout.ONE_LARGE]
SMALL_LAYOUTS = [
    Layout.GRID_FOUR,
    Layout.ADAPTIVE,
    Layout.ONE_LARGE,
    Layout.ONE_LARGE_SEVEN_SMALL,
]


@dataclass(frozen=True)
class Entry:
    """One room type with its texts (nb, nn, en), rules and prices by quality."""

    code: str
    name: tuple[str, str, str]
    description: tuple[str, str, str]
    participants: tuple[int, int]
    autolock: Rule
    host_pin_required: bool
    guest_pin_allowed: bool
    suits_patients: bool
    suits_meetings: bool
    layouts: list[Layout]
    themes: list[Theme]
    prices: dict[Quality, str]
    is_demo_value: bool = False
    service_type: ServiceType = ServiceType.CONFERENCE


CATALOGUE = (
    Entry(
        "sensitive",
        ("Sensitivt rom", "Sensitivt rom", "Sensitive room"),
        (
            (
                "2–5 deltakere. Autolås er alltid på, og verten må ha PIN-kode. "
                "Passer for behandler og pasient."
            ),
            (
                "2–5 deltakarar. Autolås er alltid på, og verten må ha PIN-kode. "
                "Passar for behandlar og pasient."
            ),
            (
                "2–5 participants. Autolock is always on, and the host needs a PIN. "
                "For practitioner and patient."
            ),
        ),
        (2, 5),
        Rule.FORCED,
        True,
        True,
        True,
        False,
        SMALL_LAYOUTS,
        [Theme.PATIENT, Theme.STANDARD],
        {Quality.HD: "50.00", Quality.FULL_HD: "80.00"},
    ),
    Entry(
        "personal",
        ("Personlig rom", "Personleg rom", "Personal room"),
        (
            (
                "2–5 deltakere. Du kan slå autolås av og på selv. "
                "Passer for den som veksler mellom pasientsamtaler og møter."
            ),
            (
                "2–5 deltakarar. Du kan slå autolås av og på sjølv. "
                "Passar for den som vekslar mellom pasientsamtalar og møte."
            ),
            (
                "2–5 participants. You can turn autolock on and off yourself. "
                "For those who go between patient calls and meetings."
            ),
        ),
        (2, 5),
        Rule.ALLOWED,
        False,
        True,
        True,
        True,
        SMALL_LAYOUTS,
        [Theme.STANDARD, Theme.PATIENT],
        {Quality.HD: "70.00", Quality.FULL_HD: "90.00"},
    ),
    Entry(
        "admin-small",
        ("Administrativt rom, lite", "Administrativt rom, lite", "Administrative room, small"),
        (
            (
                "5–10 deltakere. For møter uten sensitive opplysninger. "
                "PIN-kode for vert og gjest etter ønske."
            ),
            (
                "5–10 deltakarar. For møte utan sensitive opplysningar. "
                "PIN-kode for vert og gjest etter ønske."
            ),
            (
                "5–10 participants. For meetings without sensitive information. "
                "PINs for host and guest as you like."
            ),
        ),
        (5, 10),
        Rule.NO,
        False,
        True,
        False,
        True,
        MEETING_LAYOUTS,
        [Theme.STANDARD],
        {Quality.HD: "100.00", Quality.FULL_HD: "150.00"},
    ),
    Entry(
        "admin-large",
        ("Administrativt rom, stort", "Administrativt rom, stort", "Administrative room, large"),
        (
            (
                "10–50 deltakere. For møter uten sensitive opplysninger. "
                "PIN-kode for vert og gjest etter ønske."
            ),
            (
                "10–50 deltakarar. For møte utan sensitive opplysningar. "
                "PIN-kode for vert og gjest etter ønske."
            ),
            (
                "10–50 participants. For meetings without sensitive information. "
                "PINs for host and guest as you like."
            ),
        ),
        (10, 50),
        Rule.NO,
        False,
        True,
        False,
        True,
        MEETING_LAYOUTS,
        [Theme.STANDARD],
        {Quality.HD: "200.00", Quality.FULL_HD: "300.00"},
    ),
    Entry(
        "auditorium",
        ("Auditorium", "Auditorium", "Auditorium"),
        (
            "50–250 deltakere. For foredrag og allmøter. Pris og størrelse er demoverdier.",
            "50–250 deltakarar. For foredrag og allmøte. Pris og storleik er demoverdiar.",
            "50–250 participants. For talks and large meetings. Price and size are demo values.",
        ),
        (50, 250),
        Rule.NO,
        False,
        True,
        False,
        True,
        # The platform has no adaptive layout for lectures.
        [layout for layout in MEETING_LAYOUTS if layout != Layout.ADAPTIVE],
        [Theme.STANDARD],
        {Quality.HD: "600.00", Quality.FULL_HD: "800.00"},
        is_demo_value=True,
        service_type=ServiceType.LECTURE,
    ),
)


@transaction.atomic
def load_catalogue() -> int:
    """Bring the catalogue into the database and return how many types were new."""
    created = 0
    for position, entry in enumerate(CATALOGUE):
        room_type, is_new = RoomType.objects.get_or_create(
            code=entry.code,
            defaults={
                "position": position,
                **{f"name_{code}": text for code, text in _by_language(entry.name)},
                **{f"description_{code}": text for code, text in _by_language(entry.description)},
                "min_participants": entry.participants[0],
                "max_participants": entry.participants[1],
                "autolock": entry.autolock,
                "host_pin_required": entry.host_pin_required,
                "guest_pin_allowed": entry.guest_pin_allowed,
                "suits_patients": entry.suits_patients,
                "suits_meetings": entry.suits_meetings,
                "layouts": entry.layouts,
                "themes": entry.themes,
                "open_from": PRICES_FROM,
                "is_demo_value": entry.is_demo_value,
                "service_type": entry.service_type,
            },
        )
        created += is_new
        if is_new:
            for quality, amount in entry.prices.items():
                product = RoomProduct.objects.create(
                    room_type=room_type, quality=quality, open_from=PRICES_FROM
                )
                ProductPrice.objects.create(
                    product=product, amount=Decimal(amount), valid_from=PRICES_FROM
                )
    return created


def _by_language(texts: tuple[str, str, str]) -> list[tuple[str, str]]:
    return list(zip(("nb", "nn", "en"), texts, strict=True))


def load_platform() -> bool:
    """Make the first video platform from the settings, and return whether there was none."""
    if VideoPlatform.objects.exists():
        return False
    platform = VideoPlatform(
        slug="standard",
        name=settings.JOIN_DOMAIN,
        kind=VideoPlatform.Kind.SIMULATOR,
        is_default=True,
        domain=settings.JOIN_DOMAIN,
        join_url=settings.JOIN_BASE_URL,
        phone=settings.JOIN_PHONE,
        themes={Theme.PATIENT.value: Theme.PATIENT.value},
        policy_user="policy",
        sink_user="events",
    )
    platform.renew_policy_password()
    platform.renew_sink_password()
    platform.full_clean()
    platform.save()
    return True
