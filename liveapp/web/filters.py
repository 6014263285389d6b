"""How dates, times and money are shown: in a zone and a locale that the caller names, never the server's."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel.core import UnknownLocaleError
from babel.dates import format_date, format_datetime, format_time, get_timezone_location
from babel.numbers import format_currency, get_currency_precision
from flask import Flask
from markupsafe import Markup

from liveapp.web import locales

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def set_up(app: Flask) -> None:
    """Registers the filters under their own names."""
    for each in (
        fmt_date,
        fmt_time,
        fmt_range,
        fmt_day,
        fmt_duration,
        fmt_money,
        fmt_amount,
        fmt_minutes,
        zone_name,
        plural,
        iso,
        paragraphs,
        zipped,
    ):
        app.add_template_filter(each)
    app.jinja_env.globals["weekdays"] = WEEKDAYS


def local(moment: datetime, timezone: str) -> datetime:
    """The moment on the wall clock of `timezone`."""
    return moment.astimezone(ZoneInfo(timezone))


def fmt_date(moment: datetime, timezone: str, style: str = "EEE d MMM y") -> str:
    """Tue 3 Mar 2026, in the zone."""
    return format_date(local(moment, timezone).date(), style, locale=_locale())


def fmt_day(day: date, style: str = "EEEE d MMMM y") -> str:
    """Tuesday 3 March 2026."""
    return format_date(day, style, locale=_locale())


def fmt_time(moment: datetime, timezone: str) -> str:
    """The time of day in the zone: 18:00, or 6:00 PM where the locale says so."""
    return format_time(local(moment, timezone), "short", locale=_locale())


def fmt_range(start: datetime, timezone: str, minutes: int) -> str:
    """18:00 – 19:00, with the end's date where it falls on another day."""
    end = start + timedelta(minutes=minutes)
    tail = fmt_time(end, timezone)
    if local(start, timezone).date() != local(end, timezone).date():
        tail = format_datetime(local(end, timezone), "EEE d MMM, ", locale=_locale()) + tail
    return f"{fmt_time(start, timezone)} – {tail}"


def fmt_duration(minutes: int) -> str:
    """45 min, 1 h, 1 h 30 min."""
    hours, rest = divmod(minutes, 60)
    return " ".join(
        part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else "") if part
    )


def fmt_minutes(minute_of_day: int) -> str:
    """Wall-clock minutes after midnight as 09:30; 1440 is 24:00."""
    return f"{minute_of_day // 60:02d}:{minute_of_day % 60:02d}"


def fmt_money(minor: int | None, currency: str) -> str:
    """Minor units in the currency's own exponent, in the reader's locale; nothing and zero are free."""
    if not minor:
        return "Free"
    return fmt_amount(minor, currency)


def fmt_amount(minor: int, currency: str) -> str:
    """As `fmt_money`, for figures: nothing is 0."""
    amount = Decimal(minor).scaleb(-get_currency_precision(currency))
    return format_currency(amount, currency, locale=_locale())


def zone_name(timezone: str) -> str:
    """The zone's city for people: Europe/Berlin → Berlin time."""
    try:
        city = get_timezone_location(timezone, locale=_locale(), return_city=True)
    except (LookupError, UnknownLocaleError):
        city = ""
    return f"{city or timezone.split('/')[-1].replace('_', ' ')} time"


def plural(count: int, one: str, many: str) -> str:
    """1 place, 2 places."""
    return f"{count} {one if count == 1 else many}"


def paragraphs(text: str) -> Markup:
    """People's words as paragraphs: escaped, a blank line begins a new one."""
    parts = [part.strip() for part in text.replace("\r\n", "\n").split("\n\n") if part.strip()]
    return Markup("").join(Markup("<p>{}</p>").format(part) for part in parts)


def zipped(first: Iterable[Any], second: Iterable[Any]) -> list[tuple[Any, Any]]:
    """Pairs of two lists: the values and texts of a select."""
    return list(zip(first, second, strict=True))


def iso(moment: datetime) -> str:
    """For <time datetime>."""
    return moment.isoformat()


def _locale() -> str:
    return locales.formats().replace("-", "_")
