"""Every kind of mail: what it says, to whom, with which calendar entry; sent once."""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask
from icalendar import Calendar
from sqlalchemy import select, update

from liveapp.db import db
from liveapp.domain.accounts.models import Organization
from liveapp.domain.actor import Actor
from liveapp.domain.bookings import moves
from liveapp.domain.bookings import service as bookings
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.notifications.models import Notification
from liveapp.domain.notifications.service import Message, promise
from liveapp.domain.plans import subscriptions
from liveapp.domain.plans.models import CreditLot
from liveapp.rules.roles import Role
from liveapp.tasks import emails, schedule
from liveapp.tasks.handlers import HANDLERS
from liveapp.unit_of_work import transact
from liveapp.web import clock as app_clock
from tests import cast, smtp
from tests.cast import BEN, NOW
from tests.conftest import ON_ONE_DATABASE, Clock
from tests.smtp import Outgoing

TEMPLATES = Path(emails.__file__).parent.parent / "templates" / "emails"
KINDS = sorted(path.stem for path in TEMPLATES.glob("*.jinja"))
ABOUT_BOOKINGS = [kind for kind in KINDS if "booking." in (TEMPLATES / f"{kind}.jinja").read_text()]


@pytest.fixture
def booking_id(app: Flask) -> uuid.UUID:
    organization_id = cast.organization()
    ada = cast.staff(organization_id)
    session_id = cast.session(organization_id, ada, cast.offering(organization_id, requirements="Come early & rested"))
    return transact(bookings.book_place, session_id=session_id, person=BEN, now=NOW)


def composed(kind: str, **values: object) -> EmailMessage:
    """The mail of a kind, as it would leave."""
    moments = {name: (NOW + timedelta(days=1)).isoformat() for name in ("was", "until", "again")}
    payload = moments | {
        "reason": "Storm",
        "words": "Sorry",
        "changes": ["time"],
        "instead_of": "Yoga",
        "wanted": "Pilates",
        "has_credit": True,
        "minor": 1500,
        "failure": "expired_card",
        "matter": "host_absent",
        "is_paid": False,
        "payment_id": uuid.UUID(int=1),
    }
    message = Message(kind=kind, email="ben@example.com", payload=payload, **values)  # type: ignore[arg-type]
    before = set(db.session.execute(select(Notification.id)).scalars())
    db.session.rollback()
    transact(promise, [message], now=NOW)
    query = select(Notification).where(Notification.id.not_in(before))
    return emails.compose(cast.one(query)[0])


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


@ON_ONE_DATABASE
@pytest.mark.parametrize("kind", ABOUT_BOOKINGS)
def test_every_booking_mail_says_what_and_when_in_text_and_html(booking_id: uuid.UUID, kind: str) -> None:
    mail = composed(kind, booking_id=booking_id, organization_id=cast.booking_row(booking_id).organization_id)
    text, markup = body(mail, "plain"), body(mail, "html")
    assert "\n" not in mail["Subject"]
    for part in (text, markup):
        assert "Yoga" in part
        assert "{{" not in part
        assert "{%" not in part
    assert "&amp;" not in text
    assert mail["To"] == "ben@example.com"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "http://localhost/" in text


def test_the_confirmation_carries_the_entry_and_the_way_back(booking_id: uuid.UUID) -> None:
    mail = composed("booking_confirmed", booking_id=booking_id)
    assert "Come early & rested" in body(mail, "plain")
    assert "http://localhost/bookings/" in body(mail, "plain")
    assert mail["Reply-To"] == "hello@studio.example.com"
    entry = next(part for part in mail.walk() if part.get_content_type() == "text/calendar")
    assert entry.get_param("method") == "REQUEST"
    event = Calendar.from_ical(entry.get_payload(decode=True)).walk("VEVENT")[0]
    assert event["UID"] == f"{booking_id}@localhost"


def test_a_mail_about_a_class_somewhere_carries_the_persons_own_code(booking_id: uuid.UUID) -> None:
    for kind in ("booking_confirmed", "session_changed"):
        mail = composed(kind, booking_id=booking_id)
        (picture,) = (part for part in mail.walk() if part.get_content_type() == "image/png")
        assert f"cid:{str(picture['Content-ID']).strip('<>')}" in body(mail, "html")
        assert picture.get_payload(decode=True).startswith(b"\x89PNG")  # type: ignore[union-attr]
        assert [part.get_filename() for part in mail.iter_attachments()] == ["invite.ics"]
    assert "show the code in this mail" in body(composed("booking_confirmed", booking_id=booking_id), "plain")
    transact(lambda: db.session.execute(update(LiveSession).values(format="online", meeting_url="https://a.example/b")))
    mail = composed("booking_confirmed", booking_id=booking_id)
    assert "image/png" not in [part.get_content_type() for part in mail.walk()]
    assert "code" not in body(mail, "plain")


def test_paragraphs_stay_apart(booking_id: uuid.UUID) -> None:
    text = body(composed("booking_confirmed", booking_id=booking_id), "plain")
    code = "At the door, show the code in this mail or the one on your booking page."
    assert f"your place is booked.\n\n{code}\n\nPlease note: Come early & rested\n\nSomething came up?" in text


@pytest.mark.parametrize("kind", KINDS)
def test_no_paragraph_ends_with_a_tag_that_swallows_its_line_break(kind: str) -> None:
    """`{% endif %}` takes the line break after it along; `{% endif +%}` leaves it."""
    assert not re.search(r"(?<!\+)%}\n\n", (TEMPLATES / f"{kind}.jinja").read_text())


def test_times_are_the_readers_own(booking_id: uuid.UUID) -> None:
    """Ben is in London, Ada's studio in Berlin: an hour lies between what the two mails say."""
    guest = body(composed("booking_confirmed", booking_id=booking_id), "plain")
    host = body(composed("host_booked", booking_id=booking_id), "plain")
    assert "London time" in guest
    assert "Berlin time" in host


def test_an_entry_that_is_not_so_any_more_is_left_out(booking_id: uuid.UUID) -> None:
    transact(bookings.cancel, booking_id=booking_id, now=NOW)
    mail = composed("booking_confirmed", booking_id=booking_id)
    assert not [part for part in mail.walk() if part.get_content_type() == "text/calendar"]


def test_the_sequence_never_falls(booking_id: uuid.UUID) -> None:
    def sequence(kind: str) -> int:
        mail = composed(kind, booking_id=booking_id)
        entry = next(part for part in mail.walk() if part.get_content_type() == "text/calendar")
        return int(Calendar.from_ical(entry.get_payload(decode=True)).walk("VEVENT")[0]["SEQUENCE"])

    booking = cast.booking_row(booking_id)
    other = cast.session(
        booking.organization_id,
        cast.session_row(booking.session_id).host_id,
        cast.session_row(booking.session_id).offering_id,
        NOW + timedelta(days=9),
    )
    first = sequence("booking_confirmed")
    transact(moves.move_place, booking_id=booking_id, session_id=other, now=NOW)
    moved = sequence("booking_moved")
    transact(bookings.cancel, booking_id=booking_id, now=NOW)
    assert first < moved < sequence("booking_cancelled")


def test_a_name_with_line_breaks_stays_on_the_subjects_line(app: Flask) -> None:
    organization_id = cast.organization()
    session_id = cast.session(organization_id, cast.staff(organization_id), cast.offering(organization_id))
    person = cast.Person(email="ben@example.com", name="Ben\r\nBcc: all@example.com", timezone="UTC")
    booking_id = transact(bookings.book_place, session_id=session_id, person=person, now=NOW)
    mail = composed("host_booked", booking_id=booking_id)
    assert mail["Bcc"] is None
    assert "Ben Bcc all example com" in mail["Subject"]


def of_plan(mail: str, **plan: object) -> EmailMessage:
    """The mail of this kind that Ben gets about a plan of a studio in Berlin, given on 2 March."""
    organization_id = cast.organization()
    owner = Actor(user_id=cast.staff(organization_id), role=Role.OWNER, organization_id=organization_id)
    plan_id = cast.plan(organization_id, **{"name": "Ten & more", "valid_days": 7} | plan)
    subscription_id = cast.subscription(organization_id, BEN, plan_id)
    if mail == "plan_ended":
        transact(subscriptions.end, actor=owner, subscription_id=subscription_id, reason="Moved <away>", now=NOW)
    if mail == "credits_lapse":
        lot_id = cast.one(select(CreditLot.id))[0]
        assert transact(subscriptions.warn, lot_id=lot_id, days=1, now=NOW)
    return emails.compose(cast.one(select(Notification).where(Notification.kind == mail))[0])


def test_a_plan_that_is_given(app: Flask) -> None:
    mail = of_plan("plan_given")
    assert mail["Subject"] == "Your plan at Studio: Ten & more"
    assert body(mail, "plain") == (
        "Hello Ben Okafor, “Ten & more” is yours: 10 credits, and each books one\nplace.\n\n"
        "Sign in with this address when you book, and the plan pays. What is left of\n"
        "it is on the page of your plans.\n\n"
        "Plan: Ten & more\nFrom: Monday 2 March 2026\n\nSee your plans:\nhttp://localhost/my/plans\n\n-- \nStudio\n"
    )
    assert "Ten &amp; more" in body(mail, "html")


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ({"kind": "period", "period": "month", "valid_days": None}, "10 credits each month, and each books one place."),
        ({"class_credits": None}, "is yours: you can book as often as its limits allow."),
        ({"class_credits": None}, "Until: Sunday 8 March 2026"),
        ({"class_credits": 1}, "is yours: 1 credit, and each books one place."),
    ],
)
def test_a_plan_says_what_it_gives(app: Flask, plan: dict[str, object], words: str) -> None:
    assert words in " ".join(body(of_plan("plan_given", **plan), "plain").split())


def test_a_plan_that_has_ended(app: Flask) -> None:
    mail = of_plan("plan_ended")
    assert mail["Subject"] == "Your plan at Studio has ended: Ten & more"
    assert body(mail, "plain") == (
        "Hello Ben Okafor, “Ten & more” has ended, and can't be booked with any more.\nStudio says: Moved <away>\n\n"
        "Bookings that you made with it stay.\n\n"
        "Plan: Ten & more\n\nSee your plans:\nhttp://localhost/my/plans\n\n-- \nStudio\n"
    )
    assert "Moved &lt;away&gt;" in body(mail, "html")


def test_credits_that_lapse_name_the_last_day_in_the_studios_zone(app: Flask) -> None:
    """They lapse at midnight in Berlin, which is 23:00 of the day before in UTC."""
    app_clock.set_clock(datetime(2026, 3, 8, 22, 59, tzinfo=UTC))
    mail = of_plan("credits_lapse")
    assert mail["Subject"] == "10 credits lapse after Sun 8 Mar 2026: Ten & more"
    assert body(mail, "plain") == (
        "Hello Ben Okafor, 10 credits of “Ten & more” at Studio can be used for\n"
        "sessions until Sun 8 Mar 2026. What is left then lapses.\n\n"
        "Book something before that, and nothing is lost.\n\n"
        "Plan: Ten & more\n\nFind a session:\nhttp://localhost/book/studio\n\n-- \nStudio\n"
    )


def test_credits_that_lapsed_before_the_mail_was_written_arent_named_as_usable(app: Flask) -> None:
    app_clock.set_clock(datetime(2026, 3, 8, 23, 0, tzinfo=UTC))
    mail = of_plan("credits_lapse")
    assert mail["Subject"] == "10 credits lapsed after Sun 8 Mar 2026: Ten & more"
    assert "could be used until Sun 8 Mar 2026. What was left then has lapsed." in " ".join(body(mail, "plain").split())


def test_every_message_name_has_one_handler(app: Flask) -> None:
    assert set(HANDLERS) == {
        "send_mail",
        "apply_batch",
        "end_unless_back",
        "follow_link",
        "forget_attendance",
        "charge",
        "close_page",
        "end_early",
        "handle_event",
        "look_at_calendar",
        "let_card_go",
        "mail_link",
        "send_payout",
        "send_refund",
        "settle_booking",
    }


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_promised_somewhere(kind: str) -> None:
    """A template that nothing promises is dead."""
    package = TEMPLATES.parent.parent
    sources = "\n".join(path.read_text() for path in (package / "domain").rglob("*.py"))
    assert f'"{kind}"' in sources


@pytest.fixture
def server(app: Flask) -> Iterator[Outgoing]:
    """A mail server that this test's app sends to."""
    settings = app.extensions["settings"]
    with smtp.running() as outgoing:
        app.extensions["settings"] = replace(settings, mail_port=outgoing.port)
        yield outgoing
    app.extensions["settings"] = settings


def statuses() -> set[str]:
    db.session.rollback()
    return set(db.session.execute(select(Notification.status)).scalars())


def test_mails_go_out_once(booking_id: uuid.UUID, server: Outgoing) -> None:
    for _ in range(2):
        schedule.run_due()
    assert sorted(mail["To"] for mail in server.taken) == ["ada@example.com", "ben@example.com"]
    assert len({mail["Message-ID"] for mail in server.taken}) == 2
    assert statuses() == {"sent"}


@pytest.mark.parametrize("answer", ["451 greylisted, come again", "421 busy", "cut off"])
def test_a_server_that_cannot_now_is_asked_again(
    booking_id: uuid.UUID, server: Outgoing, clock: Clock, answer: str
) -> None:
    clock.set(NOW)
    server.behaviour.extend([answer, answer])
    schedule.run_due()
    assert server.taken == []
    assert statuses() == {"queued"}
    clock.advance(minutes=3)
    schedule.run_due()
    assert len(server.taken) == 2
    assert statuses() == {"sent"}


def test_a_refused_address_fails_visibly_and_at_once(booking_id: uuid.UUID, server: Outgoing) -> None:
    server.behaviour.extend(["550 no such user", "550 no such user"])
    schedule.run_due()
    assert statuses() == {"failed"}
    assert server.taken == []


def test_a_server_that_is_away_leaves_everything_waiting(booking_id: uuid.UUID, app: Flask, clock: Clock) -> None:
    clock.set(NOW)
    settings = app.extensions["settings"]
    app.extensions["settings"] = replace(settings, mail_port=1)
    schedule.run_due()
    assert statuses() == {"queued"}
    with smtp.running() as outgoing:
        app.extensions["settings"] = replace(settings, mail_port=outgoing.port)
        clock.advance(minutes=3)
        schedule.run_due()
        assert len(outgoing.taken) == 2
    app.extensions["settings"] = settings


@pytest.mark.parametrize(
    ("kind", "failure", "words"),
    [
        ("payout_sent", "", "¥904 of what you earned at Studio went to your account with Stripe"),
        ("payout_failed", "account_closed", "¥904 of a payout to Ada Lovelace didn't arrive, or came back."),
        ("payout_refused_by_bank", "account_closed", "your bank didn't take it. The bank account is closed."),
    ],
)
def test_mails_about_payouts_say_how_much_and_why(app: Flask, kind: str, failure: str, words: str) -> None:
    organization_id = cast.organization()
    user_id = cast.staff(organization_id)
    payload = {"host_id": "", "host_name": "Ada Lovelace", "minor": 904, "currency": "JPY", "how": "connect",
               "note": "", "failure": failure}  # fmt: skip
    message = Message(kind, "ada@example.com", organization_id, user_id, payload=payload)
    transact(promise, [message], now=NOW)
    mail = emails.compose(cast.one(select(Notification))[0])
    for part in (body(mail, "plain"), body(mail, "html")):
        assert words in " ".join(html.unescape(part).split())


@ON_ONE_DATABASE
@pytest.mark.parametrize("kind", ABOUT_BOOKINGS)
def test_mail_is_safe_for_servers_that_take_seven_bits(booking_id: uuid.UUID, kind: str) -> None:
    """Names and words of any script leave as ASCII, and every part says how to read it."""
    transact(lambda: db.session.execute(update(LiveSession).values(title="Übung für Zoë – 日本", focus_area="Ł" * 900)))
    mail = composed(kind, booking_id=booking_id, organization_id=cast.booking_row(booking_id).organization_id)
    content = mail.as_bytes(policy=mail.policy.clone(linesep="\r\n"))
    assert content.isascii()
    assert max(len(line) for line in content.split(b"\r\n")) <= 998
    for part in mail.walk():
        if part.get_content_maintype() == "text":
            assert part.get_content_charset() == "utf-8"
            assert part["Content-Transfer-Encoding"] in ("quoted-printable", "base64", "7bit")


def test_a_mail_comes_from_the_business_over_our_address(booking_id: uuid.UUID) -> None:
    transact(lambda: db.session.execute(update(Organization).values(name='Café "Zoë", <b>\r\nBcc: x@example.com')))
    organization_id = cast.booking_row(booking_id).organization_id
    for kind in ("booking_confirmed", "host_booked"):
        sender = composed(kind, booking_id=booking_id, organization_id=organization_id)["From"].addresses[0]
        assert sender.addr_spec == "no-reply@example.com"
        assert sender.display_name == 'Café "Zoë", <b> Bcc: x@example.com'
    reset = composed("reset_password", user_id=cast.user("Nora New"))
    assert reset["From"].addresses[0].display_name == "Live Sessions"
    assert reset["Reply-To"] is None


@pytest.mark.parametrize(
    ("kind", "answers"),
    [
        ("booking_confirmed", "hello@studio.example.com"),
        ("session_cancelled", "hello@studio.example.com"),
        ("receipt", "hello@studio.example.com"),
        ("host_booked", "ben@example.com"),
        ("host_request", "ben@example.com"),
        ("host_booking_cancelled", "ben@example.com"),
    ],
)
def test_a_reply_goes_to_the_other_side(booking_id: uuid.UUID, kind: str, answers: str) -> None:
    assert composed(kind, booking_id=booking_id)["Reply-To"] == answers


@pytest.mark.parametrize(
    ("readers", "guest", "host"),
    [
        (("en-GB", "en-US"), "09:00 – 10:00", "10:00\u202fAM – 11:00\u202fAM"),
        (("en-US", "en-GB"), "9:00\u202fAM – 10:00\u202fAM", "10:00 – 11:00"),
        (("ar-EG", "en-DE"), "9:00\u202fAM – 10:00\u202fAM", "10:00 – 11:00"),
    ],
)
def test_a_mail_is_in_its_readers_language_zone_and_clock(
    app: Flask, readers: tuple[str, str], guest: str, host: str
) -> None:
    """Nobody reads on somebody else's clock: Ben in London books Ada's online class in Berlin."""
    organization_id = cast.organization(locale="en-AU")
    ada = cast.staff(organization_id, locale=readers[1], timezone="Europe/Berlin")
    offering_id = cast.offering(organization_id, format="online")
    session_id = cast.session(organization_id, ada, offering_id, format="online", meeting_url="https://a.example/b")
    person = replace(BEN, locale=readers[0])
    transact(bookings.book_place, session_id=session_id, person=person, now=NOW)
    found = {row.kind: row for row in db.session.execute(select(Notification)).scalars()}
    mails = {kind: body(emails.compose(row), "plain") for kind, row in found.items()}
    assert f"When: Thu 5 Mar 2026, {guest} (London time)" in mails["booking_confirmed"]
    assert f"When: Thu 5 Mar 2026, {host} (Berlin time)" in mails["host_booked"]
    assert [(found[kind].locale, found[kind].timezone) for kind in ("booking_confirmed", "host_booked")] == [
        (readers[0], "Europe/London"),
        (readers[1], "Europe/Berlin"),
    ]


@pytest.mark.parametrize(
    ("provider", "place", "said"),
    [
        ("desk", "in_person", "Price: €15.00, at the desk"),
        ("desk", "online", "Price: €15.00, directly to Studio"),
        ("none", "in_person", "Price: €15.00, paid directly to Studio"),
    ],
)
def test_a_confirmation_says_what_it_costs_and_until_when_it_can_be_given_back(
    app: Flask, clock: Clock, provider: str, place: str, said: str
) -> None:
    clock.set(NOW)
    organization_id = cast.organization(payment_provider=provider)
    offering_id = cast.offering(organization_id, price_minor=1500)
    session_id = cast.session(organization_id, cast.staff(organization_id), offering_id, price_minor=1500, format=place)
    transact(bookings.book_place, session_id=session_id, person=BEN, now=NOW)
    row = cast.one(select(Notification).where(Notification.kind == "booking_confirmed"))[0]
    text = body(emails.compose(row), "plain")
    assert said in text
    hour = "10:00" if place == "in_person" else "9:00"
    assert f"Terms: You can cancel free of charge until Wed 4 March, {hour}\u202fAM." in text


def test_at_a_place_its_own_clock_leads_and_the_readers_stands_beside_it(booking_id: uuid.UUID) -> None:
    text = body(composed("booking_confirmed", booking_id=booking_id), "plain")
    led, beside = "10:00\u202fAM – 11:00\u202fAM (Berlin time)", "9:00\u202fAM – 10:00\u202fAM (London time)"
    assert f"When: Thu 5 Mar 2026, {led}; for you {beside}" in text
    subject = str(composed("booking_confirmed", booking_id=booking_id)["Subject"])
    assert subject == "Booked: Yoga, Thu 5 Mar 2026 10:00 AM"
