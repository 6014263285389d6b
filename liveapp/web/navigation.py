"""What frames a page: the business's navigation for staff, and who is signed in for everybody."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, request, url_for
from flask_login import current_user

from liveapp.domain.accounts import queries as accounts
from liveapp.domain.accounts.models import Organization
from liveapp.domain.errors import Forbidden
from liveapp.rules.roles import Right, Role, may
from liveapp.web import auth

P = "/business/apps/live-sessions"
PAGES: tuple[tuple[str, str, str, Right | None], ...] = (
    ("Dashboard", "dashboard.index", "layout-dashboard", None),
    ("Sessions", "sessions.index", "calendar-days", None),
    ("Meetings", "meetings.index", "users", None),
    ("Availability", "availability.index", "clock", Right.RUN_OWN_AVAILABILITY),
    ("Offerings", "offerings.index", "book-open", Right.MANAGE_OWN_OFFERINGS),
    ("Programs", "programs.index", "folder", Right.MANAGE_CATALOGUE),
    ("Workouts", "workouts.index", "dumbbell", Right.WRITE_WORKOUTS),
    ("Plans", "plans.index", "credit-card", Right.MANAGE_CATALOGUE),
    ("Payments", "payments.index", "receipt", Right.VIEW_MONEY_OF_OTHERS),
    ("Payouts", "payouts.index", "banknote", Right.VIEW_MONEY_OF_OTHERS),
    ("Earnings", "earnings.index", "wallet", None),
    ("Locations", "locations.index", "map-pin", Right.MANAGE_CATALOGUE),
    ("Displays", "displays.index", "monitor", Right.CHECK_IN),
    ("Closures", "closures.index", "calendar-x", Right.MANAGE_CATALOGUE),
    ("People", "members.index", "user-plus", Right.MANAGE_PEOPLE),
    ("Audit log", "audit.index", "history", Right.READ_AUDIT),
    ("Video", "video.index", "video", None),
    ("Settings", "settings.index", "settings", Right.MANAGE_SETTINGS),
)


def set_up(app: Flask) -> None:
    """Gives every template what its frame needs."""
    app.context_processor(_frame)


def _frame() -> dict[str, Any]:
    if not request or not current_user.is_authenticated:
        return {"sign_in_href": url_for("accounts.sign_in")} if request else {}
    if not request.path.startswith(P):
        return {"my_href": url_for("my.bookings")}
    try:
        organization = auth.current_organization()
    except Forbidden:
        return {"my_href": url_for("my.bookings")}
    return _staff_frame(organization)


def _staff_frame(organization: Organization) -> dict[str, Any]:
    belongs_to = accounts.organizations_of(user_id=auth.person().user_id)
    role = next((Role(row.role) for row in belongs_to if row.id == organization.id), None)
    return {
        "organization": organization,
        "nav": _nav(role),
        "role": role,
        "sign_out_url": url_for("accounts.sign_out"),
        "organization_choices": [
            {
                "name": row.name,
                "action": url_for("accounts.switch", organization_id=row.id),
                "current": row.id == organization.id,
            }
            for row in belongs_to
            if row.role != Role.MEMBER
        ],
        "user_links": [
            {"label": "Public page", "href": url_for("book.organization", slug=organization.slug), "icon": "globe"},
            {"label": "My bookings", "href": url_for("my.bookings"), "icon": "ticket"},
            {"label": "My plans", "href": url_for("my.plans"), "icon": "credit-card"},
            {"label": "My payments", "href": url_for("my.payments"), "icon": "receipt"},
            {"label": "My settings", "href": url_for("my.settings"), "icon": "settings"},
        ],
        "viewer_timezone": organization.timezone,
    }


def _nav(role: Role | None) -> list[dict[str, Any]]:
    return [
        {"label": label, "href": url_for(endpoint), "icon": icon, "current": request.endpoint == endpoint
         or (request.blueprint == endpoint.split(".")[0])}
        for label, endpoint, icon, right in PAGES
        if endpoint in current_app.view_functions and (right is None or may(role, right))
    ]  # fmt: skip
