"""A new session, or a series: one form with a preview of its dates and of what stands in their way."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from flask import Response, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from liveapp.blueprints.sessions import blueprint
from liveapp.blueprints.sessions.desk import limits, opened, with_choices
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.accounts.models import Organization
from liveapp.domain.actor import Actor
from liveapp.domain.catalogue.models import Offering
from liveapp.domain.errors import Invalid, Refusal
from liveapp.domain.live_sessions import making, queries
from liveapp.domain.live_sessions.errors import Clash
from liveapp.forms.sessions import SessionForm, defaults, said_by
from liveapp.rules.recurrence import Rule, describe
from liveapp.rules.roles import Right, may
from liveapp.unit_of_work import transact_in_turn
from liveapp.web import auth, clock
from liveapp.web.filters import local
from liveapp.web.htmx import go, invalid, page, swap

KEPT = ("date", "time", "repeats", "weekdays", "nth", "ends", "until", "count")
"""What stays as it was typed when another offering is chosen."""
SEEN = ("date", "time", "duration_minutes", "host_id", "location_id", "repeats", "weekdays", "nth", "until", "count")
"""The fields that the preview depends on."""


@blueprint.get("/new")
def new() -> Response:
    organization, actor, offerings = _here()
    if not offerings:
        return page("sessions/new_empty.html", may_add=may(actor.role, Right.MANAGE_CATALOGUE))
    form, tried = (_prepared(_blank(organization, actor, offerings), actor, offerings) for _ in range(2))
    seen = _seen(tried, organization, actor) if form.time.data is not None else None
    return _shown(form, organization, actor, offerings, seen=seen)


@blueprint.post("/new")
def create() -> AnyResponse:
    organization, actor, offerings = _here()
    if not offerings:
        return go(url_for("sessions.new"))
    if not offerings:
        return go(url_for("sessions.new"))
    form = _prepared(SessionForm(), actor, offerings)
    if request.form.get("do") == "check":
        return _shown(form, organization, actor, offerings, seen=_seen(form, organization, actor))
    if not form.validate():
        return _refused(form, organization, actor, offerings)
    try:
        session_id = _create(form, organization, actor)
    except (Invalid, Clash) as refusal:
        return _refused(form, organization, actor, offerings, refusal)
    flash("Published: people can book it now." if _publishes() else "Saved as a draft.", "success")
    return go(url_for("sessions.detail", session_id=session_id))


@blueprint.post("/preview")
def preview() -> Response:
    organization, actor, offerings = _here()
    form = _prepared(SessionForm(), actor, offerings)
    return page("sessions/_preview.html", seen=_seen(form, organization, actor), timezone=organization.timezone)


def _here() -> tuple[Organization, Actor, list[Offering]]:
    organization = auth.current_organization()
    actor = auth.staff(organization.id)
    return organization, actor, list(queries.offerings(organization_id=organization.id))


def _create(form: SessionForm, organization: Organization, actor: Actor) -> uuid.UUID:
    offering_id, host_id = form.offering_id.data, form.host_id.data
    return transact_in_turn(
        [host_id],
        making.create,
        actor=actor,
        details=form.details(offering_id),
        when=form.when(organization.timezone),
        publishes=_publishes(),
        leaves_out=form.leaves_out.data,
        limits=limits(),
        now=clock.now(),
        key=f"session:{actor.organization_id.hex}:{form.key.data}",
    )


def _publishes() -> bool:
    return request.form.get("do") == "publish"


def _prepared(form: SessionForm, actor: Actor, offerings: list[Offering]) -> SessionForm:
    form.offer_from(offerings)
    return with_choices(form, actor)


def _blank(organization: Organization, actor: Actor, offerings: list[Offering]) -> SessionForm:
    """The form as the address asks for it: from an offering, from another session, at a time."""
    if "copy" in request.args:
        return SessionForm(formdata=None, data=_copied(request.args["copy"]))
    wanted = request.args.get("offering_id") or request.args.get("offering", "")
    offering = next((each for each in offerings if str(each.id) == wanted), offerings[0])
    hosts = accounts.hosts(organization_id=organization.id)
    assert actor.user_id
    typed = SessionForm(formdata=request.args, meta={"csrf": False}).data
    kept = {name: typed[name] for name in KEPT if request.args.get(name)}
    tomorrow = local(clock.now(), organization.timezone).date() + timedelta(days=1)
    values = defaults(offering, hosts=hosts, user_id=actor.user_id) | {"date": tomorrow} | kept
    if not may(actor.role, Right.EDIT_ANY_SESSION):
        values["host_id"] = actor.user_id
    return SessionForm(formdata=None, data=values)


def _copied(key: str) -> dict[str, Any]:
    """What another session says, a week later."""
    try:
        session = opened(uuid.UUID(key)).session
    except ValueError:
        return {}
    start: datetime = local(session.scheduled_at, session.timezone)
    return said_by(session, start.date() + timedelta(days=7), start.hour * 60 + start.minute)


def _seen(form: SessionForm, organization: Organization, actor: Actor) -> dict[str, Any]:
    """What saving would make: the dates with what stands in their way, or what is missing to say so."""
    form.validate()
    missing = next((form[name].errors[0] for name in SEEN if form[name].errors), "")
    if missing:
        return {"missing": missing}
    when = form.when(organization.timezone)
    try:
        found = making.preview(actor=actor, details=form.details(form.offering_id.data), when=when)
    except Invalid as refusal:
        return {"missing": refusal.sentence}
    return {
        "missing": "",
        "words": describe(when) if isinstance(when, Rule) else "",
        "is_endless": isinstance(when, Rule) and when.is_endless,
        "dates": [(each.start, found.in_the_way.get(each.id, "")) for each in found.planned],
        "minutes": form.duration_minutes.data,
        "clashes": len(found.in_the_way),
    }


def _shown(
    form: SessionForm,
    organization: Organization,
    actor: Actor,
    offerings: list[Offering],
    seen: dict[str, Any] | None = None,
) -> Response:
    context = _context(form, organization, actor, offerings, seen)
    return swap("sessions/_form.html", "sessions/new.html", **context)


def _refused(
    form: SessionForm,
    organization: Organization,
    actor: Actor,
    offerings: list[Offering],
    refusal: Refusal | None = None,
) -> Response:
    """The form with what is wrong next to each field, and the preview of what was asked for."""
    seen = _seen(form, organization, actor)
    if refusal:
        form.refuse(refusal)
    return invalid("sessions/new.html", **_context(form, organization, actor, offerings, seen))


def _context(
    form: SessionForm,
    organization: Organization,
    actor: Actor,
    offerings: list[Offering],
    seen: dict[str, Any] | None,
) -> dict[str, Any]:
    return {
        "form": form,
        "offerings": offerings,
        "offering": next((each for each in offerings if each.id == form.offering_id.data), offerings[0]),
        "may_publish": may(actor.role, Right.PUBLISH),
        "timezone": organization.timezone,
        "seen": seen or {"missing": "Choose a date and a time to see what is made."},
    }
