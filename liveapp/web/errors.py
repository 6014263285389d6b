"""Errors for people: every refusal and every HTTP error becomes a page, a partial or JSON with a sentence."""

from __future__ import annotations

from http import HTTPStatus

from flask import Flask, Response, g, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from werkzeug.exceptions import BadHost, HTTPException, UnsupportedMediaType

from liveapp.db import db
from liveapp.domain.errors import Busy, Forbidden, Invalid, NotFound, Refusal
from liveapp.rules.lifecycle import ForbiddenTransition
from liveapp.web import attempts
from liveapp.web.htmx import wants_partial
from liveapp.web.logs import log

SENTENCES = {
    400: "The browser sent something this page can't read. Go back, reload the page and try again.",
    401: "Please sign in first.",
    403: Forbidden.sentence,
    404: NotFound.sentence,
    405: "This address doesn't take that kind of request. Go back and use the buttons on the page.",
    413: "That is too large to send. Shorten it and try again.",
    415: "This address doesn't read that kind of content.",
    422: Invalid.sentence,
    429: "That was a lot of tries in a short time. Please wait a minute and try again.",
    500: "Something went wrong on our side, and it has been written down. Try again in a moment.",
    503: Busy.sentence,
}
SESSION_ENDED = "This form was open for a long time, or cookies are off. Reload the page and send it again."


def set_up(app: Flask) -> None:
    """Registers the handlers."""
    app.before_request(_take_forms_only)
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(ForbiddenTransition, _forbidden_transition)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(Exception, _unexpected)


def _take_forms_only() -> None:
    """Pages are sent forms: a form's fields expect text, and JSON could hand them anything."""
    if request.is_json and not request.path.startswith(("/api/", "/webhooks/")):
        raise UnsupportedMediaType()


def answer(status: int, sentence: str, code: str, more: dict[str, str] | None = None) -> Response:
    """The error as JSON for programs (`more` beside it), a flash-sized alert for HTMX, a page for everybody else."""
    if request.path.startswith("/api/"):
        said = {"type": "about:blank", "title": _title(status), "status": status, "detail": sentence, "code": code}
        response = jsonify(said | (more or {}))
        response.content_type = "application/problem+json"
    else:
        template = "errors/_alert.html" if wants_partial() else "errors/error.html"
        response = make_response(
            render_template(
                template,
                status=status,
                title=_title(status),
                sentence=sentence,
                request_id=g.get("request_id", ""),
            )
        )
        if wants_partial():
            response.headers["HX-Retarget"] = "#flash"
            response.headers["HX-Reswap"] = "innerHTML"
    response.status_code = status
    response.vary.add("HX-Request")
    return response


def _refused(refusal: Refusal) -> Response:
    response = answer(refusal.status, refusal.sentence, refusal.code, refusal.more)
    attempts.note(refusal, response)
    if isinstance(refusal, Busy):
        response.headers["Retry-After"] = str(refusal.retry_after_seconds)
    return response


def _forbidden_transition(error: ForbiddenTransition) -> Response:
    return answer(409, str(error), "forbidden_transition")


def _csrf(_error: CSRFError) -> Response:
    return answer(400, SESSION_ENDED, "csrf")


def _http(error: HTTPException) -> Response | HTTPException:
    if error.code is None or error.code < 400:
        return error
    if isinstance(error, BadHost):  # there are no addresses to draw a page with
        return Response(SENTENCES[400], 400, content_type="text/plain; charset=utf-8")
    response = answer(error.code, SENTENCES.get(error.code, SENTENCES[400]), "http")
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _database(error: DBAPIError) -> Response:
    db.session.rollback()
    if isinstance(error, DataError):
        return answer(400, SENTENCES[400], "bad_value")
    if isinstance(error, OperationalError):
        log.error("database away", error=type(error.orig).__name__)
        return _refused(Busy("The database can't be reached just now. Nothing was changed; please try again soon."))
    return _unexpected(error)


def _unexpected(error: Exception) -> Response:
    log.error("unexpected", exc_info=error)
    db.session.rollback()
    return answer(500, SENTENCES[500], "unexpected")


def _title(status: int) -> str:
    return HTTPStatus(status).phrase
