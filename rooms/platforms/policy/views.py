"""What the platform asks about rooms. Contract: docs/pexip.md, External policy."""

from __future__ import annotations

import structlog
from django.http import HttpRequest, HttpResponse

from rooms.platforms.policy import answers, lookup
from rooms.platforms.policy.addresses import plain_address
from rooms.platforms.policy.lookup import Asked
from rooms.platforms.policy.serving import Answer, answered, not_ours, policy, refused
from rooms.platforms.policy.validity import service_faults

log = structlog.get_logger(__name__)

CLOSED = "The room is closed."


def _room_called(request: HttpRequest, platform: str) -> Asked | None:
    return lookup.ask(platform, plain_address(request.GET.get("local_alias", "")))


@policy(_room_called)
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
        return refused(withheld=f"{asked.room['number']}: {'; '.join(faults)}")
    return answered(result)


@policy(_room_called)
def participant_properties(request: HttpRequest, asked: Asked) -> HttpResponse:
    """Answer what a participant may do in the room."""
    if asked.room is None:
        return not_ours()
    if asked.is_closed:
        return refused({"reject_reason": CLOSED})
    return answered(answers.participant_result(asked))


@policy(_room_called)
def media_location(request: HttpRequest, asked: Asked) -> HttpResponse:
    """Answer through which location media goes; left to the platform where nothing is set."""
    result = answers.location_result(asked, request.GET.get("location", ""))
    if result is None or asked.room is None:
        return not_ours()
    return Answer({"status": "success", "result": result})
