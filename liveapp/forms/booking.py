"""What a guest fills in to book, to cancel, and to answer."""

from __future__ import annotations

import uuid
from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField

from liveapp.domain.bookings.paying import Choice
from liveapp.forms.fields import EmailField, KeyField, LongTextField, TextField
from liveapp.rules.eligibility import Eligibility

WITHOUT_PLAN = "without-plan"


class PayField(RadioField):  # type: ignore[misc]
    """With which plan somebody pays, or without one. What can be chosen is decided when it is booked, not here."""

    data: str | None

    def __init__(self, label: str, **rest: Any) -> None:
        super().__init__(label, choices=[], validate_choice=False, **rest)

    def offer(self, answer: Eligibility) -> None:
        """Shows the ways there are, the first one chosen; with one way there is nothing to choose."""
        self.plans = {str(plan.key): plan for plan in answer.plans}
        self.choices = [(key, plan.name) for key, plan in self.plans.items()]
        if answer.drop_in_minor is not None:
            self.choices.append((WITHOUT_PLAN, "Without a plan"))
        if not self.data and self.choices:
            self.data = self.choices[0][0]

    @property
    def choice(self) -> Choice:
        """The choice; one that can't be read is no choice."""
        if self.data == WITHOUT_PLAN:
            return Choice(without_plan=True)
        try:
            return Choice(subscription_id=uuid.UUID(self.data or ""))
        except ValueError:
            return Choice()


class BookingForm(FlaskForm):  # type: ignore[misc]
    """Name, address, and what the host should know. `shown` says which price and terms stood beside it."""

    name = TextField("Your name", required="Enter your name, so that the host knows who is coming.", longest=100)
    email = EmailField("E-mail", required="Enter your e-mail address: the confirmation goes there.")
    suggested_topic = TextField("What would you like to work on?", longest=200)
    message = LongTextField("Anything the host should know", longest=2000)
    pay_with = PayField("How you pay")
    key = KeyField()
    shown = HiddenField()

    @classmethod
    def fresh(cls, known: Any) -> BookingForm:
        """An empty form; a signed-in person (with name and email) finds theirs filled in."""
        return cls(formdata=None, data={"name": known.name, "email": known.email} if known else None)

    def key_for(self, thing: uuid.UUID) -> str:
        """The idempotency key: this form, sent for this thing by this address."""
        return f"book:{thing.hex}:{self.email.data}:{self.key.data}"


class ReasonForm(FlaskForm):  # type: ignore[misc]
    """Why a booking is cancelled, if the person likes to say."""

    reason = TextField("Reason", longest=300)


class TakeForm(FlaskForm):  # type: ignore[misc]
    """Taking a place that is held, or free for anybody: how it is paid."""

    pay_with = PayField("How you pay")


class PlainForm(FlaskForm):  # type: ignore[misc]
    """A button: nothing but the token against forged requests, and its key."""

    key = KeyField()
