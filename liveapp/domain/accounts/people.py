"""People, found again by e-mail: a guest is a person without a password."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from liveapp.db import db
from liveapp.domain.accounts.models import User


@dataclass(frozen=True, slots=True)
class Person:
    """Who books: as a signed-in member (`user_id`) or with a name and an address. `timezone` is the one they see."""

    email: str
    name: str
    timezone: str
    locale: str = "en"
    user_id: uuid.UUID | None = None


def find_or_add(person: Person, *, now: datetime) -> uuid.UUID:
    """The id of the person with this address; a guest is added the first time."""
    if person.user_id is not None:
        return person.user_id
    email = person.email.strip().lower()
    found = db.session.execute(select(User.id).where(User.email == email)).scalar_one_or_none()
    return found or _add(email, person, now)


def _add(email: str, person: Person, now: datetime) -> uuid.UUID:
    """Inserts unless somebody else just did: on PostgreSQL that is a collision, and the transaction is repeated."""
    kind: Any = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    values = {
        "id": uuid.uuid4(),
        "email": email,
        "name": person.name.strip(),
        "sign_in_nonce": uuid.uuid4(),
        "timezone": person.timezone,
        "locale": person.locale,
        "created_at": now,
    }
    db.session.execute(kind.insert(User).values(values).on_conflict_do_nothing(index_elements=["email"]))
    return values["id"]  # type: ignore[return-value]
