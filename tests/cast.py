"""The people of every test: two customers of one reseller, a foreign customer, and their rooms.

The foreign organisation has rooms, people and cost centres with the same names, so that a
leak is seen as a count or a key and cannot hide behind a different word.
"""

from __future__ import annotations

from dataclasses import dataclass

from rooms.models import Room
from tenants.actions import grant_role
from tenants.models import Organisation, User
from tenants.roles import Role
from tests import factories


@dataclass
class Cast:
    """Everybody a page may meet. ``foreign_*`` must never be seen by ``admin`` or ``reseller``."""

    organisation: Organisation
    second_client: Organisation
    foreign: Organisation
    reseller_organisation: Organisation
    other_reseller_organisation: Organisation
    provider: Organisation
    user: User
    owner: User
    admin: User
    other_admin: User
    reseller: User
    other_reseller: User
    operator: User
    room: Room
    own_room: Room
    foreign_room: Room

    def people(self) -> dict[str, User | None]:
        """Return each role of the matrix with its person; None is anonymous."""
        return {
            "anonymous": None,
            "user": self.user,
            "own-room user": self.owner,
            "administrator": self.admin,
            "other administrator": self.other_admin,
            "reseller": self.reseller,
            "other reseller": self.other_reseller,
            "operator": self.operator,
        }


def make_cast() -> Cast:
    """Return the cast, newly made."""
    factories.make_catalogue()
    reseller_organisation = factories.make_organisation("Nordlys Partner AS", kind="reseller")
    other_reseller_organisation = factories.make_organisation("Sørlys Partner AS", kind="reseller")
    provider = factories.make_organisation("Leverandøren", kind="provider")
    organisation = factories.make_organisation("Solfjord kommune", reseller=reseller_organisation)
    second = factories.make_organisation("Lerkebø legesenter", reseller=reseller_organisation)
    foreign = factories.make_organisation("Solfjord kommune", reseller=other_reseller_organisation)

    def person(email: str, name: str, role: str, where: Organisation) -> User:
        user = factories.make_user(email, name=name)
        grant_role(user, role, where, by=None)
        return user

    admin = person("kari.admin@example.no", "Kari Admin", Role.CUSTOMER_ADMIN, organisation)
    other_admin = person(
        "kari.admin@foreign.example.no", "Kari Admin", Role.CUSTOMER_ADMIN, foreign
    )
    cast = Cast(
        organisation=organisation,
        second_client=second,
        foreign=foreign,
        reseller_organisation=reseller_organisation,
        other_reseller_organisation=other_reseller_organisation,
        provider=provider,
        user=person("ola.bruker@example.no", "Ola Bruker", Role.USER, organisation),
        owner=person("eva.eier@example.no", "Eva Eier", Role.USER, organisation),
        admin=admin,
        other_admin=other_admin,
        reseller=person(
            "rita@nordlys.example.no", "Rita Reseller", Role.RESELLER, reseller_organisation
        ),
        other_reseller=person(
            "rita@sorlys.example.no", "Rita Reseller", Role.RESELLER, other_reseller_organisation
        ),
        operator=person("drift@leverandor.example.no", "Drift Operatør", Role.OPERATOR, provider),
        room=factories.make_room(
            organisation,
            by=admin,
            name="Samtalerom A",
            cost_centre="4100",
            owner_name="Per Annen",
            owner_email="per.annen@example.no",
        ),
        own_room=factories.make_room(
            organisation,
            by=admin,
            name="Evas rom",
            cost_centre="4100",
            owner_name="Eva Eier",
            owner_email="Eva.Eier@example.no",
        ),
        foreign_room=factories.make_room(
            foreign,
            by=other_admin,
            name="Samtalerom A",
            cost_centre="4100",
            owner_name="Per Annen",
            owner_email="per.annen@example.no",
        ),
    )
    for user in (admin, cast.reseller, cast.owner, other_admin):
        user.forget_access()
    return cast
