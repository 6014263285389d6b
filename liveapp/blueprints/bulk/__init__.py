"""Bulk changes: chosen in the list of sessions, looked at, applied all or not at all, and kept to be read."""

from __future__ import annotations

from flask import Blueprint

from liveapp.web import auth
from liveapp.web.navigation import P

blueprint = Blueprint("bulk", __name__, url_prefix=f"{P}/bulk")
blueprint.before_request(auth.guard)

from liveapp.blueprints.bulk import records, request  # noqa: E402

__all__ = ["blueprint", "records", "request"]
