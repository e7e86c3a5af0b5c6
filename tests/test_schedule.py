"""The schedule and the tasks that it starts."""

from __future__ import annotations

import inspect

from django.conf import settings

from videoportal.celery import app


def test_schedule_starts_every_task_that_finds_its_own_work_and_nothing_else() -> None:
    app.loader.import_default_modules()
    finding_work = {
        name
        for name, task in app.tasks.items()
        if name.startswith(("rooms.", "tenants.")) and not inspect.signature(task.run).parameters
    }
    scheduled = [entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()]
    assert sorted(scheduled) == sorted(finding_work)


def test_schedule_is_by_the_clock_in_norway() -> None:
    assert app.conf.timezone == "Europe/Oslo"
