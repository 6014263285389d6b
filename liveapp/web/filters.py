"""How dates, times and money are shown: in a zone and a locale that the caller names, never the server's."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any

from babel.core import UnknownLocaleError
from babel.dates import format_date, format_time, get_timezone_location
from babel.numbers import format_currency, get_currency_precision
from flask import Flask, g, request
from markupsafe import Markup

from liveapp.domain.accounts.providers import in_force
from liveapp.rules.charges import why_declined
from liveapp.rules.plan_words import gives_in_words, limits_in_words
from liveapp.rules.texts import unlinked
from liveapp.rules.wording import Say, said_to_reader
from liveapp.rules.zones import UnknownTimezone, zone_named
from liveapp.web import locales

NO_CLOCK = "UTC (its time zone isn’t known)"
"""Behind a time that no wall clock can show."""
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def set_up(app: Flask) -> None:
    """Registers the filters under their own names."""
    for each in (
        fmt_date,
        fmt_time,
        fmt_range,
        fmt_moment,
        fmt_day,
        fmt_duration,
        fmt_money,
        fmt_amount,
        fmt_last_day,
        gives_away,
        pay_there,
        price_said,
        price_words,
        paid_words,
        plan_gives,
        unlinked,
        plan_limits,
        plan_price,
        fmt_minutes,
        zone_name,
        plural,
        iso,
        paragraphs,
        card_name,
        why_declined,
        zipped,
    ):
        app.add_template_filter(each)
    app.jinja_env.globals["weekdays"] = WEEKDAYS
    app.before_request(_say_as_pages_do)
    app.teardown_request(_say_plainly)
    app.jinja_env.autoescape = _is_escaped


def _say_as_pages_do() -> None:
    """The sentences of rules say moments as the page around them does; programs are told them plainly."""
    if request.path.startswith("/api/"):
        return
    g.sentences = ExitStack()
    g.sentences.enter_context(said_to_reader(fmt_moment, fmt_time))


def _say_plainly(_error: BaseException | None) -> None:
    sentences = g.pop("sentences", None)
    if sentences is not None:
        sentences.close()


def _is_escaped(template: str | None) -> bool:
    """What people typed is text in every template (a mail's own `.jinja` too), but for plain text."""
    return template is None or not template.endswith(".txt")


def local(moment: datetime, timezone: str) -> datetime:
    """The moment on the wall clock of `timezone`; in UTC where that can't be, which `fmt_time` then says. A list is
    never lost for one row that another version or an import left."""
    try:
        return moment.astimezone(zone_named(timezone))
    except (UnknownTimezone, OverflowError):
        return moment


def has_clock(moment: datetime, timezone: str) -> bool:
    """Whether the moment can be said on the wall clock of `timezone`."""
    try:
        moment.astimezone(zone_named(timezone))
    except (UnknownTimezone, OverflowError):
        return False
    return True


def fmt_date(moment: datetime, timezone: str, style: str = "EEE d MMM y") -> str:
    """Tue 3 Mar 2026, in the zone."""
    return _date_in_words(local(moment, timezone).date(), style, _locale())


def fmt_day(day: date, style: str = "EEEE d MMMM y") -> str:
    """Tuesday 3 March 2026."""
    return _date_in_words(day, style, _locale())


def fmt_last_day(moment: datetime, timezone: str) -> str:
    """The last day before the moment: what lapses at midnight can be used until the day that ends then."""
    return fmt_date(moment - timedelta(microseconds=1), timezone)


def fmt_time(moment: datetime, timezone: str) -> str:
    """The time of day in the zone: 18:00, or 6:00 PM where the locale says so."""
    words = _time_in_words(local(moment, timezone).time(), locales.formats())
    return words if has_clock(moment, timezone) else f"{words} {NO_CLOCK}"


def fmt_moment(moment: datetime, timezone: str) -> str:
    """Tue 3 March, 18:00, in the zone: a moment within a sentence."""
    return f"{fmt_date(moment, timezone, 'EEE d MMMM')}, {fmt_time(moment, timezone)}"


def said_in(timezone: str) -> Say:
    """Says moments as pages do, for the sentences of rules."""
    return partial(fmt_moment, timezone=timezone)


def fmt_clock(clock: time) -> str:
    """A time on the wall, as `fmt_time` says it."""
    return _time_in_words(clock, locales.formats())


def fmt_range(start: datetime, timezone: str, minutes: int) -> str:
    """18:00 – 19:00, with the end's date where it falls on another day."""
    return _range_in_words(start, timezone, minutes, locales.formats())


@lru_cache(4096)
def _range_in_words(start: datetime, timezone: str, minutes: int, locale: str) -> str:
    if not has_clock(start, timezone):
        return f"{_time_in_words(start.time(), locale)} {NO_CLOCK}"
    first, last = local(start, timezone), local(start + timedelta(minutes=minutes), timezone)
    tail = _time_in_words(last.time(), locale)
    if first.date() != last.date():
        tail = _date_in_words(last.date(), "EEE d MMM, ", locales.babels(locale)) + tail
    return f"{_time_in_words(first.time(), locale)} – {tail}"


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
    return _money_in_words(minor, currency, _locale())


def price_words(row: Any) -> str:
    """What a session or an offering costs (price_minor, plan_only, currency): an amount, "Free", or "With a plan"."""
    return "With a plan" if row.plan_only else fmt_money(row.price_minor, row.currency)


def gives_away(priced: Any, organization: Any) -> bool:
    """Whether it has a price that nobody is asked for here (price_minor, payment_timing)."""
    is_asked = priced.payment_timing != "none" and in_force(organization.payment_provider) != "none"
    return bool(priced.price_minor) and not is_asked


def price_said(priced: Any, organization: Any) -> str:
    """As `price_words`, for whoever may book it; a price that isn't asked for here is owed all the same, and it is said
    to whom."""
    words = price_words(priced)
    return f"{words}, paid directly to {organization.name}" if gives_away(priced, organization) else words


def pay_there(session: Any, business: str) -> str:
    """Where a price is paid that isn't paid by card: at the desk of a place (format), or directly to the business."""
    return f"directly to {business}" if session.format == "online" else "at the desk"


def paid_words(booking: Any, at_desk: Any = None) -> str:
    """How a booking is paid (status, plan_only, plan_name, uses_credit, paid_by, price_minor, currency, format,
    organization_name); `at_desk`: what was paid for it there (minor, handed_back, to_hand_back)."""
    if booking.plan_name:
        return f"{booking.plan_name}, 1 credit" if booking.uses_credit else str(booking.plan_name)
    if booking.status == "waitlisted":
        return price_words(booking)
    amount = fmt_money(booking.price_minor, booking.currency)
    if at_desk is not None:
        back = f"; {fmt_amount(at_desk.handed_back, booking.currency)} handed back" if at_desk.handed_back else ""
        return f"{amount}, paid {pay_there(booking, booking.organization_name)}{back}"
    if booking.paid_by == "free" and booking.price_minor:
        return f"{amount}, paid directly to {booking.organization_name}"
    if booking.status == "held":
        return amount
    ways = {"at_desk": f", {pay_there(booking, booking.organization_name)}", "at_booking": ", by card"}
    return amount + ways.get(booking.paid_by, "")


BRANDS = {"amex": "American Express", "jcb": "JCB", "unionpay": "UnionPay", "diners": "Diners Club"}


def card_name(card: Any) -> str:
    """A card as people know theirs (brand, last4): "Visa ending in 4242"."""
    return f"{BRANDS.get(card.brand, card.brand.capitalize())} ending in {card.last4}"


def plan_gives(plan: Any) -> str:
    """What a plan gives (kind, class_credits, valid_days, period)."""
    return gives_in_words(plan.kind, plan.class_credits, plan.valid_days, plan.period)


def plan_limits(plan: Any) -> str:
    """What a plan allows (max_bookings_per_day, max_bookings_per_week, allow_overlapping_bookings); empty: anything."""
    return limits_in_words(
        plan.max_bookings_per_day, plan.max_bookings_per_week, overlapping=plan.allow_overlapping_bookings
    )


def plan_price(plan: Any) -> str:
    """What a plan costs (price_minor, currency, period): "€80.00 a month"; empty where it isn't said."""
    if plan.price_minor is None:
        return ""
    return fmt_money(plan.price_minor, plan.currency) + (
        f" a {plan.period}" if plan.price_minor and plan.period else ""
    )


def zone_name(timezone: str) -> str:
    """The zone's city for people: Europe/Berlin → Berlin time."""
    return _zone_in_words(timezone, _locale())


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
    """Babel's name for the reader's locale."""
    return locales.babels(locales.formats())


# Babel reads patterns anew on each call; a page says the same few dates, times and prices again and again.


@lru_cache(4096)
def _date_in_words(day: date, style: str, locale: str) -> str:
    return format_date(day, style, locale=locale)


@lru_cache(4096)
def _time_in_words(clock: time, locale: str) -> str:
    """`locale` as `locales.formats` gives it: its region says how a clock is read, its language the words for it."""
    pattern = "HH:mm" if locales.reads_24_hours(locale) else "short"
    return format_time(clock, pattern, locale=locales.babels(locale))


@lru_cache(1024)
def _money_in_words(minor: int, currency: str, locale: str) -> str:
    return format_currency(Decimal(minor).scaleb(-get_currency_precision(currency)), currency, locale=locale)


@lru_cache(1024)
def _zone_in_words(timezone: str, locale: str) -> str:
    try:
        city = get_timezone_location(timezone, locale=locale, return_city=True)
    except (LookupError, UnknownLocaleError):
        city = ""
    return f"{city or timezone.split('/')[-1].replace('_', ' ')} time"
