"""The migrations: up, down and up again on both databases, and at their end exactly the tables that the models say."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable

import pytest
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
