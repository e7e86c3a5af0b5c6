"""Organisations: the unit that rights are held on."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from stdnum.no import orgnr

from tenants.querysets import (
    OrganisationQuerySet,
)
from tenants.roles import CAPABILITIES
from videoportal.kit.querysets import TenantModel
from videoportal.kit.sorting import NorwegianOrder


def check_organisation_number(value: str) -> None:
    """Raise ``ValidationError`` unless ``value`` is nine digits that pass the modulus 11 check."""
    if not orgnr.is_valid(value) or not value.isdigit():
        raise ValidationError(
            _("%(number)s is not an organisation number. It has nine digits and a check digit."),
            code="organisation_number",
            params={"number": value},
        )


class Organisation(TenantModel):
    """A customer, a reseller or the provider itself; the unit that rights are held on."""

    class Kind(models.TextChoices):
        CUSTOMER = "customer", _("Customer")
        RESELLER = "reseller", _("Reseller")
        PROVIDER = "provider", _("Service provider")

    is_tenant_root = True

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=150)
    organisation_number = models.CharField(
        _("organisation number"),
        max_length=9,
        unique=True,
        validators=[check_organisation_number],
    )
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.CUSTOMER)
    parent = models.ForeignKey(
        "self",
        verbose_name=_("parent organisation"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="sub_units",
    )
    reseller = models.ForeignKey(
        "self",
        verbose_name=_("reseller"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="clients",
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # When somebody last went through all the members (tenants.actions.reviews).
    members_reviewed_on = models.DateField(null=True, blank=True, editable=False)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        permissions = tuple(CAPABILITIES.items())
        default_permissions = ()
        indexes = (
            models.Index(NorwegianOrder("name"), "id", name="organisation_by_name"),
            models.Index(
                "reseller",
                NorwegianOrder("name"),
                "id",
                name="organisation_by_reseller",
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(organisation_number__regex=r"^[0-9]{9}$"),
                name="organisation_number_is_nine_digits",
            ),
            models.CheckConstraint(
                condition=models.Q(reseller__isnull=True) | models.Q(kind="customer"),
                name="only_customers_have_a_reseller",
            ),
            models.CheckConstraint(
                condition=~models.Q(pk=models.F("parent")) & ~models.Q(pk=models.F("reseller")),
                name="organisation_is_not_above_itself",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        if self.reseller_id and self.reseller and self.reseller.kind != self.Kind.RESELLER:
            raise ValidationError({"reseller": _("The chosen organisation is not a reseller.")})
        if self.parent_id and self.parent and self.parent.parent_id:
            raise ValidationError({"parent": _("A sub-unit cannot have sub-units of its own.")})
