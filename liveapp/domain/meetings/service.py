"""Meetings: sessions with one place, born when somebody books a time of a host's availability. All its verbs."""

from liveapp.domain.meetings.answers import accept, decline, expire, propose
from liveapp.domain.meetings.births import Time, book_slot
from liveapp.domain.meetings.offers import chosen_duration
from liveapp.domain.meetings.rescheduling import reschedule

__all__ = ["Time", "accept", "book_slot", "chosen_duration", "decline", "expire", "propose", "reschedule"]
