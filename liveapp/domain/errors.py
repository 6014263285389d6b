"""Refusals: a status and a sentence that a person can act on. One handler renders them, as page, partial or JSON."""

from __future__ import annotations


class Refusal(Exception):
    """Something can't be done, and why. `code` names it for programs, the message tells people."""

    status = 409
    code = "refused"
    sentence = "That can't be done right now."

    def __init__(self, sentence: str | None = None, *, field: str | None = None) -> None:
        super().__init__(sentence or self.sentence)
        self.sentence = sentence or self.sentence
        self.field = field
        self.more: dict[str, str] = {}
        """What programs are told beside the code and the sentence."""


class NotFound(Refusal):
    """There is no such thing, or it isn't yours: the two look the same from outside."""

    status = 404
    code = "not_found"
    sentence = "There is nothing at this address. It may have moved or be gone by now, or the link may be incomplete."


class Forbidden(Refusal):
    """Inside one's own organization, but not with this role."""

    status = 403
    code = "forbidden"
    sentence = "Your role doesn't allow this. Ask an owner or admin of the organization."


class Invalid(Refusal):
    """What was sent doesn't make sense; `field` says where, if it is one field's."""

    status = 422
    code = "invalid"
    sentence = "Some of what was entered needs another look."


class Busy(Refusal):
    """Too many people at once; nothing was changed, and trying again is right."""

    status = 503
    code = "busy"
    sentence = "A lot of people are booking right now. Nothing was changed; please try again in a moment."
    retry_after_seconds = 2
