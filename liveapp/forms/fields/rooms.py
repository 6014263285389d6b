"""Where something online takes place: the field of the provider."""

from __future__ import annotations

from typing import Any

from flask import current_app
from wtforms import RadioField
from wtforms.validators import StopValidation

from liveapp.rules.video import CONNECTED, NAMES

ROOM_WORDS = {
    "jitsi": "A room made for it, with a name that nobody guesses. No account needed.",
    "url": "You paste the address of a room you have.",
    "zoom": "A meeting made in the host’s Zoom account.",
    "google_meet": "A meeting made in the host’s Google calendar.",
}


class ProviderField(RadioField):  # type: ignore[misc]
    """How people meet online; the providers that this deployment has keys for are offered. Nothing sent is None."""

    def __init__(self, label: str = "How people meet", **rest: Any) -> None:
        super().__init__(label, choices={each: NAMES[each] for each in _offered()}, validate_choice=False, **rest)
        self.words = ROOM_WORDS

    def pre_validate(self, form: Any) -> None:
        online = form.format.data == "online"
        if self.data is not None and self.data not in _offered():
            away = f"{NAMES[self.data]} isn’t set up here. " if self.data in CONNECTED else ""
            raise StopValidation(f"{away}Choose one of these.")
        if online and self.data == "url" and not form.meeting_url.data and not form.meeting_url.errors:
            raise StopValidation("Paste the link, or choose another way to meet.")


def _offered() -> list[str]:
    settings = current_app.extensions["settings"]
    keys = {"zoom": settings.zoom_client_id, "google_meet": settings.google_client_id}
    return [each for each in ROOM_WORDS if keys.get(each, "none needed")]
