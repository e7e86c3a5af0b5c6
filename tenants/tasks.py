"""Celery's side of tenants."""

from tenants.mail.tasks import send_mail

__all__ = ["send_mail"]
