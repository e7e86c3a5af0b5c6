#!/bin/sh
# The portal's own role and database: no superuser, so row-level security holds for it.
set -eu
psql -v ON_ERROR_STOP=1 -v password="$PORTAL_PASSWORD" -U "$POSTGRES_USER" <<'SQL'
CREATE ROLE videoportal LOGIN CREATEDB PASSWORD :'password';
CREATE DATABASE videoportal OWNER videoportal;
SQL
