"""Forms that show a refusal next to the field it is about."""

from __future__ import annotations

import uuid
from typing import TypeVar

from flask_wtf import FlaskForm

from liveapp.domain.errors import Refusal

T = TypeVar("T")


class RefusableForm(FlaskForm):  # type: ignore[misc]
    """A form that takes a refusal's sentence to the field it is about, and has an idempotency key."""

    def refuse(self, refusal: Refusal) -> None:
        """Shows the sentence next to its field, else on top."""
        if refusal.field in self._fields:
            self._fields[refusal.field].errors = [refusal.sentence]
        else:
            self.form_errors.append(refusal.sentence)

    def key_for(self, host_id: uuid.UUID) -> str:
        """This form, sent for this host."""
        return f"availability:{host_id.hex}:{self.key.data}"


def given(value: T | None) -> T:
    """The value of a required field of a valid form."""
    assert value is not None
    return value
