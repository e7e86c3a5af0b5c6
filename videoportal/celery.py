"""The Celery application; the schedule, for one beat process, stands beside it."""

import os
from typing import Any

from celery import Celery
from celery.contrib.django.task import DjangoTask
from django_structlog.celery.steps import DjangoStructLogInitStep

from videoportal.kit.scope import closed

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "videoportal.settings")


class PortalTask(DjangoTask):
    """A task that begins in nobody's scope, whatever ran in the process before it."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with closed():
            return super().__call__(*args, **kwargs)


app = Celery("videoportal", task_cls=PortalTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.steps["worker"].add(DjangoStructLogInitStep)
app.autodiscover_tasks()
