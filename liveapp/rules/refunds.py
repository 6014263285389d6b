"""What comes back of money that was paid when a booking is given back, by how long before the start."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from liveapp.rules.cancellation import deadline, judged_by
from liveapp.rules.money import WHOLE, part
from liveapp.rules.wording import Say


@dataclass(frozen=True, slots=True)
class Tiers:
    """From `free_hours` before the start on all comes back, from `partial_hours` on a part (hundredths of a percent),
    later nothing. Elapsed hours; exactly at a boundary is the person's better side.

    All of it also comes back in the grace after a place came from the waiting list (`promoted_at`). `counts_from`: the
    start by which it is judged, where somebody moved away from it too late.
    """

    free_hours: int = 24
    partial_hours: int = 12
    partial_hundredths: int = 5000
    promoted_at: datetime | None = None
    grace_minutes: int = 0
    counts_from: datetime | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.partial_hours <= self.free_hours or not 0 <= self.partial_hundredths <= WHOLE:
            raise ValueError("All comes back earlier than a part does, and a part is from nothing to everything.")

    def free_until(self, starts_at: datetime) -> datetime:
        """The last moment at which all comes back."""
        return deadline(
            judged_by(starts_at, self.counts_from), self.free_hours,
            promoted_at=self.promoted_at, grace_minutes=self.grace_minutes,
        )  # fmt: skip

    def part_until(self, starts_at: datetime) -> datetime:
        """The last moment at which a part comes back."""
        return judged_by(starts_at, self.counts_from) - timedelta(hours=self.partial_hours)


DEFAULTS = Tiers()


def kept_hundredths(starts_at: datetime, now: datetime, tiers: Tiers = DEFAULTS, *, by_business: bool = False) -> int:
    """The part of the price that stays with the business (hundredths of a percent): nothing when it cancels itself."""
    if by_business or now <= tiers.free_until(starts_at):
        return 0
    if now <= tiers.part_until(starts_at):
        return WHOLE - tiers.partial_hundredths
    return WHOLE


def back(
    paid_minor: int,
    refunded_minor: int,
    starts_at: datetime,
    now: datetime,
    tiers: Tiers = DEFAULTS,
    *,
    by_business: bool = False,
) -> int:
    """What comes back now, in minor units: the tier's part of what was paid, rounded half up, less what came back
    before; never more than is left."""
    whole = WHOLE - kept_hundredths(starts_at, now, tiers, by_business=by_business)
    return max(0, min(part(paid_minor, whole), paid_minor) - refunded_minor)


def kept(price_minor: int, starts_at: datetime, now: datetime, tiers: Tiers = DEFAULTS) -> int:
    """What is charged when somebody cancels who would have paid after the session: what the tier keeps."""
    return price_minor - back(price_minor, 0, starts_at, now, tiers)


def terms(starts_at: datetime, now: datetime, tiers: Tiers = DEFAULTS, *, say: Say, later: bool = False) -> str:
    """What cancelling brings back, for who is about to pay, with the moments as `say` puts them to the reader; what is
    over already isn't said. `later`: who saves a card to be charged after the session, and would be charged less."""
    if later:
        return _terms_later(starts_at, now, tiers, say)
    all_until = tiers.free_until(starts_at)
    part_until = tiers.part_until(starts_at)
    share = "half" if tiers.partial_hundredths == WHOLE // 2 else f"{tiers.partial_hundredths / 100:g} %"
    has_part = now <= part_until and part_until > all_until and tiers.partial_hundredths > 0
    if now <= all_until:
        then = f", {share} of it until {say(part_until)}" if has_part else ""
        return f"If you cancel, all of it comes back until {say(all_until)}{then}; later nothing."
    if has_part:
        return f"If you cancel, {share} of it comes back until {say(part_until)}; later nothing."
    return "If you cancel, nothing of it comes back any more."


def _terms_later(starts_at: datetime, now: datetime, tiers: Tiers, say: Say) -> str:
    free_until = tiers.free_until(starts_at)
    part_until = tiers.part_until(starts_at)
    kept = WHOLE - tiers.partial_hundredths
    share = "half" if kept == WHOLE // 2 else f"{kept / 100:g} %"
    has_part = now <= part_until and part_until > free_until and kept < WHOLE
    if now <= free_until:
        then = f", {share} of it until {say(part_until)}" if has_part else ""
        return f"If you cancel, nothing is charged until {say(free_until)}{then}; later all of it."
    if has_part:
        return f"If you cancel, {share} of it is charged until {say(part_until)}; later all of it."
    return "If you cancel, all of it is charged."
