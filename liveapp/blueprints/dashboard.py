"""The business's first page: totals, what comes next, what needs a person."""

from __future__ import annotations

from flask import Blueprint

from liveapp.web.navigation import P

blueprint = Blueprint("dashboard", __name__, url_prefix=P)
