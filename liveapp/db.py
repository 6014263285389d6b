"""The database: typed base class, column types, and how a connection behaves on each dialect.

Reads run READ COMMITTED and read-only; writes run inside `unit_of_work.transact` only. On SQLite a read is a
deferred transaction outside the write lock and `query_only`; a write begins with BEGIN IMMEDIATE.
"""

from __future__ import annotations

import enum
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeAlias

from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import (
    JSON,
    CheckConstraint,
    Connection,
    DateTime,
    Dialect,
    Engine,
    ForeignKeyConstraint,
    MetaData,
    Row,
    String,
    Table,
    Uuid,
    event,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from liveapp.config import Settings

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime on every database. A naive value is a programming error and is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone can't be stored: {value!r}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# A row of a query that selects columns; its names are in the query's docstring.
AnyRow: TypeAlias = Row[*tuple[Any, ...]]

JsonValue = JSON().with_variant(JSONB(), "postgresql")


class Base(DeclarativeBase):
    """Every table's base: random UUID keys are declared by `Identified`, names by the convention."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        uuid.UUID: Uuid(),
        dict[str, Any]: JsonValue,
        list[Any]: JsonValue,
        str: String(),
    }


class Identified:
    """A random UUID key: unguessable for people, and free of the collisions that ascending keys cause."""

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)


def table(model: type[Base]) -> Table:
    """The table behind a model, for the paths where Core's speed counts (a booking writes seven rows)."""
    found = model.__table__
    assert isinstance(found, Table)
    return found


def one_of(column: str, values: type[enum.StrEnum] | Iterable[str], name: str | None = None) -> CheckConstraint:
    """The CHECK that keeps a text column to the words of its enum."""
    words = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({words})", name=name or column)


def same_organization(column: str, target: str, target_column: str = "id", **options: Any) -> ForeignKeyConstraint:
    """A foreign key that carries the organization along, so that no row can join two of them."""
    return ForeignKeyConstraint(
        ["organization_id", column], [f"{target}.organization_id", f"{target}.{target_column}"], **options
    )


class DatabaseSession(FlaskSession):
    """Flask-SQLAlchemy's session, which a unit of work can pin to the one connection it holds."""

    def get_bind(self, *args: Any, **kwargs: Any) -> Engine | Connection:
        pinned: Connection | None = self.info.get("pinned")
        return pinned if pinned is not None else super().get_bind(*args, **kwargs)


db = SQLAlchemy(
    metadata=Base.metadata,
    disable_autonaming=True,
    session_options={"class_": DatabaseSession, "expire_on_commit": False, "autoflush": True},
)


def engine_options(settings: Settings) -> dict[str, Any]:
    """Keyword arguments of create_engine for this deployment."""
    if not settings.on_postgresql:
        return {"connect_args": {"timeout": 15, "check_same_thread": False}, "hide_parameters": True}
    options = (
        f"-csearch_path={settings.database_schema},public -clock_timeout=8s -cstatement_timeout=30s"
        " -cidle_in_transaction_session_timeout=60s -ctimezone=UTC"
    )
    return {
        "pool_pre_ping": True,
        "pool_size": settings.pool_size,
        "max_overflow": 0,
        "pool_timeout": 10,
        "hide_parameters": True,  # errors go to the log, and what people typed doesn't
        "connect_args": {"options": options, "connect_timeout": 5, "application_name": "liveapp"},
        "execution_options": {"isolation_level": "READ COMMITTED", "postgresql_readonly": True},
    }


def set_up_engine(engine: Engine) -> None:
    """Hooks what each dialect needs into the engine; call once per engine."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", begin_sqlite)


def _prepare_sqlite(connection: DBAPIConnection, _record: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=15000", "synchronous=NORMAL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def begin_sqlite(connection: Connection) -> None:
    """Writes take the write lock at once, so that two of them can't both read before they write."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
