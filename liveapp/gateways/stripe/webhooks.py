"""What Stripe tells of: signed, so that nobody else can."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from flask import current_app

from liveapp.gateways.stripe.client import StripeRefused
from liveapp.rules.json_text import parsed

TOLERANCE_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Told:
    """An event: its id and type, the object that it is about, and the connected account that it is of (empty: ours)."""

    id: str
    type: str
    object_id: str
    account_id: str = ""


def told(payload: bytes, signature: str) -> Told:
    """The event that Stripe sent, if it did. Raises StripeRefused for one that isn't signed by it, or is too old
    (https://docs.stripe.com/webhooks/signature)."""
    import stripe

    try:
        _check(payload.decode("utf-8"), signature)
        event = parsed(payload)
        return Told(
            id=str(event["id"]),
            type=str(event["type"]),
            object_id=str(event["data"]["object"]["id"]),
            account_id=str(event.get("account") or ""),
        )
    except (stripe.SignatureVerificationError, ValueError, KeyError, TypeError) as error:
        raise StripeRefused("signature", "This isn't signed by Stripe.") from error


def _check(payload: str, signature: str) -> None:
    """Whether one of our secrets signed it: events of connected accounts come from an endpoint of their own."""
    import stripe

    *others, last = current_app.extensions["settings"].stripe_webhook_secrets
    for secret in others:
        with suppress(stripe.SignatureVerificationError):
            stripe.WebhookSignature.verify_header(payload, signature, secret, TOLERANCE_SECONDS)
            return
    stripe.WebhookSignature.verify_header(payload, signature, last, TOLERANCE_SECONDS)
