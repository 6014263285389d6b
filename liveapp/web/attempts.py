"""Writes refused attempts into the security log, after the answer is out, so that nobody can tell by its time."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, cast

from flask import Flask, Response, current_app, g, request

from liveapp.domain.accounts import attempts
from liveapp.domain.errors import Forbidden, NotFound, Refusal
from liveapp.unit_of_work import transact
from liveapp.web import auth, clock

MONEY = {"payments", "payouts", "earnings", "plans", "subscriptions", "settings"}
ROLES = {"members"}


def note(refusal: Refusal, response: Response) -> None:
    """Of who is signed in, and was refused on roles, money or another organization; of others nothing is kept."""
    kind = _kind(refusal)
    person = auth.known_person() if kind else None
    if person is None:
        return
    app = cast(Flask, current_app._get_current_object())  # type: ignore[attr-defined]
    values: dict[str, Any] = {
        "organization_id": g.asked_organization_id,
        "user_id": person.user_id,
        "kind": kind,
        "endpoint": request.endpoint or "",
        "address": request.remote_addr,
        "now": clock.now(),
    }
    response.call_on_close(lambda: _write(app, values))


def _kind(refusal: Refusal) -> str:
    if "asked_organization_id" not in g:
        return ""
    if isinstance(refusal, NotFound) and g.get("is_stranger"):
        return "other_organization"
    if not isinstance(refusal, Forbidden):
        return ""
    return "money" if request.blueprint in MONEY else "roles" if request.blueprint in ROLES else ""


def _write(app: Flask, values: dict[str, Any]) -> None:
    with app.app_context(), suppress(Refusal):  # a busy database loses a line of the log, never an answer
        transact(attempts.note, **values)
