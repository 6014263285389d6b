"""Why a place can't be booked, moved or given back."""

from __future__ import annotations

from liveapp.domain.errors import Invalid, Refusal
from liveapp.rules.moving import Move
from liveapp.rules.terms import Terms


class NotBookable(Refusal):
    """The eligibility answer was not yes; `code` is its reason."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class AddressNeeded(Refusal):
    """Only a name is known of them, which is enough to come in free of charge."""

    code = "address_needed"
    sentence = "A price, a plan and the waiting list need an e-mail address. Add theirs, or let them in free of charge."


class TermsChanged(Refusal):
    """Something became dearer or harder since the page was shown: `shown` and `present` terms, and the `names` of what
    did."""

    code = "terms_changed"
    sentence = "The price or the terms have changed since you opened this page. Here they are as they are now."

    def __init__(self, shown: Terms | None, present: Terms, names: tuple[str, ...]) -> None:
        super().__init__()
        self.shown, self.present, self.names = shown, present, names


class NotCancellable(Refusal):
    code = "not_cancellable"
    sentence = "This booking can't be cancelled any more."


class NotMovable(Refusal):
    code = "not_movable"
    sentence = "This booking can't be moved any more."


class MoveCosts(NotMovable):
    """Moving costs something that the person wasn't shown: `move` says what."""

    code = "move_costs"
    sentence = "This place costs more than the one you have. Look at what it costs, then move."

    def __init__(self, move: Move) -> None:
        super().__init__()
        self.move = move


class SlotGone(Refusal):
    """The time can't be booked: `reason` is the rule's name."""

    code = "slot_gone"

    def __init__(self, sentence: str, reason: str) -> None:
        super().__init__(sentence)
        self.code = reason


class LinkEnded(Refusal):
    """A link to a booking that a newer one took the place of."""

    status = 410
    code = "link_ended"
    sentence = "This link was replaced by a new one. Open the newest mail about your booking and use its link."


class NotWaivable(Refusal):
    code = "not_waivable"
    sentence = "There is nothing to forgive: only a late cancellation or a missed session can be."


class TopicIsFixed(Refusal):
    code = "topic_fixed"
    sentence = "People suggest no topics for this session. An owner or admin can change that in its offering."


class TopicIsLate(Refusal):
    """The deadline for the topic is over, or the session has begun."""

    code = "topic_late"


class SessionsToCome(Invalid):
    """An offering's price changes, and nothing is said of the sessions that are planned at the present one."""

    code = "sessions_to_come"
    sentence = "Sessions are planned at the price as it was. Say whether it changes for them, too."


class CurrencyStays(Invalid):
    """Somebody booked at a price in the present currency."""

    code = "currency_stays"
    sentence = "This was sold in its currency already. Make another offering for another currency."
