"""The database shows rooms in the scope of their organisation alone, to their owners too."""

from django.db import migrations

from videoportal.kit.policies import TenantPolicy

REACH = """
create function rooms_own_reach(person bigint) returns bigint[]
language plpgsql stable security definer set search_path = pg_catalog, public as $$
begin
    return array(
        select distinct room.organisation_id
        from rooms_roomusergrant held
        join rooms_room room on room.id = held.content_object_id
        join tenants_organisation home on home.id = room.organisation_id and home.is_active
        join tenants_user member on member.id = held.user_id and member.is_active
        where held.user_id = person
    );
end
$$;

create or replace function tenants_reach(person bigint, moment timestamptz) returns bigint[]
language sql stable security definer set search_path = pg_catalog, public as $$
    select array(
        select unnest(tenants_role_reach(person, moment)) union select unnest(rooms_own_reach(person))
        order by 1
    )
$$;
"""
NO_REACH = """
create or replace function tenants_reach(person bigint, moment timestamptz) returns bigint[]
language sql stable security definer set search_path = pg_catalog, public as $$
    select tenants_role_reach(person, moment)
$$;
drop function rooms_own_reach(bigint);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("rooms", "0008_room_requests"),
        ("tenants", "0009_row_level_security"),
    ]
    operations = [
        migrations.RunSQL(REACH, NO_REACH),
        TenantPolicy("rooms_room"),
        TenantPolicy("rooms_roomsubscription"),
        TenantPolicy("rooms_roomimport"),
        TenantPolicy("rooms_roomrequest"),
    ]
