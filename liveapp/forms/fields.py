"""Fields that all forms share: text in, typed and cleaned values out, and sentences that say how to mend what is wrong.

Texts lose what people can't see (NUL, control and direction-overriding characters); numbers are plain ASCII digits.
A field with `required` (a sentence) must be filled, the others may stay empty and give "" or None.
"""

from __future__ import annotations

import math
import re
import unicodedata
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from wtforms import Field, HiddenField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms import PasswordField as PlainPasswordField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, StopValidation, ValidationError
from wtforms.widgets import CheckboxInput, DateInput, EmailInput, ListWidget, NumberInput, TimeInput, URLInput

from liveapp.rules.texts import LONGEST_ADDRESS, address_of, cleaned
from liveapp.rules.timezones import timezones

_WHOLE = re.compile(r"[+-]?[0-9]{1,12}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,12}(?:[.,][0-9]{1,12})?")
_WALL_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::[0-9]{2})?")


class TextField(StringField):  # type: ignore[misc]
    """One line of text, of at most `longest` characters."""

    keeps_lines = False

    def __init__(
        self, label: str, *, required: str = "", longest: int = 120, validators: Sequence[Any] = (), **rest: Any
    ) -> None:
        too_long = Length(max=longest, message=f"This is too long: shorten it to {longest} characters.")
        rest.setdefault("default", "")
        super().__init__(label, validators=[_presence(required), too_long, *validators], **rest)

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = cleaned(valuelist[0], keep_lines=self.keeps_lines) if valuelist else ""


class LongTextField(TextField, TextAreaField):  # type: ignore[misc]
    """Text of several lines."""

    keeps_lines = True

    def __init__(self, label: str, *, longest: int = 4000, **rest: Any) -> None:
        super().__init__(label, longest=longest, **rest)


class EmailField(TextField):
    """An e-mail address, in lower case."""

    widget = EmailInput()

    def __init__(self, label: str = "E-mail", *, required: str = "Enter an e-mail address.", **rest: Any) -> None:
        super().__init__(label, required=required, longest=LONGEST_ADDRESS, **rest)

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        self.data = self.data.lower()

    def pre_validate(self, _form: Any) -> None:
        if not self.data or len(self.data) > LONGEST_ADDRESS:
            return
        found = address_of(self.data)
        if found is None:
            raise StopValidation("This isn't an e-mail address. It looks like name@example.com.")
        self.data = found


class PasswordField(PlainPasswordField):  # type: ignore[misc]
    """A password, taken as it is typed; never shown again. New ones have 10 characters or more."""

    def __init__(
        self, label: str = "Password", *, required: str = "Enter a password.", new: bool = False, **rest: Any
    ) -> None:
        shortest = 10 if new else 1
        length = Length(shortest, 200, message="Use 10 to 200 characters. A few words in a row are easy to remember.")
        kind = "new-password" if new else "current-password"
        super().__init__(label, validators=[DataRequired(required), length], render_kw={"autocomplete": kind}, **rest)

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = unicodedata.normalize("NFKC", valuelist[0][:1000]) if valuelist else ""


class UrlField(TextField):
    """An http or https address."""

    widget = URLInput()

    def __init__(self, label: str, *, longest: int = 500, **rest: Any) -> None:
        super().__init__(label, longest=longest, **rest)

    def pre_validate(self, _form: Any) -> None:
        if self.data and not _is_web_address(self.data):
            raise StopValidation("Enter a whole address that starts with https://, like https://meet.example.com/room.")


class WholeNumberField(Field):  # type: ignore[misc]
    """A whole number from `low` to `high`; `unit` is said in the sentence. Empty is None unless required."""

    widget = NumberInput(step="1")

    def __init__(self, label: str, *, low: int, high: int, required: str = "", unit: str = "", **rest: Any) -> None:
        self.low, self.high = low, high
        self.unit = f" {unit}" if unit else ""
        limits = {"min": str(low), "max": str(high), "inputmode": "numeric"}
        super().__init__(label, validators=[_typed_presence(required)], render_kw=limits, **rest)

    def process_formdata(self, valuelist: list[str]) -> None:
        text = cleaned(valuelist[0]) if valuelist else ""
        self.data = None
        if not text:
            return
        if not _WHOLE.fullmatch(text) or not self.low <= int(text) <= self.high:
            raise ValueError(f"Enter a whole number from {self.low} to {self.high}{self.unit}.")
        self.data = int(text)

    def _value(self) -> str:
        return _typed(self, str)


class DecimalNumberField(Field):  # type: ignore[misc]
    """A finite number from `low` to `high`, like a coordinate. Empty is None."""

    widget = NumberInput(step="any")

    def __init__(self, label: str, *, low: float, high: float, required: str = "", **rest: Any) -> None:
        self.low, self.high = low, high
        limits = {"min": str(low), "max": str(high), "inputmode": "decimal"}
        super().__init__(label, validators=[_typed_presence(required)], render_kw=limits, **rest)

    def process_formdata(self, valuelist: list[str]) -> None:
        text = cleaned(valuelist[0]) if valuelist else ""
        self.data = None
        if not text:
            return
        value = float(text.replace(",", ".")) if _DECIMAL.fullmatch(text) else math.nan
        if not self.low <= value <= self.high:
            raise ValueError(f"Enter a number from {self.low:g} to {self.high:g}, like 52.520008.")
        self.data = value

    def _value(self) -> str:
        return _typed(self, repr)


class DayField(Field):  # type: ignore[misc]
    """A calendar date from 2000 to 2100."""

    widget = DateInput()

    def __init__(self, label: str, *, required: str = "", **rest: Any) -> None:
        super().__init__(label, validators=[_typed_presence(required)], **rest)

    def process_formdata(self, valuelist: list[str]) -> None:
        text = cleaned(valuelist[0]) if valuelist else ""
        self.data = None
        if not text:
            return
        try:
            day = date.fromisoformat(text)
        except ValueError:
            day = date.min
        if not 2000 <= day.year <= 2100:
            raise ValueError("Enter a date like 2026-03-31, between 2000 and 2100.")
        self.data = day

    def _value(self) -> str:
        return _typed(self, date.isoformat)


class WallTimeField(Field):  # type: ignore[misc]
    """A time of day, as minutes after midnight: 09:30 is 570."""

    widget = TimeInput()

    def __init__(self, label: str, *, required: str = "", **rest: Any) -> None:
        super().__init__(label, validators=[_typed_presence(required)], **rest)

    def process_formdata(self, valuelist: list[str]) -> None:
        text = cleaned(valuelist[0]) if valuelist else ""
        self.data = None
        if not text:
            return
        found = _WALL_TIME.fullmatch(text)
        if not found or int(found[1]) > 23 or int(found[2]) > 59:
            raise ValueError("Enter a time of day like 09:30 or 18:00.")
        self.data = int(found[1]) * 60 + int(found[2])

    def _value(self) -> str:
        return _typed(self, lambda minutes: f"{minutes // 60:02d}:{minutes % 60:02d}")


class ChoiceField(SelectField):  # type: ignore[misc]
    """One of a list of words; `choices` are pairs, or a mapping of values to words (or of groups to mappings)."""

    def __init__(self, label: str, *, choices: Any = (), required: str = "", **rest: Any) -> None:
        checks = [DataRequired(required)] if required else []
        super().__init__(label, choices=dict(choices), validators=checks, **rest)
        self.type = "SelectField"

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist:
            return
        try:
            self.data = self.coerce(valuelist[0])
        except ValueError as error:
            raise ValueError("Choose one from the list.") from error

    def pre_validate(self, _form: Any) -> None:
        if not self.errors and not any(self.coerce(value) == self.data for value, *_ in self.iter_choices()):
            raise StopValidation("Choose one from the list.")


class CardsField(RadioField):  # type: ignore[misc]
    """One of a few weighty choices, all of them in sight."""

    def __init__(self, label: str, *, choices: Mapping[str, str], **rest: Any) -> None:
        checks = [InputRequired("Choose one of these.")]
        super().__init__(
            label, choices=dict(choices), validators=checks, invalid_choice_message="Choose one of these.", **rest
        )


class IdChoiceField(ChoiceField):
    """One of a list of things by id; the empty choice, where there is one, is None."""

    def __init__(self, label: str, **rest: Any) -> None:
        super().__init__(label, coerce=_id_or_none, **rest)


class TimezoneField(ChoiceField):
    """An IANA time zone, in groups by region."""

    def __init__(self, label: str = "Time zone", **rest: Any) -> None:
        super().__init__(label, choices=_zones_by_region(), required="Choose a time zone.", **rest)


class NumbersField(SelectMultipleField):  # type: ignore[misc]
    """Any of a few numbers, as checkboxes: weekdays, durations."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, label: str, *, choices: Iterable[tuple[int, str]], **rest: Any) -> None:
        rest.setdefault("default", list)
        super().__init__(label, choices=dict(choices), coerce=int, validate_choice=False, **rest)

    def process_formdata(self, valuelist: list[str]) -> None:
        offered = {value for value, *_ in self.iter_choices()}
        wanted = {int(text) for text in valuelist if _WHOLE.fullmatch(text)}
        if len(wanted) < len(set(valuelist)) or not wanted <= offered:
            raise ValueError("Choose from the list.")
        self.data = sorted(wanted)


class KeyField(HiddenField):  # type: ignore[misc]
    """The form's own key: sent twice, it gets the first answer (domain.idempotency)."""

    def __init__(self, label: str = "", **rest: Any) -> None:
        super().__init__(label, default=lambda: uuid.uuid4().hex, **rest)

    def process_formdata(self, valuelist: list[str]) -> None:
        given = valuelist[0] if valuelist else ""
        self.data = given if re.fullmatch(r"[0-9a-f]{32}", given) else uuid.uuid4().hex


def _presence(required: str) -> Any:
    return DataRequired(required) if required else Optional()


def _typed_presence(required: str) -> Any:
    return _Filled(required) if required else Optional()


class _Filled:
    """Something was typed that could be read: zero counts, unlike with DataRequired."""

    def __init__(self, message: str) -> None:
        self.message = message
        self.field_flags = {"required": True}

    def __call__(self, _form: Any, field: Any) -> None:
        if field.data is None and not field.errors:
            raise StopValidation(self.message)


def _typed(field: Any, write: Any) -> str:
    """What was typed, also when it couldn't be read; else the value."""
    if field.raw_data:
        return str(field.raw_data[0])
    return "" if field.data is None else str(write(field.data))


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", text)
    except ValueError:
        return False


def _id_or_none(value: Any) -> uuid.UUID | None:
    if value in ("", "None", None):
        return None
    return value if isinstance(value, uuid.UUID) else uuid.UUID(str(value))


def _zones_by_region() -> Mapping[str, Mapping[str, str]]:
    groups: dict[str, dict[str, str]] = {}
    for name in timezones():
        region, _, place = name.partition("/")
        groups.setdefault(region if place else "Universal", {})[name] = (place or name).replace("_", " ")
    return groups


__all__ = [
    "CardsField",
    "ChoiceField",
    "DayField",
    "DecimalNumberField",
    "EmailField",
    "IdChoiceField",
    "KeyField",
    "LongTextField",
    "NumbersField",
    "PasswordField",
    "TextField",
    "TimezoneField",
    "UrlField",
    "ValidationError",
    "WallTimeField",
    "WholeNumberField",
    "cleaned",
]
