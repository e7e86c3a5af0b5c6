"""Functions with the owner's rights look among temporary tables last.

A path that does not name ``pg_temp`` begins with it: whoever may make a temporary view could put
one in a table's place, and what that view calls would run as the owner.
"""

from django.db import migrations

LAST = """
do $do$
declare
    found regprocedure;
begin
    for found in
        select oid from pg_proc
        where prosecdef and pronamespace = 'public'::regnamespace
          and proowner = current_user::regrole
          and not exists (
              select from unnest(proconfig) as setting
              where setting like 'search_path=%' and setting like '%, pg_temp')
    loop
        execute format(
            'alter function %s set search_path = pg_catalog, public, pg_temp', found);
    end loop;
end
$do$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("endpoints", "0003_directory_by_index"),
        ("rooms", "0016_parked_deliveries"),
        ("tenants", "0012_log_newest"),
    ]
    operations = [migrations.RunSQL(LAST, migrations.RunSQL.noop)]
