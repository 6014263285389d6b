"""/healthz: the process answers. /readyz: the database does too, and jobs and mail aren't stalled."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from liveapp.db import db
from liveapp.domain.outbox import queries as outbox
from liveapp.web import clock, proxies

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    return jsonify(status="ok")


@blueprint.get("/readyz")
def readyz() -> Response:
    try:
        stalled = outbox.stalled(now=clock.now())
    except SQLAlchemyError:
        db.session.rollback()
        return _answer(503, database="away")
    if stalled["overdue_jobs"]:
        return _answer(503, database="ok", **stalled)
    return _answer(200, database="ok", **stalled, **proxies.warnings())


def _answer(status: int, **parts: object) -> Response:
    response = jsonify(status="ok" if status == 200 else "not ready", **parts)
    response.status_code = status
    return response
