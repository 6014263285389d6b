"""The site map: one blueprint a part of the site."""

from __future__ import annotations

from flask import Flask

from liveapp.blueprints import (
    accounts,
    api,
    api_checkin,
    api_meetings,
    api_workouts,
    audit,
    availability,
    book,
    booking,
    bulk,
    cards,
    checkin,
    closures,
    cron,
    dashboard,
    earnings,
    front,
    health,
    join,
    locations,
    meetings,
    members,
    my,
    offerings,
    payments,
    payouts,
    plans,
    programs,
    receipts,
    renewals,
    sessions,
    settings,
    subscriptions,
    video,
    webhooks,
    workouts,
)

PARTS = (
    accounts,
    api,
    api_checkin,
    api_meetings,
    api_workouts,
    audit,
    availability,
    book,
    booking,
    bulk,
    cards,
    checkin,
    closures,
    cron,
    dashboard,
    earnings,
    front,
    health,
    join,
    locations,
    meetings,
    members,
    my,
    offerings,
    payments,
    payouts,
    plans,
    programs,
    receipts,
    renewals,
    sessions,
    settings,
    subscriptions,
    video,
    webhooks,
    workouts,
)


def register_all(app: Flask) -> None:
    """Registers every blueprint at its own prefix."""
    for part in PARTS:
        app.register_blueprint(part.blueprint)
