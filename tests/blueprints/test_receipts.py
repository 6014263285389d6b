"""What people paid, over all organizations, and receipts: for who paid, and for who has the booking's link."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from liveapp.domain.payments.models import Payment, Refund
from liveapp.rules import receipts
from liveapp.web.signing import sign_booking
from tests import cast
from tests.cast import NOW
from tests.conftest import Clock
from tests.policing import PolicingClient


@pytest.fixture
def ben(app: Flask, client: PolicingClient, clock: Clock) -> uuid.UUID:
    """Ben is at the browser."""
    ben_id = cast.user("Ben Okafor")
    cast.sign_in(client, ben_id)
    return ben_id


def for_a_class(payer: uuid.UUID, slug: str = "studio", **values: object) -> tuple[uuid.UUID, uuid.UUID]:
    """A booking and its payment of 15.00."""
    organization_id = cast.organization(slug)
    host = cast.user(f"Host {slug}", f"host@{slug}.example.com")
    cast.membership(organization_id, host)
    session_id = cast.session(organization_id, host, cast.offering(organization_id))
    booking_id = cast.booking(session_id, payer, name="Ben O.")
    given = {"purpose": "booking", "booking_id": booking_id} | values
    return booking_id, cast.payment(organization_id, payer, None, **given)


def gave_back(payment_id: uuid.UUID, organization_id: uuid.UUID, minor: int, status: str) -> None:
    times = {"done": {"done_at": NOW}, "failed": {"failed_at": NOW}}.get(status, {})
    made = NOW - timedelta(minutes=minor)  # the larger, the earlier
    owns = {"organization_id": organization_id, "payment_id": payment_id, "created_at": made}
    cast.write(Refund, amount_minor=minor, kind="staff", status=status, **owns, **times)


def test_what_was_paid_everywhere_the_latest_first(client: PolicingClient, ben: uuid.UUID) -> None:
    for_a_class(ben)
    for_a_class(ben, "school", created_at=NOW + timedelta(days=1), claimed_minor=500)
    for_a_class(cast.user("Cy Other"), "others")
    rows = client.page("/my/payments").select("li.row")
    assert [("School" in row.text, "€5.00 back" in row.text) for row in rows] == [(True, True), (False, False)]


def test_a_receipt_says_who_what_when_and_what_is_left(client: PolicingClient, ben: uuid.UUID) -> None:
    _, payment_id = for_a_class(ben, claimed_minor=700)
    organization_id = cast.one(select(Payment.organization_id).where(Payment.id == payment_id))[0]
    for minor, status in ((500, "done"), (200, "pending"), (300, "failed")):
        gave_back(payment_id, organization_id, minor, status)
    page = client.page(f"/my/payments/{payment_id}")
    receipt = page.select_one(".receipt")
    assert receipts.number(payment_id) in page.text
    for said in ("Studio", "hello@studio.example.com", "Ben O.", "ben@example.com", "Yoga", "2 Mar 2026"):
        assert said in receipt.text, said
    amounts = [cell.text.strip() for cell in receipt.select("td.number")]
    assert amounts == ["€15.00", "-€5.00", "-€2.00", "€8.00"]
    assert "€1.50" not in page.text  # the fee is nobody's business but the host's


def test_a_receipt_is_for_who_paid_and_for_who_has_the_link(client: PolicingClient, ben: uuid.UUID) -> None:
    booking_id, payment_id = for_a_class(cast.user("Cy Other"))
    _, another = for_a_class(ben, "school")
    link = f"/bookings/{sign_booking(booking_id)}"
    assert client.get(f"/my/payments/{payment_id}").status_code == 404
    assert receipts.number(payment_id) in client.page(f"{link}/receipt").text
    assert client.get(f"{link}/receipt?payment={another}").status_code == 404
    assert client.page(link).select_one(f'a[href="{link}/receipt"]') is not None


def test_nothing_paid_has_no_receipt(client: PolicingClient, ben: uuid.UUID) -> None:
    booking_id, payment_id = for_a_class(ben, status="unpaid", captured_minor=0, paid_at=None)
    assert client.get(f"/my/payments/{payment_id}").status_code == 404
    assert client.get(f"/bookings/{sign_booking(booking_id)}/receipt").status_code == 404
