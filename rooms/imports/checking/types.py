"""Room types for new rooms whose rows do not name one."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rooms.choices import Quality, Theme
from rooms.imports.checking.catalogue import Catalogue
from rooms.imports.checking.notes import note_fault
from rooms.imports.checking.plans import Plan, TypeGroup, TypeOption
from rooms.imports.rows import Draft


def choose_types(plan: Plan, catalogue: Catalogue, choices: Mapping[str, str]) -> None:
    groups: dict[str, list[Draft]] = {}
    column = plan.table.fields["product"]
    for draft in plan.drafts:
        if not draft.is_new or draft.room_type or draft.bad & {"product", "participant_limit"}:
            continue
        limit, theme = draft.values.get("participant_limit"), draft.values.get("theme", "")
        fitting = catalogue.fitting(limit, theme)
        if not fitting:
            most = max((t.max_participants for t in catalogue.offered()), default=0)
            note_fault(
                draft,
                column if plan.table.dialect == "pexip" else plan.table.fields["participant_limit"],
                "participant_limit_range",
                _("The largest room type takes %(most)s participants.") % {"most": most},
                "participant_limit",
                "product",
            )
            continue
        draft.group = f"{limit or ''}|{theme}"
        groups.setdefault(draft.group, []).append(draft)
        by_code = {room_type.code: room_type for room_type in fitting}
        draft.room_type = by_code.get(choices.get(draft.group, ""), fitting[0])
    for key, drafts in groups.items():
        limit, theme = drafts[0].values.get("participant_limit"), drafts[0].values.get("theme", "")
        plan.groups.append(
            TypeGroup(
                key=key,
                label=_group_label(limit, theme),
                rooms=len(drafts),
                chosen=drafts[0].room_type.code if drafts[0].room_type else "",
                options=tuple(
                    TypeOption(t.code, t.name, catalogue.product(t, Quality.HD).price)
                    for t in sorted(catalogue.fitting(limit, theme), key=lambda t: t.position)
                ),
            )
        )
    plan.groups.sort(key=lambda group: (int(group.key.partition("|")[0] or 0), group.key))


def _group_label(limit: int | None, theme: str) -> str:
    if limit is None:
        size = _("No capacity given")
    else:
        size = ngettext("%(count)s participant", "%(count)s participants", limit) % {"count": limit}
    if not theme:
        return size
    return _("%(size)s, theme %(theme)s") % {"size": size, "theme": Theme(theme).label}
