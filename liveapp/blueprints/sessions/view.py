"""One session: what it is, who comes, what happened."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from liveapp.blueprints.sessions import blueprint
from liveapp.blueprints.sessions.content import content_of
from liveapp.blueprints.sessions.desk import Desk, opened
from liveapp.blueprints.sessions.joining import joining_of
from liveapp.db import AnyRow
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.accounts.providers import in_force
from liveapp.domain.attendance import door
from liveapp.domain.attendance.queries import EXPECTED
from liveapp.domain.audit import queries as audit
from liveapp.domain.bookings import queries as bookings
from liveapp.domain.bookings import topics
from liveapp.domain.live_sessions import access, queries
from liveapp.domain.live_sessions import series as series_rows
from liveapp.domain.payments import desk as desk_money
from liveapp.rules.attendance import Summary, summary
from liveapp.rules.lifecycle import open_verbs
from liveapp.rules.recurrence import describe
from liveapp.rules.roles import Right, may
from liveapp.rules.topics import deadline
from liveapp.rules.waitlist import PASSED_OVER
from liveapp.web import clock
from liveapp.web.filters import fmt_clock
from liveapp.web.headers import ANYWHERE, leading_to
from liveapp.web.history import in_words
from liveapp.web.htmx import page
from liveapp.web.standing import standing
from liveapp.web.urls import absolute_url

MOST = 100
"""So many people are shown at once; the others are looked for."""
LONG = 20
"""With more people than that there is a search."""


@blueprint.get("/<uuid:session_id>")
def detail(session_id: uuid.UUID) -> Response:
    response = page("sessions/detail.html", **shown(opened(session_id)))
    return leading_to(response, ANYWHERE)


@blueprint.get("/<uuid:session_id>/roster")
def roster(session_id: uuid.UUID) -> AnyResponse:
    desk = opened(session_id)
    session = desk.session
    arrivals = door.pulse(session_id=session_id).version
    asked = quote(request.args.get("who", ""))
    reader = (desk.actor.role, desk.names_only)
    parts = (session.revision, session.max_participants, session.status, *reader, desk.is_open, arrivals, asked)
    tag = "-".join(str(each).replace(" ", "_") for each in (bookings.roster_version(session_id=session_id), *parts))
    if request.if_none_match.contains(tag):
        return Response(status=304, headers={"ETag": f'"{tag}"'})
    people = bookings.roster(session_id=session_id, names_only=desk.names_only)
    response = page("sessions/_roster.html", **roster_of(desk, people))
    response.set_etag(tag)
    return response


def shown(desk: Desk) -> dict[str, Any]:
    """Everything that the session's page shows."""
    people = bookings.roster(session_id=desk.session.id, names_only=desk.names_only)
    ids = [desk.session.id, *(row.id for row in people if not desk.names_only)]
    entries = audit.entries_about(organization_id=desk.organization.id, object_ids=ids)
    staff = accounts.hosts(organization_id=desk.organization.id)
    told = {"history": in_words(entries, people, staff), "may_read_audit": may(desk.actor.role, Right.READ_AUDIT)}
    return _state(desk) | roster_of(desk, people) | content_of(desk) | told


def _state(desk: Desk) -> dict[str, Any]:
    """Facts, what may be done with it now, and where the public finds it."""
    session, actor = desk.session, desk.actor
    is_meeting = session.type == "meeting"
    allowed = open_verbs(
        access.machine(session),
        session.status,
        role=actor.role,
        is_host=session.host_id == actor.user_id,
        times=access.times(session),
        now=clock.now(),
    )
    may_edit = not is_meeting and session.status in access.EDITABLE and access.may_edit(session, actor)
    return {
        "session": session,
        "verbs": [verb for verb in allowed if not is_meeting or verb in ("start", "take_back", "end")],
        "asks_to_start": session.waiting_count > 0,
        "may_edit": may_edit,
        "may_delete": not is_meeting
        and session.status in ("draft", "cancelled")
        and (access.may_edit(session, actor) or "publish" in allowed),
        "series_words": _series_words(session) if session.series_id else "",
        "drafts": queries.dates_in_series(series_id=session.series_id, status="draft", now=clock.now())
        if session.series_id
        else 0,
        "suggests_topics": topics.takes_suggestions(session),
        "topic_until": deadline(session.scheduled_at, session.topic_deadline_hours),
        "topic_late": topics.why_late(session, clock.now()),
        "joining": joining_of(desk),
        "public_url": absolute_url("book.session", slug=session.organization_slug, session_id=session.id),
    }


def _series_words(session: AnyRow) -> str:
    rule = series_rows.rule_of(session)
    return describe(rule, fmt_clock(rule.start_time))


def roster_of(desk: Desk, people: Sequence[AnyRow]) -> dict[str, Any]:
    """Who comes, who waits, who did either, of whom is looked for (`?who=`); and what may be done about it."""
    session, gone = desk.session, ("cancelled", "declined", "expired")
    wanted = request.args.get("who", "").strip()
    found = [row for row in people if wanted.casefold() in f"{row.name} {row.email or ''}".casefold()]
    coming = [row for row in found if row.status not in (*gone, "waitlisted")]
    waiting = [row for row in found if row.status == "waitlisted"]
    ended = [row for row in found if row.status in gone]
    shown = {row.id for row in (*coming[:MOST], *waiting[:MOST])}
    arrived = door.people(session_id=session.id, names_only=desk.names_only)
    return {
        "session": session,
        "wanted": wanted,
        "is_long": len(people) > LONG,
        "in_line": {row.id: n for n, row in enumerate((r for r in people if r.status == "waitlisted"), 1)},
        "more": {"coming": len(coming) - MOST, "waiting": len(waiting) - MOST, "gone": len(ended) - MOST},
        "standings": {each.id: standing(each, session.timezone) for each in arrived if each.id in shown},
        "came": sum(each.checked_in_at is not None for each in arrived),
        "attendance": _attendance(desk, arrived),
        "is_open": desk.is_open and desk.checks_in,
        "coming": coming[:MOST],
        "waiting": waiting[:MOST],
        "gone": ended[:MOST],
        "may_run_roster": desk.runs_roster,
        "may_see_money": may(desk.actor.role, Right.VIEW_MONEY_OF_OTHERS),
        "names_only": desk.names_only,
        "may_manage_people": may(desk.actor.role, Right.MANAGE_PEOPLE),
        "may_check_in": desk.checks_in and session.status in ("scheduled", "live", "ended"),
        "may_add": desk.runs_roster and session.type != "meeting" and session.status in ("scheduled", "live"),
        "says_paid": in_force(desk.organization.payment_provider) != "none"
        and bool(session.price_minor or session.plan_only),
        "desk_money": desk_money.paid_for_each(
            booking_ids=[row.id for row in (*coming[:MOST], *ended[:MOST]) if row.paid_by == "at_desk"]
        ),
        "passed_over": {why: words for why, (words, _) in PASSED_OVER.items()},
    }


def _attendance(desk: Desk, arrived: Sequence[AnyRow]) -> Summary | None:
    """Who came in the end, once the session is closed; None before, and where nobody was expected."""
    expected = [each for each in arrived if each.status in EXPECTED]
    if desk.session.closed_at is None or not expected:
        return None
    return summary(len(expected), [each.record for each in expected if each.record])
