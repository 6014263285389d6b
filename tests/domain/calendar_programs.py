"""Calendars that read the mails which leave, as programs do (RFC 5546), and what they would have to show."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from typing import Any

from icalendar import Calendar
from sqlalchemy import select

from liveapp.db import db
from liveapp.domain.accounts.models import User
from liveapp.domain.bookings.models import Booking
from liveapp.domain.catalogue.models import Location
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.notifications.models import Notification
from liveapp.tasks import emails, mail_entries

CERTAIN = ("confirmed", "attended", "no_show")
Says = tuple[datetime, datetime, str, str]
Shown = dict[tuple[str, str], Says]


@dataclass
class Calendars:
    """What each person's calendar shows, by their address and the entry's UID: starts, ends, title, place. `left_out`:
    entries that weren't so any more by the time their mail was written. `at_once`: each mail is read before the next
    change; else all say how things stand in the end, and only that counts."""

    shown: Shown = field(default_factory=dict)
    sequences: dict[tuple[str, str], int] = field(default_factory=dict)
    read: set[uuid.UUID] = field(default_factory=set)
    booked: set[uuid.UUID] = field(default_factory=set)
    left_out: set[tuple[str, str]] = field(default_factory=set)
    at_once: bool = True

    def read_mails(self) -> None:
        """Takes in every mail that was promised since the last time, as it would leave now."""
        db.session.rollback()
        for row in list(db.session.execute(select(Notification)).scalars()):
            if row.id not in self.read:
                self.read.add(row.id)
                self._take(row, emails.compose(row))

    def _take(self, row: Notification, mail: EmailMessage) -> None:
        kind = row.kind
        part = next((part for part in mail.walk() if part.get_content_type() == "text/calendar"), None)
        if part is None:
            if kind in mail_entries.SHOWING:
                self.left_out.add((row.email, f"{row.booking_id if row.user_id is None else row.session_id}@localhost"))
            return
        entry = Calendar.from_ical(part.get_payload(decode=True))
        event = entry.walk("VEVENT")[0]
        key, sequence = (str(mail["To"]), str(event["UID"])), int(event["SEQUENCE"])
        attendee = str(event["ATTENDEE"]).removeprefix("mailto:")
        assert attendee == mail["To"], "an entry for somebody else"
        if not self.at_once:
            self._take_late(entry, key, sequence)
            return
        assert sequence >= self.sequences.get(key, 0), f"{kind}: the SEQUENCE fell"
        if entry["METHOD"] == "CANCEL":
            assert key in self.shown or key in self.left_out, f"{kind}: withdrawn, but never sent"
            assert sequence > self.sequences.get(key, -1), f"{kind}: withdrawn without a new SEQUENCE"
            self.shown.pop(key, None)
        else:
            says = _says(event)
            if self.shown.get(key) != says and key in self.sequences:
                assert sequence > self.sequences[key], f"{kind}: changed without a new SEQUENCE"
            self.shown[key] = says
        self.sequences[key] = sequence

    def _take_late(self, entry: Calendar, key: tuple[str, str], sequence: int) -> None:
        if sequence < self.sequences.get(key, 0):
            return
        if entry["METHOD"] == "CANCEL":
            self.shown.pop(key, None)
        else:
            self.shown[key] = _says(entry.walk("VEVENT")[0])
        self.sequences[key] = sequence

    def true(self) -> Shown:
        """What they would have to show: guests their confirmed bookings, hosts what they lead since somebody had a
        confirmed place in it."""
        db.session.rollback()
        hosts = {row.id: row for row in db.session.execute(select(User.id, User.name, User.email))}
        sessions = {row.id: row for row in db.session.execute(select(*LiveSession.__table__.columns))}
        places = {row.id: row for row in db.session.execute(select(*Location.__table__.columns))}
        right: Shown = {}
        names = {}
        for row in db.session.execute(select(*Booking.__table__.columns)):
            session = sessions[row.session_id]
            names[session.id] = row.name
            if row.status in CERTAIN:
                self.booked.add(session.id)
                title = f"{session.title} with {hosts[session.host_id].name}"
                says = (session.scheduled_at, session.ends_at, title, _place(session, places))
                right[hosts[row.user_id].email, f"{row.id}@localhost"] = says
        for session in sessions.values():
            if session.id in self.booked and session.status in ("scheduled", "live", "ended"):
                title = f"{session.title} – {names[session.id]}" if session.type == "meeting" else session.title
                says = (session.scheduled_at, session.ends_at, title, _place(session, places))
                right[hosts[session.host_id].email, f"{session.id}@localhost"] = says
        return right


def _says(event: Any) -> Says:
    return event.decoded("DTSTART"), event.decoded("DTEND"), str(event["SUMMARY"]), str(event.get("LOCATION", ""))


def _place(session: Any, places: dict[uuid.UUID, Any]) -> str:
    if session.format == "online":
        return "Online"
    location = places.get(session.location_id)
    return ", ".join(filter(None, (location.name, location.address))) if location else ""
