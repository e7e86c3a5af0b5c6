"""The rows of a file against each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from django.utils.translation import gettext as _

from rooms.imports.checking.catalogue import Catalogue
from rooms.imports.checking.notes import note_fault, note_warning
from rooms.imports.checking.plans import Plan
from rooms.imports.rows import Draft

# Address and description of a further address may differ; the rest must be the same room.
ALIAS_COLUMNS = {"alias_alias", "alias_description"}


def compare_rows(plan: Plan, catalogue: Catalogue) -> None:
    table = plan.table
    by_name: dict[str, Draft] = {}
    by_number: dict[str, Draft] = {}
    number_column = table.fields["number"]
    plan.file_domain = _file_domain(table.drafts)
    for draft in table.drafts:
        known_domains = {"", plan.file_domain, catalogue.platform.domain.casefold()}
        if draft.domain not in known_domains:
            note_fault(
                draft,
                number_column,
                "alias_domain",
                _("The address is at %(domain)s, but the file’s other ones are at %(usual)s.")
                % {"domain": draft.domain[:60], "usual": plan.file_domain},
                "number",
            )
        name = draft.values.get("name", "")
        earlier = by_name.get(name.casefold()) if name else None
        if earlier is not None and table.dialect == "pexip":
            _same_room(draft, earlier, number_column)
        elif earlier is not None and not (draft.number and earlier.number):
            note_fault(
                draft,
                "name",
                "name_same",
                _("Same name as row %(row)s, and no number to tell them apart.")
                % {"row": earlier.row},
            )
        elif name:
            by_name.setdefault(name.casefold(), draft)
        if draft.number and not (draft.further_of and earlier and earlier.number == draft.number):
            first = by_number.setdefault(draft.number, draft)
            if first is not draft:
                note_fault(
                    draft,
                    number_column,
                    "number_same",
                    _("Same number as row %(row)s.") % {"row": first.row},
                    "number",
                )


def _file_domain(drafts: Iterable[Draft]) -> str:
    domains = Counter(draft.domain for draft in drafts if draft.domain)
    return domains.most_common(1)[0][0] if domains else ""


def _same_room(draft: Draft, first: Draft, number_column: str) -> None:
    """Take a repeated name as a further address of the room, if its settings are the same."""
    columns = (draft.shown.keys() | first.shown.keys()) - ALIAS_COLUMNS
    different = sorted(
        column for column in columns if draft.shown.get(column, "") != first.shown.get(column, "")
    )
    if different:
        note_fault(
            draft,
            "name",
            "name_settings",
            _("Same name as row %(row)s, but other settings (%(columns)s).")
            % {"row": first.row, "columns": ", ".join(different)},
        )
        return
    draft.further_of = first.row
    # What is wrong with the settings is told once, where they stand first.
    draft.faults = [fault for fault in draft.faults if fault.column in ALIAS_COLUMNS]
    draft.warnings = []
    if draft.alias and draft.alias.casefold() == first.alias.casefold():
        note_fault(
            draft,
            number_column,
            "number_same",
            _("Same number as row %(row)s.") % {"row": first.row},
        )
    elif draft.number and not first.number and "number" not in first.bad:
        first.number = draft.number
        first.warnings = [w for w in first.warnings if w.code != "alias_not_kept"]
        draft.number = ""
    elif draft.alias and draft.number != first.number:
        note_warning(
            draft,
            number_column,
            "alias_not_kept",
            _("The address %(alias)s is not kept: the room gets a number.")
            % {"alias": draft.alias[:60]},
        )
        draft.number = ""
