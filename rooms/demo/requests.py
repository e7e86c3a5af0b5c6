"""Access requests of the small demo data: one that waits for its approver, one for the provider."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from rooms.demo.people import SOLVFJORD
from tenants import actions, audit
from tenants.models import AccessRequest, User, request_link_hash

# A municipality that is no customer yet.
HAUGVIK = "315337186"
WAITING = {
    "organisation_number": SOLVFJORD,
    "organisation_name": "Sølvfjord helseforetak",
    "approver_name": "Marit Solheim",
    "approver_email": "marit.solheim@solvfjord.example",
    "approver_capacity": "contact",
    "message": "Jeg tar over ansvaret for møterommene på Fysio og ergo når Jørgen slutter.",
}
CONFIRMED = {
    "organisation_number": HAUGVIK,
    "organisation_name": "Haugvik kommune",
    "approver_name": "Torhild Haugvik",
    "approver_email": "torhild.haugvik@haugvik.example",
    "approver_capacity": "signatory",
    "message": "Vi vil samle møterommene til hjemmetjenesten ett sted.",
}


def make_requests(people: dict[str, User]) -> None:
    """Send the two requests, unless their applicants have sent any."""
    if applicant := _new(people["Marte Gjelsvik"]):
        request = _send(applicant, CONFIRMED, minutes_ago=50)
        # The demo answers in the approver's place, with a key of its own that is used up here.
        request.link_hash = request_link_hash("demo", request.public_id, request.approver_email)
        request.save(update_fields=["link_hash"])
        actions.answer_request(
            request.public_id,
            "demo",
            name=CONFIRMED["approver_name"],
            capacity=CONFIRMED["approver_capacity"],
            confirms=True,
            by=None,
        )
    if applicant := _new(people["Håkon Østby"]):
        _send(applicant, WAITING, minutes_ago=20)


def _new(person: User) -> User | None:
    return None if AccessRequest.objects.sent_by(person).exists() else person


def _send(applicant: User, values: dict[str, str], *, minutes_ago: int) -> AccessRequest:
    moment = timezone.now() - timedelta(minutes=minutes_ago)
    token = audit.happened_at.set(moment)
    try:
        request = actions.send_request(
            by=applicant, email=applicant.email, is_contact=False, **values
        )
    finally:
        audit.happened_at.reset(token)
    request.created_at = moment
    request.save(update_fields=["created_at"])
    return request
