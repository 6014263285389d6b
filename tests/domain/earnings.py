"""A studio whose hosts earn money, written to the book without the provider."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update

from liveapp.db import db
from liveapp.domain.accounts.models import Organization
from liveapp.domain.actor import Actor
from liveapp.domain.payments import book
from liveapp.domain.payments.models import Payment
from liveapp.domain.payouts import accounts, balances, making
from liveapp.domain.payouts.balances import Balance
from liveapp.domain.payouts.earners import Earner
from liveapp.rules import ledger
from liveapp.rules.ledger import Transfer
from liveapp.rules.money import shares, shares_back
from liveapp.rules.roles import Role
from liveapp.unit_of_work import transact, transact_in_turn
from tests import cast
from tests.cast import NOW

FEE = 1000


@dataclass
class Studio:
    """A studio in Berlin where Ada teaches and Ben pays, and the money that he paid."""

    organization_id: uuid.UUID
    owner: Actor
    ada: Earner
    ben_id: uuid.UUID
    offering_id: uuid.UUID

    @classmethod
    def open(cls) -> Studio:
        organization_id = cast.organization()
        owner = cast.actor(organization_id, "Olga Owner", Role.OWNER)
        ada = cast.staff(organization_id, "Ada Lovelace", "coach")
        return cls(organization_id, owner, Earner(organization_id, ada), cast.user("Ben Okafor"),
                   cast.offering(organization_id))  # fmt: skip

    @property
    def business(self) -> Earner:
        return Earner(self.organization_id, None)

    def earn(self, minor: int, ends_at: datetime, currency: str = "EUR", at: datetime = NOW) -> uuid.UUID:
        """Ben pays for Ada's session that ends then. Returns the payment's id."""
        start = ends_at - timedelta(hours=1)
        room = cast.user("Somebody", f"{uuid.uuid4().hex}@example.com")
        cast.membership(self.organization_id, room, "coach")  # whose time is free
        session_id = cast.session(self.organization_id, room, self.offering_id, start, title="Morning flow")
        booking_id = cast.booking(session_id, self.ben_id, price_minor=minor)
        about = {"purpose": "booking", "booking_id": booking_id, "earner_id": self.ada.host_id}
        return self._paid(minor, currency, at, self.ada, about)

    def sell_plan(self, minor: int, at: datetime = NOW) -> uuid.UUID:
        plan_id = cast.plan(self.organization_id)
        return self._paid(minor, "EUR", at, self.business, {"purpose": "plan", "plan_id": plan_id})

    def _paid(self, minor: int, currency: str, at: datetime, earner: Earner, about: dict[str, object]) -> uuid.UUID:
        payment_id = cast.write(
            Payment, organization_id=self.organization_id, user_id=self.ben_id, method="card", status="paid",
            amount_minor=minor, captured_minor=minor, currency=currency, fee_hundredths=FEE,
            created_at=at, paid_at=at, **about,
        )  # fmt: skip
        self.post(ledger.charged(self.payer, earner.account, shares(minor, FEE), ledger.CARD), payment_id, at, currency)
        return payment_id

    @property
    def payer(self) -> ledger.Account:
        return ledger.person(self.ben_id.hex)

    def post(self, transfers: list[Transfer], source_id: uuid.UUID, at: datetime = NOW, currency: str = "EUR") -> None:
        transact(
            book.post, transfers, organization_id=self.organization_id, currency=currency, source_id=source_id, now=at
        )

    def give_back(self, minor: int, before: int = 0, at: datetime = NOW) -> None:
        """So much of something that Ben paid Ada for goes back."""
        parts = shares_back(minor, before, FEE)
        self.post(ledger.given_back(self.payer, self.ada.account, parts, ledger.CARD), uuid.uuid4(), at)

    def settings(self, **values: object) -> None:
        transact(_set, values)

    def set_up(self, earner: Earner) -> None:
        """The earner has an account that can be paid to."""
        row = transact(accounts.begin, earner=earner, actor=self.owner, now=NOW)
        name = f"acct_{row.id.hex}"
        transact(accounts.note_made, key=row.id, account_id=name, now=NOW)
        transact(accounts.note_state, account_id=name, is_ready=True, missing=(), now=NOW)

    def pay(self, earner: Earner, now: datetime, currency: str = "EUR") -> uuid.UUID:
        return transact_in_turn(earner.turn, making.make, earner=earner, currency=currency, now=now, actor=self.owner)

    def pay_by_hand(self, minor: int) -> uuid.UUID:
        """The owner says that they paid Ada so much."""
        return transact_in_turn(
            self.ada.turn, making.pay_by_hand, earner=self.ada, currency="EUR", minor=minor, actor=self.owner,
            note=" Bank transfer 12 ", now=NOW,
        )  # fmt: skip

    def balance(self, earner: Earner, now: datetime = NOW) -> Balance:
        """The earner's only balance."""
        (found,) = self.balances(earner, now)
        return found

    def balances(self, earner: Earner, now: datetime = NOW) -> list[Balance]:
        db.session.rollback()
        return balances.of_earner(earner=earner, now=now)

    def owed(self, earner: Earner) -> int:
        return sum(each.owed for each in self.balances(earner))


def _set(values: dict[str, object]) -> None:
    db.session.execute(update(Organization).values(**values))
