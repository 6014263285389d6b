"""A host's weekly hours, overrides, travel and booking rules, with the guest's view of them."""

from __future__ import annotations

from flask import Blueprint

from liveapp.web.navigation import P

blueprint = Blueprint("availability", __name__, url_prefix=f"{P}/availability")
