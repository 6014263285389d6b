"""Moving by the pages: what it costs or brings back is said before, and nothing dearer is offered at the old price."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from liveapp.db import db
from liveapp.domain.accounts import providers
from liveapp.domain.actor import Actor
from liveapp.domain.availability.models import AvailabilityRule
from liveapp.domain.bookings.models import Booking
from liveapp.domain.meetings import service as meetings
from liveapp.rules.roles import Role
from liveapp.unit_of_work import transact
from liveapp.web import clock
from liveapp.web.signing import sign_booking
from tests import cast
from tests.conftest import Clock
from tests.policing import PolicingClient, soup_of

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)  # where the test clock stands: a Tuesday
START = NOW + timedelta(days=3)
NEXT = START + timedelta(days=1)
PRICES: dict[str, tuple[int | None, str]] = {
    "the same": (1743, ""),
    "dearer": (2317, "It costs €23.17, paid at the desk: €5.74 more than now."),
    "cheaper": (1000, "It costs €7.43 less, which you get back at the desk if you have paid."),
    "free": (None, "It costs €17.43 less, which you get back at the desk if you have paid."),
}


@pytest.fixture(autouse=True)
def _cards(clock: Clock) -> Iterator[None]:
    providers.set_up(takes_cards=True)
    yield
    providers.set_up(takes_cards=False)


def booked(provider: str = "desk", **values: Any) -> tuple[uuid.UUID, uuid.UUID, uuid.UUID]:
    """A class that somebody booked for 17.43, and another of the same offering: booking, session, offering."""
    organization_id = cast.organization(payment_provider=provider)
    host = cast.staff(organization_id)
    offering_id = cast.offering(organization_id)
    first = cast.session(organization_id, host, offering_id, START, price_minor=1743, participant_count=1)
    other = cast.session(organization_id, host, offering_id, NEXT, **values)
    user_id = cast.user("Ben Okafor", password_hash=None)
    paid = {"price_minor": 1743, "paid_by": "at_desk" if provider == "desk" else "at_booking"}
    booking_id = cast.booking(first, user_id, **paid)
    transact(lambda: db.session.execute(update(Booking).values(created_at=NOW)))
    return booking_id, other, first


def words(page: Any) -> str:
    return " ".join(page.get_text(" ").split())


@pytest.mark.parametrize("name", PRICES)
def test_what_moving_means_is_said_before(client: PolicingClient, name: str) -> None:
    price, said = PRICES[name]
    booking_id, other, first = booked(price_minor=price)
    shown = f"/bookings/{sign_booking(booking_id)}/reschedule"
    page = client.page(shown)
    assert ("See what it costs" in words(page)) is (name != "the same")
    if name != "the same":
        page = client.page(f"{shown}?session_id={other}")
        assert said in words(page)
    answer = client.submit(page.find("form", action=shown), **({} if said else {"session_id": str(other)}))
    assert answer.status_code == 303, words(soup_of(answer))
    row = cast.booking_row(booking_id)
    paid_by = "at_desk" if price else "free"
    assert (row.session_id, row.price_minor, row.paid_by) == (other, price, paid_by)
    assert first != other
    undo = client.page(answer.location).find("a", string="Undo") or client.page(answer.location).select_one(".alert a")
    back = client.page(str(undo["href"])).find("form", action=shown)  # type: ignore[index, call-overload]
    assert back.select_one("[name=session_id]")["value"] != str(other)  # type: ignore[union-attr, index]
    assert client.submit(back).status_code == 303  # type: ignore[arg-type]
    assert cast.booking_row(booking_id).session_id != other


def test_a_dearer_place_asks_again_where_nobody_looked_at_its_price(client: PolicingClient) -> None:
    booking_id, other, first = booked(price_minor=1743)
    shown = f"/bookings/{sign_booking(booking_id)}/reschedule"
    form = client.page(shown).find("form", action=shown)
    transact(lambda: db.session.execute(update(cast.LiveSession).values(price_minor=2317)))
    again = client.submit(form, session_id=str(other))
    assert (again.status_code, cast.booking_row(booking_id).session_id) == (409, first)
    page = soup_of(again)
    assert "€5.74 more than now" in words(page)
    assert client.submit(page.find("form", action=shown)).status_code == 303
    assert cast.booking_row(booking_id).session_id == other


def test_who_only_has_the_link_isnt_moved_into_what_plans_pay(client: PolicingClient) -> None:
    booking_id, other, first = booked(plan_only=True)
    shown = f"/bookings/{sign_booking(booking_id)}/reschedule"
    refused = client.get(f"{shown}?session_id={other}")
    assert refused.status_code == 409
    assert "people with a plan" in words(soup_of(refused))
    form = client.page(shown).find_all("form", action=shown)
    assert form == []
    assert cast.booking_row(booking_id).session_id == first


def test_a_place_by_card_that_costs_more_is_held_until_it_is_paid_for(client: PolicingClient) -> None:
    booking_id, other, first = booked("stripe", price_minor=2317)
    shown = f"/bookings/{sign_booking(booking_id)}/reschedule"
    page = client.page(f"{shown}?session_id={other}")
    assert "It costs €23.17, by card on the next page. €17.43 goes back to the card that you paid with." in words(page)
    client.submit(page.find("form", action=shown))
    db.session.rollback()
    held = db.session.execute(select(Booking.replaces_id).where(Booking.status == "held")).scalar_one()
    assert (held, cast.booking_row(booking_id).session_id) == (booking_id, first)


def test_a_meeting_isnt_moved_into_dearer_hours_at_its_old_price(client: PolicingClient) -> None:
    organization_id = cast.organization(payment_provider="desk")
    host = cast.staff(organization_id)
    cast.weekly_hours(organization_id, host)
    offering_id = cast.meeting_offering(organization_id, slug="talk", price_minor=1000)
    client.submit(
        client.page(f"/book/studio/with/ada/talk?start={START:%Y-%m-%dT%H:%MZ}").find(id="booking-form"),
        name="Ben", email="ben@example.com",
    )  # fmt: skip
    transact(lambda: db.session.execute(update(AvailabilityRule).values(price_minor=6000)))
    db.session.rollback()
    booking_id, price = db.session.execute(select(Booking.id, Booking.price_minor)).one()
    assert (price, offering_id is not None) == (1000, True)
    shown = f"/bookings/{sign_booking(booking_id)}/reschedule?start={NEXT:%Y-%m-%dT%H:%MZ}"
    page = client.page(shown)
    assert "It costs €60.00, paid directly to Studio: €50.00 more than now." in words(page)
    form = page.find(id="details").find("form")
    assert client.submit(form, accepts="").status_code == 409
    assert cast.booking_row(booking_id).starts_at == START
    assert client.submit(form).status_code == 303
    row = cast.booking_row(booking_id)
    assert (row.starts_at, row.price_minor, cast.session_row(row.session_id).price_minor) == (NEXT, 6000, 6000)


@pytest.mark.parametrize("may_move", [False, True], ids=["asks the host", "guests may move"])
def test_an_accepted_meeting_is_moved_by_its_guest_when_the_host_says_yes(
    client: PolicingClient, may_move: bool
) -> None:
    organization_id = cast.organization()
    host = cast.staff(organization_id)
    cast.weekly_hours(organization_id, host)
    cast.meeting_offering(organization_id, slug="talk", booking_mode="request", guests_may_move=may_move)
    actor = Actor(host, Role.OWNER, organization_id)
    client.submit(
        client.page(f"/book/studio/with/ada/talk?start={START:%Y-%m-%dT%H:%MZ}").find(id="booking-form"),
        name="Ben", email="ben@example.com",
    )  # fmt: skip
    booking_id = db.session.execute(select(Booking.id)).scalar_one()
    transact(meetings.accept, booking_id=booking_id, actor=actor, now=clock.now())
    page = client.page(f"/bookings/{sign_booking(booking_id)}/reschedule?start={NEXT:%Y-%m-%dT%H:%MZ}")
    answer = client.submit(page.find(id="details").find("form"))
    assert answer.status_code == 303
    assert cast.booking_row(booking_id).starts_at == (NEXT if may_move else START)
    if may_move:
        return
    assert "stays" in words(client.page(answer.location))
    db.session.rollback()
    asked = db.session.execute(select(Booking.id).where(Booking.replaces_id == booking_id)).scalar_one()
    transact(meetings.accept, booking_id=asked, actor=actor, now=clock.now())
    assert cast.booking_row(booking_id).starts_at == NEXT
    assert "Confirmed" in words(client.page(f"/bookings/{sign_booking(booking_id)}"))
