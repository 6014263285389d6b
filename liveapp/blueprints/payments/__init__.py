"""Every payment of the business: the list, one with what became of it, and money given back."""

from __future__ import annotations

from flask import Blueprint

from liveapp.web import auth
from liveapp.web.navigation import P

blueprint = Blueprint("payments", __name__, url_prefix=f"{P}/payments")
blueprint.before_request(auth.guard)

from liveapp.blueprints.payments import giving, lists  # noqa: E402

__all__ = ["blueprint", "giving", "lists"]
