"""Secrets at rest: text that the database holds only encrypted, under keys that can be changed.

The newest key (the first of `ENCRYPTION_KEYS`) writes; every key that is still listed reads. What is written again is
written under the newest. Each secret is bound to its place, a column of one row: copied into another row or column it
is read by nobody.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from flask import Flask, current_app

from liveapp.config import Settings


class Unreadable(Exception):
    """None of the keys that are listed reads this, or it was written for another place."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a secret is kept: `column` as "table.column", and the row's id."""

    column: str
    row_id: uuid.UUID

    @property
    def label(self) -> bytes:
        """What stands before the secret, encrypted with it."""
        return f"{self.column}:{self.row_id.hex}\n".encode()


def set_up(app: Flask, settings: Settings) -> None:
    """The app's keys."""
    app.extensions["sealer"] = MultiFernet([Fernet(key) for key in settings.sealing_keys])


def seal(text: str, place: Place) -> str:
    """The text for that place, under the newest key."""
    return _sealer().encrypt(place.label + text.encode()).decode()


def unseal(sealed: str, place: Place) -> str:
    """What `seal` was given for this place. Raises Unreadable."""
    try:
        opened = _sealer().decrypt(sealed.encode())
    except InvalidToken as error:
        raise Unreadable("none of the encryption keys reads this") from error
    if not opened.startswith(place.label):
        raise Unreadable(f"this was not written for {place.column} of this row")
    return opened.removeprefix(place.label).decode()


def _sealer() -> MultiFernet:
    sealer: MultiFernet = current_app.extensions["sealer"]
    return sealer
