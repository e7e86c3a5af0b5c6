"""Querysets that refuse to read across tenants.

A :class:`TenantQuerySet` starts *closed*. It opens when the code says whose rows it
wants (``in_organisation``, ``in_organisations`` or an app's own method built on them),
when it is reached through a loaded row of one tenant (``organisation.rooms``), or when
it is opened aloud with ``unscoped(reason=…)``. It never filters by itself, so what a
query does stays visible where it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, Self, cast

from django.db import models

from videoportal.kit.scope import everywhere, in_scope

_validating: ContextVar[bool] = ContextVar("tenant_rows_validating", default=False)


class UnscopedQuery(RuntimeError):
    """A queryset with tenant rows was used before anybody said whose rows it wants."""


@contextmanager
def constraint_check() -> Iterator[None]:
    """Let Django's own uniqueness and constraint validation look across tenants.

    Those queries answer only "does such a row exist", and unique rules such as a room's
    number hold for the whole platform.
    """
    token = _validating.set(True)
    try:
        yield
    finally:
        _validating.reset(token)


def array_text(ids: Iterable[int]) -> str:
    """Return PostgreSQL's text for an array: the driver would quote each id on its own."""
    return f"{{{','.join(map(str, ids))}}}"


class AnyOf(models.Func):
    """``column = any(array)``: one bound value where IN has one for each id.

    With 500 ids the statement is built, sent and parsed several times as fast.
    """

    output_field = models.BooleanField()

    def __init__(self, column: str, ids: tuple[int, ...]) -> None:
        super().__init__(models.F(column))
        self.ids = ids

    def as_sql(  # type: ignore[override]  # nothing of a function's template is used
        self, compiler: Any, connection: Any, **context: Any
    ) -> tuple[str, tuple[Any, ...]]:
        sql, params = compiler.compile(self.get_source_expressions()[0])
        return f"{sql} = any(%s::bigint[])", (*params, array_text(self.ids))


def _guarded[**P, R](method: Callable[P, R]) -> Callable[P, R]:
    @wraps(method)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        cast("TenantQuerySet[Any]", args[0])._require_scope(method.__name__)
        return method(*args, **kwargs)

    return wrapper


class TenantQuerySet[M: models.Model](models.QuerySet[M]):
    """Rows of a model with an ``organisation``; reading them unscoped raises ``UnscopedQuery``."""

    _scoped: bool = False

    def _clone(self) -> Self:
        clone = super()._clone()  # type: ignore[misc]  # private in the stubs
        clone._scoped = self._scoped
        return cast("Self", clone)

    def _opened(self) -> Self:
        clone = self._clone()
        clone._scoped = True
        return clone

    def _is_scoped(self) -> bool:
        if self._scoped or self.query.is_empty() or _validating.get():
            return True
        # Related managers leave the row that they started from. Only a row of one tenant
        # narrows: a room type's rooms would be everybody's.
        origin = self._hints.get("instance")  # type: ignore[attr-defined]  # private in the stubs
        return origin is not None and (
            hasattr(origin, "organisation_id") or getattr(origin, "is_tenant_root", False)
        )

    def _require_scope(self, what: str) -> None:
        if not self._is_scoped():
            raise UnscopedQuery(
                f"{self.model.__name__}.objects.{what.lstrip('_')} without a tenant: narrow it "
                "with in_organisation(), a method built on it, or unscoped(reason=…)."
            )

    def in_organisation(self, organisation: models.Model | int) -> Self:
        """Return the rows of one organisation, given as a row or as its id."""
        pk = organisation.pk if isinstance(organisation, models.Model) else organisation
        return self.filter(organisation_id=pk)._opened()

    def in_organisations(self, ids: Iterable[int]) -> Self:
        """Return the rows of the organisations with these ids; none for no ids."""
        chosen = list(ids)
        if not chosen:
            return self.none()
        if len(chosen) == 1:
            return self.in_organisation(chosen[0])
        return self.filter(AnyOf("organisation_id", tuple(chosen)))._opened()

    def unscoped(self, *, reason: str) -> Self:
        """Return the rows of every tenant. The reason is for the reader and the lint test."""
        if not reason.strip():
            raise ValueError("Say why every tenant's rows are needed.")
        return self._opened()

    @contextmanager
    def in_scope_of(self, pk: int) -> Iterator[None]:
        """Work in the scope of the row's organisation; in nobody's when there is no such row.

        For a task, which is given an id and nothing else.
        """
        with everywhere(reason="a task is given an id, not whose it is"):
            ids = list(
                self.filter(pk=pk)._opened().order_by().values_list("organisation_id", flat=True)
            )
        with in_scope(found for found in ids if found is not None):
            yield

    def none(self) -> Self:
        return super().none()._opened()

    # Everything that sends SQL, or that hands the rows to another query, passes the guard.
    _fetch_all = _guarded(models.QuerySet._fetch_all)
    iterator = _guarded(models.QuerySet.iterator)
    count = _guarded(models.QuerySet.count)
    exists = _guarded(models.QuerySet.exists)
    aggregate = _guarded(models.QuerySet.aggregate)
    update = _guarded(models.QuerySet.update)
    _update = _guarded(models.QuerySet._update)  # type: ignore[attr-defined]  # private in the stubs
    delete = _guarded(models.QuerySet.delete)
    _raw_delete = _guarded(models.QuerySet._raw_delete)
    explain = _guarded(models.QuerySet.explain)
    bulk_update = _guarded(models.QuerySet.bulk_update)
    raw = _guarded(models.QuerySet.raw)
    resolve_expression = _guarded(models.QuerySet.resolve_expression)

    # The template engine and managers read these, as Django sets them.
    cast("Any", delete).alters_data = True
    cast("Any", delete).queryset_only = True
    cast("Any", _raw_delete).alters_data = True
    cast("Any", update).alters_data = True
    cast("Any", _update).alters_data = True
    cast("Any", _update).queryset_only = False

    def __or__(self, other: Any) -> Self:
        self._require_both(other, "|")
        return super().__or__(other)

    def __and__(self, other: Any) -> Self:
        self._require_both(other, "&")
        return super().__and__(other)

    def union(self, *others: Any, all: bool = False) -> Self:  # noqa: A002 - Django's name
        for other in others:
            self._require_both(other, "union")
        return super().union(*others, all=all)

    def _require_both(self, other: Any, what: str) -> None:
        self._require_scope(what)
        if isinstance(other, TenantQuerySet):
            other._require_scope(what)


class TenantModel(models.Model):
    """A row that belongs to one organisation, for good."""

    class Meta:
        abstract = True

    def validate_unique(self, exclude: Any = None) -> None:
        with constraint_check(), everywhere(reason="unique rules hold for the whole platform"):
            super().validate_unique(exclude)

    def validate_constraints(self, exclude: Any = None) -> None:
        with constraint_check(), everywhere(reason="unique rules hold for the whole platform"):
            super().validate_constraints(exclude)
