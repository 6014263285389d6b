"""What staff fill in about plans, and about who holds them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, IntegerField
from wtforms.validators import Optional
from wtforms.widgets import HiddenInput

from liveapp.domain.plans.models import MOST_CREDITS, Plan
from liveapp.domain.plans.service import PlanDetails
from liveapp.domain.plans.subscriptions import Gift
from liveapp.forms.fields import (
    CardsField,
    ChoiceField,
    DayField,
    EmailField,
    IdChoiceField,
    IdsField,
    LongTextField,
    PriceField,
    TextField,
    WholeNumberField,
)
from liveapp.forms.refusable import KeyedForm, RefusableForm, given

GIVES = {
    "credits_once": "Credits, once",
    "credits_anew": "Credits, again and again",
    "days": "Unlimited for some days",
    "unlimited": "Unlimited until it ends",
}
GIVES_WORDS = {
    "credits_once": "A pack, like 10 classes within 90 days.",
    "credits_anew": "Like 8 classes each month. What isn't used lapses.",
    "days": "Like a trial of 14 days.",
    "unlimited": "Until you end it. Limits below still hold.",
}
PERIODS = {"week": "Each week", "month": "Each month", "year": "Each year"}
NEEDS = {
    "credits_once": {"class_credits", "valid_days"},
    "credits_anew": {"class_credits", "period"},
    "days": {"valid_days"},
    "unlimited": {"period"},
}
"""The fields that belong to what a plan gives; the others aren't read."""


class PlanForm(KeyedForm):
    """A plan: what it gives, what it allows, what it covers."""

    name = TextField("Name", required="Enter a name, like “10-class pack”.", longest=120)
    description = LongTextField("Description", longest=2000)
    gives = CardsField("What it gives", choices=GIVES, default="credits_once")
    class_credits = WholeNumberField("Credits", low=1, high=MOST_CREDITS)
    valid_days = WholeNumberField("Valid for", low=1, high=3660, unit="days")
    period = ChoiceField("It begins anew", choices=PERIODS, default="month")
    max_bookings_per_day = WholeNumberField("Bookings a day", low=1, high=100)
    max_bookings_per_week = WholeNumberField("Bookings a week", low=1, high=700)
    allow_overlapping_bookings = BooleanField("Bookings may overlap")
    price = PriceField("Price", is_charged=True)
    is_sold_online = BooleanField("Sold online")
    program_ids = IdsField("Programs")

    @classmethod
    def of(cls, plan: Plan, program_ids: list[uuid.UUID]) -> PlanForm:
        """As the plan is saved."""
        form = cls(obj=plan)
        limited = plan.class_credits is not None
        if plan.kind == "pack":
            form.gives.data = "credits_once" if limited else "days"
        else:
            form.gives.data = "credits_anew" if limited else "unlimited"
        form.period.data = plan.period or "month"
        form.price.data = plan.price_minor
        form.program_ids.data = program_ids
        return form

    def offer(self, *, currency: str, programs: Mapping[uuid.UUID, str]) -> None:
        """The programs to choose from, and the currency of the price."""
        self.price.currency = currency
        self.program_ids.choices = {str(key): name for key, name in programs.items()}

    @property
    def has_limits(self) -> bool:
        """Whether there is something to see in the folded part."""
        fields = (self.max_bookings_per_day, self.max_bookings_per_week, self.allow_overlapping_bookings)
        return any(each.data or each.errors for each in fields)

    def validate(self, extra_validators: Any = None) -> bool:
        needs = NEEDS.get(self.gives.data, set())
        for each in {"class_credits", "valid_days"} - needs:
            self[each].data, self[each].process_errors = None, []
        valid: bool = super().validate(extra_validators)
        self.price.read_in(self.price.currency)
        return self._has_what_it_needs(needs) and valid and not self.price.errors

    def _has_what_it_needs(self, needs: set[str]) -> bool:
        missing = {}
        if "class_credits" in needs and self.class_credits.data is None:
            missing[self.class_credits] = "Enter how many credits it gives, like 10."
        if self.gives.data == "days" and self.valid_days.data is None:
            missing[self.valid_days] = "Enter for how many days it is valid, like 14."
        for each, sentence in missing.items():
            each.errors = each.errors or [sentence]
        return not missing

    @property
    def details(self) -> PlanDetails:
        is_pack = self.gives.data in ("credits_once", "days")
        return PlanDetails(
            name=self.name.data,
            description=self.description.data,
            kind="pack" if is_pack else "period",
            class_credits=self.class_credits.data,
            valid_days=self.valid_days.data,
            period=None if is_pack else self.period.data,
            max_bookings_per_day=self.max_bookings_per_day.data,
            max_bookings_per_week=self.max_bookings_per_week.data,
            allow_overlapping_bookings=self.allow_overlapping_bookings.data,
            price_minor=self.price.data,
            is_sold_online=self.is_sold_online.data,
            program_ids=frozenset(self.program_ids.data),
        )


class GiveForm(KeyedForm):
    """A plan for somebody who belongs to the organization."""

    named_by = "plan_id"
    plan_id = IdChoiceField("Plan", required="Choose a plan.")
    first_day = DayField("First day", required="Choose the first day.")
    last_day = DayField("Last day")
    is_paid = BooleanField("Paid at the desk")

    @classmethod
    def offering(cls, plans: Mapping[uuid.UUID, str], *, today: date, plan_id: uuid.UUID | None = None) -> GiveForm:
        """With the plans to choose from; from today on, unless another day is said."""
        form = cls(first_day=today, plan_id=plan_id)
        form.plan_id.choices = {"": "Choose a plan"} | {str(key): name for key, name in plans.items()}
        return form

    @property
    def gift(self) -> Gift:
        return Gift(given(self.plan_id.data), given(self.first_day.data), self.last_day.data)


class GiveToForm(GiveForm):
    """A plan for anybody, by name and address."""

    name = TextField("Name", required="Enter the person's name.", longest=120)
    email = EmailField(required="Enter the person's e-mail address.")


class BuyForm(FlaskForm):  # type: ignore[misc]
    """A plan that somebody buys; `seen`: how often they had when the page was shown, so that each intent buys once.
    `shown`: the plan as the page showed it, signed."""

    seen = IntegerField(widget=HiddenInput(), validators=[Optional()])
    shown = HiddenField()


class EndForm(RefusableForm):
    """A plan that ends now."""

    reason = TextField("Why", longest=300)


class PauseForm(RefusableForm):
    """A plan that rests."""

    resumes_on = DayField("Resumes on")


class CreditsForm(KeyedForm):
    """Credits added or taken by hand."""

    lot_id = IdChoiceField("Which credits", required="Choose which credits.")
    delta = WholeNumberField(
        "Credits to add or take", low=-MOST_CREDITS, high=MOST_CREDITS, required="Enter a number, like 2 or -1."
    )
    reason = TextField("Why", required="Say why, so that others can follow it.", longest=300)

    @classmethod
    def offering(cls, lots: Mapping[uuid.UUID, str]) -> CreditsForm:
        """With the credits to choose from; those that lapse first are chosen."""
        form = cls(lot_id=next(iter(lots), None))
        form.lot_id.choices = {str(key): words for key, words in lots.items()}
        return form
