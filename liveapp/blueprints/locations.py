"""Locations: list, new, edit, archive."""

from __future__ import annotations

from flask import Blueprint

from liveapp.web.navigation import P

blueprint = Blueprint("locations", __name__, url_prefix=f"{P}/locations")
