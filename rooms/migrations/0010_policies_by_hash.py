"""Policies that look a row up in a hash, and rooms by owner found by their index."""

from django.db import migrations

from videoportal.kit.policies import in_scope_sql

COLUMN = "organisation_id"
ALTER = f"""
do $do$
declare
    secured regclass;
    condition text;
begin
    for secured in select polrelid::regclass from pg_policy where polname = 'tenant' loop
        condition := replace(
            $sql${in_scope_sql(COLUMN)}$sql$, '{COLUMN}',
            case when secured = 'tenants_organisation'::regclass then 'id' else '{COLUMN}' end);
        execute format(
            'alter policy tenant on %s using (%s) with check (%s)', secured, condition, condition);
    end loop;
end
$do$;
"""  # noqa: S608 - our own condition

ON_ADDRESSES = """
create function rooms_on_addresses(addresses text[]) returns bigint[]
language sql stable security definer set search_path = pg_catalog, public as $$
    select array(select id from rooms_room where lower(owner_email) = any(addresses))
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("rooms", "0009_row_level_security")]
    operations = [
        migrations.RunSQL(ALTER, migrations.RunSQL.noop),
        migrations.RunSQL(ON_ADDRESSES, "drop function rooms_on_addresses(text[])"),
    ]
