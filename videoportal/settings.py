"""Settings, read from the environment alone; README lists each name.

Defaults are safe for production: nothing is debugged, cookies are secure, and the
process refuses to start without a secret key, an encryption key and a database.
"""

from pathlib import Path

import environ
from django.utils.csp import CSP
from redis.backoff import NoBackoff
from redis.retry import Retry

from tenants.oidc.configuration import read_providers
from videoportal.databases import MACHINE, connections
from videoportal.logs import logging_config
from videoportal.schedule import SCHEDULE

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()

SECRET_KEY: str = env.str("SECRET_KEY")
FIELD_ENCRYPTION_KEYS: list[str] = env.list("FIELD_ENCRYPTION_KEYS")
DEBUG: bool = env.bool("DEBUG", default=False)
DEMO: bool = env.bool("DEMO", default=False)
DEMO_PASSWORD: str = env.str("DEMO_PASSWORD", default="")
HTTPS: bool = env.bool("HTTPS", default=True)
BASE_URL: str = env.str("BASE_URL", default="http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# How rooms are reached. The phone number may be empty: the row is then left out.
JOIN_DOMAIN: str = env.str("JOIN_DOMAIN", default="join.videoportal.example")
JOIN_BASE_URL: str = env.str("JOIN_BASE_URL", default=f"https://{JOIN_DOMAIN}").rstrip("/")
JOIN_PHONE: str = env.str("JOIN_PHONE", default="")
JOIN_TEST_URL: str = env.str("JOIN_TEST_URL", default=f"{JOIN_BASE_URL}/test")
SUPPORT_EMAIL: str = env.str("SUPPORT_EMAIL", default="kundesenter@videoportal.example")
PRODUCT_NAME: str = env.str("PRODUCT_NAME", default="Videoportal")

# How long the provider's staff may stay in a customer's organisation at a time.
STAFF_MODE_MINUTES: int = env.int("STAFF_MODE_MINUTES", default=60)
# How long an access request waits for its confirmation.
ACCESS_REQUEST_DAYS: int = env.int("ACCESS_REQUEST_DAYS", default=14)
# How long a request, for access or for a room, waits for whoever decides; and how long one that
# gave no access is kept after that.
REQUEST_UNDECIDED_DAYS: int = env.int("REQUEST_UNDECIDED_DAYS", default=30)
REQUEST_KEPT_DAYS: int = env.int("REQUEST_KEPT_DAYS", default=180)

INSTALLED_APPS = [
    "tenants",
    "rooms",
    "endpoints",
    "videoportal.kit",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "django_filters",
    "django_htmx",
    "django_structlog",
    "django_tables2",
    "guardian",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "videoportal.middleware.NoStoreMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "tenants.middleware.SessionLimitMiddleware",
    "tenants.middleware.KnownBrowserMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "videoportal.middleware.ScopeMiddleware",
    "videoportal.middleware.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "videoportal.middleware.SignInRequiredMiddleware",
    "tenants.middleware.SecondFactorMiddleware",
    "videoportal.middleware.RequestLogMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "videoportal.middleware.AuditContextMiddleware",
]

ROOT_URLCONF = "videoportal.urls"
WSGI_APPLICATION = "videoportal.wsgi.application"
FORM_RENDERER = "videoportal.kit.forms.Renderer"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tenants.context.frame",
            ],
            "builtins": [
                "videoportal.kit.templatetags.kit",
                "django.templatetags.i18n",
            ],
        },
    }
]

DATABASES = connections(env)
MACHINE_DATABASE = MACHINE
# The same database as other roles (videoportal.kit.logins): its owner, for migrations, and the
# one that may delete what is old in the audit log. Web needs neither.
DATABASE_LOGINS = {
    role: env.db(name)
    for role, name in (("owner", "DATABASE_OWNER_URL"), ("purge", "DATABASE_PURGE_URL"))
    if env.str(name, default="")
}
AUDIT_RETENTION_DAYS: int = env.int("AUDIT_RETENTION_DAYS", default=730)
# How long calls are kept one by one; how much a room was used is told by sums.
CALL_LEG_DAYS: int = env.int("CALL_LEG_DAYS", default=90)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL: str = env.str("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": env.str("CACHE_PREFIX", default="portal"),
        "OPTIONS": {
            "socket_connect_timeout": 2,
            "socket_timeout": 2,
            # redis-py tries four times by itself, which is eight seconds when the store hangs.
            "retry": Retry(NoBackoff(), retries=1),
        },
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
# A session ends when it is not used for a while, and in any case after some hours.
SESSION_SECONDS = env.int("SESSION_SECONDS", default=8 * 3600)
SESSION_IDLE_SECONDS = env.int("SESSION_IDLE_SECONDS", default=3600)
SESSION_COOKIE_AGE = SESSION_SECONDS
SESSION_COOKIE_SECURE = HTTPS
# With this prefix a browser takes the cookie only over https and for this host alone.
COOKIE_PREFIX = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}portal_session"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}portal_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "videoportal.errors.csrf_failure"
# Says that somebody has signed in with this browser before; see tenants.limits.
KNOWN_BROWSER_COOKIE = f"{COOKIE_PREFIX}portal_known"
# The default keeps messages in a cookie of their own first; they may hold names.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
LANGUAGE_COOKIE_NAME = f"{COOKIE_PREFIX}portal_language"
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600

SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
X_FRAME_OPTIONS = "DENY"
if env.bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    # Designsystemet and portal.css draw icons as masks from data: addresses.
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "object-src": [CSP.NONE],
}

AUTH_USER_MODEL = "tenants.User"
AUTHENTICATION_BACKENDS = [
    "tenants.backends.AccessBackend",
    "tenants.backends.SignInBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "tenants.passwords.ContextWordsValidator"},
]
# How long having signed in, or confirmed it, counts before delicate steps.
REAUTHENTICATION_SECONDS = env.int("REAUTHENTICATION_SECONDS", default=600)
ACCOUNT_REAUTHENTICATION_TIMEOUT = REAUTHENTICATION_SECONDS
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "tenants:home"

GUARDIAN_MONKEY_PATCH_USER = False
ANONYMOUS_USER_NAME = None

# Sign-in through OpenID Connect (docs/oidc.md). allauth finds and signs in the person; the
# checks of the token, and who may be connected to whom, are in tenants.oidc.
OIDC_PROVIDERS = read_providers(env.ENVIRON)
SOCIALACCOUNT_ADAPTER = "tenants.oidc.adapter.SocialAdapter"
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {"provider_class": "tenants.oidc.provider.PortalProvider"}
}
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_AUTO_SIGNUP = False

ACCOUNT_ADAPTER = "tenants.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
ACCOUNT_FORMS = {
    "login": "tenants.forms.account.LoginForm",
    "signup": "tenants.forms.account.SignupForm",
    "reset_password": "tenants.forms.account.ResetPasswordForm",
    "reset_password_from_key": "tenants.forms.account.ResetPasswordKeyForm",
    "change_password": "tenants.forms.account.ChangePasswordForm",
    "add_email": "tenants.forms.account.AddEmailForm",
    "reauthenticate": "tenants.forms.account.ReauthenticateForm",
}

ACCOUNT_RATE_LIMITS = {
    # Many people of one hospital share an address on the internet.
    "login": "120/m/ip",
    "login_failed": "30/m/ip",
    # Of our own adapter and forms: from one place to one account, then from everywhere to it.
    "login_failed_here": "5/5m/key,20/h/key",
    "login_failed_anywhere": "100/h/key",
    "login_failed_known": "20/h/key",
    "second_factor_code": "5/5m/key,20/h/key",
}
# One address in front of the portal's own, or the header in which the proxy names the client.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int(
    "PROXY_COUNT", default=1 if env.bool("BEHIND_PROXY", default=False) else 0
)
ALLAUTH_TRUSTED_CLIENT_IP_HEADER = env.str("CLIENT_ADDRESS_HEADER", default="") or None

# Roles whose holders do nothing before they have given a second factor (tenants.roles.Role).
SECOND_FACTOR_REQUIRED_FOR: list[str] = env.list(
    "SECOND_FACTOR_REQUIRED_FOR",
    default=[] if DEMO else ["customer_admin", "reseller", "operator"],
)
MFA_ADAPTER = "tenants.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = PRODUCT_NAME
MFA_TOTP_TOLERANCE = 1
# Nobody signs in before the first address is confirmed; more may be added later.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_RATE_LIMITS = {"webauthn_login": "120/m/ip"}
MFA_FORMS = {
    "authenticate": "tenants.forms.second_factor.AuthenticateForm",
    "reauthenticate": "tenants.forms.second_factor.ReauthenticateForm",
    "login_webauthn": "tenants.forms.second_factor.PasskeySignInForm",
    "authenticate_webauthn": "tenants.forms.second_factor.PasskeyStepForm",
    "reauthenticate_webauthn": "tenants.forms.second_factor.PasskeyConfirmationForm",
}

# Invitations, accounts that nobody uses, and going through the members.
INVITATION_DAYS: int = env.int("INVITATION_DAYS", default=14)
INVITATION_KEPT_DAYS: int = env.int("INVITATION_KEPT_DAYS", default=60)
INACTIVE_MONTHS: int = env.int("INACTIVE_MONTHS", default=3)
# Days from the first warning to the second, to the third, and to the closing.
INACTIVE_STEPS: list[int] = env.list("INACTIVE_STEPS", cast=int, default=[14, 13, 1])
REVIEW_MONTHS: int = env.int("REVIEW_MONTHS", default=6)

MAILERS = {
    "default": {
        # The demo keeps a copy for the operator to read, and sends nothing.
        "BACKEND": env.str(
            "EMAIL_BACKEND",
            default=f"django.core.mail.backends.{'dummy' if DEMO else 'console'}.EmailBackend",
        ),
    }
}
if env.str("EMAIL_HOST", default=""):
    MAILERS["default"] = {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": env.str("EMAIL_HOST"),
            "port": env.int("EMAIL_PORT", default=587),
            "username": env.str("EMAIL_USER", default=""),
            "password": env.str("EMAIL_PASSWORD", default=""),
            "use_tls": env.bool("EMAIL_TLS", default=True),
            "timeout": 10,
        },
    }
DEFAULT_FROM_EMAIL = env.str("FROM_EMAIL", default=f"{PRODUCT_NAME} <{SUPPORT_EMAIL}>")

LANGUAGE_CODE = "nb"
LANGUAGES = [("nb", "Bokmål"), ("nn", "Nynorsk"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Oslo"

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("designsystemet", BASE_DIR / "node_modules/@digdir/designsystemet-css/dist"),
    (
        "designsystemet-web",
        BASE_DIR / "node_modules/@digdir/designsystemet-web/dist/umd",
    ),
    ("inter", BASE_DIR / "node_modules/@fontsource-variable/inter/files"),
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# Uploads: the import page tells the limit before it reads the file.
IMPORT_MAX_BYTES = env.int("IMPORT_MAX_BYTES", default=5 * 1024 * 1024)
DATA_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 12_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "videoportal.kit.uploads.LimitHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

LOGGING = logging_config(env.str("LOG_FORMAT", default="json"))
DJANGO_STRUCTLOG_CELERY_ENABLED = True

CELERY_BROKER_URL = REDIS_URL
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = 300
CELERY_TASK_TIME_LIMIT = 330
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "global_keyprefix": env.str("CELERY_PREFIX", default="portal-tasks:"),
    # The broker hands a task out again that has not been answered for so long: longer than any
    # task may last (tests/test_schedule.py), or two workers would do it.
    "visibility_timeout": 1800,
    # A web request must not hang on a broker that is down: the sweep sends it later.
    "socket_connect_timeout": 2,
    "socket_timeout": 5,
    "max_retries": 1,
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_max": 0.2,
}
CELERY_BEAT_SCHEDULE = SCHEDULE

DJANGO_TABLES2_TEMPLATE = "components/table.html"
SILENCED_SYSTEM_CHECKS = [
    "auth.W004",  # User.email is unique whatever its case: a constraint on Lower("email")
    "guardian.W001",  # AccessBackend answers has_perm; guardian's own asks the database each time
]
