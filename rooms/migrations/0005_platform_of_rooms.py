"""Give the rooms that are there a platform, and auditoriums what the platform calls a lecture."""

import hashlib
import secrets
from typing import Any

from django.conf import settings
from django.db import migrations

ADAPTIVE = "five_mains_seven_pips"  # not for lectures: docs/pexip.md, Management API
INSTEAD = "one_main_seven_pips"


def give_platform(apps: Any, schema_editor: Any) -> None:
    rooms = apps.get_model("rooms", "Room")._base_manager
    if not rooms.exists():
        return
    events = secrets.token_urlsafe(32)
    platform = apps.get_model("rooms", "VideoPlatform").objects.create(
        slug="standard",
        name=settings.JOIN_DOMAIN,
        kind="simulator",
        is_default=True,
        domain=settings.JOIN_DOMAIN,
        join_url=settings.JOIN_BASE_URL,
        phone=settings.JOIN_PHONE,
        themes={"Pasient og behandler": "Pasient og behandler"},
        policy_user="policy",
        policy_password=secrets.token_urlsafe(32),
        sink_user="events",
        sink_password=events,
        sink_digest=hashlib.sha256(events.encode()).hexdigest(),
    )
    rooms.update(platform=platform)


def make_lectures(apps: Any, schema_editor: Any) -> None:
    for room_type in apps.get_model("rooms", "RoomType").objects.filter(code="auditorium"):
        room_type.service_type = "lecture"
        room_type.layouts = [layout for layout in room_type.layouts if layout != ADAPTIVE]
        room_type.save(update_fields=["service_type", "layouts"])
    apps.get_model("rooms", "Room")._base_manager.filter(
        product__room_type__code="auditorium", layout=ADAPTIVE
    ).update(layout=INSTEAD)


class Migration(migrations.Migration):
    dependencies = [("rooms", "0004_platforms")]

    operations = [
        migrations.RunPython(give_platform, migrations.RunPython.noop),
        migrations.RunPython(make_lectures, migrations.RunPython.noop),
    ]
