"""The provider's pages: register of organisations, look-up of people, what waits."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import translation

from tenants import actions
from tenants.access import Forbidden
from tenants.models import AccessRequest, AuditEntry, Organisation, StaffSession, User
from tests import factories
from tests.cast import Cast
from tests.pages import links_of, text_of

type SignIn = Callable[[User], Client]

NEW = "974760673"


@pytest.fixture(autouse=True)
def english(cast: Cast) -> None:
    for person in (cast.admin, cast.operator):
        actions.change_profile(person, by=person, language="en")
    translation.activate("en")


def find(number: str) -> Organisation:
    every = Organisation.objects.unscoped(reason="finds what a page made, in a test")
    return every.get(organisation_number=number)


def reaches(person: User, organisation: Organisation) -> bool:
    return User.objects.get(pk=person.pk).access.can("manage_rooms", organisation)


def test_the_first_page_tells_how_many_requests_wait(cast: Cast, signed_in: SignIn) -> None:
    client, url = signed_in(cast.operator), reverse("tenants:operation")
    assert "Nothing right now." in text_of(client.get(url))
    actions.send_request(
        by=cast.user, organisation_number=NEW, organisation_name="Havgap",
        email=cast.user.email, is_contact=True,
    )  # fmt: skip
    page = client.get(url)
    assert "1 request waits for approval" in text_of(page)
    assert links_of(page)["Access requests"] == reverse("tenants:queue")


def test_a_new_organisation_is_registered_under_its_parent(cast: Cast, signed_in: SignIn) -> None:
    client, url = signed_in(cast.operator), reverse("tenants:organisation_new")
    filled = {
        "name": "Solfjord legevakt",
        "organisation_number": NEW,
        "kind": "customer",
        "parent": cast.organisation.organisation_number,
    }
    for field, wrong in (
        ("organisation_number", "123456789"),
        ("organisation_number", cast.foreign.organisation_number),
        ("parent", "912660680"),
        ("name", ""),
    ):
        page = client.post(url, filled | {field: wrong})
        assert page.status_code == 422
        assert list(page.context["form"].errors) == [field]
    answer = client.post(url, filled)
    made = find(NEW)
    assert answer["Location"] == reverse("tenants:organisation_detail", args=[made.slug])
    assert (made.name, made.parent, made.kind) == (
        "Solfjord legevakt",
        cast.organisation,
        "customer",
    )
    entry = AuditEntry.objects.in_organisation(made).get(action="tenants.organisation.created")
    assert entry.actor_key == str(cast.operator.pk)


def test_name_and_parent_change_and_sub_units_go_one_level_deep(
    cast: Cast, signed_in: SignIn
) -> None:
    client = signed_in(cast.operator)
    url = reverse("tenants:organisation_edit", args=[cast.second_client.slug])
    number = cast.organisation.organisation_number
    client.post(url, {"name": "Lerkebø nye legesenter", "parent": number})
    cast.second_client.refresh_from_db()
    assert cast.second_client.name == "Lerkebø nye legesenter"
    assert cast.second_client.parent == cast.organisation
    entry = AuditEntry.objects.in_organisation(cast.second_client).newest(1)[0]
    assert (entry.before["name"], entry.after["name"]) == (
        "Lerkebø legesenter", "Lerkebø nye legesenter",
    )  # fmt: skip
    with pytest.raises(ValidationError):
        actions.change_organisation(
            cast.organisation, by=cast.operator, name="Solfjord", parent=cast.foreign
        )
    with pytest.raises(ValidationError):
        actions.change_organisation(
            cast.foreign, by=cast.operator, name="Solfjord", parent=cast.second_client
        )


def test_out_of_use_shuts_everybody_out_at_once_and_back_lets_them_in(
    cast: Cast, signed_in: SignIn
) -> None:
    browsers = {
        "admin": signed_in(cast.admin),
        "reseller": signed_in(cast.reseller),
        "staff": signed_in(cast.operator),
    }
    actions.start_staff_session(
        cast.organisation, by=cast.operator, reason="Feilsøking", minutes=15
    )
    rooms = reverse("rooms:list", args=[cast.organisation.slug])

    def answers() -> dict[str, int]:
        return {who: browser.get(rooms).status_code for who, browser in browsers.items()}

    assert set(answers().values()) == {200}
    client = signed_in(cast.operator)
    url = reverse("tenants:organisation_close", args=[cast.organisation.slug])
    shown = text_of(client.get(url))
    assert "2 users and all administrators lose access to it." in shown
    assert "Nordlys Partner AS no longer sees it among the clients." in shown
    assert client.post(url, {"reason": ""}).status_code == 422
    client.post(url, {"reason": "Avtalen er sagt opp"})
    assert set(answers().values()) == {404}
    assert not StaffSession.objects.of_operator(cast.operator).filter(ended_at=None).exists()
    client.post(url, {"reason": "Ny avtale"})
    assert answers() == {"admin": 200, "reseller": 200, "staff": 404}
    log = AuditEntry.objects.in_organisation(cast.organisation)
    assert [
        (entry.action, entry.after["reason"])
        for entry in log.filter(action__startswith="tenants.organisation.").order_by("pk")
        if "reason" in entry.after
    ] == [
        ("tenants.organisation.deactivated", "Avtalen er sagt opp"),
        ("tenants.organisation.reactivated", "Ny avtale"),
    ]


def test_the_provider_itself_stays_in_use_and_only_operators_change_the_register(
    cast: Cast,
) -> None:
    with pytest.raises(ValidationError):
        actions.deactivate_organisation(cast.provider, by=cast.operator, reason="Feil")
    for person in (cast.admin, cast.reseller, cast.user):
        with pytest.raises(Forbidden):
            actions.deactivate_organisation(cast.organisation, by=person, reason="Nei")
        with pytest.raises(Forbidden):
            actions.reactivate_organisation(cast.organisation, by=person, reason="Nei")
        with pytest.raises(Forbidden):
            actions.change_organisation(cast.organisation, by=person, name="X", parent=None)
        with pytest.raises(Forbidden):
            actions.look_up_person(cast.admin.email, by=person, reason="Nysgjerrig")


def test_the_list_searches_filters_and_counts_members(cast: Cast, signed_in: SignIn) -> None:
    client, url = signed_in(cast.operator), reverse("tenants:organisations")

    def found(**query: str) -> list[str]:
        table = client.get(url, query).context["table"]
        return [row.name for row in table.records]

    assert found() == [
        "Lerkebø legesenter", "Leverandøren", "Nordlys Partner AS", "Solfjord kommune",
        "Solfjord kommune", "Sørlys Partner AS",
    ]  # fmt: skip
    assert found(kind="reseller") == ["Nordlys Partner AS", "Sørlys Partner AS"]
    assert found(q="lerke") == ["Lerkebø legesenter"]
    assert found(q=cast.foreign.organisation_number) == ["Solfjord kommune"]
    actions.deactivate_organisation(cast.second_client, by=cast.operator, reason="Oppsagt")
    assert "Lerkebø legesenter" not in found()
    assert found(status="closed") == ["Lerkebø legesenter"]
    table = client.get(url, {"q": cast.organisation.organisation_number}).context["table"]
    assert table.member_counts == {cast.organisation.pk: 3}


def test_resellers_are_listed_with_their_clients_in_use(cast: Cast, signed_in: SignIn) -> None:
    client, url = signed_in(cast.operator), reverse("tenants:resellers")

    def counts(**query: str) -> dict[str, int]:
        rows = client.get(url, query).context["table"].records
        return {row.name: row.clients_count for row in rows}

    assert counts() == {"Nordlys Partner AS": 2, "Sørlys Partner AS": 1}
    assert list(counts(sort="-clients_count")) == ["Nordlys Partner AS", "Sørlys Partner AS"]
    actions.deactivate_organisation(cast.second_client, by=cast.operator, reason="Oppsagt")
    assert counts(q="nordlys") == {"Nordlys Partner AS": 1}


def test_a_person_is_found_by_the_whole_address_and_with_a_reason(
    cast: Cast, signed_in: SignIn
) -> None:
    client, url = signed_in(cast.operator), reverse("tenants:people")
    assert client.post(url, {"email": cast.admin.email, "reason": ""}).status_code == 422
    nobody = client.post(url, {"email": "kari@example.no", "reason": "Henvendelse"})
    assert "Nobody has this address." in text_of(nobody)
    page = client.post(url, {"email": "KARI.admin@example.no", "reason": "Henvendelse 7"})
    shown = text_of(page)
    assert "Kari Admin" in shown
    assert "Customer administrator" in shown
    assert cast.other_admin.email not in page.content.decode()
    assert not client.get(url, {"email": cast.admin.email}).context["searched"]
    entry = AuditEntry.objects.in_organisation(cast.organisation).newest(1)[0]
    assert (entry.action, entry.after, entry.target_key) == (
        "tenants.person.looked_up", {"reason": "Henvendelse 7"}, str(cast.admin.pk),
    )  # fmt: skip


def test_people_without_a_role_are_found_too(cast: Cast) -> None:
    stranger = factories.make_user("ny@example.no")
    assert actions.look_up_person("ny@example.no", by=cast.operator, reason="x") == stranger


def test_what_the_register_shows_of_one_organisation(cast: Cast, signed_in: SignIn) -> None:
    url = reverse("tenants:organisation_detail", args=[cast.organisation.slug])
    page = signed_in(cast.operator).get(url)
    shown = text_of(page)
    assert cast.admin.email in shown
    assert "2 users beside them." in shown
    assert cast.other_admin.email not in page.content.decode()
    # Who has own rooms is no business of the register's.
    assert cast.owner.email not in page.content.decode()
    assert cast.room.number not in page.content.decode()
    assert not AccessRequest.objects.in_organisation(cast.organisation).exists()
