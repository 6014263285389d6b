"""What a meeting that is paid for afterwards is settled for: its state, what the guest pays, and who gets how much."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from liveapp.rules.currencies import chargeable
from liveapp.rules.money import Shares, part, shares
from liveapp.rules.wording import moment_in_words


class State(StrEnum):
    """How a meeting stands, as people and programs see it."""

    SCHEDULED = "scheduled"
    JOIN_OPEN = "join_open"
    COMPLETED_ASSUMED = "completed_assumed"
    NO_SHOW_STUDENT = "no_show_student"
    EARLY_END_SHORT = "early_end_short"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Terms:
    """An organization's figures. Percentages are whole, but for the two that are paid out of a charge: those are in
    hundredths of a percent."""

    join_window_minutes: int = 5
    no_show_wait_percent: int = 33
    min_payable_percent: int = 66
    no_show_hundredths: int = 5000
    fee_hundredths: int = 1000


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a meeting: when it is (aware UTC, minutes), and what happened. Empty: it didn't.

    `host_joined_at` the host came; `no_show_at` the host said that the guest didn't; `ended_at` the host ended it.
    """

    starts_at: datetime
    duration_minutes: int
    host_joined_at: datetime | None = None
    no_show_at: datetime | None = None
    ended_at: datetime | None = None
    is_cancelled: bool = False

    @property
    def ends_at(self) -> datetime:
        """When it ends by plan, and what is due is charged."""
        return self.starts_at + timedelta(minutes=self.duration_minutes)


DEFAULTS = Terms()


def no_show_wait(duration_minutes: int, terms: Terms = DEFAULTS) -> int:
    """Minutes that a host waits for the guest: 33 % of the length, rounded down (40 → 13)."""
    return terms.no_show_wait_percent * duration_minutes // 100


def min_payable(duration_minutes: int, terms: Terms = DEFAULTS) -> int:
    """Minutes after which a meeting that ends early is paid in full: 66 % of the length, rounded down (40 → 26)."""
    return terms.min_payable_percent * duration_minutes // 100


def state(facts: Facts, now: datetime, terms: Terms = DEFAULTS) -> State:
    """How the meeting stands. What a person said goes before what the clock says."""
    if facts.is_cancelled:
        return State.CANCELLED
    if facts.no_show_at is not None:
        return State.NO_SHOW_STUDENT
    if facts.ended_at is not None and facts.ended_at < _payable_from(facts, terms):
        return State.EARLY_END_SHORT
    if now >= facts.ends_at:
        return State.COMPLETED_ASSUMED
    if now >= facts.starts_at - timedelta(minutes=terms.join_window_minutes):
        return State.JOIN_OPEN
    return State.SCHEDULED


def no_show_shares(price_minor: int, currency: str, terms: Terms = DEFAULTS) -> Shares:
    """What a no-show costs: half of the price, as far as it can be charged, shared like any charge."""
    costs = chargeable(part(price_minor, terms.no_show_hundredths), currency)
    return shares(costs, terms.fee_hundredths)


def no_show_refusal(facts: Facts, now: datetime, *, timezone: str, terms: Terms = DEFAULTS) -> str:
    """Why the host can't mark the guest as a no-show now; empty when they can: the host has joined, waited long enough
    (exactly then is enough), and the end by plan, when it is charged, isn't reached."""
    if facts.is_cancelled:
        return "This meeting is cancelled."
    if facts.no_show_at is not None:
        return "The guest is marked as a no-show already."
    if now >= facts.ends_at:
        return "The meeting's time is over and it was settled. Refund the guest or ask an owner to look at it."
    wait = no_show_wait(facts.duration_minutes, terms)
    if now < facts.starts_at + timedelta(minutes=wait):
        until = moment_in_words(facts.starts_at + timedelta(minutes=wait), timezone)
        return f"Please wait for the guest until {until}; then you can mark them as a no-show."
    if facts.host_joined_at is None:
        return "Join the meeting first: a no-show counts only where the host was there."
    if facts.ended_at is not None:
        return "You ended this meeting, so the guest can't be marked as a no-show."
    return ""


def _payable_from(facts: Facts, terms: Terms) -> datetime:
    """Whoever ends it from then on is paid in full."""
    return facts.starts_at + timedelta(minutes=min_payable(facts.duration_minutes, terms))
