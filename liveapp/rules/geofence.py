"""Whether a phone is where the session is: distances on the globe, and how sure the phone is of its own position."""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, cos, isfinite, radians, sin, sqrt

from liveapp.rules.checkin import Answer, Code

EARTH_RADIUS = 6_371_008.8
"""The mean radius of the earth in metres."""
WIDEST = 25
"""By so much at the most a phone that is unsure of its position widens the circle, in metres."""
FARTHEST = 50_000_000
"""No accuracy that a phone names is larger than the earth is round, in metres."""


class BadPosition(ValueError):
    """What was sent is no position; the text says what is wrong, `field` where."""

    def __init__(self, sentence: str, field: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class Point:
    """A place on the globe in degrees: latitude −90 to 90, longitude −180 to 180."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Position:
    """Where a phone says it is, and how far off that may be, in metres."""

    point: Point
    accuracy: float


@dataclass(frozen=True, slots=True)
class Fence:
    """The place that is measured from, and how far from it still counts as there, in metres."""

    centre: Point
    radius: float


def point(latitude: object, longitude: object) -> Point:
    """A place, of what somebody sent. Raises BadPosition for anything that is none."""
    return Point(_number(latitude, "latitude", 90), _number(longitude, "longitude", 180))


def position(latitude: object, longitude: object, accuracy: object) -> Position:
    """A phone's position, of what it sent. Raises BadPosition for anything that is none."""
    metres = _number(accuracy, "accuracy", FARTHEST)
    if metres < 0:
        raise BadPosition("“accuracy” can't be below 0 metres.", "accuracy")
    return Position(point(latitude, longitude), metres)


def distance(one: Point, other: Point) -> float:
    """Metres between two places along the globe's surface, by the haversine formula."""
    phi, psi = radians(one.latitude), radians(other.latitude)
    across = sin(radians(one.longitude - other.longitude) / 2) ** 2
    part = sin((phi - psi) / 2) ** 2 + cos(phi) * cos(psi) * across
    return 2 * EARTH_RADIUS * asin(sqrt(min(1.0, max(0.0, part))))


def answer(found: Position, fence: Fence) -> Answer:
    """Open where the phone may be inside: its distance, less what it may be off by (at most WIDEST), is within the
    radius. A phone that may be off by more than the radius can't say. A refusal says nothing of the distance, from
    which the place, or how to feign it, could be worked out."""
    if found.accuracy > fence.radius:
        return Answer(
            Code.POSITION_VAGUE,
            f"Your phone knows its position only to about {_length(found.accuracy)}, which isn't enough here. Go where"
            " it sees the sky, turn on precise location, and try again; or scan the code at the door.",
        )
    if distance(found.point, fence.centre) - min(found.accuracy, WIDEST) <= fence.radius:
        return Answer(Code.OPEN, "You are there.")
    return Answer(
        Code.TOO_FAR,
        f"You aren't there yet. Come within {_length(fence.radius)} of the place, then try again.",
    )


def nothing_to_measure(*, is_online: bool, is_feed: bool) -> Answer | None:
    """Why a position is of no use for a session at all; None where it may be."""
    if is_online:
        return Answer(Code.NO_POSITION, "This session is online, so there is no place to be at.")
    if is_feed:
        return Answer(Code.NO_POSITION, "Positions aren't used for this session. Scan the code at the door instead.")
    return None


def no_coordinates() -> Answer:
    """Neither the location nor the business says where it is."""
    return Answer(Code.NO_POSITION, "Nobody has entered where this place is on the map. Scan the code at the door.")


def _number(value: object, name: str, most: float) -> float:
    if value is None or value == "":
        raise BadPosition(f"“{name}” is missing.", name)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise BadPosition(f"“{name}” must be a number.", name)
    try:
        number = float(value)
    except (ValueError, OverflowError) as error:
        raise BadPosition(f"“{name}” must be a number.", name) from error
    if not isfinite(number) or abs(number) > most:
        raise BadPosition(f"“{name}” must be a number from {-most} to {most}.", name)
    return number


def _length(metres: float) -> str:
    """A distance for people: "40 m", "350 m", "2.4 km", "120 km"."""
    if metres < 100:
        return f"{round(metres)} m"
    if metres < 1000:
        return f"{round(metres, -1):.0f} m"
    return f"{metres / 1000:.1f} km" if metres < 10_000 else f"{metres / 1000:,.0f} km"
