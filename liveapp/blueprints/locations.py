"""Locations: list, new, edit, archive."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, g, request, url_for
from werkzeug.wrappers import Response

from liveapp.domain.accounts import queries as accounts
from liveapp.domain.actor import Actor
from liveapp.domain.bookings import location_changes
from liveapp.domain.catalogue import queries, service
from liveapp.domain.catalogue.models import Location
from liveapp.domain.errors import Refusal
from liveapp.forms.catalogue import LocationForm
from liveapp.rules.roles import Right
from liveapp.unit_of_work import transact, transact_in_turn
from liveapp.web import auth, clock
from liveapp.web.htmx import go, invalid, page
from liveapp.web.navigation import P

blueprint = Blueprint("locations", __name__, url_prefix=f"{P}/locations")
blueprint.before_request(auth.guard)


@blueprint.get("")
def index() -> Response:
    organization = auth.current_organization()
    auth.require(organization.id, Right.MANAGE_CATALOGUE)
    archived = request.args.get("show") == "archived"
    rows = queries.locations(
        organization_id=organization.id, archived=archived, after=request.args.get("after", type=uuid.UUID)
    )
    more = ""
    if len(rows) > queries.PAGE:
        more = url_for("locations.index", show="archived" if archived else None, after=rows[-2].id)
    return page("locations/index.html", rows=rows[: queries.PAGE], more=more, archived=archived)


@blueprint.get("/new")
def new() -> Response:
    auth.require(auth.current_organization().id, Right.MANAGE_CATALOGUE)
    return page("locations/edit.html", form=LocationForm(), location=None)


@blueprint.post("/new")
def create() -> Response:
    organization = auth.current_organization()
    actor = auth.require(organization.id, Right.MANAGE_CATALOGUE)
    form = LocationForm()
    if not form.validate():
        return invalid("locations/edit.html", form=form, location=None)
    try:
        transact(
            service.add_location,
            actor=actor,
            details=form.details,
            is_exclusive=form.is_exclusive.data,
            now=clock.now(),
            key=form.key_for(organization.id),
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return invalid("locations/edit.html", form=form, location=None)
    flash(f"“{form.name.data}” is there. Choose it for offerings and sessions.", "success")
    return go(url_for("locations.index"))


@blueprint.get("/<uuid:location_id>")
def edit(location_id: uuid.UUID) -> Response:
    _, location = _own(location_id)
    return page("locations/edit.html", form=LocationForm(obj=location), location=location)


@blueprint.post("/<uuid:location_id>")
def change(location_id: uuid.UUID) -> Response:
    actor, location = _own(location_id)
    form = LocationForm()
    if not form.validate():
        return invalid("locations/edit.html", form=form, location=location)
    try:
        transact_in_turn(
            [actor.organization_id],
            location_changes.change_location,
            actor=actor,
            location_id=location_id,
            details=form.details,
            is_exclusive=form.is_exclusive.data,
            now=clock.now(),
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return invalid("locations/edit.html", form=form, location=location)
    flash("Saved. Where the name or the address changed, everybody who is to come there is told.", "success")
    return go(url_for("locations.index"))


@blueprint.post("/<uuid:location_id>/archive")
def archive(location_id: uuid.UUID) -> Response:
    actor, location = _own(location_id)
    transact(service.archive_location, actor=actor, location_id=location_id, now=clock.now())
    flash(f"“{location.name}” is archived. Sessions there stay there.", "success")
    return go(url_for("locations.index"))


@blueprint.post("/<uuid:location_id>/restore")
def restore(location_id: uuid.UUID) -> Response:
    actor, location = _own(location_id)
    transact(service.restore_location, actor=actor, location_id=location_id, now=clock.now())
    flash(f"“{location.name}” can be chosen again.", "success")
    return go(url_for("locations.index"))


def _own(location_id: uuid.UUID) -> tuple[Actor, Location]:
    location = queries.location(location_id=location_id)
    actor = auth.require(location.organization_id, Right.MANAGE_CATALOGUE)
    g.organization = accounts.organization_by_id(organization_id=location.organization_id)
    return actor, location
