"""Structured logs: one JSON line an event, with the request's id. No personal data, secrets or tokens."""

from __future__ import annotations

import logging
import re
import time
import uuid

import structlog
from flask import Flask, Response, g, request
from structlog.typing import EventDict

log = structlog.get_logger("liveapp")
_VALUES = re.compile(r"^(DETAIL|CONTEXT): .*$", re.MULTILINE)
_ADDRESS = re.compile(r"[^\s@<>\"'(),:;=]+@[^\s@<>\"'(),:;=]+\.[^\s@<>\"'(),:;=]+")
_REQUEST_ID = re.compile(r"^[A-Za-z0-9-]{8,64}$")


def configure() -> None:
    """Sends structlog's events to standard error as JSON lines."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _without_values,
            without_addresses,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _without_values(_logger: object, _method: str, event: EventDict) -> EventDict:
    """PostgreSQL says in DETAIL and CONTEXT which values it refused: those are people's own."""
    if "exception" in event:
        event["exception"] = _VALUES.sub(r"\1: left out", event["exception"])
    return event


def without_addresses(_logger: object, _method: str, event: EventDict) -> EventDict:
    """No e-mail address reaches the log, wherever it stands: mail servers, providers and databases name them in their
    errors."""
    return {
        name: _ADDRESS.sub("(address)", value) if isinstance(value, str) else value for name, value in event.items()
    }


def set_up(app: Flask) -> None:
    """Gives each request an id (a proxy's, if it looks like one) and logs each answer by its route, not its URL."""

    @app.before_request
    def begin() -> None:
        given = request.headers.get("X-Request-ID", "")
        g.request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        g.request_began = time.perf_counter()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def finish(response: Response) -> Response:
        request_id = g.get("request_id")
        if request_id is None:
            return response
        response.headers["X-Request-ID"] = request_id
        if request.endpoint != "static":
            milliseconds = round((time.perf_counter() - g.request_began) * 1000, 1)
            route = request.url_rule.rule if request.url_rule else None
            log.info("answer", method=request.method, route=route, status=response.status_code, ms=milliseconds)
        return response

    @app.teardown_request
    def forget(_error: BaseException | None) -> None:
        structlog.contextvars.clear_contextvars()
