"""What must be true at every moment, as queries that find what isn't. Each returns sentences, one a violation."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from functools import cache
from typing import Any

from sqlalchemy import CompoundSelect, Select, and_, case, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from liveapp.db import AnyRow, Base, db
from liveapp.domain.accounts.models import Membership
from liveapp.domain.attendance.checks import attendance
from liveapp.domain.audit.models import AuditEntry
from liveapp.domain.availability.models import TimeClaim
from liveapp.domain.bookings.checks import one_at_a_time
from liveapp.domain.bookings.models import LIVE, Booking
from liveapp.domain.bookings.places import bookable
from liveapp.domain.bookings.standing import promotable
from liveapp.domain.bulk.models import Batch
from liveapp.domain.live_sessions.models import LiveSession, Series
from liveapp.domain.notifications.models import Notification
from liveapp.domain.outbox.models import OutboxMessage
from liveapp.domain.payments.models import LedgerEntry, Payment, Refund
from liveapp.domain.payouts.checks import payouts
from liveapp.domain.payouts.models import Payout
from liveapp.domain.plans.models import CreditEntry, CreditLot, Plan, Subscription
from liveapp.rules.eligibility import Answer
from liveapp.rules.lifecycle import BOOKING, HOLDING, MEETING, PAYOUT, SESSION, SUBSCRIPTION, is_allowed_change
from liveapp.rules.payment_states import PAYMENT, REFUND
from liveapp.rules.recurrence import resolve_local
from liveapp.rules.waitlist import promotion_ends

STALE = timedelta(minutes=15)
TWO_TICKS = timedelta(minutes=2)
MAKING = ("book", "overbook")


def violations(*, now: datetime) -> dict[str, list[str]]:
    """Every invariant by its number, with what violates it (nothing, when all is well)."""
    return {number: list(check(now)) for number, check in CHECKS.items()}


def capacity(_now: datetime) -> Iterator[str]:
    """I1: held + confirmed ≤ max_participants, and the counters say exactly what the bookings do."""
    is_offered = and_(Booking.status == "waitlisted", Booking.expires_at.is_not(None))
    places = _per_session(or_(Booking.status.in_(HOLDING), is_offered))
    waits = _per_session(and_(Booking.status == "waitlisted", Booking.expires_at.is_(None)))
    query = (
        select(
            LiveSession.id,
            LiveSession.participant_count,
            LiveSession.waiting_count,
            LiveSession.max_participants,
            LiveSession.overbooked,
            func.coalesce(places.c.number, 0).label("places"),
            func.coalesce(waits.c.number, 0).label("waits"),
        )
        .outerjoin(places, places.c.session_id == LiveSession.id)
        .outerjoin(waits, waits.c.session_id == LiveSession.id)
    )
    for row in db.session.execute(query):
        if row.places > row.max_participants + row.overbooked:
            yield f"session {row.id} holds {row.places} of {row.max_participants} places"
        if row.overbooked > max(0, row.places - row.max_participants):
            yield f"session {row.id} counts {row.overbooked} places beyond its own, but holds {row.places}"
        if (row.places, row.waits) != (row.participant_count, row.waiting_count):
            yield (
                f"session {row.id} counts {row.participant_count} places and {row.waiting_count} waits,"
                f" but has {row.places} and {row.waits}"
            )


def one_place_each(now: datetime) -> Iterator[str]:
    """I2: one live booking a person and session; no host and no exclusive location in two places, buffers included."""
    doubled = (
        select(Booking.session_id, Booking.user_id, func.count().label("number"))
        .where(Booking.status.in_(LIVE))
        .group_by(Booking.session_id, Booking.user_id)
        .having(func.count() > 1)
    )
    for row in db.session.execute(doubled):
        yield f"person {row.user_id} has {row.number} live bookings of session {row.session_id}"
    yield from _overlapping(TimeClaim.host_id)
    yield from _overlapping(TimeClaim.location_id)
    yield from _unclaimed(now)


def credit(_now: datetime) -> Iterator[str]:
    """I3: a lot's movements sum to its balance, never below nothing; a booking with a credit plan holds one
    consumption, a cancelled one gave it back or lost it, and a return points at its own booking's consumption."""
    sums = (
        select(CreditEntry.lot_id, func.sum(CreditEntry.delta).label("total")).group_by(CreditEntry.lot_id).subquery()
    )
    lots = select(CreditLot.id, CreditLot.balance, func.coalesce(sums.c.total, 0).label("total")).outerjoin(
        sums, sums.c.lot_id == CreditLot.id
    )
    for row in db.session.execute(lots):
        if row.balance != row.total or row.balance < 0:
            yield f"lot {row.id} says {row.balance}, and its movements sum to {row.total}"
    taken, given = aliased(CreditEntry), aliased(CreditEntry)
    wrong = (
        select(given.id)
        .join(taken, taken.id == given.returns_id)
        .where(or_(taken.booking_id != given.booking_id, taken.lot_id != given.lot_id, taken.kind == given.kind))
    )
    for key in db.session.execute(wrong).scalars():
        yield f"credit entry {key} doesn't belong to the one it points at"
    yield from _unpaid_by_plan()


def _unpaid_by_plan() -> Iterator[str]:
    """Bookings with a plan of credits, and what they took and gave back."""
    took = select(func.count()).where(CreditEntry.booking_id == Booking.id, CreditEntry.kind == "consume")
    back = select(func.count()).where(CreditEntry.booking_id == Booking.id, CreditEntry.kind == "return")
    query = (
        select(
            Booking.id,
            Booking.status,
            Booking.cancelled_late,
            Booking.waived_at,
            Booking.confirmed_at,
            took.scalar_subquery().label("took"),
            back.scalar_subquery().label("back"),
        )
        .join(Subscription, Subscription.id == Booking.subscription_id)
        .join(Plan, Plan.id == Subscription.plan_id)
        .where(Plan.class_credits.is_not(None))
    )
    for row in db.session.execute(query):
        gave_back = row.status in ("cancelled", "declined", "expired") and not row.cancelled_late
        owed = int(gave_back or row.waived_at is not None)
        held = 0 if row.confirmed_at is None else 1 - owed
        if row.took - row.back != held or row.took < int(row.confirmed_at is not None):
            yield f"booking {row.id} ({row.status}) took {row.took} credits and gave back {row.back}"


def line(now: datetime) -> Iterator[str]:
    """I9: nobody who could take a free place waits for it longer than two ticks, and no offer outlives its time."""
    late = now - TWO_TICKS
    query = select(LiveSession.id).where(
        LiveSession.status == "scheduled",
        LiveSession.waiting_count > 0,
        LiveSession.participant_count < LiveSession.max_participants,
        LiveSession.scheduled_at > now,
    )
    for session_id in db.session.execute(query).scalars():
        session = bookable(session_id)
        if now >= promotion_ends(session.scheduled_at, session.promotion_cutoff_minutes):
            continue
        for waiting in db.session.execute(_waiting_since(session_id, late)).all():
            could = promotable(session, waiting, now).answer is Answer.ELIGIBLE
            if could and _last_change(waiting) <= late:
                yield f"booking {waiting.id} waits although a place of session {session_id} is free and theirs"
    offers = select(Booking.id).where(Booking.status == "waitlisted", Booking.expires_at < now - STALE)
    for key in db.session.execute(offers).scalars():
        yield f"the place held for booking {key} should have gone to the next in line"


def _waiting_since(session_id: Any, late: datetime) -> Any:
    """Those in line for so long that a sweep must have seen them."""
    return select(*Booking.__table__.columns).where(
        Booking.session_id == session_id,
        Booking.status == "waitlisted",
        Booking.expires_at.is_(None),
        Booking.created_at <= late,
    )


def _last_change(waiting: AnyRow) -> datetime:
    """When anything last happened that bears on whether the person could take the place."""
    theirs = select(Booking.id).where(Booking.user_id == waiting.user_id)
    plans = select(Subscription.id).where(Subscription.user_id == waiting.user_id)
    about = or_(
        AuditEntry.object_id == waiting.session_id,
        AuditEntry.object_id.in_(theirs),
        AuditEntry.object_id.in_(plans),
        AuditEntry.object_id.in_(select(Booking.id).where(Booking.session_id == waiting.session_id)),
    )
    lots = select(CreditLot.id).where(CreditLot.subscription_id.in_(plans))
    moments = (
        select(func.max(AuditEntry.at)).where(about),
        select(func.max(CreditEntry.at)).where(CreditEntry.lot_id.in_(lots)),
    )
    found: list[datetime | None] = [db.session.execute(query).scalar_one() for query in moments]
    joined: datetime = waiting.created_at
    return max([joined, *(moment for moment in found if moment is not None)])


def one_charge(_now: datetime) -> Iterator[str]:
    """I4 and I5: one charge of each booking and purpose, of the price agreed, or of a part where it is charged after
    the session and was settled for less; never more back than came in, and what
    is said to go back is the sum of the refunds that didn't fail."""
    back = (
        select(Refund.payment_id, func.sum(Refund.amount_minor).label("total"))
        .where(Refund.status != "failed")
        .group_by(Refund.payment_id)
        .subquery()
    )
    query = (
        select(
            Payment.id, Payment.captured_minor, Payment.claimed_minor, Payment.amount_minor, Payment.purpose,
            Payment.card_id,
            Payment.status, Booking.price_minor, Booking.kept_minor, func.coalesce(back.c.total, 0).label("back"),
        )
        .outerjoin(back, back.c.payment_id == Payment.id)
        .outerjoin(Booking, Booking.id == Payment.booking_id)
    )  # fmt: skip
    for row in db.session.execute(query):
        if not row.back == row.claimed_minor <= row.captured_minor <= row.amount_minor:
            yield (
                f"payment {row.id} of {row.amount_minor} captured {row.captured_minor}, says that {row.claimed_minor}"
                f" goes back, and has refunds of {row.back}"
            )
        is_whole = row.amount_minor == row.price_minor
        is_part = row.card_id is not None and row.amount_minor < (row.price_minor or 0)
        if row.purpose == "booking" and not (is_whole or is_part or _is_of_an_earlier_place(row)):
            yield f"payment {row.id} is of {row.amount_minor}, its booking was made at {row.price_minor}"
    charged = (
        select(Payment.booking_id, Payment.purpose, func.count().label("number"))
        .where(Payment.status != "dropped", Payment.booking_id.is_not(None), Payment.purpose != "mismatch")
        .where(or_(Payment.method == "card", Payment.claimed_minor < Payment.captured_minor))
        .group_by(Payment.booking_id, Payment.purpose)
        .having(func.count() > 1)
    )
    for row in db.session.execute(charged):
        yield f"booking {row.booking_id} is charged {row.number} times for {row.purpose}"


def _is_of_an_earlier_place(row: AnyRow) -> bool:
    """Whether its booking was moved since: what it costs less went back, or isn't charged; or all of it went back, and
    was paid anew."""
    costs = max(row.price_minor or 0, row.kept_minor)
    if row.status == "dropped" or row.claimed_minor == row.captured_minor > 0:
        return True
    return bool(row.amount_minor == costs or row.amount_minor - row.claimed_minor <= costs < row.amount_minor)


def books(_now: datetime) -> Iterator[str]:
    """I6: everything sums to zero; what came in and went back is in the book, and nothing else is."""
    entries = LedgerEntry
    moving = case((entries.kind == "refund_failed", -entries.amount_minor), else_=entries.amount_minor)
    money = {
        row.source_id: row.total
        for row in db.session.execute(
            select(entries.source_id, func.sum(moving).label("total"))
            .where(entries.kind.in_(("payment", "refund", "refund_failed")))
            .group_by(entries.source_id)
            .having(func.sum(moving) != 0)
        )
    }
    moved = {
        row.id: row.minor
        for query in (
            select(Payment.id, Payment.captured_minor.label("minor")).where(Payment.status == "paid"),
            select(Refund.id, Refund.amount_minor.label("minor")).where(Refund.status == "done"),
        )
        for row in db.session.execute(query)
    }
    for key in money.keys() | moved.keys():
        if money.get(key) != moved.get(key):
            yield f"{key} moved {moved.get(key)}, and the book says {money.get(key)}"
    people = case((entries.credit.startswith("person:"), entries.amount_minor), else_=-entries.amount_minor)
    name = case((entries.credit.startswith("person:"), entries.credit), else_=entries.debit)
    uneven = (
        select(name.label("account"), entries.currency, func.sum(people).label("owed"))
        .where(or_(entries.credit.startswith("person:"), entries.debit.startswith("person:")))
        .group_by(name, entries.currency)
        .having(func.sum(people) != 0)
    )
    for row in db.session.execute(uneven):
        yield f"{row.account} is owed {row.owed} {row.currency}, though what was paid was due"


def mail(now: datetime) -> Iterator[str]:
    """I8: every promised mail has its job; every finished job's mail is sent or visibly failed."""
    jobs = {
        payload["notification_id"]: (done_at, failed_at)
        for payload, done_at, failed_at in db.session.execute(
            select(OutboxMessage.payload, OutboxMessage.done_at, OutboxMessage.failed_at).where(
                OutboxMessage.name == "send_mail"
            )
        )
    }
    for key, status in db.session.execute(select(Notification.id, Notification.status)):
        if str(key) not in jobs:
            yield f"mail {key} is promised but no job sends it"
        elif jobs[str(key)][0] and status == "queued":
            yield f"mail {key} is said to be done but was neither sent nor failed"


def tenant(_now: datetime) -> Iterator[str]:
    """I12: no row joins two organizations: each row's composite keys point into its own organization."""
    for row in db.session.execute(_joining()):
        if row.number:
            yield f"{row.number} rows of {row.one} point to another organization's {row.other}"


@cache
def _joining() -> CompoundSelect[Any]:
    """How many rows of each table point elsewhere, key by key: one, other, number. One query, made once."""
    counts = []
    for table in Base.metadata.sorted_tables:
        for constraint in table.foreign_key_constraints:
            columns, target = list(constraint.columns), constraint.elements[-1].column
            if len(columns) != 2 or columns[0].name != "organization_id" or target.name != "id":
                continue
            other = target.table.alias()
            counts.append(
                select(
                    literal(table.name).label("one"),
                    literal(target.table.name).label("other"),
                    func.count().label("number"),
                )
                .select_from(table.join(other, columns[1] == other.c.id))
                .where(other.c.organization_id != columns[0])
            )
    return union_all(*counts)


def allowed_edges(_now: datetime) -> Iterator[str]:
    """I13: every status change in the audit log is an edge of its state machine."""
    machines = {each.noun: each for each in (SESSION, MEETING, BOOKING, SUBSCRIPTION, PAYOUT, PAYMENT)}
    query = select(AuditEntry.number, AuditEntry.object_type, AuditEntry.before, AuditEntry.after).where(
        AuditEntry.object_type.in_(machines)
    )
    for row in db.session.execute(query):
        before, after = row.before.get("status"), row.after.get("status")
        if before and after and before != after and not is_allowed_change(machines[row.object_type], before, after):
            yield f"audit entry {row.number}: a {row.object_type} went from {before} to {after}"
        before, after = row.before.get("refund"), row.after.get("refund")
        if before and after and not is_allowed_change(REFUND, before, after):
            yield f"audit entry {row.number}: a refund went from {before} to {after}"


def wall_time(_now: datetime) -> Iterator[str]:
    """I14: a session of a series that nobody changed by hand keeps the series' wall time, and ends when it says."""
    query = (
        select(
            LiveSession.id,
            LiveSession.scheduled_at,
            LiveSession.series_day,
            Series.local_start,
            Series.timezone,
        )
        .join(Series, Series.id == LiveSession.series_id)
        .where(
            ~LiveSession.is_detached, LiveSession.status.in_(("draft", "scheduled")), LiveSession.deleted_at.is_(None)
        )
    )
    for row in db.session.execute(query):
        meant = resolve_local(row.series_day, time(*divmod(row.local_start, 60)), row.timezone)
        if meant != row.scheduled_at:
            yield f"session {row.id} is at {row.scheduled_at} but its series means {meant}"
    lengths = select(LiveSession.id, LiveSession.scheduled_at, LiveSession.ends_at, LiveSession.duration_minutes)
    for one in db.session.execute(lengths):
        if one.ends_at - one.scheduled_at != timedelta(minutes=one.duration_minutes):
            yield f"session {one.id} doesn't last the {one.duration_minutes} minutes that it says"


def audited(_now: datetime) -> Iterator[str]:
    """I15: each booking's making is in the audit log, once; and what the log says last of a thing is how it stands."""
    entries = Counter(
        db.session.execute(
            select(AuditEntry.object_id).where(AuditEntry.object_type == "booking", AuditEntry.action.in_(MAKING))
        ).scalars()
    )
    for booking_id in db.session.execute(select(Booking.id)).scalars():
        if entries[booking_id] != 1:
            yield f"booking {booking_id} has {entries[booking_id]} audit entries for its making"
    for object_type, column, query in STANDING:
        said = _said_last(object_type, column)
        for row in db.session.execute(query):
            if said.get(row.id, row.standing) != row.standing:
                yield f"{object_type} {row.id} is {row.standing}, but its audit entries end with {said[row.id]}"


def nothing_in_between(now: datetime) -> Iterator[str]:
    """I16: no lease, request, bulk change or running session outlives its time by a quarter of an hour."""
    late = now - STALE
    checks: dict[str, Select[int]] = {
        "jobs are past their lease": select(func.count()).where(
            OutboxMessage.lease < late, OutboxMessage.done_at.is_(None), OutboxMessage.failed_at.is_(None)
        ),
        "requests or holds are past their time": select(func.count()).where(
            Booking.status.in_(("requested", "held")), Booking.expires_at < late
        ),
        "bulk changes are at work": select(func.count()).where(Batch.status == "queued", Batch.created_at < late),
        "sessions are over but not ended": select(func.count()).where(
            LiveSession.status.in_(("scheduled", "live")), LiveSession.ends_at < late
        ),
    }
    for words, query in checks.items():
        number = db.session.execute(query).scalar_one()
        if number:
            yield f"{number} {words}"


def _said_last(object_type: str, column: str) -> dict[uuid.UUID, Any]:
    """What the last entry about each thing of a kind says of a column, where one speaks of it."""
    query = select(AuditEntry.object_id, AuditEntry.after).where(AuditEntry.object_type == object_type)
    rows = db.session.execute(query.order_by(AuditEntry.number))
    return {row.object_id: row.after[column] for row in rows if column in row.after}


def _per_session(condition: Any) -> Any:
    return (
        select(Booking.session_id, func.count().label("number"))
        .where(condition)
        .group_by(Booking.session_id)
        .subquery()
    )


def _overlapping(column: Any) -> Iterator[str]:
    """Claims in order of time, compared with the furthest end so far of the same host or location."""
    query = (
        select(column.label("whose"), TimeClaim.session_id, TimeClaim.starts_at, TimeClaim.ends_at)
        .where(column.is_not(None))
        .order_by(column, TimeClaim.starts_at)
    )
    last = None
    for row in db.session.execute(query):
        if last is not None and last.whose == row.whose and row.starts_at < last.ends_at:
            yield f"sessions {last.session_id} and {row.session_id} claim the same time of {row.whose}"
        if last is None or last.whose != row.whose or row.ends_at > last.ends_at:
            last = row


def _unclaimed(now: datetime) -> Iterator[str]:
    """A session that takes place claims its host's time, and one that is only kept as long as its booking is; one that
    doesn't take place claims nothing."""
    claimed = select(TimeClaim.session_id).where(TimeClaim.host_id.is_not(None))
    standing = LiveSession.status.in_(("draft", "scheduled", "live")) & LiveSession.deleted_at.is_(None)
    lapsed = select(Booking.session_id).where(Booking.status.in_(("requested", "held")), Booking.expires_at <= now)
    for session_id in db.session.execute(
        select(LiveSession.id).where(standing, LiveSession.id.not_in(claimed), LiveSession.id.not_in(lapsed))
    ).scalars():
        yield f"session {session_id} takes place without a claim on its host's time"
    gone = (LiveSession.status == "cancelled") | LiveSession.deleted_at.is_not(None)
    for session_id in db.session.execute(select(LiveSession.id).where(gone, LiveSession.id.in_(claimed))).scalars():
        yield f"session {session_id} doesn't take place but still claims its host's time"
    kept = (
        select(TimeClaim.session_id)
        .join(Booking, Booking.session_id == TimeClaim.session_id)
        .where(Booking.status.in_(LIVE), TimeClaim.kept_until.is_distinct_from(Booking.expires_at))
        .where(or_(TimeClaim.kept_until.is_not(None), Booking.status.in_(("requested", "held"))))
        .join(LiveSession, LiveSession.id == TimeClaim.session_id)
        .where(LiveSession.type == "meeting")
    )
    for session_id in db.session.execute(kept).scalars():
        yield f"session {session_id} keeps its host's time for longer or shorter than its booking"


STANDING: tuple[tuple[str, str, Select[*tuple[Any, ...]]], ...] = (
    ("session", "status", select(LiveSession.id, LiveSession.status.label("standing"))),
    ("booking", "status", select(Booking.id, Booking.status.label("standing"))),
    ("subscription", "status", select(Subscription.id, Subscription.status.label("standing"))),
    ("payout", "status", select(Payout.id, Payout.status.label("standing")).where(Payout.status != "processing")),
    (
        "membership",
        "role",
        select(Membership.id, Membership.role.label("standing")).where(Membership.ended_at.is_(None)),
    ),
)
"""Kinds of things whose standing the audit log follows: its column, and what it is now."""

CHECKS: dict[str, Callable[[datetime], Iterator[str]]] = {
    "I1 capacity": capacity,
    "I2 one place each": one_place_each,
    "I2 one at a time": one_at_a_time,
    "I3 credits": credit,
    "I4 and I5 charges and refunds": one_charge,
    "I6 books": books,
    "I7 payouts": payouts,
    "I8 mail": mail,
    "I9 line": line,
    "I10 attendance": attendance,
    "I12 tenant": tenant,
    "I13 allowed edges": allowed_edges,
    "I14 wall time": wall_time,
    "I15 audit": audited,
    "I16 nothing in between": nothing_in_between,
}
