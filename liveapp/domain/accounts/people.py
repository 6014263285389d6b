"""People, found again by e-mail: a guest is a person without a password."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from liveapp.db import db, insert_once
from liveapp.domain.accounts.models import User


@dataclass(frozen=True, slots=True)
class Person:
    """Who books: as a signed-in member (`user_id`) or with a name and an address. `timezone` is the one they see.

    `email` is empty for whoever stands at the desk and gave a name only.
    """

    email: str
    name: str
    timezone: str
    locale: str = "en"
    user_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A person's id, and whether they were unknown until now."""

    user_id: uuid.UUID
    is_new: bool


def find_or_add(person: Person, *, now: datetime) -> Found:
    """The id of the person with this address, and whether they are new; a guest is added the first time, and each time
    without an address, by which alone people are found again."""
    if person.user_id is not None:
        return Found(person.user_id, is_new=False)
    email = person.email.strip().lower()
    guest = {
        "id": uuid.uuid4(),
        "email": email or None,
        "name": person.name.strip(),
        "sign_in_nonce": uuid.uuid4(),
        "timezone": person.timezone,
        "locale": person.locale,
        "created_at": now,
    }
    added = insert_once(User, "id", guest)
    if added is not None:
        return Found(added, is_new=True)
    return Found(db.session.execute(select(User.id).where(User.email == email)).scalar_one(), is_new=False)
