"""What something costs: nothing, a price in its currency, or only with a plan."""

from __future__ import annotations

from typing import Any

from liveapp.forms.fields import CardsField, PriceField
from liveapp.forms.refusable import RefusableForm

COSTS = {"free": "Nothing", "price": "A price", "plan": "Only with a plan"}
COST_WORDS = {
    "free": "Everybody can book it.",
    "price": "A plan that covers it pays; who has none pays the price.",
    "plan": "Who has no plan that covers it can't book it.",
}


def costs_of(priced: Any) -> str:
    """What is chosen for an offering or a session as it is (price_minor, plan_only)."""
    return "plan" if priced.plan_only else "price" if priced.price_minor else "free"


class PricedForm(RefusableForm):
    """A form that says what something costs; its price is read in `price.currency`."""

    costs = CardsField("What it costs", choices=COSTS, default="free")
    price = PriceField("Price", is_charged=True)

    def validate(self, extra_validators: Any = None) -> bool:
        valid: bool = super().validate(extra_validators)
        if self.costs.data != "price":
            return valid
        self.price.read_in(self.price.currency)
        if not self.price.data and not self.price.errors:
            self.price.errors = ["Enter what it costs, or choose that it costs nothing."]
        return valid and not self.price.errors

    @property
    def price_minor(self) -> int | None:
        """In minor units of `price.currency`; None where nothing or a plan is asked for."""
        return self.price.data if self.costs.data == "price" else None

    @property
    def plan_only(self) -> bool:
        return bool(self.costs.data == "plan")
