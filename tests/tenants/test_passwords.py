"""What a password must be: long, not common, not like its owner, not the trade's own words."""

from __future__ import annotations

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils import translation

from tenants.models import User

OWNER = User(email="kari.nordmann@solfjord.kommune.example", name="Kari Nordmann")


def codes(password: str) -> set[str]:
    try:
        validate_password(password, OWNER)
    except ValidationError as error:
        return {str(fault.code) for fault in error.error_list}
    return set()


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("kort-og-rar", "password_too_short"),
        ("qwertyuiop123", "password_too_common"),
        ("kari.nordmann1", "password_too_similar"),
        ("kari nordmann", "password_too_similar"),
        ("Møterom2026!", "password_of_context_words"),
        ("VideoPortal-2026", "password_of_context_words"),
        ("solfjordkommune", "password_of_context_words"),
        ("Velkommen Sommer", "password_of_context_words"),
    ],
)
def test_what_others_would_try_first_is_refused(password: str, code: str) -> None:
    assert code in codes(password)


@pytest.mark.parametrize(
    "password",
    [
        "kaffe og vafler i kantina",
        "alle sammen nå igjen",
        "møterommet har blå stoler",
        "ÆØÅ🙂-tolv tegn lang",
        "x" * 20 + "y" * 200,
        "0o0o0o9l9l9l",
    ],
)
def test_any_other_long_password_is_good_whatever_it_is_made_of(password: str) -> None:
    assert codes(password) == set()


def test_refusal_speaks_the_readers_language() -> None:
    with translation.override("nn"), pytest.raises(ValidationError) as refusal:
        validate_password("Møterom2026!", OWNER)
    assert refusal.value.messages == [
        "Passordet er mest ord som andre ville gjetta på her. Legg til meir av ditt eige."
    ]
