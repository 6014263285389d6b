"""Why a screen can't be opened or ended, and why it shows nothing."""

from __future__ import annotations

from liveapp.domain.errors import Forbidden, Invalid, Refusal


class NotYours(Forbidden):
    code = "not_your_display"
    sentence = "You can open screens for locations and for sessions that you lead, and end those that you opened."


class BadScope(Invalid):
    code = "bad_scope"
    sentence = "Choose a location, or a session that isn’t over yet."


class Ended(Refusal):
    code = "ended"
    sentence = "This screen’s link has ended already. Make a new one."


class Dark(Refusal):
    """The link was revoked, or its time is over: all that the screen says."""

    status = 410
    code = "dark"
    sentence = "This screen is switched off. Ask the staff for a new link."
