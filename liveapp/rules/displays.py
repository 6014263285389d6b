"""The screen on the wall: what it shows at a moment, whom it names and how, and who may open one."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from liveapp.rules.roles import Right, Role, may

ARRIVALS = 6
"""So many of those who just came are named."""
LONGEST_DAYS = 366


class State(StrEnum):
    """What the screen says of the session that it shows, or that there is none."""

    BEFORE = "before"
    OPEN = "open"
    OVER = "over"
    CANCELLED = "cancelled"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Shown:
    """A session as the screen shows it. `expected` people are to come, `came` are in; `arrivals`: the last of them."""

    id: Any
    title: str
    host: str
    starts_at: datetime
    ends_at: datetime
    opens_at: datetime
    status: str = "scheduled"
    expected: int = 0
    came: int = 0
    arrivals: tuple[str, ...] = ()

    def is_over(self, now: datetime) -> bool:
        """Whether its time is over, or it was ended."""
        return self.status == "ended" or now >= self.ends_at


@dataclass(frozen=True, slots=True)
class Scene:
    """What the screen shows until the clock alone changes it: at `until`, where that is known."""

    state: State
    session: Shown | None
    next: Shown | None
    until: datetime | None


def scene(sessions: Sequence[Shown], now: datetime, *, day_ends_at: datetime, only: Any = None) -> Scene:
    """What to show now of these, which come in the order of their starts.

    A room's screen shows the session whose check-in opened last and that isn't over, else the day's next, until its
    check-in opens. A session's own screen (`only`) shows that one, whatever became of it.
    """
    ahead = [each for each in sessions if not each.is_over(now) and each.status in ("scheduled", "live")]
    present = next((each for each in sessions if each.id == only), None) if only else _present(ahead, now, day_ends_at)
    after = next((each for each in ahead if present is None or _follows(each, present)), None)
    return Scene(_state(present, now), present, after, _until(sessions, now, day_ends_at))


def _present(ahead: Sequence[Shown], now: datetime, day_ends_at: datetime) -> Shown | None:
    opened = [each for each in ahead if each.opens_at <= now]
    if opened:
        return opened[-1]
    return ahead[0] if ahead and ahead[0].starts_at < day_ends_at else None


def _follows(session: Shown, present: Shown) -> bool:
    return session.id != present.id and session.starts_at >= present.starts_at


def _state(session: Shown | None, now: datetime) -> State:
    if session is None:
        return State.NOTHING
    if session.status == "cancelled":
        return State.CANCELLED
    if session.is_over(now):
        return State.OVER
    is_open = session.status in ("scheduled", "live") and session.opens_at <= now
    return State.OPEN if is_open else State.BEFORE


def _until(sessions: Sequence[Shown], now: datetime, day_ends_at: datetime) -> datetime | None:
    moments = [day_ends_at, *(moment for each in sessions for moment in (each.opens_at, each.starts_at, each.ends_at))]
    return min((moment for moment in moments if moment > now), default=None)


def name_on_screen(name: str) -> str:
    """A first name and an initial, of what people typed as their name; never an address, a number or a surname.

    "Okafor, Ben" is Ben O. too. What holds no word that can be shown is "Somebody".
    """
    last, comma, first = name.partition(",")
    words = [word for word in (f"{first} {last}" if comma else name).split() if "@" not in word]
    said = ["".join(letter for letter in word if _is_of_a_name(letter)).strip("-'’") for word in words]
    said = [word for word in said if word and word[0].isalpha()]
    if not said:
        return "Somebody"
    shown = said[0][:20]
    return f"{shown} {said[-1][0]}." if len(said) > 1 else shown


def _is_of_a_name(letter: str) -> bool:
    """A letter, a sign that many scripts write their vowels with, or what joins names."""
    return letter.isalpha() or unicodedata.category(letter) in ("Mn", "Mc") or letter in "'’-"


def may_open(role: Role | None, *, is_host: bool, is_location: bool) -> bool:
    """A coach opens screens for locations and for sessions that they lead, owners and admins for all."""
    return may(role, Right.EDIT_ANY_SESSION) or (may(role, Right.CHECK_IN) and (is_location or is_host))


def may_end(role: Role | None, *, is_own: bool) -> bool:
    """A coach ends the screens that they opened, owners and admins all."""
    return may(role, Right.EDIT_ANY_SESSION) or (may(role, Right.CHECK_IN) and is_own)


def lasts_until(now: datetime, days: int, session_ends_at: datetime | None) -> datetime:
    """When the link ends: after so many days; a session's screen a day after the session at the latest."""
    wanted = now + timedelta(days=min(max(days, 1), LONGEST_DAYS))
    return min(wanted, session_ends_at + timedelta(days=1)) if session_ends_at else wanted
