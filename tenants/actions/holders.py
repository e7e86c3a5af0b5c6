"""Direct grants on objects, such as own rooms."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import Permission
from django.db import models

from tenants.models import User


def set_object_holders(permission: str, target: models.Model, holders: Iterable[User]) -> None:
    """Let exactly these people hold ``permission`` (``app.codename``) on one object.

    Used for own rooms. The rule for who they are, and the audit entry, belong to the caller.
    """
    set_holders_of_many(permission, [(target, holders)])


def set_holders_of_many(
    permission: str, holders: Iterable[tuple[models.Model, Iterable[User]]]
) -> None:
    """Do what :func:`set_object_holders` does for many objects of one model, in a few queries."""
    wanted: set[tuple[int, int]] = set()
    targets: list[Any] = []
    for target, users in holders:
        targets.append(target)
        wanted |= {(target.pk, user.pk) for user in users}
    if not targets:
        return
    app, _dot, codename = permission.partition(".")
    # guardian's tables have no base type
    table: Any = targets[0].user_grants.model
    grants = table.objects.filter(
        permission__codename=codename,
        permission__content_type__app_label=app,
        content_object__in=[target.pk for target in targets],
    )
    held = {(row[0], row[1]): row[2] for row in grants.values_list("content_object", "user", "pk")}
    if lost := held.keys() - wanted:
        table.objects.filter(pk__in=[held[pair] for pair in lost]).delete()
    if new := wanted - held.keys():
        granted = Permission.objects.get(codename=codename, content_type__app_label=app)
        table.objects.bulk_create(
            [
                table(permission=granted, content_object_id=target, user_id=user)
                for target, user in sorted(new)
            ],
            batch_size=1000,
            ignore_conflicts=True,
        )


def add_object_holders(permission: str, pairs: Iterable[tuple[Any, User]]) -> None:
    """Let each person hold ``permission`` on the object beside them, in one statement.

    The objects are of one model. What is held already stays.
    """
    wanted = list(pairs)
    if not wanted:
        return
    app_label, _dot, codename = permission.partition(".")
    held = Permission.objects.get(content_type__app_label=app_label, codename=codename)
    grants: Any = wanted[0][0].user_grants.model
    grants.objects.bulk_create(
        [
            grants(permission=held, user=user, content_object_id=target.pk)
            for target, user in wanted
        ],
        batch_size=1000,
        ignore_conflicts=True,
    )
