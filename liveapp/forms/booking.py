"""What a guest fills in to book, to cancel, and to answer."""

from __future__ import annotations

import uuid
from typing import Any

from flask_wtf import FlaskForm

from liveapp.forms.fields import EmailField, KeyField, LongTextField, TextField


class BookingForm(FlaskForm):  # type: ignore[misc]
    """Name, address, and what the host should know."""

    name = TextField("Your name", required="Enter your name, so that the host knows who is coming.", longest=100)
    email = EmailField("E-mail", required="Enter your e-mail address: the confirmation goes there.")
    suggested_topic = TextField("What would you like to work on?", longest=200)
    message = LongTextField("Anything the host should know", longest=2000)
    key = KeyField()

    @classmethod
    def fresh(cls, known: Any) -> BookingForm:
        """An empty form; a signed-in person (with name and email) finds theirs filled in."""
        return cls(formdata=None, data={"name": known.name, "email": known.email} if known else None)

    def key_for(self, thing: uuid.UUID) -> str:
        """The idempotency key: this form, sent for this thing by this address."""
        return f"book:{thing.hex}:{self.email.data}:{self.key.data}"


class ReasonForm(FlaskForm):  # type: ignore[misc]
    """Why a booking is cancelled, if the person likes to say."""

    reason = TextField("Reason", longest=300)


class PlainForm(FlaskForm):  # type: ignore[misc]
    """A button: nothing but the token against forged requests, and its key."""

    key = KeyField()
