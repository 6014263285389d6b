"""Closures: days on which nothing is offered, and what they hit."""

from __future__ import annotations

from flask import Blueprint

from liveapp.web.navigation import P

blueprint = Blueprint("closures", __name__, url_prefix=f"{P}/closures")
