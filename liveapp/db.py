"""The database: typed base class, column types, and how a connection behaves on each dialect.

Reads are read-only statements, each a transaction of its own (which is what READ COMMITTED sees, without a BEGIN and
a ROLLBACK around them); writes run inside `unit_of_work.transact` only. On SQLite a read is a deferred transaction
outside the write lock and `query_only`; a write begins with BEGIN IMMEDIATE.
"""

from __future__ import annotations

import enum
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any, ClassVar, TypeAlias

from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Executable,
    ForeignKeyConstraint,
    Insert,
    MetaData,
    Row,
    Select,
    String,
    Table,
    Uuid,
    event,
    func,
    insert,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection
from sqlalchemy.types import TypeDecorator

from liveapp.config import Settings
from liveapp.rules.search import folded
from liveapp.rules.zones import zone_named

FRESH_SECONDS = 1.0

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


class ZoneName(TypeDecorator[str]):
    """The name of a time zone that exists. Another one can't be stored: nothing could say when its row is."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is not None:
            zone_named(value)
        return value


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


def only_where(condition: str) -> dict[str, Any]:
    """Options of an Index that has only the rows of which this is so, on both databases."""
    return {"postgresql_where": text(condition), "sqlite_where": text(condition)}


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


@cache
def inserting(model: type[Base]) -> Insert:
    """INSERT INTO the model's table, for `write_last`; made once, as building it takes longer than running it."""
    return insert(table(model)).inline()


def read(query: Select[*tuple[Any, ...]], **values: Any) -> Sequence[AnyRow]:
    """The rows of a query for columns, past the ORM, which costs as much as the database: for much opened pages."""
    return db.session.connection().execute(query, values).all()


def insert_once(model: type[Base], returning: str, row: dict[str, Any]) -> Any | None:
    """Inserts the row unless one with its key is there; the named column of what was inserted, None when it was there.

    One statement, and no look for a row that isn't there: under SERIALIZABLE that collides with everybody who writes
    near it.
    """
    return db.session.execute(_inserting_once(model, returning, db.session.get_bind().dialect.name), row).scalar()


@cache
def _inserting_once(model: type[Base], returning: str, dialect: str) -> Executable:
    into = table(model)
    kind: Any = postgresql if dialect == "postgresql" else sqlite
    statement: Executable = kind.insert(into).on_conflict_do_nothing().returning(into.c[returning])
    return statement


def write_last(statement: Executable, *rows: dict[str, Any]) -> None:
    """Runs a statement for each of the rows at the end of the transaction, all of one statement's together: for what
    nothing reads before the commit (audit entries, mails, jobs). These and the commit leave in one trip to the
    database, and nobody waits for the answer to each."""
    if db.session.info.get("pinned") is None:
        raise RuntimeError("write_last() outside transact(): nothing would write the rows")
    db.session.info.setdefault("written_last", {}).setdefault(statement, []).extend(rows)


def send_last_writes(connection: Connection) -> None:
    """Sends what `write_last` was given, in the order in which the statements were first named."""
    for statement, rows in db.session.info.pop("written_last", {}).items():
        connection.execute(statement, rows)


def forget_last_writes() -> None:
    """Drops what `write_last` was given by a try that failed."""
    db.session.info.pop("written_last", None)


@contextmanager
def one_trip(connection: Connection) -> Iterator[None]:
    """Sends the statements inside one after the other, without waiting for the answer to each (PostgreSQL's pipeline
    mode). Only for statements whose answer nobody looks at; an error comes up at the commit inside."""
    if connection.dialect.name != "postgresql":
        yield
        return
    raw: Any = connection.connection.driver_connection
    try:
        with raw.pipeline():
            yield
    except BaseException:
        raw.rollback()  # SQLAlchemy takes a commit that failed for the transaction's end; here it never got that far
        raise


def engine_options(settings: Settings) -> dict[str, Any]:
    """Keyword arguments of create_engine for this deployment."""
    if not settings.on_postgresql:
        return {"connect_args": {"timeout": 15, "check_same_thread": False}, "hide_parameters": True}
    options = (
        f"-csearch_path={settings.database_schema},public -clock_timeout=8s -cstatement_timeout=30s"
        " -cidle_in_transaction_session_timeout=60s -ctimezone=UTC -cdefault_transaction_read_only=on"
        " -crandom_page_cost=0.1 -cjit=off"
    )
    return {
        "pool_use_lifo": True,
        "pool_size": settings.pool_size,
        "max_overflow": 0,
        "pool_timeout": 10,
        "hide_parameters": True,  # errors go to the log, and what people typed doesn't
        "connect_args": {"options": options, "connect_timeout": 5, "application_name": "liveapp"},
        "execution_options": {"isolation_level": "AUTOCOMMIT"},
    }


def matches(column: Any, words: str) -> ColumnElement[bool]:
    """Whether a column's text has the words in it, as people search (`rules.search`)."""
    return func.folded(column).contains(folded(words), autoescape=True)


def set_up_engine(engine: Engine) -> None:
    """Hooks what each dialect needs into the engine; call once per engine."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", begin_sqlite)
        return
    event.listen(engine, "checkin", _note_when)
    event.listen(engine, "checkout", _ask_if_alive)


def _note_when(_connection: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
    entry.info["used_at"] = time.monotonic()


def _ask_if_alive(connection: DBAPIConnection, entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection) -> None:
    """A connection that rested is asked whether it still answers; one that answered a moment ago isn't asked again."""
    if time.monotonic() - entry.info.get("used_at", time.monotonic()) < FRESH_SECONDS:
        return
    try:
        db.engine.dialect.do_ping(connection)
    except Exception as error:
        raise InvalidatePoolError("the connection ended while it rested") from error


def _prepare_sqlite(connection: DBAPIConnection, _record: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=15000", "synchronous=NORMAL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
    connection.create_function("folded", 1, _folded, deterministic=True)
    connection.create_function("local_weekday", 2, _local_weekday, deterministic=True)
    connection.create_function("local_minute", 2, _local_minute, deterministic=True)


def _folded(text: str | None) -> str | None:
    return None if text is None else folded(text)


def _local_weekday(stored: str, zone: str) -> int:
    return _local(stored, zone).weekday()


def _local_minute(stored: str, zone: str) -> int:
    local = _local(stored, zone)
    return local.hour * 60 + local.minute


def _local(stored: str, zone: str) -> datetime:
    return datetime.fromisoformat(stored).replace(tzinfo=UTC).astimezone(zone_named(zone))


def begin_sqlite(connection: Connection) -> None:
    """Writes take the write lock at once, so that two of them can't both read before they write."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
