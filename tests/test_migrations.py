"""The migrations: up, down and up again on both databases, and at their end exactly the tables that the models say."""

from __future__ import annotations

import contextlib
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import downgrade, upgrade

from liveapp.db import Base, db
from liveapp.wiring import set_up_migrations
from tests.databases import KINDS, SCHEMA, Database, PostgresDatabase, SqliteDatabase

POSTGRES_CATALOGUE = """
SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable
  FROM information_schema.columns WHERE table_schema = %(schema)s
UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(c.oid)
  FROM pg_constraint c JOIN pg_namespace n ON n.oid = connamespace WHERE nspname = %(schema)s AND contype <> 'n'
UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = %(schema)s
UNION ALL SELECT 'trigger ' || pg_get_triggerdef(t.oid)
  FROM pg_trigger t JOIN pg_class r ON r.oid = tgrelid JOIN pg_namespace n ON n.oid = relnamespace
  WHERE nspname = %(schema)s AND NOT tgisinternal
UNION ALL SELECT 'function ' || proname FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
  WHERE nspname = %(schema)s
"""
WRITTEN_BY_HAND = ("EXCLUDE USING gist", " USING gist ", "trigger ", "function ")
"""What SQLAlchemy can't say, and so stands in the migrations alone."""

PLAIN: dict[type, object] = {
    int: 0,
    str: "",
    bool: False,
    datetime: datetime(2026, 3, 2, tzinfo=UTC),
    uuid.UUID: uuid.UUID(int=1),
    object: {},
}
"""What stands in columns that a test says nothing of."""

MakeDatabase = Callable[..., Database]
MakeApp = Callable[..., Flask]


def catalogue(database: Database) -> set[str]:
    """Everything the database holds in our schema, one line a thing, without alembic's own table."""
    lines = _sqlite_lines(database) if isinstance(database, SqliteDatabase) else _postgres_lines(database)
    return {line for line in lines if "alembic_version" not in line}


def _sqlite_lines(database: SqliteDatabase) -> list[str]:
    with contextlib.closing(sqlite3.connect(database.file)) as connection:
        rows = connection.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return [
        f"{kind} {name} {part.strip().rstrip(',')}"
        for kind, name, statement in rows
        for part in (statement.splitlines() if kind == "table" else [statement])
    ]


def _postgres_lines(database: PostgresDatabase) -> list[str]:
    with database.connection() as connection:
        connection.execute(f"SET search_path = {SCHEMA}, public")
        return [line for (line,) in connection.execute(POSTGRES_CATALOGUE, {"schema": SCHEMA})]


def by_models(lines: set[str]) -> set[str]:
    """Those lines that the models are answerable for."""
    return {line for line in lines if not any(sign in line for sign in WRITTEN_BY_HAND)}


@pytest.mark.parametrize("kind", KINDS)
def test_up_down_and_up_again_is_where_one_was(kind: str, new_database: MakeDatabase, new_app_on: MakeApp) -> None:
    database = new_database(kind, migrated=False)
    app = new_app_on(database)
    set_up_migrations(app)
    with app.app_context():
        upgrade()
        first = catalogue(database)
        downgrade(revision="base")
        left = catalogue(database)
        upgrade()

    assert len(first) > 100
    assert left == set()
    assert catalogue(database) == first


@pytest.mark.parametrize("kind", KINDS)
def test_the_migrations_make_what_the_models_say(kind: str, new_database: MakeDatabase, new_app_on: MakeApp) -> None:
    migrated, modelled = new_database(kind), new_database(kind, migrated=False)
    with new_app_on(modelled).app_context():
        options = (
            {"isolation_level": "READ COMMITTED", "postgresql_readonly": False}
            if kind == "postgresql"
            else {"writes": True}
        )
        with db.engine.connect().execution_options(**options) as connection:
            if kind == "postgresql":
                connection.exec_driver_sql(f"CREATE SCHEMA {SCHEMA}")
            Base.metadata.create_all(connection)
            connection.commit()

    assert by_models(catalogue(migrated)) == by_models(catalogue(modelled))


def write_row(connection: sa.Connection, table: str, **values: Any) -> None:
    """Writes a row into a table as it is at that revision, its foreign keys unasked."""
    made = sa.Table(table, sa.MetaData(), autoload_with=connection, resolve_fks=False)
    needed = {each.name: PLAIN[each.type.python_type] for each in made.columns if not each.nullable}
    connection.execute(sa.insert(made).values(**needed | values))


@contextlib.contextmanager
def unchecked(database: Database) -> Iterator[sa.Connection]:
    """A connection for which foreign keys aren't asked."""
    engine = sa.create_engine(database.url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        if isinstance(database, PostgresDatabase):
            connection.exec_driver_sql("SET session_replication_role = replica")
            connection.exec_driver_sql(f"SET search_path = {SCHEMA}, public")
        yield connection


def write_what_was(connection: sa.Connection, of_payment: dict[str, int]) -> None:
    """One booking that nobody opened a payment for, and one whose payment has tiers of its own."""
    over = datetime(2026, 3, 3, tzinfo=UTC)
    write_row(
        connection, "organizations", payment_provider="stripe", payout_schedule="weekly", offer_minutes=120,
        late_cancel_fee_minor=300, currency="EUR", free_cancellation_hours=30, partial_refund_hours=20,
        partial_refund_percent=40,
    )  # fmt: skip
    write_row(
        connection, "sessions", price_minor=1500, max_participants=5, status="scheduled", type="live_class",
        format="online", duration_minutes=60, ends_at=over,
    )  # fmt: skip
    keys = ("a" * 32, "b" * 32)
    for key in keys:
        write_row(connection, "users", id=key, email=key)
        write_row(connection, "bookings", id=key, user_id=key, status="confirmed", paid_by="at_booking", ends_at=over)
    write_row(
        connection, "payments", booking_id=keys[1], user_id=keys[1], purpose="booking", method="card", status="open",
        amount_minor=1500, **of_payment,
    )  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_bookings_of_before_keep_what_they_were_made_under(
    kind: str, new_database: MakeDatabase, new_app_on: MakeApp
) -> None:
    database = new_database(kind, migrated=False)
    app = new_app_on(database)
    set_up_migrations(app)
    tiers = {"free_cancellation_hours": 9, "partial_refund_hours": 8, "partial_refund_hundredths": 7000}
    with app.app_context():
        upgrade(revision="0007")
        with unchecked(database) as connection:
            write_what_was(connection, tiers)
        upgrade(revision="0008")
        downgrade(revision="0007")
        with unchecked(database) as connection:
            columns = sa.text(f"SELECT {', '.join(tiers)} FROM payments")
            assert connection.execute(columns).all() == [tuple(tiers.values())]
        upgrade(revision="0008")
        with unchecked(database) as connection:
            terms = sa.text(
                "SELECT free_cancellation_hours, partial_refund_hours, partial_refund_percent, late_cancel_fee_minor,"
                " list_price_minor FROM bookings ORDER BY id"
            )
            assert connection.execute(terms).all() == [(30, 20, 40, 300, 1500), (9, 8, 70, 300, 1500)]
