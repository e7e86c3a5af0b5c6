"""What the front door gives away, how often one may knock, and which passwords it takes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import Argon2PasswordHasher, MD5PasswordHasher
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from tenants.models import User
from tests import factories, second_factors, sessions
from tests.cast import Cast
from tests.pages import text_of
from videoportal import settings as portal

type SignIn = Callable[[User], Client]

LOGIN, RESET, SIGN_UP = "/accounts/login/", "/accounts/password/reset/", "/accounts/signup/"
KNOWN, UNKNOWN = "ola.bruker@example.no", "siv.bruker@example.no"
WRONG = "a-wrong-password-1"


class CountingHasher(MD5PasswordHasher):
    """Counts how often a password is hashed: the part of an answer that takes time."""

    count = 0

    def encode(self, password: str, salt: str) -> str:
        CountingHasher.count += 1
        return super().encode(password, salt)


@pytest.fixture
def hashes(settings: Settings) -> Callable[[], int]:
    """Return how many hashes were made since the last time it was asked."""
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]

    def since() -> int:
        count, CountingHasher.count = CountingHasher.count, 0
        return count

    CountingHasher.count = 0
    return since


def knock(url: str, values: dict[str, str], address: str, **extra: Any) -> tuple[int, str, str]:
    """Return status, address and text of the answer, the typed address taken out."""
    client = Client()
    response: Any = client.post(url, values, **extra)
    text = text_of(client.get(response.url) if response.status_code == 302 else response, "//body")
    body = re.sub(re.escape(address), "ADDRESS", text, flags=re.IGNORECASE)
    return response.status_code, getattr(response, "url", ""), body


# Whether an address is known


@pytest.mark.parametrize("state", ["usable", "unusable", "unverified", "inactive", "claimed"])
def test_sign_in_answers_alike_for_known_and_unknown(
    cast: Cast, hashes: Callable[[], int], state: str
) -> None:
    cast.user.set_password(factories.PASSWORD)
    if state == "unusable":
        cast.user.set_unusable_password()
    cast.user.save()
    if state == "claimed":
        # Somebody else has the unknown address on their account, not confirmed.
        EmailAddress.objects.create(user=cast.owner, email=UNKNOWN)
    elif state == "inactive":
        User.objects.filter(pk=cast.user.pk).update(is_active=False)
    elif state == "unverified":
        EmailAddress.objects.filter(user=cast.user).update(verified=False)
    cast.owner.set_password(factories.PASSWORD)
    cast.owner.save()
    hashes()
    answers, costs = [], []
    for address in (KNOWN, UNKNOWN):
        answers.append(knock(LOGIN, {"login": address, "password": WRONG}, address))
        costs.append(hashes())
    assert answers[0] == answers[1]
    assert answers[0][0] == 200
    assert costs == [1, 1]


def test_reset_answers_alike_for_known_and_unknown(cast: Cast, hashes: Callable[[], int]) -> None:
    answers, costs = [], []
    for address in (KNOWN, UNKNOWN):
        answers.append(knock(RESET, {"email": address}, address))
        costs.append(hashes())
    assert answers[0] == answers[1]
    assert answers[0][:2] == (302, "/accounts/password/reset/done/")
    assert costs == [0, 0]


def test_sign_up_answers_alike_for_known_and_unknown(cast: Cast, hashes: Callable[[], int]) -> None:
    password = "en lang setning om fjorden"
    answers, costs = [], []
    for address in (KNOWN, UNKNOWN):
        values = {"name": "N", "email": address, "password1": password, "password2": password}
        answers.append(knock(SIGN_UP, values, address))
        costs.append(hashes())
    assert answers[0] == answers[1]
    assert answers[0][:2] == (302, "/accounts/confirm-email/")
    assert costs == [1, 1]
    assert User.objects.filter(email__iexact=UNKNOWN).exists()


def test_adding_an_address_does_not_tell_whether_somebody_has_it(
    cast: Cast, signed_in: SignIn
) -> None:
    client = signed_in(cast.admin)
    texts = []
    for address in (KNOWN, UNKNOWN):
        page = client.post("/accounts/email/", {"email": address, "action_add": ""}, follow=True)
        texts.append((page.status_code, text_of(page).count(address) > 0))
        EmailAddress.objects.filter(user=cast.admin, primary=False).delete()
    assert texts[0] == texts[1]


def test_the_second_step_is_met_only_with_the_right_password(cast: Cast) -> None:
    second_factors.give_app(cast.user)
    assert knock(LOGIN, {"login": KNOWN, "password": WRONG}, KNOWN) == knock(
        LOGIN, {"login": UNKNOWN, "password": WRONG}, UNKNOWN
    )


# How often one may knock


def try_password(client: Client, address: str, password: str, place: str = "192.0.2.1") -> int:
    return client.post(
        LOGIN, {"login": address, "password": password}, REMOTE_ADDR=place
    ).status_code


def test_guessing_from_one_place_is_stopped_there_alone(cast: Cast) -> None:
    assert [try_password(Client(), KNOWN, WRONG) for _ in range(6)] == [200] * 5 + [429]
    # The right password does not help there; from elsewhere the person comes in.
    assert try_password(Client(), KNOWN, factories.PASSWORD) == 429
    assert try_password(Client(), KNOWN, factories.PASSWORD, "192.0.2.2") == 302
    # Others at the same place are not in the way.
    assert try_password(Client(), cast.owner.email, factories.PASSWORD) == 302


def test_guessing_from_everywhere_is_stopped_but_not_for_a_known_browser(
    cast: Cast, settings: Settings
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {
        **settings.ACCOUNT_RATE_LIMITS,
        "login_failed_anywhere": "3/h/key",
    }
    own = Client()
    assert try_password(own, KNOWN, factories.PASSWORD, "198.51.100.1") == 302
    own.post("/accounts/logout/")
    guesses = [try_password(Client(), KNOWN, WRONG, f"203.0.113.{n}") for n in range(5)]
    assert guesses == [200] * 3 + [429] * 2
    assert try_password(Client(), KNOWN, factories.PASSWORD, "203.0.113.99") == 429
    assert try_password(own, KNOWN, factories.PASSWORD, "203.0.113.98") == 302
    # The mark is good for its own address, and counted for itself.
    other = Client()
    other.cookies[settings.KNOWN_BROWSER_COOKIE] = own.cookies[settings.KNOWN_BROWSER_COOKIE].value
    for n in range(3):
        try_password(Client(), cast.owner.email, WRONG, f"203.0.113.{n}")
    assert try_password(other, cast.owner.email, factories.PASSWORD, "203.0.113.97") == 429


@pytest.mark.parametrize("mark", ["", "x", "x:y:z"])
def test_a_made_up_mark_of_a_browser_is_no_mark(cast: Cast, settings: Settings, mark: str) -> None:
    settings.ACCOUNT_RATE_LIMITS = {
        **settings.ACCOUNT_RATE_LIMITS,
        "login_failed_anywhere": "1/h/key",
    }
    client = Client()
    client.cookies[settings.KNOWN_BROWSER_COOKIE] = mark
    answers = [try_password(client, KNOWN, WRONG, f"203.0.113.{n}") for n in range(2)]
    assert answers == [200, 429]


def test_signing_in_rightly_uses_nothing_up(cast: Cast) -> None:
    assert [try_password(Client(), KNOWN, factories.PASSWORD) for _ in range(8)] == [302] * 8


@pytest.mark.parametrize(
    ("url", "values", "allowed"),
    [(RESET, {"email": UNKNOWN}, 5), (SIGN_UP, {"email": ""}, 20)],
)
def test_reset_and_sign_up_are_limited(
    db: None, url: str, values: dict[str, str], allowed: int
) -> None:
    answers = [Client().post(url, values).status_code for _ in range(allowed + 1)]
    assert answers[-1] == 429
    assert 429 not in answers[:-1]


def test_too_many_tries_get_our_page_in_the_readers_language(cast: Cast) -> None:
    for _ in range(5):
        try_password(Client(), KNOWN, WRONG)
    page = Client(headers={"Accept-Language": "nn"}).post(
        LOGIN, {"login": KNOWN, "password": WRONG}, REMOTE_ADDR="192.0.2.1"
    )
    assert page.status_code == 429
    assert 'lang="nn"' in page.content.decode()
    assert "mange" in text_of(page, "//h1")
    assert int(page["Retry-After"]) > 0


def test_counts_outlive_the_process_and_expire(cast: Cast) -> None:
    try_password(Client(), KNOWN, WRONG)
    with_client = cache._cache.get_client()  # type: ignore[attr-defined]  # Valkey itself
    keys = [key for key in with_client.scan_iter(match="*login_failed*") if b":lock" not in key]
    assert len(keys) == 4
    assert all(0 < with_client.ttl(key) <= 3600 for key in keys)


@pytest.mark.parametrize(
    ("count", "header", "chain", "seen"),
    [
        (0, None, "203.0.113.5", "192.0.2.1"),
        (1, None, "203.0.113.5", "203.0.113.5"),
        (1, None, "1.2.3.4, 203.0.113.5", "203.0.113.5"),
        (2, None, "203.0.113.5, 10.0.0.1", "203.0.113.5"),
        (0, "X-Real-IP", "1.2.3.4", "203.0.113.9"),
    ],
)
def test_the_clients_address_behind_proxies(
    cast: Cast, settings: Settings, count: int, header: str | None, chain: str, seen: str
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = count
    settings.ALLAUTH_TRUSTED_CLIENT_IP_HEADER = header
    client = Client(headers={"X-Forwarded-For": chain, "X-Real-IP": "203.0.113.9"})
    client.post(LOGIN, {"login": KNOWN, "password": factories.PASSWORD}, REMOTE_ADDR="192.0.2.1")
    assert seen in text_of(client.get("/profile/sessions/"))


# Passwords


@pytest.mark.parametrize(
    ("password", "taken"),
    [
        ("elleve-tegn", False),
        ("tolv-tegn-nå", True),
        ("justinbieber", False),
        ("passwordpassword", False),
        ("Password-2026!", False),
        ("Videoportal12", False),
        ("sommer på fjorden", True),
        ("112233445566", False),
        ("kari.nordmann1", False),
        ("birgittesørensen", False),
        ("kari nordmann er her", True),
        ("nordmann@example", False),
        ("en lang setning om fjorden", True),
    ],
)
def test_which_passwords_are_taken(db: None, password: str, taken: bool) -> None:
    person = factories.make_user("kari.nordmann@example.no", name="Birgitte Sørensen")
    client = sessions.start(person)
    client.post(
        reverse("account_change_password"),
        {"oldpassword": factories.PASSWORD, "password1": password, "password2": password},
    )
    person.refresh_from_db()
    assert person.check_password(password) is taken


def test_a_new_account_is_held_to_the_same_rules(db: None) -> None:
    for name, password in (
        ("Kari Nordmann", "kari.nordmann"),
        ("Birgitte Sørensen", "birgittesørensen"),
    ):
        page = Client().post(
            SIGN_UP,
            {
                "name": name,
                "email": "kari.nordmann@example.no",
                "password1": password,
                "password2": password,
            },
        )
        assert page.context["form"].errors.keys() == {"password1"}, name
    assert not User.objects.exists()


def test_passwords_are_kept_with_argon2() -> None:
    assert portal.PASSWORD_HASHERS[0] == "django.contrib.auth.hashers.Argon2PasswordHasher"
    encoded = Argon2PasswordHasher().encode("en lang setning", "saltsaltsalt")
    assert encoded.startswith("argon2$argon2id$")
