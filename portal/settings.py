"""One settings module, read from the environment only (docs/adr/0001)."""

import os
from pathlib import Path
from urllib.parse import urlsplit

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.management.utils import get_random_secret_key
from django.utils.translation import gettext_lazy as _

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent
STATE = Path(env.str("PORTAL_STATE", default=str(BASE_DIR / "var"))).resolve()
TESTING = env.bool("PORTAL_TESTING", default=False)
DEMO = env.bool("PORTAL_DEMO", default=False)
PORT = env.int("PORT", default=8000)
PORTAL_URL = env.str("PORTAL_URL", default=f"http://localhost:{PORT}").rstrip("/")
_url = urlsplit(PORTAL_URL)
SECURE = _url.scheme == "https"


def _secret_key():
    """The given key, else one made once and kept with the state so that sign-ins survive a restart."""
    if key := env.str("SECRET_KEY", default=""):
        return key
    path = STATE / "secret-key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text()
        with os.fdopen(descriptor, "w") as stream:
            stream.write(get_random_secret_key())
    return path.read_text()


SECRET_KEY = _secret_key()
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
DEBUG = False
ALLOWED_HOSTS = [_url.hostname] + (["127.0.0.1", "localhost"] if DEMO or TESTING else [])
CSRF_TRUSTED_ORIGINS = [PORTAL_URL]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "pgtrigger",
    "pghistory",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "crispy_forms",
    "crispy_forms_gds",
    "corsheaders",
    "csp",
    "django_htmx",
    "ninja",
    "portal",
    "documents",
    "notifications",
    "organisations",
    "programmes",
    "accounts",
    "network",
    "eligibility",
    "applications",
    "diagnostics",
    "funding",
    "casework",
    "reporting",
    "demo",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.middleware.request_id",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.middleware.audit_context",
    "portal.middleware.private_pages",
    "portal.words.kept_words",
    "accounts.middleware.staff_second_factor",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

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
                "portal.context.frame",
            ],
        },
    }
]

# --- Data ---------------------------------------------------------------------------------------
DATABASES = {"default": env.db("DATABASE_URL", default="postgresql://portal@/portal?host=/tmp")}
DATABASES["default"]["CONN_MAX_AGE"] = 0 if TESTING else 60
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# A socket has two spellings: unix:// for redis-py and the cache, redis+socket:// for Celery.
REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
_worker = env.str("PYTEST_XDIST_WORKER", default="")
_redis_number = int(_worker.removeprefix("gw")) + 1 if _worker else None


def _redis(url, *, celery=False):
    """`url` for this process: its own number for each test worker, in Celery's spelling when asked."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        number = _redis_number if _redis_number is not None else int(parts.query.removeprefix("db=") or 0)
        return f"redis+socket://{parts.path}?virtual_host={number}" if celery else f"unix://{parts.path}?db={number}"
    return url if _redis_number is None else f"{parts.scheme}://{parts.netloc}/{_redis_number}"


CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": _redis(REDIS_URL)}}
SESSION_ENGINE = "django.contrib.sessions.backends.db"  # Redis may be flushed; sign-ins and half-filled forms may not

MEDIA_ROOT = Path(env.str("PORTAL_MEDIA", default=str(STATE / "media")))
FILE_UPLOAD_PERMISSIONS = 0o600
UPLOAD_LIMIT = 10 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["documents.receiving.LimitedHandler"]
DATA_UPLOAD_MAX_NUMBER_FILES = 10
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
# The virus scanner: the path of its Unix socket, or host:port. Without one, files say that nobody has scanned them.
CLAMAV_SOCKET = env.str("CLAMAV_SOCKET", default="")

# --- Celery -------------------------------------------------------------------------------------
CELERY_BROKER_URL = _redis(REDIS_URL, celery=True)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SOFT_TIME_LIMIT = 90
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Three queues: `celery` for mails and small things, `documents` for PDFs that somebody waits for, `batch` for what is
# made by the hundred. The first two share a worker; the third has its own, which gives way to everything else.
# A worker without `--queues` takes them all.
CELERY_TASK_QUEUES = {name: {"routing_key": name} for name in ("celery", "documents", "batch")}
CELERY_TASK_ROUTES = {
    "documents.tasks.render_document": {"queue": "documents"},
    "documents.tasks.render_in_bulk": {"queue": "batch"},
    "diagnostics.tasks.make_plan_of_batch": {"queue": "batch"},
    "diagnostics.tasks.sweep_plan_batches": {"queue": "batch"},
    "diagnostics.tasks.take_snapshots": {"queue": "batch"},
}
# A process that drew many pages keeps some of their memory: it is replaced by a fresh one (kilobytes).
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 350_000
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
# A claim older than the longest a task may run belongs to a worker that is gone.
CLAIM_LIMIT_SECONDS = env.int("CLAIM_LIMIT_SECONDS", default=CELERY_TASK_TIME_LIMIT + 30)
SWEEP_SECONDS = env.int("SWEEP_SECONDS", default=60)
CELERY_BEAT_SCHEDULE = {
    name: {"task": name, "schedule": SWEEP_SECONDS}
    for name in (
        "documents.tasks.sweep",
        "notifications.tasks.sweep",
        "diagnostics.tasks.offer_places",
        "diagnostics.tasks.sweep_plan_batches",
        "funding.tasks.lapse_offers",
        "reporting.tasks.sweep",
    )
}
# What falls due on a day is looked for once an hour.
CELERY_BEAT_SCHEDULE |= {
    name: {"task": name, "schedule": 60 * SWEEP_SECONDS}
    for name in (
        "diagnostics.tasks.invite_rounds",
        "diagnostics.tasks.remind_contractors",
        "diagnostics.tasks.remind_plans",
        "diagnostics.tasks.sweep_first_looks",
        "diagnostics.tasks.take_snapshots",
        "funding.tasks.remind_assessors",
    )
}
CELERY_BEAT_SCHEDULE["documents.tasks.sweep_files"] = {
    "task": "documents.tasks.sweep_files",
    "schedule": crontab(hour=2, minute=30),
}
CELERY_BEAT_SCHEDULE["funding.tasks.check_invariants"] = {
    "task": "funding.tasks.check_invariants",
    "schedule": crontab(hour=3, minute=0),
}
CELERY_BEAT_SCHEDULE_FILENAME = str(STATE / "celerybeat-schedule")

# --- People -------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/after-sign-in/"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.forms.LoginForm",
    "signup": "accounts.forms.SignupForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.ResetPasswordKeyForm",
    "change_password": "accounts.forms.ChangePasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# People may look round at once; the first submit asks for the confirmed address (applications.actions.submit).
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _url.scheme
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
if DEMO or TESTING:
    ACCOUNT_RATE_LIMITS = False
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Industry 4.0 support"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE
STAFF_MFA_REQUIRED = env.bool("STAFF_MFA_REQUIRED", default=not DEMO)

SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_NAME = "__Host-session" if SECURE else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "portal.views.csrf_failure"

# --- Headers ------------------------------------------------------------------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_SSL_REDIRECT = SECURE
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31536000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
if SECURE:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [SELF],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}
PERMISSIONS_POLICY = {
    name: []
    for name in (
        "accelerometer",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "microphone",
        "payment",
        "usb",
    )
}
CORS_URLS_REGEX = r"^/api/v1/(programmes|eligibility/check|diagnostics/score|funding/quote|open/).*$"
CORS_ALLOW_ALL_ORIGINS = True
CORS_ALLOW_METHODS = ["GET", "POST", "OPTIONS"]

# --- API ----------------------------------------------------------------------------------------
API_RATE = env.str("API_RATE", default="6000/min" if DEMO or TESTING else "60/min")
# First looks that one address may begin; a room of firms in a workshop shares one.
FIRST_LOOK_RATE = env.str("FIRST_LOOK_RATE", default="60/h")
NINJA_NUM_PROXIES = env.int("NUM_PROXIES", default=0)

# --- Company register ---------------------------------------------------------------------------
# Without a key nobody is asked, and firms type everything themselves (organisations/register.py).
COMPANIES_HOUSE_KEY = env.str("COMPANIES_HOUSE_KEY", default="")
COMPANIES_HOUSE_URL = env.str("COMPANIES_HOUSE_URL", default="https://api.company-information.service.gov.uk")

# --- Mail ---------------------------------------------------------------------------------------
# In demo mode messages stay in the outbox table and are read at /demo/mail/.
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="dummymail://" if DEMO else "smtp://localhost:25")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"no-reply@{_url.hostname}")

# --- Words, time, files -------------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
LANGUAGES = [
    ("en-gb", _("English")),
    ("cy", _("Welsh")),
    ("sv", _("Swedish")),
    ("da", _("Danish")),
    ("es", _("Spanish")),
    ("it", _("Italian")),
]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Europe/London"
USE_TZ = True
USE_I18N = True
FORMAT_MODULE_PATH = ["portal.formats"]

STATIC_URL = "/static/"
STATIC_ROOT = STATE / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "documents.storage.DurableStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING
        else "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = TESTING
WHITENOISE_AUTOREFRESH = False

CRISPY_ALLOWED_TEMPLATE_PACKS = ["gds"]
CRISPY_TEMPLATE_PACK = "gds"
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"

PGHISTORY_APPEND_ONLY = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "portal.middleware.RequestIdFilter"}},
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["request_id"]}},
    "root": {"handlers": ["console"], "level": "INFO"},
    # WeasyPrint and fontTools speak of every glyph at INFO, httpx of every firm that is looked up.
    "loggers": {name: {"level": "WARNING"} for name in ("fontTools", "weasyprint", "httpx")},
}

SENTRY_DSN = env.str("SENTRY_DSN", default="")
if SENTRY_DSN:
    import sentry_sdk

    # Neither what was typed nor what a function held when it failed: account numbers and people's words are in both.
    sentry_sdk.init(
        dsn=SENTRY_DSN, send_default_pii=False, max_request_body_size="never", include_local_variables=False
    )
