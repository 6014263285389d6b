"""Meetings: requests, upcoming and past ones, and answering them."""

from __future__ import annotations

from flask import Blueprint

from liveapp.rules.lifecycle import meeting_word
from liveapp.web import auth
from liveapp.web.navigation import P

blueprint = Blueprint("meetings", __name__, url_prefix=f"{P}/meetings")
blueprint.before_request(auth.guard)
blueprint.add_app_template_filter(meeting_word)

from liveapp.blueprints.meetings import answers, lists, taking_place, times  # noqa: E402

__all__ = ["answers", "blueprint", "lists", "taking_place", "times"]
