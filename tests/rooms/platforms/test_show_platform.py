"""The command that tells what to enter in the platform."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from rooms.platforms.models import VideoPlatform
from tests.cast import Cast
from tests.rooms.platforms.conftest import basic


def shown(*arguments: str) -> str:
    out = StringIO()
    call_command("show_platform", *arguments, stdout=out)
    return out.getvalue()


def test_what_is_shown_opens_both_doors(cast: Cast, platform: VideoPlatform) -> None:
    values = json.loads(shown("--json"))
    assert values == json.loads(shown(platform.slug, "--json"))
    path = values["policy_url"].partition("//")[2].partition("/")[2]
    answer = Client().get(
        f"/{path}/policy/v1/service/configuration",
        {"local_alias": cast.room.number},
        headers={"authorization": basic(values["policy_user"], values["policy_password"])},
    )
    assert answer.json()["status"] == "success"
    events = values["events_url"].partition("//")[2].partition("/")[2]
    told = Client().post(
        f"/{events}",
        b"{}",
        content_type="application/json",
        headers={"authorization": basic(values["events_user"], values["events_password"])},
    )
    assert (told.status_code, told.content) == (200, b"")
    assert ["policy_user", platform.policy_user] in [line.split() for line in shown().splitlines()]
    assert shown(platform.name, "--json") == shown("--json")


def test_a_platform_that_does_not_exist_is_named(platform: VideoPlatform) -> None:
    with pytest.raises(CommandError, match=r"no platform 'nobody'\. Known: standard"):
        shown("nobody")
