"""The first page: quick ways, five totals, what comes next and what needs a person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from liveapp.db import db
from liveapp.domain.accounts.models import Organization
from liveapp.domain.analytics import dashboard
from liveapp.unit_of_work import transact
from liveapp.web.navigation import P
from tests import cast
from tests.cast import NOW
from tests.conftest import Clock
from tests.domain import session_words as words
from tests.domain.session_words import IN_THREE_DAYS, World
from tests.policing import PolicingClient


@pytest.fixture
def world(app: Flask, clock: Clock, client: PolicingClient) -> World:
    clock.set(NOW)
    made = words.world()
    cast.sign_in(client, made.ada, made.organization_id)
    return made


def meeting(world: World, status: str, *, host: object = None, days: int = 4, **values: object) -> None:
    """A meeting of Ben's in that state."""
    offering_id = cast.meeting_offering(world.organization_id)
    kind = {"type": "meeting", "max_participants": 1, "participant_count": int(status in ("confirmed", "requested"))}
    state = {"cancelled": "cancelled", "requested": "draft"}.get(status, "scheduled")
    start = NOW + timedelta(days=days)
    session_id = cast.session(world.organization_id, host or world.ada, offering_id, start, status=state, **kind)
    cast.booking(
        session_id,
        cast.user(f"Ben{days} Okafor"),
        name=f"Ben {days}",
        status=status,
        expires_at=NOW + timedelta(days=1) if status == "requested" else None,
        **values,
    )


def test_a_new_business_is_shown_where_to_begin(world: World, client: PolicingClient) -> None:
    page = client.page(P)
    assert [card.strong.text for card in page.select(".nav-card") if card.strong] == [
        "Sessions",
        "New Session",
        "Availability",
        "Meetings",
    ]
    assert [" ".join(part.text.split()) for part in page.select(".stat")] == [
        "Sessions 0 planned or held, in all",
        "Live now 0",
        "Participants 0 in all",
        "Meetings 0 in all",
        "Revenue €0.00 in all",
    ]
    assert "Nothing is planned" in page.text
    assert "No meetings yet" in page.text


def test_the_totals_count_what_is_planned_or_was_held(world: World, client: PolicingClient) -> None:
    words.book(world.make())
    world.make(IN_THREE_DAYS + timedelta(hours=2), publishes=False)
    cast.session(world.organization_id, world.ada, world.offering_id, NOW - timedelta(minutes=5), status="live")
    cast.session(world.organization_id, world.ada, world.offering_id, NOW - timedelta(days=5), status="ended",
                 participant_count=7)  # fmt: skip
    cast.session(world.organization_id, world.ada, world.offering_id, NOW - timedelta(days=6), status="cancelled")
    meeting(world, "confirmed")
    meeting(world, "cancelled", days=5)
    elsewhere = cast.organization("elsewhere")
    cast.session(elsewhere, cast.staff(elsewhere, "Cy Young"), cast.offering(elsewhere), status="live")
    found = dashboard.totals(organization_id=world.organization_id)
    assert (found.total_sessions, found.live_sessions, found.total_meetings) == (3, 1, 1)
    assert found.total_participants == 9


def test_revenue_is_what_was_paid_and_didnt_go_back(world: World) -> None:
    ben = cast.user("Ben Member")
    plan_id = cast.plan(world.organization_id, name="Pack", price_minor=9000)
    cast.payment(world.organization_id, ben, plan_id, amount_minor=9000, captured_minor=9000, claimed_minor=2000)
    assert dashboard.revenue(organization_id=world.organization_id) == {"EUR": 7000}
    assert dashboard.revenue(organization_id=world.organization_id, earner_id=world.ada) == {}


def test_revenue_in_each_currency_is_shown(world: World, client: PolicingClient) -> None:
    """A business that changed its currency, or takes plans in another one, sees all of what came in."""
    ben = cast.user("Ben Member")
    plan_id = cast.plan(world.organization_id, name="Pack", price_minor=9000)
    for currency, minor in (("EUR", 2000), ("USD", 1800), ("JPY", 500), ("USD", 200)):
        cast.payment(world.organization_id, ben, plan_id, currency=currency, amount_minor=minor, captured_minor=minor)
    shown = [" ".join(part.text.split()) for part in client.page(P).select(".stat")]
    assert [each for each in shown if "Revenue" in each] == [
        "Revenue €20.00 in all",
        "Revenue ¥500 in all",
        "Revenue $20.00 in all",
    ]


def test_badges_are_the_ones_of_the_status(world: World, client: PolicingClient) -> None:
    for number, status in enumerate(("live", "scheduled", "draft", "cancelled")):
        start = NOW + timedelta(hours=2 * number) - timedelta(minutes=5)
        online = "online" if status == "scheduled" else "in_person"
        cast.session(
            world.organization_id, world.ada, world.offering_id, start, status=status, format=online, title=status
        )
    rows = client.page(P).select("section[aria-labelledby=upcoming] .row")
    assert [(row.select_one(".row-link").text, row.select_one(".badge")["data-variant"]) for row in rows] == [  # type: ignore[union-attr,index]
        ("live", "default"),
        ("scheduled", "secondary"),
        ("draft", "outline"),
        ("cancelled", "destructive"),
    ]
    assert rows[2].select_one(".badge[data-dashed]") is not None
    assert "#video" in str(rows[1].select_one(".row-icon"))
    assert "#map-pin" in str(rows[0].select_one(".row-icon"))


def test_recent_meetings_and_requests(
    world: World, client: PolicingClient, new_client: Callable[[], PolicingClient]
) -> None:
    meeting(world, "confirmed", days=4)
    meeting(world, "cancelled", days=5)
    meeting(world, "no_show", days=6)
    meeting(world, "requested", days=7)
    page = client.page(P)
    rows = page.select("section[aria-labelledby=meetings] .row")
    badges = {row.select_one(".row-title").text: row.select_one(".badge")["data-variant"] for row in rows}  # type: ignore[union-attr,index]
    assert badges == {"Ben 4": "default", "Ben 5": "destructive", "Ben 6": "secondary"}
    asked = page.select("section[aria-labelledby=requests] .row-title")
    assert [row.text for row in asked] == ["Ben 7"]
    dana = new_client()
    cast.sign_in(dana, world.dana, world.organization_id)
    assert dana.page(P).select("section[aria-labelledby=requests]") == []
    assert dana.page(P).select("section[aria-labelledby=meetings] .row") == []


def test_strangers_and_members_see_no_dashboard(world: World, new_client: Callable[[], PolicingClient]) -> None:
    assert new_client().get(P).status_code == 303
    member = cast.user("Mia Wong")
    cast.membership(world.organization_id, member, "member")
    browser = new_client()
    cast.sign_in(browser, member)
    assert browser.get(P).status_code == 403


def test_it_warns_while_nobody_is_asked_for_a_price(client: PolicingClient, clock: Clock) -> None:
    organization_id = cast.organization()
    cast.sign_in(client, cast.staff(organization_id), organization_id)
    assert "Nobody is asked to pay" not in client.page(P).text
    offering_id = cast.offering(organization_id, price_minor=1800)
    for path in (P, f"{P}/offerings/{offering_id}"):
        assert "Nobody is asked to pay" in client.page(path).text
    transact(lambda: db.session.execute(update(Organization).values(payment_provider="desk")))
    for path in (P, f"{P}/offerings/{offering_id}"):
        assert "Nobody is asked to pay" not in client.page(path).text
