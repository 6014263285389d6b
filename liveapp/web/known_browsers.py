"""Browsers that somebody signed in with before: guesses of others never keep these out.

A cookie of its own, which signing out leaves: the browser's id, and for each address that signed in here a mark that
only this browser's id makes. It lets nobody in; it only counts this browser's tries by themselves.
"""

from __future__ import annotations

import uuid

from flask import Response, after_this_request, current_app, request

from liveapp.web.signing import MAX_AGE, BadToken, Purpose, sign, unsign

MOST = 8
"""So many people's addresses are remembered in one browser; who came first is forgotten first."""


def remember(email: str) -> None:
    """Somebody has signed in here with this address."""
    browser_id, marks = _read()
    browser_id = browser_id or uuid.uuid4()
    mark = uuid.uuid5(browser_id, email)
    marks = [*(each for each in marks if each != mark), mark][-MOST:]
    token = sign(Purpose.KNOWN, browser_id, *marks)

    @after_this_request
    def keep(response: Response) -> Response:
        response.set_cookie(
            _cookie(),
            token,
            max_age=MAX_AGE[Purpose.KNOWN],
            secure=current_app.config["IS_PRODUCTION"],
            httponly=True,
            samesite="Lax",
        )
        return response


def known_as(email: str) -> uuid.UUID | None:
    """This browser's id, if somebody with this address signed in here before."""
    browser_id, marks = _read()
    return browser_id if browser_id and uuid.uuid5(browser_id, email) in marks else None


def _read() -> tuple[uuid.UUID | None, list[uuid.UUID]]:
    try:
        browser_id, *marks = unsign(Purpose.KNOWN, request.cookies.get(_cookie(), ""))
    except (BadToken, ValueError):
        return None, []
    return browser_id, marks


def _cookie() -> str:
    return "__Host-known" if current_app.config["IS_PRODUCTION"] else "known"
