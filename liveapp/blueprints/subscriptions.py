"""People's plans: given, paused, resumed and ended, and their credits corrected."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, flash, g, request, url_for
from werkzeug.wrappers import Response

from liveapp.domain.accounts import members
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.accounts.models import Organization
from liveapp.domain.accounts.people import Person
from liveapp.domain.accounts.providers import in_force
from liveapp.domain.actor import Actor
from liveapp.domain.bookings import held
from liveapp.domain.errors import Refusal
from liveapp.domain.payments import desk, renewals
from liveapp.domain.plans import credits, holdings, queries, subscriptions
from liveapp.forms.plans import CreditsForm, EndForm, GiveForm, GiveToForm, PauseForm
from liveapp.rules.roles import Right
from liveapp.rules.wording import counted
from liveapp.rules.zones import local_day
from liveapp.unit_of_work import transact_in_turn
from liveapp.web import auth, clock
from liveapp.web.filters import fmt_date, fmt_last_day, plan_price
from liveapp.web.htmx import go, invalid, page
from liveapp.web.limits import BOOKINGS_FOR_ONE, GIFTS, limiter, per_account
from liveapp.web.navigation import P

blueprint = Blueprint("subscriptions", __name__, url_prefix=P)
blueprint.before_request(auth.guard)


@blueprint.get("/plans/give")
def give() -> Response:
    _, organization, member = _recipient()
    return page("subscriptions/give.html", **_giving(organization, member))


@blueprint.post("/plans/give")
@limiter.limit(GIFTS)
@per_account(BOOKINGS_FOR_ONE)
def give_now() -> Response:
    actor, organization, member = _recipient()
    shown = _giving(organization, member)
    form = shown["form"]
    if not form.validate():
        return invalid("subscriptions/give.html", **shown)
    person, turn = _person(form, organization, member)
    try:
        subscription_id = transact_in_turn(
            turn,
            desk.give_plan,
            actor=actor,
            person=person,
            gift=form.gift,
            is_paid=form.is_paid.data,
            now=clock.now(),
            key=form.key_for(organization.id),
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return invalid("subscriptions/give.html", **shown)
    given = holdings.subscription(subscription_id=subscription_id)
    flash(f"{given.name} holds “{given.plan_name}” now, and is told by mail.", "success")
    return go(_home(given))


@blueprint.get("/subscriptions/<uuid:subscription_id>/end")
def end(subscription_id: uuid.UUID) -> Response:
    _, row = _own(subscription_id)
    return page("subscriptions/end.html", form=EndForm(), **_consequence(row))


@blueprint.post("/subscriptions/<uuid:subscription_id>/end")
def end_now(subscription_id: uuid.UUID) -> Response:
    actor, row = _own(subscription_id)
    form = EndForm()
    if not form.validate():
        return invalid("subscriptions/end.html", form=form, **_consequence(row))
    gone = _moved(row, renewals.end, actor=actor, subscription_id=row.id, reason=form.reason.data, now=clock.now())
    lapsed = f" {counted(gone, 'credit')} lapsed." if gone else ""
    flash(f"“{row.plan_name}” has ended, and {row.name} is told by mail.{lapsed}", "success")
    return go(_home(row))


@blueprint.get("/subscriptions/<uuid:subscription_id>/pause")
def pause(subscription_id: uuid.UUID) -> Response:
    _, row = _own(subscription_id)
    return page("subscriptions/pause.html", form=PauseForm(), **_consequence(row))


@blueprint.post("/subscriptions/<uuid:subscription_id>/pause")
def pause_now(subscription_id: uuid.UUID) -> Response:
    actor, row = _own(subscription_id)
    form = PauseForm()
    if not form.validate():
        return invalid("subscriptions/pause.html", form=form, **_consequence(row))
    try:
        _moved(
            row,
            renewals.pause,
            actor=actor,
            subscription_id=row.id,
            resumes_on=form.resumes_on.data,
            now=clock.now(),
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return invalid("subscriptions/pause.html", form=form, **_consequence(row))
    flash(f"“{row.plan_name}” rests. What is left of it lasts as many days longer.", "success")
    return go(_home(row))


@blueprint.post("/subscriptions/<uuid:subscription_id>/resume")
def resume(subscription_id: uuid.UUID) -> Response:
    actor, row = _own(subscription_id)
    _moved(row, subscriptions.resume, actor=actor, subscription_id=row.id, now=clock.now())
    flash(f"“{row.plan_name}” can be used again.", "success")
    return go(_home(row))


@blueprint.get("/subscriptions/<uuid:subscription_id>/credits")
def correct(subscription_id: uuid.UUID) -> Response:
    _, row = _own(subscription_id)
    return page("subscriptions/credits.html", form=CreditsForm.offering(_lots(row)), row=row, home=_home(row))


@blueprint.post("/subscriptions/<uuid:subscription_id>/credits")
def correct_now(subscription_id: uuid.UUID) -> Response:
    actor, row = _own(subscription_id)
    form = CreditsForm.offering(_lots(row))
    if not form.validate():
        return invalid("subscriptions/credits.html", form=form, row=row, home=_home(row))
    try:
        _moved(
            row,
            credits.adjust,
            actor=actor,
            lot_id=form.lot_id.data,
            delta=form.delta.data,
            reason=form.reason.data,
            now=clock.now(),
            key=form.key_for(row.id),
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return invalid("subscriptions/credits.html", form=form, row=row, home=_home(row))
    flash("Corrected, with your reason.", "success")
    return go(_home(row))


def _recipient() -> tuple[Actor, Organization, Any]:
    """Who gives, where, and the member that the address names, if it names one."""
    membership_id = request.args.get("to", type=uuid.UUID)
    if membership_id is None:
        organization = auth.current_organization()
        return auth.require(organization.id, Right.MANAGE_PEOPLE), organization, None
    member = members.membership(membership_id=membership_id)
    actor = auth.require(member.organization_id, Right.MANAGE_PEOPLE)
    g.organization = accounts.organization_by_id(organization_id=member.organization_id)
    return actor, g.organization, member


def _giving(organization: Organization, member: Any) -> dict[str, Any]:
    """The form with the plans that can be given; the one that the address names is chosen, or the only one."""
    rows = queries.plans(organization_id=organization.id)
    plans = {row.id: f"{row.name}, {plan_price(row)}" if row.price_minor else row.name for row in rows}
    takes_money = in_force(organization.payment_provider) != "none" and any(row.price_minor for row in rows)
    asked = request.args.get("plan", type=uuid.UUID)
    wanted = asked if asked in plans else None
    kind = GiveToForm if member is None else GiveForm
    form = kind.offering(
        plans,
        today=local_day(clock.now(), organization.timezone),
        plan_id=next(iter(plans)) if len(plans) == 1 else wanted,
    )
    return {"form": form, "member": member, "has_plans": bool(plans), "takes_money": takes_money, "wanted": wanted}


def _person(form: Any, organization: Organization, member: Any) -> tuple[Person, list[uuid.UUID]]:
    """Who gets it, and whose turn to wait for: theirs, when they are known."""
    if member is not None:
        person = Person(member.email, member.name, organization.timezone, organization.locale, member.user_id)
        return person, [member.user_id]
    person = Person(form.email.data, form.name.data, organization.timezone, organization.locale)
    known = accounts.credentials(email=person.email)
    return person, [known.user_id] if known else []


def _own(subscription_id: uuid.UUID) -> tuple[Actor, Any]:
    row = holdings.subscription(subscription_id=subscription_id)
    actor = auth.require(row.organization_id, Right.MANAGE_PEOPLE)
    g.organization = accounts.organization_by_id(organization_id=row.organization_id)
    return actor, row


def _home(row: Any) -> str:
    """Where the plan of this person is shown: on their page, or on the plan's when they have left."""
    if row.left_at is None:
        return url_for("members.edit", membership_id=row.membership_id)
    return url_for("plans.show", plan_id=row.plan_id)


def _consequence(row: Any) -> dict[str, Any]:
    """What pausing or ending it touches, in numbers."""
    return {
        "row": row,
        "home": _home(row),
        "left": credits.balance_of(row.id),
        "booked": held.bookings_to_come(user_id=row.user_id, subscription_id=row.id, now=clock.now()),
    }


def _lots(row: Any) -> dict[uuid.UUID, str]:
    """The lots that can be corrected, in words, those that lapse first in front."""
    now, zone = clock.now(), row.timezone
    found = [
        lot
        for lot in holdings.lots_of(subscription_ids=[row.id]).get(row.id, [])
        if lot.expires_at is None or lot.expires_at > now
    ]
    found.sort(key=lambda lot: (lot.expires_at is None, lot.expires_at, lot.valid_from, lot.id))
    return {
        lot.id: counted(lot.balance, "credit")
        + (f", from {fmt_date(lot.valid_from, zone)}" if lot.valid_from > now else "")
        + (f", until {fmt_last_day(lot.expires_at, zone)}" if lot.expires_at else ", which don’t lapse")
        for lot in found
    }


def _moved(row: Any, verb: Any, **values: Any) -> Any:
    """The verb, in the person's turn."""
    return transact_in_turn([row.user_id], verb, **values)
