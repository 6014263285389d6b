"""The test cards and test payment methods of Stripe's documentation ("Testing")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Authentication = Literal["never", "when_asked", "unless_set_up", "already_set_up", "always"]


@dataclass(frozen=True, slots=True)
class Card:
    """A test card. ``declines`` is a decline code for charges; ``authentication`` says when 3-D Secure is asked for."""

    number: str
    brand: str = "visa"
    funding: str = "credit"
    declines: str | None = None
    attaches: bool = True
    authentication: Authentication = "never"
    dispute: str | None = None
    refund: Literal["at_once", "pending", "fails"] = "at_once"
    funds_at_once: bool = False


CARDS: dict[str, Card] = {
    card.number: card
    for card in (
        Card("4242424242424242"),
        Card("4000056655665556", funding="debit"),
        Card("5555555555554444", brand="mastercard"),
        Card("2223003122003222", brand="mastercard"),
        Card("5200828282828210", brand="mastercard", funding="debit"),
        Card("5105105105105100", brand="mastercard", funding="prepaid"),
        Card("378282246310005", brand="amex"),
        Card("371449635398431", brand="amex"),
        Card("6011111111111117", brand="discover"),
        Card("3056930009020004", brand="diners"),
        Card("3566002020360505", brand="jcb"),
        Card("6200000000000005", brand="unionpay"),
        Card("4000000000000002", declines="generic_decline", attaches=False),
        Card("4000000000009995", declines="insufficient_funds", attaches=False),
        Card("4000000000009987", declines="lost_card", attaches=False),
        Card("4000000000009979", declines="stolen_card", attaches=False),
        Card("4000000000000069", declines="expired_card", attaches=False),
        Card("4000000000000127", declines="incorrect_cvc", attaches=False),
        Card("4000000000000119", declines="processing_error", attaches=False),
        Card("4000000000006975", declines="card_velocity_exceeded", attaches=False),
        Card("4100000000000019", declines="fraudulent", attaches=False),
        Card("4000000000000341", declines="generic_decline"),
        Card("4000002500003155", authentication="unless_set_up"),
        Card("4000003800000446", authentication="already_set_up"),
        Card("4000002760003184", authentication="always"),
        Card("4000000000003220", authentication="always"),
        Card("4000008260003178", authentication="unless_set_up", declines="insufficient_funds"),
        Card("4000008400001629", authentication="always", declines="generic_decline"),
        Card("4000000000003055", authentication="when_asked"),
        Card("4000000000000259", dispute="fraudulent"),
        Card("4000000000002685", dispute="product_not_received"),
        Card("4000000000007726", refund="pending"),
        Card("4000000000005126", refund="fails"),
        Card("4000000000000077", funds_at_once=True),
        Card("4000003720000278", funds_at_once=True, authentication="always"),
    )
}

TOKENS: dict[str, str] = {
    "pm_card_visa": "4242424242424242",
    "pm_card_visa_debit": "4000056655665556",
    "pm_card_mastercard": "5555555555554444",
    "pm_card_mastercard_debit": "5200828282828210",
    "pm_card_mastercard_prepaid": "5105105105105100",
    "pm_card_amex": "378282246310005",
    "pm_card_discover": "6011111111111117",
    "pm_card_diners": "3056930009020004",
    "pm_card_jcb": "3566002020360505",
    "pm_card_unionpay": "6200000000000005",
    "pm_card_chargeDeclined": "4000000000000002",
    "pm_card_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_chargeDeclinedLostCard": "4000000000009987",
    "pm_card_chargeDeclinedStolenCard": "4000000000009979",
    "pm_card_chargeDeclinedExpiredCard": "4000000000000069",
    "pm_card_chargeDeclinedIncorrectCvc": "4000000000000127",
    "pm_card_chargeDeclinedProcessingError": "4000000000000119",
    "pm_card_chargeDeclinedVelocityLimitExceeded": "4000000000006975",
    "pm_card_radarBlock": "4100000000000019",
    "pm_card_chargeCustomerFail": "4000000000000341",
    "pm_card_authenticationRequiredOnSetup": "4000002500003155",
    "pm_card_authenticationRequiredSetupForOffSession": "4000003800000446",
    "pm_card_authenticationRequired": "4000002760003184",
    "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds": "4000008260003178",
    "pm_card_threeDSecure2Required": "4000000000003220",
    "pm_card_threeDSecureRequiredChargeDeclined": "4000008400001629",
    "pm_card_threeDSecureOptional": "4000000000003055",
    "pm_card_createDispute": "4000000000000259",
    "pm_card_createDisputeProductNotReceived": "4000000000002685",
    "pm_card_pendingRefund": "4000000000007726",
    "pm_card_refundFail": "4000000000005126",
    "pm_card_bypassPending": "4000000000000077",
    "pm_card_bypassPendingInternational": "4000003720000278",
}

MESSAGES = {
    "generic_decline": ("card_declined", "Your card was declined."),
    "fraudulent": ("card_declined", "Your card was declined."),
    "insufficient_funds": ("card_declined", "Your card has insufficient funds."),
    "lost_card": ("card_declined", "Your card was declined."),
    "stolen_card": ("card_declined", "Your card was declined."),
    "card_velocity_exceeded": ("card_declined", "Your card was declined for making repeated attempts too frequently."),
    "expired_card": ("expired_card", "Your card has expired."),
    "incorrect_cvc": ("incorrect_cvc", "Your card's security code is incorrect."),
    "processing_error": (
        "processing_error",
        "An error occurred while processing your card. Try again in a little bit.",
    ),
    "authentication_required": (
        "authentication_required",
        "Your card was declined. This transaction requires authentication.",
    ),
}
"""Decline code → error code and message."""


def token_number(name: str) -> str | None:
    """The number behind a test payment method (``pm_card_…``) or token (``tok_…``); ``visa_`` in front is optional."""
    method = f"pm_card_{name.removeprefix('tok_')}" if name.startswith("tok_") else name
    return TOKENS.get(method) or TOKENS.get(method.replace("pm_card_visa_", "pm_card_"))


def passes_luhn(number: str) -> bool:
    """Whether the last digit agrees with the others."""
    digits = [int(digit) for digit in reversed(number)]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def needs_authentication(card: Card, *, off_session: bool, set_up: bool, asked: bool) -> bool:
    """Whether the bank asks for 3-D Secure on a payment."""
    if card.authentication == "unless_set_up":
        return not (off_session and set_up)
    if card.authentication == "already_set_up":
        return not off_session
    return card.authentication == "always" or (asked and card.authentication == "when_asked")


def setup_needs_authentication(card: Card, *, asked: bool) -> bool:
    """Whether the bank asks for 3-D Secure when the card is saved."""
    return card.authentication in ("unless_set_up", "always") or (asked and card.authentication == "when_asked")
