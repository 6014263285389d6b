"""What every page of an organization's public site says around its own words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import url_for

from liveapp.domain.accounts.models import Organization
from liveapp.domain.accounts.providers import in_force
from liveapp.domain.bookings.tiers import tiers_now
from liveapp.domain.plans.queries import sells_plans
from liveapp.rules import cancellation, refunds
from liveapp.rules.eligibility import Answer, Eligibility
from liveapp.web import clock, filters
from liveapp.web.zones import zone_choices

LACKS_PLAN = (Answer.NO_PLAN, Answer.NO_CREDITS)
"""What a plan would help against."""


def terms_for(organization: Organization, answer: Eligibility | None, start: datetime, timezone: str) -> str:
    """What cancelling would mean: of what is paid by card the refund tiers, of everything else the policy."""
    say, now = filters.said_in(timezone), clock.now()
    if answer is not None and answer.needs_card:
        tiers = tiers_now(organization)
        words = refunds.terms(start, now, tiers, say=say, later=answer.after)
        is_late = refunds.kept_hundredths(start, now, tiers) > 0
        return f"{words} {cancellation.undo_terms(start, now)}." if is_late else words
    return cancellation.terms(
        start,
        organization.cancellation_window_hours,
        allow_late=organization.allow_late_cancellation,
        now=now,
        say=say,
    )


def plans_href(organization: Organization, *, back: str = "") -> str:
    """Where the organization's plans are sold, if there are any; `back`: the page to go on with afterwards."""
    if in_force(organization.payment_provider) != "stripe" or not sells_plans(organization_id=organization.id):
        return ""
    return url_for("book.plans", slug=organization.slug, back=back or None)


def frame(organization: Organization, timezone: str) -> dict[str, Any]:
    """The organization with its address, and the zone that times are shown in with the ones to choose from."""
    return {
        "organization": organization,
        "organization_href": url_for("book.organization", slug=organization.slug),
        "viewer_timezone": timezone,
        "zones": zone_choices(organization.timezone, timezone),
        "kept": {},
    }
