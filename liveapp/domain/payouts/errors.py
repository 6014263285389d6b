"""Why a payout can't be made."""

from __future__ import annotations

from liveapp.domain.errors import Refusal


class NothingPayable(Refusal):
    """The balance gives nothing now, or less than was to be paid."""

    code = "nothing_payable"
    sentence = "Nothing of this balance can be paid out now."


class BalanceChanged(Refusal):
    """Another sum is payable than the person was shown."""

    code = "balance_changed"
    sentence = "The balance has changed since you looked. Nothing was paid out: look at it again."


class NotSetUp(Refusal):
    """There is no account that the provider pays out to."""

    code = "payouts_not_set_up"
    sentence = "There is no account to pay out to yet. They set it up on their earnings page, or you pay by hand."


class AccountHeld(Refusal):
    """Where the money goes to was changed lately."""

    code = "payout_account_held"
    sentence = "The bank account was changed less than 72 hours ago. Payouts go on after that; the owners were mailed."


class NotWaiting(Refusal):
    """No payout waits to be sent."""

    code = "payout_not_waiting"
    sentence = "This payout doesn't wait any more: it is on its way, or there already."
