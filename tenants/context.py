"""What every page's frame needs: organisation, navigation, language, on whose behalf."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language

from tenants import navigation
from tenants.models import Organisation, StaffSession
from tenants.navigation import Part
from tenants.outline import Link, Outline
from tenants.roles import Role
from videoportal.kit.formats import orgno

if TYPE_CHECKING:
    from django.http import HttpRequest

RECENT_CLIENTS_KEY = "recent_clients"
RECENT_CLIENTS_KEPT = 5


@dataclass
class Frame:
    """The frame around a page for one request; nothing is read before a template asks."""

    request: HttpRequest
    product_name: str = field(default_factory=lambda: settings.PRODUCT_NAME)
    support_email: str = field(default_factory=lambda: settings.SUPPORT_EMAIL)

    @property
    def user(self) -> Any:
        return getattr(self.request, "user", None)

    @property
    def is_signed_in(self) -> bool:
        return bool(self.user and self.user.is_authenticated)

    @cached_property
    def current(self) -> Organisation | None:
        """The organisation that the page is about, else the only one the person administers."""
        entered: Organisation | None = getattr(self.request, "organisation", None)
        if entered is not None or not self.is_signed_in:
            return entered
        access = self.user.access
        if access.staff_session is not None:
            return access.staff_session.organisation
        administered = access.organisation_ids("view_rooms") - access.client_ids
        if len(administered) != 1 or access.client_ids:
            return None
        (only,) = administered
        own = access.own_organisation(only)
        return own or Organisation.objects.in_organisations(administered).first()

    @cached_property
    def behalf(self) -> Organisation | None:
        """The client that the person acts for, when they reach it only as its reseller."""
        current = self.current
        if not self.is_signed_in or current is None:
            return None
        return current if self.user.access.acts_on_behalf(current.pk) else None

    @property
    def staff_session(self) -> StaffSession | None:
        """The operator's stay in a customer's organisation, shown above every page."""
        return self.user.access.staff_session if self.is_signed_in else None

    @cached_property
    def organisation(self) -> Organisation | None:
        """The organisation named in the header: one's own, not the client acted for."""
        if self.behalf is not None:
            return self.behalf.reseller
        return None if self.staff_session is not None else self.current

    @cached_property
    def is_reseller(self) -> bool:
        """Whether the organisation in the header is there as a reseller of others."""
        organisation = self.organisation
        return organisation is not None and (
            self.behalf is not None or self.user.access.can("administer_clients", organisation)
        )

    @cached_property
    def is_administrator(self) -> bool:
        return self.is_signed_in and (
            self.user.access.can_anywhere("view_rooms") or self.user.access.is_operator
        )

    @cached_property
    def role_label(self) -> str:
        if not self.is_signed_in:
            return ""
        access = self.user.access
        if access.is_operator:
            return str(Role.OPERATOR.label)
        if self.behalf is not None or access.can_anywhere("administer_clients"):
            return str(Role.RESELLER.label)
        return str(Role.CUSTOMER_ADMIN.label if self.is_administrator else Role.USER.label)

    @property
    def data_size(self) -> str:
        """The text size: administrators see more on a page, users see it larger."""
        return "sm" if self.is_administrator or not self.is_signed_in else "md"

    @property
    def colour_scheme(self) -> str:
        return self.user.colour_scheme if self.is_signed_in else "auto"

    @property
    def home_url(self) -> str:
        return reverse("tenants:home")

    @cached_property
    def has_clients(self) -> bool:
        return self.is_signed_in and self.user.access.can_anywhere("administer_clients")

    @cached_property
    def reseller(self) -> Organisation | None:
        """The reseller whose clients the page is among, where that is known."""
        if self.behalf is not None and self.behalf.reseller is not None:
            return self.behalf.reseller
        current = self.current
        serves = current is not None and self.user.access.can("administer_clients", current)
        return current if serves else None

    @property
    def clients_url(self) -> str:
        """The list of clients, for a reseller; empty for others."""
        if not self.has_clients:
            return ""
        if self.reseller is None:
            return self.home_url
        return reverse(navigation.clients_part().view, args=[self.reseller.slug])

    @property
    def switch_url(self) -> str:
        """Where the typed name or number of another client is sent."""
        reseller = self.behalf.reseller if self.behalf is not None else None
        return reverse("tenants:switch_client", args=[reseller.slug]) if reseller else ""

    @property
    def clients_count(self) -> int:
        return len(self.user.access.client_ids) if self.is_signed_in else 0

    @cached_property
    def part(self) -> Part:
        """The part of the portal that is open; another client is shown in the same one."""
        return navigation.part_of(self._view_name)

    @property
    def recent_clients(self) -> list[Link]:
        """Clients visited lately and still reachable, latest first, without the current one."""
        reachable = self.user.access.client_ids
        current = self.current.pk if self.current else None
        return [
            Link(name, reverse(self.part.view, args=[slug]))
            for pk, slug, name in self.request.session.get(RECENT_CLIENTS_KEY, [])
            if pk in reachable and pk != current
        ]

    @property
    def _view_name(self) -> str:
        match = self.request.resolver_match
        return match.view_name if match else ""

    @cached_property
    def account_trail(self) -> list[dict[str, str]]:
        """The way to a page of the account; empty on its first page and everywhere else.

        A page below one of the account's own closes it with its heading.
        """
        page = navigation.account_page(self._view_name) if self.is_signed_in else None
        first = navigation.account_pages()[0]
        if page is None or page is first:
            return []
        trail = [{"label": str(first.label), "url": reverse(first.view)}]
        if self._view_name in (page.view, "account_set_password"):
            return [*trail, {"label": str(page.label)}]
        return [*trail, {"label": str(page.label), "url": reverse(page.view)}]

    # Head and foot, drawn once for all who see the same (videoportal.kit.skeletons).

    @cached_property
    def outline(self) -> Outline:
        """What head and foot look like, without any name."""
        language = get_language() or ""
        if not self.is_signed_in:
            return Outline(language, is_signed_in=False, has_organisation=bool(self.organisation))
        access, organisation = self.user.access, self.current
        opened = navigation.open_entry(self._view_name)
        account = navigation.account_page(self._view_name)
        there = {entry.view for entry in (opened, account) if entry is not None}
        return Outline(
            language,
            is_signed_in=True,
            is_administrator=self.is_administrator,
            is_operator=access.is_operator,
            in_staff_mode=self.staff_session is not None,
            has_organisation=self.organisation is not None,
            is_reseller=self.is_reseller,
            role_label=self.role_label,
            parts=tuple(
                part.view
                for part in navigation.parts()
                if organisation is not None and access.can(part.capability, organisation)
            ),
            clients=("reseller" if self.reseller else "home") if self.has_clients else "",
            opened=opened.view if opened is not None else "",
            account=account.view if account is not None else "",
            exactly=self._view_name if self._view_name in there and self._is_of_current else "",
        )

    @property
    def _is_of_current(self) -> bool:
        """Whether the address names the organisation that the links lead to, or none."""
        match, current = self.request.resolver_match, self.current
        slug = match.kwargs.get("org") if match else None
        return slug is None or (current is not None and slug == current.slug)

    @property
    def names(self) -> dict[str, Any]:
        """What stands in the places of the outline."""
        organisation, current = self.organisation, self.current
        reseller = self.reseller if self.has_clients else None
        return {
            "person_name": str(self.user) if self.is_signed_in else "",
            "organisation_name": organisation.name if organisation else "",
            "organisation_number": orgno(organisation.organisation_number) if organisation else "",
            "organisation_slug": current.slug if current else "",
            "reseller_slug": reseller.slug if reseller else "",
            "path": self.request.get_full_path(),
        }


def frame(request: HttpRequest) -> dict[str, Frame]:
    """Context processor: ``frame`` for every template."""
    return {"frame": Frame(request)}


def remember_client(request: HttpRequest, organisation: Organisation) -> None:
    """Keep the client among the latest visited ones, in the session.

    Clients that the person no longer reaches leave the list.
    """
    entry = [organisation.pk, organisation.slug, organisation.name]
    recent = request.session.get(RECENT_CLIENTS_KEY, [])
    reachable = request.user.access.client_ids  # type: ignore[union-attr]  # signed in
    kept = [other for other in recent if other[0] != organisation.pk and other[0] in reachable]
    wanted = [entry, *kept][:RECENT_CLIENTS_KEPT]
    if wanted != recent:
        request.session[RECENT_CLIENTS_KEY] = wanted
