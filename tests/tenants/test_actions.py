"""Roles: nobody above their own level, never without an administrator, all of it logged."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from tenants import actions
from tenants.access import Forbidden
from tenants.models import AuditEntry, Organisation, User
from tenants.roles import Role
from tests import factories
from tests.cast import Cast


def roles(user: User, organisation: Organisation) -> frozenset[str]:
    return User.objects.get(pk=user.pk).access.roles_in(organisation.pk)


def test_administrator_and_reseller_give_and_take_roles(cast: Cast) -> None:
    for by, on_behalf in ((cast.admin, False), (cast.reseller, True)):
        actions.grant_role(cast.user, Role.CUSTOMER_ADMIN, cast.organisation, by=by)
        assert roles(cast.user, cast.organisation) == {Role.USER, Role.CUSTOMER_ADMIN}
        actions.revoke_role(cast.user, Role.CUSTOMER_ADMIN, cast.organisation, by=by)
        assert roles(cast.user, cast.organisation) == {Role.USER}
        taken, given = AuditEntry.objects.in_organisation(cast.organisation).newest(2)
        assert [
            (entry.action, entry.before, entry.after, entry.target_label, entry.on_behalf)
            for entry in (given, taken)
        ] == [
            ("tenants.role.granted", {}, {"role": "customer_admin"}, "Ola Bruker", on_behalf),
            ("tenants.role.revoked", {"role": "customer_admin"}, {}, "Ola Bruker", on_behalf),
        ]


def test_those_without_the_right_change_nothing(cast: Cast) -> None:
    for by in (cast.user, cast.owner, cast.other_admin, cast.other_reseller):
        with pytest.raises(Forbidden):
            actions.grant_role(cast.user, Role.CUSTOMER_ADMIN, cast.organisation, by=by)
        with pytest.raises(Forbidden):
            actions.revoke_role(cast.admin, Role.CUSTOMER_ADMIN, cast.organisation, by=by)
    assert roles(cast.user, cast.organisation) == {Role.USER}
    assert roles(cast.admin, cast.organisation) == {Role.CUSTOMER_ADMIN}


def test_nobody_gives_more_than_they_hold(cast: Cast) -> None:
    group = cast.organisation.role_groups.get(role=Role.CUSTOMER_ADMIN).group
    group.organisationgroupgrant_set.filter(permission__codename="view_billing").delete()
    lesser = factories.make_administrator(cast.organisation)
    with pytest.raises(Forbidden, match=r".+"):
        actions.grant_role(cast.user, Role.CUSTOMER_ADMIN, cast.organisation, by=lesser)
    assert roles(cast.user, cast.organisation) == {Role.USER}


def test_role_that_the_organisation_does_not_have_is_refused(cast: Cast) -> None:
    with pytest.raises(ValueError, match="has no role reseller"):
        actions.grant_role(cast.user, Role.RESELLER, cast.organisation, by=cast.operator)


@pytest.mark.parametrize(
    ("person", "role", "place"),
    [
        ("admin", Role.CUSTOMER_ADMIN, "organisation"),
        ("reseller", Role.RESELLER, "reseller_organisation"),
        ("operator", Role.OPERATOR, "provider"),
    ],
)
def test_last_of_those_who_administer_stays(
    cast: Cast, person: str, role: Role, place: str
) -> None:
    user, organisation = getattr(cast, person), getattr(cast, place)
    colleague = factories.make_user()
    actions.grant_role(colleague, role, organisation, by=None)
    User.objects.filter(pk=colleague.pk).update(is_active=False)
    with pytest.raises(actions.LastAdministrator):
        actions.revoke_role(user, role, organisation, by=None)
    assert role in roles(user, organisation)
    User.objects.filter(pk=colleague.pk).update(is_active=True)
    actions.revoke_role(user, role, organisation, by=None)
    assert role not in roles(user, organisation)


def test_two_who_remove_each_other_leave_one(transactional_db: None) -> None:
    organisation = factories.make_organisation()
    pair = [factories.make_administrator(organisation) for _number in range(2)]

    def remove(index: int) -> bool:
        try:
            by = User.objects.get(pk=pair[index].pk)
            actions.revoke_role(pair[1 - index], Role.CUSTOMER_ADMIN, organisation, by=by)
        except Forbidden:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(remove, range(2)))
    assert sorted(outcomes) == [False, True]
    left = [user for user in pair if roles(user, organisation)]
    assert len(left) == 1


def test_profile_is_changed_by_its_owner_alone(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        actions.change_profile(cast.user, by=cast.admin, name="Annet")
    actions.change_profile(cast.user, by=cast.user, name="Ola B.", language="nn")
    entry = AuditEntry.objects.in_organisation(cast.organisation).newest(1)[0]
    assert (entry.action, entry.before, entry.after) == (
        "tenants.profile.changed",
        {"name": "Ola Bruker", "language": ""},
        {"name": "Ola B.", "language": "nn"},
    )
    with pytest.raises(ValueError, match="is_staff"):
        actions.change_profile(cast.user, by=cast.user, is_staff="yes")
