"""Model fields shared by the apps."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import FieldError
from django.db import models


class UnreadableSecret(RuntimeError):
    """A stored secret was encrypted with a key that this process does not have."""


@lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def cipher() -> MultiFernet:
    """Return the cipher for secrets at rest; the first key of the setting encrypts."""
    return _cipher(tuple(settings.FIELD_ENCRYPTION_KEYS))


def encrypt(text: str) -> str:
    """Return the token that stands in the database for ``text``; empty text stays empty."""
    return cipher().encrypt(text.encode()).decode() if text else ""


def decrypt(token: str) -> str:
    """Return the text behind a stored token.

    Raises :class:`UnreadableSecret` when no configured key fits.
    """
    if not token:
        return ""
    try:
        return cipher().decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise UnreadableSecret("No key in FIELD_ENCRYPTION_KEYS opens this secret.") from error


class Secret(str):
    """Text that does not show itself: ``repr`` is masked, so logs and traces stay clean.

    ``str(secret)`` is the text.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret('••••')" if self else "Secret('')"

    def __str__(self) -> str:
        return str.__str__(self)


if TYPE_CHECKING:
    TextField = models.TextField[Any, Any]
else:
    TextField = models.TextField


class EncryptedTextField(TextField):
    """Text that is encrypted at rest and decrypted on reading; it cannot be searched.

    Lists that do not show secrets should ``defer`` the field: each value costs a decryption.
    """

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return encrypt(str(value)) if value else value

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return Secret(decrypt(value)) if value else value

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name in {"isnull", "exact"}:
            return super().get_lookup(lookup_name)
        raise FieldError(f"{self.name} is encrypted and cannot be looked up with {lookup_name}.")
