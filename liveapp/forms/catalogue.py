"""What staff fill in about offerings, programs and locations."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from wtforms import BooleanField, RadioField

from liveapp.domain.catalogue.details import LocationDetails, OfferingDetails, ProgramDetails
from liveapp.domain.catalogue.models import COLOURS, Offering
from liveapp.forms.accounts import currency_choices
from liveapp.forms.fields import (
    CardsField,
    ChoiceField,
    DecimalNumberField,
    IdChoiceField,
    LongTextField,
    NumbersField,
    ProviderField,
    TextField,
    UrlField,
    WholeNumberField,
    both_or_neither,
)
from liveapp.forms.prices import PricedForm, costs_of
from liveapp.forms.refusable import KeyedForm
from liveapp.forms.settings import PAYING
from liveapp.rules.topics import DEFAULT_DEADLINE_HOURS
from liveapp.rules.video import provider_of
from liveapp.rules.wording import counted

KINDS = {
    "live_class": "Class",
    "workshop": "Workshop",
    "webinar": "Webinar",
    "office_hours": "Office hours",
    "meeting": "Meeting by appointment",
}
KIND_WORDS = {
    "live_class": "Regular sessions on the calendar, with places.",
    "workshop": "Single, longer sessions on the calendar.",
    "webinar": "Online sessions for many people.",
    "office_hours": "Open hours on the calendar that people drop in to.",
    "meeting": "One person picks a free time from a host's availability.",
}
DELIVERY_MODES = {
    "schedule": "On the public schedule",
    "feed": "Feed",
    "coaching": "Coaching",
    "course": "Course",
}
DELIVERY_WORDS = {
    "schedule": "Everybody sees its sessions.",
    "feed": "Only people booked into a session see it.",
    "coaching": "Only people booked into a session see it.",
    "course": "Only people booked into a session see it.",
}
TIMINGS = {"at_booking": "When booking", "after_session": "After the session", "none": "Not here"}
TIMING_WORDS = {
    "at_booking": "By card before the place is theirs, or at your desk.",
    "after_session": "A card is saved when booking, and charged when the session is over.",
    "none": "Nobody is asked: the price is said to be paid directly to you.",
}
OTHER_LENGTHS = (15, 20, 30, 45, 60, 75, 90, 120, 180, 240)


class OfferingForm(PricedForm, KeyedForm):
    """An offering: a class type, or what a host can be booked for."""

    named_by = "title"
    kind = CardsField("Kind", choices=KINDS, default="live_class")
    title = TextField("Title", required="Enter a title, like “Morning yoga”.", longest=120)
    description = LongTextField("Description")
    program_id = IdChoiceField("Program")
    host_id = IdChoiceField("Host")
    topic_type = CardsField("Topic", choices={"fixed": "Fixed", "flexible": "People suggest one"}, default="fixed")
    topic = TextField("Field or subject", longest=80)
    topic_deadline_hours = WholeNumberField(
        "Topic settled by", low=0, high=8760, unit="hours", default=DEFAULT_DEADLINE_HOURS
    )
    duration_minutes = WholeNumberField(
        "Length", low=5, high=1440, unit="minutes", required="Enter a length in minutes, like 60.", default=60
    )
    durations = NumbersField("Other lengths to choose from", choices={each: f"{each} min" for each in OTHER_LENGTHS})
    capacity = WholeNumberField("Places", low=1, high=100000, required="Enter how many can come, like 12.", default=12)
    session_type = ChoiceField(
        "Taught", choices={"group": "In a group", "individual": "One to one"}, default="group", required="Choose one."
    )
    currency = ChoiceField("Currency", choices=currency_choices(), required="Choose a currency.")
    reaches = RadioField("Sessions that are planned", validate_choice=False)
    payment_provider = CardsField("How people pay", choices=PAYING)
    payment_timing = CardsField("When it is paid", choices=TIMINGS, default="at_booking")
    format = CardsField(
        "Online or in person", choices={"in_person": "In person", "online": "Online"}, default="in_person"
    )
    location_id = IdChoiceField("Location")
    meeting_provider = ProviderField()
    meeting_url = UrlField("Link to the online room")
    materials = LongTextField("What people should bring", longest=2000)
    requirements = LongTextField("What people should know or be able to do", longest=2000)
    booking_mode = CardsField(
        "How it is booked", choices={"instant": "At once", "request": "On request"}, default="instant"
    )
    guests_may_move = BooleanField("Guests move what you accepted without asking again")
    has_waitlist = BooleanField("Waiting list when it is full", default=True)
    waitlist_size = WholeNumberField("Most people waiting", low=0, high=100000)
    booking_opens_days = WholeNumberField("Booking opens", low=0, high=730)
    colour = ChoiceField(
        "Colour", choices={name: name.capitalize() for name in COLOURS}, default="pine", required="Choose a colour."
    )
    is_active = BooleanField("Can be booked", default=True)

    @classmethod
    def of(cls, offering: Offering) -> OfferingForm:
        """As the offering is saved."""
        form = cls(obj=offering)
        form.price.data = offering.price_minor
        form.meeting_provider.data = provider_of("online", offering.meeting_provider, offering.meeting_url)
        form.costs.data = costs_of(offering)
        return form

    def offer(
        self,
        *,
        currency: str,
        currency_stays: bool,
        ways_to_pay: Mapping[str, str],
        programs: Mapping[uuid.UUID, str],
        locations: Mapping[uuid.UUID, str],
        hosts: Mapping[uuid.UUID, str],
        any_host: bool,
    ) -> None:
        """What can be chosen, and the present currency, which stays once something was sold in it. `ways_to_pay`: how
        people can pay, where this is asked. `any_host`: it may have no host of its own."""
        self.price.currency = currency
        if currency_stays:
            del self.currency
        elif not self.currency.raw_data:
            self.currency.data = currency
        if ways_to_pay:
            self.payment_provider.choices = dict(ways_to_pay)
        else:
            del self.payment_provider
        self.program_id.choices = {"": "No program"} | {str(key): name for key, name in programs.items()}
        self.location_id.choices = {"": "No location"} | {str(key): name for key, name in locations.items()}
        nobody = {"": "Any host"} if any_host else {}
        self.host_id.choices = nobody | {str(key): name for key, name in hosts.items()}

    def validate(self, extra_validators: Any = None) -> bool:
        """The price is one in the currency that is chosen with it; how people pay is asked only with a price."""
        if self.currency and self.currency.data:
            self.price.currency = self.currency.data
        if self.costs.data != "price" and self.payment_provider:
            del self.payment_provider
        return bool(super().validate(extra_validators))

    def ask_of_planned(self, number: int) -> None:
        """Asks what becomes of so many sessions that are planned at the price as it was."""
        planned = counted(number, "session")
        self.reaches.choices = [("yes", f"Also the {planned} to come"), ("no", "Only what is made from now on")]

    @property
    def reaches_planned(self) -> bool | None:
        """Whether a changed price reaches planned sessions; None where nothing was said of them."""
        return {"yes": True, "no": False}.get(self.reaches.data or "")

    @property
    def pays_by(self) -> str | None:
        """How people pay from now on; None where it wasn't asked."""
        return self.payment_provider.data if self.payment_provider else None

    @property
    def details(self) -> OfferingDetails:
        deadline = self.topic_deadline_hours.data
        return OfferingDetails(
            title=self.title.data,
            kind=self.kind.data,
            format=self.format.data,
            duration_minutes=self.duration_minutes.data or 0,
            capacity=self.capacity.data or 0,
            description=self.description.data,
            program_id=self.program_id.data,
            host_id=self.host_id.data,
            location_id=self.location_id.data,
            meeting_url=self.meeting_url.data or None,
            meeting_provider=self.meeting_provider.data,
            session_type=self.session_type.data,
            topic_type=self.topic_type.data,
            topic=self.topic.data,
            topic_deadline_hours=DEFAULT_DEADLINE_HOURS if deadline is None else deadline,
            durations=tuple(self.durations.data or ()),
            price_minor=self.price_minor,
            currency=self.currency.data if self.currency else None,
            plan_only=self.plan_only,
            payment_timing=self.payment_timing.data,
            materials=self.materials.data,
            requirements=self.requirements.data,
            booking_mode=self.booking_mode.data,
            guests_may_move=self.guests_may_move.data,
            has_waitlist=self.has_waitlist.data,
            waitlist_size=self.waitlist_size.data,
            booking_opens_days=self.booking_opens_days.data,
            colour=self.colour.data,
            is_active=self.is_active.data,
        )


class ProgramForm(KeyedForm):
    """A program."""

    name = TextField("Name", required="Enter a name, like “Beginners”.", longest=120)
    description = LongTextField("Description")
    delivery_mode = CardsField("How its sessions are shown", choices=DELIVERY_MODES, default="schedule")

    @property
    def details(self) -> ProgramDetails:
        return ProgramDetails(self.name.data, self.description.data, self.delivery_mode.data)


class LocationForm(KeyedForm):
    """A location."""

    name = TextField("Name", required="Enter a name, like “Studio 1”.", longest=120)
    address = TextField("Address", longest=300)
    latitude = DecimalNumberField("Latitude", low=-90, high=90)
    longitude = DecimalNumberField("Longitude", low=-180, high=180)
    check_in_radius = WholeNumberField("Check-in radius", low=1, high=100000, unit="metres")
    is_exclusive = BooleanField("One session at a time")

    def validate(self, extra_validators: Any = None) -> bool:
        valid: bool = super().validate(extra_validators)
        return valid and both_or_neither(self.latitude, self.longitude)

    @property
    def details(self) -> LocationDetails:
        return LocationDetails(
            name=self.name.data,
            address=self.address.data,
            latitude=self.latitude.data,
            longitude=self.longitude.data,
            check_in_radius=self.check_in_radius.data,
        )
