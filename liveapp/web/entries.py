"""A booking as an entry in the guest's calendar, or in the host's."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app

from liveapp.db import AnyRow
from liveapp.web import calendar_files, clock
from liveapp.web.booking_links import join_url, may_join
from liveapp.web.calendar_files import Entry


def entry_of(booking: AnyRow, *, url: str, for_host: bool = False, cancelled: bool = False) -> Entry:
    """The calendar entry of a booking: the guest's own, or the host's (one a session)."""
    base_url = current_app.config["BASE_URL"]
    place = "Online" if booking.format == "online" else (booking.location_name or "")
    return Entry(
        uid=calendar_files.uid(booking.session_id if for_host else booking.id, base_url),
        sequence=booking.revision + booking.session_revision,
        title=f"{booking.title} – {booking.name}" if for_host else f"{booking.title} with {booking.host_name}",
        description=f"Join: {join_url(booking)}\n{url}" if not for_host and may_join(booking) else url,
        place=", ".join(part for part in (place, booking.location_address) if part),
        url=url,
        starts_at=booking.scheduled_at,
        ends_at=booking.scheduled_at + timedelta(minutes=booking.duration_minutes),
        stamp=clock.now(),
        organizer_name=booking.organization_name,
        organizer_email=booking.contact_email,
        attendee_name=booking.host_name if for_host else booking.name,
        attendee_email=booking.host_email if for_host else booking.email,
        cancelled=cancelled,
    )
