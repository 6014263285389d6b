"""What is said of a session: what and with whom, when and how often, where; and why one is cancelled."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any, TypeAlias

from wtforms import BooleanField, RadioField
from wtforms.validators import StopValidation

from liveapp.db import AnyRow
from liveapp.domain.catalogue.models import Offering
from liveapp.domain.live_sessions.details import Details
from liveapp.forms.fields import (
    ChoiceField,
    DayField,
    IdChoiceField,
    KeyField,
    LongTextField,
    NumbersField,
    ProviderField,
    TextField,
    UrlField,
    WallTimeField,
    WholeNumberField,
)
from liveapp.forms.prices import PricedForm, costs_of
from liveapp.forms.refusable import RefusableForm
from liveapp.rules.recurrence import (
    MAX_OCCURRENCES,
    ORDINALS,
    WEEKDAYS,
    WEEKS,
    Frequency,
    RecurrenceError,
    Rule,
    resolve_local,
)
from liveapp.rules.video import provider_of

Day: TypeAlias = date
Clock: TypeAlias = time
FORMATS = {"in_person": "In person", "online": "Online"}
REPEATS = {
    "": "Does not repeat",
    "daily": "Every day",
    "weekly": "Every week",
    "biweekly": "Every other week",
    "monthly_by_day": "Every month, on a day of the month",
    "monthly_by_weekday": "Every month, on a weekday",
}
ENDS = {"never": "Never", "until": "On a date", "count": "After a number of sessions"}
NTH = {str(number): word.capitalize() for number, word in ORDINALS.items()}
SHORT_DAYS = {number: name[:3] for number, name in enumerate(WEEKDAYS)}


class DetailsForm(PricedForm):
    """What both a new session and a changed one say."""

    title = TextField("Title", required="Give it a title, like “Morning yoga”.", longest=120)
    host_id = IdChoiceField("Host", required="Choose who leads it.")
    date = DayField("Date", required="Choose a date.")
    time = WallTimeField("Starts at", required="Choose a time, like 18:00.")
    duration_minutes = WholeNumberField(
        "Length", low=5, high=1440, required="Say how long it takes, in minutes.", unit="minutes"
    )
    format = RadioField("Where", choices=FORMATS, default="in_person")
    location_id = IdChoiceField("Location")
    meeting_provider = ProviderField()
    meeting_url = UrlField("Meeting link")
    max_participants = WholeNumberField("Places", low=1, high=100_000, required="Say how many people can come.")
    description = LongTextField("Description")
    focus_area = TextField("What to prepare for", longest=200)
    notes = LongTextField("Notes for staff", longest=2000)

    def offer(self, hosts: Sequence[AnyRow], locations: Sequence[AnyRow], *, only: uuid.UUID | None) -> None:
        """Fills the lists to choose from; `only` is the one host that a coach may name: themselves."""
        self.host_id.choices = {str(row.user_id): row.name for row in hosts if only in (None, row.user_id)}
        self.location_id.choices = {"": "No location yet"} | {str(row.id): row.name for row in locations}

    def details(self, offering_id: uuid.UUID) -> Details:
        """What was said, as the domain takes it; only of a form that was found valid."""
        length, places = self.duration_minutes.data, self.max_participants.data
        assert length is not None
        return Details(
            offering_id=offering_id,
            host_id=self.host_id.data,
            title=self.title.data,
            format=self.format.data,
            duration_minutes=length,
            max_participants=places or 1,
            price_minor=self.price_minor,
            plan_only=self.plan_only,
            location_id=self.location_id.data,
            meeting_url=self.meeting_url.data or None,
            meeting_provider=self.meeting_provider.data,
            description=self.description.data,
            focus_area=self.focus_area.data,
            notes=self.notes.data,
        )

    def starts_at(self, timezone: str) -> datetime:
        """The date and wall time in the zone, as a UTC moment."""
        day, clock = self.moment
        return resolve_local(day, clock, timezone)

    @property
    def moment(self) -> tuple[Day, Clock]:
        """The local date and wall time; only of a form that has both."""
        day, minute = self.date.data, self.time.data
        assert day is not None
        assert minute is not None
        return day, time(*divmod(minute, 60))


class SessionForm(DetailsForm):
    """A new session, or a series of them."""

    offering_id = IdChoiceField("Offering", required="Choose what it is made from.")
    repeats = ChoiceField("Repeats", choices=REPEATS, default="")
    weekdays = NumbersField("On", choices=SHORT_DAYS)
    nth = ChoiceField("Which one", choices=NTH, default="1")
    ends = RadioField("Ends", choices=ENDS, default="count")
    until = DayField("Last date")
    count = WholeNumberField("Number of sessions", low=1, high=MAX_OCCURRENCES)
    leaves_out = BooleanField("Leave out dates that clash")
    key = KeyField()

    def offer_from(self, offerings: Sequence[Offering]) -> None:
        """Fills the list of offerings."""
        self.offering_id.choices = {str(each.id): each.title for each in offerings}

    def validate(self, extra_validators: Any = None) -> bool:
        """Each field by itself, then whether the parts of a repetition go together."""
        super().validate(extra_validators)
        if self.repeats.data and not (self.until.errors or self.count.errors):
            self._check_end()
        if not any(field.errors for field in (self.date, self.time, self.repeats, self.until, self.count, self.nth)):
            self._check_rule()
        return not self.errors

    def _check_end(self) -> None:
        if self.ends.data == "until" and self.until.data is None:
            self.until.errors = ["Choose the last date."]
        if self.ends.data == "count" and self.count.data is None:
            self.count.errors = [f"Say how many sessions, up to {MAX_OCCURRENCES}."]

    def _check_rule(self) -> None:
        try:
            self.when("UTC")
        except RecurrenceError as error:
            self.repeats.errors = [str(error)]

    def when(self, timezone: str, week_start: int = 0) -> datetime | Rule:
        """The one moment, or the rule; its weeks begin on `week_start`. Raises RecurrenceError with a sentence."""
        if not self.repeats.data:
            return self.starts_at(timezone)
        frequency = Frequency(self.repeats.data)
        day, clock = self.moment
        weekly = frequency in WEEKS
        ends = self.ends.data
        return Rule(
            frequency=frequency,
            start_time=clock,
            timezone=timezone,
            first_date=day,
            weekdays=frozenset(self.weekdays.data or [day.weekday()]) if weekly else frozenset(),
            nth=int(self.nth.data) if frequency is Frequency.MONTHLY_BY_WEEKDAY else None,
            until=self.until.data if ends == "until" else None,
            count=self.count.data if ends == "count" else None,
            week_start=week_start,
        )


class CancelForm(RefusableForm):
    """Why something is cancelled."""

    reason = TextField("Reason", required="Say why, so that the people who booked know.", longest=300)


class HostForm(RefusableForm):
    """Who leads it instead."""

    host_id = IdChoiceField("Host", required="Choose who leads it.")


class ClosureForm(RefusableForm):
    """Days on which nothing is offered."""

    first_day = DayField("First day", required="Choose the first day.")
    last_day = DayField("Last day", required="Choose the last day; for one day it is the same.")
    location_id = IdChoiceField("Where")
    reason = TextField("Reason", longest=120)

    def offer(self, locations: Sequence[AnyRow]) -> None:
        """Fills the list of locations."""
        self.location_id.choices = {"": "Everywhere"} | {str(row.id): row.name for row in locations}

    def validate_last_day(self, field: DayField) -> None:
        if field.data and self.first_day.data and field.data < self.first_day.data:
            raise StopValidation("The last day is before the first. Choose a later one.")


def defaults(offering: Offering, *, hosts: Sequence[AnyRow], user_id: uuid.UUID) -> dict[str, Any]:
    """What the form says of a session of this offering before anybody types."""
    known = {row.user_id for row in hosts}
    return {
        "offering_id": offering.id,
        "title": offering.title,
        "host_id": offering.host_id if offering.host_id in known else user_id,
        "duration_minutes": offering.duration_minutes,
        "format": offering.format,
        "location_id": offering.location_id,
        "meeting_url": offering.meeting_url or "",
        "meeting_provider": provider_of("online", offering.meeting_provider, offering.meeting_url),
        "max_participants": offering.capacity,
        "costs": costs_of(offering),
        "price": offering.price_minor,
        "description": offering.description,
    }


def said_by(session: AnyRow, day: Any, minute: int) -> dict[str, Any]:
    """What the form says of a session that exists, at the local date and minute."""
    names = (*Details.__dataclass_fields__,)
    return {name: getattr(session, name) for name in names} | {
        "meeting_url": session.meeting_url or "",
        "meeting_provider": provider_of("online", session.meeting_provider, session.meeting_url),
        "costs": costs_of(session),
        "price": session.price_minor,
        "date": day,
        "time": minute,
    }
