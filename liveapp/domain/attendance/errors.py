"""Why somebody can't be checked in, and what of attendance can't be changed."""

from __future__ import annotations

from liveapp.domain.errors import Refusal
from liveapp.rules.checkin import Answer


class NotCheckedIn(Refusal):
    """The answer of rules.checkin was not to let them in; `code` is its reason."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.sentence)
        self.code = answer.code.value
        self.answer = answer
        self.more = {"word": answer.word, "colour": answer.colour}


class NotIn(Refusal):
    code = "not_in"
    sentence = "They aren't checked in, so they can't be checked out."


class IsIn(Refusal):
    code = "is_in"
    sentence = "They are checked in. Undo that first."


class Undone(Refusal):
    code = "undone"
    sentence = "This check-in was undone after it had been made. Check in again, if they are there."


class SessionClosed(Refusal):
    """The session's attendance is settled: from then on it is corrected, with a reason."""

    code = "session_closed"
    sentence = "This session is closed. Correct the attendance instead, and say why."


class NotCorrectable(Refusal):
    code = "not_correctable"
    sentence = "Attendance can be corrected once the session is closed. Until then check in, undo or excuse."


class CreditGone(Refusal):
    code = "no_credits"
    sentence = (
        "The credit that was given back when this was forgiven is used up or has lapsed. Give their plan a credit"
        " first, then correct the attendance."
    )


class HasAddress(Refusal):
    code = "has_address"
    sentence = "Their address is known already."


class BookedTwice(Refusal):
    code = "booked_twice"
    sentence = "Somebody with this address has a booking of the same session, so they aren't the same person."
