"""A row of Pexip's bulk export (docs/pexip.md, Bulk files)."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from rooms import columns
from rooms.imports.rows.cells import Row, take_number
from rooms.imports.rows.columns import PEXIP_FIELDS
from rooms.imports.rows.drafts import Draft

CALL_TYPES = {"", "video", "video-only", "audio"}
CALL_RATES = (128, 8192)
_NAME_AT_END = re.compile(r"(?:[^\W\d_][\w.'’-]*)(?: [^\W\d_][\w.'’-]*){1,3}")


def read_pexip(row: Row) -> None:
    draft, fields = row.draft, PEXIP_FIELDS
    row.read_name()
    description = row.text("description", "description")
    if description:
        row.store("description", description)
        _read_out_of(description, draft)
    _read_alias(row)
    row.read_pins(fields)
    sentence = _("Write true or false.")
    guests = row.parsed("allow_guests", "guests_allowed", "boolean", columns.read_boolean, sentence)
    if "guests_allowed" not in draft.bad:
        # The platform's own default.
        draft.values["guests_allowed"] = bool(guests)
    row.text("alias_description")
    row.text("tag")
    for column in ("max_callrate_in", "max_callrate_out"):
        _check_call_rate(row, column)
    call_type = row.text("call_type")
    if call_type is not None and call_type.casefold() not in CALL_TYPES:
        row.fault(
            "call_type",
            "call_type",
            _("There is no call type “%(value)s”: it is video, video-only or audio.")
            % {"value": call_type[:60]},
        )
    row.store("layout", row.parsed("host_view", "layout", "layout", columns.read_layout))
    row.store(
        "show_names",
        row.parsed("enable_overlay_text", "show_names", "boolean", columns.read_boolean, sentence),
    )
    if row.has("ivr_theme_name"):
        theme = row.parsed("ivr_theme_name", "theme", "theme", columns.read_theme)
        if "theme" not in draft.bad:
            draft.values["theme"] = theme or ""
    row.read_limit("participant_limit")
    if draft.shown.get("primary_owner_email_address"):
        row.read_email("primary_owner_email_address")
    row.check_pins(fields, guests_allowed=draft.values.get("guests_allowed", True))


def _read_out_of(description: str, draft: Draft) -> None:
    """Take department and owner from a description such as ``Dialyse, Håkon Rønning``."""
    department, comma, rest = description.partition(", ")
    if not comma:
        return
    owner = rest.rpartition(", ")[2]
    if _NAME_AT_END.fullmatch(owner) and all(part[:1].isupper() for part in owner.split()[::2]):
        draft.values["owner_name"] = owner
        if len(department) <= 100:
            draft.values["department"] = department


def _read_alias(row: Row) -> None:
    """Take the number from ``310000@video.example.no``; other addresses get a number drawn."""
    draft = row.draft
    alias = row.digits("alias_alias", "number")
    if not alias:
        return
    if any(character.isspace() for character in alias):
        row.fault("alias_alias", "alias_spaces", _("An address cannot hold spaces."), "number")
        return
    alias = re.sub(r"^(sips?|h323):", "", alias, flags=re.IGNORECASE)
    local, at, domain = alias.partition("@")
    domain = re.sub(r":[0-9]+$", "", domain).casefold()
    if at and (not local or not domain or "@" in domain):
        row.fault(
            "alias_alias",
            "alias_form",
            _("“%(alias)s” is not a whole address.") % {"alias": alias[:60]},
            "number",
        )
        return
    draft.alias, draft.domain = alias, domain
    if not (local.isascii() and local.isdigit()):
        row.warn(
            "alias_alias",
            "alias_not_kept",
            _("The address %(alias)s is not kept: the room gets a number.") % {"alias": alias[:60]},
        )
        return
    take_number(row, "alias_alias", local)


def _check_call_rate(row: Row, column: str) -> None:
    least, most = CALL_RATES
    code = "call_rate"
    rate = row.parsed(column, column, code, columns.read_whole_number)
    if rate is not None and not least <= rate <= most:
        row.fault(
            column,
            code,
            _("A call rate is from %(least)s to %(most)s kbit/s.") % {"least": least, "most": most},
        )
