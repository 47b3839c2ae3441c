"""Settings, all from the environment (`.env` is read). Importing this module starts and writes nothing."""

from __future__ import annotations

import os
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from relance.config import single_sign_on
from relance.lib import bucket, keys, logs
from relance.lib.home import database_url, home_folder, secret_of

PACKAGE = Path(__file__).resolve().parent.parent
BASE_DIR = PACKAGE.parent

env = environ.FileAwareEnv()
if (BASE_DIR / ".env").is_file():
    environ.Env.read_env(BASE_DIR / ".env")

HOME = home_folder(os.environ)
DEBUG = env.bool("RELANCE_DEBUG", default=False)
RELANCE_FILES = env.str("RELANCE_FILES", default=str(HOME / "files"))
RELANCE_BUCKET = bucket.place_of(os.environ)
SECRET = secret_of(os.environ, HOME)
SECRET_KEY = keys.derive(SECRET, "django").hex()

RELANCE_URL = env.str("RELANCE_URL", default="http://localhost:8000").rstrip("/")
RELANCE_EDGE_URL = env.str("RELANCE_EDGE_URL", default="http://localhost:8001").rstrip("/")
EDGE_ORIGIN = "{0.scheme}://{0.netloc}".format(urlsplit(RELANCE_EDGE_URL))
RELANCE_NAME_SERVER = env.str("RELANCE_NAME_SERVER", default="")
LIVE = env.bool("RELANCE_LIVE", default=True)
SECURE = RELANCE_URL.startswith("https://")
ALLOWED_HOSTS = env.list(
    "RELANCE_ALLOWED_HOSTS", default=[urlsplit(RELANCE_URL).hostname or "localhost", "localhost", "127.0.0.1"]
)
TRUSTED_PROXIES = [
    ip_network(each.strip(), strict=False)
    for each in env.list("RELANCE_TRUSTED_PROXIES", default=["127.0.0.0/8", "::1/128"])
]
# Whoever runs the machine may let webhooks reach networks inside; nobody else can (X6).
WEBHOOK_NETWORKS = [ip_network(each.strip(), strict=False) for each in env.list("RELANCE_WEBHOOK_NETWORKS", default=[])]
CSRF_TRUSTED_ORIGINS = ["{0.scheme}://{0.netloc}".format(urlsplit(RELANCE_URL))]

INSTALLED_APPS = [
    "relance.team",
    "relance.people",
    "relance.records",
    "relance.mail",
    "relance.insights",
    "relance.deals",
    "relance.agenda",
    "relance.campaigns",
    "relance.sequences",
    "relance.webforms",
    "relance.webhooks",
    "relance.web",
    "relance.ops",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.sites",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "django_htmx",
    "csp",
    "ninja",
    "procrastinate.contrib.django",
]
SITE_ID = 1

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "relance.web.middleware.Surroundings",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "relance.api.answers.Answers",
    "relance.api.once.Once",
    "relance.web.gates.FirstStartGate",
    "relance.web.gates.SignInGate",
    "relance.web.gates.RefusalGate",
]

ROOT_URLCONF = "relance.config.urls"
WSGI_APPLICATION = "relance.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "relance.web.templatetags.relance",
                "relance.web.templatetags.leading",
                "relance.web.templatetags.keeping",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "relance.web.context.page",
            ],
        },
    }
]

DATABASES = {"default": environ.Env.db_url_config(database_url(os.environ, HOME))}
DATABASES["default"]["ENGINE"] = "relance.config.postgresql"
DATABASES["default"].setdefault("OPTIONS", {})
# Statements that every page asks are prepared; a pooler that hands connections around may not let them be.
DATABASES["default"]["OPTIONS"]["prepare_threshold"] = 3 if env.bool("RELANCE_PREPARE", default=True) else None
DATABASES["default"]["CONN_MAX_AGE"] = 60
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "shared_cache"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "team.User"
AUTHENTICATION_BACKENDS = ["relance.web.sign_in.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
FORM_RENDERER = "relance.web.choice_lists.Renderer"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "relance.web.sign_in.Adapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_DISPLAY = "relance.web.sign_in.display"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_GET = False
SOCIALACCOUNT_ADAPTER = "relance.web.single_sign_on.Adapter"
SOCIALACCOUNT_PROVIDERS = single_sign_on.providers(
    {name: env.str(name, default="") for name in single_sign_on.VARIABLES}
)
SOCIALACCOUNT_LOGIN_ON_GET = True  # the state of the request is checked when its answer comes
SOCIALACCOUNT_STORE_TOKENS = False
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
USERSESSIONS_TRACK_ACTIVITY = False
EMAIL_BACKEND = "relance.mail.account_mail.Backend"
# The link of a forgotten password lies in the mail that carries it, so it does not live long.
PASSWORD_RESET_TIMEOUT = int(timedelta(hours=4).total_seconds())

SESSION_ENGINE = "relance.web.sessions"
SESSION_COOKIE_AGE = int(timedelta(days=30).total_seconds())
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if SECURE else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin" if SECURE else None
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "relance.web.views.errors.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF, EDGE_ORIGIN],
        "frame-src": [SELF],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("fr", _("French"))]
LOCALE_PATHS = [PACKAGE / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("RELANCE_STATIC", default=str(PACKAGE / "web" / "assets")))
MANIFEST = (STATIC_ROOT / "staticfiles.json").is_file() and not DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "relance.web.storage.Storage" if MANIFEST else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}
WHITENOISE_USE_FINDERS = not MANIFEST
MEDIA_ROOT = HOME / "files"
FILE_UPLOAD_HANDLERS = ["relance.web.uploads.CappedUpload"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000_000

# The worker imports these, and with them every job of the house.
PROCRASTINATE_IMPORT_PATHS = ["relance.reactions", "relance.schedule", "relance.ops.travel"]
SILENCED_SYSTEM_CHECKS: list[str] = []

LOGGING = logs.configuration(env.str("RELANCE_LOG", default="WARNING"))
