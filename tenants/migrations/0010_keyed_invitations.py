"""Keys what is stored of the links of invitations; open ones stay good."""

from typing import Any

from django.db import migrations

from videoportal.kit.links import link_hash


def key_hashes(apps: Any, schema_editor: Any) -> None:
    invitations = apps.get_model("tenants", "Invitation")._base_manager
    rows = list(invitations.only("pk", "token_hash"))
    for row in rows:
        row.token_hash = link_hash("tenants.invitation", row.token_hash)
    invitations.bulk_update(rows, ["token_hash"], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("tenants", "0009_row_level_security")]

    # There is no way back from a keyed hash; invitations that are open then must be sent again.
    operations = [migrations.RunPython(key_hashes, migrations.RunPython.noop, elidable=True)]
