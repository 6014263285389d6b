"""The screen on the wall, opened by a signed link: nobody signs in, nothing is kept in the browser.

Its page asks by itself what to show (`now`), and for the picture of the door's code.
"""

from __future__ import annotations

import uuid
from hashlib import blake2b
from typing import Any

from flask import Blueprint, Response, current_app, make_response, request, url_for

from liveapp.domain.displays.errors import Dark
from liveapp.domain.errors import NotFound, Refusal
from liveapp.rules import door_code
from liveapp.rules.displays import State
from liveapp.web import clock, door, locales, qr_patterns
from liveapp.web.display_board import Kept, board
from liveapp.web.display_version import version_of
from liveapp.web.polls import said
from liveapp.web.signing import BadToken, Purpose, unsign
from liveapp.web.templating import drawn
from liveapp.web.urls import absolute_url

blueprint = Blueprint("display", __name__, url_prefix="/display")
THEMES = ("light", "dark")
LATER_AT_MOST = 8
"""Seconds by which screens ask later than the code changes, so that they don't all ask at once."""


@blueprint.after_request
def quietly(response: Response) -> Response:
    """No cookie, no word to other sites, no place in search engines; with the server's clock and version."""
    response.headers.update(said(clock.now(), version_of(current_app)))
    return response


@blueprint.get("/<token>")
def show(token: str) -> Response:
    try:
        kept = _opened(token)
    except Refusal as refusal:
        return _drawn("display/dark.html", refusal.status, sentence=refusal.sentence)
    board().note_opened(kept.screen.id, clock.now())
    theme = request.args.get("theme", "")
    return _drawn(
        "display/show.html",
        **_scene(kept),
        theme=theme if theme in THEMES else "",
        now_url=url_for("display.now", token=token),
        code_url=url_for("display.code", token=token),
        at=round(clock.now().timestamp() * 1000),
        version=version_of(current_app),
    )


@blueprint.get("/<token>/now")
def now(token: str) -> Response:
    """What is to be shown; nothing (304) to a screen that shows it already."""
    kept = _opened(token)
    if request.if_none_match.contains(_tag(kept)):
        response = Response(status=304)
    else:
        response = _drawn("display/_scene.html", **_scene(kept))
    response.set_etag(_tag(kept))
    return response


@blueprint.get("/<token>/code.svg")
def code(token: str) -> Response:
    """The door's code as it is now, with the seconds until it must be gone (`X-Valid-For`) and until it is worth asking
    for the next (`X-Next-In`). 204 while check-in isn't open."""
    kept, moment = _opened(token), clock.now()
    session = kept.scene.session
    if kept.scene.state is not State.OPEN or session is None:
        return Response(status=204)
    tail = door.code_now(session.id, moment)
    response = Response(qr_patterns.pattern(absolute_url("checkin.door_code", t=""), len(tail)).svg(tail))
    response.content_type = "image/svg+xml"
    left = (door_code.changes_at(moment) - moment).total_seconds()
    response.headers["X-Valid-For"] = f"{left + door_code.STEP_SECONDS * (door_code.STEPS_VALID - 1):.1f}"
    response.headers["X-Next-In"] = f"{left + _later(kept):.1f}"
    return response


def _opened(token: str) -> Kept:
    """What the link's display shows. Raises NotFound, Dark."""
    moment = clock.now()
    display_id = _display_id(token)
    kept = board().show(display_id, moment)
    if kept is None:
        raise NotFound()
    board().know(token, display_id)
    if kept.screen.is_dark(moment):
        raise Dark()
    return kept


def _display_id(token: str) -> uuid.UUID:
    """Whose link it is. Raises NotFound for what was signed for something else, or not here."""
    try:
        return unsign(Purpose.DISPLAY, token)[0]
    except (BadToken, IndexError) as error:
        raise NotFound() from error


def _tag(kept: Kept) -> str:
    return f"{kept.tag}-{locales.formats()}"


def _later(kept: Kept) -> float:
    return blake2b(kept.screen.id.bytes, digest_size=1).digest()[0] / 256 * LATER_AT_MOST


def _scene(kept: Kept) -> dict[str, Any]:
    return {"screen": kept.screen, "scene": kept.scene, "tag": _tag(kept), "now": clock.now()}


def _drawn(template: str, status: int = 200, **values: Any) -> Response:
    """As others see it, whoever is signed in."""
    response = make_response(drawn(template, **values), status)
    response.content_type = "text/html; charset=utf-8"
    return response
