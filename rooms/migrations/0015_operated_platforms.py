"""What the operator's pages show of a platform.

The event sink also tells when the platform exists and the password is wrong (-1), so that the
operator can be told; whoever sends it gets the same 401 as for a platform that does not exist.
"""

from django.db import migrations, models

SINK_ACCEPT = """
create or replace function rooms_sink_accept(
    asked_slug text, given_user text, digest text, delivery bytea
)
returns bigint
language sql volatile security definer set search_path = public, pg_temp
as $$
    with asked as (
        select p.id, p.sink_user = given_user and p.sink_digest = digest as is_right
        from rooms_videoplatform p
        where p.slug = asked_slug
    ), stored as (
        insert into rooms_sinkdelivery (platform_id, body)
        select asked.id, delivery from asked where asked.is_right
        returning id
    )
    select coalesce((select stored.id from stored), (select -1 from asked))
$$
"""
BEFORE = """
create or replace function rooms_sink_accept(
    asked_slug text, given_user text, digest text, delivery bytea
)
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
    dependencies = [
        ("rooms", "0014_calls_by_change"),
        ("tenants", "0011_access_request_states"),
    ]

    operations = [
        migrations.AddField(
            model_name="videoplatform",
            name="check_result",
            field=models.CharField(
                blank=True,
                choices=[
                    ("fine", "The platform answers, and the account may read rooms"),
                    ("password", "The platform does not accept the user name or the password"),
                    ("forbidden", "The account lacks the right to read rooms"),
                    ("name", "No server has that name"),
                    ("unreachable", "No connection"),
                    ("silent", "No answer in time"),
                    ("certificate", "The certificate is not trusted"),
                    ("other", "Something else than Pexip Infinity answers there"),
                    ("busy", "The platform is busy"),
                    ("fault", "The platform reports a fault of its own"),
                ],
                editable=False,
                max_length=11,
            ),
        ),
        migrations.AddField(
            model_name="videoplatform",
            name="check_words",
            field=models.TextField(blank=True, editable=False),
        ),
        migrations.AddField(
            model_name="videoplatform",
            name="checked_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="videoplatform",
            name="policy_user",
            field=models.CharField(max_length=60, verbose_name="user name for policy"),
        ),
        migrations.AlterField(
            model_name="videoplatform",
            name="sink_user",
            field=models.CharField(max_length=60, verbose_name="user name for events"),
        ),
        migrations.AddIndex(
            model_name="room",
            index=models.Index(
                condition=models.Q(("closed_at", None)),
                fields=["platform"],
                name="room_open_by_platform",
            ),
        ),
        migrations.AddIndex(
            model_name="room",
            index=models.Index(
                condition=models.Q(("provisioning__in", ["pending", "failed"])),
                fields=["platform", "provisioning"],
                name="room_not_ready_by_platform",
            ),
        ),
        migrations.RunSQL(SINK_ACCEPT, BEFORE),
    ]
