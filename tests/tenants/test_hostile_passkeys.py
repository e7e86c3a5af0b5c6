"""Passkeys that are another's, another site's, used before, or copied."""

from __future__ import annotations

import json
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth import SESSION_KEY
from django.test import Client
from django.urls import reverse

from tenants import actions
from tenants.models import AuditEntry, User
from tests import sessions
from tests.cast import Cast
from tests.passkeys import PRESENT, VERIFIED, Passkey, handle_of
from tests.second_factors import give_app

ADD = "/profile/second-factor/passkeys/add/"
SIGN_IN = "/accounts/passkey/"


def asked_to_make(client: Client) -> dict[str, Any]:
    return as_sent(client.get(ADD, secure=True).context["options"])


def as_sent(options: Any) -> dict[str, Any]:
    """Return the options as the browser reads them."""
    read: dict[str, Any] = json.loads(json.dumps(options))
    return read


def add(client: Client, credential: str) -> int:
    answer = client.post(ADD, {"name": "Min", "credential": credential}, secure=True)
    return answer.status_code


def asked_to_show(client: Client) -> dict[str, Any]:
    answer = client.get(SIGN_IN, secure=True, headers={"X-Requested-With": "XMLHttpRequest"})
    options: dict[str, Any] = json.loads(answer.content)["request_options"]
    return options


def sign_in(client: Client, credential: str) -> bool:
    client.post(SIGN_IN, {"credential": credential}, secure=True)
    return SESSION_KEY in client.session


def has_passkey(user: User) -> bool:
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).exists()


def give_passkey(user: User, **said: Any) -> Passkey:
    client, passkey = sessions.start(user), Passkey(**said)
    assert add(client, passkey.made(asked_to_make(client))) in (200, 302)
    assert has_passkey(user)
    return passkey


def test_passkey_signs_in_with_a_new_challenge_each_time(cast: Cast) -> None:
    passkey = give_passkey(cast.admin)
    assert passkey.handle == handle_of(cast.admin)
    for _turn in range(2):
        client = Client()
        assert sign_in(client, passkey.answer(asked_to_show(client)))
        assert client.session[SESSION_KEY] == str(cast.admin.pk)
    assert (
        asked_to_show(Client())["publicKey"]["challenge"]
        != (asked_to_show(Client())["publicKey"]["challenge"])
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://evil.example"},
        {"origin": "https://testserver.evil.example"},
        {"origin": "https://eviltestserver"},
        {"origin": "http://testserver"},
        {"origin": "null"},
        {"origin": ""},
        {"host": "evil.example"},
        {"flags": 0},
        {"flags": PRESENT},
        {"flags": VERIFIED},
    ],
    ids=str,
)
def test_answer_for_another_site_or_without_the_person_is_refused(
    cast: Cast, wrong: dict[str, Any]
) -> None:
    client = sessions.start(cast.user)
    assert add(client, Passkey(**wrong).made(asked_to_make(client))) == 422
    assert not has_passkey(cast.user)

    passkey = give_passkey(cast.admin)
    for name, value in wrong.items():
        setattr(passkey, name, value)
    client = Client()
    assert not sign_in(client, passkey.answer(asked_to_show(client)))


def test_passkey_is_made_in_the_session_that_asked_for_it(cast: Cast) -> None:
    """Somebody sends another the answer to a challenge of their own, or one that was used."""
    mine, theirs = sessions.start(cast.user), sessions.start(cast.admin)
    asked_to_make(theirs)
    made = Passkey().made(asked_to_make(mine))
    assert add(theirs, made) == 422
    assert not has_passkey(cast.admin)
    assert add(mine, made) in (200, 302)
    assert add(mine, made) == 422
    asked_to_make(mine)
    assert add(mine, made) == 422
    assert Authenticator.objects.filter(type=Authenticator.Type.WEBAUTHN).count() == 1
    # A challenge to sign in with makes none.
    options = asked_to_make(mine)
    asked_to_show(Client())
    assert add(mine, Passkey().made(options, kind="webauthn.get")) == 422


def test_answer_opens_the_session_that_was_asked_and_once(cast: Cast) -> None:
    passkey = give_passkey(cast.admin)
    asked, other = Client(), Client()
    asked_to_show(other)
    answer = passkey.answer(asked_to_show(asked))
    assert not sign_in(other, answer)
    assert sign_in(asked, answer)
    asked.logout()
    assert not sign_in(asked, answer)
    asked_to_show(asked)
    assert not sign_in(asked, answer)
    assert not sign_in(Client(), answer)


def test_nobody_is_signed_in_as_somebody_else(cast: Cast) -> None:
    give_passkey(cast.admin)
    mine = give_passkey(cast.user)
    for handle in (handle_of(cast.admin), handle_of(cast.operator), "", "AA", "_w", "x" * 5000):
        client = Client()
        assert not sign_in(client, mine.answer(asked_to_show(client), handle=handle)), handle
    stranger = Passkey(handle=handle_of(cast.admin))
    client = Client()
    assert not sign_in(client, stranger.answer(asked_to_show(client)))
    # The right name of the key, and another key.
    stranger.id = mine.id
    stranger.handle = mine.handle
    assert not sign_in(client, stranger.answer(asked_to_show(client)))
    assert not sign_in(client, mine.answer(asked_to_show(client), kind="webauthn.create"))
    assert sign_in(client, mine.answer(asked_to_show(client)))


def test_copy_of_a_passkey_that_counts_is_refused_and_logged(cast: Cast) -> None:
    passkey = give_passkey(cast.admin, times=7)
    client = Client()
    assert sign_in(client, passkey.answer(asked_to_show(client)))
    copy = Passkey(handle=passkey.handle, times=6, id=passkey.id, key=passkey.key)
    assert sign_in(Client(), "{}") is False
    for _turn in range(2):
        client = Client()
        assert not sign_in(client, copy.answer(asked_to_show(client)))
    client = Client()
    assert sign_in(client, passkey.answer(asked_to_show(client)))
    # As a second step, where a refusal is logged for the person to see.
    before = refused()
    copy.times = 3
    client = sessions.start(cast.admin, minutes_ago=300)
    address = reverse("mfa_reauthenticate_webauthn")
    options = as_sent(client.get(address, secure=True).context["js_data"]["request_options"])
    client.post(address, {"credential": copy.answer(options)}, secure=True)
    assert refused() == before + 1


def refused() -> int:
    entries = AuditEntry.objects.unscoped(reason="the test counts refusals")
    return entries.filter(action="tenants.second_factor.refused").count()


def test_last_of_two_factors_stays_also_when_the_button_is_pressed_twice(cast: Cast) -> None:
    give_app(cast.admin)
    give_passkey(cast.admin)
    app = Authenticator.objects.get(user=cast.admin, type=Authenticator.Type.TOTP)
    passkey = Authenticator.objects.get(user=cast.admin, type=Authenticator.Type.WEBAUTHN)
    for _turn in range(2):
        actions.remove_factor(cast.admin, app.pk, by=cast.admin)
    with pytest.raises(actions.LastFactor):
        actions.remove_factor(cast.admin, passkey.pk, by=cast.admin)
    assert has_passkey(cast.admin)
