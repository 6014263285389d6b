"""No page and no mail names a moment that is over as one to come, whenever it is read."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from liveapp.db import db
from liveapp.domain.accounts.models import Organization
from liveapp.domain.notifications.models import Notification
from liveapp.tasks import emails
from liveapp.unit_of_work import transact
from liveapp.web.signing import sign_booking
from tests import cast
from tests.cast import NOW
from tests.conftest import Clock
from tests.policing import PolicingClient, soup_of

MINUTE = timedelta(minutes=1)
DAY = r"(?:[A-Z][a-z]{2} \d{1,2} [A-Z][a-z]+(?: \d{4})?)"
TIME = r"\d{1,2}:\d{2}\s[AP]M"
PROMISE = re.compile(rf"(?:until|by|before) ({DAY}), ({TIME})")
OVER = re.compile(rf"(?:could be (?:cancelled|moved) until|ended) {DAY}, {TIME}")
"""What is said of the past, as past."""
MAILS = ("booking_confirmed", "promoted", "booking_moved", "booking_link")
OFFERS = {"waitlisted": "place_offered", "held": "request_accepted", "requested": "other_time_proposed"}


@dataclass(frozen=True)
class Story:
    """A booking with terms of any kind, made so long before its start and read so long after it was made."""

    status: str
    paid_by: str
    window_hours: int
    allow_late: bool
    tiers: tuple[int, int]
    minutes_ahead: int
    minutes_after: int
    expires_in: int

    @property
    def read_at(self) -> datetime:
        return NOW + self.minutes_after * MINUTE

    @property
    def start(self) -> datetime:
        return NOW + self.minutes_ahead * MINUTE


@st.composite
def stories(draw: st.DrawFn) -> Story:
    status = draw(st.sampled_from(("confirmed", "confirmed", "waitlisted", "held", "requested")))
    ahead = draw(st.integers(1, 4 * 24 * 60))
    around = st.sampled_from((0, 9, 10, 11, 15, 30, ahead - 1, ahead, max(0, ahead - 24 * 60), max(0, ahead - 720)))
    free = draw(st.integers(0, 72))
    return Story(
        status=status,
        paid_by="after_session" if status == "held" else draw(st.sampled_from(("free", "at_booking", "after_session"))),
        window_hours=draw(st.integers(0, 72)),
        allow_late=draw(st.booleans()),
        tiers=(free, draw(st.integers(0, free))),
        minutes_ahead=ahead,
        minutes_after=draw(around | st.integers(0, ahead + 60)),
        expires_in=draw(st.integers(1, 120)),
    )


@dataclass(frozen=True)
class World:
    organization_id: uuid.UUID
    ada: uuid.UUID
    ben: uuid.UUID
    class_id: uuid.UUID
    meeting_id: uuid.UUID


@pytest.fixture
def world(app: Flask, clock: Clock, client: PolicingClient) -> World:
    """Everybody is in UTC, and cards are taken."""
    clock.set(NOW)
    organization_id = cast.organization(timezone="UTC", payment_provider="stripe")
    ben = cast.user("Ben Okafor", timezone="UTC")
    cast.sign_in(client, ben)
    made = cast.offering(organization_id, price_minor=1743), cast.meeting_offering(organization_id)
    return World(organization_id, cast.staff(organization_id), ben, *made)


@given(story=stories())
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    max_examples=30,
    deadline=None,
)
def test_nothing_over_is_named_as_to_come(world: World, clock: Clock, client: PolicingClient, story: Story) -> None:
    clock.set(story.read_at)
    free, partial = story.tiers
    terms = {"cancellation_window_hours": story.window_hours, "allow_late_cancellation": story.allow_late,
             "free_cancellation_hours": free, "partial_refund_hours": partial}  # fmt: skip
    transact(_set_terms, world.organization_id, terms)
    session_id, booking_id = _written(world, story, terms)
    token = sign_booking(booking_id, None)
    open_id = _session(world, story, is_meeting=False, price_minor=None if story.paid_by == "free" else 1743)
    of_booking = [f"/bookings/{token}{part}" for part in ("", "/cancel", "/reschedule")]
    pages = [f"/book/studio/sessions/{each}" for each in (open_id, session_id)] + of_booking + ["/my/bookings"]
    for path in pages:
        answer = client.get(path)
        main = soup_of(answer).main
        if main is not None:
            assert _promised_too_late(main.get_text(" "), story.read_at) == [], path
    for kind in (*MAILS, *([OFFERS[story.status]] if story.status in OFFERS else [])):
        text = _mail(world, kind, session_id, booking_id, story)
        assert _promised_too_late(text, story.read_at) == [], kind


def test_the_check_finds_what_it_looks_for() -> None:
    moment = datetime(2026, 3, 3, 18, 0, tzinfo=UTC)
    assert _promised_too_late("You can cancel until Tue 3 March, 6:00 PM.", moment + MINUTE) == ["Tue 3 March, 6:00 PM"]
    assert _promised_too_late("Take it by Tue 3 Mar 2026, 6:00 PM; later", moment) == []
    assert _promised_too_late("It could be moved until Tue 3 March, 6:00 PM.", moment + MINUTE) == []


def _promised_too_late(text: str, now: datetime) -> list[str]:
    """The moments that are named as ones to come, and are over; a deadline's own moment is its last."""
    plain = OVER.sub("", " ".join(text.split()))
    found = []
    for day, clock_time in PROMISE.findall(plain):
        named = day if re.search(r"\d{4}$", day) else f"{day} {now.year}"
        month = "%b" if re.search(r" [A-Z][a-z]{2} \d{4}$", named) else "%B"
        moment = datetime.strptime(f"{named} {' '.join(clock_time.split())}", f"%a %d {month} %Y %I:%M %p")
        if moment.replace(tzinfo=UTC) < now:
            found.append(f"{day}, {' '.join(clock_time.split())}")
    return found


def _written(world: World, story: Story, terms: dict[str, Any]) -> tuple[uuid.UUID, uuid.UUID]:
    """The session and Ben's booking of it, without anything that a clock would have done since."""
    is_meeting = story.status == "requested"
    session_id = _session(world, story, is_meeting=is_meeting)
    expires = {"expires_at": NOW + story.expires_in * MINUTE}
    line = {"waitlist_position": 1} if story.status == "waitlisted" else {}
    more = {} if story.status == "confirmed" else expires | line
    asked = {"requested_start": story.start, "proposed_at": NOW} if is_meeting else {}
    booking_id = cast.booking(
        session_id, world.ben, status=story.status, paid_by="free" if is_meeting else story.paid_by,
        price_minor=1743, **terms | more | asked,
    )  # fmt: skip
    return session_id, booking_id


def _session(world: World, story: Story, *, is_meeting: bool, price_minor: int | None = 1743) -> uuid.UUID:
    """Each with a host of its own, so that any number of them can be at one time."""
    host_id = cast.user("Host", f"{uuid.uuid4().hex}@example.com")
    cast.membership(world.organization_id, host_id, "coach")
    return cast.session(
        world.organization_id, host_id, world.meeting_id if is_meeting else world.class_id, story.start,
        timezone="UTC", price_minor=1743, participant_count=int(story.status != "waitlisted"),
        waiting_count=int(story.status == "waitlisted"), type="meeting" if is_meeting else "live_class",
        status="draft" if is_meeting else "scheduled",
    )  # fmt: skip


def _mail(world: World, kind: str, session_id: uuid.UUID, booking_id: uuid.UUID, story: Story) -> str:
    """What the mail says that is written now."""
    until = (NOW + story.expires_in * MINUTE).isoformat()
    key = cast.write(
        Notification, kind=kind, email="ben@example.com", organization_id=world.organization_id, status="queued",
        booking_id=booking_id, session_id=session_id, created_at=NOW,
        payload={"until": until, "words": "", "was": NOW.isoformat()},
    )  # fmt: skip
    db.session.rollback()
    message = emails.compose(db.session.execute(select(Notification).where(Notification.id == key)).scalar_one())
    body = message.get_body(("plain",))
    assert body is not None
    return f"{message['Subject']} {body.get_content()}"


def _set_terms(organization_id: uuid.UUID, terms: dict[str, Any]) -> None:
    db.session.execute(update(Organization).where(Organization.id == organization_id).values(**terms))
