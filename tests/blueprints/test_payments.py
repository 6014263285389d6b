"""The business's payments: found, told in order, and given back with the figures seen first."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from liveapp.db import db
from liveapp.domain.payments import outcomes
from liveapp.domain.payments.models import PaymentHold, Refund
from liveapp.unit_of_work import transact
from liveapp.web.navigation import P
from tests import cast
from tests.cast import NOW
from tests.conftest import ON_ONE_DATABASE, Clock
from tests.policing import PolicingClient, soup_of


@pytest.fixture
def studio(app: Flask, client: PolicingClient, clock: Clock) -> uuid.UUID:
    """A studio whose owner is at the browser."""
    organization_id = cast.organization()
    cast.sign_in(client, cast.staff(organization_id), organization_id)
    return organization_id


def paid(studio: uuid.UUID, name: str = "Ben Okafor", **values: object) -> uuid.UUID:
    """What somebody paid for a plan: 15.00 unless said otherwise."""
    return cast.payment(studio, cast.user(name), cast.plan(studio, name=f"Pack of {name}"), **values)


def names(client: PolicingClient, query: str = "") -> list[str]:
    return [link.text for link in client.page(f"{P}/payments{query}").select(".row-link")]


def refunds() -> list[tuple[int, str, str]]:
    db.session.rollback()
    rows = db.session.execute(select(Refund).order_by(Refund.created_at, Refund.amount_minor)).scalars()
    return [(row.amount_minor, row.status, row.reason) for row in rows]


def fail(payment_id: uuid.UUID) -> None:
    """What was asked for doesn't arrive."""
    refund_id = db.session.execute(select(Refund.id).where(Refund.status == "asked")).scalar_one()
    transact(outcomes.record_failed, refund_id=refund_id, failure="lost_or_stolen_card", now=NOW)


def test_payments_are_found_by_status_person_and_day(client: PolicingClient, studio: uuid.UUID) -> None:
    paid(studio)
    paid(studio, "Cara Diaz", status="unpaid", captured_minor=0, paid_at=None, created_at=NOW + timedelta(days=1))
    paid(studio, "Eve Adams", status="dropped", captured_minor=0, paid_at=None)
    cast.payment(other := cast.organization("other"), cast.user("Cy Other"), cast.plan(other))
    assert names(client) == ["Cara Diaz", "Ben Okafor"]
    assert names(client, "?status=unpaid") == ["Cara Diaz"]
    assert names(client, "?status=dropped") == ["Eve Adams"]
    assert names(client, "?q=BEN+exam") == ["Ben Okafor"]
    assert names(client, "?q=cy") == []
    assert names(client, f"?from={(NOW + timedelta(days=1)).date()}") == ["Cara Diaz"]
    assert client.get(f"{P}/payments?from=2026-03-09&to=2026-03-01").status_code == 422
    assert "given up on" in client.page(P).select_one("#money").parent.parent.parent.text


def test_pages_of_payments_lead_on_and_back(
    client: PolicingClient, studio: uuid.UUID, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    person, plan = cast.user("Ben Okafor"), cast.plan(studio)
    for number in range(27):
        cast.payment(studio, person, plan, created_at=NOW + timedelta(minutes=number // 2))
    with count_queries() as statements:
        first = client.page(f"{P}/payments")
    older = str(first.select_one("a[rel=next]")["href"])
    second = client.page(older)
    assert (len(first.select(".row-link")), len(second.select(".row-link"))) == (25, 2)
    back = client.page(str(second.select_one("a[rel=prev]")["href"]))
    assert [row["id"] for row in back.select("li.row")] == [row["id"] for row in first.select("li.row")]
    assert back.select_one("a[rel=prev]") is None
    assert len(statements) <= 5


def test_money_goes_back_only_after_its_figures_were_seen(client: PolicingClient, studio: uuid.UUID) -> None:
    payment_id = paid(studio)
    form, others = (
        client.page(f"{P}/payments/{payment_id}/refund").select_one("main form[method=post]") for _ in range(2)
    )
    assert "€13.50" in form.text
    assert "€1.50" in form.text
    first = client.submit(form, amount="5,00", reason="Ill")
    assert first.status_code == 422
    assert refunds() == []
    again = soup_of(first).select_one("main form[method=post]")
    assert "Give back €5.00" in again.text
    assert "€4.50" in again.text
    assert client.submit(again, reason="").status_code == 422
    assert client.submit(again, reason="Ill").status_code == 303
    assert client.submit(again, reason="Ill").status_code == 303  # pressed twice
    assert refunds() == [(500, "asked", "Ill")]
    entry = client.page(f"{P}/audit?object={payment_id}").select_one(".audit")
    assert "sent money back" in entry.text
    assert "€5.00" in entry.text
    assert entry.select_one(f'a[href="{P}/payments/{payment_id}"]').text.strip() == "Ben Okafor"
    assert client.submit(others, reason="Me too").status_code == 409  # they saw the old figures
    assert refunds() == [(500, "asked", "Ill")]
    for wrong in ("", "0", "10.01", "1.005", "much"):
        partial = client.htmx(f"{P}/payments/{payment_id}/refund?amount={wrong}")
        assert "Give back" not in partial.text, wrong


def test_a_failed_refund_says_why_and_is_tried_again_once(client: PolicingClient, studio: uuid.UUID) -> None:
    payment_id = paid(studio)
    form = client.page(f"{P}/payments/{payment_id}/refund").select_one("main form[method=post]")
    client.submit(form, reason="Ill")
    fail(payment_id)
    assert names(client, "?status=failed_refund") == ["Ben Okafor"]
    page = client.page(f"{P}/payments/{payment_id}")
    assert "the card was reported lost or stolen" in page.text
    again = page.select_one("main form[action*=again]")
    assert [client.submit(again).status_code for _ in range(2)] == [303, 303]
    assert refunds() == [(1500, "failed", "Ill"), (1500, "asked", "Ill")]
    assert client.page(f"{P}/payments/{payment_id}").select_one("main form[action*=again]") is None
    assert names(client, "?status=failed_refund") == []
    assert client.get(f"{P}/payments/{payment_id}/refund").status_code == 409


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"status": "scheduled", "due_at": NOW + timedelta(days=1)}, "The card is charged"),
        ({"status": "declined", "due_at": NOW, "failure": "expired_card"}, "The card has expired"),
        ({"status": "unpaid", "failure": "do_not_honor"}, "The bank says “do not honor”"),
        ({"status": "dropped"}, "Not paid"),
    ],
    ids=str,
)
def test_what_did_not_come_in_says_why(
    client: PolicingClient, studio: uuid.UUID, values: dict[str, object], said: str
) -> None:
    payment_id = paid(studio, captured_minor=0, paid_at=None, **values)
    page = client.page(f"{P}/payments/{payment_id}")
    assert said in page.text
    assert page.select_one("a[href$=refund]") is None
    assert client.get(f"{P}/payments/{payment_id}/refund").status_code == 409


@ON_ONE_DATABASE
def test_what_is_to_be_decided_leads_to_where_it_is(client: PolicingClient, studio: uuid.UUID) -> None:
    payment_id = paid(studio)
    about = {"organization_id": studio, "payment_id": payment_id, "opened_at": NOW}
    cast.write(PaymentHold, kind="host_absent", words="Nobody was there", **about)
    cast.write(PaymentHold, kind="dispute", decided_at=NOW, outcome="won", **about)
    page = client.page(f"{P}/payments/{payment_id}")
    assert page.select_one("a[href$='view=review']") is not None
    assert "Nobody was there" in page.text
    assert "Decided: won" in page.text
    assert names(client, "?status=review") == ["Ben Okafor"]
    assert names(client, "?status=disputed") == []
