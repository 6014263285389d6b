"""What a booking costs as bookings grow: an organization with ten thousand, a hundred thousand, a million of them.

Run: python bench/growth.py. The same 400 bookings (16 clients, 200 on one class and 200 spread over a hundred) at each
size, each beside that of the smallest; the rest of the site as in bookings.py. About five minutes.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import _site
from bookings import book

from tests import databases

Ids: TypeAlias = tuple[uuid.UUID, uuid.UUID, uuid.UUID]
"""Of the organization, the host and the offering."""
SIZES = (10_000, 100_000, 1_000_000)
A_SESSION = 100
"""Bookings in each session of the past."""


def main() -> None:
    """Prints bookings a second at each size, and how the time of one compares with the smallest."""
    with _site.database() as database:
        hot, spread, ids = fill(database.url)
        first: dict[str, float] = {}
        there = 0
        for size in SIZES:
            grow(database, there, size, ids)
            there = size
            with _site.served("app:app", **_site.site(database.url)) as port:
                book("warm-up", port, [hot], 100, 8)
                for name, sessions in (("one class", [hot]), ("spread over 100", spread)):
                    rate = max(book(f"{size:>9,} bookings, {name}", port, sessions, 200, 16) for _ in range(3))
                    first.setdefault(name, rate)
                    print(f"  a booking takes {first[name] / rate:.2f} times as long as at {SIZES[0]:,}")


def fill(url: str) -> tuple[uuid.UUID, list[uuid.UUID], Ids]:
    """The classes to come; organization, host and offering of those that were."""
    import os

    os.environ |= _site.site(url)
    from app import app
    from tests import cast

    now = datetime.now(UTC).replace(microsecond=0)
    with app.app_context():
        organization_id = cast.organization()
        ada, offering_id = cast.staff(organization_id), cast.offering(organization_id)
        starts = (now + timedelta(days=2, hours=number) for number in range(101))
        hot, *spread = [
            cast.session(organization_id, ada, offering_id, start, max_participants=100_000) for start in starts
        ]
    return hot, spread, (organization_id, ada, offering_id)


def grow(
    database: databases.PostgresDatabase, there: int, size: int, ids: tuple[uuid.UUID, uuid.UUID, uuid.UUID]
) -> None:
    """Classes of the past with a hundred people each, each booking with its entry in the audit log.

    Written as the database's owner, who waits as long as it takes and looks up no foreign keys.
    """
    organization, host, offering = ids
    values = {
        "organization": organization, "host": host, "offering": offering, "first": there // A_SESSION + 1,
        "last": size // A_SESSION, "each": A_SESSION, "size": size,
    }  # fmt: skip
    statements = (
        """INSERT INTO users (id, email, name, sign_in_nonce, created_at)
           SELECT gen_random_uuid(), n || '@crowd.example', 'Guest', gen_random_uuid(), now()
           FROM generate_series((SELECT count(*) FROM users) + 1, least(%(size)s::int / 5, 100000)) n""",
        """CREATE TEMPORARY TABLE who ON COMMIT DROP AS
           SELECT id, row_number() OVER () - 1 AS n FROM users""",
        "CREATE INDEX ON who (n)",
        """CREATE TEMPORARY TABLE made ON COMMIT DROP AS
           SELECT gen_random_uuid() AS id, n, now() - interval '30 minutes' * n - interval '1 day' AS starts
           FROM generate_series(%(first)s::int, %(last)s::int) n""",
        "ANALYZE who, made",
        """INSERT INTO sessions (id, organization_id, offering_id, host_id, title, description, type, format, timezone,
             duration_minutes, max_participants, participant_count, waiting_count, overbooked, plan_only, currency,
             status, scheduled_at, ends_at, created_at, is_detached, buffer_before, buffer_after, topic, revision,
             cancel_reason, focus_area, notes)
           SELECT id, %(organization)s, %(offering)s, %(host)s, 'Yoga', '', 'live_class', 'in_person',
             'Europe/Berlin', 25, %(each)s, %(each)s, 0, 0, false, 'EUR', 'ended', starts,
             starts + interval '25 minutes', starts, false, 0, 0, '', 0, '', '', '' FROM made""",
        """INSERT INTO bookings (id, organization_id, session_id, starts_at, ends_at, user_id, name, is_known, status,
             currency, paid_by, timezone, locale, suggested_topic, topic_group, message, cancellation_window_hours,
             allow_late_cancellation, promotion_grace_minutes, reschedules, revision, answer, passed_over, staff_note,
             created_at, confirmed_at, cancel_reason)
           SELECT gen_random_uuid(), %(organization)s, made.id, starts, starts + interval '25 minutes', who.id, 'Guest',
             false, 'confirmed', 'EUR', 'free', 'UTC', 'en', '', '', '', 24, false, 30, 0, 0, '', '', '', starts,
             starts, ''
           FROM made CROSS JOIN generate_series(1, %(each)s::int) g
             JOIN who ON who.n = (made.n * %(each)s + g) %% (SELECT count(*) FROM who)""",
        """INSERT INTO audit_entries (organization_id, actor_kind, action, object_type, object_id, before, after, at)
           SELECT %(organization)s, 'person', 'book', 'booking', bookings.id, '{}', '{"status": "confirmed"}', starts
           FROM bookings JOIN made ON made.id = bookings.session_id""",
    )

    with database.connection() as connection:
        connection.execute(f"SET search_path = {databases.SCHEMA}, public")
        for setting in ("session_replication_role = replica", "work_mem = '256MB'", "jit = off"):
            connection.execute(f"SET {setting}")
        with connection.transaction():
            for statement in statements:
                connection.execute(statement, values)
        connection.execute("VACUUM ANALYZE")


if __name__ == "__main__":
    main()
