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


def test_no_task_outlasts_the_time_after_which_the_broker_hands_it_out_again() -> None:
    app.loader.import_default_modules()
    waits = app.conf.broker_transport_options["visibility_timeout"]
    ours = {
        name: task.time_limit or app.conf.task_time_limit
        for name, task in app.tasks.items()
        if name.startswith(("rooms.", "tenants."))
    }
    assert len(ours) > 10
    assert {name for name, limit in ours.items() if limit >= waits} == set()
