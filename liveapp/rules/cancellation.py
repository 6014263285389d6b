"""Giving a free or plan booking back, or moving it: whether, until when, and what people are told beforehand."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from liveapp.rules.wording import Say, counted, on_the_clock_of

DEFAULT_WINDOW_HOURS = 24
MOST_MOVES_BY_GUEST = 3
IN_UTC = on_the_clock_of("UTC")
_GONE = {
    "cancelled": "This booking is cancelled already.",
    "declined": "This request was declined.",
    "expired": "This booking has expired.",
}
_CAME = "You are checked in already, so this booking can't be {done} any more."


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Whether a booking can be cancelled now, whether that is late, until when it is early, and the sentence for it.

    Early, and always by staff: the credit comes back. Late: nothing does.
    """

    allowed: bool
    late: bool
    deadline: datetime
    sentence: str


@dataclass(frozen=True, slots=True)
class Reschedule:
    """Whether a booking can be moved now, how many moves are left (None: no limit), and the sentence for it."""

    allowed: bool
    moves_left: int | None
    sentence: str


def deadline(
    starts_at: datetime, hours: int, *, promoted_at: datetime | None = None, grace_minutes: int = 0
) -> datetime:
    """The last moment to give a place back without loss, so many hours before the start; exactly then is in time.

    For the credit, the fee and the money: `hours` are those of the window or of the refund tiers. Who got the place
    from the waiting list (`promoted_at`) has at least the grace from then on, at most until the start.
    """
    last = starts_at - timedelta(hours=hours)
    if promoted_at is None:
        return last
    return max(last, min(promoted_at + timedelta(minutes=grace_minutes), starts_at))


def cancel(
    *,
    status: str,
    starts_at: datetime,
    now: datetime,
    window_hours: int = DEFAULT_WINDOW_HOURS,
    allow_late: bool = False,
    is_staff: bool = False,
    checked_in: bool = False,
    promoted_at: datetime | None = None,
    grace_minutes: int = 0,
    plan: str = "",
    uses_credit: bool = False,
    is_paid: bool = False,
    say: Say = IN_UTC,
) -> Cancellation:
    """What cancelling this booking now means. `say` says moments to the reader.

    `plan` is the name of the plan that the booking was made with, `uses_credit` whether it took a credit of it.
    `is_paid`: money was paid for it, so that it can be cancelled until the start; the refund tiers say what comes back.
    The holder can cancel until the start, unless checked in; after the deadline only where late cancelling is
    allowed. Leaving the waiting list or taking a request back is never late. Staff are bound by none of this.
    """
    last = deadline(starts_at, window_hours, promoted_at=promoted_at, grace_minutes=grace_minutes)
    refusal = _refusal(status, starts_at, now, is_staff=is_staff, checked_in=checked_in, done="cancelled")
    if refusal:
        return Cancellation(False, False, last, refusal)
    late = status == "confirmed" and now > last and not is_staff
    until = say(last)
    if is_paid and status == "confirmed" and not is_staff:
        return Cancellation(True, late, last, "You can cancel until the start. What comes back depends on when.")
    if late and not allow_late:
        return Cancellation(False, True, last, f"This booking could be cancelled until {until}.")
    if late:
        return Cancellation(
            True, True, last, f"Free cancelling ended {until}. You can still cancel; {_lost(plan, uses_credit)}."
        )
    back = f" 1 credit of “{plan}” comes back." if uses_credit and status == "confirmed" else ""
    return Cancellation(True, False, last, _early_sentence(status, until, is_staff=is_staff) + back)


def _lost(plan: str, uses_credit: bool) -> str:
    return f"the credit of “{plan}” doesn't come back" if uses_credit else "nothing comes back"


def terms(starts_at: datetime, window_hours: int, *, allow_late: bool, say: Say = IN_UTC) -> str:
    """The terms that a person sees before booking, with the moment as `say` puts it to the reader."""
    until = say(deadline(starts_at, window_hours))
    if allow_late:
        return f"You can cancel free of charge until {until}; after that until the start, with nothing coming back."
    return f"You can cancel free of charge until {until}."


def reschedule(
    *,
    status: str,
    starts_at: datetime,
    now: datetime,
    window_hours: int = DEFAULT_WINDOW_HOURS,
    moves: int = 0,
    is_staff: bool = False,
    is_guest: bool = True,
    checked_in: bool = False,
    say: Say = IN_UTC,
) -> Reschedule:
    """Whether this booking can be moved to another time now.

    The holder until the cancellation deadline, a guest at most three times; staff at any time and as often as needed.
    """
    left = max(0, MOST_MOVES_BY_GUEST - moves) if is_guest and not is_staff else None
    refusal = _refusal(status, starts_at, now, is_staff=is_staff, checked_in=checked_in, done="moved")
    if refusal is None and checked_in:
        refusal = "They are checked in. Undo that first, then move them."
    if refusal is None and status == "waitlisted":
        refusal = "You are on the waiting list. Leave it and book another time."
    if refusal is None and now > deadline(starts_at, window_hours) and not is_staff:
        until = say(deadline(starts_at, window_hours))
        refusal = f"This booking could be moved until {until}."
    if refusal is None and left == 0:
        refusal = f"This booking was moved {counted(moves, 'time')}, which is as often as it can be."
    return Reschedule(refusal is None, left, refusal or "You can move this booking to another time.")


def _refusal(
    status: str, starts_at: datetime, now: datetime, *, is_staff: bool, checked_in: bool, done: str
) -> str | None:
    if status in _GONE:
        return _GONE[status]
    if status == "attended" or (checked_in and not is_staff):
        return _CAME.format(done=done)
    if status == "no_show":
        return f"This booking is marked as a no-show, so it can't be {done} any more."
    if now >= starts_at and not is_staff:
        return f"This session has started, so the booking can't be {done} any more."
    return None


def _early_sentence(status: str, until: str, *, is_staff: bool) -> str:
    if is_staff:
        return "The person is told, and gets everything back."
    if status == "waitlisted":
        return "You give up your place in line."
    if status == "requested":
        return "Your request is taken back."
    if status == "held":
        return "The place goes to somebody else, and you pay nothing."
    return f"You can cancel free of charge until {until}."
