"""Why a session can't be made, changed or taken back."""

from __future__ import annotations

from liveapp.domain.errors import Refusal


class Clash(Refusal):
    """The host or the location is taken at that time, or it is closed; the sentence names what stands in the way."""

    code = "clash"


class StillBooked(Refusal):
    """People are booked or wait, so the session can't go back to being a draft."""

    code = "still_booked"


class NotEditable(Refusal):
    """The session is over or cancelled."""

    code = "not_editable"


class StillHosting(Refusal):
    """The person leads sessions to come."""

    code = "still_hosting"
