"""What becomes of a session without anybody's booking being touched: published, taken back, started, ended, deleted."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Update, bindparam, select, update

from liveapp.db import AnyRow, db, table
from liveapp.domain.actor import Actor
from liveapp.domain.audit import service as audit
from liveapp.domain.availability import claims
from liveapp.domain.errors import Forbidden, NotFound
from liveapp.domain.live_sessions import access, calendars, links
from liveapp.domain.live_sessions.errors import StillBooked
from liveapp.domain.live_sessions.making import check_future
from liveapp.domain.live_sessions.models import LiveSession, Series
from liveapp.domain.outbox import service as outbox
from liveapp.rules.lifecycle import ForbiddenTransition
from liveapp.rules.roles import Right, may
from liveapp.rules.wording import counted


def publish(*, session_id: uuid.UUID, actor: Actor, now: datetime) -> None:
    """People see the draft from now on. Raises Invalid for one in the past."""
    make_public([access.own(session_id, actor)], actor, now)


def make_public(sessions: Sequence[AnyRow], actor: Actor, now: datetime) -> None:
    """Publishes the drafts. Raises as `publish`."""
    changes = []
    for session in sessions:
        status = access.target(session, "publish", actor)
        check_future(session.scheduled_at, now, session.timezone)
        public = {"status": status, "published_at": now, "published_by": actor.user_id}
        changes.append((session, public | calendars.next_revision(session)))
    change_each(changes, "publish", actor, now)
    calendars.follow(sessions, now=now)


def publish_series(*, session_id: uuid.UUID, actor: Actor, now: datetime) -> int:
    """Publishes every draft of the session's series that lies ahead, and those it will make. Returns how many."""
    session = access.own(session_id, actor)
    access.target(session, "publish", actor)
    if session.series_id is None:
        raise NotFound()
    query = select(*LiveSession.__table__.columns).where(
        LiveSession.series_id == session.series_id,
        LiveSession.status == "draft",
        LiveSession.deleted_at.is_(None),
        LiveSession.scheduled_at > now,
    )
    drafts = db.session.execute(query).all()
    make_public(drafts, actor, now)
    db.session.execute(update(Series).where(Series.id == session.series_id).values(publishes=True))
    audit.record(
        actor=actor, action="publish", object_type="series", object_id=session.series_id, now=now,
        after={"publishes": True, "published": len(drafts)},
    )  # fmt: skip
    return len(drafts)


def unpublish(*, session_id: uuid.UUID, actor: Actor, now: datetime) -> None:
    """The session is a draft again. Raises StillBooked, saying how many, while anyone is booked or waits."""
    take_back([access.own(session_id, actor)], actor, now)


def take_back(sessions: Sequence[AnyRow], actor: Actor, now: datetime) -> None:
    """Makes the sessions drafts again. Raises as `unpublish`."""
    changes = []
    for session in sessions:
        status = check_unpublishable(session, actor)
        draft = {"status": status, "published_at": None, "published_by": None}
        changes.append((session, draft | calendars.next_revision(session)))
    change_each(changes, "unpublish", actor, now)
    calendars.follow(sessions, now=now)


def check_unpublishable(session: AnyRow, actor: Actor) -> str:
    """The status it will have. Raises StillBooked, and what `access.target` does."""
    status = access.target(session, "unpublish", actor)
    if session.participant_count or session.waiting_count:
        raise StillBooked(
            f"{people_in_words(session)}, so it can't be unpublished. Cancel it instead: everybody is told."
        )
    return status


def take_back_start(*, session_id: uuid.UUID, actor: Actor, now: datetime) -> None:
    """Started by mistake: it is scheduled again, while its start lies ahead. Raises NotOpen after it."""
    session = access.own(session_id, actor)
    status = access.target_now(session, "take_back", actor, now)
    change(session, "take_back", actor, now, status=status, started_at=None)


def end(*, session_id: uuid.UUID, actor: Actor, now: datetime) -> None:
    """The session is over. What a meeting costs that ends before its time is looked at by a job."""
    session = access.own(session_id, actor)
    if session.type == "meeting" and now < session.ends_at:
        outbox.put("end_early", now=now, session_id=str(session_id))
    change(session, "end", actor, now, status=access.target(session, "end", actor), ended_at=now)


def delete(*, session_id: uuid.UUID, actor: Actor, now: datetime) -> None:
    """Takes a draft or a cancelled session out of all lists; its history is kept."""
    session = access.own(session_id, actor)
    check_deletable(session, actor)
    remove([session], actor, now)


def check_deletable(session: AnyRow, actor: Actor) -> None:
    """Raises NotFound for a meeting, Forbidden for the wrong role, ForbiddenTransition while it takes place."""
    if session.type == "meeting":
        raise NotFound()
    if not (access.may_edit(session, actor) or may(actor.role, Right.CANCEL_SESSION)):
        raise Forbidden()
    if session.status not in ("draft", "cancelled"):
        raise ForbiddenTransition(f"This session is {session.status}, so it can't be deleted. Cancel it first.")


def remove(sessions: Sequence[AnyRow], actor: Actor, now: datetime) -> None:
    """Deletes them softly and gives their time back. Their dates stay in their series, and are never made again."""
    claims.release([session.id for session in sessions])
    change_each([(session, {"deleted_at": now}) for session in sessions], "delete", actor, now)


def change(session: AnyRow, action: str, actor: Actor, now: datetime, **values: Any) -> None:
    """Writes the values and an audit entry of those that changed."""
    change_each([(session, values)], action, actor, now)


def change_each(changes: Sequence[tuple[AnyRow, dict[str, Any]]], action: str, actor: Actor, now: datetime) -> None:
    """As `change`, of many sessions, each with its own values: one statement for all that change the same columns."""
    rows: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    found = []
    for session, values in changes:
        changed = {name: value for name, value in values.items() if getattr(session, name) != value}
        found.append((session, changed))
        if changed:
            rows.setdefault(tuple(changed), []).append(changed | {"changing": session.id})
            before = {name: getattr(session, name) for name in changed}
            _record(session, action, actor, now, before=before, after=changed)
    for names, same in rows.items():
        db.session.execute(_setting(names), same)
    links.follow_changes(found, now=now)


@cache
def _setting(names: tuple[str, ...]) -> Update:
    """Sets these columns of one session; made once for each set of them, as building it takes longer than running."""
    sessions = table(LiveSession)
    return update(sessions).where(sessions.c.id == bindparam("changing")).values({n: bindparam(n) for n in names})


def people_in_words(session: AnyRow) -> str:
    """12 people are booked and 3 wait."""
    booked, waiting = session.participant_count, session.waiting_count
    booked_words = f"{counted(booked, 'person', 'people')} {'is' if booked == 1 else 'are'} booked"
    if not waiting:
        return booked_words
    if not booked:
        return f"{counted(waiting, 'person', 'people')} {'waits' if waiting == 1 else 'wait'}"
    return f"{booked_words} and {waiting} {'waits' if waiting == 1 else 'wait'}"


def _record(session: AnyRow, action: str, actor: Actor, now: datetime, **changes: Any) -> None:
    kind = "meeting" if session.type == "meeting" else "session"
    audit.record(actor=actor, action=action, object_type=kind, object_id=session.id, now=now, **changes)
