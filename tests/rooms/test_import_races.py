"""An import and somebody else's change of the same room at the same moment."""

from __future__ import annotations

import pytest

from rooms.actions import change_product
from rooms.imports import ImportRefused
from rooms.imports.writing import import_file
from rooms.models import Room
from tests import factories
from tests.cast import Cast
from tests.rooms.test_import import own
from tests.rooms.test_own_room_races import beside

pytestmark = pytest.mark.django_db(transaction=True)


def test_room_that_changes_its_type_meanwhile_is_not_left_out_unseen(cast: Cast) -> None:
    room = factories.make_room(
        cast.organisation, by=cast.admin, product=factories.product("admin-small", "hd")
    )
    content = own({"name": room.name, "number": room.number, "cost_centre": "7700"})
    with pytest.raises(ImportRefused, match=room.name):
        beside(
            lambda: change_product(room, factories.product("admin-small", "fullhd"), by=cast.admin),
            lambda: import_file(cast.organisation, content, file_name="rooms.csv"),
        )
    stored = Room.objects.in_organisation(cast.organisation).get(pk=room.pk)
    assert (stored.product.quality, stored.cost_centre) == ("fullhd", "")
