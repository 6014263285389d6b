"""Changing tables that are in use: the same change on both databases.

PostgreSQL alters tables. SQLite adds and drops columns but knows no other change of a table; its documentation lets the
text of the table be written anew where nothing stored changes (https://sqlite.org/lang_altertable.html, section 7).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sqlalchemy as sa
from alembic import op

Checks = dict[str, str]
"""Constraints by name (without `ck_<table>_`), each with its condition."""


def add_columns(table: str, columns: Sequence[sa.Column[object]], *, fill: Sequence[str], checks: Checks) -> None:
    """New columns with their values (`fill`: statements that write them), then NOT NULL where they say so, then what is
    checked of them."""
    for column in columns:
        op.add_column(table, sa.Column(column.name, column.type, nullable=True))
    for statement in fill:
        op.execute(statement)
    if on_postgresql():
        for column in columns:
            if not column.nullable:
                op.alter_column(table, column.name, nullable=False)
        for name, condition in checks.items():
            op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)
        return
    _rewrite(table, lambda lines: _with_columns(lines, table, columns, checks))


def drop_columns(table: str, columns: Sequence[str], *, checks: Sequence[str]) -> None:
    """Columns go, and before them what is checked of them."""
    if on_postgresql():
        for name in checks:
            op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
    else:
        gone = tuple(f"CONSTRAINT ck_{table}_{name} " for name in checks)
        _rewrite(table, lambda lines: [line for line in lines if not line.startswith(gone)])
    for column in columns:
        op.drop_column(table, column)


def allow_null(table: str, column: str) -> None:
    """The column may be empty from now on."""
    if on_postgresql():
        op.alter_column(table, column, nullable=True)
    else:
        _rewrite(table, lambda lines: [_nullable(line) if line.startswith(f"{column} ") else line for line in lines])


def forbid_null(table: str, column: str) -> None:
    """The column is never empty again."""
    if on_postgresql():
        op.alter_column(table, column, nullable=False)
    else:
        _rewrite(table, lambda lines: [f"{line} NOT NULL" if line.startswith(f"{column} ") else line for line in lines])


def _nullable(line: str) -> str:
    return line.removesuffix(" NOT NULL")


def add_key(table: str, name: str, columns: Sequence[str], other: str, there: Sequence[str]) -> None:
    """A foreign key to another table, or to the same one."""
    if on_postgresql():
        op.create_foreign_key(op.f(name), table, other, list(columns), list(there))
        return
    line = f"CONSTRAINT {name} FOREIGN KEY({', '.join(columns)}) REFERENCES {other} ({', '.join(there)})"
    _rewrite(table, lambda lines: [*lines, line])


def drop_key(table: str, name: str) -> None:
    """A foreign key goes."""
    if on_postgresql():
        op.drop_constraint(op.f(name), table)
    else:
        _rewrite(table, lambda lines: [line for line in lines if not line.startswith(f"CONSTRAINT {name} ")])


def replace_check(table: str, name: str, condition: str) -> None:
    """A check of a table says something else."""
    name = f"ck_{table}_{name}"
    if on_postgresql():
        op.drop_constraint(op.f(name), table)
        op.create_check_constraint(op.f(name), table, condition)
        return
    line = f"CONSTRAINT {name} CHECK ({condition})"
    _rewrite(table, lambda lines: [line if each.startswith(f"CONSTRAINT {name} ") else each for each in lines])


def on_postgresql() -> bool:
    """Whether this runs on PostgreSQL."""
    return op.get_bind().dialect.name == "postgresql"


def _with_columns(lines: list[str], table: str, columns: Sequence[sa.Column[object]], checks: Checks) -> list[str]:
    """SQLite wrote the new columns behind everything; they stand behind the old ones instead, as it keeps them."""
    dialect = op.get_bind().dialect
    added = [
        f"{column.name} {column.type.compile(dialect)}{'' if column.nullable else ' NOT NULL'}" for column in columns
    ]
    kept = [line for line in lines if line.split(" ", 1)[0] not in {column.name for column in columns}]
    first = next(at for at, line in enumerate(kept) if line.startswith("CONSTRAINT "))
    checked = [f"CONSTRAINT ck_{table}_{name} CHECK ({condition})" for name, condition in checks.items()]
    return kept[:first] + added + kept[first:] + checked


def _rewrite(table: str, change: Callable[[list[str]], list[str]]) -> None:
    """The text of a SQLite table, of which each column and each constraint is a line."""
    connection = op.get_bind()
    text = connection.scalar(
        sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :name"), {"name": table}
    )
    head, body = text.split("(", 1)
    lines = [line.strip().rstrip(",").strip() for line in _lines(body.rsplit(")", 1)[0])]
    written = f"{head}(\n\t" + ", \n\t".join(change([line for line in lines if line])) + "\n)"
    version = connection.scalar(sa.text("PRAGMA schema_version"))
    connection.execute(sa.text("PRAGMA writable_schema = ON"))
    connection.execute(
        sa.text("UPDATE sqlite_master SET sql = :text WHERE type = 'table' AND name = :name"),
        {"text": written, "name": table},
    )
    connection.execute(sa.text(f"PRAGMA schema_version = {version + 1}"))
    connection.execute(sa.text("PRAGMA writable_schema = RESET"))


def _lines(body: str) -> list[str]:
    """The parts of a table's text: what commas outside brackets and quotes divide."""
    parts, depth, quoted = [""], 0, False
    for letter in body:
        quoted ^= letter == "'"
        depth += 0 if quoted else (letter == "(") - (letter == ")")
        if letter == "," and not depth and not quoted:
            parts.append("")
        else:
            parts[-1] += letter
    return parts
