"""Access: what it says of a person who reaches very many organisations."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from tenants import access
from tenants.models import User
from tests.cast import Cast


@pytest.mark.parametrize(("limit", "told"), [(1, [2]), (2, [])])
def test_more_clients_than_ids_are_good_for_is_logged(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, limit: int, told: list[int]
) -> None:
    monkeypatch.setattr(access, "MANY_ORGANISATIONS", limit)
    with capture_logs() as logs:
        reached = User.objects.get(pk=cast.reseller.pk).access.client_ids
    assert reached == {cast.organisation.pk, cast.second_client.pk}
    assert [entry["organisations"] for entry in logs] == told
