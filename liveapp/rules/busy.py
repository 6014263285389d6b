"""What keeps a host, a place or the house from being booked, and the starts that each of them rules out."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from liveapp.rules.intervals import Interval, overlaps
from liveapp.rules.zones import minute_not_before, minute_of


class BusyKind(StrEnum):
    """Where busy time comes from; it decides which buffers count and what people are told."""

    BOOKING = "booking"  # a meeting of the host
    HOLD = "hold"  # a place being paid for or confirmed
    REQUEST = "request"  # a pending request
    SESSION = "session"  # a calendar session that the host leads
    EXTERNAL = "external"  # a connected calendar
    LOCATION = "location"  # somebody else's session in an exclusive location
    CLOSURE = "closure"  # the business or the location is closed


CLAIMS = frozenset({BusyKind.BOOKING, BusyKind.HOLD, BusyKind.REQUEST, BusyKind.SESSION})
"""The kinds that claim the host's time: their own buffers count, and they count towards most per day and week."""


@dataclass(frozen=True, slots=True)
class Busy:
    """Busy time start ≤ t < end (aware datetimes); buffers in minutes are used by claims only.

    `label` is for the host's eyes ("Yoga, Ben Miller"); guests never see it.
    """

    start: datetime
    end: datetime
    kind: BusyKind = BusyKind.BOOKING
    buffer_before: int = 0
    buffer_after: int = 0
    label: str = ""
    ref: object = None


@dataclass(frozen=True, slots=True)
class Shape:
    """What a new meeting takes: its duration and its own buffers, in minutes."""

    duration: int
    buffer_before: int = 0
    buffer_after: int = 0


def bare(busy: Busy) -> Interval:
    """The UTC minutes that are taken up, without buffers; seconds are rounded outwards."""
    return minute_of(busy.start), minute_not_before(busy.end)


def forbidden_starts(busy: Busy, shape: Shape) -> Interval:
    """The starts (half-open) that a meeting of this shape can't have beside this busy time.

    Between claims buffers add up: the earlier's after and the later's before. Against an outside event the new
    meeting's own count; a location or a closure needs no buffer. Busy time of no length forbids nothing.
    """
    start, end = bare(busy)
    if end <= start:
        return start, start
    gap_before = gap_after = 0
    if busy.kind in CLAIMS:
        gap_before, gap_after = busy.buffer_before + shape.buffer_after, busy.buffer_after + shape.buffer_before
    elif busy.kind is BusyKind.EXTERNAL:
        gap_before, gap_after = shape.buffer_after, shape.buffer_before
    return start - gap_before - shape.duration + 1, end + gap_after


def collides(busy: Busy, shape: Shape, start: int) -> bool:
    """Whether a meeting that starts at this UTC minute and the busy time share a minute, buffers aside."""
    return overlaps(bare(busy), (start, start + shape.duration))
