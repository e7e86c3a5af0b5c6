"""The provider's pages of the video platforms."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from rooms import actions
from rooms.forms.platform_fields import check_web_address
from rooms.models import OutboxEntry, PlatformComparison, PlatformContact, Room
from rooms.platforms import checking, seen
from rooms.platforms.events.shape import shape_of
from rooms.platforms.models import OddEvent, SinkDelivery, VideoPlatform, digest_of
from rooms.platforms.outbox.queueing import Thing, queue
from tenants.access import Forbidden
from tenants.models import AuditEntry, User
from tests import sessions
from tests.cast import Cast
from tests.pages import document, squeezed, text_of
from tests.pexip import Pexip
from tests.rooms.platforms.conftest import Ask

type SignIn = Callable[[User], Client]
LIST = "/operation/platforms/"
URL = f"{LIST}standard/"
SECRET = "hemmelig-passord-1"


@pytest.fixture(autouse=True)
def _heard_of_nobody() -> None:
    seen.forget()


@pytest.fixture
def operator(cast: Cast, platform: VideoPlatform, signed_in: SignIn) -> Client:
    return signed_in(cast.operator)


@pytest.fixture
def managed(platform: VideoPlatform, pexip: Pexip) -> VideoPlatform:
    """The platform with the simulator's management API."""
    platform.management_url, platform.management_user = pexip.url, pexip.user
    platform.management_password = pexip.password
    platform.save()
    return platform


def log_of(action: str) -> AuditEntry:
    return AuditEntry.objects.unscoped(reason="a test reads the log").filter(action=action).get()


def values_of(client: Client, url: str) -> dict[str, str]:
    """Return what the form would post."""
    form = document(client.get(url)).xpath("//main//form[.//input[@name='domain']]")[0]
    kept = {"csrfmiddlewaretoken", "_owner"}
    return {name: value or "" for name, value in form.fields.items() if name not in kept}


def cells(client: Client) -> list[str]:
    return [squeezed(c.text_content()) for c in document(client.get(LIST)).xpath("//tbody/tr/*")]


def facts_on(client: Client) -> dict[str, str]:
    page = document(client.get(URL))
    return {
        squeezed(dt.text_content()): squeezed(dt.getnext().text_content())
        for dt in page.xpath("//main//dt[not(../@class='join')]")
    }


# What is shown


def test_list_tells_state_rooms_queues_faults_and_when_it_was_heard_of(
    cast: Cast, operator: Client, platform: VideoPlatform, ask: Ask, tell: Ask
) -> None:
    name, _kind, *rest = cells(operator)
    assert (rest[0], rest[1:4], rest[4:]) == ("I bruk", ["3", "0", "0"], ["Ingen ennå"] * 2)
    ask("service/configuration", local_alias=cast.room.number)
    tell({"node": "n"})
    Room.objects.unscoped(reason="one is refused").filter(pk=cast.foreign_room.pk).update(
        provisioning="failed", provisioning_error="name: taken"
    )
    OddEvent.objects.create(platform=platform, event="ny_hendelse", reason="an unknown event")
    _name, _kind, state, rooms, waiting, faults, answered, told = cells(operator)
    assert (state, rooms, waiting, faults) == ("I bruk", "3", "0", "2")
    assert answered.startswith("I dag kl.")
    assert told.startswith("I dag kl.")
    assert name.startswith(platform.name)


def test_platform_page_tells_what_waits_and_since_when(
    cast: Cast, operator: Client, platform: VideoPlatform
) -> None:
    for room, parked in ((cast.room, None), (cast.own_room, None), (cast.foreign_room, 1)):
        OutboxEntry.objects.create(
            platform=platform,
            organisation=room.organisation,
            kind="room",
            key=room.public_id,
            queued_at=timezone.now() - timedelta(days=2),
            parked_at=timezone.now() if parked else None,
        )
    SinkDelivery.objects.create(platform=platform, body=b"{}")
    other = VideoPlatform.objects.get(pk=platform.pk)
    other.pk, other.slug, other.is_default = None, "annen", False
    other.save()
    SinkDelivery.objects.create(platform=other, body=b"{}")
    found = facts_on(operator)
    assert found["Endringer som skal sendes"] == "2"
    assert found["Avvist, sendes ikke igjen"] == "1"
    assert found["Leveranser av hendelser som skal leses"] == "1"
    when = timezone.localtime(timezone.now() - timedelta(days=2))
    assert f"Eldste: {when:%d.%m.%Y}" in text_of(operator.get(URL))


def test_refused_rooms_stand_with_reason_and_way_to_them_but_without_names(
    cast: Cast, operator: Client
) -> None:
    rooms = Room.objects.unscoped(reason="two organisations' rooms")
    rooms.filter(pk__in=[cast.room.pk, cast.foreign_room.pk]).update(
        provisioning="failed", provisioning_error="name: Conference with this Name already exists."
    )
    response = operator.get(URL)
    words = text_of(response)
    assert "2 rom er ikke som de skal være på plattformen" in words
    assert words.count("Conference with this Name already exists.") == 2
    links = document(response).xpath("//section[@aria-labelledby='faults-heading']//a/@href")
    assert sorted(links) == sorted(
        f"/operation/organisations/{org.slug}/" for org in (cast.organisation, cast.foreign)
    )
    for secret in ("Samtalerom A", "Per Annen", "per.annen", str(cast.room.host_pin)):
        assert secret not in response.content.decode()


def test_odd_events_show_their_fields_and_nothing_of_what_they_said(
    operator: Client, platform: VideoPlatform, tell: Ask
) -> None:
    OddEvent.objects.create(
        platform=platform,
        event="participant_dansed",
        reason="an unknown event",
        times=3,
        sample=json.dumps(
            {"display_name": "Kari Nordmann", "Kari Nordmann": 1, "list": [{"a": 1}]}
        ),
    )
    response = operator.get(URL)
    words = text_of(response)
    assert "participant_dansed an unknown event" in words
    assert "3 ganger. Sist: I dag kl." in words
    assert "{display_name: str, ?: int, list: [1 × {a: int}]}" in words
    assert "Kari" not in response.content.decode()


def test_what_was_refused_is_sent_again_and_a_resting_platform_is_asked(
    cast: Cast, operator: Client, platform: VideoPlatform
) -> None:
    entries = OutboxEntry.objects.unscoped(reason="two organisations' things")
    for kind, room in (("room", cast.room), ("device", cast.foreign_room)):
        OutboxEntry.objects.create(
            platform=platform,
            organisation=room.organisation,
            kind=kind,
            key=room.public_id,
            parked_at=timezone.now(),
            reason=f"alias: {kind} is taken",
        )
    PlatformContact.objects.create(
        platform=platform, rests=3, resting_until=timezone.now() + timedelta(hours=1)
    )
    page = operator.get(URL)
    words = text_of(page)
    assert "Endepunkter som plattformen ikke tok imot Solfjord kommunealias: device is taken" in (
        words
    )
    forms = {
        squeezed(form.text_content()): form.get("action")
        for form in document(page).xpath("//main//form")
    }
    done = operator.post(forms["Send på nytt"], follow=True)
    assert "2 endringer sendes igjen." in text_of(done)
    assert not entries.parked().exists()
    assert entries.waiting().count() == 2
    operator.post(forms["Spør nå"])
    resting_until = PlatformContact.objects.get(platform=platform).resting_until
    assert resting_until is not None
    assert resting_until <= timezone.now()
    assert log_of("rooms.outbox.asked").organisation_id is None
    assert log_of("rooms.outbox.sent_again").after == {"sent_again": 2}


def test_odd_events_leave_the_list_with_what_was_seen(
    operator: Client, platform: VideoPlatform
) -> None:
    OddEvent.objects.create(platform=platform, event="first", reason="odd")
    form = document(operator.get(URL)).xpath("//form[contains(@action, 'events/forget')]")[0]
    OddEvent.objects.create(platform=platform, event="second", reason="odd")
    for nonsense in ("", "in a while", "2026-11-25T12:00:00"):
        operator.post(form.get("action"), {"until": nonsense})
    assert OddEvent.objects.count() == 2
    operator.post(form.get("action"), {"until": form.fields["until"]})
    assert [row.event for row in OddEvent.objects.all()] == ["second"]
    assert log_of("rooms.platform.odd_events_forgotten").before == {"events": "first"}


def test_shape_ends_somewhere_and_says_nothing_of_broken_text() -> None:
    assert shape_of('{"a": {"b": {"c": {"d": 1}}}}') == "{a: {b: {c: {…}}}}"
    assert shape_of('{"name": "Ka') == ""
    assert shape_of("[" * 100_000) == ""
    assert shape_of("[null, 1]") == "[2 × null]"


def test_a_wrong_password_and_a_withheld_answer_are_told(
    cast: Cast, operator: Client, platform: VideoPlatform, ask: Ask, tell: Ask
) -> None:
    assert ask("service/configuration", password="feil", local_alias="1").status_code == 401
    assert tell({}, password="feil").status_code == 401
    Room.objects.in_organisation(cast.organisation).filter(pk=cast.room.pk).update(host_pin="12")
    ask("service/configuration", local_alias=cast.room.number)
    response = operator.get(URL)
    words = text_of(response)
    assert "Siste spørsmål med feil passord: I dag" in words
    assert "Siste leveranse med feil passord: I dag" in words
    assert "Et svar ble holdt tilbake" in words
    assert f"{cast.room.number}: " in words
    assert not SinkDelivery.objects.exists()


def test_nobody_fills_the_store_with_platforms_that_do_not_exist(
    cast: Cast, platform: VideoPlatform
) -> None:
    for path in ("policy/v1/service/configuration", "events"):
        Client().generic(
            "POST" if path == "events" else "GET",
            f"/platforms/nobody/{path}",
            "{}",
            content_type="application/json",
            headers={"authorization": "Basic YTpi"},
        )
    assert seen.latest(["nobody"])["nobody"] == seen.Seen()


def test_a_store_that_is_down_costs_an_answer_nothing_and_is_told(
    cast: Cast, operator: Client, ask: Ask, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        with monkeypatch.context() as patch:
            patch.setitem(settings.CACHES["default"], "LOCATION", f"redis://127.0.0.1:{port}/0")
            assert ask("service/configuration", local_alias=cast.room.number).status_code == 200
            words = text_of(operator.get(URL))
    assert "Siste svar og hendelser er ikke kjent nå" in words
    assert "Ikke kjent nå" in words


def test_silence_and_pause_are_told(operator: Client, platform: VideoPlatform) -> None:
    PlatformContact.objects.create(
        platform=platform, rests=2, silent_since=timezone.now(), reason="No answer: Timeout."
    )
    words = text_of(operator.get(URL))
    assert "Styrings-API-et svarer ikke" in words
    assert "Taust siden: I dag kl." in words
    assert "No answer: Timeout." in words
    assert cells(operator)[2] == "Svarer ikke"
    platform.state = VideoPlatform.State.PAUSED
    platform.save()
    assert "Plattformen er satt på pause" in text_of(operator.get(URL))
    assert cells(operator)[2] == "Satt på pause"


def test_command_prints_the_facts_of_the_page(
    cast: Cast, operator: Client, platform: VideoPlatform, ask: Ask
) -> None:
    ask("service/configuration", local_alias="nobody")
    SinkDelivery.objects.create(platform=platform, body=b"{}")
    out = StringIO()
    call_command("show_platform", platform.slug, "--json", stdout=out)
    values = json.loads(out.getvalue())
    assert values["rooms"] == 3
    assert values["events_waiting"] == 1
    assert values["last_answer"] == "not_ours"
    assert values["last_answer_at"].startswith(f"{timezone.now():%Y-%m-%dT%H}")
    assert values["last_events_at"] is None
    page = text_of(operator.get(URL))
    for name in ("policy_url", "policy_user", "events_url", "events_user"):
        assert values[name] in page
    plain = StringIO()
    call_command("show_platform", platform.slug, stdout=plain)
    assert ["events_waiting", "1"] in [line.split() for line in plain.getvalue().splitlines()]


# Secrets


def test_no_page_holds_a_secret_until_it_is_asked_for(
    cast: Cast, operator: Client, managed: VideoPlatform
) -> None:
    secrets_ = [
        str(managed.policy_password), str(managed.sink_password), str(managed.management_password)
    ]  # fmt: skip
    pages = ["", "edit/", "state/", "password/policy/renew/", "password/sink/renew/"]
    for url in [LIST, *(URL + page for page in pages)]:
        body = operator.get(url).content.decode()
        assert not [secret for secret in secrets_ if secret in body], url
    shown = operator.post(f"{URL}password/policy/reveal/")
    body = shown.content.decode()
    assert str(managed.policy_password) in body
    assert str(managed.sink_password) not in body
    assert "no-store" in shown["Cache-Control"]
    entry = log_of("rooms.platform.policy_password_revealed")
    assert (entry.actor_key, entry.organisation_id) == (str(cast.operator.pk), None)
    assert str(managed.policy_password) not in f"{entry.before}{entry.after}{entry.target_label}"
    assert "viste passordet for policy" in text_of(operator.get("/operation/log/"))


def test_showing_and_renewing_ask_who_is_there(cast: Cast, platform: VideoPlatform) -> None:
    old = sessions.start(cast.operator, minutes_ago=300)
    for what in ("reveal", "renew"):
        response = old.post(f"{URL}password/sink/{what}/")
        assert response.status_code == 302
        assert "/accounts/" in response["Location"]
    before = str(platform.sink_password)
    platform.refresh_from_db()
    assert str(platform.sink_password) == before


@pytest.mark.parametrize("side", ["policy", "sink"])
def test_a_new_password_holds_at_once_and_the_old_one_does_not(
    cast: Cast, operator: Client, platform: VideoPlatform, ask: Ask, tell: Ask, side: str
) -> None:
    def knock() -> int:
        if side == "policy":
            return ask("service/configuration", local_alias=cast.room.number).status_code
        return tell({}).status_code

    assert knock() == 200
    page = operator.get(f"{URL}password/{side}/renew/")
    assert "Det gamle passordet avvises fra det øyeblikket du trykker på knappen." in text_of(page)
    assert operator.post(f"{URL}password/{side}/renew/").status_code == 302
    assert knock() == 401
    platform.refresh_from_db()
    assert knock() == 200
    assert platform.sink_digest == digest_of(str(platform.sink_password))
    log_of(f"rooms.platform.{side}_password_renewed")


def test_a_side_that_does_not_exist_is_not_found(operator: Client) -> None:
    for what in ("reveal", "renew"):
        assert operator.post(f"{URL}password/management/{what}/").status_code == 404
        assert operator.post(f"{LIST}nobody/password/sink/{what}/").status_code == 404


# The form


def test_a_new_platform_is_paused_and_has_passwords(operator: Client, cast: Cast) -> None:
    values = values_of(operator, f"{LIST}new/")
    values |= {"name": "Nord", "slug": "nord", "domain": "Nord.Example.no.", "kind": "pexip",
               "join_url": "https://nord.example.no"}  # fmt: skip
    response = operator.post(f"{LIST}new/", values)
    assert response.get("Location") == f"{LIST}nord/", text_of(response)
    made = VideoPlatform.objects.get(slug="nord")
    assert (made.state, made.domain, made.is_default) == ("paused", "nord.example.no", False)
    assert made.alias_patterns == ["{number}", "{number}@{domain}"]
    assert len(made.policy_password) >= 32
    assert made.policy_password != made.sink_password
    assert log_of("rooms.platform.created").after["slug"] == "nord"


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254", "169.254.1.1:8443", "[fe80::1]", "[::ffff:169.254.169.254]",
        "[fd00:ec2::254]", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518",
        "0", "[::]", "224.0.0.1", "[ff02::1]", "metadata.google.internal",
        "METADATA.google.internal.",
    ],
)  # fmt: skip
@pytest.mark.parametrize("field", ["management_url", "join_url"])
def test_where_a_machine_is_told_of_its_keys_is_no_platform(
    operator: Client, field: str, host: str
) -> None:
    values = values_of(operator, f"{LIST}new/")
    values |= {"name": "Nord", "slug": "nord", "domain": "nord.example.no", "kind": "pexip",
               "join_url": "https://nord.example.no", "management_user": "x",
               "management_password": "y", field: f"https://{host}/"}  # fmt: skip
    page = operator.post(f"{LIST}new/", values)
    assert page.status_code == 422
    assert field in page.context["form"].errors
    assert not VideoPlatform.objects.filter(slug="nord").exists()


@pytest.mark.parametrize("host", ["10.1.2.3", "192.168.1.4:8443", "[fd12::1]", "a.internal"])
def test_a_platform_may_stand_in_a_private_network(host: str) -> None:
    check_web_address(f"https://{host}")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "Fyll ut dette feltet"),
        ("domain", "https://video.example.no", "Skriv bare domenet"),
        ("alias_patterns", "rom-{nummer}", "er ingen adresse"),
        ("alias_patterns", "{number}{number}", "er ingen adresse"),
        ("join_url", "http://video.example.no", "Begynn adressen med https://"),
        ("management_url", "http://manager.example.no", "Begynn adressen med https://"),
        ("management_url", "https://a:b@manager.example.no", "uten brukernavn og parametere"),
        ("requests_per_minute", "5000", "1000"),
        ("callrate_hd", "12", "128"),
        ("slug", "new", "Velg et annet kortnavn"),
        ("slug", "Nord", "Velg et annet kortnavn"),
        ("slug", "standard", "finnes allerede"),
        ("slug", "nord og sør", "bokstaver"),
    ],
)
def test_bad_input_is_told_at_the_field_and_nothing_typed_is_lost(
    operator: Client, field: str, value: str, words: str
) -> None:
    values = values_of(operator, f"{LIST}new/")
    values |= {"name": "Nord", "slug": "nord", "domain": "nord.example.no", "kind": "pexip",
               "join_url": "https://nord.example.no", "management_user": "portal"}  # fmt: skip
    values[field] = value
    response = operator.post(f"{LIST}new/", values)
    assert response.status_code == 422
    page = document(response)
    error = squeezed(page.xpath(f"//*[@id='id_{field}_error']")[0].text_content())
    assert words in error
    typed = page.xpath(f"//*[@id='id_{field}']")[0]
    assert value.strip() in (typed.get("value") or typed.text or "")
    assert VideoPlatform.objects.count() == 1


def test_an_empty_password_keeps_the_one_that_is_stored(
    operator: Client, managed: VideoPlatform
) -> None:
    values = values_of(operator, f"{URL}edit/")
    assert values["management_password"] == ""
    assert operator.post(f"{URL}edit/", {**values, "phone": "21 00 00 00"}).status_code == 302
    before = str(managed.management_password)
    managed.refresh_from_db()
    assert (str(managed.management_password), managed.phone) == (before, "21 00 00 00")
    assert log_of("rooms.platform.changed").after == {"phone": "21 00 00 00"}


def test_a_stored_password_is_not_sent_to_another_server(
    operator: Client, managed: VideoPlatform
) -> None:
    values = values_of(operator, f"{URL}edit/")
    values["management_url"] = "https://stranger.example.no"
    response = operator.post(f"{URL}edit/", values)
    assert response.status_code == 422
    assert "Adressen fører et annet sted nå." in text_of(response)
    managed.refresh_from_db()
    assert managed.management_url != "https://stranger.example.no"
    values["management_password"] = SECRET
    assert operator.post(f"{URL}edit/", values).status_code == 302
    managed.refresh_from_db()
    assert str(managed.management_password) == SECRET
    entry = log_of("rooms.platform.changed")
    assert SECRET not in f"{entry.before}{entry.after}"
    assert entry.after["management_password"] == "••••"


def test_a_typed_password_is_not_given_back_with_the_errors(operator: Client) -> None:
    values = values_of(operator, f"{URL}edit/")
    values |= {"management_password": SECRET, "domain": ""}
    response = operator.post(f"{URL}edit/", values)
    assert response.status_code == 422
    assert SECRET not in response.content.decode()


@pytest.fixture
def oauth(managed: VideoPlatform, pexip: Pexip) -> dict[str, Any]:
    """What an operator enters for a client that the platform knows."""
    account = pexip.config("POST", "oauth2_client/", {"client_name": "Portal"}).body
    pexip.control("DELETE", "requests")
    return {
        "management_sign_in": "oauth2",
        "management_user": account["client_id"],
        "management_key": account["private_key_jwt"],
    }


def test_platform_is_signed_in_to_with_a_key_and_the_password_goes(
    operator: Client, managed: VideoPlatform, oauth: dict[str, Any], pexip: Pexip
) -> None:
    values = values_of(operator, f"{URL}edit/") | oauth
    assert operator.post(f"{URL}edit/", values).status_code == 302
    managed.refresh_from_db()
    assert str(managed.management_key).split() == oauth["management_key"].split()
    assert str(managed.management_password) == ""
    entry = log_of("rooms.platform.changed")
    assert "PRIVATE" not in f"{entry.before}{entry.after}"
    assert entry.after["management_key"] == "••••"
    assert "Plattformen svarer, og kontoen kan lese rom" in check(operator)
    assert pexip.requests()[0]["path"] == "/oauth/token/"
    page = operator.get(f"{URL}edit/")
    assert "PRIVATE KEY" not in page.content.decode()
    assert "OAuth2-klient med privat nøkkel" in text_of(operator.get(URL))

    # Back to a password, which has to be typed.
    values = values_of(operator, f"{URL}edit/") | {"management_sign_in": "basic"}
    response = operator.post(f"{URL}edit/", values)
    assert response.status_code == 422
    assert "Styrings-API-et trenger et passord." in text_of(response)
    values["management_password"] = SECRET
    assert operator.post(f"{URL}edit/", values).status_code == 302
    managed.refresh_from_db()
    assert (str(managed.management_password), str(managed.management_key)) == (SECRET, "")


def test_key_is_kept_unless_the_address_leads_elsewhere_and_is_never_given_back(
    operator: Client, managed: VideoPlatform, oauth: dict[str, Any]
) -> None:
    values = values_of(operator, f"{URL}edit/") | oauth
    for wrong, words in (
        ({"management_key": ""}, "OAuth2 trenger klientens private nøkkel."),
        ({"management_key": "PRIVATE KEY hemmelig"}, "Dette er ingen privat nøkkel for ES256."),
        ({"management_user": ""}, "OAuth2 trenger klientens ID."),
        ({"domain": ""}, ""),
    ):
        response = operator.post(f"{URL}edit/", {**values, **wrong})
        assert response.status_code == 422
        assert words in text_of(response)
        assert "PRIVATE" not in response.content.decode()
    assert operator.post(f"{URL}edit/", values).status_code == 302
    managed.refresh_from_db()
    stored = str(managed.management_key)
    values = values_of(operator, f"{URL}edit/")
    assert values["management_key"].strip() == ""
    assert operator.post(f"{URL}edit/", {**values, "phone": "21 00 00 00"}).status_code == 302
    managed.refresh_from_db()
    assert (str(managed.management_key), managed.phone) == (stored, "21 00 00 00")
    values = values_of(operator, f"{URL}edit/")
    values["management_url"] = "https://stranger.example.no"
    response = operator.post(f"{URL}edit/", values)
    assert "Lim inn nøkkelen som hører til." in text_of(response)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"kind": "answer", "status": 401, "path": "/oauth/"}, "gir ikke klienten noe token"),
        ({"kind": "answer", "status": 404, "path": "/oauth/"}, "gir ikke klienten noe token"),
        ({"kind": "answer", "status": 401, "path": "/api/"}, "gir et token, men godtar det ikke"),
        ({"kind": "answer", "status": 403, "path": "/api/"}, "mangler rett til å lese rom"),
        ({"kind": "delay", "seconds": 3, "path": "/oauth/"}, "Token: No answer"),
    ],
)
def test_check_says_which_step_of_signing_in_failed(
    operator: Client,
    managed: VideoPlatform,
    oauth: dict[str, Any],
    pexip: Pexip,
    monkeypatch: pytest.MonkeyPatch,
    fault: dict[str, Any],
    words: str,
) -> None:
    monkeypatch.setattr(checking, "SECONDS", (0.5, 0.5))
    values = values_of(operator, f"{URL}edit/") | oauth
    assert operator.post(f"{URL}edit/", values).status_code == 302
    pexip.fault(**fault)
    found = check(operator)
    assert words in found
    assert "PRIVATE" not in found


def test_somebody_elses_change_is_not_saved_over_unseen(
    cast: Cast, operator: Client, platform: VideoPlatform
) -> None:
    values = values_of(operator, f"{URL}edit/")
    actions.change_platform(platform, by=cast.operator, phone="11 11 11 11")
    response = operator.post(f"{URL}edit/", {**values, "phone": "22 22 22 22"})
    assert response.status_code == 422
    platform.refresh_from_db()
    assert platform.phone == "11 11 11 11"


def test_themes_are_kept_by_the_portals_names(operator: Client, platform: VideoPlatform) -> None:
    values = values_of(operator, f"{URL}edit/")
    assert operator.post(f"{URL}edit/", {**values, "theme_patient": "Blue"}).status_code == 302
    platform.refresh_from_db()
    assert platform.themes == {"Pasient og behandler": "Blue"}
    values = values_of(operator, f"{URL}edit/")
    operator.post(f"{URL}edit/", {**values, "theme_patient": ""})
    platform.refresh_from_db()
    assert platform.themes == {}


def test_rooms_are_written_only_where_there_is_an_address(operator: Client) -> None:
    values = {**values_of(operator, f"{URL}edit/"), "writes_rooms": "on"}
    response = operator.post(f"{URL}edit/", values)
    assert "Rom skrives gjennom styrings-API-et" in text_of(response)


# State


def test_a_paused_platform_is_not_answered_until_it_is_taken_into_use(
    cast: Cast, operator: Client, ask: Ask
) -> None:
    page = text_of(operator.get(f"{URL}state/"))
    assert "3 åpne rom kan ikke ringes" in page
    operator.post(f"{URL}state/")
    assert ask("service/configuration", local_alias=cast.room.number).status_code == 404
    log_of("rooms.platform.paused")
    assert "3 åpne rom svares for fra neste anrop" in text_of(operator.get(f"{URL}state/"))
    operator.post(f"{URL}state/")
    assert ask("service/configuration", local_alias=cast.room.number).status_code == 200
    log_of("rooms.platform.resumed")


def test_new_rooms_move_to_another_platform_once_it_is_in_use(
    cast: Cast, operator: Client, platform: VideoPlatform
) -> None:
    made = actions.create_platform(
        by=cast.operator, slug="nord", name="Nord", domain="nord.example.no", kind="pexip",
        policy_user="policy", sink_user="events", join_url="https://nord.example.no",
    )  # fmt: skip
    response = operator.post(f"{LIST}nord/default/", follow=True)
    assert "Ta plattformen i bruk først." in text_of(response)
    actions.resume_platform(made, by=cast.operator)
    operator.post(f"{LIST}nord/default/")
    assert VideoPlatform.objects.usual() == made
    platform.refresh_from_db()
    assert not platform.is_default


# The connection check


def check(operator: Client) -> str:
    return text_of(operator.post(f"{URL}check/", follow=True), "//*[@id='connection']")


def test_check_finds_a_platform_that_answers(
    cast: Cast,
    operator: Client,
    managed: VideoPlatform,
    pexip: Pexip,
    django_capture_on_commit_callbacks: Any,
) -> None:
    assert "Ikke sjekket" in text_of(operator.get(URL))
    PlatformContact.objects.create(
        platform=managed, rests=3, resting_until=timezone.now() + timedelta(hours=1)
    )
    room = cast.room
    queue([Thing(OutboxEntry.Kind.ROOM, room.public_id, managed.pk, room.organisation_id)])
    waiting = OutboxEntry.objects.in_organisation(cast.organisation)
    waiting.update(due_at=timezone.now() + timedelta(hours=1))
    with django_capture_on_commit_callbacks() as callbacks:
        words = check(operator)
    # What waits goes out at once.
    assert not waiting.filter(due_at__gt=timezone.now()).exists()
    assert [bell.args for bell in callbacks if isinstance(bell, partial)] == [([managed.pk],)]
    assert "Plattformen svarer, og kontoen kan lese rom" in words
    assert "Sjekket: I dag" in words
    asked = pexip.requests()
    assert [one["method"] for one in asked] == ["GET", "GET"]
    assert PlatformContact.objects.get(platform=managed).rests == 0
    assert log_of("rooms.platform.checked").after == {"check_result": "fine"}


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"kind": "answer", "status": 401}, "godtar ikke brukernavnet eller passordet"),
        ({"kind": "answer", "status": 403}, "Kontoen mangler rett til å lese rom"),
        ({"kind": "answer", "status": 404}, "Noe annet enn Pexip Infinity svarer der"),
        ({"kind": "answer", "status": 302}, "Noe annet enn Pexip Infinity svarer der"),
        ({"kind": "answer", "status": 200, "body": "<html>"}, "Noe annet enn Pexip Infinity"),
        ({"kind": "answer", "status": 200, "body": {}}, "Noe annet enn Pexip Infinity"),
        ({"kind": "answer", "status": 429}, "Plattformen er opptatt"),
        ({"kind": "answer", "status": 500, "body": {"error": "disk"}}, "en feil hos seg selv"),
        ({"kind": "delay", "seconds": 3}, "Ikke svar i tide"),
        ({"kind": "reset"}, "Ingen forbindelse"),
    ],
)
def test_check_says_what_is_wrong(
    operator: Client,
    managed: VideoPlatform,
    pexip: Pexip,
    monkeypatch: pytest.MonkeyPatch,
    fault: dict[str, Any],
    words: str,
) -> None:
    monkeypatch.setattr(checking, "SECONDS", (0.5, 0.5))
    pexip.fault(**fault)
    found = check(operator)
    assert words in found
    assert managed.management_password not in found


def test_check_tells_a_wrong_password_by_the_platforms_own_word(
    operator: Client, managed: VideoPlatform
) -> None:
    managed.management_password = "feil"
    managed.save()
    assert "godtar ikke brukernavnet eller passordet" in check(operator)


@pytest.fixture
def plain_listener() -> Iterator[int]:
    """A server that answers TLS with nonsense."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _address = server.accept()
                except OSError:
                    return
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                connection.close()

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]


def test_check_tells_bad_certificates_closed_ports_and_unknown_names(
    operator: Client, managed: VideoPlatform, plain_listener: int
) -> None:
    def at(url: str) -> str:
        managed.management_url = url
        managed.save()
        return check(operator)

    assert "Sertifikatet er ikke til å stole på" in at(f"https://127.0.0.1:{plain_listener}")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        assert "Ingen forbindelse" in at(f"http://127.0.0.1:{closed.getsockname()[1]}")
    assert "Ingen tjener har det navnet" in at("https://manager.invalid")


def test_a_check_is_forgotten_when_what_it_tried_is_changed(
    cast: Cast, operator: Client, managed: VideoPlatform
) -> None:
    check(operator)
    managed.refresh_from_db()
    actions.change_platform(managed, by=cast.operator, phone="1")
    managed.refresh_from_db()
    assert managed.check_result == "fine"
    actions.change_platform(managed, by=cast.operator, management_password=SECRET)
    managed.refresh_from_db()
    assert (managed.check_result, managed.checked_at) == ("", None)


def test_nothing_is_checked_where_no_address_is_entered(operator: Client) -> None:
    page = operator.get(URL)
    assert "Ikke i bruk. Plattformen spør portalen ved hvert anrop." in text_of(page)
    assert not document(page).xpath("//button[contains(., 'Sjekk forbindelsen')]")
    response = operator.post(f"{URL}check/", follow=True)
    assert "Ingen adresse til styrings-API-et er lagt inn." in text_of(response)


# Differences

DIFFERENCES = f"{URL}differences/"


@pytest.fixture
def written(managed: VideoPlatform) -> VideoPlatform:
    """A platform that the portal writes rooms to, without a single one yet."""
    managed.kind, managed.writes_rooms = VideoPlatform.Kind.PEXIP, True
    managed.save()
    return managed


def compared(platform: VideoPlatform, by: User) -> PlatformComparison:
    return actions.run_comparison(actions.start_comparison(platform, by=by))


def test_differences_are_found_told_without_names_and_put_right_by_choice(
    cast: Cast, operator: Client, written: VideoPlatform, pexip: Pexip
) -> None:
    assert "Ikke sammenlignet ennå" in text_of(operator.get(DIFFERENCES))
    pexip.control("POST", "load", {"conference": [{"name": "Driftens eget"}]})
    compared(written, cast.operator)
    response = operator.get(DIFFERENCES)
    words = text_of(response)
    assert "3 forskjeller kan rettes" in words
    assert "Driftens egetIkke laget av portalen" in words
    for room in (cast.room, cast.own_room, cast.foreign_room):
        assert room.number in squeezed(words).replace(" ", "")
    for secret in ("Samtalerom A", "Evas rom", str(cast.room.host_pin)):
        assert secret not in response.content.decode()
    assert "Driftens eget" not in text_of(operator.get(f"{DIFFERENCES}?kind=missing"))

    values = {
        name: value
        for name, value in document(operator.get(f"{DIFFERENCES}repair/"))
        .xpath("//main//form")[0]
        .fields.items()
        if name == "comparison"
    }
    nothing = operator.post(f"{DIFFERENCES}repair/", values)
    assert nothing.status_code == 422
    assert "Velg hva som skal rettes." in text_of(nothing)
    assert not OutboxEntry.objects.unscoped(reason="nothing is queued yet").exists()
    done = operator.post(f"{DIFFERENCES}repair/", {**values, "room_missing": "on"}, follow=True)
    assert "3 forskjeller rettes." in text_of(done)
    queued = OutboxEntry.objects.unscoped(reason="two organisations' rooms").values_list("key")
    assert {key for (key,) in queued} == {
        room.public_id for room in (cast.room, cast.own_room, cast.foreign_room)
    }


def test_a_repair_is_of_the_comparison_that_was_shown(
    cast: Cast, operator: Client, written: VideoPlatform
) -> None:
    old = compared(written, cast.operator)
    compared(written, cast.operator)
    values = {"comparison": str(old.pk), "room_missing": "on"}
    response = operator.post(f"{DIFFERENCES}repair/", values)
    assert response.status_code == 422
    assert "sammenlignet på nytt i mellomtiden" in text_of(response)


def test_an_empty_list_says_alike_only_after_a_whole_reading(
    cast: Cast, operator: Client, written: VideoPlatform, pexip: Pexip
) -> None:
    def told() -> str:
        return text_of(operator.get(DIFFERENCES), "//*[@id='results']")

    assert told() == "Ikke sammenlignet ennå"
    running = actions.start_comparison(written, by=cast.operator)
    assert told() == "Plattformen leses"
    pexip.fault("answer", status=401, body={})
    actions.run_comparison(running)
    assert told() == "Forskjellene er ikke kjent"
    assert "Sammenligningen stoppet før den var ferdig" in text_of(operator.get(DIFFERENCES))
    pexip.control("DELETE", "faults")
    Room.objects.unscoped(reason="no room is left open").update(closed_at=timezone.now())
    compared(written, cast.operator)
    assert told() == "Plattform og portal er like"


def test_a_platform_that_is_not_written_to_has_nothing_to_compare(operator: Client) -> None:
    assert "Det er ingenting å sammenligne" in text_of(operator.get(DIFFERENCES))
    response = operator.post(f"{DIFFERENCES}compare/", follow=True)
    assert "skriver ikke rom til denne plattformen" in text_of(response)


# Who


def test_nobody_else_finds_or_changes_a_platform(
    cast: Cast, platform: VideoPlatform, signed_in: SignIn
) -> None:
    before = VideoPlatform.objects.values().get(pk=platform.pk)
    urls = [LIST, f"{LIST}new/", URL, *(f"{URL}{part}" for part in (
        "edit/", "check/", "state/", "default/", "events/forget/", "differences/",
        "queue/send-again/", "queue/ask-now/", "events/parked/", "events/parked/read/",
        "events/parked/discard/",
        "differences/compare/", "differences/repair/", "password/policy/reveal/",
        "password/policy/renew/",
    ))]  # fmt: skip
    for person in (cast.admin, cast.reseller, cast.user, cast.owner, cast.other_admin):
        client = signed_in(person)
        for url in urls:
            for response in (client.get(url), client.post(url, {"name": "x"})):
                assert response.status_code == 404, url
                assert platform.domain not in response.content.decode()
    assert VideoPlatform.objects.values().get(pk=platform.pk) == before


def test_actions_ask_for_the_right_themselves(cast: Cast, platform: VideoPlatform) -> None:
    for attempt in (
        lambda by: actions.create_platform(by=by, slug="x", name="x"),
        lambda by: actions.change_platform(platform, by=by, name="x"),
        lambda by: actions.pause_platform(platform, by=by),
        lambda by: actions.resume_platform(platform, by=by),
        lambda by: actions.make_default_platform(platform, by=by),
        lambda by: actions.reveal_platform_password(platform, "sink", by=by),
        lambda by: actions.renew_platform_password(platform, "sink", by=by),
        lambda by: actions.check_platform(platform, by=by),
        lambda by: actions.forget_odd_events(platform, by=by, until=timezone.now()),
    ):
        with pytest.raises(Forbidden):
            attempt(cast.admin)
