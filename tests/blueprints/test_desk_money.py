"""Paid at the desk, on the pages of staff and of who paid: recorded with one press, undone, handed back."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from liveapp.domain.accounts import providers
from liveapp.domain.meetings import service as meetings
from liveapp.domain.meetings.service import Time
from liveapp.unit_of_work import transact_in_turn
from liveapp.web.navigation import P
from liveapp.web.signing import sign_booking
from tests import cast
from tests.conftest import Clock
from tests.domain.test_booking_desk import CLASS, Desk, book, cancel, desk
from tests.domain.test_meetings import TEN
from tests.domain.test_payments import priced
from tests.policing import PolicingClient

__all__ = ["desk"]


@pytest.fixture
def ada(client: PolicingClient, desk: Desk, clock: Clock) -> PolicingClient:
    cast.sign_in(client, desk.ada, desk.organization_id)
    return client


def words(client: PolicingClient, path: str) -> str:
    return " ".join(client.page(path).select_one("main").text.split())


def test_a_place_is_paid_undone_paid_again_and_handed_back(ada: PolicingClient, desk: Desk) -> None:
    booking_id = book(priced(desk), desk.ben)
    session = f"{P}/sessions/{cast.booking_row(booking_id).session_id}"
    own = f"/bookings/{sign_booking(booking_id)}"
    undo = f"{session}/bookings/{booking_id}/hand-back"
    roster = ada.page(session)
    assert "To pay at the desk, €15.00" in roster.text
    form = roster.select_one("form[action$='/paid']")
    assert ada.submit(form).location == session
    assert "Paid at the desk, €15.00" in words(ada, session)
    assert "€15.00, paid at the desk" in words(ada, own)
    question = ada.page(undo)
    refused = ada.submit(question.select_one("main form"))
    assert (refused.status_code, "Say why" in refused.text) == (422, True)
    ada.submit(question.select_one("main form"), reason="The wrong person")
    ada.submit(ada.page(session).select_one("form[action$='/paid']"))
    assert "all of the €15.00 that you paid at the desk comes back to you there" in words(ada, f"{own}/cancel")
    cancel(booking_id)
    assert "€15.00 to hand back" in words(ada, session)
    assert "€15.00 of what you paid at the desk comes back to you there" in words(ada, own)
    ada.submit(ada.page(undo).select_one("main form"))
    assert "€15.00 handed back" in words(ada, session)
    assert ada.get(undo).status_code == 303


def test_a_meeting_is_paid_at_the_desk_on_its_own_page(ada: PolicingClient, desk: Desk) -> None:
    cast.weekly_hours(desk.organization_id, desk.ada)
    booking_id: uuid.UUID = transact_in_turn(
        [desk.ada],
        meetings.book_slot,
        organization_id=desk.organization_id,
        offering_id=cast.meeting_offering(desk.organization_id, price_minor=4000),
        host_id=desk.ada,
        time=Time(TEN),
        person=desk.ben,
        now=cast.NOW,
    )
    page = f"{P}/meetings/{booking_id}"
    assert "€40.00, directly to Studio" in words(ada, page)
    assert ada.submit(ada.page(page).select_one("form[action$='/paid']")).location == page
    assert "€40.00, paid directly to Studio" in words(ada, page)
    assert ada.page(page).select_one("a[href$='/hand-back']")


@pytest.mark.parametrize("page", ["", "/bookings/{booking}/attendance"])
def test_who_holds_a_place_is_taken_in_on_the_roster_and_at_the_door(
    ada: PolicingClient, desk: Desk, clock: Clock, page: str
) -> None:
    desk.settings(payment_provider="stripe")
    providers.set_up(takes_cards=True)
    clock.advance(seconds=int((CLASS - timedelta(minutes=5) - clock.now()).total_seconds()))
    booking_id = book(priced(desk), desk.ben, now=clock.now())
    session = f"{P}/sessions/{cast.booking_row(booking_id).session_id}"
    row = ada.page(f"{session}/door").select_one(f"#door-{booking_id}")
    assert row is not None
    assert "Take payment" in row.text
    form = ada.page(session + page.format(booking=booking_id)).select_one("form[action$='/paid']")
    assert "Paid at the desk" in form.text
    assert ada.submit(form).location == session
    booking = cast.booking_row(booking_id)
    assert (booking.status, booking.paid_by, booking.checked_in_how) == ("confirmed", "at_desk", "manual")
    assert "Paid at the desk, €15.00" in words(ada, session)
    providers.set_up(takes_cards=False)
