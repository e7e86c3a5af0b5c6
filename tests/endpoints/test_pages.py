"""Endpoints as administrators meet them: list, form, password, removal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from endpoints import actions, passwords
from endpoints.models import Endpoint
from tenants.access import Forbidden
from tenants.actions import change_profile
from tenants.models import AuditEntry, User
from tests import factories
from tests.cast import Cast
from tests.endpoints.conftest import PASSWORD, fresh
from tests.pages import document, links_of, squeezed, text_of

type SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def english(cast: Cast) -> None:
    for person in (cast.admin, cast.other_admin, cast.reseller):
        change_profile(person, by=person, language="en")


def url(name: str, endpoint: Endpoint) -> str:
    return reverse(f"endpoints:{name}", args=[endpoint.organisation.slug, endpoint.public_id])


def listed(client: Client, endpoint: Endpoint, query: str = "") -> list[str]:
    page = client.get(reverse("endpoints:list", args=[endpoint.organisation.slug]) + query)
    cells = document(page).xpath("//tbody//th[@scope='row']/a")
    return [squeezed(cell.text_content()) for cell in cells]


def logged(endpoint: Endpoint) -> list[str]:
    """Return the actions logged about the endpoint, newest first."""
    entries = AuditEntry.objects.in_organisation(endpoint.organisation_id).about(endpoint)
    return [entry.action for entry in entries.newest(20)]


def new_form(**changes: Any) -> dict[str, Any]:
    typed = {
        "name": "Møterom 4", "address": "moterom4", "kind": "room", "model": "Room Kit",
        "location": "2. etasje", "username": "", "password": "", "in_directory": "on",
    }  # fmt: skip
    return typed | changes


def edit_form(endpoint: Endpoint, **changes: Any) -> dict[str, Any]:
    typed = {
        name: getattr(endpoint, name)
        for name in ("name", "kind", "model", "location", "username", "state", "version")
    }
    return typed | {"password": "", "in_directory": "on"} | changes


def faults(response: Any) -> dict[str, list[str]]:
    return {
        name: [str(fault) for fault in found]
        for name, found in response.context["form"].errors.items()
    }


# The list


def test_list_shows_ones_own_alone(
    cast: Cast, signed_in: SignIn, endpoint: Endpoint, foreign_endpoint: Endpoint
) -> None:
    removed = factories.make_endpoint(cast.organisation, by=cast.admin, name="Borte")
    actions.remove_endpoint(removed, by=cast.admin)
    for person in (cast.admin, cast.reseller):
        page = signed_in(person).get(reverse("endpoints:list", args=[cast.organisation.slug]))
        rows = document(page).xpath("//tbody/tr")
        assert len(rows) == 1
        assert endpoint.address in squeezed(rows[0].text_content())
        assert foreign_endpoint.address not in page.content.decode()
        assert PASSWORD not in page.content.decode()
    assert "1 video endpoint" in text_of(page)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=MØTEROM", ["Møterom 3"]), ("?q=moterom3@", ["Møterom 3"]), ("?q=etasje+2.", ["Zoom"]),
        ("?q=desk+pro", ["Zoom"]), ("?q=%25", []), ("?state=blocked", ["Zoom"]),
        ("?kind=room", ["Møterom 3"]), ("?kind=nonsense", ["Møterom 3", "Zoom"]),
        ("?sort=-name", ["Zoom", "Møterom 3"]), ("?sort=state", ["Zoom", "Møterom 3"]),
        ("?sort=password", ["Møterom 3", "Zoom"]),
    ],
)  # fmt: skip
def test_list_is_searched_filtered_and_sorted(
    cast: Cast, signed_in: SignIn, endpoint: Endpoint, query: str, found: list[str]
) -> None:
    factories.make_endpoint(
        cast.organisation, by=cast.admin, name="Zoom", kind="desk", model="Cisco Desk Pro",
        location="2. etasje", state="blocked",
    )  # fmt: skip
    assert listed(signed_in(cast.admin), endpoint, query) == found


def test_empty_list_says_how_to_begin(cast: Cast, signed_in: SignIn) -> None:
    address = reverse("endpoints:list", args=[cast.organisation.slug])
    page = signed_in(cast.admin).get(address)
    assert "You have no video endpoints yet" in text_of(page)
    assert links_of(page)["Add video endpoint"] == reverse(
        "endpoints:new", args=[cast.organisation.slug]
    )
    assert address in links_of(page, "//nav//a").values()


# A new one


def test_endpoint_is_added_with_what_the_portal_makes(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.admin)
    response = client.post(
        reverse("endpoints:new", args=[cast.organisation.slug]), new_form(address="Moterom4")
    )
    endpoint = Endpoint.objects.in_organisation(cast.organisation).get()
    assert response.headers["Location"] == url("detail", endpoint)
    assert endpoint.address == f"moterom4@{endpoint.platform.domain}"
    assert (endpoint.username, endpoint.state, endpoint.in_directory) == (
        "moterom4",
        "active",
        True,
    )
    passwords.check(str(endpoint.password))
    assert len(endpoint.password) == 24
    page = client.get(url("detail", endpoint))
    assert str(endpoint.password) not in page.content.decode()
    assert f"You added the endpoint ({endpoint.address})" in text_of(page)
    entry = AuditEntry.objects.in_organisation(cast.organisation).about(endpoint).get()
    assert "password" not in entry.after
    assert entry.after["address"] == endpoint.address


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"name": ""}, "name", "is required"),
        ({"name": "a\u202eb"}, "name", "hidden character"),
        ({"name": "x" * 101}, "name", "at most 100 characters"),
        ({"address": ""}, "address", "is required"),
        ({"address": "rom@elsewhere.example"}, "address", "ends with @"),
        ({"address": "123456"}, "address", "Begin with a letter"),
        ({"address": "3rom"}, "address", "Begin with a letter"),
        ({"address": "møterom"}, "address", "Begin with a letter"),
        ({"address": "rom 3"}, "address", "Begin with a letter"),
        ({"address": "rom3."}, "address", "Begin with a letter"),
        ({"address": "r" * 65}, "address", "at most 64 characters"),
        ({"address": "a@b@c"}, "address", "ends with @"),
        ({"address": "moterom3"}, "address", "in use"),
        ({"address": "MOTEROM3"}, "address", "in use"),
        ({"address": "moterom3.b"}, "address", "in use"),
        ({"username": "rom:3"}, "username", "A user name has only"),
        ({"username": 'rom"3'}, "username", "A user name has only"),
        ({"username": "møterom"}, "username", "A user name has only"),
        ({"username": "r" * 101}, "username", "at most 100 characters"),
        ({"password": "short"}, "password", "at least 12 characters"),
        ({"password": "x" * 101}, "password", "at most 100 characters"),
        ({"password": "passord med å i"}, "password", "Use a–z"),
        ({"password": "tab\tin the middle"}, "password", "Use a–z"),
        ({"password": "aaaaaaaaaaaaaaab"}, "password", "repeats"),
        ({"kind": "nonsense"}, "kind", "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_told_at_the_field_and_nothing_typed_is_lost(
    cast: Cast,
    signed_in: SignIn,
    endpoint: Endpoint,
    foreign_endpoint: Endpoint,
    typed: dict[str, str],
    field: str,
    sentence: str,
) -> None:
    sent = new_form(**typed)
    response = signed_in(cast.admin).post(
        reverse("endpoints:new", args=[cast.organisation.slug]), sent
    )
    assert response.status_code == 422
    found = faults(response)
    assert list(found) == [field], found
    assert sentence in found[field][0]
    inputs = document(response).xpath("//main//input[@type='text']")
    shown = {control.get("name"): control.get("value") or "" for control in inputs}
    assert shown.items() <= {**sent, "version": ""}.items()
    assert Endpoint.objects.in_organisation(cast.organisation).count() == 1


def test_several_faults_are_told_at_once(cast: Cast, signed_in: SignIn) -> None:
    response = signed_in(cast.admin).post(
        reverse("endpoints:new", args=[cast.organisation.slug]),
        new_form(name="", address="123", username="a:b", password="x", kind=""),
    )
    assert set(faults(response)) == {"name", "address", "username", "password", "kind"}


def test_addresses_of_rooms_are_kept_free(cast: Cast, endpoint: Endpoint) -> None:
    platform = endpoint.platform
    platform.alias_patterns = ["{number}", "rom{number}@{domain}"]
    platform.save()
    # Also of rooms that nobody has ordered yet.
    for address in ("rom123456", f"ROM0042@{platform.domain}"):
        with pytest.raises(ValidationError) as error:
            factories.make_endpoint(cast.organisation, by=cast.admin, address=address)
        assert error.value.error_dict["address"][0].code == "address_of_room"
    factories.make_endpoint(cast.organisation, by=cast.admin, address="rom12a")


def test_new_password_is_put_in_the_form_beside_what_was_typed(
    cast: Cast, signed_in: SignIn
) -> None:
    page = signed_in(cast.admin).post(
        reverse("endpoints:new", args=[cast.organisation.slug]),
        new_form(name="Halvferdig", new_password="1"),
    )
    values = {
        control.get("name"): control.get("value")
        for control in document(page).xpath("//main//input")
    }
    assert values["name"] == "Halvferdig"
    passwords.check(values["password"])
    assert Endpoint.objects.in_organisation(cast.organisation).count() == 0


# Changes


def test_changes_are_stored_and_logged_without_the_password(
    cast: Cast, signed_in: SignIn, endpoint: Endpoint
) -> None:
    client = signed_in(cast.admin)
    new = "  a new one, with spaces  "
    response = client.post(
        url("edit", endpoint), edit_form(endpoint, name="Ny", state="blocked", password=new)
    )
    assert response.headers["Location"] == url("detail", endpoint)
    stored = fresh(endpoint)
    assert (stored.name, stored.state, str(stored.password)) == ("Ny", "blocked", new)
    assert (stored.address, stored.version) == (endpoint.address, 2)
    page = client.get(url("detail", endpoint))
    assert "Ny is blocked." in text_of(page)
    assert "a hidden value was replaced by a new hidden value" in text_of(page)
    assert new.strip() not in page.content.decode()
    entry = AuditEntry.objects.in_organisation(cast.organisation).about(endpoint).newest(1)[0]
    assert entry.before | {"name": ""} == {"name": "", "state": "active", "password": "••••"}


def test_a_password_left_empty_stays(cast: Cast, signed_in: SignIn, endpoint: Endpoint) -> None:
    client = signed_in(cast.admin)
    assert PASSWORD not in client.get(url("edit", endpoint)).content.decode()
    client.post(url("edit", endpoint), edit_form(endpoint))
    assert (str(fresh(endpoint).password), fresh(endpoint).version) == (PASSWORD, 1)
    assert logged(endpoint) == ["endpoints.endpoint.registered"]


def test_the_address_cannot_be_changed(cast: Cast, signed_in: SignIn, endpoint: Endpoint) -> None:
    signed_in(cast.admin).post(
        url("edit", endpoint),
        edit_form(endpoint, name="Ny", address="annet", organisation=cast.foreign.pk),
    )
    stored = fresh(endpoint)
    assert (stored.name, stored.address) == ("Ny", endpoint.address)
    with pytest.raises(ValueError, match="address"):
        actions.change_endpoint(endpoint, by=cast.admin, address="annet@video.example")


def test_a_form_that_somebody_else_overtook_is_shown_again(
    cast: Cast, signed_in: SignIn, endpoint: Endpoint
) -> None:
    client = signed_in(cast.admin)
    typed = edit_form(endpoint, name="Mitt navn")
    actions.change_endpoint(endpoint, by=cast.reseller, name="Deres navn")
    response = client.post(url("edit", endpoint), typed)
    assert response.status_code == 422
    assert "Deres navn" in text_of(response)
    assert fresh(endpoint).name == "Deres navn"

    again = document(response).xpath("//input[@name='version']/@value")[0]
    client.post(url("edit", endpoint), typed | {"version": again})
    assert fresh(endpoint).name == "Mitt navn"


def test_an_action_refuses_an_older_version(cast: Cast, endpoint: Endpoint) -> None:
    actions.change_endpoint(endpoint, by=cast.admin, version=1, name="En")
    for act in (actions.renew_password, actions.remove_endpoint):
        with pytest.raises(actions.StaleEdit):
            act(endpoint, by=cast.admin, version=1)


# The password


def test_password_is_hidden_until_asked_for_and_every_look_is_logged(
    cast: Cast, signed_in: SignIn, endpoint: Endpoint
) -> None:
    client = signed_in(cast.admin)
    response = client.post(url("password_reveal", endpoint))
    assert PASSWORD in text_of(response, "//section[@id='account']")
    assert document(response).xpath("//button[@data-copy]/@data-copy") == [
        endpoint.address, endpoint.platform.domain, endpoint.username, PASSWORD,
    ]  # fmt: skip
    assert "no-store" in response["Cache-Control"]
    assert logged(endpoint) == ["endpoints.password.revealed", "endpoints.endpoint.registered"]

    assert client.get(url("password_reveal", endpoint)).headers["Location"] == url(
        "detail", endpoint
    )
    assert PASSWORD not in client.get(url("detail", endpoint)).content.decode()
    assert logged(endpoint) == ["endpoints.password.revealed", "endpoints.endpoint.registered"]


def test_password_with_odd_signs_is_shown_letter_by_letter(
    cast: Cast, signed_in: SignIn, endpoint: Endpoint
) -> None:
    odd = "  <b>&amp;\"' \\ %s {{ x }}  "
    actions.change_endpoint(endpoint, by=cast.admin, password=odd)
    page = signed_in(cast.admin).post(url("password_reveal", endpoint))
    tree = document(page)
    assert tree.xpath("//span[@class='exact']")[0].text_content() == odd
    assert tree.xpath("//button[@data-copy]/@data-copy")[-1] == odd


def test_fragment_holds_the_account_alone(
    cast: Cast, signed_in: SignIn, endpoint: Endpoint
) -> None:
    response = signed_in(cast.admin).post(
        url("password_reveal", endpoint), headers={"HX-Request": "true", "HX-Target": "account"}
    )
    body = response.content.decode().strip()
    assert body.startswith('<section class="ds-card panel" id="account"')
    assert body.endswith("</section>")
    assert "HX-Request" in response["Vary"]


def test_pressing_twice_makes_one_new_password(
    cast: Cast, signed_in: SignIn, endpoint: Endpoint
) -> None:
    client = signed_in(cast.admin)
    response = client.post(url("password_renew", endpoint), {"version": 1})
    made = str(fresh(endpoint).password)
    assert made != PASSWORD
    assert made in text_of(response, "//section[@id='account']")

    response = client.post(url("password_renew", endpoint), {"version": 1})
    assert "No new password was made." in text_of(response)
    assert str(fresh(endpoint).password) == made
    assert logged(endpoint)[:2] == ["endpoints.password.revealed", "endpoints.password.renewed"]


# Removal


def test_removal_asks_first_and_forgets_the_password(
    cast: Cast, signed_in: SignIn, endpoint: Endpoint
) -> None:
    client = signed_in(cast.admin)
    assert endpoint.address in text_of(client.get(url("remove", endpoint)))
    assert not fresh(endpoint).is_removed

    response = client.post(url("remove", endpoint), {"version": 1}, follow=True)
    assert "Møterom 3 is removed" in text_of(response)
    stored = fresh(endpoint)
    assert (stored.is_removed, str(stored.password)) == (True, "")
    assert logged(endpoint)[0] == "endpoints.endpoint.removed"
    for name in ("detail", "edit", "remove", "password_reveal", "password_renew"):
        assert client.get(url(name, endpoint)).status_code == 404
    for act in (actions.renew_password, actions.remove_endpoint):
        with pytest.raises(actions.Gone):
            act(endpoint, by=cast.admin)


def test_removal_of_what_somebody_changed_meanwhile_asks_again(
    cast: Cast, signed_in: SignIn, endpoint: Endpoint
) -> None:
    actions.change_endpoint(endpoint, by=cast.reseller, name="Deres navn")
    response = signed_in(cast.admin).post(url("remove", endpoint), {"version": 1})
    assert response.status_code == 422
    assert not fresh(endpoint).is_removed


def test_removed_address_may_be_taken_by_others(cast: Cast, endpoint: Endpoint) -> None:
    actions.remove_endpoint(endpoint, by=cast.admin)
    other = factories.make_endpoint(cast.foreign, by=cast.other_admin, address="moterom3")
    assert other.address == endpoint.address


# Rights and the database


@pytest.mark.parametrize("role", ["user", "owner", "other_admin", "other_reseller", "operator"])
def test_actions_check_the_right_themselves(cast: Cast, endpoint: Endpoint, role: str) -> None:
    by = getattr(cast, role)
    for act in (
        lambda: factories.make_endpoint(cast.organisation, by=by),
        lambda: actions.change_endpoint(endpoint, by=by, name="Mitt"),
        lambda: actions.renew_password(endpoint, by=by),
        lambda: actions.reveal_password(endpoint, by=by),
        lambda: actions.remove_endpoint(endpoint, by=by),
    ):
        with pytest.raises(Forbidden):
            act()
    assert logged(endpoint) == ["endpoints.endpoint.registered"]


def test_a_foreign_endpoint_under_ones_own_address_does_not_exist(
    cast: Cast, signed_in: SignIn, endpoint: Endpoint, foreign_endpoint: Endpoint
) -> None:
    client = signed_in(cast.admin)
    for name in ("detail", "edit", "remove", "password_reveal", "password_renew"):
        address = reverse(
            f"endpoints:{name}", args=[cast.organisation.slug, foreign_endpoint.public_id]
        )
        assert (client.get(address).status_code, client.post(address).status_code) == (404, 404)


def test_one_clients_endpoint_does_not_exist_under_anothers_address(
    cast: Cast, signed_in: SignIn, endpoint: Endpoint
) -> None:
    """Their reseller reaches both, so that nothing but the address keeps them apart."""
    client = signed_in(cast.reseller)
    for name in ("detail", "edit", "remove", "password_reveal", "password_renew"):
        address = reverse(f"endpoints:{name}", args=[cast.second_client.slug, endpoint.public_id])
        assert (client.get(address).status_code, client.post(address).status_code) == (404, 404)
    own = reverse("endpoints:detail", args=[cast.organisation.slug, endpoint.public_id])
    assert client.get(own).context["endpoint"] == endpoint


@pytest.mark.parametrize(
    "columns",
    [
        {"password": ""}, {"name": ""}, {"username": ""}, {"username": "a:b"},
        {"address": "123456@video.example"}, {"address": "Rom3@video.example"},
        {"address": "rom3"}, {"removed_at": timezone.now()},
    ],
)  # fmt: skip
def test_the_database_refuses_what_the_actions_would(
    endpoint: Endpoint, columns: dict[str, Any]
) -> None:
    rows = Endpoint.objects.in_organisation(endpoint.organisation_id).filter(pk=endpoint.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(**columns)


def test_two_at_once_do_not_get_the_same_address(
    cast: Cast, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unchecked(self: Endpoint, exclude: Any = None) -> None:
        """As when the other was stored between the check and the insert."""

    monkeypatch.setattr(Endpoint, "validate_constraints", unchecked)
    with pytest.raises(ValidationError) as error:
        factories.make_endpoint(cast.foreign, by=cast.other_admin, address="moterom3")
    assert error.value.error_dict["address"][0].code == "address_taken"
    assert Endpoint.objects.in_organisation(cast.foreign).count() == 0


def test_password_is_encrypted_at_rest(endpoint: Endpoint) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select * from endpoints_endpoint where id = %s", [endpoint.pk])
        assert PASSWORD not in str(cursor.fetchall())
    assert PASSWORD not in repr(vars(fresh(endpoint)))
