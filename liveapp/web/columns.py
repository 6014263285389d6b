"""What columns are called in the audit log, and how their values are read.

A new column is one more entry of `FIELDS`; one that isn't there is named by its own words and shown as it is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from liveapp.domain.bookings.forecasts import BOOKED_PAST
from liveapp.rules.bulk import Shift
from liveapp.rules.checkin import BY_WAY, Way
from liveapp.rules.recurrence import WEEKDAYS
from liveapp.rules.video import NAMES
from liveapp.web.bulk_words import shift_in_words
from liveapp.web.values import (
    Reader,
    day,
    days,
    hours,
    lengths,
    minutes,
    moment,
    money,
    plain,
    wall_time,
    weekday,
    weekday_list,
    windows,
    word,
    zone,
)


@dataclass(frozen=True, slots=True)
class Field:
    """A column by its name for people, how its value is said, and for ids the kind of thing that they name."""

    label: str
    say: Callable[[Any, Reader], str] = plain
    kind: str = ""


def field_of(name: str) -> Field:
    """What is known of a column; its own words where nothing is."""
    if name in FIELDS:
        return FIELDS[name]
    label = name.removesuffix("_id").removesuffix("_minor").replace("_", " ").capitalize()
    say = next((say for ending, say in ENDINGS.items() if name.endswith(ending)), plain)
    return Field(label or name, say)


UNSAID = frozenset(
    {
        "revision", "published_at", "published_by", "started_at", "ended_at", "cancelled_at", "cancelled_by",
        "deleted_at", "archived_at", "reason", "cancel_reason", "end_reason", "invitation_id", "filter", "sessions",
    }
)  # fmt: skip
"""What the entry says already: when, by whom, and why; and of a bulk change what its page lists."""
ENDINGS: dict[str, Callable[[Any, Reader], str]] = {
    "_at": moment, "_minor": money, "_minutes": minutes, "_hours": hours, "_day": day, "timezone": zone,
}  # fmt: skip
"""How values of columns that nothing is said of are read, by the end of their names."""
FIELDS: dict[str, Field] = {
    "status": Field("Status", word),
    "refund": Field("Refund", word),
    "role": Field("Role"),
    "email": Field("E-mail"),
    "name": Field("Name"),
    "title": Field("Title"),
    "kind": Field("Kind", word),
    "host_id": Field("Host", kind="person"),
    "offering_id": Field("Offering", kind="offering"),
    "program_id": Field("Program", kind="program"),
    "program_ids": Field("Programs", kind="program"),
    "day": Field("Day", day),
    "workout_ids": Field("Workouts", kind="workout"),
    "body": Field("Text"),
    "plan_id": Field("Plan", kind="plan"),
    "subscription_id": Field("Plan", kind="subscription"),
    "user_id": Field("Person", kind="person"),
    "session_id": Field("Session", kind="session"),
    "with_session": Field("With the session", kind="session"),
    "split_from": Field("Goes on from", kind="series"),
    "scheduled_at": Field("Start", moment),
    "starts_at": Field("From", moment),
    "ends_at": Field("End", moment),
    "first_day": Field("First day", day),
    "last_day": Field("Last day", day),
    "local_start": Field("Time of day", wall_time),
    "weekdays": Field("Days of the week", weekday_list),
    "until": Field("Last date", day),
    "count": Field("Number of dates"),
    "made_through": Field("Made until", day),
    "made": Field("Dates made"),
    "left_out": Field("Dates left out", days),
    "publishes": Field("Publishes new dates"),
    "published": Field("Drafts published"),
    "duration_minutes": Field("Length", minutes),
    "durations": Field("Lengths to choose from", lengths),
    "format": Field("Format", word),
    "location_id": Field("Location", kind="location"),
    "meeting_url": Field("Link"),
    "meeting_provider": Field("Meets by", lambda value, _reader: NAMES.get(value, value)),
    "account": Field("Account"),
    "max_participants": Field("Places"),
    "capacity": Field("Places"),
    "price_minor": Field("Price", money),
    "currency": Field("Currency"),
    "amount_minor": Field("Amount", money),
    "captured_minor": Field("Came in", money),
    "outcome": Field("Decided", word),
    "failure": Field("Why not", word),
    "is_detached": Field("Goes its own way"),
    "late": Field("Late"),
    "paid_by": Field("Paid", word),
    "plan_only": Field("Only with a plan"),
    "payment_timing": Field("Paid", word),
    "past": Field("Booked past", lambda value, _reader: "; ".join(BOOKED_PAST.get(why, why) for why in value)),
    "passed_over": Field("Passed over for", word),
    "balance": Field("Credits"),
    "class_credits": Field("Credits"),
    "valid_days": Field("Lasts, in days"),
    "period": Field("Anew each", word),
    "is_sold_online": Field("Sold online"),
    "paid_periods": Field("Periods paid"),
    "paid_until": Field("Paid until", moment),
    "lacks_payment": Field("Waits for its payment"),
    "is_disputed": Field("Payment disputed"),
    "max_bookings_per_day": Field("Most a day"),
    "max_bookings_per_week": Field("Most a week"),
    "allow_overlapping_bookings": Field("Two things at a time"),
    "paused_on": Field("Paused on", day),
    "resumes_on": Field("Goes on from", day),
    "anchor_day": Field("Periods count from", day),
    "attendance": Field("Attendance", word),
    "how": Field("Came", lambda value, _reader: BY_WAY[Way(value)]),
    "checked_in_at": Field("Checked in", moment),
    "left_at": Field("Left", moment),
    "device_at": Field("Written down without network", moment),
    "staff_note": Field("Note"),
    "answer": Field("Answer"),
    "description": Field("Description"),
    "focus_area": Field("What to prepare"),
    "notes": Field("Notes"),
    "slug": Field("Name in addresses"),
    "session_type": Field("For", word),
    "topic_type": Field("Topic is", word),
    "topic": Field("Topic"),
    "topic_final_at": Field("Topic settled", moment),
    "topic_group": Field("Group of topics"),
    "topic_deadline_hours": Field("Topic settled by", hours),
    "materials": Field("Materials"),
    "requirements": Field("Requirements"),
    "guests_may_move": Field("Guests move it themselves"),
    "booking_mode": Field("Booking", word),
    "has_waitlist": Field("Waiting list"),
    "waitlist_size": Field("Size of the waiting list"),
    "booking_opens_days": Field("Booking opens, days before"),
    "colour": Field("Colour"),
    "is_active": Field("Bookable"),
    "delivery_mode": Field("Who sees it", word),
    "address": Field("Address"),
    "is_exclusive": Field("One session at a time"),
    "expires_at": Field("Lasts until", moment),
    "cancelled": Field("Sessions cancelled"),
    "told": Field("People told"),
    "chosen": Field("Chosen"),
    "changed": Field("Sessions changed"),
    "shift": Field("Moved", lambda value, _reader: shift_in_words(Shift(**value))),
    **{name: Field(name, windows) for name in WEEKDAYS},
    "windows": Field("Hours", windows),
    "note": Field("Note"),
    "timezone": Field("Time zone", zone),
    "min_lead_minutes": Field("Notice", minutes),
    "buffer_before": Field("Kept free before", minutes),
    "buffer_after": Field("Kept free after", minutes),
    "max_per_day": Field("Most a day"),
    "max_per_week": Field("Most a week"),
    "slot_interval": Field("Starts every", minutes),
    "horizon_kind": Field("How far ahead", word),
    "horizon_days": Field("Days ahead"),
    "horizon_first": Field("Offered from", day),
    "horizon_last": Field("Offered until", day),
    "contact_email": Field("Contact e-mail"),
    "logo_url": Field("Logo"),
    "locale": Field("Language"),
    "week_start": Field("Weeks begin on", weekday),
    "cancellation_window_hours": Field("Free cancellation until", hours),
    "allow_late_cancellation": Field("Late cancellation"),
    "booking_cutoff_minutes": Field("Booking closes", minutes),
    "promotion_cutoff_minutes": Field("Waiting list closes", minutes),
    "promotion_grace_minutes": Field("Free to cancel after getting a place", minutes),
    "offer_minutes": Field("A place is held", minutes),
    "count_late_cancellations": Field("Late cancellations count"),
    "count_no_shows": Field("No-shows count"),
    "coaches_read_rosters": Field("Coaches read each other's rosters"),
    "credit_extension_days": Field("Credits given back last, in days"),
    "payment_provider": Field("People pay", word),
    "free_cancellation_hours": Field("All comes back until", hours),
    "partial_refund_hours": Field("A part comes back until", hours),
    "partial_refund_percent": Field("Part that comes back, in percent"),
    "earns": Field("Who earns", word),
    "host_share_percent": Field("Hosts’ share, in percent"),
    "share_percent": Field("Share, in percent"),
    "payout_schedule": Field("Payouts", word),
    "payout_weekday": Field("Payout day", weekday),
    "payout_holding_days": Field("Payouts hold, in days"),
    "payout_minimum_minor": Field("Smallest payout", money),
    "reversed_minor": Field("Came back", money),
    "is_ready": Field("Can be paid to"),
    "held_until": Field("Not paid to before", moment),
    "no_show_wait_percent": Field("The host waits, in percent"),
    "min_payable_percent": Field("Paid in full from, in percent"),
    "no_show_percent": Field("Who doesn't come pays, in percent"),
    "no_show_refund_percent": Field("Who paid and doesn't come gets back, in percent"),
    "late_cancel_fee_minor": Field("Cancelling late costs", money),
    "late_cancel_fee_percent": Field("Cancelling late costs, in percent"),
    "no_show_fee_minor": Field("A no-show costs", money),
    "no_show_fee_percent": Field("A no-show costs, in percent"),
    "request_expiry_hours": Field("Requests wait", hours),
    "check_in_opens_minutes": Field("Check-in opens, before the start", minutes),
    "late_after_minutes": Field("Late after", minutes),
    "join_window_minutes": Field("Online, people can join", minutes),
    "no_show_after_minutes": Field("Closed, after the end", minutes),
    "min_session_duration": Field("Shortest session", minutes),
}
"""What columns are called, in the order in which they are told."""
PLACES = {name: place for place, name in enumerate(FIELDS)}
"""Where each column stands in that order."""
