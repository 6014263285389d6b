"""Screens on walls, for the staff: what there is and when it was last seen; a new one, another link, the end of one."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, flash, g, request, url_for
from werkzeug.wrappers import Response

from liveapp.db import AnyRow
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.accounts.models import Organization
from liveapp.domain.actor import Actor
from liveapp.domain.catalogue import queries as catalogue
from liveapp.domain.displays import queries, service
from liveapp.domain.errors import Refusal
from liveapp.forms.displays import DisplayForm
from liveapp.rules.displays import may_end
from liveapp.rules.roles import Right, may
from liveapp.unit_of_work import transact
from liveapp.web import auth, clock
from liveapp.web.arguments import id_from
from liveapp.web.filters import fmt_moment
from liveapp.web.htmx import go, invalid, page
from liveapp.web.navigation import P
from liveapp.web.signing import Purpose, sign
from liveapp.web.urls import absolute_url

blueprint = Blueprint("displays", __name__, url_prefix=f"{P}/settings/displays")
blueprint.before_request(auth.guard)
QUIET_AFTER = timedelta(minutes=15)
"""A screen that was on and hasn't asked for so long is said to be gone."""


@blueprint.get("")
def index() -> Response:
    organization = auth.current_organization()
    actor = auth.staff(organization.id)
    now = clock.now()
    rows = [_line(row, actor, now) for row in queries.displays(organization_id=organization.id)]
    return page(
        "displays/index.html",
        on=[line for line in rows if line["is_on"]],
        ended=[line for line in rows if not line["is_on"]][:20],
    )


@blueprint.get("/new")
def new() -> Response:
    organization = auth.current_organization()
    actor = auth.staff(organization.id)
    return page("displays/new.html", form=_form(actor, organization, fresh=True))


@blueprint.post("/new")
def create() -> Response:
    organization = auth.current_organization()
    actor = auth.staff(organization.id)
    form = _form(actor, organization)
    if not form.validate():
        return invalid("displays/new.html", form=form)
    try:
        key = form.key_for(organization.id)
        transact(service.add, actor=actor, wish=form.wish, now=clock.now(), key=key)
    except Refusal as refusal:
        form.refuse(refusal)
        return invalid("displays/new.html", form=form)
    flash("The screen’s link is ready. Open it on the screen, or copy it there.", "success")
    return go(url_for("displays.index"))


@blueprint.post("/<uuid:display_id>/rotate")
def rotate(display_id: uuid.UUID) -> Response:
    actor = _staff(display_id)
    transact(service.rotate, actor=actor, display_id=display_id, now=clock.now())
    flash("There is a new link. Screens with the old one go dark within a minute.", "success")
    return go(url_for("displays.index"))


@blueprint.post("/<uuid:display_id>/revoke")
def revoke(display_id: uuid.UUID) -> Response:
    actor = _staff(display_id)
    transact(service.revoke, actor=actor, display_id=display_id, now=clock.now())
    flash("Switched off. The screen goes dark within a minute.", "success")
    return go(url_for("displays.index"))


def _staff(display_id: uuid.UUID) -> Actor:
    organization_id = queries.organization_of(display_id=display_id)
    actor = auth.staff(organization_id)
    g.organization = accounts.organization_by_id(organization_id=organization_id)
    return actor


def _line(row: AnyRow, actor: Actor, now: datetime) -> dict[str, Any]:
    is_on = row.revoked_at is None and row.expires_at > now
    return {
        "row": row,
        "is_on": is_on,
        "is_seen": row.last_seen_at is not None and now - row.last_seen_at < QUIET_AFTER,
        "address": absolute_url("display.show", token=sign(Purpose.DISPLAY, row.id)) if is_on else "",
        "may_end": may_end(actor.role, is_own=row.created_by == actor.user_id),
    }


def _form(actor: Actor, organization: Organization, *, fresh: bool = False) -> DisplayForm:
    """Coaches choose among the sessions that they lead; an address may name the one that is meant."""
    wanted = id_from(request.args.get("session"))
    form = DisplayForm(data={"shows": f"session:{wanted.hex}", "days": "1"} if fresh and wanted else None)
    only = None if may(actor.role, Right.EDIT_ANY_SESSION) else actor.user_id
    rows = queries.sessions_to_show(organization_id=organization.id, host_id=only, now=clock.now())
    form.offer(
        catalogue.location_choices(organization_id=organization.id),
        {row.id: f"{fmt_moment(row.scheduled_at, row.timezone)}: {row.title}" for row in rows},
    )
    return form
