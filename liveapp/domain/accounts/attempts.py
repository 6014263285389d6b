"""The security log: attempts on roles, money and other organizations that were refused, for owners to read.

One row a day for each person, kind and page, with how often, so that nobody can fill it.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update

from liveapp.db import AnyRow, db, insert_once
from liveapp.domain.accounts.models import RefusedAttempt, User

MOST = 200
"""So many rows a page shows."""


def note(
    *, organization_id: uuid.UUID, user_id: uuid.UUID, kind: str, endpoint: str, address: str | None, now: datetime
) -> None:
    """Somebody who is signed in was refused. `kind`: roles, money, other_organization."""
    key = {
        "organization_id": organization_id,
        "user_id": user_id,
        "kind": kind,
        "endpoint": endpoint,
        "day": now.date(),
    }
    values = {"number": 1, "last_at": now, "address": address}
    if insert_once(RefusedAttempt, "id", key | values | {"id": uuid.uuid4()}) is None:
        again = values | {"number": RefusedAttempt.number + 1}
        db.session.execute(update(RefusedAttempt).filter_by(**key).values(**again))


def latest(*, organization_id: uuid.UUID) -> Sequence[AnyRow]:
    """The organization's, the latest first: kind, endpoint, number, last_at, address; name and email of the person."""
    query = (
        select(
            RefusedAttempt.kind,
            RefusedAttempt.endpoint,
            RefusedAttempt.number,
            RefusedAttempt.last_at,
            RefusedAttempt.address,
            User.name,
            User.email,
        )
        .join(User, User.id == RefusedAttempt.user_id)
        .where(RefusedAttempt.organization_id == organization_id)
    )
    return db.session.execute(query.order_by(RefusedAttempt.last_at.desc()).limit(MOST)).all()
