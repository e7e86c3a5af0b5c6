"""What the platforms are still to be told, in rows; rooms that wait already get theirs."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from videoportal.kit.policies import TenantPolicy

WAITING = """
insert into rooms_outboxentry (
    kind, key, platform_id, organisation_id, ticket, adopts, in_bulk, attempts, queued_at, due_at,
    reason
)
select 'room', public_id, platform_id, organisation_id, gen_random_uuid(), '', true, 0, changed_at,
    now(), ''
from rooms_room where provisioning = 'pending'
"""


class Migration(migrations.Migration):
    dependencies = [
        ("rooms", "0011_room_facts"),
        ("tenants", "0009_row_level_security"),
    ]

    operations = [
        migrations.CreateModel(
            name="OutboxEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("room", "Room"), ("device", "Device")], max_length=6
                    ),
                ),
                ("key", models.UUIDField()),
                ("ticket", models.UUIDField(default=uuid.uuid4)),
                ("adopts", models.CharField(blank=True, max_length=200)),
                ("in_bulk", models.BooleanField(default=False)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("queued_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("parked_at", models.DateTimeField(null=True)),
                ("reason", models.TextField(blank=True)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="PlatformContact",
            fields=[
                (
                    "platform",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="contact",
                        serialize=False,
                        to="rooms.videoplatform",
                    ),
                ),
                ("resting_until", models.DateTimeField(null=True)),
                ("rests", models.PositiveSmallIntegerField(default=0)),
                (
                    "failed",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), default=list
                    ),
                ),
                ("reason", models.TextField(blank=True)),
                ("silent_since", models.DateTimeField(null=True)),
                ("answered_at", models.DateTimeField(null=True)),
                ("history_read_to", models.DateTimeField(null=True)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.RemoveIndex(
            model_name="room",
            name="room_waiting_for_platform",
        ),
        migrations.AddField(
            model_name="outboxentry",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="tenants.organisation",
            ),
        ),
        migrations.AddField(
            model_name="outboxentry",
            name="platform",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="rooms.videoplatform",
            ),
        ),
        migrations.AddIndex(
            model_name="outboxentry",
            index=models.Index(
                condition=models.Q(("parked_at__isnull", True)),
                fields=["platform", "in_bulk", "due_at"],
                name="outbox_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="outboxentry",
            constraint=models.UniqueConstraint(
                fields=("kind", "key"), name="one_outbox_entry_per_thing"
            ),
        ),
        TenantPolicy("rooms_outboxentry"),
        migrations.RunSQL(WAITING, migrations.RunSQL.noop),
    ]
