"""GET /api/slots: public, exact, and the same answer as the booking transaction."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from liveapp.domain.availability.models import AvailabilityOverride, AvailabilityRule
from liveapp.domain.bookings.errors import SlotGone
from liveapp.domain.meetings import service as meetings
from liveapp.domain.meetings.service import Time
from liveapp.unit_of_work import transact_in_turn
from tests import cast
from tests.conftest import ON_ONE_DATABASE, Clock
from tests.policing import PolicingClient

TEN = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)  # Wednesday, 10:00 in Berlin


@dataclass
class Studio:
    id: uuid.UUID
    ada: uuid.UUID
    offering_id: uuid.UUID


@pytest.fixture
def studio(clock: Clock) -> Studio:
    organization_id = cast.organization()
    ada = cast.staff(organization_id)
    cast.weekly_hours(organization_id, ada, start=9 * 60, end=12 * 60, buffer_after=10, max_per_day=2)
    offering_id = cast.meeting_offering(
        organization_id, slug="consultation", price_minor=4500, durations=[60, 30], payment_timing="none"
    )
    return Studio(organization_id, ada, offering_id)


def address(**changes: str) -> str:
    asked = {
        "organization": "studio", "host": "ada", "offering": "consultation",
        "from": "2026-03-04", "to": "2026-03-04", "tz": "Europe/Berlin",
    }  # fmt: skip
    return "/api/slots?" + urlencode({k: v for k, v in (asked | changes).items() if v})


def starts(client: PolicingClient, **changes: str) -> list[str]:
    response = client.get(address(**changes))
    assert response.status_code == 200, response.text
    return [slot["start"] for slot in response.json["slots"]]


def test_a_day_has_its_times_with_price(client: PolicingClient, studio: Studio) -> None:
    answer = client.get(address()).json
    assert answer["timezone"] == "Europe/Berlin"
    assert answer["slots"][0] == {
        "start": "2026-03-04T08:00:00+00:00",
        "end": "2026-03-04T09:00:00+00:00",
        "price_minor": 4500,
        "currency": "EUR",
    }
    assert len(answer["slots"]) == 3


def test_host_and_offering_may_be_ids(client: PolicingClient, studio: Studio) -> None:
    assert starts(client, host=str(studio.ada), offering=str(studio.offering_id)) == starts(client)


def test_another_length_has_other_times(client: PolicingClient, studio: Studio) -> None:
    assert len(starts(client, duration="30")) == 6


def test_a_day_is_the_guests(client: PolicingClient, studio: Studio) -> None:
    """Berlin's Wednesday morning is Tuesday evening in Honolulu; its 11:00 is midnight there, and so Wednesday."""
    in_honolulu = starts(client, tz="Pacific/Honolulu", **{"from": "2026-03-03", "to": "2026-03-03"})
    assert len(in_honolulu) == 2
    assert in_honolulu == starts(client)[:2]


def test_hours_with_a_price_and_a_length_of_their_own(client: PolicingClient, studio: Studio) -> None:
    cast.write(
        AvailabilityRule, organization_id=studio.id, host_id=studio.ada, day_of_week=2, start_time=14 * 60,
        end_time=15 * 60, duration_minutes=30, price_minor=2000,
    )  # fmt: skip
    half_hours = client.get(address(duration="30")).json["slots"]
    assert [slot["price_minor"] for slot in half_hours] == [4500] * 6 + [2000] * 2
    assert len(starts(client)) == 3


def test_an_unchanged_answer_is_not_sent_again(client: PolicingClient, studio: Studio) -> None:
    first = client.get(address())
    again = client.get(address(), headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    book(studio, TEN)
    assert client.get(address(), headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"organization": ""}, 422, "“organization” is missing"),
        ({"host": ""}, 422, "“host” is missing"),
        ({"offering": ""}, 422, "“offering” is missing"),
        ({"host": "x" * 300}, 422, "“host” isn't a slug"),
        ({"host": "a\x00b"}, 422, "“host” isn't a slug"),
        ({"organization": "nobody"}, 404, "Nothing can be booked here"),
        ({"host": "nobody"}, 404, "Nothing can be booked here"),
        ({"offering": "nothing"}, 404, "Nothing can be booked here"),
        ({"from": ""}, 422, "“from” must be a date"),
        ({"from": "tomorrow"}, 422, "“from” must be a date"),
        ({"from": "0001-01-01"}, 422, "“from” must be a date"),
        ({"to": "2026-03-99"}, 422, "“to” must be a date"),
        ({"to": "2026-03-03"}, 422, "before “from”"),
        ({"to": "2026-06-04"}, 422, "more than 92 days"),
        ({"tz": "Mars/Olympus"}, 422, "isn't a time zone"),
        ({"tz": "../../etc/passwd"}, 422, "isn't a time zone"),
        ({"duration": "NaN"}, 422, "whole number of minutes"),
        ({"duration": "1e9"}, 422, "whole number of minutes"),
        ({"duration": "-30"}, 422, "whole number of minutes"),
        ({"duration": "45"}, 422, "length isn't offered"),
    ],
)
def test_a_bad_question_gets_a_sentence(
    client: PolicingClient, studio: Studio, changes: dict[str, str], status: int, words: str
) -> None:
    response = client.get(address(**changes))
    assert response.status_code == status
    assert response.content_type == "application/problem+json"
    assert words in response.json["detail"]


def test_92_days_may_be_asked_for(client: PolicingClient, studio: Studio) -> None:
    assert starts(client, to="2026-06-03")


def test_another_organizations_offering_is_not_found(client: PolicingClient, studio: Studio) -> None:
    elsewhere = cast.organization("elsewhere")
    cast.staff(elsewhere, "Cy Young")
    foreign = cast.meeting_offering(elsewhere)
    assert client.get(address(offering=str(foreign))).status_code == 404
    assert client.get(address(host="cy")).status_code == 404


def test_what_is_offered_books_and_nothing_else_does(client: PolicingClient, studio: Studio) -> None:
    """Every quarter of an hour of a week: the transaction says what the interface said, before and after."""
    cast.write(
        AvailabilityOverride, organization_id=studio.id, host_id=studio.ada, kind="hours", windows=[[840, 960]],
        first_day=datetime(2026, 3, 6).date(), last_day=datetime(2026, 3, 6).date(),
    )  # fmt: skip
    cast.session(studio.id, studio.ada, cast.offering(studio.id), TEN)
    asked = [datetime(2026, 3, 4, 7, tzinfo=UTC) + timedelta(minutes=30 * step) for step in range(120)]
    outcomes = []
    for number, start in enumerate(asked):
        offered = start.isoformat() in starts(client, to="2026-03-08")
        outcomes.append(offered)
        if offered:
            book(studio, start, number)
        else:
            with pytest.raises(SlotGone):
                book(studio, start, number)
    assert (outcomes.count(True), outcomes.count(False)) == (4, 116)


def test_the_number_of_queries_does_not_grow(
    client: PolicingClient, studio: Studio, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    with count_queries() as with_none:
        starts(client)
    book(studio, TEN)
    book(studio, TEN + timedelta(days=1))
    with count_queries() as with_more:
        starts(client, to="2026-05-04")
    assert len(with_more) == len(with_none) <= 8


def book(studio: Studio, start: datetime, number: int = 0) -> uuid.UUID:
    return transact_in_turn(
        [studio.ada], meetings.book_slot, organization_id=studio.id, offering_id=studio.offering_id,
        host_id=studio.ada, time=Time(start), person=cast.guest(number), now=datetime(2026, 3, 3, 9, tzinfo=UTC),
    )  # fmt: skip
