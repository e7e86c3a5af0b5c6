#!/bin/sh
# The portal's own roles and database. None is a superuser, so row-level security holds; web owns
# nothing, so it can change no table. May be run again, on a database that is there already:
# docker compose exec db sh /docker-entrypoint-initdb.d/role.sh
set -eu
psql -v ON_ERROR_STOP=1 -U "${POSTGRES_USER:-postgres}" -d postgres \
    -v owner="$OWNER_PASSWORD" -v web="$WEB_PASSWORD" -v purge="$PURGE_PASSWORD" <<'SQL'
SELECT format('CREATE ROLE %I', name)
FROM unnest(ARRAY['videoportal', 'videoportal_web', 'videoportal_purge']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
ALTER ROLE videoportal LOGIN PASSWORD :'owner';
ALTER ROLE videoportal_web LOGIN PASSWORD :'web';
ALTER ROLE videoportal_purge LOGIN PASSWORD :'purge';
SELECT 'CREATE DATABASE videoportal OWNER videoportal'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'videoportal') \gexec
SQL
