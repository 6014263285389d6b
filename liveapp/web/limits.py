"""Rate limits by address and account. When their store is away they let people through."""

from __future__ import annotations

import hashlib

from flask import Flask, Response, request
from flask_limiter import Limiter, RouteLimit
from flask_limiter.util import get_remote_address

from liveapp.rules.texts import address_of

limiter = Limiter(get_remote_address, swallow_errors=True, in_memory_fallback_enabled=True, headers_enabled=True)

SIGN_IN = "10 per minute; 60 per hour"
ACCOUNT = "10 per 10 minutes; 60 per day"
MAILS = "5 per minute; 30 per hour"
GIFTS = "30 per minute; 1000 per day"
"""Plans given by staff: a studio that moves in gives hundreds in a day; one address is limited beside it."""
BOOKING = "60 per minute"
SLOTS = "300 per minute"
"""Five a second: more than anybody clicks through months, and enough for the website of a business."""
POSITIONS = "10 per 10 minutes"
"""Tries by one booking to be let in by position: nobody feels their way to the place."""
BOOKINGS_FOR_ONE = "20 per 10 minutes; 60 per day"
"""A guest's bookings mail an address that nobody has proved: nobody's mailbox is flooded with them."""


def set_up(app: Flask) -> None:
    """Binds the limiter to the deployment's Redis (`RATELIMIT_STORAGE_URI`), with short timeouts."""
    app.config.setdefault("RATELIMIT_STORAGE_OPTIONS", {"socket_connect_timeout": 0.1, "socket_timeout": 0.1})
    limiter.init_app(app)


def storage_uri(redis_url: str) -> str:
    """The limiter's own spelling of a Redis address: it knows a unix socket under another scheme."""
    return f"redis+{redis_url}" if redis_url.startswith("unix:") else redis_url


def per_account(limit: str, *, methods: list[str] | None = None) -> RouteLimit:
    """A limit by the address that the form names."""
    return limiter.limit(limit, key_func=_account, methods=methods)


def per_account_refused(limit: str) -> RouteLimit:
    """As `per_account`, but only refused tries count: nobody is locked out by signing in often."""
    return limiter.limit(limit, key_func=_account, deduct_when=_refused)


def _account() -> str:
    """The address's hash, so that the limiter's store holds none; without one, where the request comes from.

    However an address is spelled, it is the one that the form reads.
    """
    email = address_of(request.form.get("email", ""))
    return hashlib.sha256(email.encode()).hexdigest() if email else get_remote_address()


def _refused(response: Response) -> bool:
    return response.status_code == 422
