"""The topic of a session that people suggest: what they wrote, the host's groups, and what it is settled to be."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, update

from liveapp.db import AnyRow, db
from liveapp.domain.actor import Actor
from liveapp.domain.bookings import access, places
from liveapp.domain.bookings.errors import TopicIsFixed, TopicIsLate
from liveapp.domain.bookings.history import record
from liveapp.domain.bookings.models import Booking
from liveapp.domain.errors import Invalid
from liveapp.domain.live_sessions import queries, service
from liveapp.domain.notifications.service import promise
from liveapp.rules import topics
from liveapp.rules.topics import Suggestion, Topic
from liveapp.rules.wording import counted, moment_in_words

LONGEST_TOPIC = 200
SUGGESTS = ("confirmed", "waitlisted")
OPEN = ("draft", "scheduled")


def suggested(*, session_id: uuid.UUID) -> list[Topic]:
    """The topics that people who come or wait are for, the most wished first; keys are the ids of their bookings."""
    query = (
        select(Booking.id, Booking.suggested_topic, Booking.topic_group)
        .where(Booking.session_id == session_id, Booking.status.in_(SUGGESTS))
        .order_by(Booking.created_at, Booking.id)
    )
    rows = db.session.execute(query)
    return topics.tally(Suggestion(row.id, row.suggested_topic, row.topic_group) for row in rows)


def group(*, session_id: uuid.UUID, actor: Actor, now: datetime, booking_ids: Collection[uuid.UUID], name: str) -> int:
    """Puts the topics of these bookings into one group, or takes them apart again (`name` empty).

    Each stands for everybody who is for its topic. Returns how many people that is. Raises Invalid for none, NotFound,
    Forbidden, TopicIsFixed.
    """
    _own(session_id, actor)
    name = " ".join(name.split())
    chosen = {
        key for topic in suggested(session_id=session_id) if set(topic.keys) & set(booking_ids) for key in topic.keys
    }
    if not chosen:
        raise Invalid("Choose the suggestions that belong together.", field="chosen")
    rows = db.session.execute(select(Booking.id, Booking.topic_group).where(Booking.id.in_(chosen)))
    changed = {row.id: row.topic_group for row in rows if row.topic_group != name}
    db.session.execute(update(Booking).where(Booking.id.in_(changed)).values(topic_group=name))
    for booking_id, before in changed.items():
        record(actor, booking_id, "group_topic", now, before={"topic_group": before}, after={"topic_group": name})
    return len(chosen)


def settle(*, session_id: uuid.UUID, actor: Actor, now: datetime, topic: str) -> int:
    """Says what the session is about and tells everybody who is booked; said again, it changes nothing.

    Until the deadline it can be settled anew. Returns how many people are told. Raises Invalid for no words, NotFound,
    Forbidden, TopicIsFixed, TopicIsLate. Take the session's turn.
    """
    session = _own(session_id, actor)
    topic = " ".join(topic.split())
    if not topic:
        raise Invalid("Say what it is about.", field="topic")
    if session.topic_final_at and session.topic == topic:
        return 0
    if late := why_late(session, now):
        raise TopicIsLate(late)
    service.change(session, "settle_topic", actor, now, topic=topic, topic_final_at=now, revision=session.revision + 1)
    told = [each for each in places.holders_of([session_id]) if each.status == "confirmed"]
    promise([places.to_guest("topic_final", each.id, session, each.email) for each in told], now=now)
    return len(told)


def why_late(session: AnyRow, now: datetime) -> str:
    """Why the topic can't be settled any more; empty while it can. `session` as `live_sessions.queries.session`."""
    if session.status not in OPEN:
        return "This session has begun or is over, so its topic stays as it is."
    last = topics.deadline(session.scheduled_at, session.topic_deadline_hours)
    if now <= last:
        return ""
    hours = session.topic_deadline_hours
    before = f", {counted(hours, 'hour')} before the start" if hours else ""
    until = moment_in_words(last, session.timezone)
    return f"The topic could be settled until {until}{before}. An owner or admin can change that in the offering."


def takes_suggestions(session: AnyRow) -> bool:
    """Whether people suggest what the session is about; a meeting is about what its guest wrote."""
    return bool(session.topic_type == "flexible" and session.type != "meeting")


def is_asked_for(session: AnyRow, now: datetime) -> bool:
    """Whether who books now is asked for a topic: until it is settled, or can't be settled any more."""
    return takes_suggestions(session) and session.topic_final_at is None and not why_late(session, now)


def _own(session_id: uuid.UUID, actor: Actor) -> AnyRow:
    """The session with what its offering says of topics. Raises NotFound, Forbidden, TopicIsFixed."""
    session = queries.session(session_id=session_id)
    access.check_runs_roster(session, actor)
    if not takes_suggestions(session):
        raise TopicIsFixed()
    return session
