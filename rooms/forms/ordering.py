"""Forms of an order, a change of type and a termination, and what their pages tell first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rooms import actions, terms
from rooms.choices import Purpose, Quality
from rooms.forms.order_draft import STEPS, OrderDraft
from rooms.models import Room, RoomProduct, RoomType
from tenants.models import Organisation, User
from videoportal.kit.formats import money, short_date
from videoportal.kit.forms import CharField, ChoiceCard, ChoiceCards, DateField, Form, StaleEdit

STEP_NAMES = {
    "purpose": gettext_lazy("Use"),
    "type": gettext_lazy("Room type"),
    "details": gettext_lazy("Name and owner"),
    "review": gettext_lazy("Look over and order"),
}
NEXT_LABELS = {
    "purpose": gettext_lazy("Next: room type"),
    "type": gettext_lazy("Next: name and owner"),
    "details": gettext_lazy("Next: look over"),
}
QUALITY_HINTS = {
    Quality.HD: gettext_lazy("720p. Good enough for most conversations."),
    Quality.FULL_HD: gettext_lazy(
        "1080p. For when you must see details, for instance when looking at a wound."
    ),
}
PURPOSE_HINTS = {
    Purpose.PATIENT: gettext_lazy("We then show rooms that lock themselves and demand a PIN."),
    Purpose.MEETING: gettext_lazy("For meetings between colleagues, courses and the like."),
    Purpose.BOTH: gettext_lazy("We then show rooms where you turn the lock on and off yourself."),
}
PURPOSE_REASONS = {
    Purpose.PATIENT: gettext_lazy(
        "You will share patient information, so we only show rooms that are fit for that."
    ),
    Purpose.MEETING: gettext_lazy(
        "You will not share patient information, so we show rooms for meetings."
    ),
    Purpose.BOTH: gettext_lazy(
        "You will have both patient calls and meetings, so we only show rooms fit for both."
    ),
}


class Offer:
    """What can be ordered on a day, with prices; one query."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.products = sorted(
            RoomProduct.objects.offered_on(today),
            key=lambda product: (product.room_type.position, product.room_type_id, product.price),
        )

    def types(self, purpose: str) -> list[RoomType]:
        """Return the room types that suit the purpose, in the catalogue's order."""
        found = {product.room_type_id: product.room_type for product in self.products}
        return [
            room_type
            for room_type in found.values()
            if (purpose == Purpose.MEETING or room_type.suits_patients)
            and (purpose == Purpose.PATIENT or room_type.suits_meetings)
        ]

    def of_type(self, code: str) -> list[RoomProduct]:
        """Return the type's products, one for each quality."""
        return [product for product in self.products if product.room_type.code == code]

    def product(self, code: str, quality: str) -> RoomProduct | None:
        """Return the product of a type and quality, or None when it is not offered."""
        for product in self.of_type(code):
            if product.quality == quality:
                return product
        return None

    def by_slug(self, slug: str) -> RoomProduct | None:
        """Return the product that :func:`product_slug` names, or None."""
        code, _dash, quality = slug.rpartition("-")
        return self.product(code, quality)


def product_slug(product: RoomProduct) -> str:
    """Return the product's name in addresses: ``admin-small-hd``."""
    return f"{product.room_type.code}-{product.quality}"


def price_of(product: RoomProduct) -> Decimal:
    """Return the price that ``priced_on`` put on the product, in kroner a month without VAT."""
    return product.price  # type: ignore[attr-defined]  # annotated


def type_card(room_type: RoomType, price: str = "") -> ChoiceCard:
    """Return a type's radio card: what it is, its end where one is told, and demo values."""
    parts = [format_html("{}", room_type.description)]
    if room_type.sunset:
        parts.append(
            format_html('<span class="status" data-status="attention">{}</span>', room_type.sunset)
        )
    if room_type.is_demo_value:
        parts.append(
            format_html(
                '<span class="ds-tag" data-color="warning" data-size="sm">{}</span>',
                _("Demo value"),
            )
        )
    return ChoiceCard(format_html_join(" ", "{}", ((part,) for part in parts)), price)


class PurposeForm(Form):
    """The first question, which decides the room types that are offered."""

    purpose = forms.ChoiceField(
        label=gettext_lazy("Will you share patient information in the room?"),
        choices=Purpose,
        widget=ChoiceCards(
            cards={value: ChoiceCard(hint) for value, hint in PURPOSE_HINTS.items()}
        ),
        error_messages={"required": gettext_lazy("Choose what the room is for.")},
    )


class TypeForm(Form):
    """Room type and quality, among those that suit the purpose."""

    room_type = forms.ChoiceField(
        label=gettext_lazy("Which room type is right?"),
        widget=ChoiceCards,
        error_messages={
            "required": gettext_lazy("Choose a room type."),
            "invalid_choice": gettext_lazy(
                "This room type can no longer be ordered. Choose another one."
            ),
        },
    )
    quality = forms.ChoiceField(
        label=gettext_lazy("Quality"),
        widget=ChoiceCards,
        error_messages={
            "required": gettext_lazy("Choose a quality."),
            "invalid_choice": gettext_lazy("This room type does not have that quality."),
        },
    )
    # The type whose qualities and prices the page showed.
    shown_type = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, offer: Offer, purpose: str, prices: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.types = offer.types(purpose)
        codes = [room_type.code for room_type in self.types]
        typed: Any = self.data if self.is_bound else self.initial
        self.chosen_type = typed.get("room_type") if typed.get("room_type") in codes else ""
        if not self.chosen_type and codes and not self.is_bound:
            self.chosen_type = codes[0]
        products = offer.of_type(self.chosen_type)
        self.initial.update(room_type=self.chosen_type, shown_type=self.chosen_type)
        qualities = [product.quality for product in products]
        if not self.is_bound and self.initial.get("quality") not in qualities:
            self.initial["quality"] = qualities[0] if qualities else ""
        self._offer_types(offer, prices=prices)
        self._offer_qualities(products, prices=prices)
        quality = typed.get("quality") if self.is_bound else self.initial["quality"]
        self.product = offer.product(self.chosen_type, quality or "")

    def _offer_types(self, offer: Offer, *, prices: bool) -> None:
        field: Any = self.fields["room_type"]
        field.choices = [(room_type.code, room_type.name) for room_type in self.types]
        field.widget.cards = {
            room_type.code: type_card(
                room_type,
                _("from %(price)s")
                % {"price": money(min(map(price_of, offer.of_type(room_type.code))))}
                if prices
                else "",
            )
            for room_type in self.types
        }

    def _offer_qualities(self, products: list[RoomProduct], *, prices: bool) -> None:
        field: Any = self.fields["quality"]
        field.choices = [(product.quality, product.get_quality_display()) for product in products]
        field.widget.cards = {
            product.quality: ChoiceCard(
                QUALITY_HINTS[Quality(product.quality)],
                money(price_of(product)) if prices else "",
            )
            for product in products
        }

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        shown = cleaned.get("shown_type")
        # Without script the qualities on the page are those of the type chosen before.
        self.must_show_qualities = bool(shown) and shown != cleaned.get("room_type")
        return cleaned


class DetailsForm(Form):
    """Name, owner and where the cost belongs."""

    name = CharField(
        label=gettext_lazy("Name of the room"),
        max_length=100,
        help_text=gettext_lazy("Shown to the participants. Use no names of patients or diagnoses."),
    )
    owner_name = CharField(label=gettext_lazy("Owner's name"), max_length=150, required=False)
    owner_email = forms.EmailField(
        label=gettext_lazy("Owner's e-mail address"),
        max_length=100,
        required=False,
        help_text=gettext_lazy(
            "Whoever signs in with this address can change the room’s name and PINs."
        ),
    )
    department = CharField(
        label=gettext_lazy("Department"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"list": "departments"}),
    )
    cost_centre = CharField(
        label=gettext_lazy("Cost centre"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("Stands on the invoice basis."),
        widget=forms.TextInput(attrs={"list": "cost-centres"}),
    )
    reference = CharField(label=gettext_lazy("Reference"), max_length=60, required=False)
    guest_pin = forms.BooleanField(
        label=gettext_lazy("PIN for guests"),
        required=False,
        help_text=gettext_lazy("Guests must then enter a code to come in. We make the code."),
    )

    def __init__(self, *args: Any, room_type: RoomType | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if room_type is not None and not room_type.guest_pin_allowed:
            del self.fields["guest_pin"]


class ReviewForm(Form):
    """The last look; ``agreed_price`` is the price that the button showed."""

    agreed_price = forms.DecimalField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, price: Decimal | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.price = price
        self.initial["agreed_price"] = price

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        agreed = cleaned.get("agreed_price")
        if agreed is not None and self.price is not None and agreed != self.price:
            self.data = {**self.data, "agreed_price": str(self.price)}
            raise ValidationError(
                _("The price has changed from %(old)s to %(new)s. Look it over and order again.")
                % {"old": money(agreed), "new": money(self.price)},
                code="price_changed",
            )
        return cleaned


@dataclass(frozen=True)
class ReviewPart:
    """One step's answers for the last look: pairs of label and value."""

    step: str
    title: Any
    rows: list[tuple[Any, Any]]


class OrderWizard:
    """The four steps of one order by one person in one organisation.

    ``prices`` tells whether the person may see what things cost.
    """

    def __init__(self, draft: OrderDraft, organisation: Organisation, *, by: User, today: date):
        self.draft = draft
        self.organisation = organisation
        self.by = by
        self.today = today
        self.offer = Offer(today)
        self.prices = by.access.can("view_billing", organisation)

    @property
    def purpose(self) -> str:
        return self.draft.answers.get("purpose", "")

    @property
    def product(self) -> RoomProduct | None:
        """The product chosen so far, if it is still offered for the purpose."""
        product = self.offer.product(
            self.draft.answers.get("room_type", ""), self.draft.answers.get("quality", "")
        )
        if product is None or product.room_type not in self.offer.types(self.purpose):
            return None
        return product

    def form(self, step: str, data: Mapping[str, Any] | None = None) -> Any:
        """Return the step's form, bound to ``data`` or showing what was answered before."""
        common: dict[str, Any] = {"data": data, "organisation": self.organisation}
        if data is None:
            common["initial"] = self._initial(step)
        if step == "purpose":
            return PurposeForm(**common)
        if step == "type":
            return TypeForm(offer=self.offer, purpose=self.purpose, prices=self.prices, **common)
        if step == "details":
            return DetailsForm(room_type=self._room_type, **common)
        product = self.product
        return ReviewForm(
            price=price_of(product) if product is not None and self.prices else None, **common
        )

    @property
    def _room_type(self) -> RoomType | None:
        return self.product.room_type if self.product is not None else None

    def _initial(self, step: str) -> dict[str, Any]:
        if step == "details" and not self.draft.has_answers("details"):
            return {"owner_name": self.by.name, "owner_email": self.by.email}
        return dict(self.draft.answers)

    def unanswered(self, *, before: str) -> str | None:
        """Return the first step before ``before`` that lacks a good answer, or None."""
        for step in STEPS[: STEPS.index(before)]:
            if (
                not self.draft.has_answers(step)
                or not self.form(step, self.draft.answers).is_valid()
            ):
                return step
        return None

    def values(self) -> dict[str, Any]:
        """Return the cleaned details, as ``order_room`` takes them."""
        form = self.form("details", self.draft.answers)
        if not form.is_valid():
            raise ValidationError(form.errors)
        cleaned = dict(form.cleaned_data)
        cleaned["with_guest_pin"] = cleaned.pop("guest_pin", False)
        return cleaned

    def suggestions(self) -> dict[str, list[str]]:
        """Return what the organisation already uses, by datalist id."""
        rooms = Room.objects.in_organisation(self.organisation)
        return {
            "departments": rooms.values_in_use("department"),
            "cost-centres": rooms.values_in_use("cost_centre"),
        }

    def cost(self, product: RoomProduct | None) -> terms.Quote | None:
        """Return what the product costs from today, or None where no price is to be shown."""
        if product is None or not self.prices:
            return None
        return terms.quote(monthly=price_of(product), ordered_on=self.today)

    def review(self) -> list[ReviewPart]:
        """Return everything that was answered, by the step that changes it."""
        values, product = self.values(), self.product
        if product is None:
            return []
        details = [
            (field.label, values[name] or "–")
            for name, field in self.form("details").fields.items()
            if name != "guest_pin"
        ]
        with_pin = _("Yes, we make it") if values["with_guest_pin"] else _("No")
        answers: dict[str, list[tuple[Any, Any]]] = {
            "purpose": [(PurposeForm.base_fields["purpose"].label, Purpose(self.purpose).label)],
            "type": [
                (STEP_NAMES["type"], product.room_type.name),
                (_("Quality"), product.get_quality_display()),
            ],
            "details": [*details, (_("PIN for guests"), with_pin)],
        }
        return [ReviewPart(step, STEP_NAMES[step], rows) for step, rows in answers.items()]

    def steps(self, current: str) -> list[tuple[Any, str]]:
        """Return each step's name with ``done``, ``current`` or an empty text."""
        here = STEPS.index(current)
        states = ["done"] * here + ["current"] + [""] * (len(STEPS) - here - 1)
        return [(STEP_NAMES[step], state) for step, state in zip(STEPS, states, strict=True)]


@dataclass(frozen=True)
class SettingChange:
    """A setting that follows the new type: its label and its value before and after, in words."""

    label: Any
    before: Any
    after: Any


class TypeChange:
    """What happens if the room becomes another product today."""

    def __init__(self, room: Room, product: RoomProduct, current: RoomProduct, *, today: date):
        self.room = room
        self.product = product
        self.price_now = price_of(current)
        self.price_new = price_of(product)
        self.is_upgrade = self.price_new >= (self.price_now or 0)
        if self.is_upgrade:
            self.room_from = today
            self.price_from = terms.upgrade_price_from(today)
        else:
            self.room_from = self.price_from = terms.downgrade_from(
                asked_on=today, bound_until=room.bound_until
            )

    def settings(self) -> list[SettingChange]:
        """Return the settings that will change with the product."""
        changes = []
        if self.room.product.quality != self.product.quality:
            changes.append(
                SettingChange(
                    _("Quality"),
                    self.room.product.get_quality_display(),
                    self.product.get_quality_display(),
                )
            )
        for name, value in actions.fitted_settings(self.room, self.product).items():
            field: Any = Room._meta.get_field(name)
            before = getattr(self.room, name)
            changes.append(
                SettingChange(
                    str(field.verbose_name).capitalize()
                    if name not in {"host_pin", "guest_pin"}
                    else field.verbose_name,
                    _setting_in_words(field, name, before),
                    _setting_in_words(field, name, value),
                )
            )
        return changes


def _setting_in_words(field: Any, name: str, value: Any) -> Any:
    if name in {"host_pin", "guest_pin"}:
        return _("Has a PIN") if value else _("No PIN")
    if isinstance(value, bool):
        return _("On") if value else _("Off")
    return dict(field.flatchoices).get(value, value) if field.flatchoices else value


class ProductForm(Form):
    """Which product the room shall have; sent as a question, changes nothing."""

    mark_optional = False

    product = forms.ChoiceField(
        label=gettext_lazy("What shall the room become?"), widget=ChoiceCards, required=False
    )

    def __init__(
        self,
        *args: Any,
        offer: Offer,
        room: Room,
        prices: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["product"]
        others = [product for product in offer.products if product.pk != room.product_id]
        field.choices = [(product_slug(product), product.name) for product in others]
        field.widget.cards = {
            product_slug(product): ChoiceCard(
                type_card(product.room_type).description,
                money(price_of(product)) if prices else "",
            )
            for product in others
        }


class TypeChangeForm(StaleEdit, Form):
    """The confirmation of a change of type; ``product`` is the slug that was shown."""

    product = forms.CharField(widget=forms.HiddenInput, required=False)


class TerminateForm(StaleEdit, Form):
    """When a terminated room closes."""

    mark_optional = False

    closing = forms.ChoiceField(
        label=gettext_lazy("When shall the room close?"),
        choices=[("now", gettext_lazy("At once")), ("date", gettext_lazy("On a date"))],
        error_messages={"required": gettext_lazy("Choose when the room shall close.")},
    )
    closes_on = DateField(label=gettext_lazy("Closing date"), required=False)

    def __init__(self, *args: Any, today: date, charged_until: date, **kwargs: Any) -> None:
        self.today = today
        self.charged_until = charged_until
        super().__init__(*args, **kwargs)
        span = {"first": short_date(today), "last": short_date(charged_until)}
        closing: Any = self.fields["closing"]
        closing.widget = ChoiceCards(
            choices=closing.choices,
            cards={
                "now": ChoiceCard(_("Nobody can come in from now on. This cannot be undone.")),
                "date": ChoiceCard(
                    _("The room can be used until the date. You can change your mind until then.")
                ),
            },
        )
        self.fields["closes_on"].help_text = (
            _(
                "dd.mm.yyyy, from %(first)s to and including %(last)s. "
                "The room closes when that day begins."
            )
            % span
        )

    def clean(self) -> Any:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("closing") == "now":
            cleaned["closes_on"] = self.today
            self.errors.pop("closes_on", None)
        elif cleaned.get("closing") == "date" and "closes_on" not in self.errors:
            chosen = cleaned.get("closes_on")
            if chosen is None:
                self.add_error("closes_on", _("Write the date when the room shall close."))
            elif chosen < self.today:
                self.add_error("closes_on", _("The closing date cannot be in the past."))
            elif chosen > self.charged_until:
                self.add_error(
                    "closes_on",
                    _("The closing date cannot be after %(date)s, the last day you pay for.")
                    % {"date": short_date(self.charged_until)},
                )
        return cleaned
