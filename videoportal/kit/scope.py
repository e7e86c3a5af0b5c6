"""Whose rows the database shows: the scope that row-level security works with.

The closed queryset makes code say whose rows it wants; row-level security makes the database
hold back everybody else's, whatever the code says. The scope is kept here as a context
variable, and the connection (:mod:`videoportal.kit.postgresql`) tells it to PostgreSQL in
every transaction, for that transaction alone. Outside of any scope no tenant's row is seen.

A page is in its visitor's scope by itself (``tenants.middleware``). A task or command opens
the scope that it needs::

    with in_scope([organisation_id]):
        ...
    with everywhere(reason="the schedule serves every tenant"):
        ...

Both nest, and work as decorators; what was before comes back. Neither opens a transaction: a
scope may outlast many, and a statement outside of one gets a transaction of its own.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import cast


@dataclass(frozen=True, slots=True)
class Scope:
    """The organisations whose rows are shown; nobody's unless told otherwise.

    ``organisations`` is PostgreSQL's own text for an array of ids. ``reason`` opens every
    organisation and says why. ``person`` is the id of whoever reaches just these.
    """

    organisations: str = ""
    reason: str = ""
    person: int | None = None

    @property
    def settings(self) -> tuple[str, str]:
        """The values of ``app.org_ids`` and ``app.everywhere``."""
        return self.organisations, self.reason

    def covers(self, organisation_id: int | None) -> bool:
        """Return whether the organisation's rows are shown; rows of none are shown everywhere."""
        if self.reason:
            return True
        return str(organisation_id) in self.organisations.strip("{}").split(",")


NOTHING = Scope()

# What holds where nobody opened a scope. The tests change it for themselves (tests/conftest.py).
outside = NOTHING
_scope: ContextVar[Scope | None] = ContextVar("scope", default=None)


def current() -> Scope:
    """Return the scope that the next statement runs in."""
    return _scope.get() or outside


@contextmanager
def opened(scope: Scope) -> Iterator[Scope]:
    """Work in this scope; the one before comes back."""
    before = _scope.get()
    _scope.set(scope)
    try:
        yield scope
    finally:
        # Not by token: a streamed answer may be closed in another context than it began in.
        _scope.set(before)


@contextmanager
def in_scope(organisation_ids: Iterable[int]) -> Iterator[None]:
    """Show the rows of these organisations and nobody else's."""
    ids = ",".join(map(str, sorted(set(organisation_ids))))
    with opened(Scope(f"{{{ids}}}")):
        yield


@contextmanager
def everywhere(*, reason: str) -> Iterator[None]:
    """Show the rows of every organisation. The reason is for the reader and the lint test."""
    if not reason.strip():
        raise ValueError("Say why every organisation's rows are needed.")
    # Open already: another reason would cost a word to the server and change nothing.
    with opened(current() if current().reason else Scope(reason=reason)):
        yield


@contextmanager
def closed() -> Iterator[None]:
    """Show nobody's rows until a scope is opened: how requests, tasks and commands begin.

    A scope that :func:`enter` opened inside ends here as well.
    """
    with opened(NOTHING):
        yield


def enter(scope: Scope) -> bool:
    """Change to this scope until the enclosing :func:`closed` ends; return whether there is one.

    For a page: whose scope it is in turns out when its visitor is known.
    """
    if _scope.get() is None:
        return False
    _scope.set(scope)
    return True


def carried[T](parts: Iterable[T]) -> Iterator[T]:
    """Return the parts, each made in the scope of now: a streamed answer outlives its request."""
    return _made_in(current(), iter(parts))


def _made_in[T](scope: Scope, parts: Iterator[T]) -> Iterator[T]:
    try:
        while True:
            with opened(scope):
                part = next(parts, _END)
            if part is _END:
                return
            yield cast("T", part)
    finally:
        if isinstance(parts, Generator):
            parts.close()


_END = object()
