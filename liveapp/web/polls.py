"""Answers screens that show already what they should, before anything else looks at the request.

That is nearly every question of a screen. Routing, logging and headers would cost ten times as much as the answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from flask import Flask

from liveapp.web import clock
from liveapp.web.display_board import Board
from liveapp.web.display_version import version_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

BEFORE, AFTER = "/display/", "/now"


class Polls:
    """In front of the app: 304 for what the board knows to be unchanged, all else goes on."""

    def __init__(self, wsgi_app: WSGIApplication, app: Flask) -> None:
        self._next, self._app = wsgi_app, app
        self._version = version_of(app)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path.startswith(BEFORE) and path.endswith(AFTER) and environ["REQUEST_METHOD"] == "GET":
            now = clock.now_in(self._app)
            tag = environ.get("HTTP_IF_NONE_MATCH", "")
            board: Board = self._app.extensions["display_board"]
            if board.is_unchanged(path[len(BEFORE) : -len(AFTER)], tag.strip('"'), now):
                headers = said(now, self._version)
                start_response("304 Not Modified", [("ETag", tag), *headers.items()])
                return ()
        return self._next(environ, start_response)


def said(now: datetime, version: str) -> dict[str, str]:
    """What every answer to a screen carries: the server's clock and version; and that nothing is kept of it."""
    return {
        "X-Now": str(round(now.timestamp() * 1000)),
        "X-Version": version,
        "Cache-Control": "private, no-store",
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex, nofollow",
    }
