"""Closures: days on which nothing is offered, and what they hit."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Response, flash, request, url_for
from flask_login import login_required
from werkzeug.wrappers import Response as AnyResponse

from liveapp.domain.accounts.models import Organization
from liveapp.domain.actor import Actor
from liveapp.domain.bookings import closures
from liveapp.domain.errors import Invalid
from liveapp.domain.live_sessions import queries
from liveapp.forms.sessions import ClosureForm
from liveapp.rules.roles import Right
from liveapp.rules.wording import counted
from liveapp.unit_of_work import transact, transact_in_turn
from liveapp.web import auth, clock
from liveapp.web.filters import local
from liveapp.web.htmx import go, invalid, page
from liveapp.web.navigation import P

blueprint = Blueprint("closures", __name__, url_prefix=f"{P}/closures")


@blueprint.before_request
@login_required  # type: ignore[untyped-decorator]
def signed_in() -> None:
    """Nothing here is for strangers."""


@blueprint.get("")
def index() -> Response:
    organization, _ = _here()
    today = local(clock.now(), organization.timezone).date()
    return page("closures/index.html", closures=closures.upcoming(organization_id=organization.id, today=today))


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> AnyResponse:
    organization, actor = _here()
    form = ClosureForm()
    form.offer(queries.locations(organization_id=organization.id))
    if request.method == "GET":
        return page("closures/new.html", form=form, hits=None)
    if not form.validate():
        return invalid("closures/new.html", form=form, hits=None)
    seen = request.form.get("seen", "")
    if not seen.isdecimal():
        return page("closures/new.html", form=form, **_hits(organization, form))
    try:
        gone, told = _close(form, actor, int(seen[:6]))
    except (Invalid, closures.HitsChanged) as refusal:
        form.refuse(refusal)
        return invalid("closures/new.html", form=form, **_hits(organization, form))
    flash(f"Closed. {counted(gone, 'session')} cancelled, {counted(told, 'person', 'people')} told.", "success")
    return go(url_for("closures.index"))


@blueprint.post("/<uuid:closure_id>/remove")
def remove(closure_id: uuid.UUID) -> AnyResponse:
    actor = auth.require(closures.organization_of(closure_id), Right.CANCEL_SESSION)
    transact(closures.reopen, closure_id=closure_id, actor=actor, now=clock.now())
    flash("Open again. What was cancelled stays cancelled.", "success")
    return go(url_for("closures.index"))


def _here() -> tuple[Organization, Actor]:
    organization = auth.current_organization()
    return organization, auth.require(organization.id, Right.CANCEL_SESSION)


def _days(form: ClosureForm) -> dict[str, Any]:
    return {
        "first_day": form.first_day.data,
        "last_day": form.last_day.data,
        "location_id": form.location_id.data,
    }


def _hits(organization: Organization, form: ClosureForm) -> dict[str, Any]:
    """What the closure would cancel, and how many people would be told."""
    hit = closures.hits(organization_id=organization.id, now=clock.now(), **_days(form))
    return {"hits": hit, "people": sum(row.participant_count + row.waiting_count for row in hit)}


def _close(form: ClosureForm, actor: Actor, seen: int) -> tuple[int, int]:
    return transact_in_turn(
        [actor.organization_id],
        closures.close,
        actor=actor,
        reason=form.reason.data,
        seen=seen,
        now=clock.now(),
        **_days(form),
    )
