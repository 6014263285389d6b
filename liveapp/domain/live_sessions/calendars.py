"""Whose calendars a change reaches. Every change of a session or a booking asks here which mails go to its hosts; what
the entry in a mail says is `rules.calendar_entries`'s answer for its reader.

What somebody else did is told to the host in a mail of its own kind. What hosts did themselves is told only where it
changes their calendar, so that the entry there follows (`host_calendar`, `host_session_calendar`).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from liveapp.db import AnyRow
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.actor import Actor
from liveapp.domain.notifications.service import Message, promise
from liveapp.rules.calendar_entries import Entry, of_guest, of_host


def guests_entry(booking: AnyRow) -> Entry:
    """What the calendar of a booking's holder must say. `booking`: status, confirmed_at."""
    return of_guest(booking.status, booking.confirmed_at)


def hosts_entry(session: AnyRow, host_id: uuid.UUID) -> Entry:
    """What the calendar of somebody who leads the session, or led it, must say. `session`: status, host_id,
    was_booked."""
    return of_host(session.status, leads=session.host_id == host_id, was_booked=session.was_booked)


def tell_host(
    kind: str, booking: AnyRow, session: AnyRow, actor: Actor | None, *, changes_calendar: bool, **payload: Any
) -> list[Message]:
    """The mail to a session's host about one booking of it. `actor`: the staff who did it, nobody for its holder.
    `session`: host_email beside its columns."""
    if actor is not None and actor.user_id == session.host_id:
        if not changes_calendar:
            return []
        kind, payload = "host_calendar", {}
    return [_to_host(kind, session, session.host_id, session.host_email, booking.id, payload)]


def tell_hosts(
    kind: str, session: AnyRow, host_id: uuid.UUID, hosts: Mapping[uuid.UUID, AnyRow], actor: Actor, **payload: Any
) -> list[Message]:
    """The mail to somebody who leads a session, or led it, about the session as a whole. `hosts` as `hosts_of`."""
    if host_id not in hosts:
        return []
    if actor.user_id == host_id:
        if not session.was_booked:
            return []
        kind, payload = "host_session_calendar", {}
    return [_to_host(kind, session, host_id, hosts[host_id].email, None, payload)]


def follow_place(meeting: AnyRow, booking: AnyRow, hosts: Mapping[uuid.UUID, AnyRow]) -> list[Message]:
    """Lets a host's calendar follow a meeting whose place has another name. `hosts` as `hosts_of`."""
    if meeting.host_id not in hosts:
        return []
    said = {"is_renamed": True}
    return [_to_host("host_calendar", meeting, meeting.host_id, hosts[meeting.host_id].email, booking.id, said)]


def follow(sessions: Sequence[AnyRow], *, now: datetime) -> None:
    """Lets the calendars of hosts follow sessions that were published or taken back, where somebody had a place."""
    shown = [session for session in sessions if session.was_booked]
    if not shown:
        return
    hosts = hosts_of(shown[0].organization_id)
    promise(
        [
            _to_host("host_session_calendar", session, session.host_id, hosts[session.host_id].email, None, {})
            for session in shown
            if session.host_id in hosts
        ],
        now=now,
    )


def hosts_of(organization_id: uuid.UUID) -> dict[uuid.UUID, AnyRow]:
    """Everybody who can lead a session of the organization, by id, as `accounts.hosts`."""
    return {row.user_id: row for row in accounts.hosts(organization_id=organization_id)}


def next_revision(session: AnyRow) -> dict[str, int]:
    """The next SEQUENCE, where the session stands in its host's calendar, or stood there."""
    return {"revision": session.revision + 1} if session.was_booked else {}


def _to_host(
    kind: str, session: AnyRow, host_id: uuid.UUID, email: str, booking_id: uuid.UUID | None, payload: dict[str, Any]
) -> Message:
    return Message(
        kind=kind,
        email=email,
        organization_id=session.organization_id,
        user_id=host_id,
        booking_id=booking_id,
        session_id=session.id,
        payload=payload,
    )
