"""Plans: list, new, one with who holds it, edit, archive."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, flash, g, request, url_for
from werkzeug.wrappers import Response

from liveapp.domain.accounts import queries as accounts
from liveapp.domain.accounts.models import Organization
from liveapp.domain.accounts.providers import in_force
from liveapp.domain.actor import Actor
from liveapp.domain.catalogue import queries as catalogue
from liveapp.domain.errors import Refusal
from liveapp.domain.plans import holdings, queries, service
from liveapp.forms.plans import GIVES_WORDS, PlanForm
from liveapp.rules.roles import Right
from liveapp.unit_of_work import transact
from liveapp.web import auth, clock
from liveapp.web.htmx import go, invalid, page
from liveapp.web.navigation import P

blueprint = Blueprint("plans", __name__, url_prefix=f"{P}/plans")
blueprint.before_request(auth.guard)


@blueprint.get("")
def index() -> Response:
    organization = auth.current_organization()
    auth.require(organization.id, Right.MANAGE_CATALOGUE)
    archived = request.args.get("show") == "archived"
    rows = queries.plans(organization_id=organization.id, archived=archived)
    covered = queries.programs_of(plan_ids=[row.id for row in rows])
    return page("plans/index.html", rows=rows, covered=covered, archived=archived)


@blueprint.get("/new")
def new() -> Response:
    organization = auth.current_organization()
    auth.require(organization.id, Right.MANAGE_CATALOGUE)
    return page("plans/edit.html", **_form(_offered(PlanForm(), organization)))


@blueprint.post("/new")
def create() -> Response:
    organization = auth.current_organization()
    actor = auth.require(organization.id, Right.MANAGE_CATALOGUE)
    form = _offered(PlanForm(), organization)
    if not form.validate():
        return invalid("plans/edit.html", **_form(form))
    key = form.key_for(organization.id)
    try:
        plan_id = transact(service.add_plan, actor=actor, details=form.details, now=clock.now(), key=key)
    except Refusal as refusal:
        form.refuse(refusal)
        return invalid("plans/edit.html", **_form(form))
    flash(f"“{form.name.data}” is there. Now give it to somebody.", "success")
    return go(url_for("plans.show", plan_id=plan_id))


@blueprint.get("/<uuid:plan_id>")
def show(plan_id: uuid.UUID) -> Response:
    _, organization, plan = _own(plan_id)
    rows = holdings.holders(plan_id=plan_id, after=request.args.get("after", type=uuid.UUID))
    more = url_for("plans.show", plan_id=plan_id, after=rows[-2].id) if len(rows) > holdings.PAGE else ""
    return page(
        "plans/show.html",
        plan=plan,
        programs=queries.programs_of(plan_ids=[plan_id]).get(plan_id, []),
        rows=rows[: holdings.PAGE],
        more=more,
        takes_cards=in_force(organization.payment_provider) == "stripe",
        now=clock.now(),
    )


@blueprint.get("/<uuid:plan_id>/edit")
def edit(plan_id: uuid.UUID) -> Response:
    _, organization, plan = _own(plan_id)
    form = PlanForm.of(plan, [row.id for row in queries.programs_of(plan_ids=[plan_id]).get(plan_id, [])])
    return page("plans/edit.html", **_form(_offered(form, organization, plan), plan))


@blueprint.post("/<uuid:plan_id>/edit")
def change(plan_id: uuid.UUID) -> Response:
    actor, organization, plan = _own(plan_id)
    form = _offered(PlanForm(), organization, plan)
    if not form.validate():
        return invalid("plans/edit.html", **_form(form, plan))
    try:
        transact(service.change_plan, actor=actor, plan_id=plan_id, details=form.details, now=clock.now())
    except Refusal as refusal:
        form.refuse(refusal)
        return invalid("plans/edit.html", **_form(form, plan))
    flash("Saved. Credits that were given stay as they are.", "success")
    return go(url_for("plans.show", plan_id=plan_id))


@blueprint.post("/<uuid:plan_id>/archive")
def archive(plan_id: uuid.UUID) -> Response:
    actor, _, plan = _own(plan_id)
    transact(service.archive_plan, actor=actor, plan_id=plan_id, now=clock.now())
    flash(f"“{plan.name}” is archived. Who holds it keeps it.", "success")
    return go(url_for("plans.index"))


@blueprint.post("/<uuid:plan_id>/restore")
def restore(plan_id: uuid.UUID) -> Response:
    actor, _, plan = _own(plan_id)
    transact(service.restore_plan, actor=actor, plan_id=plan_id, now=clock.now())
    flash(f"“{plan.name}” can be given again.", "success")
    return go(url_for("plans.index"))


def _own(plan_id: uuid.UUID) -> tuple[Actor, Organization, Any]:
    plan = queries.plan(plan_id=plan_id)
    actor = auth.require(plan.organization_id, Right.MANAGE_CATALOGUE)
    g.organization = accounts.organization_by_id(organization_id=plan.organization_id)
    return actor, g.organization, plan


def _offered(form: PlanForm, organization: Organization, plan: Any = None) -> PlanForm:
    """The programs in use, and those that the plan covers also when they are archived."""
    programs = catalogue.program_choices(organization_id=organization.id)
    if plan is not None:
        covered = queries.programs_of(plan_ids=[plan.id]).get(plan.id, [])
        programs |= {row.id: row.name for row in covered}
    form.offer(currency=plan.currency if plan is not None else organization.currency, programs=programs)
    return form


def _form(form: PlanForm, plan: Any = None) -> dict[str, Any]:
    takes_cards = in_force(auth.current_organization().payment_provider) == "stripe"
    return {"form": form, "plan": plan, "words": GIVES_WORDS, "takes_cards": takes_cards}
