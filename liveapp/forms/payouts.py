"""What staff fill in about payouts, and the period that a statement is of."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField
from wtforms.validators import Regexp
from wtforms.widgets import HiddenInput

from liveapp.forms.fields import CardsField, ChoiceField, DayField, PriceField, TextField, WholeNumberField
from liveapp.forms.refusable import RefusableForm, given
from liveapp.rules.recurrence import WEEKDAYS

SCHEDULES = {"weekly": "Each week", "monthly": "Each month", "by_hand": "By hand"}
SCHEDULE_WORDS = {
    "weekly": "On the same weekday, to everybody who set up payouts.",
    "monthly": "On the 1st, to everybody who set up payouts.",
    "by_hand": "When you press “Pay now”, or pay by another way.",
}
MOST_MINOR = 10**12
SHARE = "share_"
EARNS = {
    "automatic": "Automatic",
    "business": "The business",
    "host": "Who leads the session",
    "shares": "Both, by shares",
}
EARNS_WORDS = {
    "automatic": "The business, where more than one person can lead sessions; else who leads them.",
    "business": "All that is paid by card is the business’s. What hosts get of it is between you and them.",
    "host": "All that is paid for a session is owed to its host, and paid out to them.",
    "shares": "The host’s share is paid out to them, the rest to the business.",
}


class BalanceForm(RefusableForm):
    """Which balance is to be paid: whose (a host's id, or "business"), and its currency."""

    to = HiddenField(default="")
    currency = HiddenField(default="", validators=[Regexp("^[A-Z]{3}$")])


class AmountForm(BalanceForm):
    """What is paid out of it: as much as the page showed (minor units)."""

    minor = WholeNumberField("Amount", low=1, high=MOST_MINOR, required="Open this page from the list of balances.",
                             widget=HiddenInput())  # fmt: skip


class ByHandForm(AmountForm):
    """What was paid by another way."""

    note = TextField("Note", longest=200)


class PayoutSettingsForm(FlaskForm):  # type: ignore[misc]
    """When payouts are made, and of what."""

    earns = CardsField("Who earns what is paid by card", choices=EARNS, default="automatic")
    host_share_percent = WholeNumberField(
        "The host’s share", low=0, high=100, unit="percent", required="Enter a percentage, like 50."
    )
    payout_schedule = CardsField("When", choices=SCHEDULES, default="weekly")
    payout_weekday = ChoiceField("Day of the week", choices={str(n): name for n, name in enumerate(WEEKDAYS)})
    payout_holding_days = WholeNumberField(
        "Holding time", low=0, high=365, unit="days", required="Enter days, like 3; 0 for none."
    )
    payout_minimum_minor = PriceField("Smallest payout")

    @classmethod
    def with_shares(cls, owners: Mapping[str, Sequence[Any]]) -> type[PayoutSettingsForm]:
        """The form with a field for the share of each host and offering (`owners`: rows of id, name, share_percent by
        what they are), named by their ids; empty: as the others."""
        fields = {
            f"{SHARE}{row.id.hex}": WholeNumberField(
                row.name, low=0, high=100, unit="percent", default=row.share_percent
            )
            for rows in owners.values()
            for row in rows
        }
        return type("SharesForm", (cls,), fields)

    @classmethod
    def of(cls, organization: Any) -> PayoutSettingsForm:
        """As it is saved."""
        form = cls(formdata=None, obj=organization)
        form.payout_weekday.data = str(organization.payout_weekday)
        form.payout_minimum_minor.currency = organization.currency
        form.payout_minimum_minor.data = organization.payout_minimum_minor or None
        return form

    def is_valid_in(self, currency: str) -> bool:
        """Whether everything can be read, amounts in that currency."""
        valid: bool = self.validate()
        self.payout_minimum_minor.read_in(currency)
        return valid and not self.payout_minimum_minor.errors

    @property
    def settings(self) -> dict[str, Any]:
        """The columns."""
        return {
            "earns": self.earns.data,
            "host_share_percent": given(self.host_share_percent.data),
            "payout_schedule": self.payout_schedule.data,
            "payout_weekday": int(self.payout_weekday.data),
            "payout_holding_days": given(self.payout_holding_days.data),
            "payout_minimum_minor": self.payout_minimum_minor.data or 0,
        }

    @property
    def shares(self) -> dict[uuid.UUID, int | None]:
        """The shares of hosts and offerings, by their ids; None: as the others."""
        return {uuid.UUID(field.name[len(SHARE) :]): field.data for field in self if field.name.startswith(SHARE)}


class StatementForm(FlaskForm):  # type: ignore[misc]
    """The period of a statement, both days included, and its currency; read from the address."""

    first = DayField("From", name="from")
    last = DayField("To", name="to")
    currency = ChoiceField("Currency")

    @classmethod
    def asked(cls, address: Any, *, month: tuple[date, date], currencies: Sequence[str]) -> StatementForm:
        """As the address asks; else this month, in the first of the currencies."""
        form = cls(address, meta={"csrf": False})
        form.currency.choices = {each: each for each in currencies}
        form.first.data = form.first.data or month[0]
        form.last.data = form.last.data or (month[1] if form.first.data <= month[1] else form.first.data)
        if not form.currency.data:
            form.currency.data = currencies[0]
        return form

    @property
    def period(self) -> tuple[date, date]:
        """The first and the last day."""
        return given(self.first.data), given(self.last.data)

    def validate(self, extra_validators: Any = None) -> bool:
        valid: bool = super().validate(extra_validators)
        if valid and self.period[1] < self.period[0]:
            self.last.errors = ["The last day is before the first. Choose a later one."]
            return False
        return valid
