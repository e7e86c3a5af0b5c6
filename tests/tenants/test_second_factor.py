"""Second factors: set up, used, renamed, removed, reset; and compulsory for some."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from tenants import actions
from tenants.access import Forbidden
from tenants.actions import grant_role
from tenants.checks import second_factor_roles
from tenants.models import AuditEntry, Organisation, User
from tenants.roles import Role
from tenants.second_factor import factors_of
from tests import factories, second_factors, sessions
from tests.cast import Cast
from tests.pages import document, parse, text_of
from videoportal.kit.fields import decrypt

type SignIn = Callable[[User], Client]
type Capture = DjangoCaptureOnCommitCallbacks

FACTORS = "/profile/second-factor/"
STEP = "/accounts/second-factor/"


def log_of(person: User) -> list[tuple[str, str]]:
    """Return slug and actor of what the log tells about the person, oldest first."""
    entries = AuditEntry.objects.unscoped(reason="the test reads one person's whole log")
    return list(
        entries.filter(target_key=str(person.pk), target_type="tenants.user")
        .order_by("pk")
        .values_list("action", "actor_label")
    )


def slugs_of(person: User) -> list[str]:
    return [slug for slug, _actor in log_of(person)]


def give_password(user: User, client: Client | None = None) -> Client:
    client = client or Client()
    client.post(reverse("account_login"), {"login": user.email, "password": factories.PASSWORD})
    return client


def give_code(client: Client, code: str) -> Any:
    return client.post(STEP, {"code": code})


def set_up_app(client: Client, *, ahead: int = 0) -> Any:
    page = document(client.get(f"{FACTORS}app/"))
    secret = "".join(page.xpath("//main//code")[0].text_content().split())
    return client.post(f"{FACTORS}app/", {"code": second_factors.code_of(secret, ahead=ahead)})


# Compulsory


@pytest.mark.parametrize(
    ("who", "required"),
    [("user", False), ("owner", False), ("admin", True), ("reseller", True), ("operator", True)],
)
def test_administrators_resellers_and_operators_must_have_one(
    cast: Cast, who: str, required: bool
) -> None:
    client = sessions.start(getattr(cast, who), second_factor=False)
    answer: Any = client.get("/jobs/")
    assert (answer.status_code, getattr(answer, "url", "")) == (
        (302, FACTORS) if required else (200, "")
    )
    if required:
        page = text_of(client.get(FACTORS))
        assert "Sett opp et ekstra trinn for å gå videre" in page
        assert "PIN-koder til rom der pasienter møter legen sin" in page


def test_nothing_else_opens_before_it_is_set_up(cast: Cast) -> None:
    client = sessions.start(cast.admin, second_factor=False)
    org = f"/o/{cast.organisation.slug}/rooms/"
    before = cast.organisation.audit_entries.count()
    fragment = client.get(org, headers={"HX-Request": "true"})
    assert (fragment.status_code, fragment.content, fragment["HX-Redirect"]) == (204, b"", FACTORS)
    for url in (f"{org}export/csv/", f"{org}{cast.room.public_id}/pin/host_pin/reveal/"):
        for answer in (client.get(url), client.post(url)):
            assert (answer.status_code, answer["Location"]) == (302, FACTORS)
            assert cast.room.host_pin not in answer.content.decode()
    for url in ("/accounts/email/", "/accounts/password/change/", "/profile/sessions/"):
        assert client.get(url)["Location"] == FACTORS, url
    assert cast.organisation.audit_entries.count() == before
    assert client.get("/accounts/logout/").status_code == 200


def test_the_setting_says_for_whom(cast: Cast, settings: Settings) -> None:
    settings.SECOND_FACTOR_REQUIRED_FOR = ["operator"]
    open_to = [
        sessions.start(person, second_factor=False).get("/jobs/").status_code
        for person in (cast.admin, cast.reseller, cast.operator)
    ]
    assert open_to == [200, 200, 302]
    settings.SECOND_FACTOR_REQUIRED_FOR = []
    assert sessions.start(cast.operator, second_factor=False).get("/jobs/").status_code == 200


def test_a_misspelt_role_in_the_setting_is_an_error(settings: Settings) -> None:
    assert second_factor_roles(None) == []
    settings.SECOND_FACTOR_REQUIRED_FOR = ["operator", "customer-admin"]
    (fault,) = second_factor_roles(None)
    assert "do not exist: customer-admin." in fault.msg


def test_a_role_given_to_somebody_demands_it_at_the_next_request(cast: Cast) -> None:
    client = sessions.start(cast.user, second_factor=False)
    assert client.get("/jobs/").status_code == 200
    grant_role(cast.user, Role.CUSTOMER_ADMIN, cast.organisation, by=None)
    assert client.get("/jobs/")["Location"] == FACTORS


def test_after_setting_it_up_one_comes_to_the_page_one_wanted(cast: Cast) -> None:
    client = sessions.start(cast.admin, second_factor=False)
    wanted = f"/o/{cast.organisation.slug}/rooms/?q=evas"
    client.get(wanted)
    assert set_up_app(client)["Location"] == f"{FACTORS}codes/"
    page = client.get(f"{FACTORS}codes/")
    assert len(document(page).xpath("//ul[contains(@class, 'codes')]/li")) == 10
    assert client.post(f"{FACTORS}codes/")["Location"] == wanted
    assert client.get(wanted).status_code == 200


def test_a_form_sent_before_it_is_kept(cast: Cast) -> None:
    client = sessions.start(cast.admin)
    url = reverse("tenants:profile")
    mark = parse(client.get(url).content).xpath("//input[@name='_owner']/@value")[0]
    sessions.signed_in_at(client, cast.admin, minutes_ago=0, second_factor=False)
    client.post(url, {"name": "Kari Endret", "_owner": mark})
    set_up_app(client)
    assert client.post(f"{FACTORS}codes/")["Location"] == url
    assert parse(client.get(url).content).xpath("//input[@name='name']/@value") == ["Kari Endret"]


def test_an_older_session_gives_the_factor_and_cannot_add_another(cast: Cast) -> None:
    client = sessions.start(cast.admin, second_factor=False)
    second_factors.give_app(cast.admin)
    confirm = f"{STEP}confirm/"
    assert client.get("/jobs/")["Location"] == f"{confirm}?next=/jobs/"
    for page in ("", "app/", "passkeys/add/", "codes/", "codes/renew/"):
        assert client.get(FACTORS + page)["Location"].startswith(confirm), page
    # The password is not offered there, and leads nowhere.
    assert "Bruk passordet" not in text_of(client.get(confirm))
    assert client.get("/accounts/reauthenticate/")["Location"].startswith(confirm)
    code = second_factors.code_of()
    assert client.post(f"{confirm}?next=/jobs/", {"code": code})["Location"] == "/jobs/"
    assert client.get("/jobs/").status_code == 200


# Signing in


def test_sign_in_asks_for_the_code_and_nothing_opens_before_it(cast: Cast) -> None:
    second_factors.give_app(cast.admin)
    client = give_password(cast.admin)
    assert "_auth_user_id" not in client.session
    assert client.get("/jobs/")["Location"].startswith("/accounts/login/")
    page = client.get(STEP)
    assert text_of(page, "//h1") == "Ett trinn til"
    wrong = give_code(client, "000000")
    assert "Koden er feil, eller den er brukt før." in text_of(wrong)
    assert slugs_of(cast.admin)[-1] == "tenants.second_factor.refused"
    right = second_factors.code_of()
    assert give_code(client, right).status_code == 302
    assert client.get("/jobs/").status_code == 200


def test_a_code_is_good_once(cast: Cast) -> None:
    second_factors.give_app(cast.admin)
    code = second_factors.code_of()
    assert give_code(give_password(cast.admin), f"{code[:3]} {code[3:]}").status_code == 302
    again = give_code(give_password(cast.admin), code)
    assert "Koden er feil, eller den er brukt før." in text_of(again)


def test_a_recovery_code_is_good_once_logged_and_told(
    cast: Cast, at_once: None, django_capture_on_commit_callbacks: Capture
) -> None:
    code = second_factors.give_app(cast.admin)[3]
    with django_capture_on_commit_callbacks(execute=True):
        assert give_code(give_password(cast.admin), code).status_code == 302
    assert "tenants.second_factor.code_used" in slugs_of(cast.admin)
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == ([cast.admin.email], "En reservekode er brukt")
    assert "Koder igjen: 9." in letter.body
    second = give_password(cast.admin)
    assert "Koden er feil" in text_of(give_code(second, code))
    assert "_auth_user_id" not in second.session


def test_guessing_codes_is_stopped(cast: Cast) -> None:
    codes = second_factors.give_app(cast.admin)
    client = give_password(cast.admin)
    answers = [give_code(client, f"00000{digit}").status_code for digit in range(6)]
    assert answers == [200] * 5 + [429]
    # Another browser that knows the password is stopped too, also with a right code.
    stopped = give_code(give_password(cast.admin), codes[0])
    assert stopped.status_code == 429
    assert "mange" in text_of(stopped, "//h1")


# One's own factors


def test_the_secret_of_an_app_is_encrypted_at_rest(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.user)
    set_up_app(client)
    app = factors_of(cast.user).app
    assert app is not None
    assert len(decrypt(app.data["secret"])) == 32
    stored = str([factor.data for factor in Authenticator.objects.filter(user=cast.user)])
    assert decrypt(app.data["secret"]) not in stored


def test_a_wrong_first_code_sets_nothing_up(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.user)
    shown = document(client.get(f"{FACTORS}app/")).xpath("//main//code")[0].text_content()
    page = client.post(f"{FACTORS}app/", {"code": "000000"})
    assert page.status_code == 422
    assert document(page).xpath("//main//code")[0].text_content() == shown
    assert not factors_of(cast.user).any


def test_setting_up_is_logged_told_and_shows_the_codes_once(
    cast: Cast,
    signed_in: SignIn,
    at_once: None,
    django_capture_on_commit_callbacks: Capture,
) -> None:
    client = signed_in(cast.user)
    with django_capture_on_commit_callbacks(execute=True):
        set_up_app(client)
    assert slugs_of(cast.user)[-1] == "tenants.second_factor.added"
    assert "En autentiseringsapp er satt opp" in mail.outbox[0].body
    codes = f"{FACTORS}codes/"
    assert client.get(codes).status_code == 200
    client.post(codes)
    assert client.get(codes)["Location"] == FACTORS
    overview = text_of(client.get(FACTORS))
    assert "Du har 10 reservekoder igjen." in overview


def test_new_recovery_codes_end_the_old_ones(cast: Cast, signed_in: SignIn) -> None:
    old = second_factors.give_app(cast.user)
    client = signed_in(cast.user)
    assert "slutter å virke" in text_of(client.get(f"{FACTORS}codes/renew/"))
    page = client.post(f"{FACTORS}codes/renew/", follow=True)
    new = [
        "".join(item.text_content().split())
        for item in document(page).xpath("//ul[contains(@class, 'codes')]/li")
    ]
    assert len(new) == 10
    assert not set(new) & set(old)
    assert "Koden er feil" in text_of(give_code(give_password(cast.user), old[0]))
    assert give_code(give_password(cast.user), new[0]).status_code == 302
    assert "tenants.second_factor.codes_renewed" in slugs_of(cast.user)


def test_the_last_factor_stays_where_it_is_compulsory(cast: Cast, signed_in: SignIn) -> None:
    second_factors.give_app(cast.admin)
    app = factors_of(cast.admin).app
    assert app is not None
    client, url = signed_in(cast.admin), f"{FACTORS}{app.pk}/remove/"
    assert url not in client.get(FACTORS).content.decode()
    assert "Sett opp et annet først." in text_of(client.get(url))
    assert client.post(url).status_code == 403
    with pytest.raises(actions.LastFactor):
        actions.remove_factor(cast.admin, app.pk, by=cast.admin)
    assert factors_of(cast.admin).any


def test_whoever_need_not_have_one_may_remove_it(cast: Cast, signed_in: SignIn) -> None:
    second_factors.give_app(cast.user)
    app = factors_of(cast.user).app
    assert app is not None
    client = signed_in(cast.user)
    client.post(f"{FACTORS}{app.pk}/remove/")
    assert not Authenticator.objects.filter(user=cast.user).exists()
    assert slugs_of(cast.user)[-1] == "tenants.second_factor.removed"
    # The session no longer counts as one with two factors.
    grant_role(cast.user, Role.CUSTOMER_ADMIN, cast.organisation, by=None)
    assert client.get("/jobs/")["Location"] == FACTORS


def test_somebody_elses_factor_is_not_there(cast: Cast, signed_in: SignIn) -> None:
    second_factors.give_app(cast.other_admin)
    app = factors_of(cast.other_admin).app
    assert app is not None
    client = signed_in(cast.user)
    for page in (f"{app.pk}/remove/", f"passkeys/{app.pk}/name/"):
        assert client.get(FACTORS + page).status_code == 404
        assert client.post(FACTORS + page, {"name": "x"}).status_code == 404
    with pytest.raises(Forbidden):
        actions.remove_factor(cast.other_admin, app.pk, by=cast.user)
    assert factors_of(cast.other_admin).any


def test_own_factors_are_for_whoever_showed_lately_who_they_are(cast: Cast) -> None:
    client = sessions.start(cast.user, minutes_ago=11)
    for page in ("", "app/", "passkeys/add/", "codes/renew/"):
        assert client.get(FACTORS + page)["Location"].startswith("/accounts/reauthenticate/")


@pytest.mark.parametrize(
    "credential",
    [
        "",
        "x",
        "{}",
        "[]",
        '{"id": 1}',
        '{"response": {}}',
        "9" * 5000,
        "[" * 50_000,
        "1e999",
        "null",
    ],
    ids=range(10),
)  # fmt: skip
def test_a_passkey_that_nobody_asked_for_is_refused(
    cast: Cast, signed_in: SignIn, credential: str
) -> None:
    client = signed_in(cast.user)
    client.get(f"{FACTORS}passkeys/add/")
    page = client.post(f"{FACTORS}passkeys/add/", {"name": "Min", "credential": credential})
    assert page.status_code == 422
    assert not factors_of(cast.user).any
    sign_in = Client().post(reverse("mfa_login_webauthn"), {"credential": credential}, follow=True)
    assert "Passnøkkelen kunne ikke brukes." in text_of(sign_in)


# Reset by somebody else


def test_the_operator_resets_with_a_reason_and_the_person_is_told(
    cast: Cast,
    signed_in: SignIn,
    at_once: None,
    django_capture_on_commit_callbacks: Capture,
) -> None:
    second_factors.give_app(cast.admin)
    theirs = sessions.start(cast.admin)
    url = reverse("tenants:reset_second_factor")
    with django_capture_on_commit_callbacks(execute=True):
        page = signed_in(cast.operator).post(
            url, {"email": "KARI.admin@example.no", "reason": "Mistet telefonen"}, follow=True
        )
    assert "nullstilt for Kari Admin" in text_of(page)
    assert not Authenticator.objects.filter(user=cast.admin).exists()
    assert not UserSession.objects.filter(user=cast.admin).exists()
    assert theirs.get("/jobs/")["Location"].startswith("/accounts/login/")
    assert log_of(cast.admin)[-1] == ("tenants.second_factor.reset", "Drift Operatør")
    (letter,) = mail.outbox
    assert letter.to == [cast.admin.email]
    assert "Drift Operatør har fjernet" in letter.body
    assert "Oppgitt grunn: Mistet telefonen" in letter.body
    # The password is enough once, and then a new one must be set up.
    assert give_password(cast.admin).get("/jobs/")["Location"] == FACTORS


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"email": "ingen@example.no", "reason": "x"}, "email"),
        ({"email": "kari.admin@example.no", "reason": " "}, "reason"),
        ({"email": "drift@leverandor.example.no", "reason": "x"}, "email"),
    ],
)
def test_a_reset_with_a_fault_resets_nothing(
    cast: Cast, signed_in: SignIn, values: dict[str, str], field: str
) -> None:
    second_factors.give_app(cast.admin)
    response = signed_in(cast.operator).post(reverse("tenants:reset_second_factor"), values)
    assert (response.status_code, list(response.context["form"].errors)) == (422, [field])
    assert factors_of(cast.admin).any


@pytest.mark.parametrize(
    ("by", "person", "may"),
    [
        ("operator", "admin", True),
        ("operator", "reseller", True),
        ("admin", "user", True),
        ("reseller", "admin", True),
        ("admin", "admin", False),
        ("admin", "other_admin", False),
        ("admin", "reseller", False),
        ("admin", "operator", False),
        ("other_reseller", "admin", False),
        ("user", "owner", False),
    ],
)
def test_who_may_reset_whom(cast: Cast, by: str, person: str, may: bool) -> None:
    whom, actor = getattr(cast, person), getattr(cast, by)
    second_factors.give_app(whom)
    assert actions.may_reset_second_factor(whom, by=actor) is may
    if may:
        actions.reset_second_factor(whom, by=actor, reason="Mistet telefonen")
    else:
        with pytest.raises(Forbidden):
            actions.reset_second_factor(whom, by=actor, reason="Mistet telefonen")
    assert factors_of(whom).any is not may


def test_a_member_with_a_higher_level_elsewhere_is_out_of_reach(cast: Cast) -> None:
    second_factors.give_app(cast.reseller)
    grant_role(cast.reseller, Role.USER, cast.organisation, by=None)
    with pytest.raises(Forbidden, match="høyere"):
        actions.reset_second_factor(cast.reseller, by=cast.admin, reason="x")
    assert factors_of(cast.reseller).any


# Languages


@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_pages_and_letters_speak_the_persons_language(
    cast: Cast,
    at_once: None,
    django_capture_on_commit_callbacks: Capture,
    language: str,
) -> None:
    User.objects.filter(pk=cast.user.pk).update(language=language)
    client = sessions.start(cast.user)
    with django_capture_on_commit_callbacks(execute=True):
        set_up_app(client)
    title = {"nb": "Innlogging i to trinn", "nn": "Innlogging i to trinn", "en": "Two-step sign-in"}
    assert text_of(client.get(FACTORS), "//h1") == title[language]
    subject = {
        "nb": "Innloggingen din i to trinn er endret",
        "nn": "Innlogginga di i to trinn er endra",
        "en": "Your two-step sign-in is changed",
    }
    assert mail.outbox[0].subject == subject[language]
    assert re.search(r"%\(|\{\{", str(mail.outbox[0].body)) is None


def test_an_administrator_resets_for_a_member_and_nobody_above_or_elsewhere(
    cast: Cast, signed_in: SignIn
) -> None:
    def address(person: User, where: Organisation) -> str:
        return reverse("tenants:member_second_factor", args=[where.slug, person.public_id])

    second_factors.give_app(cast.owner)
    client = signed_in(cast.admin)
    detail = reverse("tenants:member_detail", args=[cast.organisation.slug, cast.owner.public_id])
    here = address(cast.owner, cast.organisation)
    assert here in document(client.get(detail)).xpath("//a/@href")
    empty = client.post(here, {"reason": " "})
    assert empty.status_code == 422
    assert factors_of(cast.owner).any
    client.post(here, {"reason": "Mistet telefonen"})
    assert not factors_of(cast.owner).any
    assert log_of(cast.owner)[-1] == ("tenants.second_factor.reset", "Kari Admin")
    # A member here who holds more elsewhere, and oneself.
    second_factors.give_app(cast.other_admin)
    grant_role(cast.other_admin, Role.USER, cast.organisation, by=None)
    for person in (cast.other_admin, cast.admin):
        page = client.get(address(person, cast.organisation))
        assert "Dette kan du ikke gjøre" in text_of(page)
        refused = client.post(address(person, cast.organisation), {"reason": "Mistet den"})
        assert refused.status_code == 422
    assert factors_of(cast.other_admin).any
    for stranger, where in ((cast.owner, cast.foreign), (cast.other_reseller, cast.organisation)):
        assert client.post(address(stranger, where), {"reason": "Mistet"}).status_code == 404
