"""What is looked for in the audit log."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field
from wtforms.widgets import HiddenInput

from liveapp.forms.fields import ChoiceField, DayField

CLOCK, CLIENTS = "clock", "clients"
"""Who did it, where it wasn't one of the staff."""


class IdField(Field):  # type: ignore[misc]
    """The id of a thing, which a link brings along. Empty is None."""

    widget = HiddenInput()
    data: uuid.UUID | None

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0] if valuelist else ""
        self.data = None
        if not text:
            return
        try:
            self.data = uuid.UUID(text)
        except ValueError as error:
            raise ValueError(
                "The link that brought you here is broken: it doesn't say which thing it means."
            ) from error

    def _value(self) -> str:
        return str(self.data) if self.data else ""


class AuditForm(FlaskForm):  # type: ignore[misc]
    """Who did what to which thing, and when; read from the address."""

    who = ChoiceField("Who", default="")
    what = ChoiceField("What", default="")
    first = DayField("From", name="from")
    last = DayField("To", name="to")
    object = IdField()
    batch = IdField()

    @classmethod
    def asked(cls, address: Any, *, people: Mapping[str, str], deeds: Mapping[str, Any]) -> AuditForm:
        """As the address asks. `people`: names by id; `deeds`: words by type, and by type and action."""
        form = cls(address, meta={"csrf": False})
        others = {CLIENTS: "Guests and members", CLOCK: "Automatically"}
        form.who.choices = {"": "Anybody"} | dict(people) | others
        form.what.choices = {"": "Anything"} | dict(deeds)
        return form

    def validate(self, extra_validators: Any = None) -> bool:
        valid: bool = super().validate(extra_validators)
        if valid and self.first.data and self.last.data and self.last.data < self.first.data:
            self.last.errors = ["The last day is before the first. Choose a later one."]
            return False
        return valid

    @property
    def worker_id(self) -> uuid.UUID | None:
        """The person who is looked for."""
        return uuid.UUID(self.who.data) if self.who.data not in ("", CLOCK, CLIENTS) else None

    @property
    def is_filtered(self) -> bool:
        """Whether one of the filters in sight is used, rightly or not."""
        return any(field.data or field.errors for field in (self.who, self.what, self.first, self.last))

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is asked for that isn't simply everything."""
        return self.is_filtered or bool(self.object.data or self.batch.data)
