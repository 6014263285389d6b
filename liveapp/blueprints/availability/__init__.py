"""A host's weekly hours, exceptions, journeys and booking rules, with the guest's view of them."""

from __future__ import annotations

from flask import Blueprint

from liveapp.web import auth
from liveapp.web.navigation import P

blueprint = Blueprint("availability", __name__, url_prefix=f"{P}/availability")
blueprint.before_request(auth.guard)

from liveapp.blueprints.availability import dates, hours, page, view  # noqa: E402

__all__ = ["blueprint", "dates", "hours", "page", "view"]
