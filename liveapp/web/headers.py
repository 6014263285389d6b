"""Security headers on every answer. No inline script or style, no frames, nothing from elsewhere."""

from __future__ import annotations

from flask import Flask, Response, g, request

from liveapp.web.htmx import wants_partial

POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "frame-src 'self'",
        "frame-ancestors 'none'",
        "form-action 'self'",
        "base-uri 'none'",
        "object-src 'none'",
    )
)


PAYING = frozenset(
    {
        *("book.session", "book.book_place", "book.slots", "book.book_slot", "book.plan", "book.buy_plan"),
        *("booking.show", "booking.take", "booking.agree", "booking.pay_now", "booking.answer"),
        *("booking.reschedule", "booking.reschedule_now"),
        *("my.payments", "my.plans", "earnings.index", "earnings.set_up"),
    }
)
"""The pages with forms that lead to the card provider: to book, buy, pay, save a card, be paid."""
ALWAYS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=(), payment=()",
}


ASK_LATER = (429, 503)
"""Answers that say when to ask again."""


def set_up(app: Flask) -> None:
    """Adds the headers to every answer that hasn't set its own; where somebody pays, forms may lead to the card
    provider's pages."""
    ours, pay_pages = always(is_production=app.config["IS_PRODUCTION"]), app.config["PAY_PAGES"]

    @app.after_request
    def add(response: Response) -> Response:
        if pay_pages and request.endpoint in PAYING and "Content-Security-Policy" not in response.headers:
            leading_to(response, pay_pages)
        for name, value in ours.items():
            response.headers.setdefault(name, value)
        if response.status_code not in ASK_LATER:
            response.headers.pop("Retry-After", None)  # the limiter says it of every answer that it counts
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", _caching())
        return response


def _caching() -> str:
    """A page for somebody who is signed in isn't kept: whoever goes back in that browser later doesn't see it. Parts of
    pages, which ask again by themselves, are kept to be compared."""
    return "private, no-store" if g.get("is_for_one_person") and not wants_partial() else "private, no-cache"


ANYWHERE = "https: http:"
"""Where online sessions take place, and what leads on from there."""


def leading_to(response: Response, places: str) -> Response:
    """The answer, whose forms may lead to these places too: a browser follows no other redirect of a form."""
    policy = POLICY.replace("form-action 'self'", f"form-action 'self' {places}")
    response.headers["Content-Security-Policy"] = policy
    return response


def always(*, is_production: bool) -> dict[str, str]:
    """What every answer carries, files too."""
    return ALWAYS | ({"Strict-Transport-Security": "max-age=31536000"} if is_production else {})
