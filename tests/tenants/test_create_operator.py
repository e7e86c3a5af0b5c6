"""The command that makes the first operator."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from tenants.models import Organisation, User
from tests import factories

NUMBER = "316000126"


def providers() -> list[str]:
    every = Organisation.objects.unscoped(reason="counts the providers, in a test")
    return list(every.filter(kind="provider").values_list("organisation_number", flat=True))


def test_first_operator_and_provider_are_made_and_a_second_run_changes_nothing(db: None) -> None:
    for _run in range(2):
        call_command(
            "create_operator", "randi@fjelltun.example", name="Randi Hovde",
            provider_name="Fjelltun", provider_number=NUMBER,
        )  # fmt: skip
    person = User.objects.get(email="randi@fjelltun.example")
    assert person.access.is_operator
    assert not person.has_usable_password()
    assert providers() == [NUMBER]


def test_an_account_that_exists_keeps_its_password(db: None) -> None:
    factories.make_organisation("Fjelltun", kind="provider")
    person = factories.make_user("randi@fjelltun.example")
    call_command("create_operator", "Randi@Fjelltun.example", name="Randi")
    again = User.objects.get(pk=person.pk)
    assert again.access.is_operator
    assert again.check_password(factories.PASSWORD)


@pytest.mark.parametrize("number", [None, "123456789"])
def test_without_a_provider_and_a_right_number_nothing_is_made(
    db: None, number: str | None
) -> None:
    with pytest.raises(CommandError):
        call_command(
            "create_operator", "randi@fjelltun.example", name="Randi Hovde",
            provider_name="Fjelltun", provider_number=number,
        )  # fmt: skip
    assert providers() == []
    assert not User.objects.exists()
