"""The directory searched by index: a word that few or none have took a quarter of a second.

``first`` is the longest word's pattern, for the indexes. With force_custom_plan each search is
planned for its words: by index for rare ones, in the order of names for common ones.
"""

import django.contrib.postgres.indexes
import django.db.models.functions.text
from django.db import migrations, models

from videoportal.kit.sorting import NorwegianOrder

# An address without a domain is meant at the platform's own.
WHOLE = "case when strpos({0}, '@') > 0 then {0} else {0} || '@' || lower(p.domain) end"
# The sort key of the models' indexes, so that they serve here too.
KEY = NorwegianOrder.template

DIRECTORY = f"""
create function endpoints_directory_answer(
    asked_slug text, asking text, first text, patterns text[], most integer
)
returns table (
    platform_state text, platform_policy_user text, platform_policy_password text,
    platform_domain text, platform_alias_patterns text[],
    entry_name text, entry_address text, entry_number text
)
language sql stable security definer set search_path = public, pg_temp
set plan_cache_mode = force_custom_plan
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
              and (upper(endpoint.name) like first or upper(endpoint.address) like first)
              and upper(endpoint.name || ' ' || endpoint.address) like all (patterns)
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
              and (upper(room.name) like first or upper(room.number) like first)
              and upper(room.name || ' ' || room.number) like all (patterns)
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


class Migration(migrations.Migration):
    dependencies = [
        ("endpoints", "0002_policy_functions"),
        ("rooms", "0012_outbox"),
        ("tenants", "0011_access_request_states"),
    ]

    operations = [
        migrations.RunSQL(
            "drop function endpoints_directory_answer(text, text, text[], integer)",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            DIRECTORY, "drop function endpoints_directory_answer(text, text, text, text[], integer)"
        ),
        migrations.AddIndex(
            model_name="endpoint",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("name"), "gin_trgm_ops"
                ),
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("address"), "gin_trgm_ops"
                ),
                condition=models.Q(("removed_at__isnull", True)),
                name="endpoint_search",
            ),
        ),
    ]
