"""The policy server's addresses. Contract: protocols.md 3.

Each request is judged anew: nothing is kept between two, so that a changed PIN holds at the
next call. Redirects, sessions and middleware have no part in it (see videoportal/wsgi.py).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from rooms.platforms.machines import Unanswerable, basic_credentials, try_later, unknown_caller
from rooms.platforms.policy import answers, lookup
from rooms.platforms.policy.addresses import plain_address
from rooms.platforms.policy.lookup import Asked
from rooms.platforms.policy.validity import service_faults
from tenants.decorators import machine

log = structlog.get_logger(__name__)

type PolicyView = Callable[[HttpRequest, Asked], HttpResponse]

CLOSED = "The room is closed."


def answered(result: Any, **more: Any) -> HttpResponse:
    """Return a usable answer."""
    return JsonResponse({"status": "success", "action": "continue", "result": result, **more})


def refused(result: Any = None) -> HttpResponse:
    """Return an answer that refuses the call: the address is ours, and closed."""
    answer: dict[str, Any] = {"status": "success", "action": "reject"}
    if result is not None:
        answer["result"] = result
    return JsonResponse(answer)


def not_ours() -> HttpResponse:
    """Return an answer that leaves the decision to the platform's own database."""
    return JsonResponse({"status": "failure"}, status=404)


def policy(view: PolicyView) -> Callable[..., HttpResponseBase]:
    """Let the view answer the platform whose password the request shows, with what it asks of.

    Anybody else gets 401, whatever they ask and whether or not the platform exists. A database
    that is down is told as 503 within milliseconds, so that the platform falls back.
    """

    @machine
    @wraps(view)
    def wrapper(request: HttpRequest, platform: str, **rest: str) -> HttpResponse:
        if request.method != "GET":
            return HttpResponse(status=405, headers={"Allow": "GET"})
        address = plain_address(rest.get("alias") or request.GET.get("local_alias", ""))
        try:
            asked = lookup.ask(platform, address)
        except Unanswerable:
            return try_later()
        if not lookup.shows_its_password(asked, basic_credentials(request)):
            return unknown_caller("policy")
        assert asked is not None  # noqa: S101 - tells the type; the line above has seen to it
        return not_ours() if asked.is_paused else view(request, asked)

    return wrapper


@policy
def service_configuration(request: HttpRequest, asked: Asked) -> HttpResponse:
    """Answer what the called address is: a room's configuration, closed, or not ours."""
    if asked.room is None:
        return not_ours()
    if asked.is_closed:
        return refused()
    result = answers.service_result(asked)
    if faults := service_faults(result):
        # Not to be sent, and not to be left to an older copy in the platform's own database,
        # whose PIN may be another: the call is refused and somebody must look.
        log.error("policy_answer_withheld", number=asked.room["number"], faults=faults)
        return refused()
    return answered(result)


@policy
def participant_properties(request: HttpRequest, asked: Asked) -> HttpResponse:
    """Answer what a participant may do in the room."""
    if asked.room is None:
        return not_ours()
    if asked.is_closed:
        return refused({"reject_reason": CLOSED})
    return answered(answers.participant_result(asked))


@policy
def media_location(request: HttpRequest, asked: Asked) -> HttpResponse:
    """Answer through which location media goes; left to the platform where nothing is set."""
    result = answers.location_result(asked, request.GET.get("location", ""))
    if result is None or asked.room is None:
        return not_ours()
    return JsonResponse({"status": "success", "result": result})
