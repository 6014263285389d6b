"""Programs: list, new, edit, archive."""

from __future__ import annotations

from flask import Blueprint

from liveapp.web.navigation import P

blueprint = Blueprint("programs", __name__, url_prefix=f"{P}/programs")
