"""A booking as an entry in the guest's calendar, and a session as one in its host's."""

from __future__ import annotations

import uuid
from datetime import timedelta

from flask import current_app

from liveapp.db import AnyRow
from liveapp.web import calendar_files, clock
from liveapp.web.booking_links import join_url, may_join
from liveapp.web.calendar_files import Entry


def entry_of(booking: AnyRow, *, url: str, cancelled: bool = False) -> Entry:
    """The guest's own entry. `booking` is a row of `bookings.queries.booking`."""
    return Entry(
        uid=_uid(booking.id),
        sequence=booking.revision + booking.session_revision,
        title=f"{booking.title} with {booking.host_name}",
        description=f"Join: {join_url(booking)}\n{url}" if may_join(booking) else url,
        place=_place(booking),
        url=url,
        starts_at=booking.scheduled_at,
        ends_at=booking.scheduled_at + timedelta(minutes=booking.duration_minutes),
        stamp=clock.now(),
        organizer_name=booking.organization_name,
        organizer_email=booking.contact_email,
        attendee_name=booking.name,
        attendee_email=booking.email,
        cancelled=cancelled,
    )


def hosts_entry_of(
    session: AnyRow, *, name: str, email: str, url: str, guest: AnyRow | None = None, cancelled: bool = False
) -> Entry:
    """The entry of a session in the calendar of somebody who leads it, or led it: one a session, whoever books.
    `session` is a row of `live_sessions.queries.session`; `guest` the booking of a meeting."""
    return Entry(
        uid=_uid(session.id),
        sequence=session.revision + (guest.revision if guest else 0),
        title=f"{session.title} – {guest.name}" if guest else session.title,
        description=url,
        place=_place(session),
        url=url,
        starts_at=session.scheduled_at,
        ends_at=session.scheduled_at + timedelta(minutes=session.duration_minutes),
        stamp=clock.now(),
        organizer_name=session.organization_name,
        organizer_email=session.contact_email,
        attendee_name=name,
        attendee_email=email,
        cancelled=cancelled,
    )


def _uid(thing_id: uuid.UUID) -> str:
    return calendar_files.uid(thing_id, current_app.config["BASE_URL"])


def _place(session: AnyRow) -> str:
    place = "Online" if session.format == "online" else (session.location_name or "")
    return ", ".join(part for part in (place, session.location_address) if part)
