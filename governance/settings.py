"""Settings by environment: safe by default, each variable read once, each listed in the README."""

import importlib.util
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# --- Mode -----------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
# A demonstration on one machine: plain http on 127.0.0.1, sample accounts.
DEMO = env.bool("DEMO", default=False)
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)

SECRET_KEY = env.str("SECRET_KEY", default="")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
if DEBUG or DEMO:
    SECRET_KEY = SECRET_KEY or ("for demonstration and development only, never for production " * 2)
    ALLOWED_HOSTS = ALLOWED_HOSTS or ["127.0.0.1", "localhost"]
if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 5:
    raise ImproperlyConfigured("Set SECRET_KEY to a random value of 50 characters or more.")
if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("Set ALLOWED_HOSTS to the names under which this site is reached.")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# --- Rooms, from cellar to roof ---------------------------------------------------------------
ROOMS = [
    "governance.foundation",
    "governance.organisation",
    "governance.audit",
    "governance.notices",
    "compounds.registry",
    "governance.people",
    "governance.party_grid",
    "governance.pairings",
    "governance.clusters",
    "compounds.providers",
    "compounds.classification",
    "compounds.assignment",
    "compounds.contracts",
    "compounds.fees",
    "compounds.clearing",
    "subsidies.programmes",
    "subsidies.payees",
    "subsidies.ledger",
    "subsidies.entitlements",
    "subsidies.accruals",
    "subsidies.payments",
    "subsidies.recovery",
    "subsidies.reports",
    "compounds.planning",
    "governance.dashboards",
]
INSTALLED_APPS = [
    *ROOMS,
    "governance.organisation.admin_config.PostAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_tables2",
    "django_filters",
    "django_htmx",
    "simple_history",
    "axes",
    "csp",
    "django_tasks",
    "django_tasks_db",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "governance.audit.middleware.RequestIdMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "governance.organisation.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "governance.organisation.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "governance.audit.middleware.OnceMiddleware",
    "governance.organisation.middleware.DomainErrorMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "governance.urls"
WSGI_APPLICATION = "governance.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

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
                "governance.organisation.context.frame",
                "governance.notices.context.head",
            ],
            "builtins": ["governance.foundation.templatetags.look"],
        },
    }
]

# --- Database ---------------------------------------------------------------------------------
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'db.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # Writers queue instead of failing; FULL because money and decisions are kept here.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=600)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# For pages only (see wsgi.py): the worker and commands may take as long as they need.
DB_STATEMENT_TIMEOUT_MS = env.int("DB_STATEMENT_TIMEOUT_MS", default=30_000)

# --- Accounts and sessions ----------------------------------------------------------------------
AUTH_USER_MODEL = "organisation.User"
AUTHENTICATION_BACKENDS = [
    "governance.organisation.lockout.LockoutBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": env.int("PASSWORD_MIN_LENGTH", default=10)},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "organisation:login"
LOGIN_REDIRECT_URL = "dashboards:home"
LOGOUT_REDIRECT_URL = "organisation:login"
SESSION_COOKIE_AGE = env.int("SESSION_IDLE_SECONDS", default=30 * 60)
SESSION_ABSOLUTE_SECONDS = env.int("SESSION_ABSOLUTE_SECONDS", default=12 * 3600)
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
# First passwords given by an account administrator must be changed within this time.
FIRST_PASSWORD_DAYS = env.int("FIRST_PASSWORD_DAYS", default=7)
# Accounts without a login for this long are listed for review.
IDLE_ACCOUNT_DAYS = env.int("IDLE_ACCOUNT_DAYS", default=90)
# Days after which an uploaded workbook with account numbers is deleted unless it was imported
# or cancelled before; then it goes at once.
SECRET_IMPORT_DAYS = env.int("SECRET_IMPORT_DAYS", default=7)
# How many of our own proxies stand in front; X-Forwarded-For and -Proto are ignored without.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
AXES_HANDLER = "governance.organisation.lockout.FailureCounter"
AXES_FAILURE_LIMIT = env.int("LOGIN_FAILURE_LIMIT", default=5)
ADDRESS_FAILURE_LIMIT = env.int("ADDRESS_FAILURE_LIMIT", default=50)
AXES_COOLOFF_TIME = env.float("LOGIN_LOCKOUT_HOURS", default=0.5)
AXES_LOCKOUT_PARAMETERS = ["username", "ip_address"]
AXES_LOCKOUT_CALLABLE = "governance.organisation.lockout.locked_out"
# Trying on while locked must not lock a clerk out for ever.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_CLIENT_IP_CALLABLE = "governance.organisation.addresses.client_address"

# --- Transport and content policy ---------------------------------------------------------------
# Plain http only where nothing leaves the machine.
HTTPS = env.bool("HTTPS", default=not (DEBUG or DEMO))
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(health|ready|version)/$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
MAP_TILE_URL = env.str("MAP_TILE_URL", default="")
_tile_host = (
    [f"{urlsplit(MAP_TILE_URL).scheme}://{urlsplit(MAP_TILE_URL).netloc}"] if MAP_TILE_URL else []
)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, *_tile_host],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- Language and time --------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "governance" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
FORMAT_MODULE_PATH = "governance.foundation.formats"
USE_THOUSAND_SEPARATOR = True


# --- Personal numbers ---------------------------------------------------------------------------
# Fernet keys: the first encrypts, all decrypt. Empty: a key is made in VAR_DIR (see sealing.py).
PERSONAL_DATA_KEYS = env.list("PERSONAL_DATA_KEYS", default=[])


# --- Static files, uploads ----------------------------------------------------------------------
def _package_folder(name: str) -> Path:
    return Path(importlib.util.find_spec(name).submodule_search_locations[0])


STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("leaflet", _package_folder("xstatic.pkg.leaflet") / "data"),
    ("markercluster", _package_folder("xstatic.pkg.leaflet_markercluster") / "data"),
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "governance.foundation.static.HashedStaticFiles"},
}
if DEBUG:
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(VAR_DIR / "media")))
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
IMPORT_MAX_BYTES = env.int("IMPORT_MAX_BYTES", default=50 * 1024 * 1024)
IMPORT_MAX_ROWS = env.int("IMPORT_MAX_ROWS", default=100_000)
ATTACHMENT_MAX_BYTES = env.int("ATTACHMENT_MAX_BYTES", default=20 * 1024 * 1024)

# --- Mail: the digest of the morning -------------------------------------------------------------
_mail = env.str("EMAIL_URL", default="")
HAS_MAIL = bool(_mail)
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
if HAS_MAIL:
    globals().update(env.email_url_config(_mail))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DIGEST_FROM", default="")
if HAS_MAIL and not DEFAULT_FROM_EMAIL:
    raise ImproperlyConfigured("Set DIGEST_FROM to the address from which digests are sent.")
# Where people reach this site, for links in mails; without it mails have none.
SITE_URL = env.str("SITE_URL", default="")

# --- Background tasks ---------------------------------------------------------------------------
# "immediate" runs a task within the request; "database" leaves it to `manage.py db_worker`.
TASKS_MODE = env.str("TASKS_MODE", default="immediate")
_task_backends = {
    "immediate": "django_tasks.backends.immediate.ImmediateBackend",
    "database": "django_tasks_db.DatabaseBackend",
}
if TASKS_MODE not in _task_backends:
    raise ImproperlyConfigured(
        f"Set TASKS_MODE to one of {', '.join(_task_backends)}; it is {TASKS_MODE!r}."
    )
TASKS = {"default": {"BACKEND": _task_backends[TASKS_MODE]}}

# --- Cache --------------------------------------------------------------------------------------
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# --- Tables, forms, history ---------------------------------------------------------------------
DJANGO_TABLES2_TEMPLATE = "partials/table.html"
FORM_RENDERER = "governance.foundation.renderers.FormRenderer"
INSTALLED_APPS.append("django.forms")
SIMPLE_HISTORY_DATE_INDEX = "composite"
SIMPLE_HISTORY_ENABLED = True

# --- What the screens say -----------------------------------------------------------------------
PRODUCT_NAME = env.str("PRODUCT_NAME", default="")
NEAR_THRESHOLD_PERCENT = env.int("NEAR_THRESHOLD_PERCENT", default=5)
OVERRIDE_WARNING_DAYS = env.int("OVERRIDE_WARNING_DAYS", default=30)

# --- Deadlines that a province may set otherwise --------------------------------------------------
# Days after signing by which a contract is filed; the last one rolls over rest days.
CONTRACT_FILING_DAYS = env.int("CONTRACT_FILING_DAYS", default=15)

# --- Logs: no personal data, request id on every line --------------------------------------------
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "governance.audit.logs.RequestIdFilter"}},
    "formatters": {"json": {"()": "governance.audit.logs.JsonFormatter"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "filters": ["request_id"],
            "formatter": "json",
        }
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        # Instead of Django's own handlers: plain lines and mails with whole requests.
        "django": {"handlers": [], "level": LOG_LEVEL},
        "django.server": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "axes": {"level": "WARNING"},
    },
}
