"""What machines ask: one statement each, with the rights of whoever owns the function.

A platform asks for any room and tells of any room, so these two see every tenant; they give
out one room at one address, and take one delivery against the platform's own password.
"""

import django.db.models.deletion
from django.db import migrations, models

from videoportal.kit.policies import TenantPolicy

POLICY_ANSWER = """
create function rooms_policy_answer(asked_slug text, address text)
returns table (
    platform_state text, platform_policy_user text, platform_policy_password text,
    platform_callrate_hd integer, platform_callrate_fullhd integer,
    platform_themes jsonb, platform_media_locations jsonb,
    room_number text, room_name text, room_organisation_id bigint, room_public_id uuid,
    room_description text, room_owner_email text, room_guests_allowed boolean,
    room_host_pin text, room_guest_pin text, room_autolock boolean,
    room_participant_limit smallint, room_chat boolean, room_show_names boolean,
    room_guests_may_present boolean, room_layout text, room_theme text,
    room_closed_at timestamptz, room_quality text, room_service_type text
)
language sql stable security definer set search_path = public, pg_temp
as $$
    select
        p.state, p.policy_user, p.policy_password, p.callrate_hd, p.callrate_fullhd,
        p.themes, p.media_locations,
        r.number, r.name, r.organisation_id, r.public_id, r.description, r.owner_email,
        r.guests_allowed, r.host_pin, r.guest_pin, r.autolock, r.participant_limit, r.chat,
        r.show_names, r.guests_may_present, r.layout, r.theme, r.closed_at,
        r.quality, r.service_type
    from rooms_videoplatform p
    left join lateral (
        select room.*, product.quality, room_type.service_type
        from unnest(p.alias_patterns) as pattern
        cross join lateral (
            select replace(split_part(pattern, '{number}', 1), '{domain}', p.domain) as head,
                   replace(split_part(pattern, '{number}', 2), '{domain}', p.domain) as tail
        ) as cut
        join rooms_room room
          on room.number = substr(
                 address, length(head) + 1,
                 greatest(length(address) - length(head) - length(tail), 0))
         and room.platform_id = p.id
        join rooms_roomproduct product on product.id = room.product_id
        join rooms_roomtype room_type on room_type.id = product.room_type_id
        where starts_with(address, lower(head)) and right(address, length(tail)) = lower(tail)
        order by room.closed_at is not null, room.closed_at desc, room.id desc
        limit 1
    ) r on true
    where p.slug = asked_slug
$$
"""

SINK_ACCEPT = """
create function rooms_sink_accept(asked_slug text, given_user text, digest text, delivery bytea)
returns bigint
language sql volatile security definer set search_path = public, pg_temp
as $$
    insert into rooms_sinkdelivery (platform_id, body)
    select p.id, delivery from rooms_videoplatform p
    where p.slug = asked_slug and p.sink_user = given_user and p.sink_digest = digest
    returning id
$$
"""


class Migration(migrations.Migration):
    dependencies = [("rooms", "0005_platform_of_rooms")]

    operations = [
        TenantPolicy("rooms_callleg"),
        migrations.AlterField(
            model_name="room",
            name="platform",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="rooms.videoplatform",
            ),
        ),
        migrations.RunSQL(POLICY_ANSWER, "drop function rooms_policy_answer(text, text)"),
        migrations.RunSQL(SINK_ACCEPT, "drop function rooms_sink_accept(text, text, text, bytea)"),
    ]
