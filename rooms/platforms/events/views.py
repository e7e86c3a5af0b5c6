"""The event sink's address. Contract: docs/pexip.md, Event sinks."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse

from rooms.platforms.events.inbox import accept
from rooms.platforms.machines import Unanswerable, basic_credentials, try_later, unknown_caller
from tenants.decorators import machine

# A bulk delivery of an hour's queue is some megabytes; more than this is no event.
LARGEST = 32 * 1024 * 1024


@machine
def event_sink(request: HttpRequest, platform: str) -> HttpResponse:
    """Store the delivery as it came and answer 200; what it means is found out later.

    Only what is not JSON is refused: a node that is refused again and again falls silent.
    While the database is down the answer is 503, and the node keeps its queue.
    """
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    given = basic_credentials(request)
    if given is None:
        return unknown_caller("events")
    # Not request.body: Django's limit for forms is lower than a node's queue may be.
    body = request.read(LARGEST + 1)
    if len(body) > LARGEST:
        return HttpResponse(status=413)
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return HttpResponse(status=400)
    try:
        stored = accept(platform, *given, body)
    except Unanswerable:
        return try_later()
    return HttpResponse() if stored else unknown_caller("events")
