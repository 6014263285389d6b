"""The pages of payouts and earnings: what owners pay, what hosts read, and what nobody may."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from liveapp.blueprints import earnings
from liveapp.db import db
from liveapp.domain.accounts import attempts
from liveapp.domain.accounts.models import Membership, Organization
from liveapp.domain.audit.models import AuditEntry
from liveapp.domain.bookings.models import Booking
from liveapp.domain.notifications.models import Notification
from liveapp.domain.payouts import queries
from liveapp.domain.payouts.models import Payout
from liveapp.tasks import emails
from liveapp.unit_of_work import transact
from liveapp.web.navigation import P
from tests import cast
from tests.cast import NOW
from tests.conftest import Clock
from tests.domain.earnings import Studio
from tests.policing import PolicingClient

BACK = f"{P}/payouts"
NOBODY = "00000000-0000-4000-8000-000000000000"
AGO = NOW - timedelta(days=9)


@pytest.fixture
def studio(app: Flask, client: PolicingClient, clock: Clock) -> Studio:
    """Olga owns it, Ada coaches; the browser is Olga's. It is Tuesday 3 March 2026."""
    studio = Studio.open()
    cast.sign_in(client, studio.owner.user_id, studio.organization_id)  # type: ignore[arg-type]
    return studio


def as_ada(client: PolicingClient, studio: Studio) -> None:
    assert studio.ada.host_id
    cast.sign_in(client, studio.ada.host_id, studio.organization_id)


def by_hand(studio: Studio, currency: str = "EUR") -> str:
    return f"{P}/payouts/by-hand?to={studio.ada.host_id}&currency={currency}"


def rename_guests(name: str) -> None:
    db.session.execute(update(Booking).values(name=name))


def test_before_anybody_earned_the_pages_say_what_will_be_there(client: PolicingClient, studio: Studio) -> None:
    page = client.page(BACK).text
    assert "Nobody is owed anything" in page
    assert "No payouts yet" in page
    assert "The next payouts are made on Monday 9 March 2026, 3 days after the session" in page
    assert "Nothing moved in these days" in client.page(f"{P}/earnings").text


def test_an_owner_marks_a_balance_as_paid_and_the_host_is_told(
    app: Flask, client: PolicingClient, studio: Studio
) -> None:
    studio.earn(10000, AGO)
    balance = client.page(BACK).select_one(f"#balance-{studio.ada.host_id}-EUR")
    assert balance is not None
    assert "€90.00" in balance.text
    (form,) = client.page(by_hand(studio)).select("main form[method=post]")
    assert "€90.00 to Ada Lovelace" in form.text
    assert client.submit(form, note="Transfer 12").location == BACK
    page = client.page(BACK).text
    assert "€90.00 to Ada Lovelace is marked as paid" in page
    assert "Nobody is owed anything" in page
    assert "Transfer 12" in page
    mail = emails.compose(cast.one(select(Notification))[0])
    assert mail["To"] == "ada@example.com"
    assert mail["Subject"] == "You were paid: €90.00"
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "Note: Transfer 12" in text
    assert "http://localhost/business/apps/live-sessions/earnings" in text


def test_paying_now_asks_with_the_sum_and_again_when_it_has_changed(client: PolicingClient, studio: Studio) -> None:
    studio.earn(10000, AGO)
    studio.set_up(studio.ada)
    asked = f"{P}/payouts/pay?to={studio.ada.host_id}&currency=EUR"
    (form,) = client.page(asked).select("main form[method=post]")
    assert "€90.00 goes to the account of Ada Lovelace" in " ".join(form.text.split())
    studio.earn(5000, AGO)
    assert client.submit(form).location == BACK
    assert "The balance has changed since you looked" in client.page(BACK).text
    assert cast.one(select(func.count()).select_from(Payout))[0] == 0
    client.submit(client.page(asked).select_one("main form[method=post]"))
    assert cast.one(select(Payout.amount_minor))[0] == 13500


def test_an_owner_takes_back_a_payout_that_waits(client: PolicingClient, studio: Studio) -> None:
    studio.earn(10000, AGO)
    studio.set_up(studio.ada)
    studio.pay(studio.ada, NOW)
    (form,) = client.page(BACK).select("main form[method=post]")
    assert form.text.strip() == "Take it back"
    assert client.submit(form).location == BACK
    page = client.page(BACK)
    assert "It was taken back before it was sent." in page.text
    assert page.select_one(f"#balance-{studio.ada.host_id}-EUR") is not None


def test_older_payouts_stand_on_the_next_page(client: PolicingClient, studio: Studio) -> None:
    """Though all of them were made at one moment."""
    studio.earn(10000, AGO)
    for _ in range(queries.PAGE + 1):
        studio.pay_by_hand(100)
    first = client.page(BACK)
    assert len(first.select("[id^=payout-]")) == queries.PAGE
    older = client.page(str(first.select_one("a[rel=next]")["href"]))  # type: ignore[index]
    assert len(older.select("[id^=payout-]")) == 1


def test_what_changed_since_the_page_was_shown_is_not_paid(client: PolicingClient, studio: Studio) -> None:
    studio.earn(10000, AGO)
    (form,) = client.page(by_hand(studio)).select("main form[method=post]")
    studio.give_back(5000)
    answer = client.submit(form)
    assert answer.status_code == 422
    assert "The balance has changed meanwhile" in answer.text
    assert db.session.execute(select(Payout)).all() == []


def test_a_host_sees_their_own_money_and_nobody_elses(client: PolicingClient, studio: Studio) -> None:
    studio.earn(10000, AGO)
    as_ada(client, studio)
    assert "€90.00" in client.page(f"{P}/earnings").text
    for path in (BACK, f"{P}/earnings?of=business", f"{P}/earnings?of={studio.owner.user_id}", by_hand(studio)):
        assert client.get(path).status_code == 403
    for stranger in (cast.user("Cy Other"), "nobody"):
        assert client.get(f"{P}/earnings?of={stranger}").status_code == 404
        assert client.get(f"{P}/earnings/statement.csv?of={stranger}").status_code == 404


def test_an_owner_does_not_set_up_anothers_account(client: PolicingClient, studio: Studio) -> None:
    assert client.post(f"{P}/earnings/set-up", data={"of": str(studio.ada.host_id)}).status_code == 403
    answer = client.post(f"{P}/earnings/set-up", data={"of": "business"})
    assert answer.status_code == 409
    assert "Payouts through Stripe are off here" in answer.text


@pytest.mark.parametrize(
    ("currency", "minor", "shown", "plain"),
    [
        ("JPY", 1005, "¥904", "904"),
        ("KWD", 12345, "KWD11.110", "11.110"),
        ("TTD", 9999, "TTD89.99", "89.99"),
        ("USD", 10000, "$90.00", "90.00"),
    ],
)
def test_a_statement_is_exact_on_the_page_and_in_its_file(
    client: PolicingClient, studio: Studio, currency: str, minor: int, shown: str, plain: str
) -> None:
    studio.earn(minor, AGO, currency)
    studio.earn(minor, AGO + timedelta(hours=2), currency, at=NOW - timedelta(days=9))
    transact(rename_guests, "=HYPERLINK(1)")
    address = f"of={studio.ada.host_id}&currency={currency}&from=2026-03-01&to=2026-03-31"
    page = client.page(f"{P}/earnings?{address}")
    cells = [[cell.text.strip() for cell in line.select("td")] for line in page.select("tbody tr")]
    assert cells[0][-1] == shown
    answer = client.get(f"{P}/earnings/statement.csv?{address}")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="statement-studio-2026-03-01')
    head, opening, line, closing = csv.reader(io.StringIO(answer.text))
    assert (opening[6], line[5], line[2], line[7]) == (plain, plain, "'=HYPERLINK(1)", currency)
    assert Decimal(line[3]) + Decimal(line[4]) == Decimal(line[5])
    assert Decimal(opening[6]) + Decimal(line[5]) == Decimal(closing[6])
    assert head[0] == "Date"


def test_a_period_that_ends_before_it_begins_is_said_beside_its_field(client: PolicingClient, studio: Studio) -> None:
    answer = client.get(f"{P}/earnings?from=2026-03-31&to=2026-03-01")
    assert answer.status_code == 422
    assert "The last day is before the first" in answer.text
    assert client.get(f"{P}/earnings/statement.csv?from=x").status_code == 303


def test_an_owner_says_when_payouts_are_made(client: PolicingClient, studio: Studio) -> None:
    (form,) = client.page(f"{P}/payouts/settings").select("main form[method=post]")
    assert "Enter an amount in EUR" in client.submit(form, payout_minimum_minor="20.001").text
    typed = {"payout_schedule": "monthly", "payout_holding_days": "7", "payout_minimum_minor": "20"}
    assert client.submit(form, **typed).location == BACK
    said = "on Wednesday 1 April 2026, 7 days after the session at the earliest, from €20.00 on."
    assert said in client.page(BACK).text


def sensitive(studio: Studio) -> dict[str, tuple[str, dict[str, str]]]:
    """Verbs that decide about money or rights: where they are posted to, and with what."""
    dora = cast.staff(studio.organization_id, "Dora Post", "coach")
    query = select(Membership.id).where(Membership.user_id == dora)
    return {
        "payout account": (f"{P}/earnings/set-up", {"of": "business"}),
        "role": (f"{P}/members/{db.session.execute(query).scalar_one()}", {"role": "admin"}),
        "invitation": (f"{P}/members/invitations", {"email": "nora@example.com", "role": "admin"}),
    }


@pytest.mark.parametrize("name", ["payout account", "role", "invitation"])
def test_who_signed_in_long_ago_does_it_again_before_money_or_rights_change(
    app: Flask, client: PolicingClient, studio: Studio, clock: Clock, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(earnings, "is_on", lambda: True)
    monkeypatch.setattr(earnings.payouts, "begin_set_up", lambda *_args, **_values: "https://stripe.example.com/")
    address, values = sensitive(studio)[name]
    entries = len(db.session.execute(select(AuditEntry.number)).all())
    clock.advance(minutes=16)
    asked = client.post(address, data=values)
    assert asked.status_code == 303
    assert asked.location.startswith("/sign-in?again=1&next=")
    assert len(db.session.execute(select(AuditEntry.number)).all()) == entries
    form = client.page(asked.location)
    assert form.select_one("input[name=email]")["value"] == "olga@example.com"  # type: ignore[index]
    cast.sign_in(client, studio.owner.user_id, studio.organization_id)  # type: ignore[arg-type]
    assert client.get(asked.location).location.startswith(P)
    done = client.post(address, data=values)
    assert (done.status_code, "sign-in" in done.location) == (303, False)


def test_the_owner_says_who_earns_with_shares_and_reads_what_the_platform_keeps(
    client: PolicingClient, studio: Studio
) -> None:
    page = client.page(f"{BACK}/settings")
    assert "The platform keeps 10 % of each payment by card." in page.text
    host = db.session.execute(select(Membership.id).where(Membership.user_id == studio.ada.host_id)).scalar_one()
    form = page.select_one("main form")
    values = {"earns": "shares", "host_share_percent": "60", f"share_{host.hex}": "70",
              f"share_{studio.offering_id.hex}": ""}  # fmt: skip
    assert client.submit(form, **values).status_code == 303
    db.session.rollback()
    organization = db.session.get_one(Organization, studio.organization_id)
    assert (organization.earns, organization.host_share_percent) == ("shares", 60)
    assert db.session.get_one(Membership, host).share_percent == 70
    wrong = client.submit(form, **values | {f"share_{host.hex}": "101"})
    assert wrong.status_code == 422


@pytest.mark.parametrize(
    ("who", "address", "kind"),
    [
        ("coach", f"{P}/payouts", "money"),
        ("coach", f"{P}/payouts/settings", "money"),
        ("coach", f"{P}/members/{{olga}}", "roles"),
        ("stranger", f"{P}/members/{{olga}}", "other_organization"),
        ("stranger", f"{P}/members/{NOBODY}", ""),
        ("coach", f"{P}/audit", ""),
        ("owner", f"{P}/payouts", ""),
        ("nobody", f"{P}/payouts", ""),
    ],
)
def test_refused_attempts_on_roles_money_and_other_organizations_are_there_for_owners_to_read(
    client: PolicingClient, studio: Studio, clock: Clock, who: str, address: str, kind: str
) -> None:
    elsewhere = cast.organization("elsewhere")
    people = {"coach": studio.ada.host_id, "owner": studio.owner.user_id, "stranger": cast.staff(elsewhere, "Cy Young")}
    olga = db.session.execute(select(Membership.id).where(Membership.user_id == studio.owner.user_id)).scalar_one()
    if who == "nobody":
        client.post("/sign-out")
    else:
        cast.sign_in(client, people[who])  # type: ignore[arg-type]
    for _ in range(2):
        client.get(address.format(olga=olga)).close()
    db.session.rollback()
    kept = attempts.latest(organization_id=studio.organization_id)
    assert [(row.kind, row.number) for row in kept] == ([(kind, 2)] if kind else [])
    assert attempts.latest(organization_id=elsewhere) == []
    cast.sign_in(client, studio.owner.user_id, studio.organization_id)  # type: ignore[arg-type]
    page = client.page(f"{P}/audit/refused")
    assert ("2 times that day" in page.get_text(" ")) is bool(kind)
    as_ada(client, studio)
    assert client.get(f"{P}/audit/refused").status_code == 403


@pytest.mark.parametrize("page", ["settings", "offerings/{offering}", "payouts/settings"])
def test_what_the_platform_keeps_is_said_wherever_cards_are_decided_about(
    client: PolicingClient, studio: Studio, page: str
) -> None:
    words = client.page(f"{P}/{page.format(offering=studio.offering_id)}").get_text(" ")
    assert "The platform keeps 10 % of each payment by card." in words
