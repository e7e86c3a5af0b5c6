"""Which account a provider's account may be connected to, and what is kept of its claims."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.core import mail
from django.db import connection
from django.test import Client

from tenants.mail.tasks import send_mail
from tenants.models import AuditEntry, User
from tests import factories, sessions
from tests.cast import Cast
from tests.oidc.provider import PLANTED, RunningProvider, start

CONNECT = "/accounts/connections/new/"


def come_back(provider: RunningProvider, client: Client, account: str = "somebody") -> Any:
    return client.get(provider.answer(start(client), account))


def sign_in_here(client: Client, user: User) -> Any:
    return client.post(
        f"/accounts/login/?next={CONNECT}",
        {"login": user.email, "password": factories.PASSWORD, "next": CONNECT},
    )


def connected() -> list[tuple[int, str]]:
    return list(SocialAccount.objects.values_list("user_id", "uid"))


def test_verified_address_connects_after_signing_in_here_and_saying_yes(
    provider: RunningProvider, cast: Cast, client: Client
) -> None:
    provider.knows("somebody", email=cast.user.email.upper(), email_verified=True)
    assert come_back(provider, client)["Location"] == CONNECT
    assert cast.user.email in client.get(CONNECT).content.decode().replace("<wbr>", "")
    assert "_auth_user_id" not in client.session
    sign_in_here(client, cast.user)
    assert connected() == []
    assert "Testporten" in client.get(CONNECT).content.decode()
    assert connected() == []
    answer = client.post(CONNECT, follow=True)
    assert "Du kan logge inn med Testporten." in answer.content.decode()
    assert connected() == [(cast.user.pk, f"{provider.issuer}|somebody")]
    entry = AuditEntry.objects.unscoped(reason="the test reads what was written last").last()
    assert entry is not None
    assert (entry.action, entry.after) == (
        "tenants.sign_in.connected",
        {"provider": "Testporten"},
    )
    # And the next time it opens the account by itself.
    other = Client()
    assert come_back(provider, other)["Location"] == "/"
    assert other.session["_auth_user_id"] == str(cast.user.pk)


def test_owner_is_told_by_mail(
    provider: RunningProvider,
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    monkeypatch.setattr("tenants.mail.send_mail.delay", send_mail)
    client = sessions.start(cast.admin)
    provider.knows("somebody")
    come_back(provider, client)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(CONNECT)
    assert [message.to for message in mail.outbox] == [[cast.admin.email]]
    assert "Testporten" in mail.outbox[0].subject


@pytest.mark.parametrize("said", [False, None, "false", "no", 0])
def test_unverified_address_connects_nothing(
    said: Any, provider: RunningProvider, cast: Cast, client: Client
) -> None:
    provider.knows("somebody", email=cast.user.email, email_verified=said)
    come_back(provider, client)
    page = client.get(CONNECT).content.decode()
    assert cast.user.email not in page.replace("<wbr>", "")
    # Even the right person, who goes on in the same browser, does not confirm a stranger's.
    sign_in_here(client, cast.user)
    client.post(CONNECT)
    assert connected() == []


def test_verified_address_of_somebody_else_connects_nothing(
    provider: RunningProvider, cast: Cast, client: Client
) -> None:
    provider.knows("somebody", email=cast.other_admin.email, email_verified=True)
    come_back(provider, client)
    sign_in_here(client, cast.user)
    answer = client.post(CONNECT, follow=True)
    assert "er ikke en av dine" in answer.content.decode()
    assert connected() == []


def test_address_that_is_not_confirmed_here_connects_nothing(
    provider: RunningProvider, cast: Cast, client: Client
) -> None:
    EmailAddress.objects.create(user=cast.user, email="ny@example.no", verified=False)
    provider.knows("somebody", email="ny@example.no", email_verified=True)
    come_back(provider, client)
    sign_in_here(client, cast.user)
    client.post(CONNECT)
    assert connected() == []


def test_same_page_whether_the_address_has_an_account_or_not(
    provider: RunningProvider, cast: Cast
) -> None:
    def page(email: str) -> str:
        provider.knows("somebody", email=email, email_verified=True)
        client = Client()
        come_back(provider, client)
        text = client.get(CONNECT).content.decode().replace("<wbr>", "")
        text = re.sub(r'value="[^"]{40,}"|[0-9a-f-]{36}', "", text)
        return text.replace(email, "X").replace(email.replace("@", "%40"), "X")

    assert page(cast.admin.email) == page("nobody@example.no")


def test_provider_without_addresses_connects_from_within(
    provider: RunningProvider, cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.owner)
    provider.knows("somebody")
    come_back(provider, client)
    client.post(CONNECT)
    assert connected() == [(cast.owner.pk, f"{provider.issuer}|somebody")]


def test_connecting_asks_again_who_is_there(provider: RunningProvider, cast: Cast) -> None:
    client = sessions.start(cast.admin, minutes_ago=60)
    provider.knows("somebody")
    come_back(provider, client)
    answer = client.post(CONNECT)
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert connected() == []


def test_account_of_somebody_else_is_neither_taken_over_nor_signed_in_to(
    provider: RunningProvider, cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    SocialAccount.objects.create(
        user=cast.other_admin, provider="test", uid=f"{provider.issuer}|somebody"
    )
    provider.knows("somebody")
    client = signed_in(cast.admin)
    answer = client.get(provider.answer(start(client), "somebody"), follow=True)
    assert "koblet til en annen" in answer.content.decode()
    assert client.session["_auth_user_id"] == str(cast.admin.pk)
    assert connected() == [(cast.other_admin.pk, f"{provider.issuer}|somebody")]


def test_what_waits_is_forgotten_after_a_while(provider: RunningProvider, cast: Cast) -> None:
    client = sessions.start(cast.admin)
    provider.knows("somebody")
    come_back(provider, client)
    session = client.session
    session["oidc_pending"]["at"] -= 1801
    session.save()
    client.post(CONNECT)
    assert connected() == []


def test_nobody_gets_an_account_or_rights_by_coming_from_a_provider(
    provider: RunningProvider, cast: Cast, client: Client
) -> None:
    before = set(User.objects.values_list("pk", flat=True))
    provider.knows("somebody", email="fremmed@example.no", email_verified=True)
    come_back(provider, client)
    assert client.get("/").status_code == 302
    assert "_auth_user_id" not in client.session
    assert set(User.objects.values_list("pk", flat=True)) == before


def test_new_person_makes_an_account_confirms_the_address_and_then_connects(
    provider: RunningProvider, cast: Cast, client: Client
) -> None:
    provider.knows("somebody", email="fersk@example.no", email_verified=True)
    come_back(provider, client)
    page = client.get(CONNECT).content.decode()
    sign_up = re.search(r'href="(/accounts/signup/[^"]+)"', page)
    assert sign_up
    address = sign_up[1].replace("&amp;", "&")
    assert 'value="fersk@example.no"' in client.get(address).content.decode()
    password = "en lang setning som ingen gjetter"
    client.post(
        address,
        {
            "name": "Fersk",
            "email": "fersk@example.no",
            "password1": password,
            "password2": password,
        },
    )
    fresh = User.objects.get(email="fersk@example.no")
    # The provider's word does not confirm the address here, because an address opens rooms.
    assert not EmailAddress.objects.get(user=fresh).verified
    assert connected() == []
    EmailAddress.objects.filter(user=fresh).update(verified=True)
    client.post(f"/accounts/login/?next={CONNECT}", {"login": fresh.email, "password": password})
    client.post(CONNECT)
    assert connected() == [(fresh.pk, f"{provider.issuer}|somebody")]
    assert not User.objects.get(pk=fresh.pk).access.all_organisation_ids()


def test_national_identity_number_is_kept_nowhere(
    provider: RunningProvider,
    cast: Cast,
    client: Client,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    provider.knows("somebody", email=cast.user.email, email_verified=True, name=PLANTED)
    come_back(provider, client)
    session = str(dict(client.session))
    sign_in_here(client, cast.user)
    client.post(CONNECT)
    client.logout()
    come_back(provider, client)
    assert "_auth_user_id" in client.session
    assert PLANTED not in session + str(dict(client.session))
    assert PLANTED not in caplog.text
    assert SocialAccount.objects.get().extra_data == {}
    assert not SocialToken.objects.exists()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(
                f'select count(*) from "{table}" t where t::text like %s', [f"%{PLANTED}%"]
            )
            assert cursor.fetchone() == (0,), table


def test_disconnecting_leaves_the_password(
    provider: RunningProvider, cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    link = SocialAccount.objects.create(
        user=cast.admin, provider="test", uid=f"{provider.issuer}|somebody"
    )
    client = signed_in(cast.admin)
    address = f"/accounts/connections/{link.pk}/remove/"
    assert f'href="{address}"' in client.get("/accounts/connections/").content.decode()
    client.post(address)
    assert connected() == []


def test_last_way_in_stays(
    provider: RunningProvider, cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    link = SocialAccount.objects.create(
        user=cast.admin, provider="test", uid=f"{provider.issuer}|somebody"
    )
    cast.admin.set_unusable_password()
    cast.admin.save()
    client = signed_in(cast.admin)
    answer = client.post(f"/accounts/connections/{link.pk}/remove/", follow=True)
    assert "Lag et passord først" in answer.content.decode()
    assert connected() == [(cast.admin.pk, f"{provider.issuer}|somebody")]


def test_connection_of_somebody_else_does_not_exist(
    provider: RunningProvider, cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    link = SocialAccount.objects.create(
        user=cast.other_admin, provider="test", uid=f"{provider.issuer}|somebody"
    )
    client = signed_in(cast.admin)
    address = f"/accounts/connections/{link.pk}/remove/"
    assert client.get(address).status_code == client.post(address).status_code == 404
    assert len(connected()) == 1


def test_leaving_the_provider_without_signing_in(provider: RunningProvider, client: Client) -> None:
    state = re.search(r"state=([^&]+)", start(client))
    assert state
    answer = client.get(
        f"/accounts/oidc/test/callback/?error=access_denied&state={state[1]}", follow=True
    )
    assert "Du logget ikke inn med Testporten." in answer.content.decode()
    assert answer.redirect_chain[-1][0] == "/accounts/login/"


def test_whoever_owes_a_second_factor_gives_it_before_connecting(
    provider: RunningProvider, cast: Cast
) -> None:
    client = sessions.start(cast.admin, second_factor=False)
    provider.knows("somebody")
    come_back(provider, client)
    for answer in (client.get(CONNECT), client.post(CONNECT)):
        assert "second-factor" in answer["Location"]
    assert connected() == []
