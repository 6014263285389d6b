"""Positions: distances that are known, the seams of the globe, what is no position at all, and properties of all."""

from __future__ import annotations

from math import inf, isfinite, nan, pi

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from liveapp.rules.checkin import Code
from liveapp.rules.geofence import (
    EARTH_RADIUS,
    BadPosition,
    Fence,
    Point,
    Position,
    answer,
    distance,
    no_coordinates,
    nothing_to_measure,
    point,
    position,
)

BERLIN = Point(52.520008, 13.404954)
HALF_WAY_ROUND = pi * EARTH_RADIUS
points = st.builds(Point, st.floats(-90, 90), st.floats(-180, 180))


@pytest.mark.parametrize(
    ("one", "other", "metres"),
    [
        (BERLIN, BERLIN, 0),
        (BERLIN, Point(48.137154, 11.576124), 504_221),  # Munich
        (Point(51.5007, -0.1246), Point(40.6892, -74.0445), 5_574_848),  # London to New York
        (Point(0, 0), Point(0, 1), 111_195.08),
        (Point(0, 0), Point(1, 0), 111_195.08),
        (Point(0, 179.9995), Point(0, -179.9995), 111.195),  # over the date line
        (Point(0, 180), Point(0, -180), 0),
        (Point(90, 0), Point(90, 135), 0),  # a pole has every longitude
        (Point(-90, -40), Point(-90, 120), 0),
        (Point(90, 0), Point(-90, 0), HALF_WAY_ROUND),
        (Point(0, 0), Point(0, 180), HALF_WAY_ROUND),
        (Point(89.9995, 0), Point(89.9995, 180), 111.195),  # over the pole
    ],
)
def test_known_distances(one: Point, other: Point, metres: float) -> None:
    assert distance(one, other) == pytest.approx(metres, rel=2e-3 if metres > 100_000 else 1e-4, abs=1e-3)


@given(one=points, other=points)
@example(one=Point(90, 180), other=Point(-90, -180))
@example(one=Point(5e-324, 0), other=Point(0, 5e-324))
def test_a_distance_is_the_same_both_ways_and_never_more_than_half_way_round(one: Point, other: Point) -> None:
    metres = distance(one, other)
    assert isfinite(metres)
    assert 0 <= metres <= HALF_WAY_ROUND + 1e-6
    assert metres == distance(other, one)
    assert distance(one, one) == 0


@given(one=points, over=points, other=points)
def test_no_detour_is_shorter(one: Point, over: Point, other: Point) -> None:
    assert distance(one, other) <= distance(one, over) + distance(over, other) + 1


@given(one=points, other=points)
def test_the_date_line_is_no_wall(one: Point, other: Point) -> None:
    def turned(place: Point) -> Point:
        return Point(place.latitude, place.longitude - 360 if place.longitude > 0 else place.longitude + 360)

    assert distance(turned(one), other) == pytest.approx(distance(one, other), abs=1)


@pytest.mark.parametrize(
    "value", [None, "", "x", nan, inf, -inf, "nan", "inf", "1e999", True, [], {}, 90.0001, -91, 10**400, "1,5", b"1"]
)
def test_what_is_no_latitude(value: object) -> None:
    with pytest.raises(BadPosition, match=r"“latitude” (is missing|must be)") as found:
        point(value, 0)
    assert found.value.field == "latitude"


@pytest.mark.parametrize("value", [None, nan, 180.0001, -181, False])
def test_what_is_no_longitude(value: object) -> None:
    with pytest.raises(BadPosition, match="longitude"):
        point(0, value)


@pytest.mark.parametrize("value", [None, nan, inf, -0.5, "about 5", 1e12])
def test_what_is_no_accuracy(value: object) -> None:
    with pytest.raises(BadPosition, match="accuracy"):
        position(0, 0, value)


def test_numbers_may_come_as_text() -> None:
    assert position("52.520008", "13.404954", "12") == Position(BERLIN, 12)
    assert point(90, -180) == Point(90, -180)


def away(metres: float) -> Point:
    """So far north of Berlin."""
    return Point(BERLIN.latitude + metres / 111_195.08, BERLIN.longitude)


@pytest.mark.parametrize(
    ("metres", "accuracy", "code"),
    [
        (0, 0, Code.OPEN),
        (149, 0, Code.OPEN),
        (151, 0, Code.TOO_FAR),
        (174, 25, Code.OPEN),
        (174, 150, Code.OPEN),
        (176, 25, Code.TOO_FAR),
        (176, 150, Code.TOO_FAR),
        (299, 150, Code.TOO_FAR),
        (0, 150, Code.OPEN),
        (0, 150.5, Code.POSITION_VAGUE),
        (5000, 4000, Code.POSITION_VAGUE),
    ],
)
def test_a_phone_may_be_inside_or_not_or_cant_say(metres: float, accuracy: float, code: Code) -> None:
    assert answer(Position(away(metres), accuracy), Fence(BERLIN, 150)).code is code


def test_the_sentences_say_what_to_do_and_never_how_far() -> None:
    for metres in (340, 2400):
        far = answer(Position(away(metres), 5), Fence(BERLIN, 150)).sentence
        assert far == "You aren't there yet. Come within 150 m of the place, then try again."
    assert "only to about 900 m" in answer(Position(BERLIN, 900), Fence(BERLIN, 150)).sentence


def test_where_nothing_can_be_measured() -> None:
    for found in (nothing_to_measure(is_online=True, is_feed=False), nothing_to_measure(is_online=False, is_feed=True)):
        assert found is not None
        assert found.code is Code.NO_POSITION
    assert nothing_to_measure(is_online=False, is_feed=False) is None
    assert no_coordinates().code is Code.NO_POSITION


@given(metres=st.floats(0, 5000), accuracy=st.floats(0, 1000), radius=st.floats(1, 1000))
def test_no_phone_gets_in_from_more_than_25_m_outside_the_circle(metres: float, accuracy: float, radius: float) -> None:
    if metres > radius + 26:
        assert answer(Position(away(metres), accuracy), Fence(BERLIN, radius)).code is not Code.OPEN


@given(found=points, centre=points, accuracy=st.floats(0, 1e6), radius=st.floats(1, 1e5), wider=st.floats(0, 1e5))
def test_a_wider_fence_never_keeps_out_who_was_inside(
    found: Point, centre: Point, accuracy: float, radius: float, wider: float
) -> None:
    if answer(Position(found, accuracy), Fence(centre, radius)).code is Code.OPEN:
        assert answer(Position(found, accuracy), Fence(centre, radius + wider)).code is Code.OPEN
