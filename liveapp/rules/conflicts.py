"""Nobody is in two places at once: the time that a session claims, and the claims that stand in each other's way."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from liveapp.rules.wording import moment_in_words


@dataclass(frozen=True, slots=True)
class Claim:
    """A session's or meeting's time, start ≤ t < end (aware), with its buffers in minutes.

    `title` names it to the person who is in the way of it; `ref` is what it stands for.
    """

    start: datetime
    end: datetime
    buffer_before: int = 0
    buffer_after: int = 0
    title: str = ""
    ref: object = None

    @property
    def extent(self) -> tuple[datetime, datetime]:
        """The time that the host is claimed for: buffers included, end excluded."""
        return (
            self.start - timedelta(minutes=self.buffer_before),
            self.end + timedelta(minutes=self.buffer_after),
        )


def clash(one: Claim, other: Claim) -> bool:
    """Whether two claims on one host share time: so both buffers must lie between two sessions."""
    (start, end), (other_start, other_end) = one.extent, other.extent
    return start < other_end and other_start < end


def first_clashes(wanted: Sequence[Claim], standing: Iterable[Claim]) -> dict[int, Claim]:
    """For each wanted claim that can't be had, by its place in the sequence: the earliest that is in the way.

    Claims earlier in the sequence stand in the way of later ones too.
    """
    ordered = sorted([*standing, *wanted], key=lambda claim: claim.extent[0])
    starts = [claim.extent[0] for claim in ordered]
    longest = max((claim.extent[1] - claim.extent[0] for claim in ordered), default=timedelta())
    found: dict[int, Claim] = {}
    later = {id(claim): place for place, claim in enumerate(wanted)}
    for place, claim in enumerate(wanted):
        start, end = claim.extent
        near = ordered[bisect_left(starts, start - longest) : bisect_left(starts, end)]
        blocking = [other for other in near if later.get(id(other), -1) < place and clash(claim, other)]
        if blocking:
            found[place] = blocking[0]
    return found


def clash_sentence(other: Claim, timezone: str) -> str:
    """What stands in the way, in words, on the reader's clock."""
    name = f"“{other.title}”" if other.title else "Another session"
    buffers = other.buffer_before + other.buffer_after
    rest = " and needs time before or after it" if buffers else ""
    return f"{name} is at that time: it starts {moment_in_words(other.start, timezone)}{rest}."
