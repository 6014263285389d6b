"""What a bulk change needs to know: who leads instead, where to, and the go-ahead."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from wtforms import BooleanField, HiddenField

from liveapp.db import AnyRow
from liveapp.domain.bulk.selection import Wish
from liveapp.forms.fields import IdChoiceField, TextField, WallTimeField, WholeNumberField
from liveapp.forms.refusable import KeyedForm, RefusableForm
from liveapp.rules.bulk import Shift, Verb


class ValuesForm(RefusableForm):
    """The values of a verb, which stand in the address of the preview. Most verbs need none."""

    class Meta:
        csrf = False

    def wish(self, verb: Verb) -> Wish:
        """What is to be done; only of a form that was found valid."""
        return Wish(verb)


class HostValuesForm(ValuesForm):
    """Who leads them instead."""

    to_host = IdChoiceField("New host", required="Choose who leads them.")

    def offer(self, hosts: Sequence[AnyRow]) -> None:
        """Fills the list to choose from."""
        self.to_host.choices = {"": "Choose a host"} | {str(row.user_id): row.name for row in hosts}

    def wish(self, verb: Verb) -> Wish:
        host_id: uuid.UUID = self.to_host.data
        return Wish(verb, host_id=host_id)


class MoveValuesForm(ValuesForm):
    """Where to: a time of day, or so much later, on the clock of each session."""

    to_time = WallTimeField("New start")
    days = WholeNumberField("Days later", low=-366, high=366)
    minutes = WholeNumberField("Minutes later", low=-1439, high=1439)

    def validate(self, extra_validators: Any = None) -> bool:
        """Each field by itself, then whether they lead anywhere."""
        super().validate(extra_validators)
        if self.errors:
            return False
        if self.to_time.data is not None and self.minutes.data:
            self.minutes.errors = ["Either a new start or minutes later, not both."]
        elif self.shift.is_nothing:
            self.to_time.errors = ["Say where to: a new start, or how many days or minutes later."]
        return not self.errors

    @property
    def shift(self) -> Shift:
        return Shift(days=self.days.data or 0, minutes=self.minutes.data or 0, to_minute=self.to_time.data)

    def wish(self, verb: Verb) -> Wish:
        return Wish(verb, shift=self.shift)


class GoAheadForm(KeyedForm):
    """The go-ahead for what the preview showed."""

    reason = TextField("Reason", longest=300)
    leaves_out = BooleanField("Leave them out")
    seen = HiddenField()


VALUES: dict[Verb, type[ValuesForm]] = {Verb.HOST: HostValuesForm, Verb.MOVE: MoveValuesForm}
