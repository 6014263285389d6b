"""The organization's settings and policies."""

from __future__ import annotations

from flask import Blueprint

from liveapp.web.navigation import P

blueprint = Blueprint("settings", __name__, url_prefix=f"{P}/settings")
