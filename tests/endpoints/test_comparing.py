"""Endpoints in the comparison of a platform with the portal, and their repair."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from endpoints import actions
from endpoints.choices import State
from endpoints.models import Endpoint
from rooms.actions import compare_now, repair_differences
from rooms.models import OutboxEntry, PlatformComparison, PlatformDifference, Room
from rooms.platforms.comparing import devices as finding
from rooms.platforms.models import VideoPlatform
from rooms.platforms.outbox import sending
from rooms.platforms.policy.answers import room_tag
from tenants.models import AuditEntry
from tests import factories
from tests.cast import Cast
from tests.pages import document, squeezed, text_of
from tests.pexip import Pexip
from tests.rooms.platforms.test_outbox_to_pexip import connect

REASON = "the test looks at every tenant"
KEY = "6b3c2f5e-0000-4000-8000-00000000000a"


@pytest.fixture
def platform(cast: Cast, pexip: Pexip) -> VideoPlatform:
    """A platform that the portal writes to, without rooms."""
    Room.objects.unscoped(reason=REASON).update(closed_at=timezone.now())
    return connect(pexip)


def tag_of(endpoint: Endpoint) -> str:
    return room_tag(endpoint.organisation_id, endpoint.public_id)


def device(pexip: Pexip, endpoint: Endpoint) -> dict[str, Any]:
    (found,) = pexip.objects("device", tag=tag_of(endpoint))
    return found


def differences(comparison: PlatformComparison) -> list[PlatformDifference]:
    return list(PlatformDifference.objects.unscoped(reason=REASON).of(comparison))


def found(platform: VideoPlatform) -> list[tuple[str, str]]:
    return [(one.kind, one.name.partition("@")[0]) for one in differences(compare_now(platform))]


@pytest.fixture
def spoilt(cast: Cast, platform: VideoPlatform, pexip: Pexip) -> dict[str, Endpoint]:
    """Endpoints of two organisations, and a platform on which somebody has been at work."""
    made = {
        name: factories.make_endpoint(cast.organisation, by=cast.admin, name=name, address=name)
        for name in ("lik", "endret", "borte", "blokkert", "fjernet", "sperret")
    }
    made["annen"] = factories.make_endpoint(cast.foreign, by=cast.other_admin, address="annen")
    actions.change_endpoint(made["sperret"], by=cast.admin, state=State.BLOCKED)
    assert sending.drain(platform).sent == 7
    for name, values in (
        ("endret", {"username": "noen.andre", "password": "endret-der-borte"}),
        ("annen", {"enable_sip": False}),
    ):
        uri = device(pexip, made[name])["resource_uri"]
        assert pexip.ask("PATCH", uri, values).status == 202
    pexip.ask("DELETE", device(pexip, made["borte"])["resource_uri"])
    everybody = Endpoint.objects.unscoped(reason=REASON)
    everybody.filter(pk=made["blokkert"].pk).update(state=State.BLOCKED)
    everybody.filter(pk=made["fjernet"].pk).update(removed_at=timezone.now(), password="")
    domain = platform.domain
    pexip.control(
        "POST",
        "load",
        {
            "device": [
                {"alias": f"fremmed@{domain}", "tag": "org-8841"},
                {"alias": f"ukjent@{domain}", "tag": f"{cast.organisation.pk}:{KEY}"},
                {"alias": f"lik.to@{domain}", "tag": tag_of(made["lik"])},
            ]
        },
    )
    return made


def test_each_difference_of_devices_is_found_and_nothing_touched(
    cast: Cast, platform: VideoPlatform, pexip: Pexip, spoilt: dict[str, Endpoint]
) -> None:
    pexip.control("DELETE", "requests")
    comparison = compare_now(platform)
    rows = {(one.kind, one.name.partition("@")[0]): one for one in differences(comparison)}
    assert sorted(rows) == [
        ("changed", "annen"), ("changed", "endret"), ("changed", "lik.to"),
        ("foreign", "fremmed"),
        ("leftover", "blokkert"), ("leftover", "fjernet"), ("leftover", "ukjent"),
        ("missing", "borte"),
    ]  # fmt: skip
    assert {one.thing for one in rows.values()} == {"device"}
    assert (comparison.conferences, comparison.devices, comparison.failure) == (0, 8, "")
    assert {one["method"] for one in pexip.requests()} == {"GET"}
    assert not OutboxEntry.objects.unscoped(reason=REASON).exists()
    changed = rows["changed", "endret"]
    # The password differs as well; what it reads back as is no proof of anything.
    assert changed.fields == {"username": ["endret", "noen.andre"]}
    assert rows["changed", "annen"].fields == {"enable_sip": [True, False]}
    assert rows["changed", "annen"].organisation == cast.foreign
    assert rows["changed", "lik.to"].foreign_aliases == [f"lik.to@{platform.domain}"]


def test_repair_sends_ours_again_takes_what_is_left_over_and_is_logged(
    cast: Cast, platform: VideoPlatform, pexip: Pexip, spoilt: dict[str, Endpoint]
) -> None:
    comparison = compare_now(platform)
    assert repair_differences(comparison, by=cast.operator) == 7
    stored = Endpoint.objects.in_organisation(cast.organisation).get(pk=spoilt["borte"].pk)
    assert stored.provisioning == "pending"
    assert repair_differences(comparison, by=cast.operator) == 0
    sending.drain(platform)
    assert found(platform) == [("foreign", "fremmed")]
    assert device(pexip, spoilt["endret"])["username"] == "endret"
    bodies = [one["body"] for one in pexip.requests("PATCH")]
    assert [one["password"] for one in bodies if one.get("alias") == spoilt["endret"].address] == [
        str(spoilt["endret"].password)
    ]
    assert pexip.list_deletes() == []
    stored.refresh_from_db()
    assert stored.provisioning == "ready"
    entries = AuditEntry.objects.in_organisation(cast.foreign)
    (entry,) = entries.filter(action="rooms.platform.repaired").about(spoilt["annen"])
    assert entry.after == {"difference": "changed", "on_platform": ["enable_sip"]}


def test_what_is_on_its_way_is_no_difference(
    cast: Cast, platform: VideoPlatform, pexip: Pexip
) -> None:
    endpoint = factories.make_endpoint(cast.organisation, by=cast.admin)
    assert found(platform) == []
    sending.drain(platform)
    assert found(platform) == []
    actions.change_endpoint(endpoint, by=cast.admin, state=State.BLOCKED)
    assert found(platform) == []
    sending.drain(platform)
    assert found(platform) == []


def test_address_that_somebody_else_has_is_missing_and_foreign(
    cast: Cast, platform: VideoPlatform, pexip: Pexip
) -> None:
    pexip.control("POST", "load", {"device": [{"alias": f"resepsjon@{platform.domain}"}]})
    factories.make_endpoint(cast.organisation, by=cast.admin, address="resepsjon")
    assert sending.drain(platform).refused == 1
    assert found(platform) == [("foreign", "resepsjon"), ("missing", "resepsjon")]


def test_copy_of_another_platform_takes_nothing_from_its_endpoints(
    cast: Cast, platform: VideoPlatform, pexip: Pexip
) -> None:
    elsewhere = VideoPlatform.objects.get(pk=platform.pk)
    elsewhere.pk, elsewhere.slug, elsewhere.is_default = None, "elsewhere", False
    elsewhere.save()
    moved = factories.make_endpoint(cast.organisation, by=cast.admin, address="flyttet")
    forged = factories.make_endpoint(cast.organisation, by=cast.admin, address="her")
    sending.drain(platform)
    Endpoint.objects.in_organisation(cast.organisation).filter(pk=moved.pk).update(
        platform=elsewhere
    )
    false = {
        "alias": f"falsk@{platform.domain}", "tag": f"{cast.foreign.pk}:{forged.public_id}",
    }  # fmt: skip
    pexip.control("POST", "load", {"device": [false]})
    comparison = compare_now(platform)
    assert [(one.kind, one.organisation_id) for one in differences(comparison)] == [
        ("leftover", None),
        ("leftover", None),
    ]
    assert repair_differences(comparison, by=cast.operator) == 0


def test_long_list_is_read_in_few_queries(
    cast: Cast,
    platform: VideoPlatform,
    pexip: Pexip,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: Any,
) -> None:
    for number in range(6):
        factories.make_endpoint(cast.organisation, by=cast.admin, address=f"rom.{number}.a")
    sending.drain(platform)
    monkeypatch.setattr(finding, "PAGE", 2)
    # Three pages of three queries, and those that may register.
    with django_assert_num_queries(3 * 3 + 1):
        assert list(finding.DeviceFinder(platform, tell=lambda _read: None)) == []


def test_command_names_devices_and_repairs_them(
    cast: Cast, platform: VideoPlatform, spoilt: dict[str, Endpoint]
) -> None:
    def run(*arguments: str) -> str:
        out = StringIO()
        call_command("reconcile_platform", platform.slug, *arguments, stdout=out)
        return out.getvalue()

    said = run()
    assert f"missing   device {spoilt['borte'].address}\n" in said
    assert "username: 'noen.andre' instead of 'endret'" in said
    assert "endret-der-borte" not in said
    assert "0 conferences and 8 devices read: 1 missing, 3 changed, 3 leftover, 0 double" in said
    *lines, total, repaired = map(json.loads, run("--json", "--repair").splitlines())
    assert {line["thing"] for line in lines} == {"device"}
    assert (total["devices"], repaired["queued"]) == (8, 7)
    assert "0 missing, 0 changed, 0 leftover" in run()


def test_operator_sees_and_mends_endpoints_apart_from_rooms(
    cast: Cast, platform: VideoPlatform, spoilt: dict[str, Endpoint], signed_in: Any
) -> None:
    operator: Client = signed_in(cast.operator)
    url = f"/operation/platforms/{platform.slug}/differences/"
    comparison = compare_now(platform)
    page = operator.get(url)
    rows = [squeezed(row.text_content()) for row in document(page).xpath("//tbody/tr")]
    assert sum(row.startswith("Videoendepunkt") for row in rows) == 7
    # An endpoint's address may be a person's name; what is not ours is the operator's own.
    for address in ("endret@", "borte@", "annen@", "noen.andre"):
        assert address not in page.content.decode()
    assert any("fremmed@" in row for row in rows)
    assert "Ingen forskjeller av det slaget" in text_of(operator.get(f"{url}?thing=room"))
    form = document(operator.get(f"{url}repair/")).xpath("//main//form")[0]
    assert [box.get("name") for box in form.xpath(".//input[@type='checkbox']")] == [
        "device_missing", "device_changed", "device_leftover",
    ]  # fmt: skip
    values = {"comparison": str(comparison.pk), "device_missing": "on"}
    assert "1 forskjell" in text_of(operator.post(f"{url}repair/", values, follow=True))
    (entry,) = OutboxEntry.objects.unscoped(reason=REASON).all()
    assert (entry.kind, entry.key) == ("device", spoilt["borte"].public_id)
