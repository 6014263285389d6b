"""The business's meeting pages: lists, answers, other times, and who may do what."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from liveapp.domain.bookings import service as bookings
from liveapp.domain.bookings.places import Wish
from liveapp.domain.meetings import service as meetings
from liveapp.domain.meetings.lists import PAGE
from liveapp.domain.meetings.service import Time
from liveapp.unit_of_work import transact, transact_in_turn
from liveapp.web.navigation import P
from tests import cast
from tests.cast import BEN
from tests.conftest import Clock
from tests.policing import PolicingClient

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
TEN = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)  # Wednesday, 10:00 in Berlin
LIST = f"{P}/meetings"


@dataclass
class Studio:
    id: uuid.UUID
    ada: uuid.UUID
    dora: uuid.UUID
    offering_id: uuid.UUID
    asking_id: uuid.UUID

    def book(
        self, start: datetime = TEN, *, asks: bool = False, host: uuid.UUID | None = None, **more: Any
    ) -> uuid.UUID:
        host_id = host or self.ada
        values: dict[str, Any] = {
            "organization_id": self.id,
            "offering_id": self.asking_id if asks else self.offering_id,
            "host_id": host_id,
            "time": Time(start),
            "person": BEN,
            "now": NOW,
        }
        return transact_in_turn([host_id], meetings.book_slot, **(values | more))


@pytest.fixture
def studio(clock: Clock, client: PolicingClient) -> Studio:
    """Ada owns it, Dora coaches; the browser is Ada's."""
    organization_id = cast.organization()
    ada, dora = cast.staff(organization_id), cast.staff(organization_id, "Dora Maar", "coach")
    for host in (ada, dora):
        cast.weekly_hours(organization_id, host)
    cast.sign_in(client, ada)
    return Studio(
        organization_id, ada, dora,
        cast.meeting_offering(organization_id),
        cast.meeting_offering(organization_id, title="Mentoring", booking_mode="request"),
    )  # fmt: skip


def at(booking_id: uuid.UUID, verb: str = "") -> str:
    return f"{LIST}/{booking_id}" + (f"/{verb}" if verb else "")


def names(client: PolicingClient, query: str = "") -> list[str]:
    return [link.text for link in client.page(LIST + query).select("#meetings .row-link")]


def test_a_row_says_who_what_when_and_how_it_stands(client: PolicingClient, studio: Studio) -> None:
    studio.book(wish=Wish(message="About my thesis"))
    row = client.page(LIST).select_one("#meetings .row")
    assert row is not None
    words = " ".join(row.text.split())
    for part in (
        "Ben Okafor",
        "Consultation",
        "Wed 4 Mar 2026",
        "10:00",
        "11:00",
        "with Ada Lovelace",
        "About my thesis",
    ):
        assert part in words.replace("\u202f", " "), (part, words)
    badge = row.select_one(".badge")
    assert badge is not None
    assert (badge.text.strip(), badge["data-variant"]) == ("Confirmed", "default")


def test_a_cancelled_meeting_is_red(client: PolicingClient, studio: Studio) -> None:
    transact(bookings.cancel, booking_id=studio.book(), now=NOW)
    badge = client.page(LIST).select_one("#meetings .badge")
    assert badge is not None
    assert (badge.text.strip(), badge["data-variant"]) == ("Cancelled", "destructive")


def test_each_tab_has_its_own(client: PolicingClient, studio: Studio, clock: Clock) -> None:
    studio.book()
    studio.book(TEN + timedelta(days=1), asks=True, person=cast.guest(1))
    assert (names(client), names(client, "?view=past")) == (["Ben Okafor"], [])
    assert names(client, "?view=requests") == ["Guest 1"]
    count = client.page(LIST).select_one(".tab-links .count")
    assert count is not None
    assert count.text == "1"
    clock.set(TEN + timedelta(hours=1))
    assert (names(client), names(client, "?view=past")) == ([], ["Ben Okafor"])


@pytest.mark.parametrize("view", ["upcoming", "requests", "past"])
def test_an_empty_list_says_what_it_is_for(client: PolicingClient, studio: Studio, view: str) -> None:
    empty = client.page(f"{LIST}?view={view}").select_one("#meetings .empty")
    assert empty is not None
    assert empty.select_one("a.btn")


def test_owners_see_everybody_and_choose_a_host(client: PolicingClient, studio: Studio) -> None:
    studio.book()
    studio.book(host=studio.dora, person=cast.guest(1))
    assert sorted(names(client)) == ["Ben Okafor", "Guest 1"]
    assert names(client, "?host=dora") == ["Guest 1"]
    assert client.get(f"{LIST}?host=nobody").status_code == 404


def test_a_coach_sees_and_opens_only_their_own(
    client: PolicingClient, studio: Studio, new_client: Callable[[], PolicingClient]
) -> None:
    adas, doras = studio.book(), studio.book(host=studio.dora, person=cast.guest(1))
    coach = new_client()
    cast.sign_in(coach, studio.dora)
    assert names(coach) == names(coach, "?host=ada") == ["Guest 1"]
    assert coach.get(at(doras)).status_code == 200
    for verb in ("", "cancel", "reschedule"):
        assert coach.get(at(adas, verb)).status_code == 403
    assert coach.post(at(adas, "accept")).status_code == 403
    for booking_id, status in ((doras, 200), (adas, 403)):
        session_id = cast.booking_row(booking_id).session_id
        for path in (f"{P}/sessions/{session_id}", f"{P}/sessions/{session_id}/roster"):
            assert coach.get(path).status_code == status
        assert coach.get(f"/api/sessions/{session_id}/attendance").status_code == status


def test_strangers_find_nothing(
    client: PolicingClient, studio: Studio, new_client: Callable[[], PolicingClient]
) -> None:
    booking_id = studio.book(asks=True)
    elsewhere = cast.organization("elsewhere")
    cy = cast.staff(elsewhere, "Cy Young")
    stranger = new_client()
    cast.sign_in(stranger, cy)
    assert names(stranger) == []
    for verb in ("", "cancel", "propose", "decline"):
        assert stranger.get(at(booking_id, verb)).status_code == 404
    for verb in ("accept", "decline", "cancel", "propose"):
        assert stranger.post(at(booking_id, verb)).status_code == 404
    assert cast.booking_row(booking_id).status == "requested"


def test_signed_out_people_are_sent_to_sign_in(
    client: PolicingClient, studio: Studio, new_client: Callable[[], PolicingClient]
) -> None:
    response = new_client().get(LIST)
    assert response.status_code == 303
    assert "sign-in" in response.location


def test_a_request_is_accepted_from_its_page(client: PolicingClient, studio: Studio) -> None:
    booking_id = studio.book(asks=True)
    page = client.page(at(booking_id))
    assert "asks for this time" in page.text
    form = page.select_one("form[action$='/accept']")
    assert form is not None
    assert client.submit(form).location == at(booking_id)
    assert cast.booking_row(booking_id).status == "confirmed"
    assert ("booking_confirmed", "ben@example.com") in cast.mails()


def test_accepting_from_the_list_leads_back_to_it(client: PolicingClient, studio: Studio) -> None:
    booking_id = studio.book(asks=True)
    form = client.page(f"{LIST}?view=requests").select_one("form[action$='/accept']")
    assert form is not None
    assert client.submit(form).location == f"{LIST}?view=requests"
    assert cast.booking_row(booking_id).status == "confirmed"


def test_accepting_what_was_answered_says_so(client: PolicingClient, studio: Studio) -> None:
    booking_id = studio.book(asks=True)
    transact(bookings.cancel, booking_id=booking_id, now=NOW)
    client.post(at(booking_id, "accept"))
    assert "This request is cancelled already" in client.page(at(booking_id)).text


def test_declining_asks_first_and_sends_the_words(client: PolicingClient, studio: Studio) -> None:
    booking_id = studio.book(asks=True)
    page = client.page(at(booking_id, "decline"))
    assert "Ben Okafor is told by mail" in page.text
    form = page.select_one("form[action$='/decline']")
    assert form is not None
    client.submit(form, words="I am away")
    assert (cast.booking_row(booking_id).status, cast.booking_row(booking_id).answer) == ("declined", "I am away")
    assert ("request_declined", "ben@example.com") in cast.mails()


def test_another_time_is_proposed_from_the_free_ones(client: PolicingClient, studio: Studio) -> None:
    booking_id = studio.book(asks=True)
    page = client.page(at(booking_id, "propose") + "?day=2026-03-05")
    times = [button["value"] for button in page.select("button.slot")]
    assert times[1] == "2026-03-05T09:00:00+00:00"
    form = page.select_one("form[action*='/propose']")
    assert form is not None
    client.submit(form, start=times[1], words="Thursday?")
    moved = cast.session_row(cast.booking_row(booking_id).session_id)
    assert moved.scheduled_at == TEN + timedelta(days=1)
    assert "Waiting for Ben Okafor" in client.page(at(booking_id)).text


def test_the_free_times_come_alone_for_htmx(client: PolicingClient, studio: Studio) -> None:
    response = client.htmx(at(studio.book(), "reschedule") + "?day=2026-03-05")
    assert response.text.lstrip().startswith('<section class="flow" id="times"')


def test_a_meeting_is_moved_outside_the_hours(client: PolicingClient, studio: Studio) -> None:
    booking_id = studio.book()
    form = client.page(at(booking_id, "reschedule")).select_one("form[action*='/reschedule']")
    assert form is not None
    client.submit(form, day="2026-03-04", time="20:30")
    moved = cast.session_row(cast.booking_row(booking_id).session_id)
    assert moved.scheduled_at == datetime(2026, 3, 4, 19, 30, tzinfo=UTC)
    assert ("booking_moved", "ben@example.com") in cast.mails()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"day": "", "time": "10:00"}, "Choose a day."),
        ({"day": "2026-03-05", "time": ""}, "Enter a time like 14:30"),
        ({"day": "2026-03-05", "time": "25:00"}, "Enter a time of day"),
        ({"day": "2026-02-30", "time": "10:00"}, "Enter a date like"),
        ({"start": "now"}, "That isn't one of the times."),
        ({"start": "2026-03-05T10:00:00"}, "That isn't one of the times."),
        ({"day": "2026-03-04", "time": "12:30"}, "The host is already busy at that time."),
        ({"day": "2026-03-01", "time": "10:00"}, "This time has passed."),
        ({"day": "2026-03-04", "time": "10:00"}, "That is the time it has now."),
    ],
)
def test_a_time_that_cannot_be_had_says_why(
    client: PolicingClient, studio: Studio, values: dict[str, str], words: str
) -> None:
    booking_id = studio.book()
    studio.book(TEN + timedelta(hours=2), person=cast.guest(1))
    form = client.page(at(booking_id, "reschedule")).select_one("form[action*='/reschedule']")
    assert form is not None
    response = client.submit(form, **values)
    assert response.status_code == 422
    assert words in response.text.replace("&#39;", "'")
    assert cast.session_row(cast.booking_row(booking_id).session_id).scheduled_at == TEN


def test_a_taken_time_offers_the_nearest(client: PolicingClient, studio: Studio) -> None:
    booking_id = studio.book()
    studio.book(TEN + timedelta(hours=2), person=cast.guest(1))
    form = client.page(at(booking_id, "reschedule")).select_one("form[action*='/reschedule']")
    assert form is not None
    assert "The nearest free times" in client.submit(form, day="2026-03-04", time="12:30").text


def test_cancelling_says_the_consequence_and_tells_the_guest(client: PolicingClient, studio: Studio) -> None:
    booking_id = studio.book()
    page = client.page(at(booking_id, "cancel"))
    assert "Ben Okafor is told by mail" in page.text
    form = page.select_one("form[action$='/cancel']")
    assert form is not None
    client.submit(form, words="I am ill")
    booking = cast.booking_row(booking_id)
    assert (booking.status, booking.cancel_reason, booking.cancelled_by) == ("cancelled", "I am ill", studio.ada)
    assert ("booking_cancelled_by_host", "ben@example.com") in cast.mails()
    assert client.get(at(booking_id, "cancel")).status_code == 409


def test_a_class_is_no_meeting(client: PolicingClient, studio: Studio) -> None:
    session_id = cast.session(studio.id, studio.ada, cast.offering(studio.id), NOW + timedelta(days=3))
    booking_id = transact_in_turn([session_id], bookings.book_place, session_id=session_id, person=BEN, now=NOW)
    assert client.get(at(booking_id)).status_code == 404


def test_pages_go_on_where_the_last_one_ended(client: PolicingClient, studio: Studio) -> None:
    for number in range(PAGE + 2):
        studio.book(TEN + timedelta(days=number // 6, hours=number % 6), person=cast.guest(number))
    first = client.page(LIST)
    more = first.select_one(".pagination a[rel=next]")
    assert more is not None
    second = client.page(str(more["href"]))
    shown = [link.text for page in (first, second) for link in page.select(".row-link")]
    assert shown == [f"Guest {number}" for number in range(PAGE + 2)]
    back = second.select_one(".pagination a[rel=prev]")
    assert back is not None
    again = client.page(str(back["href"]))
    assert [link.text for link in again.select(".row-link")] == shown[:PAGE]
    assert again.select_one(".pagination a[rel=prev]") is None


def test_a_place_that_cannot_be_read_shows_the_beginning(client: PolicingClient, studio: Studio) -> None:
    studio.book()
    assert names(client, "?after=%00nonsense") == ["Ben Okafor"]


def test_the_list_costs_the_same_with_more_rows(
    client: PolicingClient, studio: Studio, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    studio.book()
    with count_queries() as with_one:
        client.get(LIST)
    for hour in (1, 2):
        studio.book(TEN + timedelta(hours=hour), person=cast.guest(hour))
    with count_queries() as with_three:
        client.get(LIST)
    assert len(with_one) == len(with_three)


def test_programs_see_how_a_meeting_stands(
    studio: Studio, client: PolicingClient, new_client: Callable[[], PolicingClient], clock: Clock
) -> None:
    booking_id = studio.book()
    address = f"/api/meetings/{booking_id}"
    refused = new_client().get(address)
    assert (refused.status_code, refused.json["code"]) == (401, "sign_in_first")
    found = client.get(address).json
    assert (found["state"], found["status"], found["payment"]) == ("scheduled", "confirmed", None)
    marked = client.post(f"/api/sessions/{found['session_id']}/mark-no-show")
    assert (marked.status_code, marked.content_type) == (409, "application/problem+json")
    assert "Please wait" in marked.json["detail"]
    clock.set(TEN + timedelta(minutes=1))
    client.post(f"{LIST}/{booking_id}/join")
    clock.set(TEN + timedelta(minutes=19))
    for _ in range(2):
        marked = client.post(f"/api/sessions/{found['session_id']}/mark-no-show")
        assert (marked.status_code, marked.json["state"]) == (200, "no_show_student")
