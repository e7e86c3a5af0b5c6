"""Celery's side of tenants."""

from celery import shared_task

from tenants import actions
from tenants.mail.tasks import send_mail

__all__ = ["end_staff_sessions", "send_mail"]


@shared_task(name="tenants.end_staff_sessions")
def end_staff_sessions() -> int:
    """Write the end of staff stays whose time is over; they lost their rights when it was."""
    return actions.end_staff_sessions_that_ran_out()
