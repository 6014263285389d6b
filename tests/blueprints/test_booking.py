"""One booking by its signed link: seen, put into a calendar, cancelled, moved, answered. No account."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import select

from liveapp.domain.actor import Actor
from liveapp.domain.bookings import links
from liveapp.domain.bookings import service as bookings
from liveapp.domain.bookings.models import Booking
from liveapp.domain.errors import NotFound
from liveapp.domain.meetings import service as meetings
from liveapp.domain.meetings.service import Time
from liveapp.domain.notifications import queries as notifications
from liveapp.domain.notifications.models import Notification
from liveapp.rules.roles import Role
from liveapp.tasks import emails
from liveapp.unit_of_work import transact
from liveapp.web.signing import Purpose, sign, sign_booking, unsign
from tests import cast
from tests.cast import BEN
from tests.conftest import Clock
from tests.policing import PolicingClient

NewClient = Callable[[], PolicingClient]
NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
TEN = datetime(2026, 3, 6, 9, 0, tzinfo=UTC)


@dataclass
class World:
    organization_id: uuid.UUID
    ada: uuid.UUID
    offering_id: uuid.UUID
    session_id: uuid.UUID

    def booked(self) -> tuple[uuid.UUID, str]:
        """Ben's booking and its address."""
        booking_id = transact(bookings.book_place, session_id=self.session_id, person=BEN, now=NOW)
        return booking_id, address(booking_id)

    def meeting(self, **values: object) -> tuple[uuid.UUID, str]:
        """Ben's meeting and its address."""
        cast.weekly_hours(self.organization_id, self.ada)
        booking_id = transact(
            meetings.book_slot,
            organization_id=self.organization_id,
            offering_id=cast.meeting_offering(self.organization_id, **values),
            host_id=self.ada,
            time=Time(TEN),
            person=BEN,
            now=NOW,
        )
        return booking_id, address(booking_id)


def address(booking_id: uuid.UUID, nonce: uuid.UUID | None = None) -> str:
    return f"/bookings/{sign_booking(booking_id, nonce)}"


@pytest.fixture
def world(clock: Clock) -> World:
    organization_id = cast.organization()
    ada = cast.staff(organization_id)
    offering_id = cast.offering(organization_id)
    session_id = cast.session(organization_id, ada, offering_id, NOW + timedelta(days=5))
    return World(organization_id, ada, offering_id, session_id)


def test_the_booking_says_when_in_the_guests_zone_and_there(world: World, client: PolicingClient) -> None:
    _, link = world.booked()
    page = client.page(link).text
    assert "London time" in page
    assert "Berlin time" in page
    assert "Add to your calendar" in page


@pytest.mark.parametrize("token", ["x", "W10.aaaa.bbbb", "%00", "a" * 3000])
def test_a_broken_link_says_what_to_do(world: World, client: PolicingClient, token: str) -> None:
    assert "newest mail" in client.page(f"/bookings/{token}", status=404).text


def test_a_new_link_ends_the_old_ones(world: World, client: PolicingClient, new_client: NewClient) -> None:
    booking_id, link = world.booked()
    desk = f"/business/apps/live-sessions/sessions/{world.session_id}"
    staff = new_client()
    cast.sign_in(staff, world.ada)
    roster = staff.page(desk).find("form", action=f"{desk}/bookings/{booking_id}/link")
    for _ in range(2):
        assert staff.submit(roster).location == desk  # type: ignore[arg-type]
        second = address(booking_id, cast.booking_row(booking_id).link_nonce)
        assert "sent a new link to Ben Okafor" in " ".join(staff.page(desk).text.split())
    assert cast.mails().count(("booking_link", "ben@example.com")) == 2
    assert second != link
    for path in ("", "/cancel", "/reschedule", "/calendar.ics"):
        assert client.get(second + path).status_code == 200
        assert "Open the newest mail" in client.page(link + path, status=410).text
    for path in ("/cancel", "/reschedule", "/answer"):
        assert client.post(link + path, data={"reason": "Mallory"}).status_code == 410
    assert cast.booking_row(booking_id).status == "confirmed"


def test_mails_carry_the_link_that_counts_when_they_leave(world: World) -> None:
    """The confirmation waits in the queue while a new link is sent."""
    booking_id, _ = world.booked()
    ada = Actor(world.ada, Role.OWNER, world.organization_id)
    transact(links.renew, booking_id=booking_id, actor=ada, now=NOW)
    link = address(booking_id, cast.booking_row(booking_id).link_nonce)
    for kind in ("booking_confirmed", "booking_link"):
        (notification_id,) = cast.one(select(Notification.id).where(Notification.kind == kind))
        mail = emails.compose(notifications.notification(notification_id=notification_id))
        part = mail.get_body(("plain",))
        assert part
        assert token_in(part.get_content()) == token_in(link)


def token_in(text: str) -> list[uuid.UUID]:
    """What a link to a booking carries (when it was signed is not of interest)."""
    found = re.search(r"/bookings/([^/\s]+)", text)
    assert found
    return unsign(Purpose.BOOKING, found[1])


def test_people_with_an_account_find_the_new_link_themselves(world: World, client: PolicingClient) -> None:
    ben = cast.user("Ben Okafor")
    booking_id, _ = world.booked()
    ada = Actor(world.ada, Role.OWNER, world.organization_id)
    transact(links.renew, booking_id=booking_id, actor=ada, now=NOW)
    cast.sign_in(client, ben)
    for path in ("/my/bookings", f"/book/studio/sessions/{world.session_id}"):
        own = client.page(path).select_one("main a[href^='/bookings/']")
        assert own
        assert client.get(str(own["href"])).status_code == 200


def test_only_staff_of_the_organization_send_a_new_link(world: World) -> None:
    booking_id, _ = world.booked()
    cy = cast.actor(cast.organization("elsewhere"), "Cy Young", Role.OWNER)
    with pytest.raises(NotFound):
        transact(links.renew, booking_id=booking_id, actor=cy, now=NOW)
    assert cast.booking_row(booking_id).link_nonce is None


def test_a_token_for_something_else_opens_nothing(world: World, client: PolicingClient) -> None:
    booking_id, _ = world.booked()
    client.page(f"/bookings/{sign(Purpose.SIGN_IN, booking_id)}", status=404)


def test_the_calendar_entry_is_read_back(world: World, client: PolicingClient) -> None:
    booking_id, link = world.booked()
    answer = client.get(f"{link}/calendar.ics")
    assert answer.content_type.startswith("text/calendar")
    event = Calendar.from_ical(answer.data).walk("VEVENT")[0]
    assert event["UID"] == f"{booking_id}@localhost"
    assert event.decoded("DTSTART") == NOW + timedelta(days=5)
    assert event["STATUS"] == "CONFIRMED"


def test_a_get_changes_nothing(world: World, client: PolicingClient) -> None:
    booking_id, link = world.booked()
    for path in ("", "/cancel", "/reschedule", "/calendar.ics"):
        assert client.get(link + path).status_code == 200
    assert cast.booking_row(booking_id).status == "confirmed"


def test_the_guest_cancels(world: World, client: PolicingClient) -> None:
    booking_id, link = world.booked()
    page = client.page(f"{link}/cancel")
    assert "free of charge until" in page.text
    answer = client.submit(page.find("form", method="post"), reason="A cold")  # type: ignore[arg-type]
    assert answer.status_code == 303
    assert "This booking is cancelled" in client.page(answer.headers["Location"]).text
    assert cast.booking_row(booking_id).cancel_reason == "A cold"


def test_after_the_deadline_the_page_says_so_and_the_form_refuses(
    world: World, client: PolicingClient, clock: Clock
) -> None:
    booking_id, link = world.booked()
    form = client.page(f"{link}/cancel").find("form", method="post")
    clock.advance(days=4, hours=1)
    assert "could be cancelled until" in client.page(f"{link}/cancel").text
    assert client.submit(form).status_code == 409  # type: ignore[arg-type]
    assert cast.booking_row(booking_id).status == "confirmed"


def test_the_guest_moves_to_another_date(world: World, client: PolicingClient) -> None:
    other = cast.session(world.organization_id, world.ada, world.offering_id, NOW + timedelta(days=6))
    booking_id, link = world.booked()
    page = client.page(f"{link}/reschedule")
    form = page.find(id=f"session-{other}").find("form")  # type: ignore[union-attr]
    answer = client.submit(form, session_id=str(other))  # type: ignore[arg-type]
    assert answer.status_code == 303
    assert "has a new time" in client.page(answer.headers["Location"]).text
    assert cast.booking_row(booking_id).session_id == other


def test_a_full_date_is_refused_in_words(world: World, client: PolicingClient) -> None:
    full = cast.session(
        world.organization_id, world.ada, world.offering_id, NOW + timedelta(days=6), max_participants=1
    )
    booking_id, link = world.booked()
    form = client.page(f"{link}/reschedule").find(id=f"session-{full}").find("form")  # type: ignore[union-attr]
    transact(bookings.book_place, session_id=full, person=cast.guest(1), now=NOW)
    answer = client.submit(form, session_id=str(full))  # type: ignore[arg-type]
    assert answer.status_code == 409
    assert "full" in answer.text
    assert cast.booking_row(booking_id).session_id == world.session_id


@pytest.mark.parametrize("target", ["", "nonsense", "00000000-0000-4000-8000-000000000000"])
def test_a_made_up_date_is_not_found(world: World, client: PolicingClient, target: str) -> None:
    _, link = world.booked()
    assert client.post(f"{link}/reschedule", data={"session_id": target}).status_code == 404


def test_the_guest_moves_a_meeting(world: World, client: PolicingClient) -> None:
    booking_id, link = world.meeting()
    page = client.page(f"{link}/reschedule?start=2026-03-06T11:00Z")
    form = page.find(id="details").find("form")  # type: ignore[union-attr]
    assert client.submit(form).status_code == 303  # type: ignore[arg-type]
    session_id = cast.booking_row(booking_id).session_id
    assert cast.session_row(session_id).scheduled_at == TEN + timedelta(hours=2)


def test_a_meeting_moved_onto_a_taken_time_shows_the_nearest(world: World, client: PolicingClient) -> None:
    booking_id, link = world.meeting()
    cast.session(world.organization_id, world.ada, world.offering_id, TEN + timedelta(hours=2))
    answer = client.post(f"{link}/reschedule?start=2026-03-06T11:00Z")
    assert answer.status_code == 409
    assert "nearest free times" in answer.text
    assert cast.booking_row(booking_id).reschedules == 0


def test_a_meeting_that_is_moved_is_not_offered_the_time_it_has(world: World, client: PolicingClient) -> None:
    booking_id, link = world.meeting()
    starts = str(client.page(f"{link}/reschedule?day=2026-03-06").find(id="times"))
    assert "start=2026-03-06T11:00Z" in starts
    assert "start=2026-03-06T09:00Z" not in starts
    answer = client.post(f"{link}/reschedule?start=2026-03-06T09:00Z")
    assert answer.status_code == 422
    assert "That is the time it has now" in answer.text
    assert 'id="times"' in answer.text
    assert cast.booking_row(booking_id).reschedules == 0


def test_the_guest_takes_the_time_that_the_host_proposes(world: World, client: PolicingClient) -> None:
    booking_id, link = world.meeting(booking_mode="request")
    ada = Actor(world.ada, Role.OWNER, world.organization_id)
    transact(
        meetings.propose, booking_id=booking_id, start=TEN + timedelta(days=1), now=NOW, actor=ada, words="Saturday?"
    )
    page = client.page(link)
    assert "proposes this time" in page.text
    assert "Saturday?" in page.text
    answer = client.submit(page.find(id="booking-state").find("form"), answer="yes")  # type: ignore[union-attr,arg-type]
    assert answer.status_code == 303
    assert cast.booking_row(booking_id).status == "confirmed"


def test_the_guest_declines_the_proposed_time(world: World, client: PolicingClient) -> None:
    booking_id, link = world.meeting(booking_mode="request")
    ada = Actor(world.ada, Role.OWNER, world.organization_id)
    transact(meetings.propose, booking_id=booking_id, start=TEN + timedelta(days=1), now=NOW, actor=ada)
    client.submit(client.page(link).find(id="booking-state").find("form"), answer="no")  # type: ignore[union-attr,arg-type]
    assert cast.one(select(Booking.status).where(Booking.id == booking_id)) == ("cancelled",)


def test_an_own_request_cannot_be_accepted_by_its_guest(world: World, client: PolicingClient) -> None:
    booking_id, link = world.meeting(booking_mode="request")
    assert client.post(f"{link}/answer", data={"answer": "yes"}).status_code == 404
    assert cast.booking_row(booking_id).status == "requested"


def test_odd_names_come_back_as_they_were_typed(world: World, client: PolicingClient) -> None:
    person = cast.Person(email="odd@example.com", name="<script>alert(1)</script> Ünï\u202ecode", timezone="UTC")
    booking_id = transact(bookings.book_place, session_id=world.session_id, person=person, now=NOW)
    page = client.page(address(booking_id))
    assert page.find("script", string="alert(1)") is None
    assert "<script>alert(1)</script>" in page.text
