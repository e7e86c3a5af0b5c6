from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("rooms", "0002_list_order_indexes"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="roomproduct",
            options={
                "default_permissions": (),
                "ordering": ("room_type__position", "-quality", "id"),
            },
        ),
        migrations.RemoveIndex(
            model_name="room",
            name="room_by_order_date",
        ),
    ]
