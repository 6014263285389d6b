"""What staff fill in at a roster: somebody's place, a note, and why a loss is forgiven or money handed back."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from wtforms import BooleanField, RadioField
from wtforms.validators import ValidationError

from liveapp.domain.bookings.notes import LONGEST_NOTE
from liveapp.domain.bookings.paying import Choice
from liveapp.forms.fields import EmailField, LongTextField, TextField
from liveapp.forms.refusable import KeyedForm, RefusableForm

AT_DESK, FREE = "desk", "free"
UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


class PlaceForm(KeyedForm):
    """How somebody's place is paid, whether it may be one beyond what there are, and whether they stand there."""

    pays = RadioField("How it is paid", validate_choice=False)
    overbook = BooleanField("Book beyond the places")
    is_here = BooleanField("They are here: check them in at once")

    def validate_pays(self, field: Any) -> None:
        """The shape only: a form that comes again may name a plan that its first coming used up."""
        if field.data not in (AT_DESK, FREE) and not re.fullmatch(UUID, field.data or ""):
            raise ValidationError("Choose one of these.")

    def offer(self, ways: Mapping[str, str]) -> None:
        """The ways to pay; the first one is chosen unless another was."""
        self.pays.choices = list(ways.items())
        if self.pays.data is None:
            self.pays.data = next(iter(ways))

    def choice(self) -> Choice:
        """What was chosen, as the domain takes it; only of a form that was found valid."""
        if self.pays.data in (AT_DESK, FREE):
            return Choice(without_plan=self.pays.data == AT_DESK)
        return Choice(subscription_id=uuid.UUID(self.pays.data))


class NewPersonForm(PlaceForm):
    """Somebody whom the organization doesn't know yet. Whoever stands there, and pays nothing, needs a name only."""

    name = TextField("Name", required="Enter their name.", longest=100)
    email = EmailField("E-mail", required="")

    def validate(self, extra_validators: Any = None) -> bool:
        """Booked ahead, paid for or waiting, they must be reached."""
        valid: bool = super().validate(extra_validators)
        if valid and not self.email.data:
            self.email.errors = [each for each in (self._address_for(),) if each]
        return valid and not self.errors

    def _address_for(self) -> str:
        if not self.is_here.data:
            return "Enter their e-mail address: the confirmation goes there. If they are here, tick that below."
        if self.pays.data != FREE:
            return "Enter their e-mail address, which a price and a plan need; or choose “Free of charge”."
        return ""


class MoveForm(KeyedForm):
    """A button: nothing but the token against forged requests, and its key."""


class NoteForm(RefusableForm):
    """What staff should know of a booking."""

    text = LongTextField("Note", longest=LONGEST_NOTE)


class HandBackForm(RefusableForm):
    """Why money is handed back; of a booking that stands the desk asks for it."""

    reason = TextField("Reason", longest=300)


class WaiveForm(RefusableForm):
    """Why a late cancel or a no-show is forgiven."""

    reason = TextField("Reason", required="Say why, so that others can follow it.", longest=300)
