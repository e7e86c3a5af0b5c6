"""Comparisons look at devices too, and a delivery kept aside says what went wrong."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("rooms", "0017_functions_look_in_temp_last"),
        ("tenants", "0012_log_newest"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="platformdifference", name="difference_by_kind"),
        migrations.AddField(
            model_name="platformcomparison",
            name="devices",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="platformdifference",
            name="thing",
            field=models.CharField(
                choices=[("room", "Room"), ("device", "Device")], default="room", max_length=6
            ),
        ),
        migrations.AddField(
            model_name="sinkdelivery",
            name="parked_for",
            field=models.CharField(blank=True, db_default="", max_length=80),
        ),
        migrations.AddIndex(
            model_name="platformdifference",
            index=models.Index(
                fields=["comparison", "-thing", "kind", "name"], name="difference_by_thing"
            ),
        ),
    ]
