"""Fields of numbers, dates, times of day and money: plain ASCII digits in, a value or None out."""

from __future__ import annotations

import math
import re
from datetime import date
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from wtforms import Field
from wtforms.validators import Optional, StopValidation
from wtforms.widgets import DateInput, NumberInput, TextInput, TimeInput

from liveapp.rules.currencies import is_chargeable, minimum, step
from liveapp.rules.texts import cleaned

_WHOLE = re.compile(r"[+-]?[0-9]{1,12}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,12}(?:[.,][0-9]{1,12})?")
_WALL_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::[0-9]{2})?")


class QuantityField(Field):  # type: ignore[misc]
    """Text that is read as one value; what couldn't be read is shown again. Empty is None unless required."""

    def __init__(self, label: str, *, required: str = "", **rest: Any) -> None:
        super().__init__(label, validators=[_Filled(required) if required else Optional()], **rest)

    def process_formdata(self, valuelist: list[str]) -> None:
        text = cleaned(valuelist[0]) if valuelist else ""
        self.data = None
        if text:
            self.data = self.read(text)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.write(self.data)

    def read(self, text: str) -> Any:
        """The value. Raises ValueError with the sentence that says how to write it."""
        raise NotImplementedError

    def write(self, value: Any) -> str:
        """The value as people type it."""
        return str(value)


class WholeNumberField(QuantityField):
    """A whole number from `low` to `high`; `unit` is said in the sentence."""

    widget = NumberInput(step="1")

    def __init__(self, label: str, *, low: int, high: int, unit: str = "", **rest: Any) -> None:
        self.low, self.high = low, high
        self.unit = f" {unit}" if unit else ""
        limits = {"min": str(low), "max": str(high), "inputmode": "numeric"}
        super().__init__(label, render_kw=limits, **rest)

    def read(self, text: str) -> int:
        if not _WHOLE.fullmatch(text) or not self.low <= int(text) <= self.high:
            raise ValueError(f"Enter a whole number from {self.low} to {self.high}{self.unit}.")
        return int(text)


class DecimalNumberField(QuantityField):
    """A finite number from `low` to `high`, like a coordinate."""

    widget = NumberInput(step="any")

    def __init__(self, label: str, *, low: float, high: float, **rest: Any) -> None:
        self.low, self.high = low, high
        limits = {"min": str(low), "max": str(high), "inputmode": "decimal"}
        super().__init__(label, render_kw=limits, **rest)

    def read(self, text: str) -> float:
        value = float(text.replace(",", ".")) if _DECIMAL.fullmatch(text) else math.nan
        if not self.low <= value <= self.high:
            raise ValueError(f"Enter a number from {self.low:g} to {self.high:g}, like 52.520008.")
        return value


class DayField(QuantityField):
    """A calendar date from 2000 to 2100."""

    widget = DateInput()

    def read(self, text: str) -> date:
        try:
            day = date.fromisoformat(text)
        except ValueError:
            day = date.min
        if not 2000 <= day.year <= 2100:
            raise ValueError("Enter a date like 2026-03-31, between 2000 and 2100.")
        return day


class WallTimeField(QuantityField):
    """A time of day, as minutes after midnight: 09:30 is 570."""

    widget = TimeInput()

    def read(self, text: str) -> int:
        found = _WALL_TIME.fullmatch(text)
        if not found or int(found[1]) > 23 or int(found[2]) > 59:
            raise ValueError("Enter a time of day like 09:30 or 18:00.")
        return int(found[1]) * 60 + int(found[2])

    def write(self, value: int) -> str:
        return f"{value // 60:02d}:{value % 60:02d}"


class PriceField(Field):  # type: ignore[misc]
    """An amount of money as people write it; minor units of `currency` out. Empty is None.

    `is_charged`: cards are charged it, so that it is nothing or what can be charged.
    """

    widget = TextInput()
    data: int | None
    errors: Any

    def __init__(self, label: str, *, is_charged: bool = False, **rest: Any) -> None:
        super().__init__(label, validators=[Optional()], render_kw={"inputmode": "decimal"}, **rest)
        self.currency, self.is_charged = "USD", is_charged

    def read_in(self, currency: str) -> None:
        """Reads what was typed as that currency; a fault becomes the field's error."""
        self.currency = currency
        text = cleaned(self.raw_data[0]).replace(",", ".") if self.raw_data else ""
        if not text or self.errors:
            return
        places = get_currency_precision(currency)
        whole, _, rest = text.partition(".")
        digits = whole.isascii() and whole.isdigit() and len(whole) <= 7
        if not digits or len(rest) > places or (rest and not (rest.isascii() and rest.isdigit())):
            example = "45" if places == 0 else f"45.{'0' * places}"
            self.errors = [f"Enter an amount in {currency} like {example}, or leave it empty."]
            return
        minor = int(Decimal(text).scaleb(places))
        if self.is_charged and minor and not is_chargeable(minor, currency):
            self.errors = [self._least()]
            return
        self.data = minor

    def _least(self) -> str:
        places = get_currency_precision(self.currency)
        least = f"{Decimal(minimum(self.currency)).scaleb(-places):.{places}f}"
        steps = ", in amounts that end in 0" if step(self.currency) > 1 else ""
        return f"Cards can be charged {least} {self.currency} or more{steps}. Enter such an amount."

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        if self.data is None:
            return ""
        places = get_currency_precision(self.currency)
        return f"{Decimal(self.data).scaleb(-places):.{places}f}"


def both_or_neither(latitude: DecimalNumberField, longitude: DecimalNumberField) -> bool:
    """Whether a place has both coordinates or none; the one that is missing says so."""
    if (latitude.data is None) == (longitude.data is None):
        return True
    missing = latitude if latitude.data is None else longitude
    missing.errors = ["Enter both latitude and longitude, or neither."]
    return False


class _Filled:
    """Something was typed that could be read: zero counts, unlike with DataRequired."""

    def __init__(self, message: str) -> None:
        self.message = message
        self.field_flags = {"required": True}

    def __call__(self, _form: Any, field: Any) -> None:
        if field.data is None and not field.errors:
            raise StopValidation(self.message)
