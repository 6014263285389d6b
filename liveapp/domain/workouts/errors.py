"""Why a workout can't be changed or chosen."""

from __future__ import annotations

from liveapp.domain.errors import Forbidden, Invalid, Refusal
from liveapp.rules.content import LONGEST_BODY, LONGEST_TITLE, MOST


class NotYourWorkout(Forbidden):
    code = "not_your_workout"
    sentence = "You can change the workouts that you wrote. Ask an owner or admin for this one."


class NotYourSession(Forbidden):
    code = "not_your_session"
    sentence = "You can say what is done in the sessions that you lead. Ask an owner or admin for this one."


class Archived(Refusal):
    code = "archived"
    sentence = "This workout was archived meanwhile. Choose another one, or restore it first."


class TooMany(Refusal):
    code = "too_many"
    sentence = f"There are {MOST} already, which is the most. Take one away first."


class BadText(Invalid):
    """A title or a body that is missing or too long."""

    code = "bad_text"
    MISSING = "Enter a title, like “Hips and shoulders”."
    LONG_TITLE = f"This is too long: shorten the title to {LONGEST_TITLE} characters."
    LONG_BODY = f"This is too long: shorten the text to {LONGEST_BODY} characters, or make two of it."
