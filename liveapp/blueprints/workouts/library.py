"""The workouts of the business: list and search, new, read, edit, archive."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, g, request, url_for
from werkzeug.wrappers import Response

from liveapp.blueprints.workouts import blueprint
from liveapp.db import AnyRow
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.actor import Actor
from liveapp.domain.errors import Refusal
from liveapp.domain.workouts import library, queries
from liveapp.domain.workouts.errors import NotYourWorkout
from liveapp.forms.workouts import WorkoutForm
from liveapp.rules.content import may_change
from liveapp.rules.texts import cleaned
from liveapp.unit_of_work import transact
from liveapp.web import auth, clock
from liveapp.web.arguments import id_from
from liveapp.web.htmx import go, invalid, page, swap


@blueprint.get("")
def index() -> Response:
    organization = auth.current_organization()
    auth.staff(organization.id)
    return swap("workouts/_list.html", "workouts/index.html", **found(organization.id))


@blueprint.get("/new")
def new() -> Response:
    auth.staff(auth.current_organization().id)
    return page("workouts/edit.html", form=WorkoutForm(), workout=None)


@blueprint.post("/new")
def create() -> Response:
    organization = auth.current_organization()
    actor, form = auth.staff(organization.id), WorkoutForm()
    if not form.validate():
        return invalid("workouts/edit.html", form=form, workout=None)
    try:
        key = form.key_for(organization.id)
        workout_id = transact(library.add, actor=actor, text=form.text, now=clock.now(), key=key)
    except Refusal as refusal:
        form.refuse(refusal)
        return invalid("workouts/edit.html", form=form, workout=None)
    flash("Written. Put it on a session, or on a program’s day.", "success")
    return go(url_for("workouts.show", workout_id=workout_id))


@blueprint.get("/<uuid:workout_id>")
def show(workout_id: uuid.UUID) -> Response:
    actor, workout = _own(workout_id)
    return page("workouts/show.html", workout=workout, may_change=_may_change(actor, workout))


@blueprint.get("/<uuid:workout_id>/edit")
def edit(workout_id: uuid.UUID) -> Response:
    _, workout = _changeable(workout_id)
    return page("workouts/edit.html", form=WorkoutForm(obj=workout), workout=workout)


@blueprint.post("/<uuid:workout_id>/edit")
def change(workout_id: uuid.UUID) -> Response:
    actor, workout = _changeable(workout_id)
    form = WorkoutForm()
    if not form.validate():
        return invalid("workouts/edit.html", form=form, workout=workout)
    transact(library.change, actor=actor, workout_id=workout_id, text=form.text, now=clock.now())
    flash("Saved. It has changed wherever it is shown.", "success")
    return go(url_for("workouts.show", workout_id=workout_id))


@blueprint.post("/<uuid:workout_id>/archive")
def archive(workout_id: uuid.UUID) -> Response:
    actor, workout = _changeable(workout_id)
    transact(library.archive, actor=actor, workout_id=workout_id, now=clock.now())
    flash(f"“{workout.title}” is archived. What shows it goes on showing it.", "success")
    return go(url_for("workouts.index"))


@blueprint.post("/<uuid:workout_id>/restore")
def restore(workout_id: uuid.UUID) -> Response:
    actor, workout = _changeable(workout_id)
    transact(library.restore, actor=actor, workout_id=workout_id, now=clock.now())
    flash(f"“{workout.title}” can be chosen again.", "success")
    return go(url_for("workouts.show", workout_id=workout_id))


def found(organization_id: uuid.UUID) -> dict[str, Any]:
    """A page of the library as the address asks for it: rows, words, archived, more (the next page's arguments)."""
    words, archived = cleaned(request.args.get("q", "")[:100]), request.args.get("show") == "archived"
    rows = queries.workouts(
        organization_id=organization_id, words=words, archived=archived, after=id_from(request.args.get("after"))
    )
    kept = {name: value for name, value in (("q", words), ("show", "archived" if archived else "")) if value}
    more = kept | {"after": rows[queries.PAGE - 1].id} if len(rows) > queries.PAGE else {}
    return {"rows": rows[: queries.PAGE], "words": words, "archived": archived, "more": more}


def _own(workout_id: uuid.UUID) -> tuple[Actor, AnyRow]:
    workout = queries.workout(workout_id=workout_id)
    actor = auth.staff(workout.organization_id)
    g.organization = accounts.organization_by_id(organization_id=workout.organization_id)
    return actor, workout


def _changeable(workout_id: uuid.UUID) -> tuple[Actor, AnyRow]:
    actor, workout = _own(workout_id)
    if not _may_change(actor, workout):
        raise NotYourWorkout()
    return actor, workout


def _may_change(actor: Actor, workout: AnyRow) -> bool:
    return may_change(actor.role, is_author=workout.created_by == actor.user_id)
