"""Composition root: settings, addresses, Celery. Imported by no app."""

from videoportal.celery import app as celery_app

__all__ = ["celery_app"]
