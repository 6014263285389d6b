"""Why money can't be taken or given back."""

from __future__ import annotations

from liveapp.domain.errors import Refusal


class NotPayable(Refusal):
    """There is nothing to pay, or the time to pay is over."""

    code = "not_payable"
    sentence = "There is nothing to pay for this booking."


class CardNeeded(Refusal):
    """Something is still to be charged to this card."""

    code = "card_needed"


class NotDecidable(Refusal):
    """The meeting can't be settled this way, or not now; the sentence says why."""

    code = "not_decidable"


class BoughtAlready(Refusal):
    """The page that was sent is older than the last purchase: another tab, or the back button, bought it."""

    code = "bought_already"
    sentence = "You have bought this plan already. To buy it once more, press the button again."


class PlanChanged(Refusal):
    """The plan became dearer, or gives something else, since the page was shown that was sent."""

    code = "plan_changed"
    sentence = "This plan has changed since you opened the page. Here it is as it is now: buy it if you agree."


class NotRefundable(Refusal):
    """More can't come back than is left of what was paid."""

    code = "not_refundable"
