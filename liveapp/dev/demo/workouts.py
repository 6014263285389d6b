"""What the studio does: lesson plans, two weeks of daily programming, and sessions with plans of their own."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import select

from liveapp.db import db
from liveapp.dev.demo.businesses import Business
from liveapp.domain.catalogue.models import Offering, Program
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.workouts import daily, library, on_sessions
from liveapp.domain.workouts.library import Text
from liveapp.rules.zones import local_day

TEXTS = (
    Text(
        "Sun salutations, slow",
        "Five rounds. Count **four in, six out**; the breath leads.\n\n"
        "1. Mountain, arms up\n2. Fold, half lift\n3. Plank, lower\n4. Cobra, or upward dog\n"
        "5. Downward dog, five breaths\n\n"
        "> Wrists sore? Come down on your fists, or take the wall.",
    ),
    Text(
        "Standing strength",
        "## Each side\n\n- Warrior II, five breaths\n- Side angle, five breaths\n- Half moon, three breaths\n\n"
        "## Then\n\nChair, **60 seconds**. Rest. Again.",
    ),
    Text(
        "Balance and hips",
        "- Tree, a minute each side\n- Dancer, or the strap\n- Pigeon, two minutes each side\n- Lizard, both ways\n\n"
        "Blocks are under the window.",
    ),
    Text(
        "Wind down",
        "Legs up the wall for **five minutes**, then a twist to each side.\n\nLast: lie still. Nobody is in a hurry.",
    ),
    Text(
        "Desk shoulders",
        "### Warm up\n\n1. Shoulder circles, 10 each way\n2. Wall slides, 2 × 10\n\n"
        "### Main part\n\n1. Thread the needle, 8 each side\n2. Band pull-aparts, 3 × 12\n3. Puppy pose, 1 minute\n\n"
        "### At home\n\nTwice a day, while the kettle boils.",
    ),
    Text("Wrists and neck", "- Wrist circles, both ways\n- Prayer stretch, 30 seconds\n- Chin tucks, 2 × 8"),
    Text("Handstand line", "To the wall. Five holds of ten seconds, *hollow*, not banana."),
)
FLOW, STRENGTH, HIPS, REST = 0, 1, 2, 3
WEEK = ((FLOW, STRENGTH, REST), (), (FLOW, HIPS, REST), (), (STRENGTH, HIPS, REST), (FLOW, REST), ())
"""What Classes do on each weekday, Monday first."""


def write_down(studio: Business, now: datetime) -> None:
    """Writes the lesson plans, plans the days of this week and the next, and gives Leo's next two classes their own."""
    written = now - timedelta(days=20)
    plans = [library.add(actor=studio.owner, text=text, now=written) for text in TEXTS]
    library.archive(actor=studio.owner, workout_id=plans[-1], now=now - timedelta(days=2))
    classes = select(Program.id).where(Program.organization_id == studio.id, Program.name == "Classes")
    _plan_days(studio, db.session.execute(classes).scalar_one(), plans, now)
    for session_id in _next_classes(studio, now):
        for workout_id in plans[4:6]:
            on_sessions.attach(actor=studio.owner, session_id=session_id, workout_id=workout_id, now=now)


def _plan_days(studio: Business, program_id: uuid.UUID, plans: list[uuid.UUID], now: datetime) -> None:
    today = local_day(now, studio.timezone)
    monday = today - timedelta(days=today.weekday())
    for number in range(14):
        day = monday + timedelta(days=number)
        for place in WEEK[day.weekday()]:
            daily.add(
                actor=studio.owner, program_id=program_id, day=day, workout_id=plans[place],
                now=now - timedelta(days=3),
            )  # fmt: skip


def _next_classes(studio: Business, now: datetime) -> list[uuid.UUID]:
    query = (
        select(LiveSession.id)
        .join(Offering, Offering.id == LiveSession.offering_id)
        .where(LiveSession.organization_id == studio.id, Offering.slug == "mobility", LiveSession.scheduled_at > now)
        .order_by(LiveSession.scheduled_at)
        .limit(2)
    )
    return list(db.session.execute(query).scalars())
