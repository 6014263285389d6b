"""When something is, as pages and mails say it: at a place its own clock leads and the reader's stands beside it;
online the reader's leads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask

from liveapp.web.filters import fmt_date, fmt_range, local, zone_name


def set_up(app: Flask) -> None:
    """Registers the filter that pages say times with."""
    app.add_template_filter(when_of)


@dataclass(frozen=True, slots=True)
class When:
    """A time as its reader sees it. `leading` is the zone that is said first; `beside` the reader's own, where they are
    in another (empty: it is the same, or the same clock)."""

    start: datetime
    minutes: int
    leading: str
    beside: str

    def day(self, style: str = "EEE d MMM y") -> str:
        """The day on the leading clock."""
        return fmt_date(self.start, self.leading, style)

    @property
    def time(self) -> str:
        """From and to on the leading clock, with the reader's own behind it where that is another: 18:00 – 19:00 Berlin
        time (17:00 – 18:00 for you)."""
        led = fmt_range(self.start, self.leading, self.minutes)
        return f"{led} {zone_name(self.leading)} ({self._beside()} for you)" if self.beside else led

    def words(self, style: str = "EEE d MMM y") -> str:
        """Day, time and zone, and the reader's own clock beside it."""
        led = f"{self.day(style)}, {fmt_range(self.start, self.leading, self.minutes)} ({zone_name(self.leading)})"
        return f"{led}; for you {self._beside()} ({zone_name(self.beside)})" if self.beside else led

    def _beside(self) -> str:
        there, here = local(self.start, self.leading).date(), local(self.start, self.beside).date()
        day = "" if here == there else fmt_date(self.start, self.beside, "EEE d MMM") + ", "
        return day + fmt_range(self.start, self.beside, self.minutes)


def when(start: datetime, minutes: int, *, zone: str, reader: str, is_online: bool) -> When:
    """A time in `zone`, which is the place's or the host's, for a reader in another or the same."""
    if is_online or zone == reader:
        return When(start, minutes, reader, "")
    is_same = local(start, zone).utcoffset() == local(start, reader).utcoffset()
    return When(start, minutes, zone, "" if is_same else reader)


def when_of(session: Any, reader: str) -> When:
    """As `when`, of a row of a session (timezone) or of a booking (session_timezone); both scheduled_at,
    duration_minutes, format."""
    zone = session.session_timezone if hasattr(session, "session_timezone") else session.timezone
    return when(
        session.scheduled_at, session.duration_minutes, zone=zone, reader=reader, is_online=session.format == "online"
    )
