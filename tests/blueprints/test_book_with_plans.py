"""The public pages for people with plans: what they say before the click, and what the click does."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from liveapp.db import db
from liveapp.domain.accounts.people import Person
from liveapp.domain.actor import Actor
from liveapp.domain.bookings import service as bookings
from liveapp.domain.bookings.models import Booking
from liveapp.domain.catalogue.models import Offering
from liveapp.rules.roles import Role
from liveapp.unit_of_work import transact
from liveapp.web.signing import sign_booking
from tests import cast
from tests.conftest import Clock
from tests.policing import PolicingClient

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)  # where the test clock stands: a Tuesday


@dataclass
class World:
    organization_id: uuid.UUID
    ada: uuid.UUID
    offering_id: uuid.UUID
    ben: Person

    def path(self, **values: Any) -> str:
        """The page of a class in two days that only plans pay for, unless said otherwise."""
        start = values.pop("starts_at", NOW + timedelta(days=2))
        defaults = {"plan_only": True} if "price_minor" not in values else {}
        made = cast.session(self.organization_id, self.ada, self.offering_id, start, **defaults | values)
        return f"/book/studio/sessions/{made}"

    def plan(self, **values: Any) -> uuid.UUID:
        plan_id = cast.plan(self.organization_id, **values)
        return cast.subscription(self.organization_id, self.ben, plan_id)


@pytest.fixture
def world(clock: Clock, client: PolicingClient) -> World:
    """Ben is signed in."""
    organization_id = cast.organization(payment_provider="desk")
    ben = cast.member(organization_id)
    assert ben.user_id
    cast.sign_in(client, ben.user_id)
    ada, offering_id = cast.staff(organization_id), cast.offering(organization_id, plan_only=True)
    return World(organization_id, ada, offering_id, ben)


def words(page: Any) -> str:
    return " ".join(page.get_text(" ").split())


def submit(client: PolicingClient, path: str, **typed: str) -> Any:
    return client.submit(client.page(path).find(id="booking-form"), **typed)  # type: ignore[arg-type]


def test_one_plan_is_said_and_taken(world: World, client: PolicingClient) -> None:
    pack = world.plan(name="Ten classes", valid_days=30)
    path = world.path()
    said = "You pay with “Ten classes”: 1 of your 10 credits, to be used until Tue 31 Mar 2026."
    assert said in words(client.page(path))
    answer = submit(client, path)
    assert answer.status_code == 303
    assert cast.credits_left(pack) == 9
    page = words(client.page(answer.headers["Location"]))
    assert "Ten classes, 1 credit" in page
    assert "1 credit of “Ten classes” comes back" in page


def test_of_several_ways_one_is_chosen(world: World, client: PolicingClient) -> None:
    soon, forever = world.plan(name="Soon", valid_days=30), world.plan(name="For ever")
    path = world.path(price_minor=1500)
    options = client.page(path).select('input[name="pay_with"]')
    assert [option["value"] for option in options] == [str(soon), str(forever), "without-plan"]
    assert [option.has_attr("checked") for option in options] == [True, False, False]
    assert submit(client, path, pay_with=str(forever)).status_code == 303
    assert (cast.credits_left(soon), cast.credits_left(forever)) == (10, 9)
    dear = world.path(price_minor=1500, starts_at=NOW + timedelta(days=3))
    answer = submit(client, dear, pay_with="without-plan")
    assert "€15.00, at the desk" in words(client.page(answer.headers["Location"]))
    assert cast.credits_left(forever) == 9


@pytest.mark.parametrize("odd", ["nonsense", "6f1f2c6e-1b0a-4a0e-9b5c-0d6b7a3c2e11", "", "without-plan"])
def test_a_way_that_is_not_there_is_refused_or_no_choice(world: World, client: PolicingClient, odd: str) -> None:
    pack = world.plan()
    answer = submit(client, world.path(), pay_with=odd)
    taken = odd in ("nonsense", "")
    assert (answer.status_code, cast.credits_left(pack)) == ((303, 9) if taken else (409, 10))


def test_another_persons_plan_cannot_be_named(world: World, client: PolicingClient) -> None:
    world.plan()
    cy = cast.member(world.organization_id, "Cy Twombly")
    theirs = cast.subscription(world.organization_id, cy, cast.plan(world.organization_id))
    assert submit(client, world.path(), pay_with=str(theirs)).status_code == 409
    assert cast.credits_left(theirs) == 10


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (None, "This session is for people with a plan that covers it, and you have none."),
        ({"name": "Once", "class_credits": 1}, "You have no credit of “Once” left that can be used on that date."),
        ({"name": "Daily", "max_bookings_per_day": 1}, "“Daily” allows 1 booking a day, and you have that many."),
        ({"name": "Weekly", "max_bookings_per_week": 1}, "“Weekly” allows 1 booking a week, and you have that many."),
    ],
)
def test_why_not_is_said_where_the_button_would_be(
    world: World, client: PolicingClient, plan: dict[str, Any] | None, said: str
) -> None:
    path = world.path()
    if plan:
        world.plan(**plan)
        assert submit(client, world.path(starts_at=NOW + timedelta(days=2, hours=3))).status_code == 303
    page = client.page(path)
    assert page.find(id="booking-form") is None
    assert said in words(page)
    assert "See your plans" in words(page)


def test_who_is_not_signed_in_is_told_to(world: World, new_client: Callable[[], PolicingClient]) -> None:
    path = world.path()
    link = new_client().page(path).find("a", string="Sign in", attrs={"data-variant": "primary"})
    assert link is not None
    assert link["href"] == f"/sign-in?next={path}"


def test_a_stranger_learns_nothing_of_what_an_address_has_at_that_time(
    world: World, client: PolicingClient, new_client: Callable[[], PolicingClient]
) -> None:
    submit(client, world.path(price_minor=None, title="Secret class"))
    other = cast.staff(world.organization_id, "Leo Coach", "coach")
    same_time = cast.session(world.organization_id, other, world.offering_id, NOW + timedelta(days=2, minutes=30))
    stranger = new_client()
    path = f"/book/studio/sessions/{same_time}"
    for _ in range(2):
        answer = submit(stranger, path, name="Mallory", email="ben@example.com")
        assert answer.status_code == 200
        assert "Secret" not in answer.text
        assert "busy" not in answer.text
    assert cast.mails().count(("busy_then", "ben@example.com")) == 1
    assert "You are booked into “Secret class” at that time." in words(client.page(path))


def test_who_waits_sees_their_number_and_why_they_were_passed_over(
    world: World, client: PolicingClient, clock: Clock
) -> None:
    world.plan(name="Once", class_credits=1)
    path = world.path(max_participants=1)
    owner = Actor(world.ada, Role.OWNER, world.organization_id)
    session_id = uuid.UUID(path.rsplit("/", 1)[-1])
    first = transact(bookings.book_place, session_id=session_id, person=cast.guest(1), now=NOW, actor=owner)
    assert "When it is your turn, “Once” pays: 1 of your 1 credit" in words(client.page(path))
    waiting = submit(client, path).headers["Location"]
    assert "You are number 1 in line" in words(client.page(waiting))
    submit(client, world.path(starts_at=NOW + timedelta(days=4)))
    transact(bookings.cancel, booking_id=first, now=NOW)
    assert "you were passed over: you had no credit left that could pay for it." in words(client.page(waiting))
    assert "Number 1 in line" in words(client.page("/my/bookings"))


def test_a_held_place_is_taken_with_one_press_and_costs_what_was_said(
    world: World, client: PolicingClient, clock: Clock
) -> None:
    path = world.path(max_participants=1, price_minor=1500)
    session_id = uuid.UUID(path.rsplit("/", 1)[-1])
    first = transact(bookings.book_place, session_id=session_id, person=cast.guest(1), now=NOW)
    held = submit(client, path).headers["Location"]
    transact(bookings.cancel, booking_id=first, now=NOW)
    page = client.page(held)
    assert "A place is held for you Take it by Tue 3 Mar 2026, 12:00" in words(page)
    assert "You pay €15.00 at the desk." in words(page)
    form = page.find("form", action=lambda action: action and action.endswith("/take"))
    for _ in range(2):
        assert client.submit(form).status_code == 303  # type: ignore[arg-type]
    assert "€15.00, at the desk" in words(client.page(held))
    row = cast.session_row(session_id)
    assert (row.participant_count, row.waiting_count) == (1, 0)


def test_somebody_elses_held_place_cannot_be_taken(
    world: World, client: PolicingClient, new_client: Callable[[], PolicingClient]
) -> None:
    path = world.path(max_participants=1, price_minor=1500)
    session_id = uuid.UUID(path.rsplit("/", 1)[-1])
    booking_id = transact(bookings.book_place, session_id=session_id, person=cast.guest(1), now=NOW)
    waiting = transact(bookings.book_place, session_id=session_id, person=cast.guest(2), now=NOW)
    wrong = sign_booking(waiting, None)[:-3] + "abc"
    assert new_client().post(f"/bookings/{wrong}/take").status_code == 404
    assert cast.booking_row(booking_id).status == "confirmed"


def test_a_meeting_says_how_it_is_paid_and_takes_the_credit(world: World, client: PolicingClient) -> None:
    cast.weekly_hours(world.organization_id, world.ada)
    cast.meeting_offering(world.organization_id, slug="talk", plan_only=True)
    path = "/book/studio/with/ada/talk?start=2026-03-05T10:00Z"
    assert "This session is for people with a plan that covers it" in words(client.page(path))
    pack = world.plan(name="Ten talks")
    assert "You pay with “Ten talks”: 1 of your 10 credits." in words(client.page(path))
    answer = submit(client, path)
    assert answer.status_code == 303
    assert cast.credits_left(pack) == 9


def test_a_flexible_class_asks_for_a_topic(world: World, client: PolicingClient) -> None:
    world.plan()
    transact(lambda: db.session.execute(update(Offering).values(topic_type="flexible")))
    answer = submit(client, world.path(), suggested_topic="Headstands")
    assert answer.status_code == 303
    assert cast.one(db.select(Booking.suggested_topic))[0] == "Headstands"
