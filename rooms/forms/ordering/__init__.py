"""Forms of an order, a change of type and a termination, and what their pages tell first."""

from rooms.forms.ordering.changes import ProductForm, TypeChange, TypeChangeForm
from rooms.forms.ordering.ending import TerminateForm
from rooms.forms.ordering.offers import Offer, product_slug
from rooms.forms.ordering.steps import NEXT_LABELS, PURPOSE_REASONS
from rooms.forms.ordering.wizard import OrderWizard

__all__ = [
    "NEXT_LABELS",
    "PURPOSE_REASONS",
    "Offer",
    "OrderWizard",
    "ProductForm",
    "TerminateForm",
    "TypeChange",
    "TypeChangeForm",
    "product_slug",
]
