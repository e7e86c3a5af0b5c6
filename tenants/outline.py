"""What the head and foot of a page look like, names and addresses apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from tenants import navigation
from tenants.navigation import Page, Part
from videoportal.kit.skeletons import place


@dataclass(frozen=True)
class Link:
    """A link of the frame; ``current`` is its ``aria-current``: page, true or nothing."""

    label: str
    url: str
    current: str = ""


@dataclass(frozen=True)
class Language:
    """A language to choose in the footer, named in itself."""

    code: str
    name: str
    current: bool


@dataclass(frozen=True)
class Named:
    """The organisation in the head."""

    name: str = place("organisation_name")
    number: str = place("organisation_number")


@dataclass(frozen=True)
class Outline:
    """Everything that head and foot hang on but for the names of one reader's own.

    ``parts`` are the first pages of the organisation's parts that the reader may open,
    ``clients`` says where a reseller's clients are: ``reseller``, or ``home`` where it is not known
    which reseller's. ``opened`` and ``account`` are the first pages of what is open in the
    navigation and in the account, ``exactly`` is the page itself where it is one of these.
    """

    language: str
    is_signed_in: bool
    is_administrator: bool = False
    is_operator: bool = False
    in_staff_mode: bool = False
    has_organisation: bool = False
    is_reseller: bool = False
    role_label: str = ""
    parts: tuple[str, ...] = ()
    clients: str = ""
    opened: str = ""
    account: str = ""
    exactly: str = ""
    # They change in tests alone.
    set_up: tuple[object, ...] = field(
        default_factory=lambda: (
            settings.PRODUCT_NAME,
            settings.SUPPORT_EMAIL,
            settings.DEMO,
            bool(settings.OIDC_PROVIDERS),
            settings.ROOT_URLCONF,
        )
    )

    def context(self) -> dict[str, Any]:
        return {"frame": self, "csrf_token": place("csrf_token")}

    # What the templates ask for.

    person_name: ClassVar[str] = place("person_name")
    path: ClassVar[str] = place("path")

    @property
    def product_name(self) -> str:
        return str(settings.PRODUCT_NAME)

    @property
    def support_email(self) -> str:
        return str(settings.SUPPORT_EMAIL)

    @property
    def home_url(self) -> str:
        return reverse("tenants:home")

    @property
    def organisation(self) -> Named | None:
        return Named() if self.has_organisation else None

    def _link(self, entry: Part | Page, *args: str) -> Link:
        current = "true" if entry.view in (self.opened, self.account) else ""
        if current and entry.view == self.exactly:
            current = "page"
        return Link(str(entry.label), reverse(entry.view, args=args), current)

    @property
    def nav(self) -> list[Link]:
        """The row of navigation, narrowed to what the person may open."""
        if not self.is_signed_in:
            return []
        links = []
        clients = navigation.clients_part()
        if self.clients == "reseller":
            links.append(self._link(clients, place("reseller_slug")))
        elif self.clients:
            current = "true" if clients.view == self.opened else ""
            links.append(Link(str(clients.label), self.home_url, current))
        links += [
            self._link(part, place("organisation_slug"))
            for part in navigation.parts()
            if part.view in self.parts
        ]
        pages: tuple[Page, ...] = ()
        if self.is_operator:
            pages = navigation.operation_pages()
            if self.in_staff_mode:
                # The organisation's own parts take the row; the way back is enough.
                pages = pages[:1]
        elif not self.is_administrator:
            pages = navigation.own_pages()
        return [*links, *(self._link(page) for page in pages)]

    @property
    def tools(self) -> list[Link]:
        """Links at the right of the header."""
        if self.is_signed_in and self.is_administrator:
            return [Link(_("Jobs"), reverse("tenants:jobs"))]
        return []

    @property
    def user_menu(self) -> list[Link]:
        if not self.is_signed_in:
            return []
        first, *rest = navigation.account_pages()
        own = navigation.own_pages() if self.is_administrator else ()
        return [self._link(page) for page in (first, *own, *rest)]

    @property
    def languages(self) -> list[Language]:
        return [Language(code, name, code == self.language) for code, name in settings.LANGUAGES]
