"""Between the page and the click: dearer or harder is asked again with what is now, cheaper is taken."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from liveapp.db import AnyRow, db
from liveapp.domain.accounts import providers
from liveapp.domain.accounts.models import Organization
from liveapp.domain.bookings.models import Booking
from liveapp.domain.catalogue.models import Offering
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.unit_of_work import transact
from tests import cast
from tests.conftest import Clock
from tests.domain.test_terms import BETTER, WORSE
from tests.policing import PolicingClient, soup_of

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)  # where the test clock stands: a Tuesday
START = NOW + timedelta(days=2)
SETTINGS: dict[str, Any] = {
    "allow_late_cancellation": True, "late_cancel_fee_minor": 100, "no_show_fee_minor": 100,
    "no_show_refund_percent": 25, "count_no_shows": False, "count_late_cancellations": False,
}  # fmt: skip
NOT_WORSE = {"late_cancel_fee_percent", "no_show_fee_percent"}
"""Settings that WORSE moves together with others only: a fixed fee goes before a percentage."""


@dataclass
class Shop:
    organization_id: uuid.UUID
    offering_id: uuid.UUID
    session_id: uuid.UUID
    path: str


@pytest.fixture(params=["class", "meeting"])
def shop(request: Any, clock: Clock, client: PolicingClient) -> Iterator[Shop]:
    """A class, or a meeting, for 17.43, paid by card when it is over; Ben is signed in."""
    providers.set_up(takes_cards=True)
    organization_id = cast.organization(payment_provider="stripe", **SETTINGS)
    ben, host = cast.member(organization_id), cast.staff(organization_id)
    assert ben.user_id
    cast.sign_in(client, ben.user_id)
    priced = {"price_minor": 1743, "payment_timing": "after_session"}
    if request.param == "class":
        offering_id = cast.offering(organization_id, **priced)
        session_id = cast.session(organization_id, host, offering_id, START, price_minor=1743)
        yield Shop(organization_id, offering_id, session_id, f"/book/studio/sessions/{session_id}")
    else:
        cast.weekly_hours(organization_id, host)
        offering_id = cast.meeting_offering(organization_id, slug="talk", **priced)
        path = f"/book/studio/with/ada/talk?start={START.strftime('%Y-%m-%dT%H:%MZ')}"
        yield Shop(organization_id, offering_id, uuid.uuid4(), path)
    providers.set_up(takes_cards=False)


def change(shop: Shop, price: int | None = None, timing: str = "", **settings: Any) -> None:
    def write() -> None:
        if price is not None:
            db.session.execute(update(Offering).values(price_minor=price))
            db.session.execute(update(LiveSession).values(price_minor=price))
        if timing:
            db.session.execute(update(Offering).values(payment_timing=timing))
        if settings:
            db.session.execute(update(Organization).values(**settings))

    transact(write)


def form_of(client: PolicingClient, path: str) -> Any:
    return client.page(path).find(id="booking-form")


def booked() -> list[AnyRow]:
    db.session.rollback()
    return list(db.session.execute(select(Booking.price_minor, Booking.paid_by, Booking.status)).all())


HARDER: dict[str, dict[str, Any]] = {
    "price": {"price": 99900},
    "price and a half": {"price": 1744},
    "paid now": {"timing": "at_booking"},
    **{name: {name: value} for name, value in WORSE.items() if name not in NOT_WORSE},
    "partial_refund_hours": {"partial_refund_hours": 24},
}
SOFTER: dict[str, dict[str, Any]] = {
    "nothing": {},
    "price": {"price": 1000},
    "free": {"price": 0},
    **{name: {name: value} for name, value in BETTER.items()},
    "free_cancellation_hours": {"free_cancellation_hours": 12},
}


@pytest.mark.parametrize("harder", HARDER)
def test_what_became_dearer_or_harder_is_asked_again(shop: Shop, client: PolicingClient, harder: str) -> None:
    form = form_of(client, shop.path)
    change(shop, **HARDER[harder])
    again = client.submit(form)
    assert (again.status_code, booked()) == (409, [])
    page = soup_of(again)
    alert = page.find(attrs={"role": "alert"}).get_text(" ")
    assert ("not €17.43" if "price" in harder else "have changed") in alert
    client.submit(page.find(id="booking-form"))
    price = HARDER[harder].get("price", 1743)
    way = HARDER[harder].get("timing", "after_session")
    assert booked() == [(price, way, "held")]


@pytest.mark.parametrize("softer", SOFTER)
def test_what_became_cheaper_or_milder_is_taken(shop: Shop, client: PolicingClient, softer: str) -> None:
    form = form_of(client, shop.path)
    change(shop, **SOFTER[softer])
    assert client.submit(form).status_code == 303
    price = SOFTER[softer].get("price", 1743)
    assert [(row.price_minor, row.status) for row in booked()] == [(price, "held" if price else "confirmed")]


@pytest.mark.parametrize("token", ["", "x", "WzFd.aaaaaa.bbbbbb"])
def test_a_form_that_doesnt_say_what_it_showed_showed_no_price(shop: Shop, client: PolicingClient, token: str) -> None:
    assert client.submit(form_of(client, shop.path), shown=token).status_code == 409
    assert booked() == []
    change(shop, price=0)
    assert client.submit(form_of(client, shop.path), shown=token).status_code == 303


def test_no_price_anywhere_until_cards_are_switched_on_meanwhile(shop: Shop, client: PolicingClient) -> None:
    """Free through here when it was shown, 17.43 by card when it is clicked."""
    change(shop, payment_provider="none")
    form = form_of(client, shop.path)
    change(shop, payment_provider="stripe")
    assert (client.submit(form).status_code, booked()) == (409, [])
