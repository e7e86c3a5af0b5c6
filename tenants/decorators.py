"""Who may open a page. Each decorator leaves its rule on the view for tests and documents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from tenants import audit, reauthentication
from tenants.access import Forbidden
from tenants.actions import note_staff_request
from tenants.context import remember_client
from tenants.models import Organisation
from videoportal.kit.http import is_fragment, keep_scope
from videoportal.kit.scope import everywhere

type View = Callable[..., HttpResponseBase]


@dataclass(frozen=True)
class Rule:
    """What a page demands.

    ``kind`` is public, signed_in, organisation, object, operator or machine.
    """

    kind: str
    capability: str = ""


def _ruled(rule: Rule, view: View) -> View:
    view.access_rule = rule  # type: ignore[attr-defined]  # read by tests and show_permissions
    return view


def public(view: View) -> View:
    """Let anybody open the page, signed in or not."""
    return _ruled(Rule("public"), login_not_required(view))


def machine(view: View) -> View:
    """Let another machine ask; the view itself checks the password that the request shows."""
    return _ruled(Rule("machine"), csrf_exempt(login_not_required(view)))


def signed_in(view: View) -> View:
    """Let everybody who is signed in open the page; it must show only their own things."""
    return _ruled(Rule("signed_in"), view)


def object_rule(capability: str) -> Callable[[View], View]:
    """Mark a view whose own decorator looks the object up among those the person may reach."""
    return lambda view: _ruled(Rule("object", capability), view)


def in_organisation(capability: str) -> Callable[[View], View]:
    """Open the page to holders of ``capability`` in the organisation of the address.

    The address carries ``org`` (a slug); the view gets the organisation instead. An
    organisation that the person does not reach is 404, a missing capability in one that
    they do reach is 403.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(request: HttpRequest, org: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            user: Any = request.user  # signed in: LoginRequiredMiddleware has run
            organisation = user.access.own_organisation_at(org) or get_object_or_404(
                Organisation.objects.reached_by(user).select_related("reseller"), slug=org
            )
            enter(request, organisation)
            if not user.access.can(capability, organisation):
                raise Forbidden(_("You do not have the access level that this needs."))
            return view(request, organisation, *args, **kwargs)

        return _ruled(Rule("organisation", capability), wrapper)

    return decorate


def object_in_organisation(model: Any, key: str, capability: str) -> Callable[[View], View]:
    """Open the page as :func:`in_organisation` does; the view gets the object instead.

    The address carries its ``public_id`` as ``key``. An object of another organisation, or
    one that ``for_detail()`` leaves out, is 404.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(
            request: HttpRequest, organisation: Organisation, **kwargs: Any
        ) -> HttpResponseBase:
            found = get_object_or_404(
                model.objects.in_organisation(organisation).for_detail(),
                public_id=kwargs.pop(key),
            )
            return view(request, found, **kwargs)

        return in_organisation(capability)(wrapper)

    return decorate


def operator_only(view: View) -> View:
    """Open the page to the provider's staff; to everybody else it does not exist."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.access.is_operator:  # type: ignore[union-attr]  # LoginRequiredMiddleware
            raise Http404
        with everywhere(reason="the operator looks after every organisation"):
            response = view(request, *args, **kwargs)
            keep_scope(response)
        return response

    return _ruled(Rule("operator", "operate_platform"), wrapper)


def before_second_factor(view: View) -> View:
    """Let the page open before a second factor that the person must have is given."""
    view.before_second_factor = True  # type: ignore[attr-defined]  # read by SecondFactorMiddleware
    return view


def posted(request: HttpRequest) -> bool:
    """Return whether the request is to change something; for ``when`` below."""
    return request.method == "POST"


def recently_authenticated(
    view: View | None = None,
    *,
    when: Callable[[HttpRequest], bool] | None = None,
    back_to: Callable[[HttpRequest], str] | None = None,
) -> Any:
    """Ask for the password or second factor again unless that was done a moment ago.

    Stands below the rule, so that a stranger learns nothing::

        @in_organisation("manage_members")
        @recently_authenticated
        def member_role(request, organisation, member_id): ...

    A posted form with ``{% form_guard %}`` is kept and filled in again afterwards, when the
    view answers through ``form_page``. With ``when`` only the requests it picks are asked for;
    ``back_to`` names the page to return to where the address itself is a file.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if (when is None or when(request)) and not reauthentication.is_recent(request):
                return reauthentication.ask(request, back_to=back_to(request) if back_to else "")
            return view(request, *args, **kwargs)

        wrapper.asks_again = "sometimes" if when else "always"  # type: ignore[attr-defined]  # for permissions.md
        return wrapper

    return decorate(view) if view is not None else decorate


def enter(request: HttpRequest, organisation: Organisation) -> None:
    """Make ``organisation`` the one that the request acts in, for the frame and the log."""
    request.organisation = organisation  # type: ignore[attr-defined]  # our own attribute
    access = request.user.access  # type: ignore[union-attr]  # signed in
    if access.acts_as_staff(organisation.pk):
        _note_staff_request(request, organisation)
    if access.acts_on_behalf(organisation.pk):
        audit.acting_reseller.set(organisation.reseller.name if organisation.reseller else "")
        remember_client(request, organisation)


# A page that refreshes a part of itself would else fill the log with one line.
FRAGMENTS_FOLDED = 60  # seconds


def _note_staff_request(request: HttpRequest, organisation: Organisation) -> None:
    """Log every request of staff mode; a part of a page that is asked for again, once a minute.

    The path alone: what was searched for may be somebody's name.
    """
    session = request.user.access.staff_session  # type: ignore[union-attr]  # signed in
    if is_fragment(request) and request.method == "GET":
        seen = f"staff-seen:{session.pk}:{request.path}"  # type: ignore[union-attr]  # acts_as_staff
        if not cache.add(seen, 1, FRAGMENTS_FOLDED):
            return
    note_staff_request(
        organisation,
        by=request.user,  # type: ignore[arg-type]  # signed in
        address=request.path,
        sent=request.method not in {"GET", "HEAD"},
    )
