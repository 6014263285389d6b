"""Secrets at rest: text that the database holds only encrypted, under keys that can be changed.

The newest key (the first of `ENCRYPTION_KEYS`) writes; every key that is still listed reads. What is written again is
written under the newest.
"""

from __future__ import annotations

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from flask import Flask, current_app
from sqlalchemy import Dialect, String
from sqlalchemy.types import TypeDecorator

from liveapp.config import Settings


class Unreadable(Exception):
    """None of the keys that are listed reads this: the one it was written under is gone."""


def set_up(app: Flask, settings: Settings) -> None:
    """The app's keys."""
    app.extensions["sealer"] = MultiFernet([Fernet(key) for key in settings.sealing_keys])


def seal(text: str) -> str:
    """The text under the newest key."""
    return _sealer().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """What `seal` was given. Raises Unreadable."""
    try:
        return _sealer().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Unreadable("none of the encryption keys reads this") from error


class Sealed(TypeDecorator[str]):
    """A column of text that is encrypted in the database. Reading one whose key is gone raises Unreadable."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else seal(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else unseal(value)


def _sealer() -> MultiFernet:
    sealer: MultiFernet = current_app.extensions["sealer"]
    return sealer
