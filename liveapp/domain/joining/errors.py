"""Why somebody can't go through to a session now."""

from __future__ import annotations

from liveapp.domain.errors import Refusal
from liveapp.rules.joining import Door

SENTENCES = {
    Door.WAIT: "The room isn't open yet. This page lets you in when it is.",
    Door.ON_ITS_WAY: "The link is on its way. This page asks for it again by itself.",
    Door.NOT_SET_UP: "The host hasn't set up the room for this session yet, so there is no link to join by.",
    Door.OVER: "This session is over.",
    Door.CANCELLED: "This session was cancelled, or your booking was.",
    Door.WAITLISTED: "You are on the waiting list. You can join once a place is yours.",
    Door.UNPAID: "This place isn't paid for yet. Open your booking to pay, then you can join.",
    Door.REQUESTED: "The host hasn't answered your request yet.",
    Door.NOT_BOOKED: "This booking holds no place any more. Book a place again.",
    Door.IN_PERSON: "This session takes place in a room. Your booking says where.",
}


class NotJoinable(Refusal):
    """Nobody goes through now; the code is the door's word."""

    def __init__(self, door: Door) -> None:
        super().__init__(SENTENCES[door])
        self.code = door.value
