"""Programs: list, new, edit, archive."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, g, request, url_for
from werkzeug.wrappers import Response

from liveapp.domain.accounts import queries as accounts
from liveapp.domain.actor import Actor
from liveapp.domain.catalogue import queries, service
from liveapp.domain.catalogue.models import Program
from liveapp.domain.errors import Refusal
from liveapp.forms.catalogue import DELIVERY_MODES, DELIVERY_WORDS, ProgramForm
from liveapp.rules.roles import Right
from liveapp.unit_of_work import transact
from liveapp.web import auth, clock
from liveapp.web.htmx import go, invalid, page
from liveapp.web.navigation import P

blueprint = Blueprint("programs", __name__, url_prefix=f"{P}/programs")
blueprint.before_request(auth.guard)


@blueprint.get("")
def index() -> Response:
    organization = auth.current_organization()
    auth.require(organization.id, Right.MANAGE_CATALOGUE)
    archived = request.args.get("show") == "archived"
    rows = queries.programs(
        organization_id=organization.id, archived=archived, after=request.args.get("after", type=uuid.UUID)
    )
    more = ""
    if len(rows) > queries.PAGE:
        more = url_for("programs.index", show="archived" if archived else None, after=rows[-2].id)
    return page("programs/index.html", rows=rows[: queries.PAGE], more=more, archived=archived, modes=DELIVERY_MODES)


@blueprint.get("/new")
def new() -> Response:
    auth.require(auth.current_organization().id, Right.MANAGE_CATALOGUE)
    return page("programs/edit.html", form=ProgramForm(), program=None, words=DELIVERY_WORDS)


@blueprint.post("/new")
def create() -> Response:
    organization = auth.current_organization()
    actor = auth.require(organization.id, Right.MANAGE_CATALOGUE)
    form = ProgramForm()
    if not form.validate():
        return invalid("programs/edit.html", form=form, program=None, words=DELIVERY_WORDS)
    key = form.key_for(organization.id)
    try:
        transact(service.add_program, actor=actor, details=form.details, now=clock.now(), key=key)
    except Refusal as refusal:
        form.refuse(refusal)
        return invalid("programs/edit.html", form=form, program=None, words=DELIVERY_WORDS)
    flash(f"“{form.name.data}” is there. Put offerings into it.", "success")
    return go(url_for("programs.index"))


@blueprint.get("/<uuid:program_id>")
def edit(program_id: uuid.UUID) -> Response:
    _, program = _own(program_id)
    return page("programs/edit.html", form=ProgramForm(obj=program), program=program, words=DELIVERY_WORDS)


@blueprint.post("/<uuid:program_id>")
def change(program_id: uuid.UUID) -> Response:
    actor, program = _own(program_id)
    form = ProgramForm()
    if not form.validate():
        return invalid("programs/edit.html", form=form, program=program, words=DELIVERY_WORDS)
    try:
        transact(service.change_program, actor=actor, program_id=program_id, details=form.details, now=clock.now())
    except Refusal as refusal:
        form.refuse(refusal)
        return invalid("programs/edit.html", form=form, program=program, words=DELIVERY_WORDS)
    flash("Saved.", "success")
    return go(url_for("programs.index"))


@blueprint.post("/<uuid:program_id>/archive")
def archive(program_id: uuid.UUID) -> Response:
    actor, program = _own(program_id)
    transact(service.archive_program, actor=actor, program_id=program_id, now=clock.now())
    flash(f"“{program.name}” is archived.", "success")
    return go(url_for("programs.index"))


@blueprint.post("/<uuid:program_id>/restore")
def restore(program_id: uuid.UUID) -> Response:
    actor, program = _own(program_id)
    transact(service.restore_program, actor=actor, program_id=program_id, now=clock.now())
    flash(f"“{program.name}” can be chosen again.", "success")
    return go(url_for("programs.index"))


def _own(program_id: uuid.UUID) -> tuple[Actor, Program]:
    program = queries.program(program_id=program_id)
    actor = auth.require(program.organization_id, Right.MANAGE_CATALOGUE)
    g.organization = accounts.organization_by_id(organization_id=program.organization_id)
    return actor, program
