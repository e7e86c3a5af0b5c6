"""The client of the management API against a platform in a process of its own."""

from __future__ import annotations

import gzip
import json
import secrets
import socket
import threading
import time
import tracemalloc
from contextlib import suppress
from typing import Any

import pytest

from rooms.platforms.pexip import client as module
from rooms.platforms.pexip.client import Login, ManagementClient, Missing, Refused
from rooms.platforms.port import PlatformBusy, PlatformDown, PlatformUnavailable
from tests.pexip import CONFIGURATION, Pexip

CONFERENCES = f"{CONFIGURATION}/conference/"


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "READ_SECONDS", 0.5)
    monkeypatch.setattr(module, "CONNECT_SECONDS", 0.5)


def client_of(pexip: Pexip, **more: Any) -> ManagementClient:
    login = {"user": pexip.user, "password": pexip.password, "per_minute": 1000, **more}
    # A slug of its own: the share of requests is counted by it.
    login = {"slug": secrets.token_hex(4), **login}
    return ManagementClient(Login(url=pexip.url, **login))


@pytest.fixture
def client(pexip: Pexip) -> ManagementClient:
    return client_of(pexip)


def test_list_is_read_to_its_end_and_in_order(
    pexip: Pexip, client: ManagementClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"Rom {place:03}" for place in range(120)]
    pexip.control("POST", "load", {"conference": [{"name": name} for name in reversed(names)]})
    monkeypatch.setattr(module, "PAGE", 50)
    found = client.every("configuration", "conference", order_by="name")
    assert [conference["name"] for conference in found] == names
    assert [one["status"] for one in pexip.requests("GET")] == [200, 200, 200]


def test_filters_narrow_and_no_match_is_none(pexip: Pexip, client: ManagementClient) -> None:
    pexip.control("POST", "load", {"conference": [{"name": "A", "tag": "1"}, {"name": "B"}]})
    first = client.first("configuration", "conference", tag="1")
    assert first is not None
    assert first["name"] == "A"
    assert client.first("configuration", "conference", tag="2") is None


def test_object_is_made_changed_and_removed(pexip: Pexip, client: ManagementClient) -> None:
    uri = client.create("conference", {"name": "Rom", "tag": "t"})
    assert uri == f"{CONFERENCES}1/"
    client.change(uri, {"description": "Blåbær & æøå"})
    assert client.read(uri)["description"] == "Blåbær & æøå"
    client.remove(uri)
    client.remove(uri)  # gone already
    with pytest.raises(Missing):
        client.read(uri)
    with pytest.raises(Missing):
        client.change(uri, {"description": ""})


@pytest.mark.parametrize(
    "uri",
    [
        CONFERENCES,
        CONFERENCES.rstrip("/"),
        f"{CONFERENCES}?tag=1",
        f"{CONFERENCES}1",
        f"{CONFERENCES}schema/",
        f"{CONFERENCES}set/1;2/",
        f"{CONFERENCES}../conference/",
        f"{CONFERENCES}%2e/",
        "/api/admin/configuration/v1/",
        "/simulator/reset/",
        "",
        "None",
    ],
)
def test_list_is_never_deleted_nor_changed(
    pexip: Pexip, client: ManagementClient, uri: str
) -> None:
    pexip.control("POST", "load", {"conference": [{"name": "A", "tag": "1"}]})
    with pytest.raises(ValueError, match="not the address of one object"):
        client.remove(uri)
    with pytest.raises(ValueError, match="not the address of one object"):
        client.change(uri, {"tag": ""})
    assert pexip.requests() == []
    assert len(pexip.objects("conference")) == 1


def test_whole_address_counts_by_its_path_alone(pexip: Pexip, client: ManagementClient) -> None:
    uri = client.create("conference", {"name": "Rom"})
    client.remove(f"https://elsewhere.example.no{uri}?tag=1")
    assert pexip.objects("conference") == []
    assert pexip.list_deletes() == []


@pytest.mark.parametrize(
    ("shape", "words", "fields"),
    [
        ("nested", "name: Conference with this Name already exists.", ["name"]),
        ("flat", "name: Conference with this Name already exists.", ["name"]),
        ("error", "Conference with this Name already exists.", []),
    ],
)
def test_refusal_is_told_in_the_platforms_words(
    pexip: Pexip, client: ManagementClient, shape: str, words: str, fields: list[str]
) -> None:
    pexip.control("PATCH", "settings", {"error_shape": shape})
    client.create("conference", {"name": "Rom"})
    with pytest.raises(Refused) as refused:
        client.create("conference", {"name": "Rom"})
    assert str(refused.value) == words
    assert list(refused.value.fields) == fields


@pytest.mark.parametrize("status", [400, 405, 409, 413, 422])
def test_no_stays_no(pexip: Pexip, client: ManagementClient, status: int) -> None:
    pexip.fault("answer", status=status, body={"error_message": "Not like this."})
    with pytest.raises(Refused, match=r"^Not like this\.$"):
        client.read(f"{CONFERENCES}1/")


@pytest.mark.parametrize("status", [403, 500, 501])
def test_trouble_with_one_request_says_nothing_of_the_others(
    pexip: Pexip, client: ManagementClient, status: int
) -> None:
    pexip.fault("answer", status=status)
    with pytest.raises(PlatformUnavailable) as trouble:
        client.read(f"{CONFERENCES}1/")
    assert type(trouble.value) is PlatformUnavailable
    assert str(trouble.value) == f"{status}: Demanded by the test."


@pytest.mark.parametrize("status", [301, 302, 401, 429, 502, 503, 504])
def test_platform_that_lets_nobody_through_is_down(
    pexip: Pexip, client: ManagementClient, status: int
) -> None:
    pexip.fault("answer", status=status, headers={"Location": "http://127.0.0.1:1/stolen/"})
    with pytest.raises(PlatformDown, match=str(status)):
        client.read(f"{CONFERENCES}1/")
    assert len(pexip.requests()) == 1


def test_wrong_password_is_down_and_not_told(pexip: Pexip) -> None:
    client = client_of(pexip, password="open-sesame")
    with pytest.raises(PlatformDown) as down:
        client.first("configuration", "conference")
    assert "open-sesame" not in f"{down.value!r} {client._login!r}"
    assert [one["status"] for one in pexip.requests()] == [401]


def test_silence_is_waited_for_a_moment_and_quotes_nothing(
    pexip: Pexip, client: ManagementClient
) -> None:
    pexip.fault("delay", seconds=1, times=1)
    started = time.monotonic()
    with pytest.raises(PlatformUnavailable) as silence:
        client.create("conference", {"name": "Rom", "pin": "482913"})
    assert time.monotonic() - started < 2
    assert type(silence.value) is PlatformUnavailable
    assert str(silence.value) == "No answer: ReadTimeout."


def test_broken_connection_is_trouble_with_the_request(
    pexip: Pexip, client: ManagementClient
) -> None:
    pexip.fault("reset", times=1)
    with pytest.raises(PlatformUnavailable) as broken:
        client.read(f"{CONFERENCES}1/")
    assert type(broken.value) is PlatformUnavailable


def test_nobody_there_is_down(pexip: Pexip) -> None:
    nobody = Pexip("http://127.0.0.1:1", pexip.user, pexip.password)
    with pytest.raises(PlatformDown, match="ConnectionError"):
        client_of(nobody).read(f"{CONFERENCES}1/")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"null"])
def test_answer_that_is_no_object_is_no_answer(body: bytes) -> None:
    with _talker(body) as url, pytest.raises(PlatformUnavailable, match="The platform answered"):
        client_of(Pexip(url, "portal", "secret")).read(f"{CONFERENCES}1/")


def test_texts_that_no_database_holds_are_read_without_what_it_cannot_hold() -> None:
    body = rb'{"name": "a\u0000b\ud800c", "tags\u0000": ["\u00e5\udfff", 1, null]}'
    with _talker(body) as url:
        found = client_of(Pexip(url, "portal", "secret")).read(f"{CONFERENCES}1/")
    assert found == {"name": "abc", "tags": ["å", 1, None]}


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 100_000])
def test_answer_too_deep_to_read_is_no_answer(body: bytes) -> None:
    with _talker(body) as url, pytest.raises(PlatformUnavailable, match="not JSON"):
        client_of(Pexip(url, "portal", "secret")).read(f"{CONFERENCES}1/")


def test_answer_that_trickles_is_given_up() -> None:
    """Each piece comes in time, so that no pause between two ends it."""
    body = b'{"name": "' + b"a" * 200 + b'"}'
    begun = time.monotonic()
    with (
        _talker(body, pause=0.1) as url,
        pytest.raises(PlatformUnavailable, match="No answer: ReadTimeout"),
    ):
        client_of(Pexip(url, "portal", "secret")).read(f"{CONFERENCES}1/")
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nX-Words: " + b"a" * 200,
        b"HTTP/1.1 200 " + b"O" * 200,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 20,
    ],
)
def test_head_that_trickles_is_given_up(head: bytes) -> None:
    begun = time.monotonic()
    with (
        _talker(b"{}", head=head, pause=0.05) as url,
        pytest.raises(PlatformUnavailable, match="No answer: ReadTimeout"),
    ):
        client_of(Pexip(url, "portal", "secret")).read(f"{CONFERENCES}1/")
    assert 0.9 < time.monotonic() - begun < 3


def test_answer_without_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST", 100_000)
    body = b'{"name": "' + b"a" * 1_000_000 + b'"}'
    with _talker(body) as url, pytest.raises(PlatformUnavailable, match="No answer"):
        client_of(Pexip(url, "portal", "secret")).read(f"{CONFERENCES}1/")


class _talker:  # noqa: N801 - reads as a function
    """A server that says the same whatever is asked; ``asked`` is each request's first line."""

    def __init__(self, body: bytes, *, head: bytes = b"", pause: float = 0, **headers: str) -> None:
        whole = {"Content-Length": str(len(body)), "Connection": "close", **headers}
        lines = "".join(f"{name.replace('_', '-')}: {whole[name]}\r\n" for name in whole)
        usual = f"HTTP/1.1 200 OK\r\n{lines}\r\n".encode()
        self.at_once, self.trickles = (b"", head + body) if head else (usual, body)
        self.pause = pause
        self.asked: list[str] = []

    def __enter__(self) -> str:
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._listen, daemon=True).start()
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                connection, _address = self.listener.accept()
                with connection:
                    self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        self.asked.append(connection.recv(65536).decode().partition("\r\n")[0])
        step = 1 if self.pause else len(self.trickles) or 1
        with suppress(OSError):
            connection.sendall(self.at_once)
            for start in range(0, len(self.trickles), step):
                connection.sendall(self.trickles[start : start + step])
                time.sleep(self.pause)

    def __exit__(self, *_error: object) -> None:
        self.listener.close()


def page(following: Any, **more: Any) -> bytes:
    return json.dumps({"meta": {"next": following}, "objects": [{"id": 1}], **more}).encode()


def test_next_page_is_asked_for_at_the_platform_itself() -> None:
    talker = _talker(page(f"http://127.0.0.1:1{CONFERENCES}?offset=1"))
    with talker as url:
        found = client_of(Pexip(url, "portal", "secret")).every("configuration", "conference")
        assert [next(found), next(found)] == [{"id": 1}, {"id": 1}]
    assert talker.asked[-1] == f"GET {CONFERENCES}?offset=1 HTTP/1.1"


@pytest.mark.parametrize(
    "following",
    [
        "@{elsewhere}/api/admin/configuration/v1/conference/?offset=1",
        "@{elsewhere}",
        ".{elsewhere}/?offset=1",
        ":1/?offset=1",
        "http://{elsewhere}/?offset=1",
        "//{elsewhere}/?offset=1",
        "/api/admin/configuration/v1/conference/../../../command/v1/conference/lock/?a=1",
        "/api/admin/configuration/v1/device/?offset=1",
        "/simulator/reset/?offset=1",
        "?offset=1",
        "http://[",
        ["/"],
        {"a": 1},
        7,
    ],
)
def test_list_leads_nobody_astray(following: Any) -> None:
    """A password sent to whom the answer names would be the platform's, and another's then."""
    elsewhere = _talker(page(None))
    with elsewhere as other:
        name = other.removeprefix("http://")
        if isinstance(following, str):
            following = following.replace("{elsewhere}", name)
        talker = _talker(page(following))
        with talker as url:
            found = client_of(Pexip(url, "portal", "secret")).every("configuration", "conference")
            assert next(found) == {"id": 1}
            with pytest.raises(PlatformUnavailable, match="leads away from the list"):
                next(found)
    assert len(talker.asked) == 1
    assert elsewhere.asked == []


def test_list_that_goes_in_circles_is_left_at_the_second_turn() -> None:
    talker = _talker(page(f"{CONFERENCES}?offset=1"))
    with talker as url:
        found = client_of(Pexip(url, "portal", "secret")).every("configuration", "conference")
        with pytest.raises(PlatformUnavailable, match="has no end"):
            list(found)
    assert len(talker.asked) == 2


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"objects": null}',
        b'{"objects": "text"}',
        b'{"objects": {"id": 1}}',
        b'{"objects": [1, 2]}',
        b'{"objects": [{"id": 1}, null]}',
    ],
)
def test_list_of_another_shape_is_no_list(body: bytes) -> None:
    with _talker(body) as url:
        client = client_of(Pexip(url, "portal", "secret"))
        with pytest.raises(PlatformUnavailable, match="no list"):
            client.first("configuration", "conference")
        with pytest.raises(PlatformUnavailable, match="no list"):
            list(client.every("configuration", "conference"))


@pytest.mark.parametrize("meta", [None, "text", [], {}, {"next": None}, {"next": ""}])
def test_list_without_a_next_page_is_the_last(meta: Any) -> None:
    with _talker(page(None, meta=meta)) as url:
        client = client_of(Pexip(url, "portal", "secret"))
        assert list(client.every("configuration", "conference")) == [{"id": 1}]


@pytest.mark.parametrize("layers", [1, 2])
def test_small_answer_that_unfolds_without_an_end_is_given_up(
    layers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LARGEST", 4_000_000)
    body = b"[" + b"1," * 20_000_000 + b"1]"
    for _layer in range(layers):
        body = gzip.compress(body)
    assert len(body) < 100_000
    tracemalloc.start()
    try:
        with (
            _talker(body, Content_Encoding=", ".join(["gzip"] * layers)) as url,
            pytest.raises(PlatformUnavailable, match="No answer"),
        ):
            client_of(Pexip(url, "portal", "secret")).read(f"{CONFERENCES}1/")
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 30_000_000


@pytest.mark.parametrize("kind", ["application/json", "text/html", "", "x; charset=utf-7"])
def test_answer_is_read_as_utf_8_whatever_it_calls_itself(kind: str) -> None:
    body = '\ufeff{"name": "Blåbær"}'.encode()
    with _talker(body, Content_Type=kind) as url:
        client = client_of(Pexip(url, "portal", "secret"))
        assert client.read(f"{CONFERENCES}1/") == {"name": "Blåbær"}


@pytest.mark.parametrize("body", [b'{"name": "\xe5"}', b'{"name": "\xed\xa0\x80"}', b"\x00"])
def test_answer_that_is_no_utf_8_is_no_answer(body: bytes) -> None:
    with _talker(body) as url, pytest.raises(PlatformUnavailable, match="not JSON"):
        client_of(Pexip(url, "portal", "secret")).read(f"{CONFERENCES}1/")


def test_share_of_requests_is_one_over_all_clients(
    pexip: Pexip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.0)
    clients = [client_of(pexip, slug="shared", per_minute=100) for _worker in range(2)]
    for turn in range(10):
        clients[turn % 2].first("configuration", "conference")
    with pytest.raises(PlatformBusy) as busy:
        clients[0].first("configuration", "conference")
    assert 0 < busy.value.wait <= 60 / 90
    assert len(pexip.requests()) == 10


def test_short_wait_for_ones_turn_is_waited(pexip: Pexip) -> None:
    client = client_of(pexip, per_minute=600)
    started = time.monotonic()
    for _turn in range(65):
        client.first("configuration", "conference")
    # 60 at once, then one every ninth of a second.
    assert time.monotonic() - started > 0.4
