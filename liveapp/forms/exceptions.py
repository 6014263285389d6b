"""What a host fills in about days that differ from the week, and about journeys."""

from __future__ import annotations

from datetime import date
from typing import Any

from wtforms import RadioField

from liveapp.domain.availability.exceptions import Dates, WallClock
from liveapp.domain.availability.service import Hours
from liveapp.forms.fields import DayField, TextField, TimezoneField, WallTimeField
from liveapp.forms.refusable import KeyedForm, given

DAY = 1440
KINDS = {
    "hours": "Other hours",
    "closed": "Whole days off",
    "time_off": "Some hours off",
}


class ExceptionForm(KeyedForm):
    """Days that differ: other hours, days off, or some hours off."""

    kind = RadioField("What is different?", choices=KINDS, default="closed")
    first_day = DayField("First day", required="Choose a day.")
    last_day = DayField("Last day")
    start = WallTimeField("From")
    end = WallTimeField("To")
    second_start = WallTimeField("Second from")
    second_end = WallTimeField("Second to")
    note = TextField("Note", longest=120)

    @classmethod
    def on(cls, day: date) -> ExceptionForm:
        """An empty form for that day."""
        return cls(formdata=None, data={"first_day": day})

    def validate(self, extra_validators: Any = None) -> bool:
        valid: bool = super().validate(extra_validators)
        if valid and self.kind.data != "closed":
            self._check_times()
        return valid and not self.errors

    def _check_times(self) -> None:
        if self.start.data is None:
            self.start.errors = ["Enter a start time."]
        if self.end.data is None:
            self.end.errors = ["Enter an end time. 00:00 is the end of the day."]
        if self.kind.data == "hours" and (self.second_start.data is None) != (self.second_end.data is None):
            self.second_end.errors = ["Enter both times of the second hours, or neither."]

    @property
    def dates(self) -> Dates:
        first = given(self.first_day.data)
        return Dates(first, self.last_day.data or first)

    @property
    def hours(self) -> list[Hours]:
        found = [Hours(given(self.start.data), self.end.data or DAY)]
        if self.second_start.data is not None:
            found.append(Hours(self.second_start.data, self.second_end.data or DAY))
        return found

    @property
    def moments(self) -> tuple[WallClock, WallClock]:
        dates = self.dates
        return WallClock(dates.first, given(self.start.data)), WallClock(dates.last, self.end.data or DAY)


class JourneyForm(KeyedForm):
    """A stay in another time zone."""

    timezone = TimezoneField("Time zone there")
    first_day = DayField("First day there", required="Choose the first day there.")
    last_day = DayField("Last day there")
    PREFIX = "journey-"

    @classmethod
    def fresh(cls, timezone: str) -> JourneyForm:
        """An empty form, at home."""
        return cls(formdata=None, prefix=cls.PREFIX, data={"timezone": timezone})

    @property
    def values(self) -> dict[str, Any]:
        return {
            "first_day": self.first_day.data,
            "last_day": self.last_day.data,
            "timezone": self.timezone.data,
        }
