"""Calendar entries (RFC 5545) and the messages that carry them (RFC 5546): one stable UID a booking, a SEQUENCE that
rises with every change, times in UTC."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from icalendar import Alarm, Calendar, Event, vCalAddress, vText

PRODUCT = "-//Live Sessions//liveapp//EN"
REMIND_BEFORE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry in somebody's calendar. Aware UTC times; `sequence` never falls for the same `uid`."""

    uid: str
    sequence: int
    title: str
    description: str
    place: str
    url: str
    starts_at: datetime
    ends_at: datetime
    stamp: datetime
    organizer_name: str
    organizer_email: str
    attendee_name: str
    attendee_email: str
    cancelled: bool = False


def uid(thing_id: uuid.UUID, base_url: str) -> str:
    """The UID of a booking's (or a session's) entry: the same for ever."""
    return f"{thing_id}@{base_url.split('://')[-1].split(':')[0]}"


def calendar(entry: Entry) -> bytes:
    """The entry as a message for calendar programs: METHOD REQUEST, or CANCEL when it goes."""
    event = _event(entry)
    event.add("attendee", _attendee(entry), encode=False)
    return _framed(event, method(entry))


def published(entry: Entry) -> bytes:
    """The entry as a file that somebody downloads: METHOD PUBLISH, which names no attendee (RFC 5546, 3.2.1)."""
    return _framed(_event(entry), "PUBLISH")


def _framed(event: Event, method_name: str) -> bytes:
    frame = Calendar()
    frame.add("prodid", PRODUCT)
    frame.add("version", "2.0")
    frame.add("method", method_name)
    frame.add_component(event)
    return bytes(frame.to_ical())


def method(entry: Entry) -> str:
    """RFC 5546: REQUEST for new and changed entries, CANCEL for those that go."""
    return "CANCEL" if entry.cancelled else "REQUEST"


def google_link(entry: Entry) -> str:
    """The address that opens Google's calendar with the entry filled in."""
    span = f"{_stamp(entry.starts_at)}/{_stamp(entry.ends_at)}"
    query = {"action": "TEMPLATE", "text": entry.title, "dates": span, "details": entry.url, "location": entry.place}
    return "https://calendar.google.com/calendar/render?" + urlencode(query, quote_via=quote)


def outlook_link(entry: Entry) -> str:
    """The address that opens Outlook's calendar with the entry filled in."""
    query = {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "subject": entry.title,
        "startdt": entry.starts_at.isoformat(),
        "enddt": entry.ends_at.isoformat(),
        "body": entry.url,
        "location": entry.place,
    }
    return "https://outlook.live.com/calendar/0/deeplink/compose?" + urlencode(query, quote_via=quote)


def _event(entry: Entry) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.stamp)
    event.add("dtstart", entry.starts_at)
    event.add("dtend", entry.ends_at)
    event.add("summary", _line(entry.title))
    event.add("description", entry.description)
    event.add("location", _line(entry.place))
    event.add("url", entry.url)
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    event.add("organizer", _person(entry.organizer_name, entry.organizer_email))
    if not entry.cancelled:
        event.add_component(_alarm(entry))
    return event


def _attendee(entry: Entry) -> vCalAddress:
    attendee = _person(entry.attendee_name, entry.attendee_email)
    attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
    attendee.params["PARTSTAT"] = vText("ACCEPTED")
    attendee.params["RSVP"] = vText("FALSE")
    return attendee


def _person(name: str, email: str) -> vCalAddress:
    address = vCalAddress(f"mailto:{email}")
    address.params["CN"] = vText(_line(name).replace('"', "'"))
    return address


def _alarm(entry: Entry) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", _line(entry.title))
    alarm.add("trigger", -REMIND_BEFORE)
    return alarm


def _line(text: str) -> str:
    """People's words on one line: no line breaks or control characters can start a line of their own."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y%m%dT%H%M%SZ")
