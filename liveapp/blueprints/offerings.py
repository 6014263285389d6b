"""Offerings: list, new, edit, archive. Coaches see and run those that they host."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, current_app, flash, g, request, url_for
from werkzeug.wrappers import Response

from liveapp.domain.accounts import queries as accounts
from liveapp.domain.accounts.models import Organization
from liveapp.domain.actor import Actor
from liveapp.domain.bookings import prices
from liveapp.domain.catalogue import queries, service
from liveapp.domain.catalogue.details import Lengths
from liveapp.domain.catalogue.models import Offering
from liveapp.domain.errors import Forbidden, Invalid
from liveapp.domain.video import queries as video
from liveapp.forms.catalogue import KIND_WORDS, KINDS, TIMING_WORDS, OfferingForm
from liveapp.forms.prices import COST_WORDS
from liveapp.forms.settings import BY_CARD, PAYING, PAYING_WORDS
from liveapp.gateways.stripe import client
from liveapp.rules.roles import Right, may
from liveapp.rules.texts import cleaned
from liveapp.rules.video import NAMES
from liveapp.rules.wording import counted
from liveapp.unit_of_work import transact
from liveapp.web import auth, clock
from liveapp.web.htmx import go, invalid, page, swap
from liveapp.web.navigation import P

blueprint = Blueprint("offerings", __name__, url_prefix=f"{P}/offerings")
blueprint.before_request(auth.guard)

WORDS = {"kind_words": KIND_WORDS, "cost_words": COST_WORDS, "timing_words": TIMING_WORDS, "paying_words": PAYING_WORDS}


@blueprint.get("")
def index() -> Response:
    organization = auth.current_organization()
    actor = auth.require(organization.id, Right.MANAGE_OWN_OFFERINGS)
    archived, words = request.args.get("show") == "archived", cleaned(request.args.get("q", ""))[:80]
    rows = queries.offerings(
        organization_id=organization.id,
        archived=archived,
        host_id=None if may(actor.role, Right.MANAGE_CATALOGUE) else actor.user_id,
        words=words,
        after=request.args.get("after", type=uuid.UUID),
    )
    more = url_for("offerings.index", **_kept(archived, words), after=rows[-2].id) if len(rows) > queries.PAGE else ""
    return swap(
        "offerings/_list.html",
        "offerings/index.html",
        rows=rows[: queries.PAGE],
        more=more,
        archived=archived,
        words=words,
        kinds=KINDS,
    )


@blueprint.get("/new")
def new() -> Response:
    organization = auth.current_organization()
    actor = auth.require(organization.id, Right.MANAGE_OWN_OFFERINGS)
    kind = request.args.get("kind")
    form = OfferingForm(kind=kind if kind in KINDS else "live_class", meeting_provider="jitsi")
    _offer(form, actor, organization)
    return page("offerings/edit.html", form=form, offering=None, **WORDS)


@blueprint.post("/new")
def create() -> Response:
    organization = auth.current_organization()
    actor = auth.require(organization.id, Right.MANAGE_OWN_OFFERINGS)
    form = OfferingForm()
    _offer(form, actor, organization)
    if not form.validate():
        return invalid("offerings/edit.html", form=form, offering=None, **WORDS)
    try:
        offering_id = transact(
            service.add_offering,
            actor=actor,
            details=form.details,
            lengths=_lengths(),
            now=clock.now(),
            key=form.key_for(organization.id),
            payment_provider=form.pays_by,
        )
    except Invalid as refusal:
        form.refuse(refusal)
        return invalid("offerings/edit.html", form=form, offering=None, **WORDS)
    flash(f"“{form.title.data}” is in the catalogue.", "success")
    _say_unconnected(form, organization)
    return go(_onward(offering_id, is_meeting=form.kind.data == "meeting"))


@blueprint.get("/<uuid:offering_id>")
def edit(offering_id: uuid.UUID) -> Response:
    actor, organization, offering = _own(offering_id)
    form = OfferingForm.of(offering)
    _offer(form, actor, organization, offering)
    return page("offerings/edit.html", form=form, offering=offering, **WORDS)


@blueprint.post("/<uuid:offering_id>")
def change(offering_id: uuid.UUID) -> Response:
    actor, organization, offering = _own(offering_id)
    form = OfferingForm()
    _offer(form, actor, organization, offering)
    if not form.validate():
        return _refused(form, offering)
    try:
        reached = transact(
            prices.change_offering,
            actor=actor,
            offering_id=offering_id,
            details=form.details,
            lengths=_lengths(),
            now=clock.now(),
            reaches=form.reaches_planned,
            payment_provider=form.pays_by,
        )
    except Invalid as refusal:
        form.refuse(refusal)
        return _refused(form, offering)
    flash(_saved(reached), "success")
    _say_unconnected(form, organization)
    return go(url_for("offerings.index"))


@blueprint.post("/<uuid:offering_id>/archive")
def archive(offering_id: uuid.UUID) -> Response:
    actor, _, offering = _own(offering_id)
    transact(service.archive_offering, actor=actor, offering_id=offering_id, now=clock.now())
    flash(f"“{offering.title}” is archived. Its sessions stay on the calendar.", "success")
    return go(url_for("offerings.index"))


@blueprint.post("/<uuid:offering_id>/restore")
def restore(offering_id: uuid.UUID) -> Response:
    actor, _, offering = _own(offering_id)
    transact(service.restore_offering, actor=actor, offering_id=offering_id, now=clock.now())
    flash(f"“{offering.title}” is back in the catalogue.", "success")
    return go(url_for("offerings.index"))


def _say_unconnected(form: OfferingForm, organization: Organization) -> None:
    """Nobody who leads it has an account where its links are to be made."""
    details = form.details
    if details.format == "online" and not video.has_account(
        organization_id=organization.id, host_id=details.host_id, provider=details.meeting_provider
    ):
        name = NAMES[str(details.meeting_provider)]
        flash(f"{name} isn’t connected yet: who books has no link to join by until the host connects it.", "attention")


def _refused(form: OfferingForm, offering: Offering) -> Response:
    """The form with what is wrong; where the price changes, with the question what becomes of planned sessions."""
    form.ask_of_planned(prices.reached_by(offering, form.details, now=clock.now()))
    return invalid("offerings/edit.html", form=form, offering=offering, **WORDS)


def _saved(reached: int) -> str:
    if not reached:
        return "Saved. Sessions that are on the calendar already stay as they are."
    return f"Saved. {counted(reached, 'session')} to come cost the new price; who has booked keeps theirs."


def _own(offering_id: uuid.UUID) -> tuple[Actor, Organization, Offering]:
    """The actor, who may run this offering, its organization and itself."""
    offering = queries.offering(offering_id=offering_id)
    actor = auth.require(offering.organization_id, Right.MANAGE_OWN_OFFERINGS)
    if not may(actor.role, Right.MANAGE_CATALOGUE) and offering.host_id != actor.user_id:
        raise Forbidden("This offering belongs to somebody else. You can change the ones that you host.")
    g.organization = accounts.organization_by_id(organization_id=offering.organization_id)
    return actor, g.organization, offering


def _offer(form: OfferingForm, actor: Actor, organization: Organization, offering: Offering | None = None) -> None:
    """Fills the choices: a coach is the only host there is."""
    runs_all = may(actor.role, Right.MANAGE_CATALOGUE)
    hosts = {
        row.user_id: row.name
        for row in accounts.hosts(organization_id=organization.id)
        if runs_all or row.user_id == actor.user_id
    }
    form.offer(
        currency=offering.currency if offering else organization.currency,
        currency_stays=bool(offering and prices.is_sold(offering.id, offering.currency)),
        ways_to_pay=_ways_to_pay(actor, organization),
        programs=queries.program_choices(
            organization_id=organization.id, present=offering.program_id if offering else None
        ),
        locations=queries.location_choices(
            organization_id=organization.id, present=offering.location_id if offering else None
        ),
        hosts=hosts,
        any_host=runs_all,
    )


def _onward(offering_id: uuid.UUID, *, is_meeting: bool) -> str:
    """Where somebody goes on who made an offering on their way to something else (`then`), if it serves that."""
    then = request.args.get("then")
    if then == "session" and not is_meeting:
        return url_for("sessions.new", offering_id=offering_id)
    return url_for("availability.index" if then == "hours" and is_meeting else "offerings.index")


def _ways_to_pay(actor: Actor, organization: Organization) -> dict[str, str]:
    """How people can pay, asked with the first price of a business of whoever may answer; else nothing."""
    if organization.payment_provider != "none" or not may(actor.role, Right.MANAGE_SETTINGS):
        return {}
    if queries.has_price(organization_id=organization.id):
        return {}
    return (BY_CARD if client.is_on() else {}) | PAYING


def _lengths() -> Lengths:
    settings = current_app.extensions["settings"]
    return Lengths(settings.min_session_duration, settings.max_session_duration)


def _kept(archived: bool, words: str) -> dict[str, Any]:
    return ({"show": "archived"} if archived else {}) | ({"q": words} if words else {})
