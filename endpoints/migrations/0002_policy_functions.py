"""What a platform asks about endpoints: one statement each, with the rights of the owner.

As ``rooms_policy_answer``, these see every tenant and give out little: one account at one
address, what an endpoint may find in its own organisation, or whether something is there.
"""

from django.db import migrations

from videoportal.kit.policies import TenantPolicy
from videoportal.kit.sorting import NorwegianOrder

# An address without a domain is meant at the platform's own.
WHOLE = "case when strpos({0}, '@') > 0 then {0} else {0} || '@' || lower(p.domain) end"
# The sort key of the models' indexes, so that they serve here too.
KEY = NorwegianOrder.template

REGISTRATION = f"""
create function endpoints_registration_answer(asked_slug text, address text)
returns table (
    platform_state text, platform_policy_user text, platform_policy_password text,
    platform_domain text, endpoint_username text, endpoint_password text
)
language sql stable security definer set search_path = public, pg_temp
as $$
    select p.state, p.policy_user, p.policy_password, p.domain, e.username, e.password
    from rooms_videoplatform p
    left join lateral (
        select endpoint.username, endpoint.password
        from endpoints_endpoint endpoint
        join tenants_organisation home on home.id = endpoint.organisation_id and home.is_active
        where endpoint.address = {WHOLE.format("$2")}
          and endpoint.platform_id = p.id
          and endpoint.removed_at is null and endpoint.state = 'active'
    ) e on true
    where p.slug = asked_slug
$$
"""  # noqa: S608 - words of ours alone

DIRECTORY = f"""
create function endpoints_directory_answer(
    asked_slug text, asking text, patterns text[], most integer
)
returns table (
    platform_state text, platform_policy_user text, platform_policy_password text,
    platform_domain text, platform_alias_patterns text[],
    entry_name text, entry_address text, entry_number text
)
language sql stable security definer set search_path = public, pg_temp
as $$
    select
        p.state, p.policy_user, p.policy_password, p.domain, p.alias_patterns::text[],
        found.name, found.address, found.number
    from rooms_videoplatform p
    left join lateral (
        select endpoint.id, endpoint.organisation_id
        from endpoints_endpoint endpoint
        join tenants_organisation home on home.id = endpoint.organisation_id and home.is_active
        where endpoint.address = {WHOLE.format("asking")}
          and endpoint.platform_id = p.id
          and endpoint.removed_at is null and endpoint.state = 'active'
    ) asker on true
    left join lateral (
        (
            select endpoint.name, endpoint.address, null::text as number,
                   {KEY % {"expressions": "endpoint.name"}} as key, endpoint.id
            from endpoints_endpoint endpoint
            where endpoint.organisation_id = asker.organisation_id
              and endpoint.platform_id = p.id
              and endpoint.removed_at is null and endpoint.state = 'active'
              and endpoint.in_directory and endpoint.id <> asker.id
              and {KEY % {"expressions": "endpoint.name || ' ' || endpoint.address"}}
                  like all (patterns)
            order by key, endpoint.id
            limit most
        )
        union all
        (
            select room.name, null, room.number,
                   {KEY % {"expressions": "room.name"}} as key, room.id
            from rooms_room room
            where room.organisation_id = asker.organisation_id
              and room.platform_id = p.id and room.closed_at is null
              and {KEY % {"expressions": "room.name || ' ' || room.number"}}
                  like all (patterns)
            order by key, room.id
            limit most
        )
        order by key, address nulls last, id
        limit most
    ) found on true
    where p.slug = asked_slug
    order by found.key, found.address nulls last, found.id
$$
"""  # noqa: S608 - words of ours alone

PICTURE = f"""
create function endpoints_picture_answer(asked_slug text, address text)
returns table (
    platform_state text, platform_policy_user text, platform_policy_password text, what text
)
language sql stable security definer set search_path = public, pg_temp
as $$
    select
        p.state, p.policy_user, p.policy_password,
        case
            when exists (
                select from endpoints_endpoint endpoint
                where endpoint.address = {WHOLE.format("$2")}
                  and endpoint.platform_id = p.id and endpoint.removed_at is null
            ) then 'endpoint'
            when exists (
                select from rooms_policy_answer(asked_slug, $2) answer
                where answer.room_number is not null and answer.room_closed_at is null
            ) then 'room'
            else ''
        end
    from rooms_videoplatform p
    where p.slug = asked_slug
$$
"""  # noqa: S608 - words of ours alone


class Migration(migrations.Migration):
    dependencies = [("endpoints", "0001_initial"), ("rooms", "0009_row_level_security")]

    operations = [
        TenantPolicy("endpoints_endpoint"),
        migrations.RunSQL(REGISTRATION, "drop function endpoints_registration_answer(text, text)"),
        migrations.RunSQL(
            DIRECTORY, "drop function endpoints_directory_answer(text, text, text[], integer)"
        ),
        migrations.RunSQL(PICTURE, "drop function endpoints_picture_answer(text, text)"),
    ]
