"""The portal's settings with what only tests need."""

import os

from scripts import services

services.for_tests()

from videoportal.settings import *  # noqa: E402, F403 - the environment comes first

# Each parallel worker has its own database and its own keys in the broker's store.
_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
CACHES["default"]["KEY_PREFIX"] = f"test-{_WORKER}"  # noqa: F405 - from the settings
# Emptying the cache empties a whole database of the store: each worker has its own.
_STORE = 1 + int("".join(filter(str.isdigit, _WORKER)) or 0) % 15
CACHES["default"]["LOCATION"] = f"{REDIS_URL.rpartition('/')[0]}/{_STORE}"  # noqa: F405 - from the settings
CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"] = f"test-{_WORKER}-tasks:"  # noqa: F405 - from the settings

# A test sees its own uncommitted rows, machines too.
MACHINE_DATABASE = "default"
del DATABASES["machine"]  # noqa: F405 - from the settings

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
# A test that wants the demo accounts says so.
DEMO = False
# pytest keeps what is logged and shows it for a test that fails; a second copy drowns it.
LOGGING["root"]["handlers"] = []  # noqa: F405 - from the settings
