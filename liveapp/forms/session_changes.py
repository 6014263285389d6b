"""Changing and cancelling a session, or more of its series: how far it goes, and what was changed in the form."""

from __future__ import annotations

import json

from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, RadioField

from liveapp.domain.bookings.series_changes import Scope
from liveapp.domain.errors import Invalid
from liveapp.domain.live_sessions.differences import Change
from liveapp.forms.refusable import RefusableForm
from liveapp.forms.sessions import CancelForm, DetailsForm
from liveapp.forms.typed import as_sent, is_same
from liveapp.rules import json_text

SCOPES = {"this": "Only this one", "following": "This and following", "all": "All"}
ROOM = frozenset({"meeting_provider", "meeting_url"})
"""These are one thing: how people meet online."""
TIMES = frozenset({"date", "time"})
PRICED = frozenset({"costs", "price"})
UNREADABLE = "This form can't be read. Open the page again."


class ScopedForm(RefusableForm):
    """What is done to one session, to it and the following of its series, or to all."""

    scope = RadioField("How far", choices=SCOPES, default="this")

    @property
    def reach(self) -> Scope:
        """How far it goes; a form that names nothing we know means this one."""
        return Scope(self.scope.data) if self.scope.data in tuple(Scope) else Scope.THIS


class CancelSessionForm(ScopedForm, CancelForm):
    """Why a session is cancelled, or more of its series."""


class EditForm(ScopedForm, DetailsForm):
    """A changed session; with a scope beyond this one, each date stays on its day.

    `shown` is what the fields held when the page was made: an edit is the difference from it.
    """

    shown = HiddenField()

    def remember(self) -> None:
        """Writes down what the fields hold now, as a browser would send it."""
        held = {name: as_sent(self[name]) for name in _asked()}
        self.shown.data = json.dumps({name: text for name, text in held.items() if text})

    def change(self) -> Change:
        """What was changed in the form; only of one that was found valid. Raises Invalid where it can't be known."""
        before = EditForm(formdata=MultiDict(self._held()), meta={"csrf": False})
        before.price.read_in(self.price.currency)
        names = {name for name in _asked() if not is_same(self[name], before[name])}
        names |= ROOM if names & ROOM else frozenset()
        is_one = self.reach is Scope.THIS
        fields = {name: self[name].data or None if name in ROOM else self[name].data for name in names - TIMES - PRICED}
        costs = {"price_minor": self.price_minor, "plan_only": self.plan_only}
        is_dearer_or_cheaper = costs != {"price_minor": before.price_minor, "plan_only": before.plan_only}
        return Change(
            fields | costs if is_dearer_or_cheaper else fields,
            local_start=self.time.data if "time" in names else None,
            day=self.date.data if "date" in names and is_one else None,
        )

    def _held(self) -> dict[str, str]:
        try:
            held = json_text.parsed((self.shown.data or "{}").encode())
        except ValueError as error:
            raise Invalid(UNREADABLE) from error
        if not isinstance(held, dict) or not all(isinstance(text, str) for text in held.values()):
            raise Invalid(UNREADABLE)
        return held


def _asked() -> tuple[str, ...]:
    """The fields about the session itself."""
    own = {"scope", "shown", "csrf_token"}
    return tuple(name for name in EditForm(formdata=None, meta={"csrf": False})._fields if name not in own)
