"""The portal's settings with what only tests need."""

import os

from cryptography.fernet import Fernet

os.environ.setdefault("SECRET_KEY", "only-for-tests-only-for-tests-only-for-tests-only-for-tests")
os.environ.setdefault("FIELD_ENCRYPTION_KEYS", Fernet.generate_key().decode())
os.environ.setdefault("LOG_FORMAT", "console")
os.environ["HTTPS"] = "off"

from videoportal.settings import *  # noqa: F403 - the environment comes first

# Each parallel worker has its own database and its own keys in the broker's store.
_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
CACHES["default"]["KEY_PREFIX"] = f"test-{_WORKER}"  # noqa: F405 - from the settings
CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"] = f"test-{_WORKER}-tasks:"  # noqa: F405 - from the settings

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
