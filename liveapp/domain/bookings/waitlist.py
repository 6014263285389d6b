"""The waiting list: who gets a place that came free, in order; offers to those who must pay; and taking one.

`promote` runs in every transaction that frees a place, and each minute in case one was missed.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, or_, select, update

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.models import User
from liveapp.domain.actor import Actor, system
from liveapp.domain.bookings import places
from liveapp.domain.bookings.errors import NotBookable
from liveapp.domain.bookings.history import holder, record
from liveapp.domain.bookings.models import Booking
from liveapp.domain.bookings.paying import Choice, Payment, payment, provider_of, take_credit
from liveapp.domain.bookings.places import KEPT, is_lapsed, to_guest, to_host
from liveapp.domain.bookings.standing import promotable
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.notifications.service import promise
from liveapp.rules.eligibility import Answer, Eligibility
from liveapp.rules.lifecycle import BOOKING, next_status
from liveapp.rules.waitlist import hold_ends, offer_ends, promotion_ends
from liveapp.rules.wording import moment_in_words

AT_ONCE = 50
"""So many people of the line are read at a time."""


def promote(*, session_id: uuid.UUID, now: datetime) -> int:
    """Lets offers go whose time is over, then gives free places to those who wait, in order. Returns how many got one.

    The first who is still eligible is confirmed, and pays with their plan; who must pay otherwise is offered the place
    for a while; who can't take it is passed over, with the reason kept, and stays where they stand. From the cutoff on
    nobody is promoted: those who wait are told that a place is free. Take the session's turn.
    """
    let_lapsed_go(session_id, now)
    session = places.bookable(session_id)
    if session.status != "scheduled" or session.waiting_count == 0 or now >= session.scheduled_at:
        return 0
    free = session.max_participants - session.participant_count
    if free < 1:
        return 0
    if now >= _promotion_ends(session):
        _tell_free(session, now)
        return 0
    given = 0
    for waiting in _line(session_id):
        given += _give(session, waiting, now)
        if given == free:
            break
    return given


def take_place(*, booking_id: uuid.UUID, now: datetime, choice: Choice | None = None, is_holder: bool = False) -> None:
    """A waiting person takes the place that they are offered, or one that is free for anybody after the cutoff.

    `is_holder`: who asks has shown that they are this person. Somebody who has the place already keeps it: pressing
    twice is taking it once. Raises NotBookable.
    """
    booking = places.held_by(booking_id)
    if booking.status == "confirmed":
        return
    next_status(BOOKING, booking.status, "take")
    if places.waits(booking):
        let_lapsed_go(booking.session_id, now)
    session = places.bookable(booking.session_id)
    _check_free(session, booking, now)
    answer = promotable(session, booking, now, is_holder=is_holder)
    if answer.answer is not Answer.ELIGIBLE:
        raise NotBookable(answer.answer.value, answer.sentence)
    paid = payment(booking.list_price_minor, answer, choice or Choice())
    if paid.comes_first:
        _hold(session, booking, paid, now)
    else:
        confirm(session, booking, paid, "take", now)


def can_take(booking: AnyRow, now: datetime) -> bool:
    """Whether a waiting person is held a place, or one is free for anybody; `booking` is a row of `queries.booking`."""
    if places.is_offered(booking):
        held_until: datetime = booking.expires_at
        return now < held_until
    is_open = promotion_ends(booking.scheduled_at, booking.promotion_cutoff_minutes) <= now < booking.scheduled_at
    held = booking.participant_count - places.lapsed_count(booking.session_id, now)
    has_room = held < booking.max_participants
    return bool(is_open and has_room and booking.session_status == "scheduled")


def due(*, now: datetime) -> Sequence[AnyRow]:
    """Sessions with a free place and people who wait, or with a place that was kept for somebody until now: id; the
    soonest first."""
    lapsed = select(Booking.session_id).where(is_lapsed(now))
    query = (
        select(LiveSession.id)
        .where(
            or_(
                and_(
                    LiveSession.status == "scheduled",
                    LiveSession.scheduled_at > now,
                    LiveSession.waiting_count > 0,
                    LiveSession.participant_count < LiveSession.max_participants,
                ),
                LiveSession.id.in_(lapsed),
            )
        )
        .order_by(LiveSession.scheduled_at, LiveSession.id)
    )
    return db.session.execute(query).all()


def next_in_line(session: AnyRow, now: datetime) -> tuple[str, bool] | None:
    """Who would get a place that came free now: their name, and whether they must pay for it first."""
    for waiting in _line(session.id):
        answer = promotable(session, waiting, now)
        if answer.answer is Answer.ELIGIBLE:
            return waiting.name, _pays_first(answer)
    return None


def has_lapsed_offer(session_id: uuid.UUID, now: datetime) -> bool:
    """Whether a place is held for somebody whose time to take it, or to pay for it, is over."""
    return places.lapsed_count(session_id, now) > 0


def end(session: AnyRow, now: datetime) -> None:
    """Whoever waits for a place when the session starts, offered one or not, has waited for nothing."""
    query = _waiting().where(Booking.session_id == session.id)
    for waiting in db.session.execute(query.order_by(Booking.waitlist_position)).all():
        _expire(session, waiting, "waitlist_expired", now)


def let_lapsed_go(session_id: uuid.UUID, now: datetime) -> None:
    """Places that were offered and not taken, or held and not paid for, are free again: their bookings end as expired,
    never back in line."""
    over = _kept(KEPT).where(Booking.session_id == session_id, is_lapsed(now))
    lapsed = db.session.execute(over.order_by(Booking.created_at, Booking.id)).all()
    if not lapsed:
        return
    session = places.bookable(session_id)
    for booking in lapsed:
        _expire(session, booking, "offer_lapsed" if booking.status == "waitlisted" else "hold_lapsed", now)
        if session.type == "meeting":
            places.end_meeting(session, now=now, by=None, reason="")


def _give(session: AnyRow, booking: AnyRow, now: datetime) -> int:
    """One person's turn: a place, an offer, or passed over. Whether a place went."""
    answer = promotable(session, booking, now)
    if answer.answer is not Answer.ELIGIBLE:
        _pass_over(session, booking, answer, now)
        return 0
    if _pays_first(answer):
        _offer(session, booking, now)
    else:
        confirm(session, booking, payment(booking.list_price_minor, answer, Choice()), "promote", now)
    return 1


def _pays_first(answer: Eligibility) -> bool:
    """Whether the place costs money and no plan pays: it is offered, not given."""
    return answer.drop_in_minor is not None and not answer.plans


def confirm(
    session: AnyRow, booking: AnyRow, paid: Payment, verb: str, now: datetime, actor: Actor | None = None
) -> None:
    """The waiting or held booking is confirmed and paid for, the person is told, and their other waits then fall away.

    `verb` is promote (the clock's), take, pay, or pay_at_desk (by `actor`).
    """
    status = next_status(BOOKING, booking.status, verb)
    _write(
        booking, status=status, waitlist_position=None, expires_at=None, passed_over="",
        confirmed_at=now, promoted_at=booking.promoted_at and now if verb.startswith("pay") else now, **paid.columns(),
    )  # fmt: skip
    places.count(session.id, places=int(places.waits(booking)), waits=-int(places.waits(booking)), booked=True)
    take_credit(session, booking.id, paid, now)
    after = {"status": status, "paid_by": paid.paid_by}
    _record(session, booking, verb, now, {"status": booking.status}, after, actor)
    promise(
        [to_guest("promoted" if verb == "promote" else "booking_confirmed", booking.id, session, booking.email),
         to_host("host_booked", booking.id, session)],
        now=now,
    )  # fmt: skip
    _drop_other_waits(session, booking, now)


def _hold(session: AnyRow, booking: AnyRow, paid: Payment, now: datetime) -> None:
    """The place is held while the person pays for it by card."""
    status, until = next_status(BOOKING, booking.status, "hold"), hold_ends(now, booking.expires_at)
    _write(
        booking, status=status, waitlist_position=None, expires_at=until, passed_over="", promoted_at=now,
        **paid.columns(),
    )  # fmt: skip
    places.count(session.id, places=int(places.waits(booking)), waits=-int(places.waits(booking)))
    _record(session, booking, "hold", now, {"status": booking.status}, {"status": status, "expires_at": until})


def _offer(session: AnyRow, booking: AnyRow, now: datetime) -> None:
    """A place is held for somebody who must pay first."""
    until = offer_ends(
        now,
        starts_at=session.scheduled_at,
        cutoff_minutes=session.promotion_cutoff_minutes,
        offer_minutes=session.offer_minutes,
    )
    _write(booking, expires_at=until, passed_over="")
    places.count(session.id, places=1, waits=-1)
    _record(session, booking, "offer", now, {"expires_at": None}, {"expires_at": until})
    by_card = provider_of(session) == "stripe"
    promise([to_guest("place_offered", booking.id, session, booking.email, until=until, by_card=by_card)], now=now)


def _pass_over(session: AnyRow, booking: AnyRow, answer: Eligibility, now: datetime) -> None:
    """The reason is kept, and written down once while it stays the same."""
    why = answer.answer.value
    if booking.passed_over == why:
        return
    _write(booking, passed_over=why)
    _record(session, booking, "pass_over", now, {"passed_over": booking.passed_over}, {"passed_over": why})


def _drop_other_waits(session: AnyRow, booking: AnyRow, now: datetime) -> None:
    """Who got a place can't take another at that time, unless their plan allows it: their waits for one end."""
    query = _waiting().where(
        Booking.user_id == booking.user_id,
        Booking.id != booking.id,
        Booking.starts_at < session.ends_at,
        Booking.ends_at > session.scheduled_at,
    )
    for other in db.session.execute(query.order_by(Booking.starts_at, Booking.id)).all():
        there = places.bookable(other.session_id)
        if promotable(there, other, now).answer is Answer.OVERLAP:
            _expire(there, other, "wait_dropped", now, instead_of=session.title)


def _expire(session: AnyRow, booking: AnyRow, kind: str, now: datetime, **payload: Any) -> None:
    status = next_status(BOOKING, booking.status, "expire")
    places.close(booking, status=status)
    _record(session, booking, "expire", now, {"status": booking.status}, {"status": status})
    promise([to_guest(kind, booking.id, session, booking.email, **payload)], now=now)


def _tell_free(session: AnyRow, now: datetime) -> None:
    """A place is anybody's now: those who wait are told, once for each time that one comes free."""
    untold = [each for each in _line(session.id) if each.told_free_at is None]
    if not untold:
        return
    db.session.execute(update(Booking).where(Booking.id.in_([each.id for each in untold])).values(told_free_at=now))
    promise([to_guest("place_free", each.id, session, each.email) for each in untold], now=now)


def forget_told(session: AnyRow, now: datetime) -> None:
    """The last free place is taken again after the cutoff: should another come free, those who wait are told anew."""
    if session.waiting_count == 0 or now < _promotion_ends(session):
        return
    db.session.execute(
        update(Booking)
        .where(Booking.session_id == session.id, Booking.status == "waitlisted", Booking.told_free_at.is_not(None))
        .values(told_free_at=None)
    )


def _check_free(session: AnyRow, booking: AnyRow, now: datetime) -> None:
    """Raises NotBookable unless a place is held for the person, or free for anybody."""
    if places.is_offered(booking):
        if booking.expires_at <= now:
            until = moment_in_words(booking.expires_at, booking.timezone)
            raise NotBookable("closed", f"The place was held for you until {until}. It went to the next in line.")
        return
    if now >= session.scheduled_at or session.status != "scheduled":
        raise NotBookable("closed", "This session has started.")
    if now < _promotion_ends(session):
        raise NotBookable("waitlist", "You are in line. When it is your turn, the place is yours by itself.")
    if session.participant_count >= session.max_participants:
        raise NotBookable("full", "The free place was just taken. You are told when another comes free.")


def _line(session_id: uuid.UUID) -> Iterator[AnyRow]:
    """Those who wait without an offer, in order: every column of bookings; email. Read as far as somebody asks."""
    after = 0
    standing = _waiting().where(Booking.session_id == session_id, Booking.expires_at.is_(None))
    while True:
        query = standing.where(Booking.waitlist_position > after).order_by(Booking.waitlist_position).limit(AT_ONCE)
        rows = db.session.execute(query).all()
        yield from rows
        if len(rows) < AT_ONCE:
            return
        after = rows[-1].waitlist_position


def _waiting() -> Select[*tuple[Any, ...]]:
    """Waiting bookings, offered a place or not: every column of bookings; email."""
    return _kept(("waitlisted",))


def _kept(statuses: Sequence[str]) -> Select[*tuple[Any, ...]]:
    """Bookings with these statuses: every column of bookings; email."""
    people = select(*Booking.__table__.columns, User.email).join(User, User.id == Booking.user_id)
    return people.where(Booking.status.in_(statuses))


def _write(booking: AnyRow, **values: Any) -> None:
    db.session.execute(update(Booking).where(Booking.id == booking.id).values(revision=Booking.revision + 1, **values))


def _record(
    session: AnyRow,
    booking: AnyRow,
    action: str,
    now: datetime,
    before: dict[str, Any],
    after: dict[str, Any],
    actor: Actor | None = None,
) -> None:
    who = holder(session, booking.user_id) if action in ("take", "hold", "pay") else system(session.organization_id)
    record(actor or who, booking.id, action, now, before=before, after=after)


def _promotion_ends(session: AnyRow) -> datetime:
    return promotion_ends(session.scheduled_at, session.promotion_cutoff_minutes)
