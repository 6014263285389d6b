"""Why many sessions can't be changed at once."""

from __future__ import annotations

import uuid

from liveapp.domain.errors import Refusal


class NothingChosen(Refusal):
    """No session was chosen, or none matches."""

    status = 422
    code = "nothing_chosen"


class TooMany(Refusal):
    """More sessions match than one batch takes."""

    status = 422
    code = "too_many"


class LookAgain(Refusal):
    """What the batch would do isn't what was shown any more."""

    code = "look_again"
    sentence = "What this would change is different from what you saw. Nothing was changed: look at it again."


class SomeRefused(Refusal):
    """Some of the sessions can't be changed so, and nobody said to leave them out."""

    code = "some_refused"


class OneRefused(Refusal):
    """A batch that came to a session which can't be changed so; nothing of it is kept."""

    code = "one_refused"

    def __init__(self, sentence: str, session_id: uuid.UUID | None) -> None:
        super().__init__(sentence)
        self.session_id = session_id
