"""The database shows each tenant's rows in the scope of their organisation alone."""

from django.db import migrations

from videoportal.kit.policies import TenantPolicy

# What tenants.access says in Python, once more and independently: the active organisations in
# which the person holds a role, their clients where the role is a reseller's, and the one that
# an operator is in through staff mode. Run as the owner, who is not held back by policies.
REACH = """
create function tenants_role_reach(person bigint, moment timestamptz) returns bigint[]
language plpgsql stable security definer set search_path = pg_catalog, public as $$
begin
    return array(
        with held as (
            select role.organisation_id as id,
                bool_or(coalesce(permission.codename = 'administer_clients', false)) as reseller,
                bool_or(coalesce(permission.codename = 'operate_platform', false)) as operator
            from tenants_user member
            join tenants_user_groups membership on membership.user_id = member.id
            join tenants_rolegroup role on role.group_id = membership.group_id
            join tenants_organisation home on home.id = role.organisation_id and home.is_active
            left join tenants_organisationgroupgrant held
                on held.group_id = role.group_id and held.content_object_id = home.id
            left join auth_permission permission on permission.id = held.permission_id
            where member.id = person and member.is_active
            group by role.organisation_id
        )
        select id from held
        union
        select client.id from held
        join tenants_organisation client on client.reseller_id = held.id and client.is_active
        where held.reseller
        union
        select stay.organisation_id from tenants_staffsession stay
        join tenants_organisation visited on visited.id = stay.organisation_id and visited.is_active
        where stay.operator_id = person and stay.ended_at is null and stay.ends_at > moment
            and exists (select from held where held.operator)
        order by 1
    );
end
$$;

-- Apps above add what they know of: see rooms.
create function tenants_reach(person bigint, moment timestamptz) returns bigint[]
language sql stable security definer set search_path = pg_catalog, public as $$
    select tenants_role_reach(person, moment)
$$;

-- Whose name is shown beside one's own: the resellers, past ones too, and the parent.
create function tenants_kin(ids bigint[]) returns bigint[]
language sql stable security definer set search_path = pg_catalog, public as $$
    select array(
        select reseller_id from tenants_organisation where id = any(ids) and reseller_id is not null
        union
        select parent_id from tenants_organisation where id = any(ids) and parent_id is not null
        union
        select reseller_id from tenants_resellerconnection where organisation_id = any(ids)
    )
$$;
"""
NO_REACH = """
drop function tenants_kin(bigint[]);
drop function tenants_reach(bigint, timestamptz);
drop function tenants_role_reach(bigint, timestamptz);
"""

KIN = """
id = any((select tenants_kin(
    nullif(current_setting('app.org_ids', true), '')::bigint[]))::bigint[])
"""

# Since when entries are kept. tenants.retention puts the setting in its place.
RETENTION = """
create function tenants_audit_kept_since() returns timestamptz
language sql stable set search_path = pg_catalog, public as $$
    select now() - interval '730 days'
$$;

create or replace function tenants_auditentry_refuse() returns trigger
language plpgsql set search_path = pg_catalog, public as $$
begin
    -- Not the owner: only a role that was given the right to delete, and only what is old.
    if tg_op = 'DELETE' and tg_level = 'ROW' then
        if old.at < tenants_audit_kept_since() and current_user <> (
            select pg_get_userbyid(relowner) from pg_class where oid = tg_relid
        ) then
            return old;
        end if;
    end if;
    raise exception 'The audit log is append-only: % refused', tg_op
        using errcode = 'insufficient_privilege';
end
$$;
"""
NO_RETENTION = """
create or replace function tenants_auditentry_refuse() returns trigger language plpgsql as $$
begin
    raise exception 'The audit log is append-only: % refused', tg_op
        using errcode = 'insufficient_privilege';
end
$$;
drop function tenants_audit_kept_since();
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0008_log_indexes")]
    operations = [
        migrations.RunSQL(REACH, NO_REACH),
        migrations.RunSQL(RETENTION, NO_RETENTION),
        TenantPolicy("tenants_organisation", column="id", visible=KIN),
        TenantPolicy("tenants_rolegroup"),
        TenantPolicy("tenants_auditentry"),
        TenantPolicy("tenants_job"),
        TenantPolicy("tenants_staffsession"),
        TenantPolicy("tenants_accessrequest"),
        TenantPolicy("tenants_invitation"),
        TenantPolicy("tenants_resellerconnection"),
        TenantPolicy("tenants_memberreview"),
        TenantPolicy("tenants_memberreviewanswer"),
    ]
