"""The demo's endpoints: lifelike, true to the rules, and loaded once."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from django.core.management import call_command

from endpoints import demo, passwords
from endpoints.actions import check
from endpoints.choices import Kind, State
from endpoints.models import Endpoint
from rooms.demo import large
from rooms.demo.large import BIG_ORGANISATION
from rooms.demo.small import seed_small
from tenants.models import AuditEntry

WHY = "the test looks at all demo endpoints"


def everything() -> list[Endpoint]:
    return list(Endpoint.objects.unscoped(reason=WHY).select_related("platform", "organisation"))


def test_small_set_shows_each_kind_and_state_and_is_loaded_once(db: None) -> None:
    seed_small(password="demo-password-of-the-tests")
    demo.add_to_demo(size="small")
    made = everything()
    assert len(made) == len(demo.ENDPOINTS) == 13
    assert {endpoint.kind for endpoint in made} == {*Kind.values} - {Kind.OTHER}
    assert Counter(endpoint.state for endpoint in made) == {State.ACTIVE: 12, State.BLOCKED: 1}
    assert len({endpoint.organisation_id for endpoint in made}) == 4
    for endpoint in made:
        check(endpoint, own_password=True)
    entries = AuditEntry.objects.unscoped(reason=WHY).filter(target_type="endpoints.endpoint")
    assert entries.count() == 14
    told = dict(entries.filter(action__endswith="registered").values_list("target_label", "at"))
    assert told == {endpoint.name: endpoint.created_at for endpoint in made}

    before = [(e.pk, e.version, str(e.password)) for e in made]
    demo.add_to_demo(size="small")
    assert [(e.pk, e.version, str(e.password)) for e in everything()] == before


def test_large_set_is_loaded_once(
    as_tables_owner: None, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "LARGE_COUNT", 60)
    monkeypatch.setattr(demo, "SHARES", {BIG_ORGANISATION: 20})
    seed_small(password="demo-password-of-the-tests")
    large.seed_large(password="demo-password-of-the-tests", say=lambda _line: None, scale=0.002)
    for _turn in range(2):
        demo.add_to_demo(size="large")
        assert len(everything()) == 60 + len(demo.ENDPOINTS)
    big = [e for e in everything() if e.organisation.slug == BIG_ORGANISATION]
    assert len(big) == 20
    for endpoint in big:
        passwords.check(str(endpoint.password))
        check(endpoint, own_password=True)


def test_command_adds_them(db: None, settings: Any) -> None:
    settings.DEMO, settings.DEMO_PASSWORD = True, "demo-password-of-the-tests"
    call_command("seed_demo", size="small", json=True)
    assert len(everything()) == len(demo.ENDPOINTS)
