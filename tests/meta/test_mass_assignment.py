"""Every form of every page, sent with fields that it does not have: they change nothing.

Driven from the URL configuration and from what the pages hold, so a new form joins by itself.
Each form is sent as a browser sends it, then again with a value for every column of every
model beside what it asks for, and the rows of the whole database are compared: what the second
wrote must be what the first wrote. Both are undone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import copy
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.apps import apps
from django.db import models, transaction
from django.test import Client
from django.urls import resolve

from tenants.models import Organisation, User
from tests import factories
from tests.cast import Cast
from tests.conftest import empty_own_part
from tests.meta.test_fuzz_objects import no_log
from tests.meta.test_urls_matrix import addresses, fill, session_of
from tests.pages import parse
from tests.rows import rows

__all__ = ["no_log"]

ROLES = ("anonymous", "own-room user", "administrator", "operator")
OURS = ("tenants", "rooms", "endpoints", "account")
MARK = "injected7f3a"
NUMBER = 918273
DAY = "2031-03-04"
# How far a form of several steps is followed.
STEPS = 8
# What differs between two sendings of the same form: times, keys, secrets and numbers by chance.
CHANCE = re.compile(
    r"\d{4}-\d\d-\d\d[T ][\d:.]+(?:\+[\d:]+|Z)?"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|(?<=session_key\": \")[a-z0-9]{32}"
    r"|gAAAA[\w=-]+|md5\$[^\"]+|(?<=\")![A-Za-z0-9]{40}|\b[0-9a-f]{32,64}\b|\b\d{6}\b"
)


def columns() -> dict[str, list[models.Field[Any, Any]]]:
    """Return the columns of our models by the name that a form would have for them."""
    found: dict[str, list[models.Field[Any, Any]]] = {}
    for app in OURS:
        for model in apps.get_app_config(app).get_models():
            for field in model._meta.concrete_fields:
                for name in {field.name, field.attname}:
                    found.setdefault(name, []).append(field)
    return found


COLUMNS = columns()


def injected(field: models.Field[Any, Any], cast: Cast) -> Any:
    """Return a value of the column that nothing in the cast has, or another tenant's key."""
    if field.related_model is Organisation:
        return cast.foreign.pk
    if field.related_model is User:
        return cast.other_admin.pk
    if field.is_relation:
        return cast.foreign_room.pk
    if field.choices:
        return [value for value, _label in field.flatchoices][-1]
    if isinstance(field, models.BooleanField):
        return "on"
    if isinstance(field, models.DateTimeField):
        return f"{DAY}T05:06:07Z"
    if isinstance(field, models.DateField):
        return DAY
    if isinstance(field, models.IntegerField | models.DecimalField):
        return NUMBER
    if isinstance(field, models.UUIDField):
        return str(cast.foreign_room.public_id)
    if isinstance(field, models.JSONField):
        return f'{{"{MARK}": 1}}'
    if isinstance(field, models.EmailField):
        return f"{MARK}@example.no"
    return str(NUMBER) if field.name in ("number", "host_pin", "guest_pin") else MARK


def extras(cast: Cast, form: set[str], turn: int) -> dict[str, Any]:
    """Return a value for every column that the form does not ask for; others at each turn."""
    return {
        name: injected(fields[turn % len(fields)], cast)
        for name, fields in COLUMNS.items()
        if name not in form
    }


class Form:
    """A form of a page: where it is sent, and what a browser sends."""

    def __init__(self, url: str, form: Any, button: Any) -> None:
        self.action = urljoin(url, form.get("action") or url)
        self.name = resolve(urlsplit(self.action).path).view_name
        self.values: dict[str, Any] = {}
        # Also boxes that are not ticked: to tick one is no field that the form does not have.
        self.names = set(form.xpath(".//@name"))
        for control in form.xpath(".//input | .//select | .//textarea"):
            self._take(control)
        if button is not None and button.get("name"):
            self.values[button.get("name")] = button.get("value", "")
        self.values.pop("csrfmiddlewaretoken", None)

    def _take(self, control: Any) -> None:
        name, kind = control.get("name"), control.get("type", "text")
        if not name or control.get("disabled") is not None or kind in ("submit", "file"):
            return
        if control.tag == "select":
            chosen = control.xpath(".//option[@selected]") or control.xpath(".//option")[-1:]
            self.values[name] = [one.get("value", "") for one in chosen]
        elif control.tag == "textarea":
            self.values[name] = control.text or "Noe som er skrevet"
        elif kind == "radio":
            if control.get("checked") is not None or name not in self.values:
                self.values[name] = control.get("value", "on")
        elif kind == "checkbox":
            if control.get("checked") is not None or "confirm" in name:
                self.values.setdefault(name, []).append(control.get("value", "on"))
        else:
            self.values[name] = control.get("value") or typed(name, kind)


def typed(name: str, kind: str) -> str:
    if kind == "email" or "email" in name:
        return "ny.person@example.no"
    if kind == "password":
        return "old-and-long-password-7" if "old" not in name else factories.PASSWORD
    if kind in ("number", "date", "hidden", "url", "search"):
        return ""
    return "" if "pin" in name else "moterom77"


def forms_of(url: str, page: Any) -> list[Form]:
    if page.streaming or not page.content.lstrip().startswith((b"<", b"\n")):
        return []
    found = []
    for form in parse(page.content).xpath("//main//form[translate(@method,'POST','post')='post']"):
        buttons = form.xpath(".//button[not(@type) or @type='submit']") or [None]
        found += [Form(url, form, button) for button in buttons]
    return found


class Sending:
    """Both ways of sending one form, and what each wrote."""

    def __init__(self, client: Client, cast: Cast, role: str) -> None:
        self.client = client
        self.cast = cast
        self.role = role
        self.sent: set[str] = set()
        self.turn = 0
        self.wrong: list[str] = []
        self.wrote = 0
        self.known: dict[type[models.Model], int] = {
            Organisation: max(
                Organisation.objects.unscoped(reason="the test counts").values_list("pk", flat=True)
            ),
            User: max(User.objects.values_list("pk", flat=True)),
        }

    def page(self, url: str) -> None:
        """Send every form of the page that was not sent from another one yet."""
        cookies = copy(self.client.cookies)
        with transaction.atomic():
            page = self.client.get(url)
            transaction.set_rollback(True)
        self.client.cookies = cookies
        for form in forms_of(url, page):
            key = f"{form.name} {sorted(form.values)}"
            if key not in self.sent:
                self.sent.add(key)
                self.both_ways(form)

    def both_ways(self, form: Form) -> None:
        self.turn += 1
        plain = self.written(form, with_extras=False)
        more = self.written(form, with_extras=True)
        self.wrote += bool(plain)
        for row in sorted(more):
            if MARK in row or str(NUMBER) in row or DAY in row:
                self.wrong.append(f"{form.name}: an extra field was stored: {row[:300]}")
        plain, more = normal(plain, self.known), normal(more, self.known)
        if plain != more:
            self.wrong.append(f"{form.name}: a difference: {difference(plain, more)}")

    def written(self, form: Form, *, with_extras: bool) -> set[str]:
        """Return the rows that the form, and the steps after it, leave new or changed."""
        cookies = copy(self.client.cookies)
        # How often somebody may try is counted outside the database.
        empty_own_part()
        with transaction.atomic():
            before = rows()
            step: Form | None = form
            for _turn in range(STEPS):
                assert step is not None
                step = self.step(step, with_extras=with_extras)
                if step is None:
                    break
            after = rows()
            transaction.set_rollback(True)
        self.client.cookies = cookies
        return after - before

    def step(self, form: Form, *, with_extras: bool) -> Form | None:
        values = dict(form.values)
        if with_extras:
            values |= extras(self.cast, form.names, self.turn)
        answer = self.client.post(form.action, values, follow=True)
        if answer.status_code != 200:
            return None
        ahead = [
            one
            for one in forms_of(answer.request["PATH_INFO"], answer)
            if one.name == form.name and sorted(one.values) != sorted(form.values)
        ]
        return ahead[-1] if ahead else None


def normal(written: set[str], known: dict[type[models.Model], int]) -> set[str]:
    """Return the rows without what chance and the clock put into them.

    Keys of organisations and people stay where they are of one that was there before.
    """

    def key(found: re.Match[str]) -> str:
        name, number = found[1], int(found[2])
        told: set[Any] = {field.related_model for field in COLUMNS.get(name, ())}
        models_ = told & known.keys()
        stays = len(models_) == 1 and number <= known[models_.pop()]
        return found[0] if stays else f'"{name}": …'

    texts = (CHANCE.sub("…", row) for row in written)
    return {
        re.sub(r'"([a-z_]*(?:_id|key|version|number))": "?(\d+)"?', key, text) for text in texts
    }


def difference(plain: set[str], more: set[str]) -> str:
    """Return the columns in which the rows differ, or the rows where they are not alike."""
    ours, theirs = sorted(plain - more), sorted(more - plain)
    if len(ours) != len(theirs):
        return f"{[row[:200] for row in ours]} or {[row[:200] for row in theirs]}"
    told = []
    for one, other in zip(ours, theirs, strict=True):
        pairs = zip(one.split(', "'), other.split(', "'), strict=False)
        told += [f"{left[:90]} / {right[:90]}" for left, right in pairs if left != right]
    return "; ".join(told[:6])


@pytest.mark.timeout(900)
@pytest.mark.usefixtures("no_log")
@pytest.mark.parametrize("role", ROLES)
def test_fields_that_a_form_does_not_have_change_nothing(
    role: str, cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    client = session_of(role, cast, signed_in)
    sending = Sending(client, cast, role)
    for address in addresses():
        if address.rule.kind != "machine":
            sending.page(fill(address, cast))
    assert not sending.wrong, "\n".join(sending.wrong)
    # The forms are true ones: what they ask for is stored.
    assert sending.wrote >= {"anonymous": 2, "own-room user": 8}.get(role, 12), sending.wrote
