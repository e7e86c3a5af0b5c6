"""The scope that the database is told: nested, for a transaction, never for a session."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from videoportal.kit.scope import NOTHING, closed, current, everywhere, in_scope

ASK = "select current_setting('app.org_ids', true), current_setting('app.everywhere', true)"


def told() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(ASK)
        organisations, reason = cursor.fetchone()
    return organisations or "", reason or ""


def told_to_the_session() -> tuple[str, str]:
    """Ask past the portal's own code, as the pool's next user would."""
    connection.ensure_connection()
    organisations, reason = connection.connection.execute(ASK).fetchone()
    return organisations or "", reason or ""


class Fault(Exception):
    """What goes wrong in these tests."""


def break_down(expected: tuple[str, str]) -> None:
    assert told() == expected
    raise Fault


def test_scopes_nest_and_come_back(db: None) -> None:
    with closed():
        assert told() == ("", "")
        with in_scope([3, 1]):
            assert told() == ("{1,3}", "")
            with everywhere(reason="a test looks around"):
                assert told() == ("", "a test looks around")
                with in_scope([]):
                    assert told() == ("{}", "")
            assert told() == ("{1,3}", "")
        assert told() == ("", "")


def test_a_scope_comes_back_after_a_fault(db: None) -> None:
    with closed(), in_scope([1]):
        with pytest.raises(Fault), everywhere(reason="a test that breaks"):
            break_down(("", "a test that breaks"))
        assert told() == ("{1}", "")


def test_a_rolled_back_savepoint_does_not_confuse_it(db: None) -> None:
    with closed(), in_scope([1]):
        assert told() == ("{1}", "")
        with pytest.raises(Fault), transaction.atomic(), in_scope([2]):
            break_down(("{2}", ""))
        assert told() == ("{1}", "")
        with in_scope([2]), pytest.raises(Fault), transaction.atomic():
            break_down(("{2}", ""))
        assert told() == ("{1}", "")


def test_nothing_outlives_its_transaction(transactional_db: None) -> None:
    with closed():
        with in_scope([7]), transaction.atomic():
            assert told() == ("{7}", "")
        assert told_to_the_session() == ("", "")
        with everywhere(reason="a statement of its own"):
            # Without a transaction around it, the statement gets one.
            assert told() == ("", "a statement of its own")
        assert told_to_the_session() == ("", "")
        with pytest.raises(Fault), in_scope([8]), transaction.atomic():
            break_down(("{8}", ""))
        assert told_to_the_session() == ("", "")


def test_a_scope_outlasts_a_transaction(transactional_db: None) -> None:
    with closed(), in_scope([7]):
        for _time in range(2):
            with transaction.atomic():
                assert told() == ("{7}", "")


def test_another_thread_starts_outside(db: None) -> None:
    with in_scope([1]), ThreadPoolExecutor(1) as pool:
        assert pool.submit(current).result().organisations == ""


def test_telling_is_not_a_query_of_the_page(db: None) -> None:
    with closed(), CaptureQueriesContext(connection) as queries, in_scope([1]):
        told()
        told()
    assert len(queries) == 2


def test_a_reason_is_demanded() -> None:
    with pytest.raises(ValueError, match="Say why"), everywhere(reason=" "):
        pass


@pytest.mark.parametrize(
    ("organisation", "covered"), [(1, True), (12, True), (2, False), (None, False)]
)
def test_scope_covers_its_organisations(organisation: int | None, covered: bool) -> None:
    with in_scope([1, 12]):
        assert current().covers(organisation) is covered
    assert not NOTHING.covers(organisation)
    with everywhere(reason="all of them, none as well"):
        assert current().covers(organisation)
