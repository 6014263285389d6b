"""Every button of every mail opens what it names, for its reader."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select, update

from liveapp.db import db
from liveapp.domain.accounts.models import Invitation, SignUp
from liveapp.domain.bookings import service as bookings
from liveapp.domain.bookings.models import Booking
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.meetings import service as meetings
from liveapp.domain.meetings.service import Time
from liveapp.domain.notifications.models import Notification
from liveapp.domain.notifications.service import Message, promise
from liveapp.domain.payments.models import Payment
from liveapp.domain.plans.models import Subscription
from liveapp.tasks import emails
from liveapp.unit_of_work import transact
from tests import cast
from tests.cast import BEN, NOW
from tests.conftest import Clock
from tests.policing import PolicingClient, soup_of

TEMPLATES = Path(emails.__file__).parent.parent / "templates" / "emails"
KINDS = sorted(path.stem for path in TEMPLATES.glob("*.jinja"))
TEN = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
LINK = re.compile(r"^(?P<words>[^\n]+):\n(?P<path>http://localhost/\S+)$", re.MULTILINE)


@dataclass
class Business:
    """Ada's, who leads a class and can be met; Ben books."""

    organization_id: uuid.UUID
    ada: uuid.UUID
    about: dict[str, Any] = field(default_factory=dict)
    payload: dict[str, Any] = field(default_factory=dict)

    def on(self, booking_id: uuid.UUID) -> None:
        self.about = {"booking_id": booking_id, "session_id": cast.booking_row(booking_id).session_id}

    def place(self, **values: Any) -> None:
        """Ben's place in a class, with these columns written over."""
        offering_id = cast.offering(self.organization_id)
        session_id = cast.session(self.organization_id, self.ada, offering_id, price_minor=1500)
        booking_id = transact(bookings.book_place, session_id=session_id, person=BEN, now=NOW)
        transact(_change, booking_id=booking_id, **values)
        self.on(booking_id)

    def meeting(self, mode: str = "instant", **values: Any) -> None:
        """Ben's meeting with Ada, or his request for one."""
        offering_id = cast.meeting_offering(self.organization_id, booking_mode=mode)
        booking_id = transact(
            meetings.book_slot, organization_id=self.organization_id, offering_id=offering_id, host_id=self.ada,
            time=Time(TEN), person=BEN, now=NOW,
        )  # fmt: skip
        transact(_change, booking_id=booking_id, **values)
        self.on(booking_id)

    def paid(self, meeting: bool = False) -> None:
        """Something that Ben paid for by card."""
        (self.meeting if meeting else self.place)(paid_by="at_booking", price_minor=1500)
        ben = cast.booking_row(self.about["booking_id"]).user_id
        key = cast.payment(self.organization_id, ben, None, purpose="booking", booking_id=self.about["booking_id"])
        self.payload["payment_id"] = str(key)

    def plan(self) -> None:
        """Ben, with an account, bought a plan."""
        person = cast.member(self.organization_id)
        plan_id = cast.plan(self.organization_id, name="Ten")
        key = cast.subscription(self.organization_id, person, plan_id)
        self.about = {"user_id": person.user_id}
        self.payload |= {"subscription_id": str(key)}
        self.payload["paid"] = str(cast.payment(self.organization_id, person.user_id, plan_id))
        assert cast.one(select(Subscription.id))

    def session(self, **values: Any) -> None:
        """A class that Ada leads."""
        self.place()
        self.about = {"session_id": self.about["session_id"], "user_id": self.ada}
        if values:
            transact(lambda: db.session.execute(update(LiveSession).values(**values)))


def _change(*, booking_id: uuid.UUID, **values: Any) -> None:
    if values:
        db.session.execute(update(Booking).where(Booking.id == booking_id).values(**values))


@pytest.fixture
def business(app: Flask, clock: Clock) -> Business:
    clock.set(NOW)
    organization_id = cast.organization()
    ada = cast.staff(organization_id)
    cast.weekly_hours(organization_id, ada)
    return Business(organization_id, ada)


SIGNED_OUT = ("sign_in_link", "reset_password", "already_registered", "password_changed", "sign_in_tries")
Setting = Callable[[Business], None]
OFFERED = {"status": "waitlisted", "waitlist_position": 1, "expires_at": NOW + timedelta(hours=1), "confirmed_at": None}
IN_LINE = OFFERED | {"expires_at": None}
HELD = {"status": "held", "expires_at": NOW + timedelta(hours=1), "confirmed_at": None, "paid_by": "at_booking"}
ENDED = {"status": "cancelled"}
OWN_PAGE = "h1:-soup-contains('Yoga')"
CHANGED = "main a[href$='/cancel']"
TAKEN = "form[action$='/take']"
RECEIPT = "h1:-soup-contains('Receipt')"
ASKED = "h1:-soup-contains('Consultation')"
MEETING = "h1:-soup-contains('Consultation with Ben')"


def _place(**values: Any) -> Setting:
    return lambda business: business.place(**values)


def _meeting(mode: str = "instant", **values: Any) -> Setting:
    return lambda business: business.meeting(mode, **values)


def _session(**values: Any) -> Setting:
    return lambda business: business.session(**values)


def _meeting_paid(business: Business) -> None:
    business.paid(meeting=True)


def _declined(business: Business) -> None:
    """Ben's card was declined after his class."""
    business.paid()
    booked, over = business.about["booking_id"], NOW - timedelta(days=1)
    values = {"scheduled_at": over, "ends_at": over + timedelta(hours=1)}
    transact(lambda: db.session.execute(update(LiveSession).values(status="ended", **values)))
    transact(_change, booking_id=booked, paid_by="after_session", status="attended")
    transact(lambda: db.session.execute(update(Payment).values(status="unpaid", captured_minor=0, paid_at=None)))


def _disputed(business: Business) -> None:
    business.paid()
    business.about = {"user_id": business.ada}


def _of_ada(business: Business) -> None:
    business.about = {"user_id": business.ada}
    business.payload["provider_name"] = "Zoom"


def _earning(business: Business) -> None:
    _of_ada(business)
    business.payload |= {"host_id": str(business.ada), "host_name": "Ada", "how": "connect", "note": ""}


def _owning(business: Business) -> None:
    _earning(business)
    business.payload["host_id"] = ""


def _invited(business: Business) -> None:
    values = {"email": "new@example.com", "role": "coach", "invited_by": business.ada, "created_at": NOW}
    key = cast.write(Invitation, organization_id=business.organization_id, expires_at=NOW + timedelta(days=9), **values)
    business.payload["invitation_id"] = str(key)


def _signing_up(business: Business) -> None:
    key = cast.write(
        SignUp, email="new@example.com", name="Nora", password_hash="x", timezone="UTC", locale="en", created_at=NOW,
        expires_at=NOW + timedelta(days=7),
    )  # fmt: skip
    business.payload["sign_up_id"] = str(key)


CASES: dict[str, tuple[Setting, list[str]]] = {
    "already_booked": (_place(), [CHANGED]),
    "booking_cancelled": (_place(**ENDED), [OWN_PAGE]),
    "booking_cancelled_by_host": (_place(**ENDED), [OWN_PAGE]),
    "booking_confirmed": (_place(), [CHANGED]),
    "booking_link": (_place(), [CHANGED]),
    "booking_moved": (_place(), [CHANGED]),
    "booking_waived": (_place(status="no_show"), [OWN_PAGE]),
    "busy_then": (_place(), [CHANGED]),
    "decided": (Business.paid, [OWN_PAGE]),
    "hold_lapsed": (_place(status="expired"), [OWN_PAGE]),
    "host_booked": (_place(), [OWN_PAGE]),
    "host_booking_cancelled": (_meeting(**ENDED), [MEETING]),
    "host_booking_moved": (_meeting(), [MEETING]),
    "host_calendar": (_meeting(), [MEETING]),
    "host_proposal_accepted": (_meeting(), [MEETING]),
    "host_request": (
        _meeting("request"),
        ["form[action$='/accept']", "a[href$='/decline']", "a[href$='/propose']"],
    ),
    "host_request_expired": (_meeting("request", status="expired", expires_at=None), ["h1:-soup-contains('Meetings')"]),
    "host_session_calendar": (_session(), [OWN_PAGE]),
    "host_session_cancelled": (_session(status="cancelled"), [OWN_PAGE]),
    "host_session_changed": (_session(), [OWN_PAGE]),
    "host_session_handed_over": (_session(), [OWN_PAGE]),
    "host_to_review": (_meeting_paid, ["form input[name='outcome']"]),
    "card_failed": (_declined, ["form[action$='/pay']"]),
    "dispute": (_disputed, ["h1"]),
    "invitation": (_invited, ["main form button:-soup-contains('oin')"]),
    "sign_in_link": (_of_ada, ["main form button:-soup-contains('ign in')"]),
    "already_registered": (_of_ada, ["main form input[name='password']"]),
    "password_changed": (_of_ada, ["main form input[name='email']"]),
    "sign_in_tries": (_of_ada, ["main form input[name='email']"]),
    "reset_password": (_of_ada, ["main form input[name='password']"]),
    "verify_email": (_signing_up, ["main form button"]),
    "video_needs_sign_in": (_of_ada, ["h1:-soup-contains('Video')"]),
    "payout_sent": (_earning, ["h1:-soup-contains('arnings')"]),
    "payout_failed": (_owning, ["h1:-soup-contains('ayouts')"]),
    "payout_refused_by_bank": (_earning, ["h1:-soup-contains('arnings')"]),
    "payout_account_changed": (_owning, ["h1:-soup-contains('ayouts')"]),
    "missed": (Business.paid, [OWN_PAGE]),
    "offer_lapsed": (_place(status="expired"), ["h1:-soup-contains('Yoga')", "a[href*='/book'], form"]),
    "other_time_proposed": (_meeting("request", proposed_at=NOW), ["button[name='answer'][value='yes']"]),
    "place_free": (_place(**OFFERED), [TAKEN]),
    "place_offered": (_place(**OFFERED), [TAKEN]),
    "promoted": (_place(), [CHANGED]),
    "receipt": (Business.paid, [RECEIPT]),
    "refund": (Business.paid, [RECEIPT]),
    "request_accepted": (_place(**HELD), ["form[action$='/pay']"]),
    "request_declined": (
        _meeting("request", status="declined", expires_at=None),
        [ASKED],
    ),
    "request_expired": (_meeting("request", status="expired", expires_at=None), [ASKED]),
    "request_received": (_meeting("request"), [ASKED, CHANGED]),
    "session_cancelled": (_place(**ENDED), [OWN_PAGE]),
    "session_changed": (_place(), [CHANGED]),
    "topic_final": (_place(), [OWN_PAGE]),
    "wait_dropped": (_place(status="expired"), [OWN_PAGE]),
    "waitlist_expired": (_place(status="expired"), [OWN_PAGE]),
    "waitlisted": (_place(**IN_LINE), [OWN_PAGE, CHANGED]),
    "plan_given": (Business.plan, ["main :-soup-contains('Ten')"]),
    "plan_ended": (Business.plan, ["main :-soup-contains('Ten')"]),
    "plan_rests": (Business.plan, ["main :-soup-contains('Ten')"]),
    "credits_lapse": (Business.plan, ["h1:-soup-contains('Studio')"]),
    "plan_receipt": (Business.plan, [RECEIPT]),
    "plan_refund": (Business.plan, [RECEIPT]),
    "renewal_failed": (Business.plan, ["main :-soup-contains('Ten')"]),
}


def composed(business: Business, kind: str) -> Any:
    moments = {name: (NOW + timedelta(days=1)).isoformat() for name in ("was", "until", "again", "expires_at")}
    payload = moments | {
        "reason": "Storm", "words": "Sorry", "changes": ["time"], "instead_of": "Yoga", "wanted": "Pilates",
        "has_credit": True, "minor": 1500, "failure": "expired_card", "matter": "host_absent", "is_paid": True,
        "plan_name": "Ten", "person_name": "Ben", "credits": 2, "class_credits": 3, "period": "month",
        "amount_minor": 1500, "currency": "EUR", "inviter": "Ada", "role": "coach",
    }  # fmt: skip
    payload |= business.payload
    if kind in ("plan_receipt", "plan_refund"):
        payload["payment_id"] = payload["paid"]
    about = business.about
    email = "ada@example.com" if kind.startswith("host_") else "ben@example.com"
    if kind.startswith("host_"):
        about = about | {"user_id": business.ada}
    ours = kind in (*SIGNED_OUT, "verify_email")
    message = Message(kind, email, None if ours else business.organization_id, payload=payload, **about)
    before = set(db.session.execute(select(Notification.id)).scalars())
    db.session.rollback()
    transact(promise, [message], now=NOW)
    return emails.compose(cast.one(select(Notification).where(Notification.id.not_in(before)))[0])


def followed(business: Business, client: PolicingClient, kind: str) -> BeautifulSoup:
    """The page behind the mail's button, for its reader: hosts and who has a plan are signed in."""
    text = composed(business, kind).get_body(("plain",)).get_content()
    link = LINK.search(text)
    assert link, text
    reader = business.ada if kind.startswith("host_") else business.about.get("user_id")
    if reader and kind not in SIGNED_OUT:
        cast.sign_in(client, reader, business.organization_id)
    answer = client.get(link["path"].removeprefix("http://localhost"))
    assert answer.status_code == 200, f"“{link['words']}” leads to {answer.status}"
    return soup_of(answer)


def test_every_mail_is_followed() -> None:
    assert set(CASES) == set(KINDS)


@pytest.mark.either_database
@pytest.mark.parametrize("kind", CASES)
def test_a_button_opens_what_it_names(business: Business, client: PolicingClient, kind: str) -> None:
    setting, wanted = CASES[kind]
    setting(business)
    page = followed(business, client, kind)
    missing = [each for each in wanted if not page.select(each)]
    assert not missing, page.select_one("main").get_text(" ", strip=True)
