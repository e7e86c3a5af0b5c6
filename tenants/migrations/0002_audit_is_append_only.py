"""The audit log is append-only in the database itself."""

from django.db import migrations

FORWARD = """
create function tenants_auditentry_refuse() returns trigger language plpgsql as $$
begin
    raise exception 'The audit log is append-only: % refused', tg_op
        using errcode = 'insufficient_privilege';
end
$$;
create trigger tenants_auditentry_append_only
    before update or delete on tenants_auditentry
    for each row execute function tenants_auditentry_refuse();
create trigger tenants_auditentry_no_truncate
    before truncate on tenants_auditentry
    for each statement execute function tenants_auditentry_refuse();
"""
BACKWARD = """
drop trigger tenants_auditentry_no_truncate on tenants_auditentry;
drop trigger tenants_auditentry_append_only on tenants_auditentry;
drop function tenants_auditentry_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
