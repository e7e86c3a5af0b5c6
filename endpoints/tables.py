"""The list of endpoints as a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from endpoints.choices import Status, kind_word
from tenants.models import Organisation
from videoportal.kit import addresses
from videoportal.kit.formats import email_break
from videoportal.kit.tables import BaseTable, Column, NameColumn
from videoportal.kit.templatetags.kit import status as status_mark


class EndpointTable(BaseTable):
    """An organisation's endpoints."""

    reads = ("public_id", "name", "address", "kind", "model", "location", "state", "provisioning")

    name = NameColumn(_("Name"), order_by="name_order")
    address = Column(
        _("Video address"),
        cell=lambda row: email_break(row.address),
        order_by="address",
        hide="narrow",
    )
    model = Column(
        _("Type"),
        cell=lambda row: kind_word(row.kind, row.model),
        order_by=("kind", "model_order", "name_order"),
        hide="narrow",
        one_line="long",
    )
    location = Column(
        _("Place"),
        cell=lambda row: (
            format_html('<span title="{0}">{0}</span>', row.location) if row.location else ""
        ),
        order_by=("location_order", "name_order"),
        hide="narrow",
        one_line="long",
    )
    state = Column(_("Status"), order_by=("status_rank", "name_order"), nowrap=True)

    counted = ngettext_lazy("%(count)s video endpoint", "%(count)s video endpoints", "count")
    paged = gettext_lazy("Page through the video endpoints")
    empty_icon = "screen"
    empty_title = gettext_lazy("You have no video endpoints yet")
    empty_help = gettext_lazy(
        "A video endpoint is equipment or an app with its own video address. "
        "Add one here, and type its address, user name and password into it."
    )
    unmatched_title = gettext_lazy("No video endpoints match the search")

    class Meta(BaseTable.Meta):
        order_by = "name"

    def __init__(self, endpoints: Any, *, organisation: Organisation, **options: Any) -> None:
        super().__init__(endpoints, **options)
        address = addresses.by_id("endpoints:detail", organisation.slug)
        marks = {status.value: status_mark(status, status.label) for status in Status}

        def narrow(row: Any) -> Iterator[Any]:
            # The domain is the same for all, and the column narrow.
            yield row.address.partition("@")[0]
            yield kind_word(row.kind, row.model)
            yield row.location

        columns: dict[str, Any] = {item.name: item.column for item in self.columns.iterall()}
        columns["name"].url = lambda row: address(row.public_id)
        columns["name"].narrow = narrow
        columns["state"].cell = lambda row: marks[Status.of(row)]
