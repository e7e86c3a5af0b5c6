"""Sign-in, mail, profile and language."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from tenants import actions
from tenants.models import AuditEntry, User
from tests.cast import Cast
from tests.factories import PASSWORD
from tests.pages import document, text_of

type SignIn = Callable[[User], Client]
type Capture = DjangoCaptureOnCommitCallbacks


def log_of(cast: Cast) -> list[tuple[str, str, str]]:
    return [
        (entry.action, entry.actor_label, entry.target_label)
        for entry in AuditEntry.objects.in_organisation(cast.organisation).newest(2)
    ]


def sign_in(client: Client, email: str, password: str) -> str:
    response = client.post(
        reverse("account_login"), {"login": email, "password": password}, follow=True
    )
    return text_of(response)


def test_sign_in_and_out_are_logged(cast: Cast) -> None:
    client = Client()
    sign_in(client, "OLA.bruker@example.no", PASSWORD)
    client.post(reverse("account_logout"))
    assert log_of(cast) == [
        ("tenants.session.ended", "Ola Bruker", "Ola Bruker"),
        ("tenants.session.started", "Ola Bruker", "Ola Bruker"),
    ]


def test_failed_sign_in_is_logged_without_the_password(cast: Cast) -> None:
    sign_in(Client(), "ola.bruker@example.no", "wrong-password-99")
    assert log_of(cast)[0] == ("tenants.session.refused", "", "ola.bruker@example.no")
    sign_in(Client(), "nobody@example.no", "wrong-password-99")
    entries = AuditEntry.objects.unscoped(reason="the test looks for a password in the whole log")
    newest = entries.newest(1)[0]
    assert (newest.organisation_id, newest.target_label) == (None, "nobody@example.no")
    assert not entries.filter(after__icontains="wrong-password-99").exists()


def test_guessing_is_stopped_by_the_rate_limit(cast: Cast) -> None:
    client = Client(headers={"Accept-Language": "en"})
    texts = [sign_in(client, cast.user.email, f"wrong-{attempt}") for attempt in range(11)]
    assert "do not match" in texts[0]
    assert "too many attempts" in texts[-1]
    assert "too many attempts" in sign_in(client, cast.user.email, PASSWORD)


def test_unverified_address_gets_no_session(cast: Cast, at_once: None) -> None:
    EmailAddress.objects.filter(user=cast.user).update(verified=False)
    client = Client()
    sign_in(client, cast.user.email, PASSWORD)
    assert "_auth_user_id" not in client.session


def test_reset_link_comes_in_the_readers_language_and_works(
    cast: Cast, at_once: None, django_capture_on_commit_callbacks: Capture
) -> None:
    actions.change_profile(cast.user, by=cast.user, language="en")
    client = Client(headers={"Accept-Language": "nb"})
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("account_reset_password"), {"email": cast.user.email})
    message = mail.outbox[0]
    assert isinstance(message, EmailMultiAlternatives)
    assert (message.to, len(mail.outbox)) == ([cast.user.email], 1)
    link = re.search(r"http://\S+/accounts/password/reset/key/\S+/", str(message.body))
    assert link
    html, kind = map(str, message.alternatives[0])
    assert kind == "text/html"
    assert f'href="{link[0]}"' in html
    assert '<html lang="en">' in html
    page = client.get(link[0], follow=True)
    client.post(
        page.request["PATH_INFO"],
        {"password1": "en-ny-lang-setning", "password2": "en-ny-lang-setning"},
    )
    sign_in(client, cast.user.email, "en-ny-lang-setning")
    assert log_of(cast)[0][0] == "tenants.session.started"
    assert "tenants.password.reset" in {
        entry.action for entry in AuditEntry.objects.in_organisation(cast.organisation).newest(3)
    }


def test_nothing_is_sent_when_the_work_is_undone(
    cast: Cast, at_once: None, django_capture_on_commit_callbacks: Capture
) -> None:
    with django_capture_on_commit_callbacks() as waiting:
        Client().post(reverse("account_reset_password"), {"email": cast.user.email})
    assert len(waiting) == 1
    assert mail.outbox == []


def test_demo_accounts_stand_on_the_sign_in_page_of_a_demo_alone(
    db: None, settings: Settings
) -> None:
    settings.DEMO, settings.DEMO_PASSWORD = True, "demo"
    shown = document(Client().get(reverse("account_login"))).xpath(
        '//main//input[@name="login"][@type="hidden"]/@value'
    )
    assert "ingrid.solberg@solvfjord.example" in shown
    assert len(shown) == 5
    settings.DEMO = False
    response = Client().get(reverse("account_login"))
    assert "solvfjord.example" not in response.content.decode()


def test_profile_is_saved_in_the_language_chosen(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.admin)
    url = reverse("tenants:profile")
    response = client.post(
        url, {"name": "Kari Å. Admin", "language": "en", "colour_scheme": "dark"}, follow=True
    )
    cast.admin.refresh_from_db()
    assert (cast.admin.name, cast.admin.language, cast.admin.colour_scheme) == (
        "Kari Å. Admin",
        "en",
        "dark",
    )
    assert "The profile is saved." in text_of(response)
    assert 'lang="en" data-color-scheme="dark"' in response.content.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 151),
        ("name", "a\u202eb"),
        ("language", "de"),
        ("colour_scheme", "x"),
    ],
)
def test_profile_with_a_fault_keeps_what_was_typed(
    cast: Cast, signed_in: SignIn, field: str, value: str
) -> None:
    typed = {"name": "Ny", "language": "en", "colour_scheme": "dark", field: value}
    response = signed_in(cast.admin).post(reverse("tenants:profile"), typed)
    assert (response.status_code, list(response.context["form"].errors)) == (422, [field])
    cast.admin.refresh_from_db()
    assert cast.admin.name == "Kari Admin"


def test_language_is_chosen_by_anybody(cast: Cast, signed_in: SignIn) -> None:
    url = reverse("tenants:set_language")
    visitor = Client(headers={"Accept-Language": "nb"})
    login = reverse("account_login")
    assert visitor.post(url, {"language": "nn", "next": login})["Location"] == login
    assert 'lang="nn"' in visitor.get(login).content.decode()
    client = signed_in(cast.admin)
    client.post(url, {"language": "en"})
    cast.admin.refresh_from_db()
    assert cast.admin.language == "en"
    before = client.post(url, {"language": "de"})
    assert "portal_language" not in before.cookies
    assert client.get(url).status_code == 405


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "javascript:alert(1)"]
)
def test_language_never_sends_to_another_site(db: None, target: str) -> None:
    response = Client().post(reverse("tenants:set_language"), {"language": "nn", "next": target})
    assert response["Location"] == reverse("tenants:home")
