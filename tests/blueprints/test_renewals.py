"""The pages of a plan that renews itself: what its holder and staff see of it, and how its renewal ends."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import select

from liveapp.domain.accounts.models import Membership
from liveapp.web import clock as app_clock
from liveapp.web.navigation import P
from tests import cast
from tests.conftest import Clock
from tests.domain.test_booking_desk import Desk, desk
from tests.domain.test_payments import shop
from tests.domain.test_renewals import UNTIL, give_up, membership, subscription
from tests.policing import PolicingClient

__all__ = ["desk", "membership", "shop"]


@pytest.fixture
def ben(client: PolicingClient, shop: Desk) -> PolicingClient:
    assert shop.ben.user_id
    cast.sign_in(client, shop.ben.user_id)
    return client


def words(client: PolicingClient, path: str) -> str:
    return " ".join(client.page(path).select_one("main").text.split())


def test_its_holder_ends_the_renewal_and_takes_that_back(
    ben: PolicingClient, membership: uuid.UUID, clock: Clock
) -> None:
    assert "on Thu 2 Apr 2026, €64.00 by card" in words(ben, "/my/plans")
    question = ben.page(f"/my/plans/{membership}/end-renewal")
    assert "paid for until Wed 1 Apr 2026" in question.select_one("main").text
    ben.submit(question.select_one("main form"))
    shown = ben.page("/my/plans")
    assert "Not any more" in shown.text
    ben.submit(shown.select_one("form[action$='/renew']"))
    assert "€64.00 by card" in words(ben, "/my/plans")


def test_what_is_owed_is_shown_to_its_holder_and_to_staff(
    ben: PolicingClient, shop: Desk, membership: uuid.UUID, clock: Clock
) -> None:
    clock.set(give_up(membership))
    shown = words(ben, "/my/plans")
    assert "Still to pay: €64.00 The plan rests. It goes on the day you pay." in shown
    assert "so it ends at once" in words(ben, f"/my/plans/{membership}/end-renewal")
    assert app_clock.now() > UNTIL
    assert "€64.00" in words(ben, "/my/payments")
    cast.sign_in(ben, shop.ada, shop.organization_id)
    assert "Not paid" in words(ben, f"{P}/plans/{subscription(membership).plan_id}")
    owed = ben.page(f"{P}/payments").select_one("main a[href*='/payments/']")["href"]
    assert "€64.00 of Ben Okafor" in words(ben, owed)
    held = subscription(membership)
    row = cast.one(select(Membership.id).where(Membership.user_id == held.user_id))
    page = ben.page(f"{P}/members/{row.id}")
    assert "€64.00; isn’t tried again" in page.select_one("#plans").text
    assert page.select_one("#plans form[action$='/resume']") is None
