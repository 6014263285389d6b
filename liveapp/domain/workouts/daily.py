"""What a program's sessions do on a day, where they have nothing of their own. Take the program's turn."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from liveapp.domain.actor import Actor
from liveapp.domain.catalogue import rows
from liveapp.domain.catalogue.checks import check_right
from liveapp.domain.catalogue.models import Program
from liveapp.domain.workouts import order
from liveapp.domain.workouts.order import Place


def add(*, actor: Actor, program_id: uuid.UUID, day: date, workout_id: uuid.UUID, now: datetime) -> None:
    """Puts a workout at the end of the day's. Raises Forbidden, Archived, TooMany."""
    place = _place(actor, program_id, day)
    order.check_usable(actor, workout_id)
    order.change(place, actor, lambda present: order.with_one(present, workout_id), now)


def take_away(*, actor: Actor, program_id: uuid.UUID, day: date, workout_id: uuid.UUID, now: datetime) -> None:
    """Takes one away; one that is gone already stays gone. Raises Forbidden."""
    order.change(_place(actor, program_id, day), actor, lambda present: order.without(present, workout_id), now)


def move(*, actor: Actor, program_id: uuid.UUID, day: date, workout_id: uuid.UUID, by: int, now: datetime) -> None:
    """Moves one up (by -1) or down (by 1). Raises Forbidden, NotFound."""
    place = _place(actor, program_id, day)
    order.change(place, actor, lambda present: order.with_moved(present, workout_id, by), now)


def copy(*, actor: Actor, program_id: uuid.UUID, day: date, to_day: date, now: datetime) -> int:
    """Puts what the day has at the end of another day's, each once. Returns how many are new there. Raises TooMany."""
    source, place = order.present(_place(actor, program_id, day)), _place(actor, program_id, to_day)
    there = order.present(place)
    new = [each for each in source if each not in there]
    order.change(place, actor, lambda present: [*present, *new], now)
    return len(new)


def _place(actor: Actor, program_id: uuid.UUID, day: date) -> Place:
    check_right(actor)
    rows.own_row(Program, actor, program_id)
    return Place.day(program_id, day)
