"""The pages of plans on sale: who sees and buys what, and how a stranger comes back to the plan that they wanted."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from sqlalchemy import func, select, update

from liveapp.db import db
from liveapp.domain.notifications.models import Notification
from liveapp.domain.payments.models import Payment
from liveapp.domain.plans.models import Plan
from liveapp.tasks import emails
from liveapp.unit_of_work import transact
from tests import cast
from tests.conftest import Clock
from tests.domain.test_booking_desk import Desk, desk
from tests.domain.test_payments import shop
from tests.domain.test_purchases import bought, on_sale
from tests.policing import PolicingClient

__all__ = ["desk", "shop"]


@pytest.fixture
def plan_id(shop: Desk, clock: Clock) -> uuid.UUID:
    return on_sale(shop, name="Ten classes")


def words(client: PolicingClient, path: str) -> str:
    return " ".join(client.page(path).select_one("main").text.split())


def test_what_is_on_sale_is_listed_and_led_to_where_a_plan_is_missing(
    client: PolicingClient, shop: Desk, plan_id: uuid.UUID
) -> None:
    on_sale(shop, name="By hand only", is_sold_online=False)
    session_id = shop.session()
    link = client.page(f"/book/studio/sessions/{session_id}").select_one("a[href*='/plans']")["href"]
    assert link == f"/book/studio/plans?back=/book/studio/sessions/{session_id}"
    listed = client.page(link)
    assert [each.text for each in listed.select(".row-link")] == ["Ten classes"]
    assert "€90.00" in listed.select_one(".row").text
    assert client.page("/book/studio").select_one("a[href='/book/studio/plans']")
    shop.settings(payment_provider="desk")
    assert "No plans are sold here online" in words(client, "/book/studio/plans")
    assert client.page("/book/studio").select_one("a[href='/book/studio/plans']") is None


def test_a_stranger_is_mailed_a_link_that_leads_back_to_the_plan(
    client: PolicingClient, shop: Desk, plan_id: uuid.UUID
) -> None:
    here = f"/book/studio/plans/{plan_id}"
    signs_in = client.page(here).select_one("main a[href*='/sign-in']")["href"]
    by_mail = client.page(signs_in).select_one("a[href*='/sign-in/link']")["href"]
    client.submit(client.page(by_mail).select_one("main form"), email=shop.ben.email)
    cast.run_jobs("mail_link")
    (mail,) = cast.one(select(Notification).where(Notification.kind == "sign_in_link"))
    found = re.search(r"http://localhost(/sign-in/\S+)", emails.compose(mail).get_body(("plain",)).get_content())  # type: ignore[union-attr]
    assert found
    answer = client.submit(client.page(found[1]).select_one("main form"))
    assert answer.location == here
    assert "Buy for €90.00" in words(client, here)


def test_who_bought_it_is_told_so_and_a_page_from_before_buys_nothing(
    client: PolicingClient, shop: Desk, plan_id: uuid.UUID
) -> None:
    assert shop.ben.user_id
    cast.sign_in(client, shop.ben.user_id)
    here = f"/book/studio/plans/{plan_id}"
    form = client.page(here).select_one("main form")
    bought(shop, plan_id)
    assert "“Ten classes” is yours" in words(client, f"{here}?paid=1")
    assert client.submit(form).location == here
    shown = words(client, here)
    assert "You have bought this plan already." in shown
    assert "Buy it once more for €90.00" in shown


def test_without_an_answer_of_the_card_service_nothing_is_bought(
    client: PolicingClient, shop: Desk, plan_id: uuid.UUID
) -> None:
    assert shop.ben.user_id
    cast.sign_in(client, shop.ben.user_id)
    here = f"/book/studio/plans/{plan_id}?back=/book/studio"
    answer = client.submit(client.page(here).select_one("main form"))
    assert answer.location == here
    assert "The card service didn't take this." in words(client, here)


@pytest.mark.parametrize(
    ("change", "asks"),
    [
        ({"price_minor": 9900}, True),
        ({"class_credits": 5}, True),
        ({"valid_days": 10}, True),
        ({"price_minor": 4500}, False),
        ({"name": "Ten classes, any day"}, False),
    ],
    ids=str,
)
def test_a_plan_that_became_dearer_or_smaller_is_asked_again(
    client: PolicingClient, shop: Desk, plan_id: uuid.UUID, change: dict[str, Any], asks: bool
) -> None:
    assert shop.ben.user_id
    cast.sign_in(client, shop.ben.user_id)
    here = f"/book/studio/plans/{plan_id}"
    form = client.page(here).select_one("main form")
    transact(lambda: db.session.execute(update(Plan).where(Plan.id == plan_id).values(**change)))
    client.submit(form)
    opened = cast.one(select(func.count()).select_from(Payment))[0]
    assert opened == (not asks)
    assert ("This plan has changed since you opened the page" in words(client, here)) == asks


def test_a_page_that_says_nothing_of_the_plan_buys_nothing(
    client: PolicingClient, shop: Desk, plan_id: uuid.UUID
) -> None:
    assert shop.ben.user_id
    cast.sign_in(client, shop.ben.user_id)
    form = client.page(f"/book/studio/plans/{plan_id}").select_one("main form")
    client.submit(form, shown="made up")
    assert cast.one(select(func.count()).select_from(Payment))[0] == 0
