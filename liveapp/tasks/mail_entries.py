"""The calendar entry that a mail carries: what its reader's calendar must say when the mail is written."""

from __future__ import annotations

import uuid

from liveapp.db import AnyRow
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.live_sessions import calendars
from liveapp.domain.live_sessions import queries as live_sessions
from liveapp.domain.notifications.models import Notification
from liveapp.rules.calendar_entries import Entry as Says
from liveapp.web.calendar_files import Entry
from liveapp.web.entries import entry_of, hosts_entry_of

SHOWING = {
    "booking_confirmed", "promoted", "booking_link", "session_changed", "topic_final",
    "host_booked", "host_proposal_accepted", "host_session_changed",
}  # fmt: skip
"""Mails that say what is so. What isn't so any more when one is written leaves its entry out: another mail follows."""
FOLLOWING = {
    "booking_moved", "booking_cancelled", "booking_cancelled_by_host", "session_cancelled",
    "host_booking_moved", "host_booking_cancelled", "host_calendar",
    "host_session_cancelled", "host_session_handed_over", "host_session_calendar",
}  # fmt: skip
"""Mails of changes that may take an entry out of a calendar."""


def entry_for_guest(notification: Notification, booking: AnyRow, url: str) -> Entry | None:
    """The entry of the booking's holder. `booking` is a row of `bookings.queries.booking`."""
    says = _carried(notification.kind, calendars.guests_entry(booking))
    return entry_of(booking, url=url, cancelled=says is Says.WITHDRAWN) if says else None


def entry_for_host(notification: Notification, url: str, guest: AnyRow | None = None) -> Entry | None:
    """The entry of who leads the notification's session, or led it; `guest` is the booking that it is about."""
    session_id = guest.session_id if guest else notification.session_id
    assert session_id
    session = live_sessions.session(session_id=session_id, with_deleted=True)
    host_id = _reader(notification, session)
    says = _carried(notification.kind, calendars.hosts_entry(session, host_id))
    if not says:
        return None
    host = accounts.person(user_id=host_id)
    return hosts_entry_of(
        session,
        name=host.name,
        email=notification.email,
        url=url,
        guest=guest if session.type == "meeting" else None,
        cancelled=says is Says.WITHDRAWN,
    )


def _reader(notification: Notification, session: AnyRow) -> uuid.UUID:
    host_id: uuid.UUID = notification.user_id or session.host_id
    return host_id


def _carried(kind: str, says: Says) -> Says | None:
    if says is Says.SHOWN and kind in SHOWING | FOLLOWING:
        return says
    return says if says is Says.WITHDRAWN and kind in FOLLOWING else None
