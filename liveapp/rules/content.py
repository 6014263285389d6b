"""What a session shows, and the order in which it does."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TypeVar

from liveapp.rules.roles import Right, Role, may

T = TypeVar("T")
LONGEST_TITLE = 120
LONGEST_BODY = 10_000
"""Characters of Markdown: some five pages, and what the worst of them costs to draw is a tenth of a second."""
MOST = 20
"""Workouts of one session, or of one day."""


class Source(StrEnum):
    """Where what a session shows comes from: `workout_source`."""

    SESSION = "session"
    DAILY_PROGRAMMING = "daily_programming"
    NONE = "none"


def shown(own: Sequence[T], daily: Sequence[T]) -> tuple[Source, Sequence[T]]:
    """The session's own workouts, in their order; without any those of its program's day; else nothing."""
    if own:
        return Source.SESSION, own
    if daily:
        return Source.DAILY_PROGRAMMING, daily
    return Source.NONE, ()


def moved(order: Sequence[T], one: T, by: int) -> list[T]:
    """The order with one of it `by` places further on (negative: further up), but never past the ends."""
    place = order.index(one)
    rest = [each for each in order if each != one]
    rest.insert(max(0, place + by), one)
    return rest


def may_set(role: Role | None, *, is_host: bool) -> bool:
    """Who says what is done in a session: a coach for those that they lead, owners and admins for all."""
    return may(role, Right.EDIT_ANY_SESSION) or (is_host and may(role, Right.WRITE_WORKOUTS))


def may_change(role: Role | None, *, is_author: bool) -> bool:
    """Who rewrites or archives a workout: a coach what they wrote, owners and admins all."""
    return may(role, Right.MANAGE_CATALOGUE) or (is_author and may(role, Right.WRITE_WORKOUTS))
