"""What a host fills in about their time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, FieldList, Form, FormField, RadioField

from liveapp.domain.availability.models import AvailabilityRule, BookingRules
from liveapp.domain.availability.service import Hours, Rules
from liveapp.forms.fields import (
    ChoiceField,
    DayField,
    NumbersField,
    PriceField,
    TimezoneField,
    WallTimeField,
    WholeNumberField,
)
from liveapp.forms.refusable import RefusableForm, given
from liveapp.rules.recurrence import WEEKDAYS

MOST_WINDOWS = 12
_WINDOW = re.compile(r"([0-9]{1,4})-.*")
DAY = 1440
HORIZONS = {
    "days": "A number of days ahead",
    "business_days": "A number of working days ahead",
    "available_days": "The next days that have a free time",
    "range": "Between two dates",
}


class WindowForm(Form):  # type: ignore[misc]
    """One window of a day."""

    start = WallTimeField("From", required="Enter when these hours start.")
    end = WallTimeField("To", required="Enter when these hours end. 00:00 is the end of the day.")
    duration = WholeNumberField("Only for lengths of", low=5, high=240, unit="minutes")
    price = PriceField("Price", is_charged=True)
    is_active = BooleanField("On", default=True)

    @property
    def hours(self) -> Hours:
        return Hours(
            start=given(self.start.data),
            end=self.end.data or DAY,
            is_active=bool(self.is_active.data),
            duration_minutes=self.duration.data,
            price_minor=self.price.data,
        )

    @property
    def minutes(self) -> int:
        """How long the window is open."""
        hours = self.hours
        return hours.end - hours.start + (DAY if hours.end <= hours.start else 0)


class WindowsField(FieldList):  # type: ignore[misc]
    """The windows of a day, numbered by what a browser sends: plain digits, and few of them."""

    def _extract_indices(self, prefix: str, formdata: Mapping[str, object]) -> Iterator[int]:
        for name in formdata:
            found = _WINDOW.fullmatch(name.removeprefix(f"{prefix}-")) if name.startswith(f"{prefix}-") else None
            if found:
                yield int(found[1])


class DayForm(FlaskForm):  # type: ignore[misc]
    """All windows of one weekday, and the other days that get the same."""

    windows = WindowsField(FormField(WindowForm), max_entries=MOST_WINDOWS)
    also = NumbersField("Use the same hours on", choices=dict(enumerate(WEEKDAYS)))

    def __init__(self, day: int, currency: str, **rest: Any) -> None:
        super().__init__(**rest)
        self.currency = currency
        self.also.choices = {number: name for number, name in enumerate(WEEKDAYS) if number != day}
        for entry in self.windows:
            entry.form.price.currency = currency

    @classmethod
    def of(cls, day: int, rules: Sequence[AvailabilityRule], currency: str) -> DayForm:
        """The day as it is saved; a day without hours is proposed from 9 to 17."""
        windows = [
            {
                "start": rule.start_time,
                "end": rule.end_time % DAY,
                "duration": rule.duration_minutes,
                "price": rule.price_minor,
                "is_active": rule.is_active,
            }
            for rule in rules
        ]
        proposed = {"start": 9 * 60, "end": 17 * 60, "is_active": True}
        return cls(day, currency, formdata=None, data={"windows": windows or [proposed]})

    def validate(self, extra_validators: Any = None) -> bool:
        valid: bool = super().validate(extra_validators)
        for entry in self.windows:
            entry.form.price.read_in(self.currency)
            valid = valid and not entry.form.price.errors
        return valid and self._lengths_fit()

    @property
    def hours(self) -> list[Hours]:
        return [entry.form.hours for entry in self.windows]

    def rearrange(self, sent: Mapping[str, str]) -> None:
        """One window more at the end (`add`), or without the one that `drop` names."""
        if "add" in sent and len(self.windows) < MOST_WINDOWS:
            self.windows.append_entry({"is_active": True})
        places = [str(place) for place in range(len(self.windows))]
        if sent.get("drop") in places:
            self.windows.pop_entry(places.index(sent["drop"]))

    def _lengths_fit(self) -> bool:
        fits = True
        for entry in self.windows:
            duration = entry.form.duration
            if duration.data and duration.data > entry.form.minutes:
                duration.errors = [f"{duration.data} minutes don't fit into these hours."]
                fits = False
        return fits


class RulesForm(RefusableForm):
    """The booking rules of a host."""

    timezone = TimezoneField("Your time zone")
    notice = WholeNumberField("Notice", low=0, high=8760, required="Enter how much notice you need; 0 for none.")
    notice_unit = ChoiceField("Unit", choices={"60": "hours", "1": "minutes", "1440": "days"})
    buffer_before = WholeNumberField("Free time before", low=0, high=1440, required="Enter 0 for none.")
    buffer_after = WholeNumberField("Free time after", low=0, high=1440, required="Enter 0 for none.")
    max_per_day = WholeNumberField("Most a day", low=1, high=100)
    max_per_week = WholeNumberField("Most a week", low=1, high=500)
    slot_interval = WholeNumberField("Start every", low=5, high=1440, unit="minutes")
    horizon_kind = RadioField("How far ahead people can book", choices=HORIZONS, default="days")
    horizon_days = WholeNumberField("Number of days", low=1, high=730)
    horizon_first = DayField("First day")
    horizon_last = DayField("Last day")

    @classmethod
    def of(cls, rules: BookingRules) -> RulesForm:
        """The rules as they are saved."""
        lead = rules.min_lead_minutes
        unit = next(size for size in (1440, 60, 1) if lead % size == 0) if lead else 60
        return cls(formdata=None, obj=rules, data={"notice": lead // unit, "notice_unit": str(unit)})

    def validate(self, extra_validators: Any = None) -> bool:
        valid: bool = super().validate(extra_validators)
        if valid and given(self.notice.data) * int(self.notice_unit.data) > 525600:
            self.notice.errors = ["Enter at most a year."]
        if valid and self.horizon_kind.data != "range" and self.horizon_days.data is None:
            self.horizon_days.errors = ["Enter how many days, like 60."]
        return valid and not self.errors

    @property
    def rules(self) -> Rules:
        in_range = self.horizon_kind.data == "range"
        return Rules(
            timezone=str(self.timezone.data),
            min_lead_minutes=given(self.notice.data) * int(self.notice_unit.data),
            buffer_before=given(self.buffer_before.data),
            buffer_after=given(self.buffer_after.data),
            max_per_day=self.max_per_day.data,
            max_per_week=self.max_per_week.data,
            slot_interval=self.slot_interval.data,
            horizon_kind=self.horizon_kind.data,
            horizon_days=self.horizon_days.data or 60,
            horizon_first=self.horizon_first.data if in_range else None,
            horizon_last=self.horizon_last.data if in_range else None,
        )
