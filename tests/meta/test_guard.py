"""Every model is either tenant data behind the closed queryset, or exempt with a reason."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import models

from tenants.models import Organisation
from videoportal.kit.querysets import TenantQuerySet, UnscopedQuery

OUR_APPS = ("tenants", "rooms", "endpoints")

NO_TENANT = {
    "tenants.User": "a person may belong to several organisations",
    "tenants.OrganisationUserGrant": "guardian's table; read by tenants.access alone",
    "tenants.OrganisationGroupGrant": "guardian's table; read by tenants.access alone",
    "rooms.RoomUserGrant": "guardian's table; read by tenants.access alone",
    "rooms.RoomGroupGrant": "guardian's table; kept empty",
    "tenants.KeptMail": "the demo's own mail, for the operator alone; written nowhere else",
    "rooms.RoomType": "the catalogue is the same for everybody",
    "rooms.RoomProduct": "the catalogue is the same for everybody",
    "rooms.ProductPrice": "the catalogue is the same for everybody",
    "rooms.NumberRange": "belongs to the provider",
    "rooms.VideoPlatform": "belongs to the provider",
    "rooms.PlatformContact": "how the way to a platform is; belongs to the provider",
    "rooms.PlatformComparison": "one reading of a platform; its findings have organisations",
    "rooms.SinkDelivery": "raw, until it is known whose it is; gone when it is read",
    "rooms.OddEvent": "what could not be understood; for the operator alone",
    "rooms.NumberAllocation": "a claimed number does not say whose it is",
}


def our_models() -> list[type[models.Model]]:
    return [model for label in OUR_APPS for model in apps.get_app_config(label).get_models()]


def is_tenant_data(model: type[models.Model]) -> bool:
    return model is Organisation or any(
        field.name == "organisation" for field in model._meta.get_fields()
    )


@pytest.mark.parametrize("model", our_models(), ids=lambda model: model._meta.label)
def test_model_has_an_organisation_or_a_reason(model: type[models.Model]) -> None:
    assert is_tenant_data(model) != (model._meta.label in NO_TENANT)


def test_no_exemption_is_stale() -> None:
    assert set(NO_TENANT) <= {model._meta.label for model in our_models()}


@pytest.mark.parametrize(
    "model", [m for m in our_models() if is_tenant_data(m)], ids=lambda model: model._meta.label
)
@pytest.mark.django_db
def test_tenant_model_refuses_unscoped_reads(model: type[models.Model]) -> None:
    manager = model._default_manager
    assert isinstance(manager.all(), TenantQuerySet)
    for read in (list, len, lambda rows: rows.count(), lambda rows: rows.exists()):
        with pytest.raises(UnscopedQuery):
            read(manager.all())
    with pytest.raises(UnscopedQuery):
        manager.all().update(pk=1)
    with pytest.raises(UnscopedQuery):
        manager.all().delete()
