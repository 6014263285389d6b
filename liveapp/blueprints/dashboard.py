"""The business's first page: totals, what comes next, what needs a person."""

from __future__ import annotations

from flask import Blueprint, Response
from flask_login import login_required

from liveapp.domain.accounts.providers import in_force
from liveapp.domain.analytics import dashboard
from liveapp.domain.catalogue import queries as catalogue
from liveapp.domain.live_sessions import queries as sessions
from liveapp.domain.live_sessions.queries import Filters
from liveapp.domain.payments import lists as payments
from liveapp.domain.payments import reviewing
from liveapp.domain.video import queries as video
from liveapp.rules.lifecycle import meeting_word
from liveapp.rules.roles import Right, may
from liveapp.rules.video import NAMES
from liveapp.web import auth, clock
from liveapp.web.htmx import page
from liveapp.web.navigation import P

UPCOMING = 5
blueprint = Blueprint("dashboard", __name__, url_prefix=P)


@blueprint.get("")
@login_required  # type: ignore[untyped-decorator]
def index() -> Response:
    organization = auth.current_organization()
    actor = auth.staff(organization.id)
    host_id = None if may(actor.role, Right.ANSWER_ANY_MEETING) else actor.user_id
    sees_money = may(actor.role, Right.VIEW_MONEY_OF_OTHERS)
    return page(
        "dashboard/index.html",
        totals=dashboard.totals(organization_id=organization.id),
        revenue=dashboard.revenue(organization_id=organization.id, earner_id=None if sees_money else actor.user_id)
        or {organization.currency: 0},
        sees_money=sees_money,
        upcoming=sessions.calendar_sessions(
            organization_id=organization.id, filters=Filters(), now=clock.now(), most=UPCOMING
        ).rows,
        meetings=[
            (row, meeting_word(row.status))
            for row in dashboard.recent_meetings(organization_id=organization.id, host_id=host_id)
        ],
        requests=dashboard.pending_requests(organization_id=organization.id, host_id=host_id),
        money=payments.needs(organization_id=organization.id) if sees_money else {},
        sign_in_at=[
            NAMES[each] for each in video.needing_sign_in(organization_id=organization.id, user_id=actor.user_id)
        ],
        unconnected=[
            (NAMES[each.provider], each.host_name, each.host_id == actor.user_id)
            for each in video.unconnected(organization_id=organization.id, host_id=host_id, now=clock.now())
        ],
        gives_away=in_force(organization.payment_provider) == "none"
        and catalogue.has_price(organization_id=organization.id),
        to_decide=reviewing.number_to_review(organization_id=organization.id) if sees_money else 0,
    )
