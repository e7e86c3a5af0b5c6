"""The four steps of an order held together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from rooms import terms
from rooms.choices import Purpose
from rooms.forms.order_draft import STEPS, OrderDraft
from rooms.forms.ordering.offers import Offer, price_of
from rooms.forms.ordering.steps import STEP_NAMES, DetailsForm, PurposeForm, ReviewForm, TypeForm
from rooms.models import Room, RoomProduct, RoomType
from tenants.models import Organisation, User


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
            return DetailsForm(
                room_type=self._room_type,
                proposed=(self.by.name, self.by.email),
                name_of=self._name_of,
                **common,
            )
        product = self.product
        return ReviewForm(
            price=price_of(product) if product is not None and self.prices else None, **common
        )

    @property
    def _room_type(self) -> RoomType | None:
        return self.product.room_type if self.product is not None else None

    def _name_of(self, address: str) -> str:
        member = User.objects.members_of(self.organisation).with_address(address).first()
        return member.name if member is not None else ""

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
