"""Matters about a payment that a person decides: meetings that ended early, hosts who didn't come.

While one is open the payment isn't charged, and what the host earned by it isn't paid out.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from liveapp.db import AnyRow, db
from liveapp.domain.accounts.models import Organization
from liveapp.domain.actor import Actor
from liveapp.domain.bookings import places
from liveapp.domain.bookings.models import Booking
from liveapp.domain.errors import Forbidden, Invalid, NotFound
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.notifications.service import Message, promise
from liveapp.domain.payments import book, refunding
from liveapp.domain.payments.errors import NotDecidable
from liveapp.domain.payments.models import UNCHARGED, UNDER_WAY, Payment, PaymentHold
from liveapp.domain.payments.records import change, earner_of, left_of, payment_by_id, payment_of, record, shares_of
from liveapp.rules import ledger
from liveapp.rules.charges import may_report
from liveapp.rules.currencies import is_chargeable, step
from liveapp.rules.roles import Right, may

DECIDED_HERE = ("early_end", "host_absent")
"""Matters that owners and admins decide; of disputes the card company does."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided: all of it, a part (`minor`), or nothing is paid, and why."""

    outcome: str
    reason: str
    minor: int = 0


def open_hold(
    payment: AnyRow,
    kind: str,
    *,
    now: datetime,
    words: str = "",
    opened_by: uuid.UUID | None = None,
    provider_id: str | None = None,
    due_by: datetime | None = None,
) -> uuid.UUID | None:
    """Keeps a payment from being charged, or what was earned by it from being paid out, until it is decided. None where
    that is so already, or was decided: nobody decides about the same twice. The owner is told; of a dispute also until
    when it can be answered."""
    known = select(PaymentHold.id).where(
        PaymentHold.payment_id == payment.id, PaymentHold.kind == kind, PaymentHold.provider_id == provider_id
    )
    if db.session.execute(known).first() is not None:
        return None
    hold = PaymentHold(
        id=uuid.uuid4(), organization_id=payment.organization_id, payment_id=payment.id, kind=kind, words=words.strip(),
        opened_at=now, opened_by=opened_by, provider_id=provider_id,
    )  # fmt: skip
    db.session.add(hold)
    db.session.flush()
    if payment.status in UNCHARGED:
        change(payment, kind, now, status="review")
    else:
        record(payment, kind, now, {}, {"words": words.strip()} if words else {})
    if payment.status == "paid":
        _keep_earnings(hold.id, payment, now)
    _tell_owner(payment, kind, words, due_by, now)
    return hold.id


def hold_earnings(*, payment_id: uuid.UUID, now: datetime) -> None:
    """A payment came in while something about it is open: what was earned by it is kept."""
    for hold in open_holds(payment_id=payment_id):
        if not hold.held_minor:
            _keep_earnings(hold.id, payment_by_id(payment_id), now)


def release(hold: AnyRow, payment: AnyRow, *, outcome: str, reason: str, actor: Actor | None, now: datetime) -> None:
    """It is decided: what was kept is the earner's again, and goes back from there if it has to."""
    db.session.execute(
        update(PaymentHold)
        .where(PaymentHold.id == hold.id)
        .values(outcome=outcome, reason=reason, decided_at=now, decided_by=actor.user_id if actor else None)
    )
    book.post(
        ledger.released(earner_of(payment), hold.held_minor),
        organization_id=payment.organization_id, currency=payment.currency, source_id=hold.id, now=now,
    )  # fmt: skip


def open_holds(*, payment_id: uuid.UUID) -> Sequence[AnyRow]:
    """What is open about a payment: every column of payment_holds, the oldest first."""
    query = select(*PaymentHold.__table__.columns).where(
        PaymentHold.payment_id == payment_id, PaymentHold.decided_at.is_(None)
    )
    return db.session.execute(query.order_by(PaymentHold.opened_at, PaymentHold.id)).all()


def report_absent(*, booking_id: uuid.UUID, words: str, now: datetime) -> None:
    """The guest of a meeting says that the host didn't come: a person decides what it costs. Twice is once.

    Raises NotDecidable when it is too early, too late, or nothing is paid for. Take the session's turn.
    """
    booking = places.held_by(booking_id)
    payment = payment_of(booking_id)
    if places.bookable(booking.session_id).type != "meeting":
        raise NotDecidable("This can be said of meetings only. Please write to the business.")
    if booking.status not in ("confirmed", "attended", "no_show") or payment is None or payment.method != "card":
        raise NotDecidable("There is nothing to pay for this booking, so nobody has to decide about it.")
    if not may_report(booking.starts_at, now):
        raise NotDecidable("This can be said from the start on, for 24 hours. Please write to the business.")
    open_hold(payment, "host_absent", now=now, words=words, opened_by=booking.user_id)


def is_reported(*, booking_id: uuid.UUID) -> bool:
    """Whether the guest said that the host didn't come."""
    query = (
        select(PaymentHold.id)
        .join(Payment, Payment.id == PaymentHold.payment_id)
        .where(Payment.booking_id == booking_id, PaymentHold.kind == "host_absent")
    )
    return db.session.execute(query.limit(1)).first() is not None


def decide(*, payment_id: uuid.UUID, decision: Decision, actor: Actor, now: datetime) -> None:
    """An owner or admin decides what is paid: what isn't charged yet is charged, what was paid too much goes back.

    Decided once: whoever presses later finds it decided. Raises Forbidden, NotFound, Invalid, NotDecidable. Take the
    session's turn.
    """
    payment = payment_by_id(payment_id)
    if payment.organization_id != actor.organization_id:
        raise NotFound()
    if not may(actor.role, Right.GIVE_MONEY_BACK):
        raise Forbidden("Only an owner or admin decides what is paid. Ask one of them.")
    if not decision.reason.strip():
        raise Invalid("Say why, for whoever asks later.", field="reason")
    matters = [hold for hold in open_holds(payment_id=payment_id) if hold.kind in DECIDED_HERE]
    if not matters:
        raise NotDecidable("This was decided already. Open the payment to see how.")
    if payment.status in UNDER_WAY:
        raise NotDecidable("It is being paid just now. Look again in a few minutes.")
    costs = _costs(payment, decision)
    for hold in matters:
        release(hold, payment, outcome=decision.outcome, reason=decision.reason.strip(), actor=actor, now=now)
    if payment.status == "paid":
        _give_back(payment, costs, decision, actor, now)
    elif costs:
        change(payment, "decide", now, actor, status="scheduled", amount_minor=costs, due_at=now)
    else:
        change(payment, "decide", now, actor, status="dropped")
    record(payment, "decide", now, {}, {"outcome": decision.outcome, "reason": decision.reason.strip()}, actor)
    booking = places.held_by(payment.booking_id)
    told = {"minor": costs, "is_paid": payment.status == "paid"}
    mail = places.to_guest("decided", booking.id, places.bookable(booking.session_id), booking.email, **told)
    promise([mail], now=now)


def to_review(*, organization_id: uuid.UUID) -> Sequence[AnyRow]:
    """What waits for an owner's or admin's decision, the oldest first.

    Columns: id, kind, words, opened_at of the hold; payment_id, booking_id, amount_minor, currency, status,
    captured_minor, claimed_minor, fee_hundredths of the payment; name of the guest, title, starts_at, ends_at,
    host_joined_at, ended_at of the meeting.
    """
    query = (
        select(
            PaymentHold.id, PaymentHold.kind, PaymentHold.words, PaymentHold.opened_at,
            PaymentHold.payment_id, Payment.booking_id, Payment.amount_minor, Payment.currency, Payment.status,
            Payment.captured_minor, Payment.claimed_minor, Payment.fee_hundredths,
            Booking.name, Booking.starts_at, Booking.ends_at,
            LiveSession.title, LiveSession.host_joined_at, LiveSession.ended_at,
        )
        .join(Payment, Payment.id == PaymentHold.payment_id)
        .join(Booking, Booking.id == Payment.booking_id)
        .join(LiveSession, LiveSession.id == Booking.session_id)
        .where(
            PaymentHold.organization_id == organization_id,
            PaymentHold.decided_at.is_(None),
            PaymentHold.kind.in_(DECIDED_HERE),
        )
        .order_by(PaymentHold.opened_at, PaymentHold.id)
    )  # fmt: skip
    return db.session.execute(query).all()


def number_to_review(*, organization_id: uuid.UUID) -> int:
    """How many matters wait for a decision."""
    query = select(func.count()).where(
        PaymentHold.organization_id == organization_id,
        PaymentHold.decided_at.is_(None),
        PaymentHold.kind.in_(DECIDED_HERE),
    )
    return int(db.session.execute(query).scalar_one())


def _costs(payment: AnyRow, decision: Decision) -> int:
    """What is paid in the end (minor units). Raises Invalid for a part that is none."""
    whole = left_of(payment) if payment.status == "paid" else payment.amount_minor
    if decision.outcome == "part" and not 0 < decision.minor < whole:
        raise Invalid("Enter a part: more than nothing and less than all of it.", field="amount")
    if decision.outcome == "part" and not _can_be_moved(payment, decision.minor, whole):
        raise Invalid("Cards can’t be charged this amount. Enter more, or choose that nothing is paid.", field="amount")
    costs: dict[str, int] = {"full": whole, "part": decision.minor, "waived": 0}
    return costs[decision.outcome]


def _can_be_moved(payment: AnyRow, costs: int, whole: int) -> bool:
    """Whether the provider takes the part (minor units), or gives back the rest of what it took already."""
    if payment.status == "paid":
        return costs % step(payment.currency) == 0 or whole % step(payment.currency) != 0
    return is_chargeable(costs, payment.currency)


def _give_back(payment: AnyRow, costs: int, decision: Decision, actor: Actor, now: datetime) -> None:
    minor = left_of(payment) - costs
    if minor:
        refunding.give_back(
            payment_id=payment.id, minor=minor, kind="staff", now=now, actor=actor, reason=decision.reason
        )


def _keep_earnings(hold_id: uuid.UUID, payment: AnyRow, now: datetime) -> None:
    """What the host got of the payment and didn't give back is kept."""
    left = shares_of(payment).host
    db.session.execute(update(PaymentHold).where(PaymentHold.id == hold_id).values(held_minor=left))
    book.post(
        ledger.put_on_hold(earner_of(payment), left),
        organization_id=payment.organization_id, currency=payment.currency, source_id=hold_id, now=now,
    )  # fmt: skip


def _tell_owner(payment: AnyRow, kind: str, words: str, due_by: datetime | None, now: datetime) -> None:
    """What they decide themselves, or what a bank does, which isn't about a booking only."""
    organization = db.session.get_one(Organization, payment.organization_id)
    is_dispute = kind == "dispute"
    told = {"matter": kind, "words": words.strip(), "payment_id": str(payment.id)}
    more = {"minor": payment.captured_minor, "currency": payment.currency, "due_by": due_by} if is_dispute else {}
    message = Message(
        kind="dispute" if is_dispute else "host_to_review",
        email=organization.contact_email,
        organization_id=organization.id,
        booking_id=None if is_dispute else payment.booking_id,
        payload=told | more,
    )
    promise([message], now=now)
