"""Meetings: requests, upcoming and past ones, and answering them."""

from __future__ import annotations

from flask import Blueprint

from liveapp.web.navigation import P

blueprint = Blueprint("meetings", __name__, url_prefix=f"{P}/meetings")
