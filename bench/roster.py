"""A roster of five thousand: how long the check-in desk takes to open, to hear that nothing changed, and to take a tap.

Run: python bench/roster.py. Beside the same with fifty people. PostgreSQL, in one process, without a server around it.
"""

from __future__ import annotations

import os
import statistics
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import _site
from sqlalchemy import insert, update

SIZES = (50, 5_000)
ROUNDS = 5


def main() -> None:
    """Prints milliseconds for each size, the median of five."""
    with _site.database() as database:
        os.environ |= _site.site(database.url)
        from app import app
        from tests import cast
        from tests.policing import PolicingClient

        for size in SIZES:
            with app.app_context():
                organization_id = cast.organization(f"studio-{size}")
                ada = cast.staff(organization_id, f"Ada{size} Host")
                session_id = crowd(organization_id, ada, size)
            client = app.test_client()
            assert not isinstance(client, PolicingClient)
            with app.app_context():
                cast.sign_in(client, ada, organization_id)
            measure(client, session_id, size)


def crowd(organization_id: uuid.UUID, host_id: uuid.UUID, size: int) -> uuid.UUID:
    """A class that begins soon, with so many people in it."""
    from liveapp.db import db
    from liveapp.domain.accounts.models import User
    from liveapp.domain.bookings.models import Booking
    from liveapp.domain.live_sessions.models import LiveSession
    from liveapp.unit_of_work import transact
    from tests import cast

    start = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(minutes=10)
    offering_id = cast.offering(organization_id)
    session_id = cast.session(organization_id, host_id, offering_id, start, max_participants=size)

    def fill() -> None:
        now = datetime.now(UTC)
        people = [
            {"id": uuid.uuid4(), "email": f"{n}.{size}@example.com", "name": f"Guest {n:04}", "created_at": now,
             "sign_in_nonce": uuid.uuid4()}
            for n in range(size)
        ]  # fmt: skip
        db.session.execute(insert(User), people)
        same: dict[str, Any] = {
            "organization_id": organization_id, "session_id": session_id, "starts_at": start,
            "ends_at": start + timedelta(hours=1), "status": "confirmed", "currency": "EUR",
            "timezone": "Europe/Berlin",
            **cast.TERMS,
            "created_at": now, "confirmed_at": now,
        }  # fmt: skip
        rows = [same | {"id": uuid.uuid4(), "user_id": each["id"], "name": each["name"]} for each in people]
        db.session.execute(insert(Booking), rows)
        db.session.execute(update(LiveSession).where(LiveSession.id == session_id).values(participant_count=size))

    transact(fill)
    return session_id


def measure(client: Any, session_id: uuid.UUID, size: int) -> None:
    """Opens, asks again, taps: each as a device does it."""
    from liveapp.web.navigation import P

    door = f"{P}/sessions/{session_id}/door"
    page = client.get(door)
    assert page.status_code == 200, page.status_code
    token = page.text.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    ids = [part.split('"')[0] for part in page.text.split('name="in" value="')[1:]]
    assert len(ids) == size
    first = client.get(f"{door}/now?since=0")
    same = {"If-None-Match": first.headers["ETag"]}
    waiting = iter(ids)
    tap = {"Accept": "application/json"}

    report(size, "the desk opens", lambda: client.get(door))
    report(size, "the session's page opens", lambda: client.get(door.removesuffix("/door")))
    report(size, "nothing changed", lambda: client.get(f"{door}/now?since=0", headers=same))
    report(size, "a tap", lambda: client.post(door, data={"in": next(waiting), "csrf_token": token}, headers=tap))


def report(size: int, what: str, deed: Callable[[], Any]) -> None:
    took = []
    for _ in range(ROUNDS):
        before = time.perf_counter()
        answer = deed()
        took.append((time.perf_counter() - before) * 1000)
        assert answer.status_code in (200, 304), answer.status_code
    print(f"{size:>6,} people, {what}: {statistics.median(took):.0f} ms, {len(answer.data) / 1000:.0f} kB")


if __name__ == "__main__":
    main()
