"""Who is asking. The cookie holds a sign-in's id; the database says whose it is, and whether it still counts."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import ParamSpec

from flask import Flask, flash, g, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user
from werkzeug.wrappers import Response as AnyResponse

from liveapp.db import AnyRow
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.accounts import sign_in
from liveapp.domain.accounts.models import Organization
from liveapp.domain.actor import Actor
from liveapp.domain.errors import Forbidden, NotFound, Refusal
from liveapp.rules.roles import Right, Role, may
from liveapp.rules.timezones import is_timezone
from liveapp.unit_of_work import transact
from liveapp.web import clock
from liveapp.web.htmx import go, wants_partial
from liveapp.web.urls import path_of

P = ParamSpec("P")
login_manager = LoginManager()
LATELY = timedelta(minutes=15)
"""Who signed in longer ago does it again before they change who may do what, or where money goes."""
NOTED_EVERY = timedelta(days=1)
"""That a sign-in is used is written down once in so long."""


@dataclass(frozen=True, slots=True)
class SignedIn(UserMixin):  # type: ignore[misc]
    """The person behind the cookie, and the organization that their lists show."""

    sign_in_id: uuid.UUID
    user_id: uuid.UUID
    email: str
    name: str
    timezone: str | None
    organization_id: uuid.UUID | None
    signed_in_at: datetime

    def get_id(self) -> str:
        return self.sign_in_id.hex


def set_up(app: Flask) -> None:
    """Loads the person on each request that asks for one."""
    login_manager.init_app(app)
    login_manager.session_protection = None
    login_manager.user_loader(_load)
    login_manager.unauthorized_handler(_to_sign_in)


def signed_in(view: Callable[P, AnyResponse]) -> Callable[P, AnyResponse]:
    """Decorates a view for people who are signed in; the others are sent to sign in, and come back."""

    @wraps(view)
    def guarded(*args: P.args, **values: P.kwargs) -> AnyResponse:
        return view(*args, **values) if current_user.is_authenticated else _to_sign_in()

    return guarded


def guard() -> AnyResponse | None:
    """For `blueprint.before_request`: every page of the blueprint is for people who are signed in."""
    return None if current_user.is_authenticated else _to_sign_in()


def person() -> SignedIn:
    """The signed-in person. Use behind `signed_in` or `guard`."""
    found: SignedIn = current_user._get_current_object()
    return found


def person_of(sign_in_id: uuid.UUID, row: AnyRow) -> SignedIn:
    """The person behind a sign-in; `row`: of `accounts.signed_in`."""
    return SignedIn(sign_in_id, row.user_id, row.email, row.name, row.timezone, row.organization_id, row.created_at)


def actor(organization_id: uuid.UUID) -> Actor:
    """The signed-in person as an actor in that organization; NotFound when they don't belong to it at all."""
    role = accounts.role_in(organization_id=organization_id, user_id=person().user_id)
    g.asked_organization_id, g.is_stranger = organization_id, role is None
    if role is None:
        raise NotFound()
    return Actor(
        user_id=person().user_id,
        role=Role(role),
        organization_id=organization_id,
        address=request.remote_addr,
    )


def signed_in_lately() -> bool:
    """Whether the person showed who they are within the last quarter of an hour."""
    return clock.now() - person().signed_in_at <= LATELY


def step_up(then: str) -> AnyResponse | None:
    """To sign in again, and on to the page `then`, where they press once more; None for who signed in lately."""
    if signed_in_lately():
        return None
    flash("Sign in again to do this: it is about money, or about who may do what.", "attention")
    return go(url_for("accounts.sign_in", again=1, next=then))


def require(organization_id: uuid.UUID, right: Right) -> Actor:
    """The actor, if their role in that organization has the right: else Forbidden, or NotFound for strangers."""
    someone = actor(organization_id)
    if not may(someone.role, right):
        raise Forbidden()
    return someone


def staff(organization_id: uuid.UUID) -> Actor:
    """The actor, if they are owner, admin or coach there; members are refused, strangers find nothing."""
    someone = actor(organization_id)
    if not someone.is_staff:
        raise Forbidden()
    return someone


def current_organization() -> Organization:
    """The organization whose lists the signed-in staff member sees: the chosen one, else their first."""
    if "organization" not in g:
        g.organization = accounts.staff_organization(user_id=person().user_id, chosen=person().organization_id)
    if g.organization is None:
        raise Forbidden("You don't work for an organization here yet. Found one, or ask to be invited.")
    found: Organization = g.organization
    return found


def _load(sign_in_id: str) -> SignedIn | None:
    try:
        key = uuid.UUID(hex=sign_in_id)
    except ValueError:
        return None
    row = accounts.signed_in(sign_in_id=key, now=clock.now())
    if row is None:
        session.clear()
        return None
    g.is_for_one_person = True
    if row.used_at < clock.now() - NOTED_EVERY:
        with suppress(Refusal):  # the database is busy: the next request notes it
            transact(sign_in.note_use, sign_in_id=key, now=clock.now())
    return person_of(key, row)


def _to_sign_in() -> AnyResponse:
    return go(url_for("accounts.sign_in", next=_wanted()))


def _wanted() -> str | None:
    """The page to come back to: for a part of one, the page that asked for it."""
    if wants_partial():
        return path_of(request.headers.get("HX-Current-URL", ""))
    return request.full_path.removesuffix("?") if request.method == "GET" else None


def visitor_timezone(fallback: str) -> str:
    """The zone times are shown in: the visitor's choice, else what their browser says, else `fallback`."""
    for wanted in (request.args.get("tz"), request.cookies.get("tz")):
        if wanted and is_timezone(wanted):
            return wanted
    return fallback


def known_person() -> SignedIn | None:
    """The signed-in person, or nobody."""
    return person() if current_user.is_authenticated else None
