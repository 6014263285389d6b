"""The three businesses of the demo: who works there, what they offer, and their weekly sessions."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, update

from liveapp.db import db
from liveapp.dev.demo import people as rows
from liveapp.domain.accounts.models import Organization, User
from liveapp.domain.actor import Actor
from liveapp.domain.catalogue.models import Offering
from liveapp.domain.live_sessions import making
from liveapp.domain.live_sessions.details import Details, Limits
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.rules.recurrence import Frequency, Rule
from liveapp.rules.roles import Role

LIMITS = Limits(30, 240)


@dataclass(frozen=True, slots=True)
class Business:
    """An organization of the demo, its owner as actor, and its zone."""

    id: uuid.UUID
    owner: Actor
    timezone: str


def add_studio(now: datetime) -> Business:
    studio = rows.organization(
        "harbour-yoga", "Harbour Yoga", "Europe/London", "GBP", now, colour="#1f6f5c", payment_provider="desk",
        latitude=51.503356, longitude=-0.075472,
        description="Yoga and movement by the water. Small classes, all levels, first class free.",
    )  # fmt: skip
    ada = rows.person("Ada Lindholm", now, email="ada@example.com", timezone="Europe/London")
    grace = rows.person("Grace Amadi", now, email="grace@example.com")
    leo = rows.person("Leo Martins", now, email="leo@example.com")
    ben = rows.person("Ben Okafor", now, email="ben@example.com", timezone="Europe/London")
    rows.works(studio, ada, "owner", "ada", now, title="Founder, vinyasa", bio="Teaches strong, slow vinyasa.")
    rows.works(studio, grace, "admin", "grace", now, title="Studio manager")
    rows.works(studio, leo, "coach", "leo", now, title="Mobility and breath", bio="Former dancer. Moves gently.")
    rows.works(studio, ben, "member", "ben", now)
    owner = Actor(ada, Role.OWNER, studio)
    loft = rows.location(studio, "The Loft", "3 Quay Street, London", now)
    deck = rows.location(studio, "River Deck", "3 Quay Street, London", now)
    classes = rows.program(studio, "Classes", now, description="The weekly schedule.")
    talks = rows.program(studio, "Talks", now, description="Evenings with a guest.")
    flow = rows.offering(
        studio, "morning-flow", "Morning flow", "GBP", now, program_id=classes, colour="pine", location_id=loft,
        price_minor=1200,
        description="An hour of vinyasa to wake up with.\n\nMats and blocks are here.", materials="Water, a towel",
    )  # fmt: skip
    mobility = rows.offering(
        studio, "mobility", "Mobility for desk people", "GBP", now, program_id=classes, colour="sky", capacity=8,
        duration_minutes=45, location_id=deck, price_minor=900,
        description="Hips, shoulders, wrists. No experience needed.",
    )  # fmt: skip
    practice = rows.offering(
        studio, "members-practice", "Members' practice", "GBP", now, program_id=classes, colour="moss", capacity=8,
        location_id=loft, plan_only=True, description="The room is yours. Come with your own practice.",
    )  # fmt: skip
    rows.offering(
        studio, "community-class", "Community class", "GBP", now, program_id=classes, colour="rose", location_id=loft,
        description="Free for everybody, on days that we choose.",
    )  # fmt: skip
    talk = rows.offering(
        studio, "breath-talk", "Breath: an evening talk", "GBP", now, kind="webinar", format="online", capacity=60,
        colour="iris", meeting_url="https://meet.example.com/harbour-breath", program_id=talks,
    )  # fmt: skip
    rows.offering(
        studio, "private-session", "Private session", "GBP", now, kind="meeting", session_type="individual",
        capacity=1, host_id=leo, location_id=deck, durations=[30, 60], colour="amber",
        description="One-on-one with Leo, made for you.",
    )  # fmt: skip
    rows.offering(
        studio, "first-talk", "New to yoga? A first talk", "GBP", now, kind="meeting", session_type="individual",
        capacity=1, host_id=ada, format="online", duration_minutes=30, booking_mode="request", colour="sky",
        description="Half an hour with Ada to find the class that suits you.",
    )  # fmt: skip
    rows.hours(studio, ada, "Europe/London", {1: [(10, 12)], 3: [(10, 12), (14, 16)]}, min_lead_minutes=240)
    rows.hours(studio, leo, "Europe/London", {0: [(13, 17)], 2: [(10, 12), (14, 18)], 4: [(9, 13)]}, buffer_after=15)
    business = Business(studio, owner, "Europe/London")
    _weekly(business, flow, ada, "Morning flow", {0, 2, 4}, time(7, 30), now, location_id=loft, places=12)
    _weekly(business, mobility, leo, "Mobility for desk people", {1, 3}, time(18), now, location_id=deck, places=8,
            minutes=45)  # fmt: skip
    _weekly(business, practice, leo, "Members' practice", {5}, time(10), now, location_id=loft, places=8)
    _weekly(business, talk, ada, "Breath: an evening talk", {3}, time(19, 30), now, places=60, online=True)
    return business


def add_practice(business: Business, starts_at: datetime, now: datetime, *, publishes: bool) -> uuid.UUID:
    """A single session of the studio, online and led by its manager, so that it is in nobody's way."""
    query = select(Offering).where(Offering.organization_id == business.id, Offering.slug == "morning-flow")
    offering = db.session.execute(query).scalar_one()
    manager = select(User.id).where(User.email == "grace@example.com")
    details = Details(
        offering_id=offering.id,
        price_minor=offering.price_minor,
        plan_only=offering.plan_only,
        host_id=db.session.execute(manager).scalar_one(),
        title="Open practice, online",
        format="online",
        duration_minutes=60,
        max_participants=20,
        meeting_url="https://meet.example.com/open-practice",
    )
    begins = starts_at.replace(minute=starts_at.minute // 5 * 5, second=0, microsecond=0)
    return making.create(
        actor=business.owner, details=details, when=begins, publishes=publishes, limits=LIMITS, now=now
    )


def add_tutor(now: datetime) -> Business:
    tutor = rows.organization(
        "mira-maths", "Mira Sandoval, maths tutor", "America/New_York", "USD", now, colour="#6b4fa0",
        description="Algebra to calculus, one student at a time. Online, patient, with homework you will do.",
    )  # fmt: skip
    mira = rows.person("Mira Sandoval", now, email="mira@example.com", timezone="America/New_York")
    rows.works(tutor, mira, "owner", "mira", now, title="Maths tutor", bio="Twelve years of teaching, no shortcuts.")
    common = {"kind": "meeting", "session_type": "individual", "capacity": 1, "format": "online"}
    rows.offering(tutor, "lesson", "Maths lesson", "USD", now, durations=[60, 90], colour="iris", **common,
                  description="Bring the exercise you are stuck on.", topic="Mathematics")  # fmt: skip
    rows.offering(tutor, "first-talk", "First conversation", "USD", now, duration_minutes=30, booking_mode="request",
                  topic_type="flexible", colour="rose", **common,
                  description="Half an hour to see whether we fit.")  # fmt: skip
    rows.offering(tutor, "exam-coaching", "Exam coaching", "USD", now, price_minor=8000, payment_timing="after_session",
                  colour="sky", **common, description="One hour on the paper that you fear most.")  # fmt: skip
    clinic = rows.offering(tutor, "homework-clinic", "Homework clinic", "USD", now, kind="office_hours",
                           format="online", capacity=6, colour="moss")  # fmt: skip
    days = {day: [(9, 12), (14, 18)] for day in range(5)}
    rows.hours(tutor, mira, "America/New_York", days, buffer_before=5, buffer_after=10, max_per_day=6)
    business = Business(tutor, Actor(mira, Role.OWNER, tutor), "America/New_York")
    _weekly(business, clinic, mira, "Homework clinic", {1}, time(19), now, places=6, online=True)
    return business


def add_school(now: datetime) -> Business:
    school = rows.organization(
        "northside-languages", "Northside Language School", "Europe/Berlin", "EUR", now, colour="#b4532a",
        description="German, Spanish and Japanese in the evening, and workshops on Saturdays.",
    )  # fmt: skip
    ines = rows.person("Ines Brandt", now, email="ines@example.com")
    kenji = rows.person("Kenji Mori", now, email="kenji@example.com")
    ada = db.session.execute(select(User.id).where(User.email == "ada@example.com")).scalar_one()
    rows.works(school, ines, "owner", "ines", now, title="Head of school, German")
    rows.works(school, kenji, "coach", "kenji", now, title="Japanese")
    rows.works(school, ada, "coach", "ada", now + timedelta(days=1), title="English conversation")
    room = rows.location(school, "Room 2", "Torstraße 80, Berlin", now)
    evenings = rows.program(school, "Evening courses", now)
    german = rows.offering(school, "german-a2", "German A2", "EUR", now, program_id=evenings, duration_minutes=90,
                           capacity=10, location_id=room, colour="amber", topic="German")  # fmt: skip
    sushi = rows.offering(school, "kanji-workshop", "Kanji workshop", "EUR", now, kind="workshop", capacity=14,
                          duration_minutes=120, location_id=room, topic_type="flexible", colour="rose")  # fmt: skip
    rows.offering(school, "conversation", "Conversation hour", "EUR", now, kind="meeting", capacity=1,
                  session_type="individual", host_id=kenji, format="online", colour="sky")  # fmt: skip
    rows.hours(school, kenji, "Europe/Berlin", {1: [(15, 19)], 3: [(15, 19)]}, slot_interval=30)
    business = Business(school, Actor(ines, Role.OWNER, school), "Europe/Berlin")
    _weekly(business, german, ines, "German A2", {0, 2}, time(18, 30), now, location_id=room, places=10, minutes=90)
    _weekly(business, sushi, kenji, "Kanji workshop", {5}, time(11), now, location_id=room, places=14, minutes=120)
    return business


def take_cards(school: Business, tutor: Business) -> None:
    """From now on the school's workshop costs 25.00, paid by card; who booked before pays nothing. The tutor's coaching
    is charged when it is over."""
    priced = {"price_minor": 2500}
    workshop = select(Offering.id).where(Offering.organization_id == school.id, Offering.slug == "kanji-workshop")
    db.session.execute(
        update(Organization)
        .where(Organization.id.in_([school.id, tutor.id]))
        .values(payment_provider="stripe", earns="host")
    )
    db.session.execute(update(Offering).where(Offering.id.in_(workshop)).values(**priced))
    db.session.execute(update(LiveSession).where(LiveSession.offering_id.in_(workshop)).values(**priced))


def _weekly(
    business: Business,
    offering_id: uuid.UUID,
    host_id: uuid.UUID,
    title: str,
    weekdays: Iterable[int],
    start: time,
    now: datetime,
    *,
    places: int,
    minutes: int = 60,
    location_id: uuid.UUID | None = None,
    online: bool = False,
) -> None:
    """A published weekly series from `now` on, without end."""
    first = now.astimezone(ZoneInfo(business.timezone)).date() + timedelta(days=1)
    rule = Rule(Frequency.WEEKLY, start, business.timezone, first, weekdays=frozenset(weekdays),
                until=first + timedelta(days=200))  # fmt: skip
    offering = db.session.execute(select(Offering).where(Offering.id == offering_id)).scalar_one()
    details = Details(
        offering_id=offering_id,
        price_minor=offering.price_minor,
        plan_only=offering.plan_only,
        host_id=host_id,
        title=title,
        format="online" if online else "in_person",
        duration_minutes=minutes,
        max_participants=places,
        location_id=location_id,
        meeting_url="https://meet.example.com/room" if online else None,
    )
    making.create(actor=business.owner, details=details, when=rule, publishes=True, limits=LIMITS, now=now)
