"""Workouts: the library, and what programs do on their days."""

from __future__ import annotations

from flask import Blueprint

from liveapp.web import auth
from liveapp.web.navigation import P

blueprint = Blueprint("workouts", __name__, url_prefix=f"{P}/workouts")
blueprint.before_request(auth.guard)

from liveapp.blueprints.workouts import library, week  # noqa: E402

__all__ = ["blueprint", "library", "week"]
