"""Giving a free or plan booking back, or moving it: whether, until when, and what people are told beforehand."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from liveapp.rules.waitlist import HOLD
from liveapp.rules.wording import Say, counted, on_the_clock_of

DEFAULT_WINDOW_HOURS = 24
MOST_MOVES_BY_GUEST = 3
UNDO = timedelta(minutes=10)
"""So long after booking its holder can take it back, as if it had never been."""
IN_UTC = on_the_clock_of("UTC")
_GONE = {
    "cancelled": "This booking is cancelled already.",
    "declined": "This request was declined.",
    "expired": "This booking has expired.",
}
_NEVER_MOVABLE = "This was booked too late to be moved."
_CAME = "You are checked in already, so this booking can't be {done} any more."


class Free(StrEnum):
    """Whether a booking can be given back free of charge: still, no more, or never, as it was made too late."""

    STILL = "still"
    ENDED = "ended"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Whether a booking can be cancelled now, whether that is late, until when it is early, and the sentence for it.

    Early, and always by staff: the credit comes back. Late: nothing does. `undoes`: it is taken back as if it had
    never been, credit and money as a whole.
    """

    allowed: bool
    late: bool
    deadline: datetime
    sentence: str
    undoes: bool = False


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


def free_of_charge(last: datetime, now: datetime, booked_at: datetime | None = None) -> Free:
    """Which of the three it is, with the last moment to cancel early. `booked_at`: empty before booking."""
    if now <= last:
        return Free.STILL
    return Free.NEVER if (booked_at or now) > last else Free.ENDED


def booked_at(created_at: datetime, confirmed_at: datetime | None) -> datetime:
    """When somebody booked: when they had paid, where they did so at once; however late a request was accepted, or a
    place came from the waiting list, they booked when they asked for it."""
    paid_at_once = confirmed_at is not None and confirmed_at - created_at <= HOLD
    return confirmed_at if confirmed_at is not None and paid_at_once else created_at


def undo_until(booked: datetime, starts_at: datetime) -> datetime:
    """The last moment to take a booking back as if it had never been; never past the start."""
    return min(booked + UNDO, starts_at)


def judged_by(starts_at: datetime, counts_from: datetime | None) -> datetime:
    """The start by which cancelling is judged: an earlier one that a booking was moved away from too late."""
    return min(starts_at, counts_from or starts_at)


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
    booked: datetime | None = None,
    counts_from: datetime | None = None,
    say: Say = IN_UTC,
) -> Cancellation:
    """What cancelling this booking now means. `say` says moments to the reader, `booked` is when it was (`booked_at`).

    `plan` is the name of the plan that the booking was made with, `uses_credit` whether it took a credit of it.
    `is_paid`: money was paid for it, so that it can be cancelled until the start; the refund tiers say what comes back.
    The holder can cancel until the start, unless checked in; after the deadline only where late cancelling is allowed.
    Just after booking they can take it back whatever the window says, and nothing is lost. Leaving the waiting list or
    taking a request back is never late. Staff are bound by none of this. `counts_from`: see `judged_by`.
    """
    judged = judged_by(starts_at, counts_from)
    last = deadline(judged, window_hours, promoted_at=promoted_at, grace_minutes=grace_minutes)
    refusal = _refusal(status, starts_at, now, is_staff=is_staff, checked_in=checked_in, done="cancelled")
    if refusal:
        return Cancellation(False, False, last, refusal)
    is_holders = status == "confirmed" and not is_staff
    late = is_holders and now > last
    until = say(last)
    undoes = is_holders and booked is not None and now <= undo_until(booked, starts_at)
    if booked is not None and undoes and late:
        sentence = undo_sentence(undo_until(booked, starts_at), say, plan if uses_credit else "", is_paid=is_paid)
        return Cancellation(True, False, last, sentence, undoes=True)
    if is_paid and is_holders:
        sentence = "You can cancel until the start. What comes back depends on when."
        return Cancellation(True, late, last, sentence, undoes=undoes)
    if late:
        free = free_of_charge(last, now, booked or last)
        return Cancellation(allow_late, True, last, _late_sentence(free, until, allow_late, _lost(plan, uses_credit)))
    back = f" 1 credit of “{plan}” comes back." if uses_credit and status == "confirmed" else ""
    return Cancellation(True, False, last, _early_sentence(status, until, is_staff=is_staff) + back, undoes=undoes)


def _lost(plan: str, uses_credit: bool) -> str:
    return f"the credit of “{plan}” doesn't come back" if uses_credit else "nothing comes back"


def terms(starts_at: datetime, window_hours: int, *, allow_late: bool, now: datetime, say: Say = IN_UTC) -> str:
    """The terms that a person sees before booking, with the moment as `say` puts it to the reader."""
    last = deadline(starts_at, window_hours)
    if free_of_charge(last, now) is Free.NEVER:
        then = "after that you can cancel until the start, with nothing coming back" if allow_late else "then it stands"
        return f"It is too late to cancel this one free of charge. {undo_terms(starts_at, now)}; {then}."
    if allow_late:
        return f"You can cancel free of charge until {say(last)}; after that until the start, with nothing coming back."
    return f"You can cancel free of charge until {say(last)}."


def undo_terms(starts_at: datetime, now: datetime) -> str:
    """How long a booking that is made now can be taken back, as a sentence without its end."""
    left = "For 10 minutes after booking" if now + UNDO <= starts_at else "Until it starts"
    return f"{left} you can take it back, as if it had never been"


def undo_sentence(until: datetime, say: Say, plan: str = "", *, is_paid: bool = False) -> str:
    """What its holder reads of a booking that can be taken back. `plan`: the one whose credit it took."""
    back = f": the credit of “{plan}” comes back" if plan else ""
    back = ": all that was paid goes back, and nothing more is charged" if is_paid else back
    return f"You can take it back until {say(until)}, as if it had never been{back}."


def _late_sentence(free: Free, until: str, allow_late: bool, lost: str) -> str:
    if free is Free.NEVER:
        can = f"You can still cancel; {lost}." if allow_late else "So it can't be cancelled any more."
        return f"This was booked too late to be cancelled free of charge. {can}"
    if allow_late:
        return f"Free cancelling ended {until}. You can still cancel; {lost}."
    return f"This booking could be cancelled until {until}."


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
    booked: datetime | None = None,
    promoted_at: datetime | None = None,
    grace_minutes: int = 0,
    counts_from: datetime | None = None,
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
    judged = judged_by(starts_at, counts_from)
    last = deadline(judged, window_hours, promoted_at=promoted_at, grace_minutes=grace_minutes)
    if refusal is None and status == "held":
        refusal = "The place is being paid for. Pay for it first, or let it go and book another time."
    if refusal is None and now > last and not is_staff:
        was_free = free_of_charge(last, now, booked or last) is Free.ENDED
        refusal = f"This booking could be moved until {say(last)}." if was_free else _NEVER_MOVABLE
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
