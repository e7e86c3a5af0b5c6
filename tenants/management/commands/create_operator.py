"""Make the first operator: the one account that no page can make."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.urls import reverse

from tenants import actions
from tenants.models import Organisation, User
from tenants.roles import Role
from videoportal.kit.links import absolute
from videoportal.kit.scope import everywhere


class Command(BaseCommand):
    help = (
        "Make a person an operator. The provider's organisation is made with the first one; the "
        "person chooses a password through “Forgotten password” on the sign-in page."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", required=True)
        parser.add_argument("--provider-name", help="the provider's name, the first time")
        parser.add_argument("--provider-number", help="its organisation number, the first time")

    @everywhere(reason="the provider and its people are outside of any scope")
    @transaction.atomic
    def handle(
        self,
        *args: Any,
        email: str,
        name: str,
        provider_name: str | None,
        provider_number: str | None,
        **options: Any,
    ) -> None:
        try:
            provider = self._provider(provider_name, provider_number)
            person = User.objects.signing_in_with(email).first()
            if person is None:
                person = actions.create_user(email=email, name=name, verified=True)
            actions.grant_role(person, Role.OPERATOR, provider, by=None)
        except ValidationError as fault:
            raise CommandError(" ".join(fault.messages)) from fault
        self.stdout.write(
            f"{person.email} is an operator of {provider}. A password is chosen at "
            f"{absolute(reverse('account_reset_password'))}"
        )

    @staticmethod
    def _provider(name: str | None, number: str | None) -> Organisation:
        every = Organisation.objects.unscoped(reason="the provider is the one of its kind")
        found = every.filter(kind=Organisation.Kind.PROVIDER).first()
        if found is not None:
            return found
        if not name or not number:
            raise CommandError(
                "There is no provider yet: give --provider-name and --provider-number."
            )
        return actions.create_organisation(
            by=None, name=name, organisation_number=number, kind=Organisation.Kind.PROVIDER
        )
