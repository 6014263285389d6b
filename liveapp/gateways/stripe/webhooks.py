"""What Stripe tells of: signed, so that nobody else can."""

from __future__ import annotations

import json
from dataclasses import dataclass

from flask import current_app

from liveapp.gateways.stripe.client import StripeRefused


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

    secret = current_app.extensions["settings"].stripe_webhook_secret
    try:
        stripe.WebhookSignature.verify_header(payload.decode("utf-8"), signature, secret, 300)
        event = json.loads(payload)
        return Told(
            id=str(event["id"]),
            type=str(event["type"]),
            object_id=str(event["data"]["object"]["id"]),
            account_id=str(event.get("account") or ""),
        )
    except (stripe.SignatureVerificationError, ValueError, KeyError, TypeError) as error:
        raise StripeRefused("signature", "This isn't signed by Stripe.") from error
