"""What staff say of a new screen."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from liveapp.domain.displays.service import Wish
from liveapp.forms.fields import ChoiceField, TextField
from liveapp.forms.refusable import KeyedForm

DAYS = {"1": "A day", "7": "A week", "31": "A month", "366": "A year"}
SHOWS = re.compile(r"(location|session):([0-9a-f]{32})", re.ASCII)


class DisplayForm(KeyedForm):
    """A screen: what it is called, what it shows, and how long its link is good for."""

    name = TextField("Name", required="Enter a name, like “Tablet at the door”.", longest=80)
    shows = ChoiceField("What it shows", required="Choose a location or a session.")
    days = ChoiceField("How long the link is good for", choices=DAYS, default="366")

    def offer(self, locations: Mapping[uuid.UUID, str], sessions: Mapping[uuid.UUID, str]) -> None:
        """Locations and sessions to choose from; the first location is chosen before anything is."""
        groups: dict[str, Any] = {"": "Choose one"}
        if locations:
            groups["Whatever goes on in"] = {f"location:{key.hex}": name for key, name in locations.items()}
        if sessions:
            groups["One session"] = {f"session:{key.hex}": name for key, name in sessions.items()}
        self.shows.choices = groups
        if locations and self.shows.data is None:
            self.shows.data = f"location:{next(iter(locations)).hex}"

    @property
    def wish(self) -> Wish:
        """The screen as it is wanted; only of a form that was found valid."""
        found = SHOWS.fullmatch(self.shows.data or "")
        assert found is not None
        key = uuid.UUID(found[2])
        scope: dict[str, Any] = {f"{found[1]}_id": key}
        return Wish(self.name.data or "", int(self.days.data or 1), **scope)
