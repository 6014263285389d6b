"""What a host fills in to answer, move or cancel a meeting."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

from flask_wtf import FlaskForm

from liveapp.forms.fields import CardsField, DayField, KeyField, LongTextField, PriceField, TextField, WallTimeField
from liveapp.forms.refusable import RefusableForm
from liveapp.rules.recurrence import resolve_local


class WordsForm(FlaskForm):  # type: ignore[misc]
    """Words that the guest reads in the mail."""

    words = LongTextField("Your words to the guest", longest=1000)


class TimeForm(FlaskForm):  # type: ignore[misc]
    """A time for a meeting: one of the free ones (`start`), or a day and a time of one's own."""

    start = TextField("Free time", longest=40)
    day = DayField("Day")
    time = WallTimeField("Time")
    words = LongTextField("Your words to the guest", longest=1000)
    key = KeyField()

    def validate(self, extra_validators: Any = None) -> bool:
        valid: bool = super().validate(extra_validators)
        if valid and self.start.data and _moment(self.start.data) is None:
            self.start.errors = ["That isn't one of the times. Choose one from the list."]
        if valid and not self.start.data and self.day.data is None:
            self.day.errors = ["Choose a day."]
        if valid and not self.start.data and self.time.data is None:
            self.time.errors = ["Enter a time like 14:30, or choose a free one."]
        return valid and not self.errors

    def moment(self, timezone: str) -> datetime:
        """The chosen start as an aware UTC datetime; day and time are on the clock of `timezone`."""
        chosen = _moment(self.start.data or "")
        if chosen is not None:
            return chosen
        day, minute = self.day.data, self.time.data
        if day is None or minute is None:
            raise ValueError("the form isn't valid")
        return resolve_local(day, time(minute // 60, minute % 60), timezone)

    def refuse(self, sentence: str) -> None:
        """Shows why the time can't be had, next to where it was chosen."""
        field = self.start if self.start.data else self.time
        field.errors = [sentence]


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None or not 2000 <= moment.year <= 2100:
        return None
    return moment.astimezone(UTC)


OUTCOMES = {"full": "All of it", "part": "A part", "waived": "Nothing"}


class DecisionForm(RefusableForm):
    """What the guest pays for a meeting that somebody has to decide about, and why."""

    named_by = "reason"
    outcome = CardsField("The guest pays", choices=OUTCOMES, default="full")
    part = PriceField("That part")
    reason = TextField("Reason", required="Say why, so that others can follow it.", longest=300)

    def validate_for(self, currency: str) -> bool:
        """Whether everything needed is there; a part is an amount of that currency."""
        valid: bool = self.validate()
        self.part.read_in(currency)
        if self.outcome.data == "part" and not self.part.data and not self.part.errors:
            self.part.errors = ["Enter what the guest pays."]
        return valid and not self.part.errors
