"""Every page and every form, asked and sent with values that nobody types: no answer is a fault.

Driven as ``test_mass_assignment`` is, so new pages and forms join by themselves. A value that is
too long, no number, no day or no text at all is told at its field or overlooked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from tenants.models import User
from tests.cast import Cast
from tests.meta.test_fuzz_objects import no_log
from tests.meta.test_mass_assignment import Form, forms_of
from tests.meta.test_urls_matrix import addresses, fill, session_of
from tests.pages import parse

__all__ = ["no_log"]

ROLES = ("anonymous", "own-room user", "administrator", "operator")
ODD = (
    "9" * 5000, "-1", "0", "99999999999999999999", "\u00b2", "1e999", "NaN", "\x00",
    "a\x00b", "\x1b[2J",
    "\u202e\u2066", "%", "_", "\\", "'", "a" * 10_000, "2026-02-30", "0000-00-00", "99999-12-31",
    "\ufffd\ufffe", "\U0001f9ca" * 300, "{{ 7*7 }}", "<script>", "[]", "{}", "null",
    "../../etc/passwd",
)  # fmt: skip
ALWAYS = ("page", "per_page", "sort", "q", "month", "from", "to", "next", "tab")


class Oddity:
    """The tries of one role; the test client raises what a page would have failed with."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.sent: set[str] = set()
        self.turn = 0
        self.wrong: list[str] = []
        self.tries = 0

    def odd(self) -> str:
        self.turn += 1
        return ODD[self.turn % len(ODD)]

    def ask(self, method: str, url: str, values: dict[str, Any]) -> Any:
        cookies = copy(self.client.cookies)
        self.tries += 1
        try:
            with transaction.atomic():
                answer = getattr(self.client, method)(url, values)
                if answer.streaming:
                    b"".join(answer)
                transaction.set_rollback(True)
        except Exception as fault:  # noqa: BLE001 - each is one line of the result
            shown = {name: str(value)[:30] for name, value in values.items()}
            self.wrong.append(f"{type(fault).__name__}: {str(fault)[:120]} {method} {url} {shown}")
            return None
        finally:
            self.client.cookies = cookies
        if answer.status_code >= 500:
            self.wrong.append(f"{answer.status_code} {method} {url}")
        return answer

    def page(self, url: str) -> None:
        """Ask for the page with odd parameters, and send each of its forms oddly."""
        plain = self.ask("get", url, {})
        if plain is None:
            return
        for values in self.queries(url, plain):
            self.ask("get", url, values)
        for form in forms_of(url, plain):
            key = f"{form.name} {sorted(form.values)}"
            if key not in self.sent:
                self.sent.add(key)
                self.send(form)

    def queries(self, url: str, page: Any) -> Iterator[dict[str, Any]]:
        names = set(ALWAYS)
        if not page.streaming and page.content.lstrip().startswith(b"<"):
            names |= set(
                parse(page.content).xpath(
                    "//form[not(@method) or translate(@method,'GET','get')='get']//*[@name]/@name"
                )
            )
        for _turn in range(2):
            yield {name: self.odd() for name in sorted(names)}
        yield {name: [self.odd(), self.odd()] for name in sorted(names)}

    def send(self, form: Form) -> None:
        for name in sorted(form.values):
            self.ask("post", form.action, form.values | {name: self.odd()})
        for _turn in range(2):
            self.ask("post", form.action, {name: self.odd() for name in form.values})
        self.ask("post", form.action, {})
        self.ask("post", form.action, {name: [self.odd(), self.odd()] for name in form.values})


@pytest.mark.timeout(900)
@pytest.mark.usefixtures("no_log")
@pytest.mark.parametrize("role", ROLES)
def test_no_value_makes_a_page_fail(
    role: str, cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    oddity = Oddity(session_of(role, cast, signed_in))
    for address in addresses():
        if address.rule.kind != "machine":
            oddity.page(fill(address, cast))
    assert not oddity.wrong, "\n".join(oddity.wrong)
    assert oddity.tries > {"anonymous": 100}.get(role, 250), oddity.tries
