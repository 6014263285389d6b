"""Taking and giving back one place: the rows that every way of booking writes, in as few statements as they need."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Label,
    ScalarSelect,
    Select,
    Update,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    update,
)

from liveapp.db import AnyRow, db, inserting, table, write_last
from liveapp.domain.accounts.models import Organization, User
from liveapp.domain.accounts.people import Person
from liveapp.domain.accounts.providers import in_force
from liveapp.domain.availability import claims
from liveapp.domain.bookings.models import BY_CARD, CARD_FEES, LIVE, TERMS, Booking
from liveapp.domain.catalogue.models import Offering, Program
from liveapp.domain.errors import NotFound
from liveapp.domain.live_sessions import links
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.notifications.service import Message
from liveapp.domain.outbox import service as outbox
from liveapp.rules.checkin import EARLIEST as EARLIEST_COMING
from liveapp.rules.lifecycle import HOLDING, MEETING, next_status

CHUNK = 500
KEPT = ("held", "waitlisted")
"""Bookings whose place is given back when their `expires_at` has come."""
POLICIES = (
    *TERMS,
    "booking_cutoff_minutes",
    "promotion_cutoff_minutes",
    "offer_minutes",
    "payment_provider",
    "week_start",
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the person adds to a booking."""

    suggested_topic: str = ""
    message: str = ""


def bookable(session_id: uuid.UUID) -> AnyRow:
    """The session with its offering's and organization's rules, and its host. Raises NotFound.

    Columns: every column of sessions; has_waitlist, waitlist_size, booking_opens_days, payment_timing, program_id,
    delivery_mode; the policies; organization_name, organization_timezone; host_name, host_email.
    """
    row = db.session.execute(_bookable(), {"session_id": session_id}).one_or_none()
    if row is None:
        raise NotFound()
    return row


@cache
def _bookable() -> Select[*tuple[Any, ...]]:
    """Built once, as building it takes longer than running it, and of tables, as every booking waits for it."""
    sessions, offerings, programs = table(LiveSession), table(Offering), table(Program)
    organizations, users = table(Organization), table(User)
    return (
        select(
            *sessions.c,
            offerings.c.has_waitlist,
            offerings.c.waitlist_size,
            offerings.c.booking_opens_days,
            offerings.c.payment_timing,
            offerings.c.program_id,
            programs.c.delivery_mode,
            *(organizations.c[name] for name in POLICIES),
            organizations.c.name.label("organization_name"),
            organizations.c.timezone.label("organization_timezone"),
            users.c.name.label("host_name"),
            users.c.email.label("host_email"),
        )
        .join_from(sessions, offerings, offerings.c.id == sessions.c.offering_id)
        .join(organizations, organizations.c.id == sessions.c.organization_id)
        .join(users, users.c.id == sessions.c.host_id)
        .outerjoin(programs, programs.c.id == offerings.c.program_id)
        .where(sessions.c.id == bindparam("session_id"), sessions.c.deleted_at.is_(None))
    )


def live_booking(session_id: uuid.UUID, user_id: uuid.UUID | ScalarSelect[uuid.UUID]) -> AnyRow | None:
    """The person's own live booking of the session: id, status, link_nonce, expires_at."""
    query = select(Booking.id, Booking.status, Booking.link_nonce, Booking.expires_at).where(
        Booking.session_id == session_id, Booking.user_id == user_id, Booking.status.in_(LIVE)
    )
    return db.session.execute(query).one_or_none()


def add(
    session: AnyRow,
    *,
    person: Person,
    user_id: uuid.UUID,
    status: str,
    now: datetime,
    wish: Wish | None = None,
    booking_id: uuid.UUID | None = None,
    beyond: int = 0,
    **more: Any,
) -> uuid.UUID:
    """Writes the booking and counts its place (or its wait) on the session, at the end of the transaction. `beyond`: so
    many places more than there are may be held. Returns the booking's id."""
    wish = wish or Wish()
    booking_id = booking_id or uuid.uuid4()
    values = {
        "paid_by": "free",
        "subscription_id": None,
        "passed_over": "",
        "staff_note": "",
        "reschedules": 0,
        "kept_minor": 0,
        "revision": 0,
        "answer": "",
        "cancel_reason": "",
        "waitlist_position": None,
        "requested_start": None,
        "expires_at": None,
        "id": booking_id,
        "organization_id": session.organization_id,
        "session_id": session.id,
        "starts_at": session.scheduled_at,
        "ends_at": session.ends_at,
        "user_id": user_id,
        "name": person.name.strip(),
        "is_known": person.user_id is not None,
        "status": status,
        "price_minor": session.price_minor,
        "currency": session.currency,
        "timezone": person.timezone,
        "locale": person.locale,
        "suggested_topic": wish.suggested_topic,
        "message": wish.message,
        "created_at": now,
        "confirmed_at": now if status == "confirmed" else None,
    }
    write_last(inserting(Booking), values | terms_of(session) | more)
    if session.type == "meeting" and more.get("expires_at"):
        claims.keep_until(session.id, more["expires_at"])
    counted = _counted(
        session.id,
        places=int(status in HOLDING),
        waits=int(status == "waitlisted"),
        beyond=beyond,
        booked=status == "confirmed",
    )
    write_last(_count(), counted)
    return booking_id


def terms_of(session: AnyRow) -> dict[str, Any]:
    """What a booking that is made now keeps: what the place costs, and every setting that can cost its holder."""
    terms = {name: getattr(session, name) for name in TERMS}
    if in_force(session.payment_provider) != "stripe":
        terms |= dict.fromkeys(CARD_FEES, 0)
    return terms | {"list_price_minor": session.price_minor, "plan_only": session.plan_only}


def count(session_id: uuid.UUID, *, places: int = 0, waits: int = 0, booked: bool = False) -> None:
    """Changes the session's counters; its CHECK refuses more places than there are. `booked`: a place is confirmed."""
    if places or waits or booked:
        db.session.execute(_count(), _counted(session_id, places=places, waits=waits, booked=booked))


def uncount(bookings: Iterable[AnyRow]) -> None:
    """Takes the places and waits of these bookings, which end, from the counters of their sessions."""
    places, waiting = Counter[uuid.UUID](), Counter[uuid.UUID]()
    for each in bookings:
        places[each.session_id] += holds(each)
        waiting[each.session_id] += waits(each)
    rows = [_counted(key, places=-number, waits=-waiting[key]) for key, number in places.items()]
    if rows:
        db.session.execute(_count(), rows)


def _counted(
    session_id: uuid.UUID, *, places: int, waits: int, beyond: int = 0, booked: bool = False
) -> dict[str, Any]:
    return {"counted": session_id, "places": places, "waits": waits, "beyond": beyond, "booked": booked}


@cache
def _count() -> Update:
    """Places beyond what there are go first when places come back: nobody is booked into them again by itself."""
    sessions = table(LiveSession)
    held = sessions.c.participant_count + bindparam("places")
    over = held - sessions.c.max_participants
    given = sessions.c.overbooked + bindparam("beyond")
    return (
        update(sessions)
        .where(sessions.c.id == bindparam("counted"))
        .values(
            participant_count=held,
            waiting_count=sessions.c.waiting_count + bindparam("waits"),
            was_booked=or_(sessions.c.was_booked, bindparam("booked", type_=Boolean)),
            overbooked=case((over <= 0, 0), (over < given, over), else_=given),
        )
    )


def close(booking: AnyRow, *, status: str, **more: Any) -> None:
    """Ends a booking with a status that holds no place, and gives its place (or its wait) back."""
    db.session.execute(
        update(Booking)
        .where(Booking.id == booking.id)
        .values(status=status, waitlist_position=None, expires_at=None, revision=Booking.revision + 1, **more)
    )
    count(booking.session_id, places=-int(holds(booking)), waits=-int(waits(booking)))


def tell_of_money(bookings: Iterable[AnyRow], now: datetime, *, has_fee: bool = False) -> None:
    """Promises to settle these bookings, which end or are forgiven: those paid by card, and where a fee may be due."""
    paid = [(uuid.uuid4(), {"booking_id": str(each.id)}) for each in bookings if has_fee or each.paid_by in BY_CARD]
    outbox.put_many("settle_booking", paid, now=now)


def tell_of_coming(sessions: Iterable[AnyRow], now: datetime) -> None:
    """Promises to forget who came of those whose places in these sessions end now, where somebody may have come."""
    near = [each.id for each in sessions if each.scheduled_at - EARLIEST_COMING <= now]
    outbox.put_many("forget_attendance", [(uuid.uuid4(), {"session_id": str(key)}) for key in near], now=now)


def holds(booking: AnyRow) -> bool:
    """Whether the booking holds a place: confirmed, requested, or waiting with an offer."""
    return booking.status in HOLDING or is_offered(booking)


def is_lapsed(now: datetime) -> ColumnElement[bool]:
    """Whether a booking's place is kept for its person no longer: what it held is anybody's, swept or not."""
    return and_(Booking.status.in_(KEPT), Booking.expires_at <= now)


def has_lapsed(booking: AnyRow, now: datetime) -> bool:
    """As `is_lapsed`, of a row."""
    return booking.status in KEPT and booking.expires_at is not None and bool(booking.expires_at <= now)


def lapsed_count(session_id: uuid.UUID, now: datetime) -> int:
    """How many places of the session are counted as held and aren't."""
    query = select(func.count()).where(Booking.session_id == session_id, is_lapsed(now))
    return db.session.execute(query).scalar_one()


def taken_count(now: Any) -> Label[int]:
    """The column `taken_count` of a list of sessions: places that are held at `now` (a moment, or its parameter)."""
    lapsed = select(func.count()).where(Booking.session_id == LiveSession.id, is_lapsed(now))
    return (LiveSession.participant_count - lapsed.correlate(LiveSession).scalar_subquery()).label("taken_count")


def taken(session: AnyRow, now: datetime) -> int:
    """Places of one session (id, participant_count, max_participants) that are held at `now`."""
    counted: int = session.participant_count
    if session.id is None or counted < session.max_participants:
        return counted
    return counted - lapsed_count(session.id, now)


def waits(booking: AnyRow) -> bool:
    """Whether the booking stands in line, without an offer."""
    return booking.status == "waitlisted" and booking.expires_at is None


def is_offered(booking: AnyRow) -> bool:
    """Whether a place is held for the booking's person until they take it."""
    return booking.status == "waitlisted" and booking.expires_at is not None


def to_guest(kind: str, booking_id: uuid.UUID, session: AnyRow, email: str, **payload: Any) -> Message:
    """A mail to the person who holds the booking."""
    return Message(
        kind=kind,
        email=email,
        organization_id=session.organization_id,
        booking_id=booking_id,
        session_id=session.id,
        payload=payload,
    )


def to_host(kind: str, booking_id: uuid.UUID, session: AnyRow, **payload: Any) -> Message:
    """A mail to the host of the session."""
    return Message(
        kind=kind,
        email=session.host_email,
        organization_id=session.organization_id,
        user_id=session.host_id,
        booking_id=booking_id,
        session_id=session.id,
        payload=payload,
    )


def held_by(booking_id: uuid.UUID) -> AnyRow:
    """A booking with its session and the people in it, as `bookable` plus the booking's columns. Raises NotFound.

    Columns: every column of bookings; email (of the holder); is_guest (they have no account); host_id.
    """
    query = (
        select(
            *Booking.__table__.columns,
            User.email,
            User.password_hash.is_(None).label("is_guest"),
            LiveSession.host_id,
        )
        .join(User, User.id == Booking.user_id)
        .join(LiveSession, LiveSession.id == Booking.session_id)
        .where(Booking.id == booking_id)
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound()
    return row


def holders(session_id: uuid.UUID) -> Sequence[AnyRow]:
    """Everybody with a live booking of the session: id, user_id, name, email, status, paid_by, expires_at, timezone,
    session_id, credit_extension_days; by when they booked."""
    return holders_of([session_id])


def holders_of(session_ids: Sequence[uuid.UUID]) -> Sequence[AnyRow]:
    """As `holders`, of many sessions at once."""
    found: list[AnyRow] = []
    for start in range(0, len(session_ids), CHUNK):
        found += db.session.execute(_holders(), {"of": session_ids[start : start + CHUNK]}).all()
    return found


def cancelled_late(session_ids: Sequence[uuid.UUID]) -> Sequence[AnyRow]:
    """Bookings of these sessions that their holders cancelled late, and that nobody forgave: id, session_id, user_id,
    email, paid_by, credit_extension_days."""
    query = (
        select(
            Booking.id, Booking.session_id, Booking.user_id, User.email, Booking.paid_by, Booking.credit_extension_days
        )
        .join(User, User.id == Booking.user_id)
        .where(
            Booking.session_id.in_(bindparam("of", expanding=True)),
            Booking.status == "cancelled",
            Booking.cancelled_late.is_(True),
            Booking.waived_at.is_(None),
        )
        .order_by(Booking.created_at, Booking.id)
    )
    found: list[AnyRow] = []
    for start in range(0, len(session_ids), CHUNK):
        found += db.session.execute(query, {"of": session_ids[start : start + CHUNK]}).all()
    return found


@cache
def _holders() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Booking.id,
            Booking.session_id,
            Booking.user_id,
            Booking.name,
            User.email,
            Booking.status,
            Booking.paid_by,
            Booking.expires_at,
            Booking.timezone,
            Booking.credit_extension_days,
        )
        .join(User, User.id == Booking.user_id)
        .where(Booking.session_id.in_(bindparam("of", expanding=True)), Booking.status.in_(LIVE))
        .order_by(Booking.created_at, Booking.id)
    )


def begin_meeting(session: AnyRow, *, now: datetime, by: uuid.UUID | None) -> None:
    """The meeting that was asked for, or held while it was paid for, takes place: the host's time is taken by it."""
    status = next_status(MEETING, session.status, "accept")
    db.session.execute(
        update(LiveSession)
        .where(LiveSession.id == session.id)
        .values(status=status, published_at=now, published_by=by, was_booked=True)
    )
    claims.settle(session.id, "meeting")
    links.follow_one(session, now=now)


def end_meeting(session: AnyRow, *, now: datetime, by: uuid.UUID | None, reason: str) -> None:
    """The meeting is cancelled with its only booking, and the host's time is free again."""
    db.session.execute(
        update(LiveSession)
        .where(LiveSession.id == session.id)
        .values(
            status=next_status(MEETING, session.status, "cancel"),
            cancelled_at=now,
            cancelled_by=by,
            cancel_reason=reason,
            revision=LiveSession.revision + 1,
        )
    )
    claims.release([session.id])
    links.follow_one(session, now=now)
