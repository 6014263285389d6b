"""The public pages: an organization's schedule, a session, a host's times. Everything works without script."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request

from liveapp.rules.timezones import is_timezone

blueprint = Blueprint("book", __name__, url_prefix="/book")

YEAR_SECONDS = 365 * 24 * 3600


@blueprint.after_request
def keep_timezone(response: Response) -> Response:
    """A zone chosen in the page's own picker is kept for the next pages, also without script."""
    chosen = request.args.get("tz", "")
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    if chosen != request.cookies.get("tz") and is_timezone(chosen):
        for name, value in (("tz", chosen), ("tz_chosen", "1")):
            response.set_cookie(name, value, max_age=YEAR_SECONDS, samesite="Lax", secure=secure)
    return response


from liveapp.blueprints.book import plans, schedule, session, times  # noqa: E402

__all__ = ["blueprint", "plans", "schedule", "session", "times"]
