"""How a policy request is met: who asks, with which password, and the shapes of an answer.

Each request is judged anew: nothing is kept between two, so that a changed PIN holds at the
next call. Redirects, sessions and middleware have no part in it (see videoportal/wsgi.py).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from rooms.platforms import seen
from rooms.platforms.machines import Unanswerable, basic_credentials, try_later, unknown_caller
from rooms.platforms.policy.lookup import FromPlatform, shows_its_password
from tenants.decorators import machine


class Answer(JsonResponse):
    """An answer with what the operator is told of it: which, and what was withheld if so."""

    verdict = seen.Verdict.ANSWERED
    withheld = ""


def answered(result: Any, **more: Any) -> HttpResponse:
    """Return a usable answer."""
    return Answer({"status": "success", "action": "continue", "result": result, **more})


def refused(result: Any = None, *, withheld: str = "") -> HttpResponse:
    """Return an answer that refuses: the address is ours, and closed.

    ``withheld`` says why, when it goes out in place of one that breaks the platform's rules.
    """
    answer: dict[str, Any] = {"status": "success", "action": "reject"}
    if result is not None:
        answer["result"] = result
    response = Answer(answer)
    response.verdict = seen.Verdict.REFUSED
    response.withheld = withheld
    return response


def not_ours() -> HttpResponse:
    """Return an answer that leaves the decision to the platform's own database."""
    response = Answer({"status": "failure"}, status=404)
    response.verdict = seen.Verdict.NOT_OURS
    return response


def policy[A: FromPlatform](
    ask: Callable[..., A | None],
) -> Callable[[Callable[[HttpRequest, A], HttpResponse]], Callable[..., HttpResponseBase]]:
    """Let a view answer the platform whose password the request shows, with what it asks of.

    ``ask`` gets the request, the platform's slug and what else the address holds, and returns
    what the database knows, or None for no such platform. Whoever shows no password or a
    wrong one gets 401, whatever they ask and whether or not the platform exists. A database
    that is down is told as 503 within milliseconds, so that the platform falls back.
    """

    def decorate(
        view: Callable[[HttpRequest, A], HttpResponse],
    ) -> Callable[..., HttpResponseBase]:
        @machine
        @wraps(view)
        def wrapper(request: HttpRequest, platform: str, **rest: str) -> HttpResponse:
            response = met(request, platform, **rest)
            # Django's line about each 404 would hold the address: a person's, often, and none
            # of ours. 404 is an answer here, and trouble has lines of its own.
            response._has_been_logged = True  # type: ignore[attr-defined]  # not in the stubs
            return response

        def met(request: HttpRequest, platform: str, **rest: str) -> HttpResponse:
            if request.method != "GET":
                return HttpResponse(status=405, headers={"Allow": "GET"})
            try:
                asked = ask(request, platform, **rest)
            except Unanswerable:
                return try_later()
            if not shows_its_password(asked, basic_credentials(request)):
                if asked is not None:
                    seen.note(platform, seen.What.WRONG_POLICY_PASSWORD)
                return unknown_caller("policy")
            assert asked is not None  # noqa: S101 - tells the type; the line above has seen to it
            response = not_ours() if asked.is_paused else view(request, asked)
            seen.note(platform, seen.What.ANSWER, getattr(response, "verdict", ""))
            if why := getattr(response, "withheld", ""):
                seen.note(platform, seen.What.WITHHELD, why)
            return response

        return wrapper

    return decorate
