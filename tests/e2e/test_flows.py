"""The main paths in a real browser, as the people who walk them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tenants.models import User
from tests import factories, second_factors
from tests.cast import Cast
from tests.e2e.conftest import NewContext

type SignIn = Callable[[User], Page]


def fill_in_order(page: Page, name: str) -> None:
    """Walk the steps of an order for a patient room in full HD, up to its last button."""
    page.locator("input[name=purpose][value=patient]").check()
    page.locator(".form__actions button[type=submit]").first.click()
    page.locator("input[name=room_type][value=sensitive]").check()
    # Quicker than the answer to the first choice: the second one must hold.
    page.locator("input[name=quality][value=fullhd]").check()
    page.locator(".form__actions button[type=submit]").first.click()
    page.locator("input[name=name]").fill(name)
    page.locator("input[name=cost_centre]").fill("4200 Lerkebø")
    page.locator(".form__actions button[type=submit]").first.click()
    expect(page.locator("main")).to_contain_text(name)
    expect(page.locator("main")).to_contain_text("80,00")


def order(page: Page, name: str) -> None:
    """Order a patient room in full HD."""
    fill_in_order(page, name)
    page.locator(".form__actions button[type=submit]").first.click()


def test_administrator_orders_edits_and_terminates(
    people: Cast, live_server: Any, sign_in: SignIn
) -> None:
    page = sign_in(people.admin)
    page.goto(f"{live_server.url}/o/{people.organisation.slug}/rooms/")
    page.get_by_role("link", name="Bestill møterom").click()
    order(page, "Sårpoliklinikken, samtale 1")

    expect(page.get_by_role("heading", level=1)).to_have_text("Sårpoliklinikken, samtale 1")
    room = people.organisation.rooms.get(name="Sårpoliklinikken, samtale 1")
    expect(page.locator("main")).to_contain_text(f"{room.number}@")
    assert (room.product.quality, room.cost_centre) == ("fullhd", "4200 Lerkebø")

    page.get_by_role("link", name="Endre rommet").first.click()
    page.locator("input[name=name]").fill("Sårpoliklinikken, samtale 2")
    page.locator("input[name=host_pin]").fill("0451739")
    page.locator(".form__actions button[type=submit]").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sårpoliklinikken, samtale 2")
    room = people.organisation.rooms.get(pk=room.pk)
    assert str(room.host_pin) == "0451739"
    # The page itself keeps the PIN hidden until it is asked for, and that is logged.
    assert "0451739" not in page.content()
    page.get_by_role("button", name=re.compile("^Vis")).first.click()
    expect(page.locator("main")).to_contain_text("0451739")
    assert people.organisation.audit_entries.filter(action="rooms.host_pin.revealed").count() == 1

    page.get_by_role("link", name="Si opp rommet").last.click()
    expect(page.locator("main")).to_contain_text("betaler dere til og med")
    page.locator("main input[type=radio]").first.check()
    page.locator(".form__actions button[type=submit]").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sårpoliklinikken, samtale 2")
    room = people.organisation.rooms.get(pk=room.pk)
    assert room.terminated_on is not None


def test_user_edits_own_room_and_sees_no_other(
    people: Cast, live_server: Any, sign_in: SignIn
) -> None:
    page = sign_in(people.owner)
    expect(page.locator("main")).to_contain_text("Evas rom")
    assert "Samtalerom A" not in page.content()

    page.goto(f"{live_server.url}/my/rooms/{people.own_room.public_id}/")
    page.locator("summary", has_text="Endre navn, visning eller PIN-koder").click()
    page.get_by_role("link", name="Endre rommet").first.click()
    assert page.locator("input[name=cost_centre]").count() == 0
    page.locator("input[name=name]").fill("Eva Eier, samtaler")
    page.locator(".form__actions button[type=submit]").first.click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Eva Eier, samtaler")
    assert people.organisation.rooms.get(pk=people.own_room.pk).name == "Eva Eier, samtaler"


def test_reseller_moves_between_clients_in_two_clicks_and_by_typing(
    people: Cast, live_server: Any, sign_in: SignIn
) -> None:
    page = sign_in(people.reseller)
    expect(page.get_by_role("heading", level=1)).to_have_text("Kunder")
    page.get_by_role("link", name="Solfjord kommune", exact=True).click()
    strip = page.locator(".behalf")
    expect(strip).to_contain_text("Du handler på vegne av Solfjord kommune")
    expect(strip).to_contain_text(people.organisation.organisation_number[:3])

    page.get_by_role("link", name="Møterom", exact=True).first.click()
    strip.locator("summary").click()
    strip.locator("input[name=q]").fill("lerke")
    strip.locator("input[name=q]").press("Enter")
    expect(strip).to_contain_text("Lerkebø legesenter")
    assert page.url.endswith(f"/o/{people.second_client.slug}/rooms/")

    # Two clicks back to the one visited before.
    strip.locator("summary").click()
    strip.get_by_role("link", name="Solfjord kommune").click()
    expect(strip).to_contain_text("Solfjord kommune")


def test_order_by_keyboard_alone(people: Cast, live_server: Any, new_context: NewContext) -> None:
    page = new_context().new_page()
    page.goto(f"{live_server.url}/accounts/login/")

    def walk_to(selector: str) -> None:
        """Press Tab until the element has the focus, as somebody without a mouse does."""
        for _press in range(60):
            if page.evaluate("s => document.activeElement.matches(s)", selector):
                return
            page.keyboard.press("Tab")
        pytest.fail(f"Tab never reaches {selector}")

    second_factors.give_app(people.admin)
    walk_to("input[name=login]")
    page.keyboard.type(people.admin.email)
    walk_to("input[name=password]")
    page.keyboard.type(factories.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/accounts/second-factor/"))
    walk_to("input[name=code]")
    page.keyboard.type(second_factors.code_of())
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/accounts/" not in url)

    walk_to("a[href$='/rooms/order/']")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/order/"))
    walk_to("input[name=purpose]")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.locator("input[name=room_type]").first.wait_for()
    walk_to("input[name=room_type]")
    page.keyboard.press("Space")
    walk_to("input[name=quality]")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.locator("input[name=name]").wait_for()
    walk_to("input[name=name]")
    page.keyboard.type("Bare med tastatur")
    page.keyboard.press("Enter")
    page.locator("input[name=name]").wait_for(state="detached")
    walk_to(".form__actions button[type=submit]")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Bare med tastatur")
    assert people.organisation.rooms.filter(name="Bare med tastatur").count() == 1


def test_order_and_search_without_script(
    people: Cast, live_server: Any, new_context: NewContext
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    second_factors.give_app(people.admin)
    page.goto(f"{live_server.url}/accounts/login/")
    page.locator("input[name=login]").fill(people.admin.email)
    page.locator("input[name=password]").fill(factories.PASSWORD)
    page.locator("main button[type=submit]").first.click()
    page.locator("input[name=code]").fill(second_factors.code_of())
    page.locator("main button[type=submit]").first.click()
    page.goto(f"{live_server.url}/o/{people.organisation.slug}/rooms/order/")
    order(page, "Uten skript")
    expect(page.get_by_role("heading", level=1)).to_have_text("Uten skript")

    page.goto(f"{live_server.url}/o/{people.organisation.slug}/rooms/")
    page.locator("input[name=q]").fill("uten")
    page.locator("#filters button[type=submit]").click()
    expect(page.locator("tbody tr")).to_have_count(1)


def test_double_click_on_order_makes_one_room(
    people: Cast, live_server: Any, session_for: SignIn
) -> None:
    page = session_for(people.admin)
    page.goto(f"{live_server.url}/o/{people.organisation.slug}/rooms/order/")
    page.locator("input[name=purpose][value=meeting]").check()
    page.locator(".form__actions button[type=submit]").first.click()
    page.locator("input[name=room_type][value=admin-small]").check()
    page.locator("input[name=quality][value=hd]").check()
    expect(page.locator("#cost")).to_contain_text("100,00")
    page.locator(".form__actions button[type=submit]").first.click()
    page.locator("input[name=name]").fill("Dobbeltklikk")
    page.locator(".form__actions button[type=submit]").first.click()
    page.locator("input[name=name]").wait_for(state="detached")
    page.locator(".form__actions button[type=submit]").first.dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dobbeltklikk")
    assert people.organisation.rooms.filter(name="Dobbeltklikk").count() == 1


def test_filters_answer_while_typing_and_tell_the_count(
    people: Cast, live_server: Any, session_for: SignIn
) -> None:
    page = session_for(people.admin)
    page.goto(f"{live_server.url}/o/{people.organisation.slug}/rooms/")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.locator("input[name=q]").press_sequentially("evas")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile("q=evas"))
    expect(page.locator("[aria-live], [role=status]").filter(has_text="1")).not_to_have_count(0)
