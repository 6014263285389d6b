"""What happens in the demo: in three businesses, people book, wait, cancel and ask.

Everything goes through the product's own services, at moments around now, so that every rule holds in it.
"""

from __future__ import annotations

import random
import unicodedata
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select, update

from liveapp.db import AnyRow, db
from liveapp.dev.demo import businesses, coming, displays, earnings, money, plans, workouts
from liveapp.dev.demo.businesses import Business
from liveapp.domain.accounts.people import Person
from liveapp.domain.bookings import service as bookings
from liveapp.domain.bookings import session_changes
from liveapp.domain.bookings.places import Wish
from liveapp.domain.catalogue.models import Offering
from liveapp.domain.errors import Refusal
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.meetings import service as meetings
from liveapp.domain.meetings.offers import nearest_slots
from liveapp.domain.meetings.queries import meeting_offering
from liveapp.domain.meetings.service import Time
from liveapp.domain.notifications.models import Notification
from liveapp.domain.outbox.models import OutboxMessage
from liveapp.unit_of_work import transact

NAMES = (
    "Ben Okafor", "Chiara Rossi", "Dev Patel", "Elif Kaya", "Farah Haddad", "Gustavo Lima", "Hanna Virtanen",
    "Imre Szabó", "Jonas Weber", "Keiko Tanaka", "Lucía Fernández", "Maya Cohen", "Noor Rahman", "Oona Byrne",
    "Pavel Novák", "Quinn Harper", "Rosa Mendes", "Sven Lindqvist", "Thandi Dube", "Uma Iyer",
)  # fmt: skip


TOPICS = ("Reading menus", "Names of stations", "Stroke order", "reading menus", "Writing my name", "")
"""What people would like a workshop of kanji to be about; not everybody says."""


def fill(now: datetime) -> None:
    """Writes the demo into an empty database."""
    past = now - timedelta(days=60)
    chance = random.Random(7)  # the same demo every time
    studio = transact(businesses.add_studio, past)
    tutor = transact(businesses.add_tutor, past)
    school = transact(businesses.add_school, past)
    members = plans.hold_plans(studio, {name: _guest(name, studio.timezone) for name in NAMES}, now)
    for business in (studio, tutor, school):
        _book_classes(business, now, chance, members if business is studio else {})
        _book_meetings(business, now)
    _show_every_state(studio, now)
    coming.come(now)
    transact(_let_time_pass, now)
    coming.close(now)
    transact(workouts.write_down, studio, now)
    transact(displays.hang_up, studio, now)
    plans.settle_lines(now)
    plans.offer_a_place(studio, now)
    money.pay_at_desk(studio, now)
    transact(businesses.take_cards, school, tutor)
    plans.put_on_sale(school, past)
    earnings.earn(school, now)
    transact(_mails_of_the_past_are_sent, now)


def _book_classes(business: Business, now: datetime, chance: random.Random, members: dict[str, Person]) -> None:
    """People book the sessions around now, members with what they hold: some are full with people waiting, one of
    seven cancels."""
    query = (
        select(LiveSession.id, LiveSession.scheduled_at, LiveSession.max_participants, Offering.topic_type)
        .join(Offering, Offering.id == LiveSession.offering_id)
        .where(
            LiveSession.organization_id == business.id,
            LiveSession.type != "meeting",
            LiveSession.scheduled_at.between(now - timedelta(days=21), now + timedelta(days=21)),
        )
        .order_by(LiveSession.scheduled_at, LiveSession.title)
    )
    for number, session in enumerate(db.session.execute(query).all()):
        wanted = session.max_participants + 5 if number % 5 == 1 else chance.randint(1, session.max_participants - 2)
        names = chance.sample(NAMES, min(wanted, len(NAMES)))
        _book_each(session, [members.get(name) or _guest(name, business.timezone) for name in names], now, chance)


def _book_each(session: AnyRow, people: list[Person], now: datetime, chance: random.Random) -> None:
    """They book one after the other, and who cancels does so before the next one comes."""
    moment = min(session.scheduled_at, now) - timedelta(days=4)
    for person in people:
        moment += timedelta(minutes=chance.randint(10, 60))
        topic = chance.choice(TOPICS) if session.topic_type == "flexible" else ""
        booking_id = _unless_refused(
            bookings.book_place, session_id=session.id, person=person, wish=Wish(suggested_topic=topic), now=moment
        )
        if booking_id and chance.random() < 1 / 7:
            left = moment + timedelta(minutes=5)
            _unless_refused(bookings.cancel, booking_id=booking_id, now=left, reason="Can't come")


def _show_every_state(business: Business, now: datetime) -> None:
    """One session is live, one is a draft, and one of three weeks ahead is cancelled."""
    actor, before = business.owner, now - timedelta(hours=2)
    live = transact(businesses.add_practice, business, now - timedelta(minutes=10), before, publishes=True)
    for name in NAMES[2:6]:
        _unless_refused(
            bookings.book_place, session_id=live, person=_guest(name, business.timezone), now=now - timedelta(hours=1)
        )
    transact(session_changes.advance, session_id=live, organization_id=business.id, now=now)
    transact(businesses.add_practice, business, now + timedelta(days=9, hours=3), before, publishes=False)
    query = (
        select(LiveSession.id)
        .where(LiveSession.organization_id == business.id, LiveSession.scheduled_at > now + timedelta(days=18))
        .where(LiveSession.type != "meeting")
        .order_by(LiveSession.scheduled_at)
        .limit(1)
    )
    cancelled = db.session.execute(query).scalar_one()
    transact(session_changes.cancel_session, session_id=cancelled, actor=actor, now=now, reason="The teacher is away")


def _book_meetings(business: Business, now: datetime) -> None:
    """A few meetings: past and coming ones, and two requests that wait for an answer."""
    offerings = db.session.execute(
        select(Offering.id, Offering.host_id, Offering.booking_mode)
        .where(Offering.organization_id == business.id, Offering.kind == "meeting")
        .order_by(Offering.title)
    ).all()
    for offering in offerings:
        host_id = offering.host_id or business.owner.user_id
        if host_id is None:
            continue
        for number, days in enumerate((-12, -5, 2, 4, 6)):
            asked = now + timedelta(days=min(days, 0) - 7 if days < 0 else 0)
            if offering.booking_mode == "request" and days < 0:
                continue
            start = _first_free(business, offering.id, host_id, asked, asked + timedelta(days=7 if days < 0 else days))
            if start is None:
                continue
            _unless_refused(
                meetings.book_slot,
                organization_id=business.id,
                offering_id=offering.id,
                host_id=host_id,
                time=Time(start),
                person=_guest(NAMES[(number * 3 + days) % len(NAMES)], business.timezone),
                wish=Wish(message="Looking forward to it." if number % 2 else ""),
                now=asked,
            )


def _first_free(
    business: Business, offering_id: uuid.UUID, host_id: uuid.UUID, asked: datetime, wanted: datetime
) -> datetime | None:
    organization, offering = meeting_offering(organization_id=business.id, offering_id=offering_id, host_id=host_id)
    near = nearest_slots(
        organization=organization, host_id=host_id, offering=offering, wanted=wanted, now=asked, count=1
    )
    return near[0].start if near else None


def _guest(name: str, timezone: str) -> Person:
    first, last = name.lower().split()
    address = "ben@example.com" if first == "ben" else f"{first}.{last}@example.com"
    plain = unicodedata.normalize("NFKD", address).encode("ascii", "ignore").decode()
    return Person(email=plain, name=name, timezone=timezone)


def _unless_refused(verb: Callable[..., uuid.UUID | None], **values: object) -> uuid.UUID | None:
    """What the verb gives; nothing where a rule refuses it, as in life."""
    try:
        return transact(verb, **values)
    except Refusal:
        return None


def _let_time_pass(now: datetime) -> None:
    """The clock starts and ends the sessions of the past, each at its time; who still waited then waits no more."""
    over = select(LiveSession.id, LiveSession.organization_id, LiveSession.scheduled_at, LiveSession.ends_at).where(
        LiveSession.ends_at < now, LiveSession.status == "scheduled"
    )
    for row in db.session.execute(over.order_by(LiveSession.ends_at, LiveSession.id)).all():
        for moment in (row.scheduled_at, row.ends_at):
            session_changes.advance(session_id=row.id, organization_id=row.organization_id, now=moment)


def _mails_of_the_past_are_sent(now: datetime) -> None:
    """Nobody gets a flood of old mails when the demo starts."""
    db.session.execute(update(Notification).where(Notification.status == "queued").values(status="sent", sent_at=now))
    db.session.execute(update(OutboxMessage).where(OutboxMessage.done_at.is_(None)).values(done_at=now))
