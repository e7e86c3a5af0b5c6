"""docs/permissions.md says what the code says."""

from __future__ import annotations

from tenants.management.commands import show_permissions


def test_document_is_current() -> None:
    assert show_permissions.PATH.read_text() == show_permissions.document(), (
        "run manage.py show_permissions"
    )
