"""Sessions: list, calendar, new, detail, changes of state, series."""

from __future__ import annotations

from flask import Blueprint

from liveapp.web.navigation import P

blueprint = Blueprint("sessions", __name__, url_prefix=f"{P}/sessions")
