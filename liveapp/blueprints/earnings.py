"""What one earner is owed, where they are paid, and their statements. Hosts see their own."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

from flask import Blueprint, flash, request, url_for
from werkzeug.wrappers import Response

from liveapp.domain.accounts import queries as accounts
from liveapp.domain.accounts.models import Organization
from liveapp.domain.errors import Refusal
from liveapp.domain.payouts import balances, queries, statements
from liveapp.domain.payouts.earners import Earner
from liveapp.domain.payouts.statements import Statement
from liveapp.forms.payouts import StatementForm
from liveapp.gateways import payouts
from liveapp.gateways.stripe.client import StripeAway, StripeRefused, is_on
from liveapp.rules.recurrence import resolve_local
from liveapp.rules.roles import Role
from liveapp.rules.zones import local_day
from liveapp.web import auth, clock
from liveapp.web.csv_files import csv_file
from liveapp.web.earners import BUSINESS, earner_named, is_own, may_set_up, name_of, setter_of, viewer_of
from liveapp.web.htmx import go, page
from liveapp.web.navigation import P
from liveapp.web.payout_words import next_words
from liveapp.web.statement_rows import rows_of
from liveapp.web.urls import absolute_url

blueprint = Blueprint("earnings", __name__, url_prefix=f"{P}/earnings")
blueprint.before_request(auth.guard)

SHOWN = 300
"""Lines of a statement that a page shows; its file has all of them."""


@blueprint.get("")
def index() -> Response:
    organization = auth.current_organization()
    earner = _asked(organization)
    actor = viewer_of(earner)
    form = _form(organization, earner)
    valid = form.validate()
    response = page(
        "earnings/index.html",
        form=form,
        statement=_statement(organization, earner, form) if valid else None,
        shown=SHOWN,
        months=_months(form.period[0]) if valid else None,
        balances=balances.of_earner(earner=earner, now=clock.now()),
        latest=queries.latest(organization_id=organization.id, earner=earner)[: queries.PAGE],
        next_words=next_words(organization, clock.now()),
        choices=_choices(organization, earner) if actor.role in (Role.OWNER, Role.ADMIN) else (),
        name=_name(organization, earner),
        **_account(earner, is_owner=actor.role is Role.OWNER),
    )
    response.status_code = 200 if valid else 422
    return response


@blueprint.get("/statement.csv")
def statement_file() -> Response:
    """The statement as a file, all of its lines."""
    organization = auth.current_organization()
    earner = _asked(organization)
    viewer_of(earner)
    form = _form(organization, earner)
    if not form.validate():
        return go(url_for("earnings.index", of=name_of(earner)))
    found = _statement(organization, earner, form)
    first, last = form.period
    name = f"statement-{organization.slug}-{first}-{last}-{found.currency}.csv"
    return csv_file(name, rows_of(found, organization.timezone, first, last))


@blueprint.get("/account")
def account() -> Response:
    """Where they are paid, as a part of the page, which asks for it while the provider looks at what it was given."""
    earner = _asked(auth.current_organization())
    actor = viewer_of(earner)
    return page("earnings/_account.html", **_account(earner, is_owner=actor.role is Role.OWNER))


@blueprint.post("/set-up")
def set_up() -> Response:
    """To the provider's page, where they say who they are and where their bank is."""
    earner = _asked(auth.current_organization())
    actor = setter_of(earner)
    if not is_on():
        raise Refusal("Payouts through Stripe are off here.")
    if again := auth.step_up(url_for("earnings.index", of=name_of(earner))):
        return again
    back = absolute_url("earnings.index", of=name_of(earner), back=1)
    try:
        return go(payouts.begin_set_up(earner, actor=actor, back_url=back, now=clock.now()))
    except StripeAway:
        flash("Stripe doesn't answer now. Nothing is lost; please try again in a moment.", "error")
    except StripeRefused:
        flash(
            "Stripe can't set up payouts here now. Ask whoever runs this site to look at its Stripe account.", "error"
        )
    return go(url_for("earnings.index", of=name_of(earner)))


@blueprint.post("/look-again")
def look_again() -> Response:
    """Asks the provider how the account stands."""
    earner = _asked(auth.current_organization())
    viewer_of(earner)
    row = queries.account_of(earner=earner)
    try:
        if row is not None and row.account_id:
            payouts.look_at_account(row.account_id, now=clock.now())
    except (StripeAway, StripeRefused):
        flash("Stripe doesn't answer now. Please try again in a moment.", "error")
    return go(url_for("earnings.index", of=name_of(earner)))


def _asked(organization: Organization) -> Earner:
    """Whose page it is: one's own, unless the address names somebody."""
    named = request.values.get("of", "")
    return earner_named(organization.id, named) if named else Earner(organization.id, auth.person().user_id)


def _form(organization: Organization, earner: Earner) -> StatementForm:
    first = local_day(clock.now(), organization.timezone).replace(day=1)
    moved = statements.currencies(earner=earner) or [organization.currency]
    currencies = sorted(moved, key=lambda each: (each != organization.currency, each))
    return StatementForm.asked(request.args, month=(first, _last_of(first)), currencies=currencies)


def _statement(organization: Organization, earner: Earner, form: StatementForm) -> Statement:
    """The days' statement; a day begins and ends on the organization's clock."""
    first, last = form.period
    begins_at = resolve_local(first, time(), organization.timezone)
    ends_at = resolve_local(last + timedelta(days=1), time(), organization.timezone)
    return statements.statement(earner=earner, currency=form.currency.data, begins_at=begins_at, ends_at=ends_at)


def _months(first: date) -> tuple[tuple[date, date], tuple[date, date]]:
    """The month before that of a day, and the one after: first and last day."""
    before = (first.replace(day=1) - timedelta(days=1)).replace(day=1)
    after = _last_of(first) + timedelta(days=1)
    return (before, _last_of(before)), (after, _last_of(after))


def _last_of(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def _choices(organization: Organization, earner: Earner) -> list[tuple[str, str]]:
    """Whose earnings can be looked at: the business's, those of everybody who works there, and who is looked at."""
    staff = {str(row.user_id): row.name for row in accounts.hosts(organization_id=organization.id)}
    return list(({BUSINESS: organization.name} | staff | {name_of(earner): _name(organization, earner)}).items())


def _name(organization: Organization, earner: Earner) -> str:
    if earner.host_id is None:
        return organization.name
    return queries.names(host_ids=[earner.host_id])[earner.host_id]


def _account(earner: Earner, *, is_owner: bool) -> dict[str, Any]:
    return {
        "account": queries.account_of(earner=earner),
        "of": name_of(earner),
        "is_own": is_own(earner),
        "may_set_up": may_set_up(earner, is_owner=is_owner),
        "is_back": bool(request.args.get("back")),
        "takes_cards": is_on(),
        "now": clock.now(),
    }
