"""Settings: everything the environment decides, read and validated once at start.

`Settings.from_env()` names every fault at once, in one sentence, instead of failing at the first use.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.fernet import Fernet

from liveapp.environ import Reader

MIN_CRON_SECRET = 16
DEVELOPMENT_SECRET = "development-secret-not-for-production"
ENVIRONMENTS = ("development", "test", "production")
YEAR = {"low": 0, "high": 8760}
"""Hours before a start, at most a year of them."""
ONE_BOUNDARY = (
    "PARTIAL_REFUND_HOURS and NO_REFUND_HOURS are one moment, until which a part comes back and after which nothing"
    " does: set them to the same number, or only one of them"
)


class BadSettings(Exception):
    """The environment can't start the app; the message says which variables and why."""


@dataclass(frozen=True)
class Settings:
    """What the deployment decides. Durations in minutes or hours as named; addresses are URLs."""

    environment: str = "development"
    database_url: str = field(default="sqlite:///var/live.db", repr=False)
    database_schema: str = "ext_live_sessions"
    redis_url: str = field(default="redis://127.0.0.1:6379/0", repr=False)
    secret_key: str = field(default=DEVELOPMENT_SECRET, repr=False)
    base_url: str = "http://127.0.0.1:5000"
    mail_server: str = "127.0.0.1"
    mail_port: int = 1025
    mail_username: str = ""
    mail_password: str = field(default="", repr=False)
    mail_use_tls: bool = False
    mail_use_ssl: bool = False
    mail_sender: str = "Live Sessions <no-reply@localhost>"
    mail_directory: str = ""
    min_session_duration: int = 30
    max_session_duration: int = 240
    free_cancellation_hours: int = 24
    partial_refund_hours: int = 12
    gps_max_meters: int = 150
    pool_size: int = 8
    web_concurrency: int = 2
    trusted_proxies: int = 0
    stripe_secret_key: str = field(default="", repr=False)
    stripe_publishable_key: str = ""
    stripe_webhook_secret: str = field(default="", repr=False)
    stripe_api_base: str = ""
    stripe_pages: str = "https://checkout.stripe.com https://connect.stripe.com"
    platform_fee_hundredths: int = 1000
    cron_secret: str = field(default="", repr=False)
    encryption_keys: tuple[str, ...] = field(default=(), repr=False)
    jitsi_domain: str = "meet.jit.si"
    jitsi_app_id: str = ""
    jitsi_app_secret: str = field(default="", repr=False)
    zoom_client_id: str = ""
    zoom_client_secret: str = field(default="", repr=False)
    zoom_webhook_secret: str = field(default="", repr=False)
    zoom_api_base: str = ""
    google_client_id: str = ""
    google_client_secret: str = field(default="", repr=False)
    google_api_base: str = ""
    kill_at: str = ""
    clock: str = ""
    rate_limits: bool = True

    @property
    def is_production(self) -> bool:
        return self.environment == "production"

    @property
    def on_postgresql(self) -> bool:
        return self.database_url.startswith("postgresql")

    @property
    def stripe_webhook_secrets(self) -> tuple[str, ...]:
        """What Stripe signs with, one for each of its endpoints; never empty, as anybody can sign with nothing."""
        parts = (part.strip() for part in self.stripe_webhook_secret.split(","))
        return tuple(part for part in parts if part)

    @property
    def sealing_keys(self) -> tuple[str, ...]:
        """The keys that secrets are kept under, newest first; where none are set, one made of the secret key."""
        digest = hashlib.sha256(f"liveapp.encryption {self.secret_key}".encode()).digest()
        return self.encryption_keys or (base64.urlsafe_b64encode(digest).decode(),)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """The settings of this environment. Raises BadSettings naming all faults."""
        read = Reader(environ)
        part_until = read.number("PARTIAL_REFUND_HOURS", read.number("NO_REFUND_HOURS", 12, **YEAR), **YEAR)
        settings = cls(
            environment=read.choice("LIVEAPP_ENV", "development", ENVIRONMENTS),
            database_url=_driver(read.text("DATABASE_URL", cls.database_url)),
            database_schema=read.text("DATABASE_SCHEMA", cls.database_schema),
            redis_url=read.text("REDIS_URL", cls.redis_url),
            secret_key=read.text("SECRET_KEY", DEVELOPMENT_SECRET),
            base_url=read.base_url(cls.base_url),
            mail_server=read.text("MAIL_SERVER", cls.mail_server),
            mail_port=read.number("MAIL_PORT", cls.mail_port, low=1, high=65535),
            mail_username=read.text("MAIL_USERNAME", ""),
            mail_password=read.text("MAIL_PASSWORD", ""),
            mail_use_tls=read.flag("MAIL_USE_TLS", False),
            mail_use_ssl=read.flag("MAIL_USE_SSL", False),
            mail_sender=read.text("MAIL_SENDER", cls.mail_sender),
            mail_directory=read.text("MAIL_DIRECTORY", ""),
            min_session_duration=read.number("MIN_SESSION_DURATION", 30, low=5, high=1440),
            max_session_duration=read.number("MAX_SESSION_DURATION", 240, low=5, high=1440),
            free_cancellation_hours=read.number("FREE_CANCELLATION_HOURS", 24, **YEAR),
            partial_refund_hours=part_until,
            gps_max_meters=read.number("GPS_MAX_METERS", cls.gps_max_meters, low=10, high=100_000),
            pool_size=read.number("DATABASE_POOL_SIZE", 8, low=1, high=16),
            web_concurrency=read.number("WEB_CONCURRENCY", 2, low=1, high=64),
            trusted_proxies=read.number("TRUSTED_PROXIES", 0, low=0, high=5),
            stripe_secret_key=read.text("STRIPE_SECRET_KEY", ""),
            stripe_publishable_key=read.text("STRIPE_PUBLISHABLE_KEY", ""),
            stripe_webhook_secret=",".join(read.words("STRIPE_WEBHOOK_SECRET")),
            stripe_api_base=read.text("STRIPE_API_BASE", ""),
            stripe_pages=read.text("STRIPE_API_BASE", cls.stripe_pages),
            platform_fee_hundredths=read.percentage("PLATFORM_FEE_PERCENTAGE", cls.platform_fee_hundredths),
            cron_secret=read.text("CRON_SECRET", ""),
            encryption_keys=read.words("ENCRYPTION_KEYS"),
            jitsi_domain=read.text("JITSI_DOMAIN", cls.jitsi_domain).lower(),
            jitsi_app_id=read.text("JITSI_APP_ID", ""),
            jitsi_app_secret=read.text("JITSI_APP_SECRET", ""),
            zoom_client_id=read.text("ZOOM_CLIENT_ID", ""),
            zoom_client_secret=read.text("ZOOM_CLIENT_SECRET", ""),
            zoom_webhook_secret=read.text("ZOOM_WEBHOOK_SECRET", ""),
            zoom_api_base=read.text("ZOOM_API_BASE", ""),
            google_client_id=read.text("GOOGLE_CLIENT_ID", ""),
            google_client_secret=read.text("GOOGLE_CLIENT_SECRET", ""),
            google_api_base=read.text("GOOGLE_API_BASE", ""),
            kill_at=read.text("LIVEAPP_KILL_AT", ""),
            clock=read.clock("LIVEAPP_CLOCK"),
            rate_limits=read.flag("RATE_LIMITS", True),
        )
        if read.number("NO_REFUND_HOURS", part_until, **YEAR) != part_until:
            read.faults.append(ONE_BOUNDARY)
        faults = list(dict.fromkeys(read.faults + _faults(settings)))
        if faults:
            raise BadSettings("Live Sessions can't start: " + "; ".join(faults) + ".")
        return settings


def _driver(url: str) -> str:
    """The URL with the driver that this project uses (hosting companies hand out `postgres://`)."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _faults(settings: Settings) -> list[str]:
    faults = []
    if settings.min_session_duration > settings.max_session_duration:
        faults.append("MIN_SESSION_DURATION is longer than MAX_SESSION_DURATION")
    if settings.partial_refund_hours > settings.free_cancellation_hours:
        faults.append("PARTIAL_REFUND_HOURS is longer than FREE_CANCELLATION_HOURS")
    if not settings.database_url.startswith(("sqlite", "postgresql+psycopg:")):
        faults.append("DATABASE_URL must be a sqlite: or postgresql: address")
    if settings.stripe_secret_key and not settings.stripe_webhook_secrets:
        faults.append("STRIPE_WEBHOOK_SECRET must be set where STRIPE_SECRET_KEY is: without it no payment is heard of")
    faults += _video_faults(settings)
    if settings.kill_at and settings.environment != "test":
        faults.append("LIVEAPP_KILL_AT is for LIVEAPP_ENV=test only")
    return faults + (_production_faults(settings) if settings.is_production else [])


def _video_faults(settings: Settings) -> list[str]:
    faults = []
    if not all(_is_fernet_key(key) for key in settings.encryption_keys):
        faults.append("ENCRYPTION_KEYS must be Fernet keys (32 bytes in URL-safe base64), with commas between")
    if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?", settings.jitsi_domain):
        faults.append("JITSI_DOMAIN must be a name like meet.example.com, without https:// and without a path")
    pairs = (
        ("JITSI_APP_ID", settings.jitsi_app_id, "JITSI_APP_SECRET", settings.jitsi_app_secret),
        ("ZOOM_CLIENT_ID", settings.zoom_client_id, "ZOOM_CLIENT_SECRET", settings.zoom_client_secret),
        ("GOOGLE_CLIENT_ID", settings.google_client_id, "GOOGLE_CLIENT_SECRET", settings.google_client_secret),
    )
    faults += [
        f"{name} and {other} go together: set both, or neither" for name, a, other, b in pairs if bool(a) != bool(b)
    ]
    return faults


def _is_fernet_key(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True


def _production_faults(settings: Settings) -> list[str]:
    faults = []
    if settings.secret_key == DEVELOPMENT_SECRET or len(settings.secret_key) < 32:
        faults.append("SECRET_KEY must be set to a secret of at least 32 characters in production")
    if settings.cron_secret and len(settings.cron_secret) < MIN_CRON_SECRET:
        faults.append(f"CRON_SECRET must have at least {MIN_CRON_SECRET} characters, or be empty")
    if settings.stripe_api_base:
        faults.append("STRIPE_API_BASE is for development and tests only")
    if settings.zoom_api_base or settings.google_api_base:
        faults.append("ZOOM_API_BASE and GOOGLE_API_BASE are for development and tests only")
    if (settings.zoom_client_id or settings.google_client_id) and not settings.encryption_keys:
        faults.append("ENCRYPTION_KEYS must be set where Zoom or Google is: hosts' connections are kept under them")
    if settings.clock:
        faults.append("LIVEAPP_CLOCK is for development and tests only")
    if not settings.base_url.startswith("https://"):
        faults.append("BASE_URL must be an https address in production")
    if not settings.on_postgresql and settings.web_concurrency > 1:
        faults.append("SQLite can't serve several web processes: set DATABASE_URL to PostgreSQL or WEB_CONCURRENCY=1")
    return faults


def runs_a_command() -> bool:
    """Whether this is `flask …`, which says so in the environment by itself."""
    return bool(os.environ.get("FLASK_RUN_FROM_CLI"))
