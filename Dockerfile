# One image for web, worker and beat. Three stages: the look, the packages, what runs.
FROM node:22-bookworm-slim AS look
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM python:3.13-slim-bookworm AS packages
WORKDIR /app
COPY requirements/boot.lock requirements/production.lock requirements/
RUN python -m pip install --no-cache-dir --require-hashes -r requirements/boot.lock \
    && uv venv /opt/venv \
    && VIRTUAL_ENV=/opt/venv uv pip sync --no-cache --require-hashes requirements/production.lock

FROM python:3.13-slim-bookworm
# Pango draws the PDFs; DejaVu and Liberation cover Norwegian, Sami and most names.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
        fonts-dejavu-core fonts-liberation2 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin portal
WORKDIR /app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=videoportal.settings
COPY --from=packages /opt/venv /opt/venv
COPY --from=look /app/node_modules node_modules
COPY . .
# Settings ask for keys and addresses; none of these reaches the running container.
RUN python -m scripts.messages compile \
    && SECRET_KEY=only-while-building FIELD_ENCRYPTION_KEYS=none \
       DATABASE_URL=postgres://none@127.0.0.1/none REDIS_URL=redis://127.0.0.1/0 \
       python manage.py collectstatic --noinput -v 0
USER portal
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=6 \
    CMD ["python", "-m", "scripts.healthy"]
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", \
     "--blocking-threads", "4", "--respawn-failed-workers", "--workers-kill-timeout", "10", \
     "--log-level", "warning", "videoportal.wsgi:application"]
