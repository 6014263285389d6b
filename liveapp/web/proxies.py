"""Whether a proxy stands before this app that nobody told it of: then everybody seems to come from its address."""

from __future__ import annotations

from flask import Flask, current_app, request

from liveapp.web.logs import log

UNTRUSTED = "X-Forwarded-For arrives, but TRUSTED_PROXIES is 0: everybody shares one address, and its limits"


def set_up(app: Flask, *, trusted: int) -> None:
    """Where no proxy is trusted, the first request that came through one is written down."""
    app.extensions["untrusted_proxy"] = False
    if trusted:
        return

    @app.before_request
    def look() -> None:
        if "X-Forwarded-For" in request.headers and not app.extensions["untrusted_proxy"]:
            app.extensions["untrusted_proxy"] = True
            log.warning("untrusted proxy", words=UNTRUSTED)


def warnings() -> dict[str, str]:
    """What whoever watches the deployment should know."""
    return {"warning": UNTRUSTED} if current_app.extensions["untrusted_proxy"] else {}
