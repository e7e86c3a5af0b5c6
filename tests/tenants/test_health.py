"""/healthz: what it says when all is well and when a part is down."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

URL = "/healthz"


@pytest.mark.django_db
def test_healthy_portal_says_so_without_session_or_sign_in(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(0):  # is_usable() asks below what Django counts
        response = Client().get(URL)
    assert (response.status_code, response.json()) == (
        200,
        {"status": "ok", "database": "ok", "broker": "ok"},
    )
    assert response.cookies == {}
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
def test_health_is_told_over_plain_http(settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert Client().get("/profile/").status_code == 301
    assert Client().get(URL).json()["status"] == "ok"


@pytest.mark.django_db
def test_broker_down_is_named_and_nothing_else(settings: Settings) -> None:
    settings.CELERY_BROKER_URL = "redis://secret-host.invalid:1/0"
    response = Client().get(URL)
    assert (response.status_code, response.json()) == (
        503,
        {"status": "down", "database": "ok", "broker": "down"},
    )


@pytest.mark.django_db(transaction=True)
def test_database_down_is_named_and_nothing_else() -> None:
    connection.close()
    kept = connection.settings_dict["PORT"]
    connection.settings_dict["PORT"] = "1"
    try:
        response = Client().get(URL)
    finally:
        connection.settings_dict["PORT"] = kept
    assert (response.status_code, response.json()) == (
        503,
        {"status": "down", "database": "down", "broker": "ok"},
    )
