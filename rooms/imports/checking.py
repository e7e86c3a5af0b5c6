"""From the rows of a file to a plan: compared with each other, the catalogue and what stands.

Nothing is written here, and what is read takes the same few queries whatever the rows.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rooms import numbers, pins, terms
from rooms.actions.settings import check_settings, default_settings
from rooms.choices import Quality, Theme
from rooms.imports.faults import Fault
from rooms.imports.rows import PIN_FIELDS, Draft, Table, read_table
from rooms.models import Room, RoomProduct, RoomType
from rooms.platforms.models import VideoPlatform

if TYPE_CHECKING:
    from rooms.imports.reading import Sheet
    from tenants.models import Organisation

# A room without a stated capacity is taken for one of this size.
USUAL_PARTICIPANTS = 10
PIN_PARTS = {"guests_allowed", *PIN_FIELDS}
# Address and description of a further address may differ; the rest must be the same room.
ALIAS_COLUMNS = {"alias_alias", "alias_description"}


@dataclass(frozen=True)
class TypeOption:
    """A room type that a group may get, with its price a month in plain HD."""

    code: str
    name: str
    price: Decimal | None


@dataclass(frozen=True)
class TypeGroup:
    """New rooms whose type the file does not say: the same capacity and theme, one type."""

    key: str
    label: str
    rooms: int
    chosen: str
    options: tuple[TypeOption, ...]


@dataclass(frozen=True)
class PriceLine:
    """New rooms of one product and what they cost a month, in kroner without VAT."""

    product: RoomProduct
    rooms: int
    price: Decimal
    amount: Decimal


@dataclass
class Plan:
    """What an import would do. With ``faults`` it does nothing."""

    organisation: Organisation
    today: date
    # Orders are not dated back beyond this: the binding would be shortened with them.
    earliest_order: date
    table: Table
    encoding: str = ""
    file_domain: str = ""
    groups: list[TypeGroup] = field(default_factory=list)

    @property
    def drafts(self) -> list[Draft]:
        return self.table.drafts

    @cached_property
    def faults(self) -> list[Fault]:
        """Everything wrong, by row and then by column."""
        order = {name: place for place, name in enumerate(self.table.columns)}
        found = [fault for draft in self.drafts for fault in draft.faults]
        return sorted(found, key=lambda fault: (fault.row, order.get(fault.column, -1)))

    @cached_property
    def warnings(self) -> list[Fault]:
        return [warning for draft in self.drafts for warning in draft.warnings]

    @cached_property
    def by_outcome(self) -> Mapping[str, list[Draft]]:
        found: dict[str, list[Draft]] = {
            name: [] for name in ("fault", "new", "changed", "same", "alias")
        }
        for draft in self.drafts:
            found[draft.outcome].append(draft)
        return found

    @property
    def new(self) -> list[Draft]:
        return self.by_outcome["new"]

    @property
    def changed(self) -> list[Draft]:
        return self.by_outcome["changed"]

    @property
    def types_matter(self) -> bool:
        """Whether another room type could mend some of the faults."""
        return any(draft.type_says_no and draft.group for draft in self.by_outcome["fault"])

    @property
    def does_nothing(self) -> bool:
        return not self.faults and not self.new and not self.changed

    @cached_property
    def lines(self) -> list[PriceLine]:
        """What the new rooms cost a month, by product in the catalogue's order."""
        counted: Counter[int] = Counter()
        products: dict[int, Any] = {}
        for draft in self.new:
            product = _room(draft).product
            counted[product.pk] += 1
            products[product.pk] = product
        lines = [
            PriceLine(products[pk], rooms, products[pk].price or Decimal(0), Decimal(0))
            for pk, rooms in counted.items()
        ]
        lines = [
            PriceLine(line.product, line.rooms, line.price, line.price * line.rooms)
            for line in lines
        ]
        return sorted(lines, key=lambda line: (line.product.room_type.position, line.product.pk))

    @property
    def monthly(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal(0))

    @cached_property
    def bound_until(self) -> tuple[date, date]:
        """The first and the last day on which a new room's binding ends; the same for most."""
        days = [_room(draft).bound_until for draft in self.new] or [terms.bound_until(self.today)]
        return min(days), max(days)

    def digest(self) -> str:
        """Return a mark that changes with what the reader agrees to: rooms, prices, changes."""
        facts = [
            [(line.product.pk, line.rooms, str(line.price)) for line in self.lines],
            [(draft.row, sorted(draft.changes)) for draft in self.changed],
            str(self.bound_until),
        ]
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]


def _room(draft: Draft) -> Room:
    if draft.room is None:
        raise ValueError(f"row {draft.row} has no room")
    return draft.room


def make_plan(
    sheet: Sheet,
    organisation: Organisation,
    *,
    choices: Mapping[str, str] | None = None,
    today: date | None = None,
    earliest_order: date | None = None,
) -> Plan:
    """Return what importing the file would do to the organisation's rooms.

    ``choices`` gives the room type's code for a group of rows that do not say theirs.
    ``earliest_order`` is how far back the file may date an order, today unless the provider
    carries over old ones: the binding runs from the order. Raises
    :class:`rooms.imports.faults.Unreadable` when the file cannot be read as rooms.
    """
    today = today or timezone.localdate()
    catalogue = _Catalogue(today)
    table = read_table(sheet, catalogue.types)
    plan = Plan(organisation, today, earliest_order or today, table, sheet.encoding)
    _compare_rows(plan, catalogue)
    _find_rooms(plan)
    _choose_types(plan, catalogue, choices or {})
    _build_rooms(plan, catalogue)
    return plan


class _Catalogue:
    """Room types, products and the usual platform as they are on the day. Three queries."""

    def __init__(self, today: date) -> None:
        self.platform = VideoPlatform.objects.usual()
        self.products: dict[tuple[int, str], Any] = {
            (product.room_type_id, product.quality): product
            for product in RoomProduct.objects.priced_on(today)
        }
        # What has no price cannot be ordered.
        priced = {product.pk for product in self.products.values() if product.price is not None}
        orderable = RoomProduct.objects.open_on(today).values_list("pk", flat=True)
        self.open = priced.intersection(orderable)
        seen = {product.room_type_id: product.room_type for product in self.products.values()}
        self.types = sorted(seen.values(), key=lambda room_type: (room_type.position, room_type.pk))

    def product(self, room_type: RoomType, quality: str) -> Any:
        return self.products.get((room_type.pk, quality))

    def offered(self) -> list[RoomType]:
        """Types that can be ordered in plain HD today."""
        return [
            room_type
            for room_type in self.types
            if (product := self.product(room_type, Quality.HD)) and product.pk in self.open
        ]

    def fitting(self, limit: int | None, theme: str) -> list[RoomType]:
        """Return the types that hold so many and have the theme, the natural one first."""
        offered = self.offered()
        roomy = [t for t in offered if limit is None or t.max_participants >= limit]
        themed = [t for t in roomy if theme in t.themes] or roomy
        wanted = limit or (2 if theme else USUAL_PARTICIPANTS)

        def distance(room_type: RoomType) -> tuple[bool, bool, int, int]:
            return (
                room_type.themes[0] != theme,
                room_type.max_participants < wanted,
                room_type.max_participants,
                room_type.position,
            )

        return sorted(themed, key=distance)


# Rows against each other


def _fault(draft: Draft, column: str, code: str, message: object, *fields: str) -> None:
    draft.faults.append(Fault(draft.row, column, code, str(message)))
    draft.bad.update(fields)


def _warn(draft: Draft, column: str, code: str, message: object) -> None:
    draft.warnings.append(Fault(draft.row, column, code, str(message)))


def _compare_rows(plan: Plan, catalogue: _Catalogue) -> None:
    table = plan.table
    by_name: dict[str, Draft] = {}
    by_number: dict[str, Draft] = {}
    number_column = table.fields["number"]
    plan.file_domain = _file_domain(table.drafts)
    for draft in table.drafts:
        known_domains = {"", plan.file_domain, catalogue.platform.domain.casefold()}
        if draft.domain not in known_domains:
            _fault(
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
            _fault(
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
                _fault(
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
        _fault(
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
        _fault(
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
        _warn(
            draft,
            number_column,
            "alias_not_kept",
            _("The address %(alias)s is not kept: the room gets a number.")
            % {"alias": draft.alias[:60]},
        )
        draft.number = ""


# Rows against what stands


def order_key(name: str) -> str:
    """Return the key by which a room without a number of its own is known again."""
    return f"import-{hashlib.sha256(name.casefold().encode()).hexdigest()[:40]}"


def _find_rooms(plan: Plan) -> None:
    rooms = Room.objects.in_organisation(plan.organisation).select_related("product__room_type")
    wanted = [draft.number for draft in plan.drafts if draft.number]
    mine = {room.number: room for room in rooms.open().with_numbers(wanted)} if wanted else {}
    taken = numbers.taken(wanted) if wanted else set()
    nameless = [
        draft
        for draft in plan.drafts
        if not draft.number and not draft.further_of and draft.values.get("name")
    ]
    keys = {draft.row: order_key(draft.values["name"]) for draft in nameless}
    by_key: dict[str, list[Room]] = {}
    for room in rooms.with_order_keys(keys.values()):
        by_key.setdefault(room.order_key.partition(":")[0], []).append(room)
    names = rooms.open().numbers_by_name([draft.values["name"] for draft in nameless])
    column = plan.table.fields["number"]
    for draft in plan.drafts:
        if draft.further_of:
            continue
        if draft.number in mine:
            draft.room = mine[draft.number]
        elif draft.number in taken:
            _fault(
                draft,
                column,
                "number_taken",
                _("The number %(number)s is taken.") % {"number": draft.number},
                "number",
            )
        elif draft.row in keys and "number" not in draft.bad:
            _match_by_key(draft, keys[draft.row], by_key, names)
    for draft in plan.drafts:
        draft.is_new = draft.room is None and not draft.further_of


def _match_by_key(
    draft: Draft, key: str, by_key: dict[str, list[Room]], names: dict[str, str]
) -> None:
    earlier = by_key.get(key, [])
    open_ones = [room for room in earlier if not room.is_closed]
    if open_ones:
        draft.room = open_ones[0]
        return
    draft.key = f"{key}:{len(earlier)}" if earlier else key
    if standing := names.get(draft.values["name"].casefold()):
        _warn(
            draft,
            "name",
            "name_stands",
            _("You have a room with this name already (%(number)s). This will be one more.")
            % {"number": standing},
        )


# Types and prices


def _choose_types(plan: Plan, catalogue: _Catalogue, choices: Mapping[str, str]) -> None:
    groups: dict[str, list[Draft]] = {}
    column = plan.table.fields["product"]
    for draft in plan.drafts:
        if not draft.is_new or draft.room_type or draft.bad & {"product", "participant_limit"}:
            continue
        limit, theme = draft.values.get("participant_limit"), draft.values.get("theme", "")
        fitting = catalogue.fitting(limit, theme)
        if not fitting:
            most = max((t.max_participants for t in catalogue.offered()), default=0)
            _fault(
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


# Rooms


def _build_rooms(plan: Plan, catalogue: _Catalogue) -> None:
    for draft in plan.drafts:
        if draft.further_of:
            continue
        if draft.room is None:
            _build_new(draft, plan, catalogue)
        else:
            _build_changed(draft, plan, catalogue)


def _build_new(draft: Draft, plan: Plan, catalogue: _Catalogue) -> None:
    table, room_type = plan.table, draft.room_type
    if draft.ordered_on is not None and draft.ordered_on > plan.today:
        _fault(draft, "ordered_on", "date_ahead", _("The order date cannot be ahead in time."))
    if room_type is None or "quality" in draft.bad:
        return
    product = catalogue.product(room_type, draft.quality or Quality.HD)
    if product is None or product.pk not in catalogue.open:
        standard = catalogue.product(room_type, Quality.HD)
        closed = standard is None or standard.pk not in catalogue.open
        _fault(
            draft,
            table.fields["product"] if closed else "quality",
            "room_type_closed" if closed else "quality_closed",
            _("This room type can no longer be ordered. Choose another one.")
            if closed
            else _("This room type is not delivered in that resolution."),
            "product",
        )
        return
    values = default_settings(product, number=draft.number)
    guest_pin = draft.values.get("guest_pin", "")
    if guest_pin and "host_pin" not in draft.values and not draft.bad & PIN_PARTS:
        values["host_pin"] = pins.generate(room_number=draft.number, unlike=guest_pin)
    draft.makes_pin = "host_pin" not in draft.values and "host_pin" not in draft.bad
    ordered_on = draft.ordered_on or plan.today
    if ordered_on < plan.earliest_order:
        ordered_on = plan.earliest_order
        _warn(
            draft,
            "ordered_on",
            "date_not_kept",
            _("The room counts as ordered today. Only the provider can carry over an older date."),
        )
    draft.room = Room(
        organisation=plan.organisation,
        product=product,
        platform=catalogue.platform,
        number=draft.number,
        ordered_on=ordered_on,
        bound_until=terms.bound_until(ordered_on),
        order_key="" if draft.number else draft.key,
        **{**values, **_kept(draft)},
    )
    _check(draft, draft.room, table)


def _kept(draft: Draft) -> dict[str, Any]:
    return {name: value for name, value in draft.values.items() if name not in draft.bad}


def _build_changed(draft: Draft, plan: Plan, catalogue: _Catalogue) -> None:
    room, table = _room(draft), plan.table
    if draft.room_type is not None and draft.room_type.pk != room.product.room_type_id:
        _fault(
            draft,
            table.fields["product"],
            "room_type_differs",
            _(
                "The room is a %(standing)s. Change its type on the room’s own page, "
                "where price and binding are shown."
            )
            % {"standing": room.product.room_type.name},
        )
    if draft.quality is not None and draft.quality != room.product.quality:
        _fault(
            draft,
            "quality",
            "quality_differs",
            _("The room is in %(standing)s. Change it on the room’s own page.")
            % {"standing": Quality(room.product.quality).label},
        )
    if draft.ordered_on is not None and draft.ordered_on != room.ordered_on:
        _warn(
            draft,
            "ordered_on",
            "date_kept",
            _("The room stands already, so its order date is kept as it is."),
        )
    wanted = _kept(draft)
    if draft.makes_pin and "host_pin" in table.columns:
        wanted["host_pin"] = ""
    draft.makes_pin = False
    if table.dialect == "pexip":
        # Taken out of the description for new rooms; what is written here since then stands.
        wanted.pop("owner_name", None)
        wanted.pop("department", None)
    for name, value in wanted.items():
        before = getattr(room, name)
        if before != value:
            draft.changes[name] = (before, value)
            setattr(room, name, value)
    # A weak PIN that stands already is no news.
    standing = {table.fields[name] for name in PIN_FIELDS if name not in draft.changes}
    draft.warnings = [
        warning
        for warning in draft.warnings
        if warning.code != "pin_weak" or warning.column not in standing
    ]
    if draft.changes:
        _check(draft, room, table)


def _check(draft: Draft, room: Room, table: Table) -> None:
    """Note what the room type's and the platform's rules say, once for each field."""
    try:
        check_settings(room, weak_pins_allowed=True)
    except ValidationError as refused:
        skipped = set(draft.bad)
        if draft.bad & PIN_PARTS:
            skipped |= PIN_PARTS
        for name, errors in refused.error_dict.items():
            if name in skipped:
                continue
            column = table.fields.get(name, name)
            draft.type_says_no = True
            for error in errors:
                message = " ".join(error.messages)
                draft.faults.append(Fault(draft.row, column, str(error.code), message))
