"""The public pages: an organization's schedule, a session, a host's times."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("book", __name__, url_prefix="/book")
