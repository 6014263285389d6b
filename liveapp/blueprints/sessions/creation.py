"""A new session, or a series: one form with a preview of its dates and of what stands in their way."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Response, flash, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from liveapp.blueprints.sessions import blueprint
from liveapp.blueprints.sessions.desk import limits, opened, with_choices
from liveapp.db import AnyRow
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.accounts.models import Organization
from liveapp.domain.actor import Actor
from liveapp.domain.catalogue.models import Offering
from liveapp.domain.errors import Invalid, Refusal
from liveapp.domain.live_sessions import making, queries
from liveapp.domain.live_sessions.errors import Clash
from liveapp.forms.prices import COST_WORDS
from liveapp.forms.sessions import SessionForm, defaults, said_by
from liveapp.forms.typed import as_sent, is_same
from liveapp.rules.recurrence import Rule, describe
from liveapp.rules.roles import Right, may
from liveapp.rules.wording import counted
from liveapp.unit_of_work import transact_in_turn
from liveapp.web import auth, clock
from liveapp.web.arguments import id_from
from liveapp.web.filters import fmt_clock, local
from liveapp.web.htmx import go, invalid, page, swap

OFFERED = ("title", "host_id", "duration_minutes", "format", "location_id", "meeting_url", "meeting_provider",
           "max_participants", "costs", "price", "description")  # fmt: skip
"""What an offering fills in."""
KEPT = ("date", "time", "repeats", "weekdays", "nth", "ends", "until", "count")
"""What stays as it was typed when another offering is chosen."""
SEEN = ("date", "time", "duration_minutes", "host_id", "location_id", "repeats", "weekdays", "nth", "until", "count")
"""The fields that the preview depends on."""


@dataclass(frozen=True, slots=True)
class Here:
    """Where a session is made, by whom, and from what: in the organization of the session that is copied, if any."""

    organization: Organization
    actor: Actor
    offerings: list[Offering]
    copied: AnyRow | None


@blueprint.get("/new")
def new() -> Response:
    here = _here()
    if not here.offerings:
        return page("sessions/new_empty.html", may_add=may(here.actor.role, Right.MANAGE_CATALOGUE))
    form, tried = (_prepared(_blank(here), here) for _ in range(2))
    return _shown(form, here, seen=_seen(tried, here) if form.time.data is not None else None)


@blueprint.post("/new")
def create() -> AnyResponse:
    here = _here()
    if not here.offerings:
        return go(url_for("sessions.new"))
    form = _prepared(SessionForm(), here)
    if request.form.get("do") == "check":
        return _shown(form, here, seen=_seen(form, here))
    if not form.validate():
        return _refused(form, here)
    try:
        session_id = _create(form, here)
    except (Invalid, Clash) as refusal:
        return _refused(form, here, refusal)
    flash(_saved(session_id), "success")
    return go(url_for("sessions.detail", session_id=session_id))


@blueprint.post("/new/fill")
def fill() -> AnyResponse:
    """Another offering was chosen: it fills in what nobody typed over the one before."""
    here, sent = _here(), MultiDict(request.form)
    if not here.offerings:
        return go(url_for("sessions.new"))
    before, chosen = (_offered(here, sent.get(name, "")) for name in ("filled_from", "offering_id"))
    typed = SessionForm(formdata=sent)
    typed.price.read_in(before.price.currency)
    for name in OFFERED:
        if is_same(typed[name], before[name]):
            sent[name] = as_sent(chosen[name])
    sent["filled_from"] = as_sent(chosen.offering_id)
    form, tried = (_prepared(SessionForm(formdata=sent), here) for _ in range(2))
    return _shown(form, here, seen=_seen(tried, here), filled_from=sent["filled_from"])


@blueprint.post("/preview")
def preview() -> Response:
    here = _here()
    form = _prepared(SessionForm(), here)
    return page("sessions/_preview.html", seen=_seen(form, here), timezone=here.organization.timezone)


def _here() -> Here:
    copied = id_from(request.args.get("copy"))
    if copied:
        desk = opened(copied)
        return _at(desk.organization, desk.actor, desk.session)
    organization = auth.current_organization()
    return _at(organization, auth.staff(organization.id))


def _at(organization: Organization, actor: Actor, copied: AnyRow | None = None) -> Here:
    return Here(organization, actor, list(queries.offerings(organization_id=organization.id)), copied)


def _create(form: SessionForm, here: Here) -> uuid.UUID:
    offering_id, host_id = form.offering_id.data, form.host_id.data
    return transact_in_turn(
        [host_id],
        making.create,
        actor=here.actor,
        details=form.details(offering_id),
        when=form.when(here.organization.timezone, here.organization.week_start),
        publishes=_publishes(),
        leaves_out=form.leaves_out.data,
        limits=limits(),
        now=clock.now(),
        key=f"session:{here.organization.id.hex}:{form.key.data}",
    )


def _saved(session_id: uuid.UUID) -> str:
    """What was made: one session, or so many dates of a series."""
    series_id, publishes = queries.session(session_id=session_id).series_id, _publishes()
    if series_id is None:
        return "Published: people can book it now." if publishes else "Saved as a draft."
    status = "scheduled" if publishes else "draft"
    dates = counted(queries.dates_in_series(series_id=series_id, status=status, now=clock.now()), "date")
    return f"Published: people can book {dates} now." if publishes else f"Saved as drafts: {dates}."


def _publishes() -> bool:
    return request.form.get("do") == "publish"


def _prepared(form: SessionForm, here: Here) -> SessionForm:
    form.offer_from(here.offerings)
    chosen = next((each for each in here.offerings if each.id == form.offering_id.data), None)
    form.price.currency = chosen.currency if chosen else here.organization.currency
    return with_choices(form, here.actor)


def _blank(here: Here) -> SessionForm:
    """The form as the address asks for it: from another session, from an offering, at a time."""
    if here.copied and "offering_id" not in request.args:
        return SessionForm(formdata=None, data=_a_week_after(here.copied))
    actor = here.actor
    wanted = request.args.get("offering_id") or request.args.get("offering", "")
    offering = next((each for each in here.offerings if str(each.id) == wanted), here.offerings[0])
    hosts = accounts.hosts(organization_id=here.organization.id)
    assert actor.user_id
    typed = SessionForm(formdata=request.args, meta={"csrf": False}).data
    kept = {name: typed[name] for name in KEPT if request.args.get(name)}
    tomorrow = local(clock.now(), here.organization.timezone).date() + timedelta(days=1)
    values = defaults(offering, hosts=hosts, user_id=actor.user_id) | {"date": tomorrow} | kept
    if not may(actor.role, Right.EDIT_ANY_SESSION):
        values["host_id"] = actor.user_id
    return SessionForm(formdata=None, data=values)


def _offered(here: Here, offering_id: str) -> SessionForm:
    """The form as an offering fills it in; of one that isn't there, as the first does."""
    offering = next((each for each in here.offerings if str(each.id) == offering_id), here.offerings[0])
    hosts = accounts.hosts(organization_id=here.organization.id)
    assert here.actor.user_id
    form = SessionForm(formdata=None, data=defaults(offering, hosts=hosts, user_id=here.actor.user_id))
    form.price.currency = offering.currency
    return form


def _a_week_after(session: AnyRow) -> dict[str, Any]:
    """What another session says, a week later."""
    start: datetime = local(session.scheduled_at, session.timezone)
    return said_by(session, start.date() + timedelta(days=7), start.hour * 60 + start.minute)


def _seen(form: SessionForm, here: Here) -> dict[str, Any]:
    """What saving would make: the dates with what stands in their way, or what is missing to say so."""
    form.validate()
    missing = next((form[name].errors[0] for name in SEEN if form[name].errors), "")
    if missing:
        return {"missing": missing}
    when = form.when(here.organization.timezone, here.organization.week_start)
    try:
        details = form.details(form.offering_id.data)
        found = making.preview(actor=here.actor, details=details, when=when, now=clock.now())
    except Invalid as refusal:
        return {"missing": refusal.sentence}
    return {
        "missing": "",
        "words": describe(when, fmt_clock(when.start_time)) if isinstance(when, Rule) else "",
        "is_endless": isinstance(when, Rule) and when.is_endless,
        "dates": [(each.start, found.in_the_way.get(each.id, "")) for each in found.planned],
        "minutes": form.duration_minutes.data,
        "clashes": len(found.in_the_way),
    }


def _shown(form: SessionForm, here: Here, seen: dict[str, Any] | None = None, **more: Any) -> Response:
    return swap("sessions/_form.html", "sessions/new.html", **_context(form, here, seen) | more)


def _refused(form: SessionForm, here: Here, refusal: Refusal | None = None) -> Response:
    """The form with what is wrong next to each field, and the preview of what was asked for."""
    seen = _seen(form, here)
    if refusal:
        form.refuse(refusal)
    return invalid("sessions/new.html", **_context(form, here, seen))


def _context(form: SessionForm, here: Here, seen: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "form": form,
        "offerings": here.offerings,
        "cost_words": COST_WORDS,
        "may_publish": may(here.actor.role, Right.PUBLISH),
        "timezone": here.organization.timezone,
        "filled_from": request.form.get("filled_from") or form.offering_id.data,
        "kept": {"copy": here.copied.id} if here.copied else {},
        "seen": seen or {"missing": "Choose a date and a time to see what is made."},
    }
