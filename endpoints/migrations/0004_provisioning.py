"""Each endpoint tells what the platform has made of it, as rooms do."""

from django.db import migrations, models

# What waits in the outbox is not ready; the rest the platform has taken, or asks for.
TAKE_OVER = """
update endpoints_endpoint endpoint
set provisioning = case when entry.parked_at is null then 'pending' else 'failed' end,
    provisioning_error = entry.reason
from rooms_outboxentry entry
where entry.kind = 'device' and entry.key = endpoint.public_id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("endpoints", "0003_directory_by_index"),
        ("rooms", "0017_functions_look_in_temp_last"),
        ("tenants", "0012_log_newest"),
    ]

    operations = [
        migrations.AddField(
            model_name="endpoint",
            name="provisioned_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="endpoint",
            name="provisioning",
            field=models.CharField(
                choices=[("pending", "Pending"), ("ready", "Ready"), ("failed", "Failed")],
                default="ready",
                editable=False,
                max_length=7,
            ),
        ),
        migrations.AddField(
            model_name="endpoint",
            name="provisioning_error",
            field=models.TextField(blank=True, editable=False),
        ),
        migrations.AddIndex(
            model_name="endpoint",
            index=models.Index(
                condition=models.Q(
                    ("removed_at__isnull", True),
                    models.Q(("provisioning", "ready"), _negated=True),
                ),
                fields=["organisation"],
                name="endpoint_not_ready",
            ),
        ),
        migrations.RunSQL(TAKE_OVER, migrations.RunSQL.noop),
    ]
