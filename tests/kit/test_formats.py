"""Numbers, money, dates and moments, per language."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import time_machine
from django.template import Context, Template
from django.utils import translation

from videoportal.kit import formats
from videoportal.kit.forms import Fault
from videoportal.kit.templatetags.kit import fields_of

OSLO_NOON = dt.datetime(2026, 11, 23, 11, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("language", "amount", "written"),
    [
        ("nb", Decimal(1633), "kr\u00a01\u00a0633,00"),
        ("nn", Decimal("3329.034"), "kr\u00a03\u00a0329,03"),
        ("en", Decimal("24812.5"), "NOK\u00a024,812.50"),
        ("nb", Decimal(-80), "kr\u00a0\u221280,00"),
        ("nb", Decimal("0.005"), "kr\u00a00,01"),
        ("nb", 1234567, "kr\u00a01\u00a0234\u00a0567,00"),
        ("nb", None, ""),
    ],
)
def test_money_per_language(language, amount, written):
    with translation.override(language):
        assert formats.money(amount) == written


@pytest.mark.parametrize(
    ("language", "value", "written"),
    [
        ("nb", 12345, "12\u00a0345"),
        ("en", 12345, "12,345"),
        ("nb", -7, "\u22127"),
        ("nb", Decimal("3.50"), "3,50"),
        ("nb", 0, "0"),
    ],
)
def test_number_per_language(language, value, written):
    with translation.override(language):
        assert formats.number(value) == written


@pytest.mark.parametrize(
    ("language", "today", "yesterday", "earlier"),
    [
        ("nb", "I dag kl.\u00a010.41", "I går kl.\u00a023.59", "02.09.2026 kl.\u00a013.27"),
        ("nn", "I dag kl.\u00a010.41", "I går kl.\u00a023.59", "02.09.2026 kl.\u00a013.27"),
        ("en", "Today 10:41", "Yesterday 23:59", "02.09.2026 13:27"),
    ],
)
@time_machine.travel(OSLO_NOON, tick=False)
def test_when_is_told_in_oslo_time_and_the_readers_language(language, today, yesterday, earlier):
    with translation.override(language):
        assert formats.when(dt.datetime(2026, 11, 23, 9, 41, tzinfo=dt.UTC)) == today
        assert formats.when(dt.datetime(2026, 11, 22, 22, 59, tzinfo=dt.UTC)) == yesterday
        assert formats.when(dt.datetime(2026, 9, 2, 11, 27, tzinfo=dt.UTC)) == earlier


@time_machine.travel(dt.datetime(2026, 11, 22, 23, 30, tzinfo=dt.UTC), tick=False)
def test_today_turns_at_midnight_in_oslo():
    with translation.override("nb"):
        assert formats.when(dt.datetime(2026, 11, 22, 22, 59, tzinfo=dt.UTC)).startswith("I går")
        assert formats.when(dt.datetime(2026, 11, 22, 23, 1, tzinfo=dt.UTC)).startswith("I dag")


def test_short_date_of_a_moment_is_the_day_in_oslo():
    assert formats.short_date(dt.datetime(2026, 11, 22, 23, 30, tzinfo=dt.UTC)) == "23.11.2026"
    assert formats.short_date(dt.date(2026, 2, 3)) == "03.02.2026"
    assert formats.short_date(None) == ""


def test_room_and_organisation_numbers_read_in_threes_and_are_escaped():
    assert formats.roomno("418207") == '<span class="roomno">418<span>207</span></span>'
    assert formats.roomno("<b>1") == '<span class="roomno">&lt;b&gt;<span>1</span></span>'
    assert formats.orgno("310428175") == "310\u00a0428\u00a0175"


def test_tags_are_at_hand_in_every_template_and_escape():
    page = Template(
        '{% status "ready" word %}{% status "failed" word True %}{% icon "key" %}'
        "{% copy_button text label %}"
    )
    drawn = page.render(Context({"word": "<Klar>", "text": '"><script>', "label": "Copy <it>"}))
    assert '<span class="status" data-status="ready">&lt;Klar&gt;</span>' in drawn
    assert '<span class="ds-sr-only">&lt;Klar&gt;</span>' in drawn
    assert '<span class="icon" data-icon="key" aria-hidden="true"></span>' in drawn
    assert 'data-copy="&quot;&gt;&lt;script&gt;"' in drawn
    assert 'aria-label="Copy &lt;it&gt;" hidden' in drawn


@pytest.mark.parametrize(
    ("language", "count", "heading"),
    [
        ("nb", 1, "Ingenting er lagret ennå. Rett dette feltet:"),
        ("nb", 3, "Ingenting er lagret ennå. Rett disse tre feltene:"),
        ("nn", 3, "Ingenting er lagra enno. Rett desse tre felta:"),
        ("nb", 12, "Ingenting er lagret ennå. Rett disse 12 feltene:"),
        ("en", 2, "Nothing is saved yet. Correct these two fields:"),
    ],
)
def test_error_heading_counts_in_words(language, count, heading):
    with translation.override(language):
        drawn = Template("{% error_heading count %}").render(Context({"count": count}))
    assert drawn == heading


def test_two_faults_in_one_field_are_one_field_to_correct() -> None:
    def fault(anchor: str) -> Fault:
        return Fault("Noe er galt.", anchor)

    assert fields_of([fault("id_addresses"), fault("id_addresses")]) == 1
    assert fields_of([fault("id_name"), fault("id_address"), fault(""), fault("")]) == 4


def test_an_address_may_break_before_its_at_sign() -> None:
    assert formats.email_break("siri@solvfjord.example") == "siri<wbr>@solvfjord.example"
    assert formats.email_break("<b>") == "&lt;b&gt;"
