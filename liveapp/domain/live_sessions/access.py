"""Who may do what to a session: one place that loads it for a change and asks the tables."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import select

from liveapp.db import AnyRow, db
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.actor import Actor
from liveapp.domain.errors import Forbidden, NotFound
from liveapp.domain.live_sessions.errors import AskFirst, NotEditable, NotOpen
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.rules.lifecycle import MEETING, SESSION, Machine, Times, asks, edge_of, may_use, next_status
from liveapp.rules.roles import Right, may

EDITABLE = ("draft", "scheduled", "live")


def own(session_id: uuid.UUID, actor: Actor) -> AnyRow:
    """Every column of the session, for somebody of its own organization. Raises NotFound for everybody else."""
    query = select(*LiveSession.__table__.columns).where(
        LiveSession.id == session_id,
        LiveSession.organization_id == actor.organization_id,
        LiveSession.deleted_at.is_(None),
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound()
    return row


def machine(session: AnyRow) -> Machine:
    """The table of this session's life."""
    return MEETING if session.type == "meeting" else SESSION


def target(session: AnyRow, verb: str, actor: Actor) -> str:
    """The status that the verb leads to. Raises Forbidden for the wrong role, ForbiddenTransition (409) otherwise."""
    by_clock = actor.user_id is None
    is_host = session.host_id == actor.user_id
    if not by_clock and not may_use(machine(session), verb, role=actor.role, is_host=is_host):
        raise Forbidden(f"Only an owner or admin can {verb} sessions. Ask one of them.")
    return next_status(machine(session), session.status, verb)


def times(session: AnyRow) -> Times:
    """When it starts, and when its window opens."""
    organization = accounts.organization_by_id(organization_id=session.organization_id)
    return Times.of(
        session.scheduled_at,
        check_in_minutes=organization.check_in_opens_minutes,
        join_minutes=organization.join_window_minutes,
    )


def target_now(session: AnyRow, verb: str, actor: Actor, now: datetime, *, agreed: int | None = None) -> str:
    """As `target`, for a verb that has its time. Raises NotOpen outside of it, and AskFirst where people lose something
    and the person hasn't agreed to just so many. The clock has its own time, and asks nobody."""
    status = target(session, verb, actor)
    if actor.user_id is None:
        return status
    when, edge = times(session), edge_of(machine(session), session.status, verb)
    if not edge.is_open(when, now):
        raise NotOpen(verb, when, session.timezone, now)
    if asks(machine(session), session.status, verb, people=session.waiting_count) and agreed != session.waiting_count:
        raise AskFirst()
    return status


def may_edit(session: AnyRow, actor: Actor) -> bool:
    """Owners and admins edit every session, a coach their own drafts."""
    own_draft = session.status == "draft" and session.host_id == actor.user_id
    return may(actor.role, Right.EDIT_ANY_SESSION) or (own_draft and may(actor.role, Right.EDIT_OWN_DRAFT))


def check_editable(session: AnyRow, actor: Actor) -> None:
    """Raises Forbidden for the wrong role, NotEditable when it is over or cancelled, NotFound for a meeting."""
    if session.type == "meeting":
        raise NotFound("Meetings are changed on the meetings page.")
    if not may_edit(session, actor):
        raise Forbidden("You can edit drafts of your own sessions. Ask an owner or admin for this one.")
    if session.status not in EDITABLE:
        state = "cancelled" if session.status == "cancelled" else "over"
        raise NotEditable(f"This session is {state}, so it can't be edited. Duplicate it instead.")
