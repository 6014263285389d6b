"""What mails about payouts say: how much, to whom, why it failed, and where to look."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import current_app

from liveapp.domain.accounts import queries as accounts
from liveapp.domain.notifications.models import Notification
from liveapp.web.payout_words import failure_words
from liveapp.web.urls import absolute_url

KINDS = {"payout_sent", "payout_failed", "payout_refused_by_bank", "payout_account_changed"}


def context(notification: Notification) -> dict[str, Any]:
    """For who is paid their earnings are the page to look at, for owners everybody's payouts."""
    assert notification.organization_id
    assert notification.user_id
    organization = accounts.organization_by_id(organization_id=notification.organization_id)
    person = accounts.person(user_id=notification.user_id)
    said = notification.payload
    is_theirs = said["host_id"] == str(notification.user_id)
    return {
        "person_name": person.name,
        "organization_name": organization.name,
        "is_theirs": is_theirs,
        "host_name": said.get("host_name", ""),
        "held_until": datetime.fromisoformat(said["held_until"]) if said.get("held_until") else None,
        "tz": organization.timezone,
        "why": failure_words(said["failure"]),
        "url": absolute_url("earnings.index") if is_theirs else absolute_url("payouts.index"),
        "facts": _facts(said),
    }


def _facts(said: dict[str, Any]) -> list[tuple[str, str]]:
    if "minor" not in said:
        return []
    facts = [("Amount", current_app.jinja_env.filters["fmt_amount"](said["minor"], said["currency"]))]
    if said["note"]:
        facts.append(("Note", said["note"]))
    return facts
