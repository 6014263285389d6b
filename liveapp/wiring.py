"""Puts the application together: the only wiring."""

from __future__ import annotations

from datetime import timedelta
from wsgiref.headers import Headers

from flask import Flask
from flask_babel import Babel
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from liveapp import blueprints, commands, kill_points, sealed
from liveapp.config import Settings, runs_a_command
from liveapp.db import db, engine_options, set_up_engine
from liveapp.domain import models as _models
from liveapp.domain.accounts import providers
from liveapp.gateways import queue
from liveapp.gateways.stripe import client as stripe
from liveapp.web import (
    assets,
    auth,
    compression,
    display_board,
    errors,
    filters,
    first_error,
    headers,
    limits,
    locales,
    logs,
    markdown,
    navigation,
    payment_words,
    payout_words,
    proxies,
    templating,
    when,
)
from liveapp.web.broken_bodies import BrokenBodies
from liveapp.web.polls import Polls

__all__ = ["_models", "create_app"]

csrf = CSRFProtect()
babel = Babel()


def create_app(settings: Settings) -> Flask:
    """The application for one deployment."""
    app = Flask("liveapp")
    app.config.from_mapping(_config(settings))
    app.extensions["settings"] = settings
    templating.set_up(app)
    logs.configure()
    db.init_app(app)
    with app.app_context():
        set_up_engine(db.engine)
    if runs_a_command():
        set_up_migrations(app)
    csrf.init_app(app)
    babel.init_app(app, locale_selector=locales.select, timezone_selector=lambda: "UTC")
    words = (filters, first_error, markdown, payment_words, payout_words, when)
    for part in (compression, logs, headers, assets, errors, auth, limits, *words, navigation, display_board):
        part.set_up(app)
    proxies.set_up(app, trusted=settings.trusted_proxies)
    queue.set_up(app, settings)
    sealed.set_up(app, settings)
    stripe.set_up(app, settings)
    providers.set_up(takes_cards=bool(settings.stripe_secret_key))
    blueprints.register_all(app)
    csrf.exempt(blueprints.webhooks.blueprint)  # signed instead
    csrf.exempt(blueprints.cron.blueprint)  # a secret in a header instead
    commands.register(app)
    if settings.environment == "development":
        from liveapp.dev import mail_pages

        mail_pages.register(app)
    kill_points.arm(settings.kill_at)
    _wrap(app, settings)
    return app


def set_up_migrations(app: Flask) -> None:
    """For commands alone: importing this takes a fifth as long as everything else."""
    from flask_migrate import Migrate

    Migrate(app, db, directory="migrations", compare_type=True, render_as_batch=False)


def _config(settings: Settings) -> dict[str, object]:
    return {
        "SECRET_KEY": settings.secret_key,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(settings),
        "BASE_URL": settings.base_url,
        "PAY_PAGES": settings.stripe_pages if settings.stripe_secret_key else "",
        "IS_PRODUCTION": settings.is_production,
        "TESTING": settings.environment == "test",
        "MAX_CONTENT_LENGTH": 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 1024 * 1024,
        "SESSION_COOKIE_NAME": "__Host-session" if settings.is_production else "session",
        "SESSION_COOKIE_SECURE": settings.is_production,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_PATH": "/",
        "PERMANENT_SESSION_LIFETIME": timedelta(days=30),
        "SESSION_REFRESH_EACH_REQUEST": False,  # else a late answer (a preview, a poll) undoes a flash message
        "WTF_CSRF_TIME_LIMIT": 24 * 3600,
        "RATELIMIT_ENABLED": settings.rate_limits,
        "RATELIMIT_STORAGE_URI": limits.storage_uri(settings.redis_url)
        if settings.environment != "test"
        else "memory://",
        "SEND_FILE_MAX_AGE_DEFAULT": timedelta(days=365) if settings.is_production else timedelta(seconds=0),
    }


def _wrap(app: Flask, settings: Settings) -> None:
    """Static files by whitenoise, screens with nothing new, and the real client address from trusted proxies."""
    max_age = 31536000 if settings.is_production else 0

    def add_headers(files_headers: Headers, _path: str, _url: str) -> None:
        for name, value in headers.always(is_production=settings.is_production).items():
            files_headers[name] = value

    app.wsgi_app = BrokenBodies(app.wsgi_app)  # type: ignore[method-assign]
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=app.static_folder,
        prefix="static/",
        max_age=max_age,
        autorefresh=not settings.is_production,
        allow_all_origins=False,
        add_headers_function=add_headers,
    )
    app.wsgi_app = Polls(app.wsgi_app, app)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count)  # type: ignore[method-assign]
