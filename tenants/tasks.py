"""Celery's side of tenants."""

from celery import shared_task

from tenants import actions
from tenants.mail.tasks import send_mail

__all__ = ["end_staff_sessions", "expire_access_requests", "send_mail"]


@shared_task(name="tenants.end_staff_sessions")
def end_staff_sessions() -> int:
    """Write the end of staff stays whose time is over; they lost their rights when it was."""
    return actions.end_staff_sessions_that_ran_out()


@shared_task(name="tenants.expire_access_requests")
def expire_access_requests() -> int:
    """Close the requests that nobody confirmed in time."""
    return actions.expire_requests()
