"""Runs migrations in the app's own schema on PostgreSQL, and on SQLite with the write lock held."""

from __future__ import annotations

from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import text

from liveapp.db import Base, UtcDateTime, db

SETTINGS = current_app.extensions["settings"]


def render_item(kind: str, thing: Any, _context: Any) -> str | bool:
    """Types of our own are written into migrations as the plain types they are made of."""
    if kind == "type" and isinstance(thing, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def run() -> None:
    """Upgrades or downgrades, in one transaction."""
    on_postgresql = db.engine.dialect.name == "postgresql"
    options = {"isolation_level": "READ COMMITTED", "postgresql_readonly": False} if on_postgresql else {"writes": True}
    with db.engine.connect() as plain:
        connection = plain.execution_options(**options)
        if on_postgresql:
            connection.execute(text("SET lock_timeout = '10s'"))
            connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{SETTINGS.database_schema}"'))
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public"))
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            compare_type=True,
            render_item=render_item,
            include_name=lambda name, kind, _parents: not (kind == "table" and name == "alembic_version"),
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
