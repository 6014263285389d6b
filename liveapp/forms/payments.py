"""What staff look for among payments, and what they give back."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField

from liveapp.forms.audit import IdField
from liveapp.forms.fields import ChoiceField, DayField, PriceField, TextField
from liveapp.forms.refusable import KeyedForm

STANDINGS = {
    "": "Any",
    "paid": "Paid",
    "refunded": "Refunded, all or part",
    "due": "To be charged",
    "open": "Being paid",
    "declined": "Declined",
    "unpaid": "Unpaid",
    "review": "On hold",
    "disputed": "Disputed",
    "failed_refund": "Refund failed",
    "dropped": "Not paid in the end",
}


class PaymentsForm(FlaskForm):  # type: ignore[misc]
    """Which payments; read from the address."""

    status = ChoiceField("Status", default="", choices=STANDINGS)
    q = TextField("Person", longest=100)
    first = DayField("From", name="from")
    last = DayField("To", name="to")
    booking = IdField()

    @classmethod
    def asked(cls, address: Any) -> PaymentsForm:
        """As the address asks."""
        return cls(address, meta={"csrf": False})

    def validate(self, extra_validators: Any = None) -> bool:
        valid: bool = super().validate(extra_validators)
        if valid and self.first.data and self.last.data and self.last.data < self.first.data:
            self.last.errors = ["The last day is before the first. Choose a later one."]
            return False
        return valid

    @property
    def is_filtered(self) -> bool:
        """Whether one of the filters in sight is used, rightly or not."""
        return any(field.data or field.errors for field in (self.status, self.q, self.first, self.last))


class CountField(HiddenField):  # type: ignore[misc]
    """Minor units that a page was made with; what isn't a number is none of ours."""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0] if valuelist else ""
        self.data = int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else -1


class RefundForm(KeyedForm):
    """How much goes back and why. `shown` is the amount that the figures on the page are for, `left` what was left."""

    amount = PriceField("Amount")
    reason = TextField("Reason", required="Say why, so that others can follow it.", longest=300)
    shown = CountField(default=-1)
    left = CountField(default=-1)

    def reads(self, currency: str) -> bool:
        """Whether an amount of that currency was typed; what is wrong stands next to it."""
        self.amount.read_in(currency)
        if self.amount.data is None and not self.amount.errors:
            self.amount.errors = ["Enter how much goes back."]
        self.amount.errors = [words.replace(", or leave it empty", "") for words in self.amount.errors]
        return not self.amount.errors
