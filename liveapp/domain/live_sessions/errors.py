"""Why a session can't be made, changed or taken back."""

from __future__ import annotations

from datetime import datetime

from liveapp.domain.errors import Refusal
from liveapp.rules.lifecycle import Times
from liveapp.rules.wording import moment_in_words


class Clash(Refusal):
    """The host or the location is taken at that time, or it is closed; the sentence names what stands in the way."""

    code = "clash"


class StillBooked(Refusal):
    """People are booked or wait, so the session can't go back to being a draft."""

    code = "still_booked"


class NotEditable(Refusal):
    """The session is over or cancelled."""

    code = "not_editable"


class NotOpen(Refusal):
    """It isn't the time for the verb: before its window opens, or after the start; `more` has the moment."""

    code = "not_open"

    def __init__(self, verb: str, times: Times, timezone: str, now: datetime) -> None:
        opens = times.window_opens_at if now < times.window_opens_at else times.starts_at
        moment = moment_in_words(opens, timezone)
        super().__init__(
            f"It can be started from {moment} on, when people can come in."
            if verb == "start"
            else f"It was to start {moment}, so its start can't be taken back any more."
        )
        self.more = {"opens_at" if verb == "start" else "closed_at": opens.isoformat()}


class AskFirst(Refusal):
    """People lose something by it, and whoever does it hasn't seen how many."""

    code = "ask_first"
    sentence = "People lose something by this. Look at how many, and confirm it."


class StillHosting(Refusal):
    """The person leads sessions to come."""

    code = "still_hosting"
