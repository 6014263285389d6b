"""Bookings a second, through the whole request with all rules on: one hot class, and spread over 1,000 classes; beside
pgbench doing the same statements, in one run. The same by members who pay with a plan's credits, one of a week's quota
each. And 200 people for 20 places.

Run: python bench/bookings.py. PostgreSQL with durable commits, 2 workers × 8 threads, a connection a request.
"""

from __future__ import annotations

import json
import os
import tempfile
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import _site
from sqlalchemy import text

CLASSES = 1000
BOOKINGS = 1500
PEOPLE = 100_000


def main() -> None:
    """Prints each measurement with its goal."""
    with _site.database() as database:
        hot, spread, rush = fill(database.url)
        with _counted(), _site.served("_counted:app", **_site.site(database.url)) as port:
            book("warm-up", port, [hot], 100, 8)
            for clients in (16, 32):
                ours = book(f"one hot class, {clients} clients", port, [hot], BOOKINGS, clients)
                _site.beside(ours, database.url, statements([hot]), clients)
            ours = book("spread over 1,000 classes, 16 clients", port, spread, BOOKINGS, 16)
            _site.beside(ours, database.url, statements(spread), 16)
            book("200 people for 20 places", port, [rush], 200, 64)
        club, club_hot, club_spread, members = fill_club(database.url)
        with _counted(), _site.served("_counted:app", **_site.site(database.url)) as port:
            book("warm-up, members", port, club_spread, 100, 8, club, members[-100:])
            for clients in (16, 32):
                who = members[: BOOKINGS // 2] if clients == 16 else members[BOOKINGS // 2 : BOOKINGS]
                book(f"members, one hot class, {clients} clients", port, club_hot, BOOKINGS // 2, clients, club, who)
            book("members, spread over 1,000 classes", port, club_spread, BOOKINGS, 16, club, members)
        report()


@contextmanager
def _counted() -> Iterator[None]:
    """Prints at the end how often the site ran each transaction again, because it had collided with another."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RETRIES"] = folder
        yield
        found: Counter[str] = Counter()
        for file in Path(folder).glob("*.json"):
            found.update(json.loads(file.read_text()))
    print("  run again after a collision:", dict(found) or "nothing")


@dataclass(frozen=True)
class Visitor:
    """A browser: its cookie, the token of its forms, and whose it is."""

    cookie: str
    token: str
    email: str = ""


def book(
    name: str,
    port: int,
    sessions: Sequence[uuid.UUID],
    number: int,
    clients: int,
    slug: str = "studio",
    members: Sequence[Visitor] = (),
) -> float:
    """Has so many guests (or these members) book and prints how it went; bookings a second."""
    path = f"/book/{slug}/sessions/{{}}"
    who_comes = members or [Visitor(*_site.form_of(port, path.format(sessions[0])))]
    calls = []
    for each in range(number):
        who = who_comes[each % len(who_comes)]
        form = {
            "csrf_token": who.token,
            "name": "Guest",
            "email": who.email or f"g{uuid.uuid4().hex}@example.com",
            "key": uuid.uuid4().hex,
        }
        request = _site.post(path.format(sessions[each % len(sessions)]), urlencode(form), who.cookie)
        calls.append(partial(_site.ask, port, request))
    answers, seconds = _site.together(calls, clients)
    wrong = Counter(answer.status for answer in answers if answer.status != 303)
    p50, p99 = _site.quantiles(answers)
    rate = number / seconds
    times = f"{rate:6.0f}/s  p50 {p50:6.1f} ms  p99 {p99:6.1f} ms  {seconds:5.2f} s"
    print(f"{name:40s} {times}  not booked: {dict(wrong) or 0}")
    return rate


def statements(sessions: Sequence[uuid.UUID]) -> str:
    """What one booking writes, in the fewest statements, under the class's advisory lock."""
    return f"""
\\set n random(1, {len(sessions)})
SELECT s.id AS session, s.organization_id AS organization, s.scheduled_at AS starts, s.ends_at AS ends
  FROM bench_sessions b JOIN sessions s ON s.id = b.id
  WHERE b.n = :n \\gset
SELECT pg_advisory_lock(:n);
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT * FROM sessions s JOIN offerings o ON o.id = s.offering_id JOIN organizations g ON g.id = s.organization_id
  WHERE s.id = ':session';
INSERT INTO users (id, email, name, sign_in_nonce, created_at)
  VALUES (gen_random_uuid(), gen_random_uuid() || '@example.com', 'Guest', gen_random_uuid(), now())
  RETURNING id AS guest \\gset
INSERT INTO bookings (id, organization_id, session_id, starts_at, ends_at, user_id, name, is_known, status, currency,
    paid_by, timezone, locale, suggested_topic, topic_group, message, cancellation_window_hours,
    allow_late_cancellation, promotion_grace_minutes, reschedules, revision, answer, passed_over, staff_note,
    created_at, confirmed_at, cancel_reason, plan_only, kept_minor, free_cancellation_hours, partial_refund_hours,
    partial_refund_percent, no_show_wait_percent, min_payable_percent, no_show_percent, no_show_refund_percent,
    late_cancel_fee_minor, late_cancel_fee_percent, no_show_fee_minor, no_show_fee_percent, count_late_cancellations,
    count_no_shows, credit_extension_days)
  VALUES (gen_random_uuid(), ':organization', ':session', ':starts', ':ends', ':guest', 'Guest', false, 'confirmed',
    'EUR', 'free', 'UTC', 'en', '', '', '', 24, false, 30, 0, 0, '', '', '', now(), now(), '',
    false, 0, 24, 12, 50, 33, 66, 50, 0, 0, 0, 0, 0, true, true, 14)
  RETURNING id AS booking \\gset
UPDATE sessions SET participant_count = participant_count + 1 WHERE id = ':session';
INSERT INTO audit_entries (organization_id, actor_kind, action, object_type, object_id, before, after, at)
  VALUES (':organization', 'system', 'book', 'booking', ':booking', '{{}}', '{{}}', now());
INSERT INTO notifications (id, organization_id, email, kind, channel, payload, status, created_at)
  SELECT gen_random_uuid(), ':organization', 'x@example.com', 'bench', 'mail', '{{}}', 'sent', now()
  FROM generate_series(1, 2);
INSERT INTO outbox (id, name, payload, run_at, created_at, attempts, done_at)
  SELECT gen_random_uuid(), 'bench', '{{}}', now(), now(), 0, now() FROM generate_series(1, 2);
COMMIT;
SELECT pg_advisory_unlock_all();
"""


def fill(url: str) -> tuple[uuid.UUID, list[uuid.UUID], uuid.UUID]:
    """A hot class, a thousand others, and one with twenty places."""
    os.environ |= _site.site(url)
    from app import app
    from liveapp.db import db
    from liveapp.unit_of_work import transact
    from tests import cast

    now = datetime.now(UTC).replace(microsecond=0)
    with app.app_context():
        organization_id = cast.organization()
        ada, offering_id = cast.staff(organization_id), cast.offering(organization_id)

        def made(number: int, places: int) -> uuid.UUID:
            start = now + timedelta(days=2, hours=number)
            return cast.session(organization_id, ada, offering_id, start, max_participants=places)

        hot, rush = made(0, 100_000), made(1, 20)
        spread = [made(number + 2, 100_000) for number in range(CLASSES)]

        def number_them() -> None:
            crowd = "SELECT gen_random_uuid(), n || '@crowd.example', 'Guest', gen_random_uuid(), now()"
            columns = "id, email, name, sign_in_nonce, created_at"
            db.session.execute(text(f"INSERT INTO users ({columns}) {crowd} FROM generate_series(1, {PEOPLE}) n"))
            db.session.execute(text("CREATE TABLE bench_sessions (n int PRIMARY KEY, id uuid)"))
            for number, each in enumerate(spread, 1):
                db.session.execute(text("INSERT INTO bench_sessions VALUES (:n, :id)"), {"n": number, "id": each})

        transact(number_them)
        transact(lambda: db.session.execute(text("ANALYZE")))
    return hot, spread, rush


def fill_club(url: str) -> tuple[str, list[uuid.UUID], list[uuid.UUID], list[Visitor]]:
    """An organization that takes payment, whose classes only plans pay for: a hot one, a thousand others in the weeks
    after, and members with a pack of a hundred credits and at most seven bookings a week."""
    os.environ |= _site.site(url)
    from itsdangerous import URLSafeTimedSerializer

    from app import app
    from liveapp.db import db
    from liveapp.domain.accounts.models import Membership, SignIn, User
    from liveapp.domain.plans.models import CreditEntry, CreditLot, Subscription
    from liveapp.unit_of_work import transact
    from tests import cast

    now = datetime.now(UTC).replace(microsecond=0)
    with app.app_context():
        club = cast.organization("club", payment_provider="desk")
        ada = cast.staff(club, "Clara Club", email="clara@example.com")
        offering_id = cast.offering(club, plan_only=True)
        plan_id = cast.plan(club, class_credits=100, max_bookings_per_week=7)

        def made(number: int) -> uuid.UUID:
            start = now + timedelta(days=2, hours=number)
            return cast.session(club, ada, offering_id, start, max_participants=100_000, plan_only=True)

        hot, *spread = [made(number) for number in range(CLASSES + 1)]
        serializer = app.session_interface.get_signing_serializer(app)
        tokens = URLSafeTimedSerializer(app.secret_key, salt="wtf-csrf-token")
        members: list[Visitor] = []

        def join() -> None:
            for number in range(BOOKINGS + 100):
                user_id, subscription_id, lot_id, sign_in = (uuid.uuid4() for _ in range(4))
                email, raw = f"m{number}@club.example", uuid.uuid4().hex
                db.session.add(User(id=user_id, email=email, name="Member", password_hash="x", created_at=now))
                db.session.flush()
                db.session.add(Membership(organization_id=club, user_id=user_id, role="member",
                                          slug=f"m-{number}", created_at=now))  # fmt: skip
                db.session.add(SignIn(id=sign_in, user_id=user_id, created_at=now, expires_at=now + timedelta(days=9),
                                      used_at=now))  # fmt: skip
                db.session.flush()
                first = {"organization_id": club, "created_at": now}
                day, begun = now.date() - timedelta(days=1), now - timedelta(days=1)
                db.session.add(Subscription(id=subscription_id, plan_id=plan_id, user_id=user_id, first_day=day,
                                            anchor_day=day, starts_at=begun, **first))  # fmt: skip
                db.session.flush()
                db.session.add(CreditLot(id=lot_id, subscription_id=subscription_id, period_day=day, valid_from=begun,
                                         **first))  # fmt: skip
                db.session.flush()
                db.session.add(CreditEntry(organization_id=club, lot_id=lot_id, kind="grant", delta=100, at=now))
                cookie = serializer.dumps({"_user_id": sign_in.hex, "csrf_token": raw})
                members.append(Visitor(f"session={cookie}", tokens.dumps(raw), email))

        transact(join)
        transact(lambda: db.session.execute(text("ANALYZE")))
    return "club", [hot], spread, members


def report() -> None:
    """That everything still adds up, pgbench's mails aside."""
    from app import app
    from liveapp.db import db
    from liveapp.domain import invariants
    from liveapp.unit_of_work import transact

    with app.app_context():
        transact(lambda: db.session.execute(text("DELETE FROM notifications WHERE kind = 'bench'")))
        found = invariants.violations(now=datetime.now(UTC))
        broken = {name: len(sentences) for name, sentences in found.items() if sentences}
        print("invariants:", broken or "all hold")


if __name__ == "__main__":
    main()
