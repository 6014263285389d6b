"""Jobs about video links, and what their mails say."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from flask import current_app

from liveapp.domain.accounts import queries as accounts
from liveapp.domain.joining import hearing
from liveapp.domain.notifications.models import Notification
from liveapp.domain.video import queries, watching
from liveapp.gateways.video import calendars, links
from liveapp.gateways.video.asking import VideoAway, VideoRefused
from liveapp.gateways.video.provider import is_on
from liveapp.unit_of_work import transact_in_turn
from liveapp.web import clock
from liveapp.web.logs import log
from liveapp.web.urls import absolute_url

MAILS = {"video_needs_sign_in"}


def follow_link(session_id: str) -> None:
    """Makes, changes or removes what a session's link needs. Raises VideoAway when it is to be tried again."""
    links.follow(uuid.UUID(session_id), now=clock.now())


def follow_neglected() -> int:
    """Links that aren't as they should be and weren't tried for an hour, until a provider is away: the schedule can't
    wait for it once a link. That one comes again in an hour, the rest the next time. Returns how many were done."""
    looked = 0
    for row in queries.neglected(now=clock.now()):
        try:
            links.follow(row.id, now=clock.now())
        except VideoAway as away:
            log.info("links left for the next run", item=str(row.id), error=str(away))
            break
        looked += 1
    return looked


def watch_calendars() -> int:
    """Calendars that tell nothing yet, or not for long, are asked to. Returns how many. Google tells only sites that
    are reached by https."""
    address = absolute_url("webhooks.from_google")
    if not (address.startswith("https://") or current_app.extensions["settings"].google_api_base):
        return 0
    watched = 0
    for row in watching.unwatched(now=clock.now()) if is_on(watching.WATCHED) else ():
        try:
            calendars.watch(row.id, address=address, now=clock.now())
        except (VideoAway, VideoRefused) as fault:
            log.info("calendar left for the next run", item=str(row.id), error=str(fault))
            continue
        watched += 1
    return watched


def look_at_calendar(connection_id: str) -> None:
    """Makes anew what was removed in a host's calendar by hand."""
    calendars.look(uuid.UUID(connection_id), now=clock.now())


def end_unless_back(session_id: str, ended_at: str) -> None:
    """Ends the session that its provider said was over, unless somebody came back."""
    key = uuid.UUID(session_id)
    transact_in_turn(
        [key], hearing.end_unless_back,
        session_id=key, ended_at=datetime.fromisoformat(ended_at), now=clock.now(),
    )  # fmt: skip


def context(notification: Notification) -> dict[str, Any]:
    """For mails to a host about their account."""
    assert notification.organization_id
    assert notification.user_id
    person = accounts.person(user_id=notification.user_id)
    organization = accounts.organization_by_id(organization_id=notification.organization_id)
    return {
        "person_name": person.name,
        "organization_name": organization.name,
        "url": absolute_url("video.index"),
    }
