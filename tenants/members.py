"""An organisation's members and invited people as rows, for the list, its export and the review."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tenants import belongings
from tenants.actions import closes_on
from tenants.models import Invitation, Organisation, User
from tenants.roles import ROLE_CAPABILITIES, Role
from videoportal.kit.formats import number, short_date
from videoportal.kit.sorting import norwegian_key

ACTIVE, CLOSING, INVITED, EXPIRED, CLOSED = "active", "closing", "invited", "expired", "closed"
# The shape that stands for each in the status vocabulary, in the order that the column sorts by.
SHAPES = {
    CLOSING: "attention",
    EXPIRED: "attention",
    INVITED: "pending",
    ACTIVE: "ready",
    CLOSED: "closed",
}


@dataclass(frozen=True)
class MemberRow:
    """A member, or somebody invited, as the list shows them.

    ``pk`` is unique over both; ``owned`` counts each kind that belongings tell of, and is
    None for the invited.
    """

    pk: str
    public_id: UUID
    user_id: int | None
    name: str
    email: str
    role: str
    owned: tuple[int, ...] | None
    last_login: datetime | None
    status: str
    status_words: str
    is_self: bool

    @property
    def order(self) -> str:
        return norwegian_key(self.name or self.email)

    @property
    def level(self) -> str:
        return str(Role(self.role).label)

    @property
    def level_rank(self) -> int:
        return -len(ROLE_CAPABILITIES[self.role])

    @property
    def owned_rank(self) -> int:
        return -1 if self.owned is None else sum(self.owned)

    @property
    def owned_words(self) -> str:
        """What the member owns; a bare number while there is but one kind of things."""
        if self.owned is None:
            return "–"
        if len(belongings.kinds()) < 2:
            return number(sum(self.owned))
        return belongings.in_words(self.owned)

    @property
    def last_login_rank(self) -> float:
        return self.last_login.timestamp() if self.last_login else 0.0

    @property
    def status_rank(self) -> int:
        return list(SHAPES).index(self.status)


def highest(roles: Iterable[str]) -> str:
    """Return the role with the most capabilities."""
    return max(roles, key=lambda role: (len(ROLE_CAPABILITIES[role]), role))


def member_row(user: Any, *, reader: User, owned: tuple[int, ...] = ()) -> MemberRow:
    """Return one person of ``User.objects.members_of`` as a row."""
    status, words = _status(user)
    if user.pk == reader.pk:
        words = _("%(status)s (you)") % {"status": words}
    return MemberRow(
        pk=f"member-{user.pk}",
        public_id=user.public_id,
        user_id=user.pk,
        name=user.name,
        email=user.email,
        role=highest(user.roles),
        owned=owned,
        last_login=user.last_login,
        status=status,
        status_words=words,
        is_self=user.pk == reader.pk,
    )


def invited_row(invitation: Invitation) -> MemberRow:
    """Return one waiting invitation as a row."""
    expired = invitation.state == Invitation.State.EXPIRED
    if expired:
        words = _("Expired %(date)s") % {"date": short_date(invitation.expires_at)}
    else:
        words = _("Invited %(date)s") % {"date": short_date(invitation.sent_at)}
    return MemberRow(
        pk=f"invitation-{invitation.pk}",
        public_id=invitation.public_id,
        user_id=None,
        name="",
        email=invitation.email,
        role=invitation.role,
        owned=None,
        last_login=None,
        status=EXPIRED if expired else INVITED,
        status_words=words,
        is_self=False,
    )


def _status(user: Any) -> tuple[str, str]:
    if not user.is_active:
        return CLOSED, _("Closed")
    if (day := closes_on(user)) is not None:
        return CLOSING, _("Closes %(date)s") % {"date": short_date(day)}
    return ACTIVE, _("Active")


def people_rows(organisation: Organisation, *, reader: User) -> list[MemberRow]:
    """Return the members, in Norwegian order; two queries."""
    owned = belongings.counts(organisation)
    rows = [
        member_row(user, reader=reader, owned=owned.get(user.pk, ()))
        for user in User.objects.members_of(organisation)
    ]
    return sorted(rows, key=lambda row: (row.order, row.pk))


def member_rows(organisation: Organisation, *, reader: User) -> list[MemberRow]:
    """Return the members and those invited, in Norwegian order; three queries."""
    rows = people_rows(organisation, reader=reader)
    rows += [invited_row(invitation) for invitation in organisation.invitations.waiting()]
    return sorted(rows, key=lambda row: (row.order, row.pk))


def summary(rows: Iterable[MemberRow]) -> list[str]:
    """Return the line under the heading: members, administrators and invited people."""
    rows = list(rows)
    members = [row for row in rows if row.user_id is not None]
    top = [row for row in members if row.role != Role.USER]
    parts = [
        ngettext("%(count)s member", "%(count)s members", len(members))
        % {"count": number(len(members))}
    ]
    if top:
        parts.append(
            ngettext("%(count)s administrator", "%(count)s administrators", len(top))
            % {"count": number(len(top))}
        )
    if invited := len(rows) - len(members):
        parts.append(
            ngettext("%(count)s invited", "%(count)s invited", invited) % {"count": number(invited)}
        )
    return parts
