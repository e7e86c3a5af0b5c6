"""Comparisons of platforms with the portal."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from videoportal.kit.policies import TenantPolicy


class Migration(migrations.Migration):
    dependencies = [
        ("rooms", "0012_outbox"),
        ("tenants", "0011_access_request_states"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PlatformComparison",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("started_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("finished_at", models.DateTimeField(null=True)),
                ("conferences", models.PositiveIntegerField(default=0)),
                ("failure", models.TextField(blank=True)),
                (
                    "platform",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="comparisons",
                        to="rooms.videoplatform",
                    ),
                ),
                (
                    "started_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="PlatformDifference",
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
                        choices=[
                            ("missing", "Missing on the platform"),
                            ("changed", "Different on the platform"),
                            ("leftover", "Closed here, still on the platform"),
                            ("double", "There twice"),
                            ("foreign", "Not made by the portal"),
                        ],
                        max_length=8,
                    ),
                ),
                ("name", models.CharField(max_length=250)),
                ("uri", models.CharField(blank=True, max_length=200)),
                ("tag", models.CharField(blank=True, max_length=250)),
                ("key", models.UUIDField(null=True)),
                ("fields", models.JSONField(default=dict)),
                ("missing_aliases", models.JSONField(default=list)),
                ("foreign_aliases", models.JSONField(default=list)),
                ("repaired_at", models.DateTimeField(null=True)),
                (
                    "comparison",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="differences",
                        to="rooms.platformcomparison",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenants.organisation",
                    ),
                ),
                (
                    "room",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="rooms.room",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "indexes": [
                    models.Index(fields=["comparison", "kind", "name"], name="difference_by_kind")
                ],
            },
        ),
        TenantPolicy("rooms_platformdifference"),
    ]
