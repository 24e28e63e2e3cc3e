"""Django settings. What may differ between machines comes from `env`; the rest is constant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import django_stubs_ext
import structlog
from csp.constants import NONCE, NONE, SELF

from coach.config import databases
from coach.config.env import BASE_DIR, Env, runtime_dir, secret_key
from coach.market.sources.access import Access
from observability import multiprocess
from observability.logs import mask_secrets

# `ModelAdmin[User]` and the like exist for the type checker; this lets them run.
django_stubs_ext.monkeypatch()

ENV = Env()
DATA_DIR: Path = ENV.DATA_DIR
DATA_DIR.mkdir(parents=True, exist_ok=True)
RUNTIME_DIR = runtime_dir(DATA_DIR)
# Before anything makes a metric.
METRICS_DIR = RUNTIME_DIR / "metrics"
multiprocess.install(METRICS_DIR)

SECRET_KEY = secret_key(ENV)
DEBUG = ENV.DEBUG
ALLOWED_HOSTS = list(ENV.ALLOWED_HOSTS)
CSRF_TRUSTED_ORIGINS = list(ENV.CSRF_TRUSTED_ORIGINS)

INSTALLED_APPS = [
    "coach.accounts.apps.CoachAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "axes",
    "channels",
    "csp",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_prometheus",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "rest_framework",
    "rest_framework.authtoken",
    "waffle",
    "observability",
    "coach.flags",
    "coach.accounts",
    "coach.market",
    "coach.signals",
    "feedback",
    "learning",
    "risk",
    "backtest",
    "golden",
    "coach.live",
    "coach.delivery",
    "coach.api",
    "coach.config",
]

MIDDLEWARE = [
    "observability.requests.RequestMiddleware",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "axes.middleware.AxesMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "coach.config.urls"
ASGI_APPLICATION = "coach.config.asgi.application"
FRONTEND_DIST = BASE_DIR / "frontend" / "dist"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Data -----------------------------------------------------------------------------------------

DATABASES: dict[str, Any] = {
    "default": {
        **databases.postgresql(ENV.DATABASE_URL, idle_seconds=ENV.IDLE_IN_TRANSACTION_SECONDS),
        "TEST": {"NAME": ENV.TEST_DATABASE_NAME},
    }
    if ENV.DATABASE_URL
    else databases.sqlite(DATA_DIR / "coach.sqlite3"),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = ENV.REDIS_URL or f"unix://{RUNTIME_DIR / 'redis.sock'}"
CACHES = {
    "default": {
        "BACKEND": "coach.config.cache.SharedRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "coach",
    },
}

# --- People ---------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "coach.accounts.authentication.PasswordBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "/login"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_HTTP_RESPONSE_CODE = 429
AXES_LOCKOUT_CALLABLE = "coach.api.errors.locked_out"

# --- Flags ----------------------------------------------------------------------------------------

WAFFLE_FLAG_MODEL = "flags.Flag"
WAFFLE_CREATE_MISSING_FLAGS = False
# Our own admin of flags; switches and samples are not used.
WAFFLE_ENABLE_ADMIN_PAGES = False

# --- API ------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "coach.accounts.authentication.TokenAuthentication",
        "coach.accounts.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["coach.api.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "coach.api.schema.AutoSchema",
    "EXCEPTION_HANDLER": "drf_standardized_errors.handler.exception_handler",
    # The peer is the socket's; uvicorn puts the client there when it may trust the proxy.
    "NUM_PROXIES": 0,
    "DEFAULT_THROTTLE_RATES": {
        "login": "30/min",
        "rtt": "20/s",
        "run": "60/min",
        "delivery": "20/min",
    },
}
DRF_STANDARDIZED_ERRORS = {"EXCEPTION_HANDLER_CLASS": "coach.api.errors.Handler"}
CSRF_FAILURE_VIEW = "coach.api.errors.csrf_failure"
SPECTACULAR_SETTINGS = {
    "TITLE": "Coach",
    "DESCRIPTION": "A trading coach for active day traders.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "Label": "coach.api.serializers.LABELS",
        "Direction": "coach.api.serializers.DIRECTIONS",
        "Version": "coach.api.serializers.VERSIONS",
        "RuleMode": "coach.signals.serializers.MODES",
        "BarSource": "backtest.request.SOURCES",
        "RuleIdEnum": "coach.delivery.serializers.RULE_IDS",
        "DestinationKind": "coach.delivery.models.Destination.Kind",
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# --- Live -----------------------------------------------------------------------------------------

LIVE_TIMEFRAMES = ("1m",)
VENDOR = Access(
    key=ENV.POLYGON_API_KEY.get_secret_value(),
    rest_url=ENV.POLYGON_REST_URL,
    stream_url=ENV.POLYGON_STREAM_URL,
    adjusted=ENV.POLYGON_ADJUSTED,
)

# --- Tasks ----------------------------------------------------------------------------------------

CELERY = {
    "broker_url": REDIS_URL.replace("unix://", "redis+socket://"),
    "task_ignore_result": True,  # results are rows in our own tables
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "worker_prefetch_multiplier": 1,
    "broker_connection_retry_on_startup": True,
    "timezone": "UTC",
    "task_default_queue": "coach",
    "beat_schedule": {
        "persist-sketches": {"task": "observability.persist_sketches", "schedule": 30.0},
        "night": {"task": "learning.night", "schedule": 60.0},
        "tell-untold-outcomes": {"task": "signals.tell_untold_outcomes", "schedule": 30.0},
        "parity": {"task": "backtest.parity", "schedule": 300.0},
        "relieve-deliveries": {"task": "delivery.relieve", "schedule": 2.0},
        "relieve-backtests": {"task": "backtest.relieve", "schedule": 2.0},
        "compact-sketches": {"task": "observability.compact_sketches", "schedule": 3600.0},
        "prune": {"task": "config.prune", "schedule": 3600.0},
        "compact-bars": {"task": "market.compact_received", "schedule": 300.0},
    },
}

# --- Stream ---------------------------------------------------------------------------------------

STREAM: dict[str, Any] = {
    "heartbeat": ENV.STREAM_HEARTBEAT_SECONDS,
    "rotation": ENV.STREAM_ROTATION_SECONDS,
    "recheck": ENV.STREAM_RECHECK_SECONDS,
    "per_user": ENV.STREAM_PER_USER,
    "clients": ENV.STREAM_CLIENTS,
}

VOICE: dict[str, Any] = {
    "url": ENV.VOICE_URL,
    "key": ENV.VOICE_API_KEY,
    "model": ENV.VOICE_MODEL,
    "voice": ENV.VOICE_NAME,
    "embedded": ENV.VOICE_EMBEDDED,
}

# --- Web ------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATICFILES_DIRS = [FRONTEND_DIST] if FRONTEND_DIST.is_dir() else []
# Straight from the packages and frontend/dist: nothing to collect, nothing to forget.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
# Vite puts a hash of its content into the name of every file under assets/.
WHITENOISE_IMMUTABLE_FILE_TEST = r"/static/assets/.+-[\w-]{8,}\.\w+$"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "media-src": [SELF, "blob:"],
        "worker-src": [SELF, "blob:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    },
}
SESSION_ENGINE = "coach.accounts.sessions"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENV.BEHIND_TLS_PROXY
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.BEHIND_TLS_PROXY else None
SECURE_HSTS_SECONDS = 31_536_000 if ENV.BEHIND_TLS_PROXY else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = ENV.BEHIND_TLS_PROXY
SECURE_SSL_REDIRECT = ENV.BEHIND_TLS_PROXY
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True

# --- Logs -----------------------------------------------------------------------------------------

LOG_PROCESSORS: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso"),
]
# Several tasks are sent, received and done every two seconds: no news.
CHATTY = ("celery.beat", "celery.worker.strategy", "celery.app.trace")
CHATTY_LEVEL = "DEBUG" if ENV.LOG_LEVEL == "DEBUG" else "WARNING"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                mask_secrets,
                structlog.processors.LogfmtRenderer(
                    key_order=["timestamp", "level", "logger", "event"], bool_as_flag=False
                ),
            ],
            "foreign_pre_chain": LOG_PROCESSORS,
        },
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": ENV.LOG_LEVEL},
    "loggers": {
        "axes": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
        **{name: {"level": CHATTY_LEVEL} for name in CHATTY},
    },
}
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *LOG_PROCESSORS,
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)
