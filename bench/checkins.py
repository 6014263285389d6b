"""Check-ins a second, through the whole request with all rules on: staff let everybody in to one hot class, and to
1,000 classes; beside pgbench doing the same statements, in one run.

Run: python bench/checkins.py. PostgreSQL with durable commits, 2 workers × 8 threads, a connection a request.
"""

from __future__ import annotations

import json
import os
import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import _site
from sqlalchemy import text

CLASSES = 1000
CHECK_INS = 1500
BESIDE = 30_000
"""Places that pgbench has to let people in to: more than it gets through."""


@dataclass(frozen=True)
class Desk:
    """A signed-in staff member's browser, and whom it lets in where: session and booking."""

    cookie: str
    token: str
    hot: list[tuple[uuid.UUID, uuid.UUID]]
    spread: list[tuple[uuid.UUID, uuid.UUID]]


def main() -> None:
    """Prints each measurement beside pgbench's."""
    with _site.database() as database:
        desk = fill(database.url)
        with _site.served("app:app", **_site.site(database.url)) as port:
            check_in("warm-up", port, desk, desk.spread[:100], 8)
            for clients in (16, 32):
                part = desk.hot[:CHECK_INS] if clients == 16 else desk.hot[CHECK_INS:]
                ours = check_in(f"one hot class, {clients} clients", port, desk, part, clients)
                _site.beside(ours, database.url, statements("hot"), clients, seconds=5)
            ours = check_in("spread over 1,000 classes, 16 clients", port, desk, desk.spread[100:], 16)
            _site.beside(ours, database.url, statements("spread"), 16, seconds=5)
            check_in("the same again: already in", port, desk, desk.spread[100:], 16)
        report()


def check_in(name: str, port: int, desk: Desk, places: list[tuple[uuid.UUID, uuid.UUID]], clients: int) -> float:
    """Lets everybody in and prints how it went; check-ins a second."""
    calls = [partial(_site.ask, port, request(desk, *place)) for place in places]
    answers, seconds = _site.together(calls, clients)
    wrong = Counter(answer.status for answer in answers if answer.status != 200)
    p50, p99 = _site.quantiles(answers)
    rate = len(places) / seconds
    times = f"{rate:6.0f}/s  p50 {p50:6.1f} ms  p99 {p99:6.1f} ms  {seconds:5.2f} s"
    print(f"{name:40s} {times}  not let in: {dict(wrong) or 0}")
    return rate


def request(desk: Desk, session_id: uuid.UUID, booking_id: uuid.UUID) -> bytes:
    """The bytes of one check-in by staff."""
    body = json.dumps({"booking_id": str(booking_id)})
    plain = _site.post(f"/api/sessions/{session_id}/check-in", body, desk.cookie).decode()
    plain = plain.replace("application/x-www-form-urlencoded", "application/json")
    return plain.replace("Connection: close", f"Connection: close\r\nX-CSRFToken: {desk.token}").encode()


def statements(which: str) -> str:
    """What one check-in reads and writes, in the fewest statements, under the class's advisory lock."""
    return f"""
SELECT nextval('bench_{which}_next') AS n \\gset
SELECT booking, lock FROM bench_{which} WHERE n = :n \\gset
SELECT pg_advisory_lock(:lock);
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT b.*, s.*, g.check_in_opens_minutes, r.id FROM bookings b JOIN sessions s ON s.id = b.session_id
  JOIN organizations g ON g.id = b.organization_id LEFT JOIN attendance_records r ON r.booking_id = b.id
  WHERE b.id = ':booking';
UPDATE bookings SET checked_in_at = now(), checked_in_how = 'manual', revision = revision + 1 WHERE id = ':booking';
INSERT INTO attendance_records (id, organization_id, session_id, booking_id, user_id, status, joined_at,
    duration_seconds, reason, is_unverified, changed_at)
  SELECT gen_random_uuid(), organization_id, session_id, id, user_id, 'present', now(), 0, '', false, now()
  FROM bookings WHERE id = ':booking';
INSERT INTO audit_entries (organization_id, actor_kind, action, object_type, object_id, before, after, at)
  SELECT organization_id, 'system', 'check_in', 'booking', id, '{{}}', '{{}}', now() FROM bookings
  WHERE id = ':booking';
COMMIT;
SELECT pg_advisory_unlock_all();
"""


def fill(url: str) -> Desk:
    """A hot class and a thousand others that begin now, full of people; as many again for pgbench."""
    os.environ |= _site.site(url)
    from itsdangerous import URLSafeTimedSerializer

    from app import app
    from liveapp.db import db
    from liveapp.unit_of_work import transact
    from tests import cast

    now = datetime.now(UTC).replace(microsecond=0)
    with app.app_context():
        organization_id = cast.organization(check_in_opens_minutes=1440)
        ada, offering_id = cast.staff(organization_id), cast.offering(organization_id)
        hosts = [cast.staff(organization_id, f"Host{n} X", "coach") for n in range(60)]

        def made(number: int, places: int) -> uuid.UUID:
            host, start = hosts[number % len(hosts)], now + timedelta(hours=1 + number // len(hosts))
            return cast.session(organization_id, host, offering_id, start, max_participants=places)

        hot, beside_hot = made(0, 100_000), made(1, 100_000)
        spread = [made(number + 2, 100) for number in range(CLASSES)]
        beside_spread = [made(number + 2 + CLASSES, 100) for number in range(CLASSES // 3)]

        def book(sessions: list[uuid.UUID], number: int) -> list[tuple[uuid.UUID, uuid.UUID]]:
            rows = db.session.execute(text(BOOK), {"of": sessions, "number": number, "many": len(sessions)}).all()
            return [(row.session_id, row.id) for row in rows]

        def people() -> tuple[list[tuple[uuid.UUID, uuid.UUID]], list[tuple[uuid.UUID, uuid.UUID]]]:
            ours = book([hot], CHECK_INS * 2), book(spread, CHECK_INS + 100)
            for name, sessions in (("hot", [beside_hot]), ("spread", beside_spread)):
                book(sessions, BESIDE)
                db.session.execute(text(NUMBERED.format(name=name)), {"of": sessions})
                db.session.execute(text(f"ALTER TABLE bench_{name} ADD PRIMARY KEY (n)"))
                db.session.execute(text(f"CREATE SEQUENCE bench_{name}_next"))
            counts = "UPDATE sessions s SET participant_count = (SELECT count(*) FROM bookings WHERE session_id = s.id)"
            db.session.execute(text(f"UPDATE sessions SET max_participants = {BESIDE * 2}"))
            db.session.execute(text(counts))
            return ours

        hot_places, spread_places = transact(people)
        transact(lambda: db.session.execute(text("ANALYZE")))
        cookie, token = signed_in(app, ada, now, URLSafeTimedSerializer)
    return Desk(cookie, token, hot_places, spread_places)


BOOK = """
WITH who AS (
  INSERT INTO users (id, email, name, sign_in_nonce, created_at)
  SELECT gen_random_uuid(), gen_random_uuid() || '@crowd.example', 'Guest', gen_random_uuid(), now()
  FROM generate_series(1, :number) RETURNING id),
numbered AS (SELECT id, row_number() OVER () AS n FROM who)
INSERT INTO bookings (id, organization_id, session_id, starts_at, ends_at, user_id, name, is_known, status, currency,
    paid_by, timezone, locale, suggested_topic, topic_group, message, cancellation_window_hours,
    allow_late_cancellation, promotion_grace_minutes, reschedules, revision, answer, passed_over, staff_note,
    created_at, confirmed_at, cancel_reason)
SELECT gen_random_uuid(), s.organization_id, s.id, s.scheduled_at, s.ends_at, w.id, 'Guest', false, 'confirmed',
    'EUR', 'free', 'UTC', 'en', '', '', '', 24, false, 30, 0, 0, '', '', '', now(), now(), ''
FROM numbered w JOIN sessions s ON s.id = (CAST(:of AS uuid[]))[1 + (w.n - 1) % :many]
RETURNING session_id, id
"""
NUMBERED = """
CREATE TABLE bench_{name} AS
SELECT row_number() OVER () AS n, id AS booking, session_id AS session, hashtext(CAST(session_id AS text)) AS lock
FROM bookings WHERE session_id = ANY(:of)
"""


def signed_in(app: object, user_id: uuid.UUID, now: datetime, serializer: type) -> tuple[str, str]:
    """The cookie of somebody who is signed in, and the token that goes with it."""
    from liveapp.domain.accounts.models import SignIn
    from tests import cast

    key, raw = uuid.uuid4(), uuid.uuid4().hex
    cast.write(SignIn, id=key, user_id=user_id, created_at=now, expires_at=now + timedelta(days=9))
    cookies = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    tokens = serializer(app.secret_key, salt="wtf-csrf-token")  # type: ignore[attr-defined]
    return f"session={cookies.dumps({'_user_id': key.hex, 'csrf_token': raw})}", tokens.dumps(raw)


def report() -> None:
    """That everybody has one record."""
    from app import app
    from liveapp.domain.attendance import checks

    with app.app_context():
        wrong = list(checks.attendance(datetime.now(UTC)))
        print("I10:", wrong[:3] or "holds")


if __name__ == "__main__":
    main()
