"""What the studio's people hold: three plans, in every state that one can be in, and an offered place; and what the
school sells."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta

from sqlalchemy import select

from liveapp.db import db
from liveapp.dev.demo.businesses import Business
from liveapp.domain.accounts.models import User
from liveapp.domain.accounts.people import Person
from liveapp.domain.bookings import service as bookings
from liveapp.domain.bookings import waitlist
from liveapp.domain.bookings.models import Booking
from liveapp.domain.catalogue.models import Program
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.plans import credits, queries, service, subscriptions
from liveapp.domain.plans.service import PlanDetails
from liveapp.domain.plans.subscriptions import Gift
from liveapp.rules.zones import local_day
from liveapp.unit_of_work import transact

PACK, MONTHLY, UNLIMITED = "10-class pack", "Monthly 8", "Unlimited month"
HELD = (
    ("Ben Okafor", PACK, 85),  # lapses in five days
    ("Ben Okafor", MONTHLY, 12),
    ("Chiara Rossi", MONTHLY, 25),
    ("Dev Patel", PACK, 30),
    ("Elif Kaya", UNLIMITED, 40),
    ("Farah Haddad", MONTHLY, 3),
    ("Gustavo Lima", PACK, 60),
    ("Hanna Virtanen", UNLIMITED, 10),
    ("Imre Szabó", MONTHLY, 45),
    ("Jonas Weber", PACK, 14),  # rests
    ("Keiko Tanaka", MONTHLY, 20),  # has ended
    ("Lucía Fernández", PACK, 7),
    ("Maya Cohen", UNLIMITED, 5),
    ("Noor Rahman", MONTHLY, 33),
)
"""Who holds what, and for how many days."""


def hold_plans(business: Business, people: dict[str, Person], now: datetime) -> dict[str, Person]:
    """Makes the plans and gives them. Returns who holds one, as they book when they are signed in."""
    made = _make(business, now - timedelta(days=59))
    today = local_day(now, business.timezone)
    given: dict[tuple[str, str], uuid.UUID] = {}
    for name, plan, days in HELD:
        given[name, plan] = transact(
            subscriptions.give,
            actor=business.owner,
            person=people[name],
            gift=Gift(made[plan], today - timedelta(days=days)),
            now=now - timedelta(days=min(days, 59)),
        )
    _turn(now)
    _change_some(business, given, today, now)
    return {name: _known(people[name]) for name, _, _ in HELD}


def put_on_sale(school: Business, now: datetime) -> None:
    """A pack and a plan that renews itself, which people buy by card."""
    plans = (
        PlanDetails("5 evenings", "pack", "For any course or workshop, whenever you have the time.", class_credits=5,
                    valid_days=120, price_minor=11000, is_sold_online=True),
        PlanDetails("Regular", "period", "Once a week, all year round.", class_credits=4, period="month",
                    price_minor=7200, is_sold_online=True),
    )  # fmt: skip
    for each in plans:
        transact(service.add_plan, actor=school.owner, details=each, now=now)


def offer_a_place(business: Business, now: datetime) -> None:
    """Somebody gives a place back, and the first in line, who has no plan, is offered it."""
    with_plan = select(Booking.user_id).where(Booking.subscription_id.is_not(None))
    query = (
        select(Booking.session_id)
        .join(LiveSession, LiveSession.id == Booking.session_id)
        .where(
            Booking.organization_id == business.id,
            Booking.status == "waitlisted",
            Booking.waitlist_position == 1,
            Booking.expires_at.is_(None),
            Booking.user_id.not_in(with_plan),
            LiveSession.price_minor > 0,
            LiveSession.scheduled_at > now + timedelta(days=1),
        )
        .order_by(LiveSession.scheduled_at)
        .limit(1)
    )
    session_id = db.session.execute(query).scalar_one_or_none()
    if session_id is None:
        return
    held = select(Booking.id).where(Booking.session_id == session_id, Booking.status == "confirmed")
    leaving = db.session.execute(held.order_by(Booking.created_at).limit(1)).scalar_one()
    transact(bookings.cancel, booking_id=leaving, actor=business.owner, now=now, reason="Asked by phone")


def settle_lines(now: datetime) -> None:
    """What the minute's work would have done meanwhile with waiting lists."""
    for row in waitlist.due(now=now):
        transact(waitlist.promote, session_id=row.id, now=now)


def _make(business: Business, now: datetime) -> dict[str, uuid.UUID]:
    classes = select(Program.id).where(Program.organization_id == business.id, Program.name == "Classes")
    covered = frozenset({db.session.execute(classes).scalar_one()})
    plans = (
        PlanDetails(PACK, "pack", "For coming now and then.", class_credits=10, valid_days=90, price_minor=9500),
        PlanDetails(MONTHLY, "period", "Twice a week.", class_credits=8, period="month", price_minor=6400,
                    program_ids=covered),
        PlanDetails(UNLIMITED, "period", "As often as you like, once a day.", period="month", max_bookings_per_day=1,
                    price_minor=11000),
    )  # fmt: skip
    return {each.name: transact(service.add_plan, actor=business.owner, details=each, now=now) for each in plans}


def _turn(now: datetime) -> None:
    """What the calendar did meanwhile: new periods got their credits, old ones lapsed."""
    for row in queries.to_grant():
        transact(subscriptions.grant_due, subscription_id=row.id, now=now)
    for row in queries.to_lapse(now=now):
        transact(credits.lapse, lot_id=row.id, now=now)


def _change_some(business: Business, given: dict[tuple[str, str], uuid.UUID], today: date, now: datetime) -> None:
    owner, yesterday = business.owner, now - timedelta(days=1)
    transact(
        subscriptions.pause, actor=owner, subscription_id=given["Jonas Weber", PACK],
        resumes_on=today + timedelta(days=20), now=yesterday,
    )  # fmt: skip
    transact(
        subscriptions.end, actor=owner, subscription_id=given["Keiko Tanaka", MONTHLY], reason="Moved away",
        now=yesterday,
    )  # fmt: skip


def _known(person: Person) -> Person:
    user_id = db.session.execute(select(User.id).where(User.email == person.email)).scalar_one()
    return Person(person.email, person.name, person.timezone, user_id=user_id)
