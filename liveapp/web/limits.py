"""Rate limits by address and account. When their store is away they let people through."""

from __future__ import annotations

import hashlib
import uuid
from ipaddress import ip_address, ip_network

from flask import Flask, Response, request
from flask_limiter import Limiter, RouteLimit
from flask_limiter.util import get_remote_address
from limits import parse

from liveapp.rules.texts import address_of
from liveapp.web import known_browsers

limiter = Limiter(lambda: network(), swallow_errors=True, in_memory_fallback_enabled=True, headers_enabled=True)

SIGN_IN = "10 per minute; 60 per hour"
TRIES = "10 per 10 minutes; 60 per day"
"""Wrong passwords of one address from one network, or in one browser that its owner knows."""
TRIES_ANYWHERE = "60 per hour; 200 per day"
"""Wrong passwords of one address from all networks. Browsers that its owner signed in with, and mailed links, go on."""
MANY_TRIES = "20 per day"
"""From then on the owner is told."""
MAILS = "5 per minute; 30 per hour"
MAILS_TO_ONE = "5 per 30 minutes"
"""Links to one address, whoever asks. A link lasts 30 minutes: where no more are sent, the last one still works."""
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


def per_network(limit: str) -> RouteLimit:
    """A limit by where the request comes from, which keeps nobody out of a browser that they signed in with before."""
    return limiter.limit(limit, key_func=network, exempt_when=_is_known)


def refused_here(limit: str) -> RouteLimit:
    """A limit of refused tries by network and address together: strangers use up their own tries, not the owner's."""
    return limiter.limit(limit, key_func=_browser_or_network, deduct_when=_refused)


def refused_anywhere(limit: str) -> RouteLimit:
    """A limit of refused tries by the address alone, for browsers that its owner hasn't signed in with."""
    return limiter.limit(limit, key_func=_account, deduct_when=_refused, exempt_when=_is_known)


def per_mailbox(limit: str) -> RouteLimit:
    """A limit by the address that the form names; a browser that its owner knows has one of its own."""
    return limiter.limit(limit, key_func=lambda: _hashed(f"{_known() or ''}:{_email()}"))


def per_link(limit: str) -> RouteLimit:
    """A limit by the link that is opened: nobody uses up the tries of somebody else's."""
    return limiter.limit(limit, key_func=lambda: _hashed(request.path))


def are_many(email: str) -> bool:
    """Counts a refused try with this address; whether they are so many today that its owner should know."""
    try:
        return not limiter.limiter.hit(parse(MANY_TRIES), "many-tries", _hashed(address_of(email) or ""))
    except Exception:  # the store is away: nobody is told
        return False


def network() -> str:
    """Where the request comes from: an address, of version 6 the /64 that one customer has."""
    address = get_remote_address()
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((parsed, 64), strict=False)) if parsed.version == 6 else address


def _email() -> str:
    return address_of(request.form.get("email", "")) or ""


def _known() -> uuid.UUID | None:
    return known_browsers.known_as(_email()) if _email() else None


def _is_known() -> bool:
    return _known() is not None


def _browser_or_network() -> str:
    return _hashed(f"{_known() or network()}:{_email()}")


def _hashed(text: str) -> str:
    """So that the limiter's store holds no addresses."""
    return hashlib.sha256(text.encode()).hexdigest()


def _account() -> str:
    """The address's hash, so that the limiter's store holds none; without one, where the request comes from.

    However an address is spelled, it is the one that the form reads.
    """
    return _hashed(_email()) if _email() else network()


def _refused(response: Response) -> bool:
    return response.status_code == 422
