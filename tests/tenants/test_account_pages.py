"""Sign-in, sign-up, passwords and addresses: our pages, words and mails."""

from __future__ import annotations

import re

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import SESSION_KEY
from django.core import mail
from django.test import Client

from tenants.models import User
from tests import factories, sessions
from tests.pages import parse

pytestmark = pytest.mark.django_db


def texts(response, path):
    return [" ".join(node.text_content().split()) for node in parse(response.content).xpath(path)]


def test_a_refused_sign_in_does_not_tell_which_part_was_wrong():
    factories.make_user("kari@example.no")
    answers = [
        Client().post("/accounts/login/", {"login": address, "password": "feil"})
        for address in ("kari@example.no", "ingen@example.no")
    ]
    alerts = [texts(answer, "//*[@role='alert']") for answer in answers]
    assert alerts[0] == alerts[1]
    (told,) = alerts[0]
    assert told == (
        "Vi kunne ikke logge deg inn E-postadressen og passordet passer ikke sammen. "
        "Prøv igjen, eller lag et nytt passord."
    )
    assert parse(answers[0].content).xpath("//input[@name='login']/@value") == ["kari@example.no"]
    assert not parse(answers[0].content).xpath("//input[@name='password']/@value")


@pytest.mark.parametrize(
    ("language", "title", "labels"),
    [
        ("nb", "Logg inn", ["E-postadresse", "Passord"]),
        ("nn", "Logg inn", ["E-postadresse", "Passord"]),
        ("en", "Sign in", ["E-mail address", "Password"]),
    ],
)
def test_sign_in_speaks_the_readers_language(language, title, labels):
    page = Client(headers={"Accept-Language": language}).get("/accounts/login/")
    assert texts(page, "//h1") == [title]
    assert texts(page, "//main//form//label") == labels
    assert not parse(page.content).xpath("//@placeholder")


def test_a_new_account_is_named_and_confirmed_by_mail(at_once, django_capture_on_commit_callbacks):
    client = Client()
    values = {
        "name": "Åse Ny",
        "email": "Ase.Ny@example.no",
        "password1": "en lang setning om fjorden",
        "password2": "en lang setning om fjorden",
    }
    with django_capture_on_commit_callbacks(execute=True):
        page = client.post("/accounts/signup/", values, follow=True)
    assert texts(page, "//h1") == ["Bekreft e-postadressen din"]
    assert User.objects.get(email__iexact="ase.ny@example.no").name == "Åse Ny"
    (letter,) = mail.outbox
    assert letter.subject == "Bekreft e-postadressen din"
    assert "Videoportal" in letter.body
    link = re.search(r"http://\S+?(/accounts/confirm-email/\S+)", str(letter.body))
    assert link is not None
    confirm = client.get(link[1])
    assert texts(confirm, "//main//button") == ["Bekreft adressen"]
    client.post(link[1])
    signed_in = client.post(
        "/accounts/login/", {"login": values["email"], "password": values["password1"]}
    )
    assert signed_in.status_code == 302


def test_an_account_on_anothers_address_is_not_confirmed_without_its_password(
    at_once, django_capture_on_commit_callbacks
):
    """A stranger begins an account on Åse's address; she opens the link and says: it is mine."""
    stranger, her = Client(), Client()
    password = "en lang setning om fjorden"
    values = {"name": "x", "email": "ase@example.no", "password1": password, "password2": password}
    with django_capture_on_commit_callbacks(execute=True):
        stranger.post("/accounts/signup/", values)
    link = re.search(r"http://\S+?(/accounts/confirm-email/\S+)", str(mail.outbox[-1].body))
    assert link is not None
    address = EmailAddress.objects.get(email="ase@example.no")
    assert texts(her.get(link[1]), "//main//form//label") == ["Passord"]
    for typed in ("", "noe annet enn det"):
        refused = her.post(link[1], {"password": typed})
        assert refused.status_code == 422
        assert len(texts(refused, "//ds-error-summary//li")) == 1
        address.refresh_from_db()
        assert not address.verified

    # A new password is hers to choose, since the mailbox is; the stranger's opens nothing then.
    with django_capture_on_commit_callbacks(execute=True):
        her.post("/accounts/password/reset/", {"email": "ase@example.no"})
    reset = re.search(r"http://\S+?(/accounts/password/reset/key/\S+)", str(mail.outbox[-1].body))
    assert reset is not None
    form = her.get(reset[1], follow=True)
    own = "en helt annen setning om fjellet"
    her.post(form.request["PATH_INFO"], {"password1": own, "password2": own})
    assert her.post(link[1], {"password": password}).status_code == 422
    assert her.post(link[1], {"password": own}).status_code == 302
    address.refresh_from_db()
    assert address.verified
    signed_in = stranger.post("/accounts/login/", {"login": "ase@example.no", "password": password})
    assert signed_in.status_code == 200
    assert SESSION_KEY not in stranger.session


def test_the_password_confirms_in_another_browser(at_once, django_capture_on_commit_callbacks):
    password = "en lang setning om fjorden"
    values = {"name": "x", "email": "ase@example.no", "password1": password, "password2": password}
    with django_capture_on_commit_callbacks(execute=True):
        Client().post("/accounts/signup/", values)
    link = re.search(r"http://\S+?(/accounts/confirm-email/\S+)", str(mail.outbox[-1].body))
    assert link is not None
    assert Client().post(link[1], {"password": password}).status_code == 302
    assert EmailAddress.objects.get(email="ase@example.no").verified


def sign_up(client, address, capture, password="en lang setning om fjorden"):
    values = {"name": "Ny", "email": address, "password1": password, "password2": password}
    with capture(execute=True):
        return client.post("/accounts/signup/", values, follow=True)


def test_an_address_that_another_account_only_claims_keeps_its_owner_from_nothing(
    at_once, signed_in, django_capture_on_commit_callbacks
):
    stranger = factories.make_user("fremmed@example.no")
    EmailAddress.objects.create(user=stranger, email="ase@example.no", verified=False)
    her = Client()
    answer = sign_up(her, "Ase@example.no", django_capture_on_commit_callbacks)
    (letter,) = mail.outbox
    link = re.search(r"http://\S+?(/accounts/confirm-email/\S+)", str(letter.body))
    assert link is not None
    her.post(link[1])
    account = User.objects.get(email="ase@example.no")
    assert EmailAddress.objects.get(email="ase@example.no", verified=True).user == account
    # Nobody sees from the answer whether there was a claim, an account or nothing.
    mail.outbox.clear()
    seen = [texts(answer, "//main")]
    factories.make_user("finnes@example.no")
    for address in ("finnes@example.no", "ingen@example.no"):
        page = sign_up(Client(), address, django_capture_on_commit_callbacks)
        seen.append([text.replace(address, "ase@example.no") for text in texts(page, "//main")])
    assert seen[0] == seen[1] == seen[2]
    # The claim is worth nothing any more, also for the one who made it.
    claim = EmailAddress.objects.get(user=stranger, email="ase@example.no")
    assert not claim.can_set_verified()
    assert not claim.verified


def test_opening_a_first_link_signs_nobody_out(
    at_once, signed_in, django_capture_on_commit_callbacks
):
    """A link in a mail is fetched by scanners, and by whoever is made to."""
    begun = Client()
    sign_up(begun, "ny@example.no", django_capture_on_commit_callbacks)
    link = re.search(r"http://\S+?(/accounts/confirm-email/\S+)", str(mail.outbox[-1].body))
    assert link is not None
    kari = factories.make_user("kari@example.no")
    client = signed_in(kari)
    for method in (client.get, client.head):
        assert method(link[1]).status_code == 200
        assert client.session[SESSION_KEY] == str(kari.pk)
    # Confirming it is a step of one's own: the browser is the new account's from then on.
    client.post(link[1], {"password": "en lang setning om fjorden"})
    assert SESSION_KEY not in client.session
    assert EmailAddress.objects.get(email="ny@example.no").verified


def test_passwords_that_differ_are_shown_at_their_field():
    page = Client().post(
        "/accounts/signup/",
        {
            "name": "x",
            "email": "a@example.no",
            "password1": "en lang setning",
            "password2": "en annen setning",
        },
    )
    assert parse(page.content).findtext(".//title").startswith("Feil:")
    assert parse(page.content).xpath("//input[@name='password2']/@aria-describedby") == [
        "id_password2_error"
    ]


def test_a_forgotten_password_can_be_made_anew(at_once, django_capture_on_commit_callbacks):
    factories.make_user("kari@example.no")
    client = Client()
    with django_capture_on_commit_callbacks(execute=True):
        done = client.post("/accounts/password/reset/", {"email": "kari@example.no"}, follow=True)
    assert texts(done, "//h1") == ["Se i e-posten din"]
    link = re.search(r"http://\S+?(/accounts/password/reset/key/\S+)", str(mail.outbox[0].body))
    assert link is not None
    page = client.get(link[1], follow=True)
    assert texts(page, "//main//label") == ["Nytt passord", "Gjenta passordet"]
    new = "et helt nytt passord her"
    saved = client.post(
        page.request["PATH_INFO"], {"password1": new, "password2": new}, follow=True
    )
    assert texts(saved, "//h1") == ["Passordet er endret"]
    used = Client().get(link[1], follow=True)
    assert "Lenken har gått ut eller er brukt." in used.text


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/accounts/password/change/", "Bytt passord"),
        ("/accounts/email/", "E-postadresser"),
        ("/accounts/logout/", "Logg ut"),
    ],
)
def test_pages_of_ones_own_account(signed_in, path, title):
    page = signed_in(factories.make_user("kari@example.no")).get(path)
    assert texts(page, "//h1") == [title]
    assert "%(" not in page.text


def test_addresses_are_listed_with_their_state(signed_in):
    client = signed_in(factories.make_user("kari@example.no"))
    client.post("/accounts/email/", {"email": "ny@example.no", "action_add": ""})
    rows = texts(client.get("/accounts/email/"), "//ul[@class='tasks']/li")
    assert sorted(rows) == [
        "Bekreftet kari@example.noBekreftet · Du logger inn med denne",
        (
            "Ikke bekreftet ny@example.noIkke bekreftet. Åpne lenken vi sendte til adressen. "
            "Send en ny lenke Fjern"
        ),
    ]


@pytest.mark.parametrize("button", ["action_add", "action_primary", "action_remove"])
def test_addresses_change_only_for_whoever_showed_lately_who_they_are(button):
    kari = factories.make_user("kari@example.no")
    second = EmailAddress.objects.create(user=kari, email="to@example.no", verified=True)
    client = sessions.start(kari)
    mark = parse(client.get("/accounts/email/").content).xpath("//input[@name='_owner']/@value")[0]
    sessions.signed_in_at(client, kari, minutes_ago=11)
    typed = "ny@example.no" if button == "action_add" else second.email
    before = list(EmailAddress.objects.order_by("pk").values())
    answer = client.post("/accounts/email/", {"email": typed, button: "", "_owner": mark})
    assert answer["Location"] == "/accounts/reauthenticate/?next=/accounts/email/"
    assert list(EmailAddress.objects.order_by("pk").values()) == before
    page = client.post(answer["Location"], {"password": factories.PASSWORD}, follow=True)
    assert page.request["PATH_INFO"] == "/accounts/email/"
    assert typed in parse(page.content).xpath("//input[@name='email']/@value")
    client.post("/accounts/email/", {"email": typed, button: ""})
    assert list(EmailAddress.objects.order_by("pk").values()) != before
