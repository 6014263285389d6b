"""How somebody stands at the door, in a word for styles and in words for people."""

from __future__ import annotations

from typing import NamedTuple

from liveapp.db import AnyRow
from liveapp.rules.checkin import BY_WAY, Way
from liveapp.web.filters import fmt_time

NO_PLACE = {
    "waitlisted": ("waiting", "On the waiting list"),
    "held": ("unpaid", "Not paid yet"),
    "requested": ("unpaid", "Waits for the host's answer"),
    "no_show": ("absent", "No-show"),
}


class Standing(NamedTuple):
    """`state`: expected, in, out, excused, absent, waiting or unpaid."""

    state: str
    words: str


def standing(person: AnyRow, timezone: str) -> Standing:
    """How a row of attendance.door stands; times are said in the session's zone."""
    if person.record == "excused":
        return Standing("excused", f"Excused: {person.reason}" if person.reason else "Excused")
    if person.status in NO_PLACE:
        return Standing(*NO_PLACE[person.status])
    late = ", late" if person.record == "late" else ""
    if person.checked_in_at is None:
        return Standing("in", f"Attended{late}") if person.status == "attended" else Standing("expected", "")
    is_closed = person.status == "attended"
    if person.left_at is not None and not is_closed:
        return Standing("out", f"Left at {fmt_time(person.left_at, timezone)}")
    kept = ", noted without a network" if person.is_unverified else ""
    way = f", {BY_WAY[Way(person.checked_in_how)]}" if person.checked_in_how not in (None, "manual") else ""
    left = f", left at {fmt_time(person.left_at, timezone)}" if person.left_at is not None else ""
    came = "Came at" if is_closed else "In since"
    return Standing("in", f"{came} {fmt_time(person.checked_in_at, timezone)}{late}{way}{left}{kept}")
