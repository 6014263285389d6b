"""What the API refuses with: a status and an error object of Stripe's shape."""

from __future__ import annotations

from typing import Any

Body = dict[str, Any]
"""An object as JSON has it. Names that begin with ``_`` are the simulator's own and are never sent."""


class Refusal(Exception):
    """An API error. ``saved`` tells whether an idempotency key keeps it: not where execution hadn't begun."""

    saved = True

    def __init__(self, status: int, kind: str, message: str, **fields: Any) -> None:
        super().__init__(message)
        self.status = status
        self.error: Body = {"type": kind, "message": message} | {k: v for k, v in fields.items() if v is not None}
        if code := self.error.get("code"):
            self.error["doc_url"] = f"https://docs.stripe.com/error-codes/{str(code).replace('_', '-')}"


class BadParameter(Refusal):
    """The parameters failed validation, so nothing was executed and no key keeps the answer."""

    saved = False

    def __init__(self, message: str, *, param: str | None = None, code: str | None = None) -> None:
        super().__init__(400, "invalid_request_error", message, param=param, code=code)


class Impossible(Refusal):
    """A well-formed request that the state of things doesn't allow."""

    def __init__(self, message: str, *, status: int = 400, **fields: Any) -> None:
        super().__init__(status, "invalid_request_error", message, **fields)


class Missing(Impossible):
    """No such object: 404 when it is the address, 400 when a parameter names it."""

    def __init__(self, noun: str, object_id: str, *, param: str = "id") -> None:
        status = 404 if param == "id" else 400
        words = noun.replace("payment_method", "PaymentMethod").replace("_", " ")
        super().__init__(f"No such {words}: '{object_id}'", status=status, code="resource_missing", param=param)


class CardError(Refusal):
    """The card was refused: 402."""

    def __init__(self, message: str, *, code: str, **fields: Any) -> None:
        super().__init__(402, "card_error", message, code=code, **fields)


def unauthenticated(key: str) -> Refusal:
    """No key, or one that isn't a test key."""
    if not key:
        message = "You did not provide an API key. Provide it in the Authorization header, as 'Bearer YOUR_SECRET_KEY'."
    else:
        message = f"Invalid API Key provided: {key[:8]}{'*' * max(0, len(key) - 12)}{key[-4:] if len(key) > 12 else ''}"
    refusal = Refusal(401, "invalid_request_error", message)
    refusal.saved = False
    return refusal


def rate_limited() -> Refusal:
    """429: rate limits come before the keys, so no key keeps this."""
    message = "Request rate limit exceeded. Wait, then try again with an exponential backoff."
    refusal = Refusal(429, "invalid_request_error", message, code="rate_limit")
    refusal.saved = False
    return refusal


def server_error() -> Refusal:
    """500: it may have been done or not."""
    return Refusal(500, "api_error", "An unknown error occurred")
