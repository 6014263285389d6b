"""The plans that an organization sells: which there are, one of them, and the way to pay for it."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from liveapp.blueprints.book import blueprint
from liveapp.blueprints.book.frame import frame
from liveapp.blueprints.book.onward import AWAY_FROM_PLAN, REFUSED
from liveapp.db import AnyRow
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.accounts.models import Organization
from liveapp.domain.accounts.providers import in_force
from liveapp.domain.payments import purchases
from liveapp.domain.payments.errors import BoughtAlready, PlanChanged
from liveapp.domain.payments.purchases import Buyer, Purchases
from liveapp.domain.plans import queries, sales
from liveapp.forms.plans import BuyForm
from liveapp.gateways import payments
from liveapp.gateways.stripe.client import StripeAway, StripeRefused
from liveapp.rules.periods import last_of
from liveapp.rules.zones import local_day
from liveapp.web import auth, clock, limits, shown_terms
from liveapp.web.htmx import go, page, swap
from liveapp.web.urls import absolute_url, own_path

NOTHING = Purchases(0, None, is_open=False)


@blueprint.get("/<slug>/plans")
def plans(slug: str) -> Response:
    organization = accounts.organization(slug=slug)
    sells = in_force(organization.payment_provider) == "stripe"
    rows = queries.on_sale(organization_id=organization.id) if sells else []
    return page(
        "book/plans.html",
        **frame(organization, auth.visitor_timezone(organization.timezone)),
        rows=rows,
        covered=queries.programs_of(plan_ids=[row.id for row in rows]),
        back=_back(),
    )


@blueprint.get("/<slug>/plans/<uuid:plan_id>")
def plan(slug: str, plan_id: uuid.UUID) -> Response:
    """One plan, with the button that leads to the provider's page; after paying it says what came of it."""
    organization, row = _on_sale(slug, plan_id)
    return swap("book/_plan_state.html", "book/plan.html", **_shown(organization, row))


@blueprint.post("/<slug>/plans/<uuid:plan_id>")
@auth.signed_in
@limits.limiter.limit(limits.BOOKING)
def buy_plan(slug: str, plan_id: uuid.UUID) -> AnyResponse:
    organization, row = _on_sale(slug, plan_id)
    form, person = BuyForm(), auth.person()
    home = absolute_url("book.plan", slug=slug, plan_id=plan_id, **_kept())
    if not form.validate_on_submit():
        return go(home)
    shown = shown_terms.read_plan(form.shown.data)
    buyer = Buyer(organization.id, row.id, person.user_id, person.email, form.seen.data or 0, shown)
    try:
        return go(payments.begin_purchase(buyer, home=home, now=clock.now()))
    except (BoughtAlready, PlanChanged) as refusal:
        flash(refusal.sentence, "attention")
    except StripeAway:
        flash(AWAY_FROM_PLAN, "attention")
    except StripeRefused:
        flash(REFUSED, "attention")
    return go(url_for("book.plan", slug=slug, plan_id=plan_id, **_kept()))


def _on_sale(slug: str, plan_id: uuid.UUID) -> tuple[Organization, AnyRow]:
    """Raises NotFound for a plan that isn't sold here, or not any more."""
    organization = accounts.organization(slug=slug)
    return organization, queries.plan_on_sale(organization_id=organization.id, plan_id=plan_id)


def _shown(organization: Organization, row: AnyRow) -> dict[str, Any]:
    person = auth.known_person()
    held = purchases.purchases_of(user_id=person.user_id, plan_id=row.id) if person else NOTHING
    return frame(organization, auth.visitor_timezone(organization.timezone)) | {
        "plan": row,
        "programs": queries.programs_of(plan_ids=[row.id]).get(row.id, []),
        "sells": in_force(organization.payment_provider) == "stripe",
        "form": BuyForm(formdata=None, data={"seen": held.number, "shown": shown_terms.signed_plan(row)})
        if person
        else None,
        "bought": held,
        "holds": person is not None and sales.holds_renewing(plan_id=row.id, user_id=person.user_id, now=clock.now()),
        "last_day": last_of(local_day(clock.now(), organization.timezone), row.valid_days) if row.valid_days else None,
        "has_paid": bool(request.args.get("paid")),
        "here": url_for("book.plan", slug=organization.slug, plan_id=row.id, **_kept()),
        "back": _back(),
    }


def _back() -> str:
    """The page that somebody came from to buy a plan, if it is one of ours."""
    return own_path(request.args.get("back"), "")


def _kept() -> dict[str, Any]:
    return {"back": _back()} if _back() else {}
