"""Daily programming: what each program does on each day of a week, and one day of one program."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

from flask import flash, g, request, url_for
from werkzeug.wrappers import Response

from liveapp.blueprints.workouts import blueprint
from liveapp.blueprints.workouts.library import found
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.actor import Actor
from liveapp.domain.catalogue import queries as catalogue
from liveapp.domain.catalogue.models import Program
from liveapp.domain.errors import NotFound
from liveapp.domain.workouts import daily, queries
from liveapp.forms.refusable import given
from liveapp.forms.workouts import CopyForm
from liveapp.rules.roles import Right, may
from liveapp.rules.wording import counted
from liveapp.rules.zones import local_day, week_around
from liveapp.unit_of_work import transact_in_turn
from liveapp.web import auth, clock
from liveapp.web.arguments import day_from, id_from
from liveapp.web.filters import fmt_day
from liveapp.web.htmx import go, invalid, page, swap, wants_partial

STEPS = {"up": -1, "down": 1}


@blueprint.get("/week")
def week() -> Response:
    organization = auth.current_organization()
    actor = auth.staff(organization.id)
    today = local_day(clock.now(), organization.timezone)
    first = week_around(day_from(request.args.get("week")) or today, organization.week_start)[0]
    days = [first + timedelta(days=number) for number in range(7)]
    return swap(
        "workouts/_week.html",
        "workouts/week.html",
        days=days,
        today=today,
        programs=catalogue.program_choices(organization_id=organization.id),
        planned=queries.days_between(organization_id=organization.id, first=days[0], last=days[-1]),
        may_plan=may(actor.role, Right.MANAGE_CATALOGUE),
        before_href=url_for("workouts.week", week=first - timedelta(days=7)),
        after_href=url_for("workouts.week", week=first + timedelta(days=7)),
    )


@blueprint.get("/week/<uuid:program_id>/<day>")
def day(program_id: uuid.UUID, day: str) -> Response:
    _, program, on = _own(program_id, day)
    return swap("workouts/_choose.html", "workouts/day.html", **_shown(program, on))


@blueprint.post("/week/<uuid:program_id>/<day>")
def arrange_day(program_id: uuid.UUID, day: str) -> Response:
    """`do` (add, remove, up, down) with one `workout`."""
    actor, program, on = _own(program_id, day)
    verb, values = asked()
    values |= {"actor": actor, "program_id": program_id, "day": on, "now": clock.now()}
    verbs: dict[str, Any] = {"add": daily.add, "remove": daily.take_away, "move": daily.move}
    transact_in_turn([program_id], verbs[verb], **values)
    if verb != "add" and wants_partial():
        return page("workouts/_day.html", **_shown(program, on))
    return go(url_for("workouts.day", program_id=program_id, day=on))


@blueprint.post("/week/<uuid:program_id>/<day>/copy")
def copy_day(program_id: uuid.UUID, day: str) -> Response:
    actor, program, on = _own(program_id, day)
    form = CopyForm()
    if not form.validate():
        return invalid("workouts/day.html", **_shown(program, on, form))
    to_day = given(form.to_day.data)
    about: dict[str, Any] = {"actor": actor, "program_id": program_id, "now": clock.now()}
    new = transact_in_turn([program_id], daily.copy, day=on, to_day=to_day, **about)
    flash(f"{counted(new, 'workout is', 'workouts are')} new on {fmt_day(to_day, 'EEEE d MMMM')}.", "success")
    return go(url_for("workouts.day", program_id=program_id, day=to_day))


def asked() -> tuple[str, dict[str, Any]]:
    """What is to be done with which workout: add, remove or move, and the arguments of that. Raises NotFound."""
    verb, workout_id = request.form.get("do", ""), id_from(request.form.get("workout"))
    if workout_id is None or verb not in ("add", "remove", *STEPS):
        raise NotFound("That can’t be done with a workout. Reload the page and use its buttons.")
    values: dict[str, Any] = {"workout_id": workout_id}
    return ("move", values | {"by": STEPS[verb]}) if verb in STEPS else (verb, values)


def _own(program_id: uuid.UUID, day: str) -> tuple[Actor, Program, date]:
    program = catalogue.program(program_id=program_id)
    actor = auth.require(program.organization_id, Right.MANAGE_CATALOGUE)
    on = day_from(day)
    if on is None:
        raise NotFound()
    g.organization = accounts.organization_by_id(organization_id=program.organization_id)
    return actor, program, on


def _shown(program: Program, on: date, form: CopyForm | None = None) -> dict[str, Any]:
    here = url_for("workouts.arrange_day", program_id=program.id, day=on)
    return found(program.organization_id) | {
        "program": program,
        "day": on,
        "before": on - timedelta(days=1),
        "after": on + timedelta(days=1),
        "workouts": queries.day_of(program_id=program.id, day=on),
        "here": here,
        "form": form or CopyForm(formdata=None, data={"to_day": on + timedelta(days=1)}),
    }
