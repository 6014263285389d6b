"""Forms that show a refusal next to the field it is about, and forms that count once however often they are sent."""

from __future__ import annotations

import uuid
from typing import TypeVar

from flask_wtf import FlaskForm

from liveapp.domain.errors import Refusal
from liveapp.forms.fields import KeyField

T = TypeVar("T")


class RefusableForm(FlaskForm):  # type: ignore[misc]
    """A form that takes a refusal's sentence to the field it is about; `named_by` is the field that names the thing."""

    named_by = "name"

    def refuse(self, refusal: Refusal) -> None:
        """Shows the sentence next to its field (that of a taken name next to the name), else on top."""
        field = refusal.field or (self.named_by if refusal.code == "name_taken" else "")
        if field in self._fields:
            self._fields[field].errors = [refusal.sentence]
        else:
            self.form_errors.append(refusal.sentence)


class KeyedForm(RefusableForm):
    """A form that makes something, once: it carries the idempotency key that it was shown with."""

    key = KeyField()

    def key_for(self, owner_id: uuid.UUID) -> str:
        """This form, sent for this host or in this organization."""
        return f"{type(self).__name__}:{owner_id.hex}:{self.key.data}"


def given(value: T | None) -> T:
    """The value of a required field of a valid form."""
    assert value is not None
    return value
