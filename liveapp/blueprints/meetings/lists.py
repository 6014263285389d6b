"""The lists of meetings, and one meeting in full."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from flask import Response, request, url_for

from liveapp.blueprints.meetings import blueprint
from liveapp.blueprints.meetings.desk import meeting
from liveapp.blueprints.meetings.taking_place import course
from liveapp.blueprints.sessions.desk import opened
from liveapp.blueprints.sessions.joining import joining_of
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.actor import Actor
from liveapp.domain.availability import queries as availability
from liveapp.domain.meetings import lists
from liveapp.domain.meetings.lists import Page, Place
from liveapp.domain.payments import desk, reviewing
from liveapp.rules.roles import Right, may
from liveapp.web import auth, clock
from liveapp.web.headers import ANYWHERE, leading_to
from liveapp.web.htmx import page, swap

TABS = (("upcoming", "Upcoming"), ("requests", "Requests"), ("past", "Past"))
REVIEW = ("review", "To decide")
"""For owners and admins: what waits for their decision."""


@blueprint.get("")
def index() -> Response:
    """Upcoming meetings, past ones or requests; coaches see their own, the others may choose a host."""
    organization = auth.current_organization()
    actor = auth.require(organization.id, Right.ANSWER_MEETINGS)
    host_id, host = _host(actor)
    decides = may(actor.role, Right.GIVE_MONEY_BACK)
    view = request.args.get("view", "upcoming")
    view = view if view in dict((*TABS, REVIEW) if decides else TABS) else "upcoming"
    whose: dict[str, Any] = {"organization_id": organization.id, "host_id": host_id}
    matters = reviewing.to_review(organization_id=organization.id) if decides else []
    found, hosts = _page(view, whose), _hosts(actor)
    return swap(
        "meetings/_list.html",
        "meetings/index.html",
        view=view,
        tabs_shown=_tabs(view, host, lists.number_of_requests(**whose), len(matters)),
        matters=matters,
        found=found,
        host=host,
        hosts=hosts,
        shows_host=host_id is None and len(hosts) > 2,
        timezone=organization.timezone,
        earlier=_href(view, host, found, "before") if found.has_earlier else "",
        later=_href(view, host, found, "after") if found.has_more else "",
    )


@blueprint.get("/<uuid:booking_id>")
def detail(booking_id: uuid.UUID) -> Response:
    """One meeting with everything that can be done with it."""
    found, paid = meeting(booking_id), desk.paid_for(booking_id=booking_id)
    joining = joining_of(opened(found.row.session_id))
    response = page("meetings/detail.html", meeting=found, paid=paid, joining=joining, **course(found))
    return leading_to(response, ANYWHERE)


def _page(view: str, whose: dict[str, Any]) -> Page:
    place = _place()
    if view == "requests":
        return lists.requests(**whose, place=place)
    if view == "past":
        return lists.past(**whose, now=clock.now(), place=place)
    return lists.upcoming(**whose, now=clock.now(), place=place)


def _host(actor: Actor) -> tuple[uuid.UUID | None, str]:
    """Whose meetings are listed (nobody in particular: everybody's), and the slug that says so in addresses."""
    if not may(actor.role, Right.ANSWER_ANY_MEETING):
        return actor.user_id, ""
    name = request.args.get("host", "")
    if not name:
        return None, ""
    found = availability.host(organization_id=actor.organization_id, name=name)
    return found.user_id, found.slug


def _hosts(actor: Actor) -> list[tuple[str, str]]:
    if not may(actor.role, Right.ANSWER_ANY_MEETING):
        return []
    return [("", "Everybody"), *((row.slug, row.name) for row in accounts.hosts(organization_id=actor.organization_id))]


def _tabs(view: str, host: str, requests: int, matters: int) -> list[dict[str, Any]]:
    """The tabs; that of what is to be decided while there is something."""
    shown: list[dict[str, Any]] = [
        {"label": label, "href": url_for("meetings.index", view=name, host=host or None), "current": name == view}
        for name, label in ((*TABS, REVIEW) if matters or view == REVIEW[0] else TABS)
    ]
    shown[1]["count"] = requests
    if len(shown) > len(TABS):
        shown[-1]["count"] = matters
    return shown


def _href(view: str, host: str, found: Page, side: str) -> str:
    """The address of the page behind the last row, or before the first. Empty when there is no row to go by."""
    if not found.rows:
        return url_for("meetings.index", view=view, host=host or None)
    row = found.rows[-1] if side == "after" else found.rows[0]
    key = f"{row.scheduled_at:%Y%m%dT%H%M%S%f}Z-{row.session_id.hex}"
    place: dict[str, Any] = {side: key}
    return url_for("meetings.index", view=view, host=host or None, **place)


def _place() -> Place | None:
    """Where the list goes on, from `after` or `before`; anything that can't be read shows its beginning."""
    backwards = "before" in request.args
    at, _, key = request.args.get("before" if backwards else "after", "").partition("-")
    try:
        moment = datetime.strptime(at, "%Y%m%dT%H%M%S%f%z").astimezone(UTC)
        return Place(moment, uuid.UUID(hex=key), backwards)
    except (ValueError, OverflowError):
        return None
