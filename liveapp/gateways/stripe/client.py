"""The way to Stripe: its SDK, what its errors mean, and its amounts.

The SDK is loaded when it is first needed: it takes a quarter of a second and 25 MB.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from flask import Flask, current_app

from liveapp.config import Settings
from liveapp.rules.money import exponent
from liveapp.unit_of_work import end_reading

TIMEOUT_SECONDS = 15
PAGE = 100
"""The most that Stripe lists at once."""
TWO_DIGITS = ("ISK", "UGX")
"""Stripe counts these in hundredths, though they have none (https://docs.stripe.com/currencies#special-cases)."""

ACCOUNT_GONE = "account_invalid"
"""Stripe's code for a connected account that isn't there, or isn't connected any more; it comes with a 403."""


class StripeAway(Exception):
    """Stripe didn't answer, or broke: it may have done it or not. Asking again with the same key is safe.

    `has_ended`: it answered with an error of its own, so nothing is under way any more.
    """

    def __init__(self, words: str, *, has_ended: bool = False) -> None:
        super().__init__(words)
        self.has_ended = has_ended


class StripeRefused(Exception):
    """Stripe won't do this; `code` is its reason."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


def set_up(app: Flask, settings: Settings) -> None:
    """Nothing is loaded or asked yet."""
    app.extensions["stripe"] = None if not settings.stripe_secret_key else _Lazy(settings)


def is_on() -> bool:
    """Whether this deployment takes cards."""
    return current_app.extensions["stripe"] is not None


def load() -> None:
    """Loads the SDK now, where there are keys: before a process forks for its jobs."""
    if is_on():
        sdk()


def named(found: dict[str, Any] | None, name: str) -> uuid.UUID | None:
    """What we called a thing there; what somebody else wrote in its place is no name of ours."""
    try:
        return uuid.UUID(hex=str((found or {}).get(name, "")))
    except ValueError:
        return None


def made_between(first: datetime, last: datetime) -> dict[str, Any]:
    """Parameters of a list: what was made from `first` on and before `last`, in pages as long as Stripe has them."""
    return {"created": {"gte": int(first.timestamp()), "lt": int(last.timestamp())}, "limit": PAGE}


def to_stripe(minor: int, currency: str) -> int:
    """Our minor units in Stripe's."""
    return minor * 100 if currency in TWO_DIGITS and exponent(currency) == 0 else minor


def from_stripe(amount: int, currency: str) -> int:
    """Stripe's minor units in ours."""
    return amount // 100 if currency in TWO_DIGITS and exponent(currency) == 0 else amount


def sdk() -> Any:
    """The SDK's client. Raises StripeRefused where there are no keys."""
    lazy: _Lazy | None = current_app.extensions["stripe"]
    if lazy is None:
        raise StripeRefused("off", "Payments by card are off here.")
    return lazy.sdk()


@contextmanager
def answers() -> Iterator[None]:
    """Stripe's errors as ours: what may have happened, and what didn't. Nobody keeps the database waiting meanwhile."""
    import stripe

    end_reading()
    try:
        yield
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        raise StripeAway(type(error).__name__) from error
    except stripe.StripeError as error:
        status = error.http_status or 500
        code = error.code or getattr(error.error, "code", None)  # the SDK leaves it out of some kinds of errors
        if status >= 500 or (status in (401, 403, 409) and code != ACCOUNT_GONE):
            raise StripeAway(f"{type(error).__name__} {status}", has_ended=status >= 500) from error
        raise StripeRefused(code or type(error).__name__, error.user_message or str(error)) from error


class _Lazy:
    """The SDK's client, made when it is first needed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: Any = None

    def sdk(self) -> Any:
        if self._client is None:
            import stripe

            logging.getLogger("stripe").setLevel(logging.WARNING)
            base = self._settings.stripe_api_base
            self._client = stripe.StripeClient(
                self._settings.stripe_secret_key,
                base_addresses={"api": base} if base else {},
                max_network_retries=0,
                http_client=stripe.RequestsClient(timeout=TIMEOUT_SECONDS),
            )
        return self._client
