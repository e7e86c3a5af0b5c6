"""Where sound and picture go: the operator's field, and what the platform is answered."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from rooms.platforms.models import VideoPlatform
from tenants.models import AuditEntry, User
from tests.cast import Cast
from tests.pages import document
from tests.rooms.platforms.conftest import Ask

EDIT = "/operation/platforms/standard/edit/"


@pytest.fixture
def operator(cast: Cast, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(cast.operator)


def save(client: Client, text: str) -> Any:
    form = document(client.get(EDIT)).xpath("//main//form[.//input[@name='domain']]")[0]
    values = {name: value or "" for name, value in form.fields.items()}
    return client.post(EDIT, values | {"media_locations": text})


def test_locations_are_typed_a_line_each_and_answered(
    cast: Cast, operator: Client, ask: Ask, platform: VideoPlatform
) -> None:
    typed = " Oslo = Oslo DMZ , Bergen,Bergen, Bodø \n\nBergen=Bergen"
    assert save(operator, typed).status_code == 302
    platform.refresh_from_db()
    assert platform.media_locations == {
        "Oslo": {"location": "Oslo DMZ", "overflow_locations": ["Bergen", "Bodø"]},
        "Bergen": {"location": "Bergen"},
    }
    found = ask("participant/location", local_alias=cast.room.number, location="Oslo")
    assert json.loads(found.content)["result"] == {
        "location": "Oslo DMZ",
        "overflow_locations": ["Bergen", "Bodø"],
    }
    (shown,) = document(operator.get(EDIT)).xpath("//textarea[@name='media_locations']")
    # A database keeps no order of keys.
    assert set(shown.text.strip().splitlines()) == {
        "Oslo = Oslo DMZ, Bergen, Bodø", "Bergen = Bergen",
    }  # fmt: skip
    log = AuditEntry.objects.unscoped(reason="the provider's own")
    entry = log.filter(action="rooms.platform.changed")[0]
    assert list(entry.after) == ["media_locations"]
    assert save(operator, "").status_code == 302
    platform.refresh_from_db()
    assert platform.media_locations == {}


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("Oslo", "Skriv «Oslo» på denne måten: Oslo = Oslo, Bergen"),
        ("= Oslo", "Skriv «= Oslo» på denne måten"),
        ("Oslo = ,", "Skriv «Oslo = ,» på denne måten"),
        ("Oslo = A\nOslo = B", "«Oslo» står på to linjer."),
        (f"Oslo = {'x' * 251}", "høyst 250 tegn"),
    ],
)
def test_line_that_means_nothing_is_told_at_the_field_and_kept(
    operator: Client, platform: VideoPlatform, typed: str, fault: str
) -> None:
    response = save(operator, typed)
    assert response.status_code == 422
    (told,) = response.context["form"].errors["media_locations"]
    assert fault in str(told)
    (shown,) = document(response).xpath("//textarea[@name='media_locations']")
    assert shown.text.strip() == typed.strip()
    platform.refresh_from_db()
    assert platform.media_locations == {}
