"""What the platform asks about endpoints. Contract: docs/pexip.md, External policy."""

from __future__ import annotations

import structlog
from django.http import HttpRequest, HttpResponse

from endpoints.policy import answers, lookup
from endpoints.policy.lookup import Picturing, Registering, Searching
from endpoints.policy.pictures import LARGEST, SMALLEST, picture
from rooms.platforms.policy.addresses import plain_address
from rooms.platforms.policy.serving import answered, not_ours, policy, refused

log = structlog.get_logger(__name__)

# What the platform always asks for, and the most that it gets.
MOST = 10


def _registering(request: HttpRequest, platform: str, alias: str) -> Registering | None:
    return lookup.ask_registration(platform, plain_address(alias))


@policy(_registering)
def registration(request: HttpRequest, asked: Registering) -> HttpResponse:
    """Answer with which account the address may be registered, or that nobody may.

    The portal has the last word in the platform's own domain: an endpoint that is blocked,
    removed or unknown is refused, and not left to an older copy in the platform's database.
    """
    if not asked.is_in_our_domain:
        return not_ours()
    # Some nodes send the word with its quotation marks.
    by_sso = request.GET.get("auth_type", "").strip("\"' ").lower() == "sso"
    if asked.endpoint is None or by_sso:
        return refused({})
    result = answers.registration_result(asked.endpoint)
    if faults := answers.registration_faults(result):
        log.error("policy_answer_withheld", address=asked.address, faults=faults)
        return refused({}, withheld=f"{asked.address}: {'; '.join(faults)}")
    return answered(result)


def _searching(request: HttpRequest, platform: str) -> Searching | None:
    return lookup.ask_directory(
        platform,
        plain_address(request.GET.get("registration_alias", "")),
        request.GET.get("q", ""),
        _whole(request.GET.get("limit", ""), least=1, most=MOST) or MOST,
    )


@policy(_searching)
def directory(request: HttpRequest, asked: Searching) -> HttpResponse:
    """Answer with endpoints and rooms of the organisation whose endpoint searches.

    The platform's own names are everybody's, so it is told to leave them out, also when
    nothing is found.
    """
    result = answers.directory_result(asked)
    if faults := answers.directory_faults(result, MOST):
        log.error("policy_answer_withheld", lookup="directory", faults=faults)
        result = []
    return answered(result, ignore_local=True)


def _picturing(request: HttpRequest, platform: str, alias: str) -> Picturing | None:
    return lookup.ask_picture(platform, plain_address(alias))


@policy(_picturing)
def avatar(request: HttpRequest, asked: Picturing) -> HttpResponse:
    """Answer with a sign for an endpoint or room, in the size that was asked for."""
    width, height = (
        _whole(request.GET.get(side, ""), least=SMALLEST, most=LARGEST)
        for side in ("width", "height")
    )
    if not (asked.what and width and height):
        return not_ours()
    return HttpResponse(picture(asked.what, width, height), content_type="image/jpeg")


def _whole(written: str, *, least: int, most: int) -> int | None:
    """Return the number when it is one within the bounds."""
    if not (written.isascii() and written.isdigit() and len(written) < 6):
        return None
    return number if least <= (number := int(written)) <= most else None
