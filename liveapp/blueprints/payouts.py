"""Payouts: what everybody is owed, what was paid out, paying now or by hand, and when it happens by itself."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, flash, request, url_for
from werkzeug.wrappers import Response

from liveapp.db import AnyRow
from liveapp.domain.accounts.models import Organization
from liveapp.domain.errors import Refusal
from liveapp.domain.payments import earning
from liveapp.domain.payouts import balances, making, queries, sending
from liveapp.domain.payouts.earners import Earner, host_of
from liveapp.forms.payouts import (
    EARNS_WORDS,
    SCHEDULE_WORDS,
    SHARE,
    AmountForm,
    BalanceForm,
    ByHandForm,
    PayoutSettingsForm,
)
from liveapp.gateways.stripe.client import is_on
from liveapp.rules.roles import Right
from liveapp.unit_of_work import transact, transact_in_turn
from liveapp.web import auth, clock
from liveapp.web.earners import earner_named
from liveapp.web.filters import fmt_amount
from liveapp.web.htmx import go, invalid, page
from liveapp.web.navigation import P
from liveapp.web.payout_words import next_words

blueprint = Blueprint("payouts", __name__, url_prefix=f"{P}/payouts")
blueprint.before_request(auth.guard)


@blueprint.get("")
def index() -> Response:
    organization = auth.current_organization()
    auth.require(organization.id, Right.VIEW_MONEY_OF_OTHERS)
    found = balances.of_everybody(organization_id=organization.id, now=clock.now())
    before = request.args.get("before", type=uuid.UUID)
    latest = queries.latest(organization_id=organization.id, before=before)
    older = url_for("payouts.index", before=latest[-2].id) if len(latest) > queries.PAGE else ""
    hosts = {each.account: host_of(each.account) for each in found}
    names = queries.names(host_ids=[host for host in hosts.values() if host])
    return page(
        "payouts/index.html",
        balances=sorted(found, key=lambda each: (hosts[each.account] is None, names.get(hosts[each.account], ""))),
        hosts=hosts,
        names=names,
        accounts=queries.accounts(organization_id=organization.id),
        latest=latest[: queries.PAGE],
        older=older,
        under_way=queries.under_way(organization_id=organization.id),
        next_words=next_words(organization, clock.now()),
        takes_cards=is_on(),
    )


@blueprint.get("/pay")
def ask_pay() -> Response:
    """Asks before a balance is sent to its account with the provider, which can't be taken back."""
    return _ask(AmountForm, "payouts/pay.html")


@blueprint.post("/pay")
def pay() -> Response:
    """Pays what the page showed to be payable."""
    form = AmountForm()
    return _moved(form, making.make, "The payout is made. It is sent to Stripe now.", agreed=form.minor.data)


@blueprint.post("/withdraw")
def withdraw() -> Response:
    """Takes back a payout that waits for funds."""
    return _moved(BalanceForm(), sending.withdraw, "The payout is taken back. It is part of the balance again.")


@blueprint.get("/by-hand")
def by_hand() -> Response:
    """Asks before a balance is marked as paid."""
    return _ask(ByHandForm, "payouts/by_hand.html")


@blueprint.post("/by-hand")
def mark_paid() -> Response:
    organization = auth.current_organization()
    actor = auth.require(organization.id, Right.MANAGE_MONEY)
    form = ByHandForm()
    earner = earner_named(organization.id, form.to.data)
    if not form.validate():
        return invalid("payouts/by_hand.html", **_asked(organization, earner, form))
    minor, currency = form.minor.data or 0, form.currency.data
    try:
        transact_in_turn(
            earner.turn, making.pay_by_hand, earner=earner, currency=currency, minor=minor,
            note=form.note.data, actor=actor, now=clock.now(),
        )  # fmt: skip
    except Refusal as refusal:
        form.refuse(refusal)
        return invalid("payouts/by_hand.html", **_asked(organization, earner, form))
    flash(f"{fmt_amount(minor, currency)} to {_name(organization, earner.host_id)} is marked as paid.", "success")
    return go(url_for("payouts.index"))


@blueprint.get("/settings")
def settings() -> Response:
    organization = auth.current_organization()
    auth.require(organization.id, Right.MANAGE_MONEY)
    owners = earning.shares_of(organization.id)
    form = PayoutSettingsForm.with_shares(owners).of(organization)
    return page("payouts/settings.html", form=form, **_words(owners))


@blueprint.post("/settings")
def save_settings() -> Response:
    organization = auth.current_organization()
    actor = auth.require(organization.id, Right.MANAGE_MONEY)
    owners = earning.shares_of(organization.id)
    form = PayoutSettingsForm.with_shares(owners)()
    if not form.is_valid_in(organization.currency):
        return invalid("payouts/settings.html", form=form, **_words(owners))
    if again := auth.step_up(url_for("payouts.settings")):
        return again
    transact(making.change_settings, actor=actor, settings=form.settings, shares=form.shares, now=clock.now())
    flash("Saved. It holds for every payout from now on.", "success")
    return go(url_for("payouts.index"))


def _ask(form_of: type[AmountForm], template: str) -> Response:
    """The question about the balance that the address names, with what is payable of it now."""
    organization = auth.current_organization()
    auth.require(organization.id, Right.MANAGE_MONEY)
    earner = earner_named(organization.id, request.args.get("to", ""))
    currency = request.args.get("currency", "")
    minor = balances.payable(earner=earner, currency=currency, now=clock.now())
    form = form_of(formdata=None, to=request.args["to"], currency=currency, minor=minor or None)
    return page(template, **_asked(organization, earner, form))


def _moved(form: BalanceForm, verb: Any, done: str, **more: Any) -> Response:
    """Does it to the balance that the form names, in its earner's turn; a refusal is said above the list."""
    organization = auth.current_organization()
    actor = auth.require(organization.id, Right.MANAGE_MONEY)
    earner = earner_named(organization.id, form.to.data)
    if not form.validate():
        return go(url_for("payouts.index"))
    try:
        asked = {"earner": earner, "currency": form.currency.data, "actor": actor, "now": clock.now()} | more
        transact_in_turn(earner.turn, verb, **asked)
    except Refusal as refusal:
        flash(refusal.sentence, "error")
    else:
        flash(done, "success")
    return go(url_for("payouts.index"))


def _asked(organization: Organization, earner: Earner, form: AmountForm) -> dict[str, Any]:
    """What the question about a payout says: whose, and how much."""
    return {
        "form": form,
        "name": _name(organization, earner.host_id),
        "minor": form.minor.data,
        "currency": form.currency.data,
        "is_under_way": queries.is_under_way(earner=earner, currency=form.currency.data),
    }


def _name(organization: Organization, host_id: uuid.UUID | None) -> str:
    return queries.names(host_ids=[host_id])[host_id] if host_id else organization.name


def _words(owners: dict[str, list[AnyRow]]) -> dict[str, Any]:
    """What the settings mean, and the names of the fields of shares by what they are of."""
    names = {what: [f"{SHARE}{row.id.hex}" for row in rows] for what, rows in owners.items()}
    return {"words": SCHEDULE_WORDS, "earns_words": EARNS_WORDS, "shares": names}
