"""What a person has that bears on a place in a session (bookings, plans, role), and the one answer that it gives."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, or_, select

from liveapp.db import AnyRow, db, table
from liveapp.domain.bookings import places
from liveapp.domain.bookings.models import LIVE, Booking
from liveapp.domain.bookings.paying import provider_of
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.plans import queries as plans
from liveapp.domain.plans.queries import Means
from liveapp.rules.eligibility import Answer, Eligibility, PlaceFacts, eligibility
from liveapp.rules.plans import HeldPlan, counts_for_quota
from liveapp.rules.recurrence import resolve_local
from liveapp.rules.zones import local_day, week_around

LONGEST = timedelta(days=1)
"""No session lasts longer, so whatever overlaps one began at most so long before it."""
CONFIRMED = ("confirmed", "attended")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks: nobody in particular, or a person.

    `is_known` says that they have shown who they are; somebody who only typed an address is told nothing of what its
    owner has, and can't use their plans. `is_staff` lets whoever asks past everything but capacity. `besides` is a
    booking of theirs that doesn't count, as it is to move, nor does one that is held in its place, or that it takes the
    place of (`replaces`). `pays_with` is the plan whose credit it uses, which can pay again. `timezone` is for the
    words.
    """

    user_id: uuid.UUID | None = None
    is_known: bool = False
    is_staff: bool = False
    besides: uuid.UUID | None = None
    replaces: uuid.UUID | None = None
    pays_with: uuid.UUID | None = None
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Prospect:
    """A session that isn't there yet, as far as it bears on who could take its place: a time that a host offers."""

    organization_id: uuid.UUID
    program_id: uuid.UUID | None
    scheduled_at: datetime
    ends_at: datetime
    price_minor: int | None
    currency: str
    plan_only: bool
    payment_provider: str
    payment_timing: str
    organization_timezone: str
    week_start: int
    id: uuid.UUID | None = None
    status: str = "scheduled"
    max_participants: int = 1
    participant_count: int = 0
    waiting_count: int = 0
    has_waitlist: bool = False
    waitlist_size: int | None = None
    booking_cutoff_minutes: int = 0
    booking_opens_days: int | None = None
    promotion_cutoff_minutes: int = 0
    delivery_mode: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """The answer, and the person's own live booking of the session (id, status, link_nonce, expires_at) if any."""

    answer: Eligibility
    own: AnyRow | None = None
    has_lapsed: bool = False
    """They had a place there that was kept for them until now: it ends before they can book again."""


def standing(session: AnyRow, reader: Reader, now: datetime) -> Standing:
    """Whether this person may book a place in the session now. `session` is a row of `places.bookable`."""
    around = _around(session, reader)
    own = next((row for row in around if row.session_id == session.id and row.status in LIVE), None)
    has_lapsed = own is not None and places.has_lapsed(own, now)
    own = None if has_lapsed else own
    facts = replace(_facts(session, reader, own, _overlapping(session, around, now)), taken=places.taken(session, now))
    if reader.user_id is None or reader.is_staff or not reader.is_known:
        return Standing(eligibility(facts, now), own, has_lapsed)
    answer = eligibility(facts, now) if _asks_nothing(facts) else None
    if answer is None or answer.answer not in (Answer.ELIGIBLE, Answer.ALREADY_BOOKED):
        answer = eligibility(_with_means(facts, session, reader, around), now)
    return Standing(answer, own, has_lapsed)


def promotable(session: AnyRow, booking: AnyRow, now: datetime, *, is_holder: bool = False) -> Eligibility:
    """Whether a waiting person could take a place if there is one; `is_holder`: they ask, and have shown who they are.

    Where somebody only typed their address, their plans pay for nothing unless they do. What the place cost when they
    began to wait is what it costs them.
    """
    known = is_holder or booking.is_known
    reader = Reader(user_id=booking.user_id, is_known=known, besides=booking.id, timezone=booking.timezone)
    return could_take(session, reader, now, booked=booking)


def could_take(
    session: AnyRow | Prospect, reader: Reader, now: datetime, *, booked: AnyRow | None = None
) -> Eligibility:
    """The answer as far as it is the person's: their plans, quotas, and what they have at that time. The session's own
    places, line, cutoff and visibility don't count. `booked`: a booking of theirs there, whose price holds."""
    around = _around(session, reader)
    facts = _facts(session, reader, None, _overlapping(session, around, now))
    if booked is not None:
        facts = replace(facts, price_minor=booked.list_price_minor or None, plan_only=booked.plan_only)
    if reader.user_id and reader.is_known:
        facts = _with_means(facts, session, reader, around)
    facts = replace(facts, status="scheduled", taken=0, waiting=0, cutoff_minutes=0, opens_at=None, visible=True)
    return eligibility(facts, now)


def hindrances(session: AnyRow, user_id: uuid.UUID | None, now: datetime) -> tuple[Answer, ...]:
    """Why the person couldn't book by themselves if a place were free: what staff book them past. Nobody: somebody new.

    First what keeps everybody out now (closed, not open, not to be seen), then what keeps this person out.
    """
    reader = Reader(user_id=user_id, is_known=user_id is not None)
    around = _around(session, reader)
    facts = replace(_facts(session, reader, None, _overlapping(session, around, now)), taken=0, waiting=0)
    if user_id:
        facts = _with_means(facts, session, reader, around)
    later = replace(facts, status="scheduled", starts_at=now + LONGEST, cutoff_minutes=0, opens_at=None, visible=True)
    asked = (eligibility(facts, now).answer, eligibility(later, now).answer)
    return tuple(dict.fromkeys(answer for answer in asked if answer is not Answer.ELIGIBLE))


def held_plans(session: AnyRow, user_id: uuid.UUID) -> tuple[HeldPlan, ...]:
    """The person's plans that cover the session, as they stand for it, quotas counted."""
    reader = Reader(user_id=user_id, is_known=True)
    return _with_usage(_means(session, reader), session, _around(session, reader))


def _asks_nothing(facts: PlaceFacts) -> bool:
    """Whether the session is free for everybody, so that plans don't matter."""
    return not facts.takes_payment or not (facts.price_minor or facts.plan_only)


def _facts(session: AnyRow | Prospect, reader: Reader, own: AnyRow | None, overlapping: AnyRow | None) -> PlaceFacts:
    provider = provider_of(session)
    return PlaceFacts(
        status=session.status,
        starts_at=session.scheduled_at,
        cutoff_minutes=session.booking_cutoff_minutes,
        opens_at=_opens_at(session),
        capacity=session.max_participants,
        taken=session.participant_count,
        waiting=session.waiting_count,
        has_waitlist=session.has_waitlist,
        waitlist_size=session.waitlist_size,
        promotion_cutoff_minutes=session.promotion_cutoff_minutes,
        own_status=own.status if own else None,
        overlapping=_title(overlapping.session_id) if overlapping else None,
        is_staff=reader.is_staff,
        visible=session.delivery_mode in (None, "schedule"),
        price_minor=session.price_minor or None,
        plan_only=session.plan_only,
        takes_payment=provider != "none",
        takes_cards=provider == "stripe",
        charges_after=session.payment_timing == "after_session",
        is_known=reader.is_known,
        timezone=reader.timezone,
    )


def _with_means(facts: PlaceFacts, session: AnyRow | Prospect, reader: Reader, around: Sequence[AnyRow]) -> PlaceFacts:
    """The facts with what the person is and holds there."""
    means = _means(session, reader)
    if means.is_staff:
        return replace(facts, is_staff=True)
    plans = _with_usage(means, session, around)
    if reader.pays_with is not None:
        plans = (_paying_again(plans, reader.pays_with), *(plan for plan in plans if plan.key != reader.pays_with))
    return replace(facts, plans=plans)


def _paying_again(plans: tuple[HeldPlan, ...], key: uuid.UUID) -> HeldPlan:
    """A plan whose credit is there already, as a booking uses it that is to move; what was used counts also when the
    plan has ended since."""
    own = next((plan for plan in plans if plan.key == key), HeldPlan(key=key, name=""))
    return replace(own, credits=None, runs=True)


def _means(session: AnyRow | Prospect, reader: Reader) -> Means:
    assert reader.user_id is not None
    return plans.means(
        user_id=reader.user_id,
        organization_id=session.organization_id,
        program_id=session.program_id,
        at=session.scheduled_at,
    )


def _with_usage(means: Means, session: AnyRow | Prospect, around: Sequence[AnyRow]) -> tuple[HeldPlan, ...]:
    """The plans with how often each was used on the session's day and in its week, over all subscriptions to it."""
    zone = session.organization_timezone
    day = local_day(session.scheduled_at, zone)
    first, after = week_around(day, session.week_start)
    days: Counter[uuid.UUID] = Counter()
    weeks: Counter[uuid.UUID] = Counter()
    for row in around:
        plan_id = means.plan_ids.get(row.subscription_id)
        if plan_id is None or not _counts(row):
            continue
        booked_for = local_day(row.starts_at, zone)
        days[plan_id] += booked_for == day
        weeks[plan_id] += first <= booked_for < after
    return tuple(
        replace(plan, used_that_day=days[means.plan_ids[plan.key]], used_that_week=weeks[means.plan_ids[plan.key]])
        for plan in means.plans
    )


def _counts(row: AnyRow) -> bool:
    return counts_for_quota(
        row.status,
        late=bool(row.cancelled_late),
        waived=row.waived_at is not None,
        late_counts=row.count_late_cancellations,
        no_show_counts=row.count_no_shows,
    )


def overlaps_another(session: AnyRow, booking: AnyRow, now: datetime) -> bool:
    """Whether the booking's person has another place at that time by now that none of their plans allows beside it."""
    reader = Reader(
        user_id=booking.user_id, is_known=booking.is_known, besides=booking.id, replaces=booking.replaces_id
    )
    return could_take(session, reader, now, booked=booking).answer is Answer.OVERLAP


def _overlapping(session: AnyRow | Prospect, around: Sequence[AnyRow], now: datetime) -> AnyRow | None:
    """The first booking of another session, confirmed or held, whose time intersects this one's; touching isn't
    meeting."""
    meeting = (
        row
        for row in around
        if (row.status in CONFIRMED or (row.status == "held" and row.expires_at > now))
        and row.session_id != session.id
        and row.starts_at < session.ends_at
        and session.scheduled_at < row.ends_at
    )
    return min(meeting, key=lambda row: (row.starts_at, row.id), default=None)


def _around(session: AnyRow | Prospect, reader: Reader) -> Sequence[AnyRow]:
    """The person's bookings, in every organization, of the session's week and time, but the one that doesn't count.

    Columns: id, session_id, status, link_nonce, expires_at, starts_at, ends_at, subscription_id, cancelled_late,
    waived_at, count_late_cancellations, count_no_shows, replaces_id.
    """
    if reader.user_id is None:
        return []
    zone = session.organization_timezone
    first, after = week_around(local_day(session.scheduled_at, zone), session.week_start)
    values = {
        "user_id": reader.user_id,
        "first": min(resolve_local(first, time(), zone), session.scheduled_at - LONGEST),
        "last": max(resolve_local(after, time(), zone), session.ends_at),
    }
    moving = {reader.besides, reader.replaces} - {None}
    return [
        row
        for row in db.session.execute(_between(), values)
        if row.id not in moving and (row.replaces_id is None or row.replaces_id != reader.besides)
    ]


@cache
def _between() -> Select[*tuple[Any, ...]]:
    bookings = table(Booking)
    return (
        select(
            bookings.c.id,
            bookings.c.session_id,
            bookings.c.status,
            bookings.c.link_nonce,
            bookings.c.expires_at,
            bookings.c.starts_at,
            bookings.c.ends_at,
            bookings.c.subscription_id,
            bookings.c.cancelled_late,
            bookings.c.waived_at,
            bookings.c.count_late_cancellations,
            bookings.c.count_no_shows,
            bookings.c.replaces_id,
        )
        .where(
            bookings.c.user_id == bindparam("user_id"),
            bookings.c.starts_at >= bindparam("first"),
            bookings.c.starts_at < bindparam("last"),
            or_(
                bookings.c.status.in_(LIVE),
                and_(bookings.c.status == "cancelled", bookings.c.cancelled_late, bookings.c.waived_at.is_(None)),
            ),
        )
        .order_by(bookings.c.starts_at, bookings.c.id)
    )


def _title(session_id: uuid.UUID) -> str:
    return db.session.execute(select(LiveSession.title).where(LiveSession.id == session_id)).scalar_one()


def _opens_at(session: AnyRow | Prospect) -> datetime | None:
    if session.booking_opens_days is None:
        return None
    opens: datetime = session.scheduled_at - timedelta(days=session.booking_opens_days)
    return opens
