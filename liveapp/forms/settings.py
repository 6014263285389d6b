"""What an owner fills in about the organization and its policies."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField

from liveapp.forms.accounts import currency_choices
from liveapp.forms.fields import (
    CardsField,
    ChoiceField,
    DecimalNumberField,
    EmailField,
    LongTextField,
    PriceField,
    TextField,
    TimezoneField,
    WholeNumberField,
    both_or_neither,
)
from liveapp.forms.refusable import given
from liveapp.rules.languages import COMPLETE, complete
from liveapp.rules.recurrence import WEEKDAYS

TONES = {
    "#2f6b4f": "Pine",
    "#2b6cb0": "Sky",
    "#5b5bd6": "Iris",
    "#8e4585": "Plum",
    "#c2415d": "Rose",
    "#b4690e": "Amber",
    "#6b7f2a": "Moss",
    "#56616f": "Slate",
}


FEES = ("late_cancel_fee_minor", "late_cancel_fee_percent", "no_show_fee_minor", "no_show_fee_percent")
PAYING = {"none": "Not here", "desk": "At the desk"}
BY_CARD = {"stripe": "By card"}
"""A way that is there where the deployment has keys for it."""
PAYING_WORDS = {
    "stripe": "Plans and prices hold, and a price is paid by card, before the place is theirs or after the session.",
    "none": "Nobody is asked: everything can be booked without a plan, and prices are said to be paid directly to you.",
    "desk": "Plans and prices hold, and you take the money yourselves: at the desk, or directly for what is online.",
}


class OrganizationSettingsForm(FlaskForm):  # type: ignore[misc]
    """Who the business is, and the policies that new bookings are made under."""

    name = TextField("Name", required="Enter the name that your clients know.")
    description = LongTextField("About you", longest=2000)
    contact_email = EmailField("Contact e-mail", required="Enter the address that people can write to.")
    colour = ChoiceField("Colour", choices={"": "None"} | TONES)
    timezone = TimezoneField()
    currency = ChoiceField("Currency of new prices", choices=currency_choices(), required="Choose a currency.")
    locale = ChoiceField("Language", choices=COMPLETE, required="Choose a language.")
    week_start = ChoiceField("Weeks begin on", choices={str(n): name for n, name in enumerate(WEEKDAYS)})
    latitude = DecimalNumberField("Latitude", low=-90, high=90)
    longitude = DecimalNumberField("Longitude", low=-180, high=180)
    cancellation_window_hours = WholeNumberField(
        "Free cancellation until", low=0, high=8760, unit="hours", required="Enter hours, like 24; 0 for the start."
    )
    allow_late_cancellation = BooleanField("Late cancellation")
    booking_cutoff_minutes = WholeNumberField(
        "Booking closes", low=0, high=525600, unit="minutes", required="Enter minutes, like 60; 0 for the start."
    )
    payment_provider = CardsField("How people pay", choices=PAYING, default="none")
    free_cancellation_hours = WholeNumberField(
        "All of it comes back until", low=0, high=8760, unit="hours", required="Enter hours, like 24; 0 for the start."
    )
    partial_refund_hours = WholeNumberField(
        "A part comes back until", low=0, high=8760, unit="hours", required="Enter hours, like 12; 0 for the start."
    )
    partial_refund_percent = WholeNumberField(
        "That part", low=0, high=100, unit="percent", required="Enter a percentage, like 50."
    )
    no_show_wait_percent = WholeNumberField(
        "The host waits", low=0, high=100, unit="percent", required="Enter a percentage, like 33."
    )
    min_payable_percent = WholeNumberField(
        "Paid in full after", low=0, high=100, unit="percent", required="Enter a percentage, like 66."
    )
    no_show_percent = WholeNumberField(
        "A no-show pays", low=0, high=100, unit="percent", required="Enter a percentage, like 50."
    )
    no_show_refund_percent = WholeNumberField(
        "A no-show gets back", low=0, high=100, unit="percent", required="Enter a percentage; 0 for nothing."
    )
    late_cancel_fee_minor = PriceField("Cancelling late costs", is_charged=True)
    late_cancel_fee_percent = WholeNumberField("Or a part of the price", low=0, high=100, unit="percent")
    no_show_fee_minor = PriceField("A no-show costs", is_charged=True)
    no_show_fee_percent = WholeNumberField("Or a part of the price", low=0, high=100, unit="percent")
    promotion_cutoff_minutes = WholeNumberField(
        "The waiting list stops",
        low=0,
        high=525600,
        unit="minutes",
        required="Enter minutes, like 60; 0 for the start.",
    )
    promotion_grace_minutes = WholeNumberField(
        "Time to cancel after moving up",
        low=0,
        high=10080,
        unit="minutes",
        required="Enter minutes, like 30; 0 for none.",
    )
    offer_minutes = WholeNumberField(
        "An offered place is held", low=1, high=10080, unit="minutes", required="Enter minutes, like 120."
    )
    count_late_cancellations = BooleanField("Late cancellations count")
    count_no_shows = BooleanField("People who didn't come count")
    coaches_read_rosters = BooleanField("Coaches read each other's rosters")
    credit_extension_days = WholeNumberField(
        "A lapsed credit that you give back lives on",
        low=0,
        high=3660,
        unit="days",
        required="Enter days, like 14; 0 for none.",
    )
    request_expiry_hours = WholeNumberField(
        "Requests wait", low=1, high=720, unit="hours", required="Enter hours, like 48."
    )
    check_in_opens_minutes = WholeNumberField(
        "Check-in opens", low=0, high=1440, unit="minutes", required="Enter minutes, like 30; 0 for the start."
    )
    late_after_minutes = WholeNumberField(
        "Late after", low=0, high=1440, unit="minutes", required="Enter minutes, like 5; 0 for the start."
    )
    no_show_after_minutes = WholeNumberField(
        "Closed", low=0, high=1440, unit="minutes", required="Enter minutes, like 15; 0 for the end."
    )
    join_window_minutes = WholeNumberField(
        "Online, people can join", low=0, high=1440, unit="minutes", required="Enter minutes, like 5; 0 for the start."
    )
    min_session_duration = WholeNumberField("Shortest session", low=5, high=240, unit="minutes")

    @classmethod
    def of(cls, organization: Any, *, takes_cards: bool) -> OrganizationSettingsForm:
        """As it is saved. `takes_cards`: the deployment has the keys for it."""
        form = cls(formdata=None, obj=organization)
        form.week_start.data = str(organization.week_start)
        form.colour.data = organization.colour or ""
        form.locale.data = complete(organization.locale)
        for name in FEES:
            form[name].data = getattr(organization, name) or None
        return form.offer(organization.colour, organization.currency, takes_cards=takes_cards)

    @classmethod
    def sent(cls, organization: Any, *, takes_cards: bool) -> OrganizationSettingsForm:
        """As it was sent."""
        return cls().offer(organization.colour, organization.currency, takes_cards=takes_cards)

    def offer(self, colour: str | None, currency: str, *, takes_cards: bool) -> OrganizationSettingsForm:
        """The colour that the organization has can stay, also when it isn't among ours; cards where they can be."""
        if colour and colour not in TONES:
            self.colour.choices = {"": "None"} | TONES | {colour: "Your own"}
        self.late_cancel_fee_minor.currency = self.no_show_fee_minor.currency = currency
        if takes_cards:
            self.payment_provider.choices = PAYING | BY_CARD
        return self

    def validate(self, extra_validators: Any = None) -> bool:
        valid: bool = super().validate(extra_validators)
        valid = self._fees_are_one() and valid
        return valid and both_or_neither(self.latitude, self.longitude) and self._tiers_fall()

    def _fees_are_one(self) -> bool:
        """A fee is a sum in the currency of new prices, or a part of the price, not both."""
        for minor, percent in (
            (self.late_cancel_fee_minor, self.late_cancel_fee_percent),
            (self.no_show_fee_minor, self.no_show_fee_percent),
        ):
            minor.read_in(self.currency.data or minor.currency)
            if minor.data and percent.data:
                percent.errors = ["Enter a sum or a part of the price, not both."]
        named = [self[name] for name in FEES]
        return not any(field.errors for field in named)

    def _tiers_fall(self) -> bool:
        """A part comes back later than all of it does."""
        if given(self.partial_refund_hours.data) <= given(self.free_cancellation_hours.data):
            return True
        self.partial_refund_hours.errors = ["Enter as many hours as above or fewer: first all comes back, then a part."]
        return False

    @property
    def settings(self) -> dict[str, Any]:
        """The columns."""
        said = {name: value for name, value in self.data.items() if name != "csrf_token"}
        fees = {name: said[name] or 0 for name in FEES}
        return said | fees | {"week_start": int(said["week_start"]), "colour": said["colour"] or None}
