"""Who may book a place: each answer, then what must always hold."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveapp.rules.eligibility import LIVE_BOOKINGS, Answer, PlaceFacts, eligibility

START = datetime(2026, 3, 3, 18, tzinfo=UTC)
NOW = START - timedelta(days=2)
OPEN = PlaceFacts(status="scheduled", starts_at=START, capacity=10, taken=9)


def answer(now: datetime = NOW, **facts: object) -> Answer:
    return eligibility(replace(OPEN, **facts), now).answer  # type: ignore[arg-type]


def sentence(now: datetime = NOW, **facts: object) -> str:
    return eligibility(replace(OPEN, **facts), now).sentence  # type: ignore[arg-type]


def test_the_last_place_is_bookable() -> None:
    found = eligibility(OPEN, NOW)
    assert (found.answer, found.places_left) == (Answer.ELIGIBLE, 1)


def test_a_full_session_has_a_waiting_list_unless_it_has_none_or_that_is_full() -> None:
    assert answer(taken=10) is Answer.WAITLIST
    assert answer(taken=10, has_waitlist=False) is Answer.FULL
    assert answer(taken=10, waiting=2, waitlist_size=3) is Answer.WAITLIST
    assert answer(taken=10, waiting=3, waitlist_size=3) is Answer.FULL
    assert answer(taken=10, waitlist_size=0) is Answer.FULL


def test_people_waiting_count_against_a_passer_by_but_not_after_promotion_ends() -> None:
    assert answer(taken=9, waiting=1) is Answer.WAITLIST
    assert answer(taken=8, waiting=1) is Answer.ELIGIBLE
    last_hour = START - timedelta(minutes=60)
    assert answer(last_hour, waiting=1, promotion_cutoff_minutes=60) is Answer.ELIGIBLE
    assert answer(last_hour - timedelta(seconds=1), waiting=1, promotion_cutoff_minutes=60) is Answer.WAITLIST


@pytest.mark.parametrize("status", sorted(LIVE_BOOKINGS))
def test_one_live_booking_each_staff_too(status: str) -> None:
    assert answer(own_status=status) is Answer.ALREADY_BOOKED
    assert answer(own_status=status, is_staff=True, taken=10) is Answer.ALREADY_BOOKED


@pytest.mark.parametrize("status", ["cancelled", "declined", "expired", None])
def test_an_ended_booking_does_not_stand_in_the_way(status: str | None) -> None:
    assert answer(own_status=status) is Answer.ELIGIBLE


def test_booking_closes_at_the_start_or_at_the_cutoff() -> None:
    assert answer(START - timedelta(seconds=1)) is Answer.ELIGIBLE
    assert answer(START) is Answer.CLOSED
    assert answer(START - timedelta(minutes=30), cutoff_minutes=30) is Answer.CLOSED
    assert answer(START - timedelta(minutes=31), cutoff_minutes=30) is Answer.ELIGIBLE
    assert sentence(START - timedelta(minutes=9), cutoff_minutes=90) == "Booking closed 1 h 30 min before the start."
    assert sentence(START, cutoff_minutes=90) == "This session has started."


def test_booking_opens_exactly_then() -> None:
    assert answer(opens_at=NOW) is Answer.ELIGIBLE
    opens = NOW + timedelta(seconds=1)
    assert answer(opens_at=opens) is Answer.NOT_OPEN
    opens = datetime(2026, 3, 2, 17, tzinfo=UTC)
    assert sentence(opens_at=opens, timezone="Europe/Madrid") == "Booking opens on Mon 2 March, 18:00."


@pytest.mark.parametrize("status", ["live", "ended", "cancelled"])
def test_a_session_that_runs_or_is_over_is_closed(status: str) -> None:
    assert answer(status=status) is Answer.CLOSED


def test_drafts_and_sessions_of_other_programs_are_not_visible() -> None:
    assert answer(status="draft") is Answer.NOT_VISIBLE
    assert answer(status="draft", is_staff=True) is Answer.NOT_VISIBLE
    assert answer(visible=False) is Answer.NOT_VISIBLE
    assert answer(visible=False, own_status="confirmed") is Answer.ALREADY_BOOKED


def test_an_overlap_stops_a_booking_but_not_a_wait() -> None:
    assert answer(overlapping="Yoga") is Answer.OVERLAP
    assert "“Yoga”" in sentence(overlapping="Yoga")
    assert answer(overlapping="Yoga", taken=10) is Answer.WAITLIST
    assert answer(overlapping="Yoga", is_staff=True) is Answer.ELIGIBLE


def test_staff_are_let_past_all_but_capacity() -> None:
    staff = {"is_staff": True, "visible": False, "opens_at": START, "cutoff_minutes": 600, "waiting": 5}
    assert answer(START, **staff) is Answer.ELIGIBLE
    assert answer(START, status="live", **staff) is Answer.ELIGIBLE
    assert answer(**staff, taken=10) is Answer.WAITLIST
    assert answer(status="ended", is_staff=True) is Answer.CLOSED


def test_nobody_waits_for_a_place_of_what_has_begun() -> None:
    assert answer(START, is_staff=True, taken=10) is Answer.FULL
    assert answer(status="live", is_staff=True, taken=10) is Answer.FULL


facts = st.builds(
    PlaceFacts,
    status=st.sampled_from(["draft", "scheduled", "live", "ended", "cancelled"]),
    starts_at=st.integers(-3000, 3000).map(lambda minutes: NOW + timedelta(minutes=minutes)),
    capacity=st.integers(1, 6),
    taken=st.integers(0, 6),
    waiting=st.integers(0, 4),
    cutoff_minutes=st.integers(0, 600),
    opens_at=st.none() | st.integers(-600, 600).map(lambda minutes: NOW + timedelta(minutes=minutes)),
    has_waitlist=st.booleans(),
    waitlist_size=st.none() | st.integers(0, 4),
    promotion_cutoff_minutes=st.none() | st.integers(0, 600),
    own_status=st.none() | st.sampled_from(["confirmed", "waitlisted", "cancelled"]),
    overlapping=st.none() | st.just("Yoga"),
    is_staff=st.booleans(),
    visible=st.booleans(),
)


@given(facts)
def test_nobody_books_a_place_that_is_not_there(given_facts: PlaceFacts) -> None:
    found = eligibility(given_facts, NOW)
    if found.answer is Answer.ELIGIBLE:
        assert given_facts.taken < given_facts.capacity
        assert found.places_left > 0
        assert given_facts.own_status not in LIVE_BOOKINGS
    assert found.sentence.endswith(".")


@given(facts)
def test_fewer_places_never_help(given_facts: PlaceFacts) -> None:
    if eligibility(replace(given_facts, taken=given_facts.taken + 1), NOW).answer is Answer.ELIGIBLE:
        assert eligibility(given_facts, NOW).answer is Answer.ELIGIBLE


@given(facts)
def test_staff_may_book_whatever_others_may(given_facts: PlaceFacts) -> None:
    if eligibility(replace(given_facts, is_staff=False), NOW).answer is Answer.ELIGIBLE:
        assert eligibility(replace(given_facts, is_staff=True), NOW).answer is Answer.ELIGIBLE


@given(facts, st.integers(0, 5000))
def test_once_closed_always_closed(given_facts: PlaceFacts, minutes: int) -> None:
    if eligibility(given_facts, NOW).answer is Answer.CLOSED:
        later = eligibility(given_facts, NOW + timedelta(minutes=minutes))
        assert later.answer is Answer.CLOSED
