"""What the wall clock of a zone shows at a stored moment, asked inside a query: weekday and minute of the day.

PostgreSQL knows the zones itself; on SQLite the connection brings the two functions along (`db.set_up_engine`).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class local_weekday(FunctionElement[int]):  # noqa: N801
    """local_weekday(moment, zone): 0 is Monday."""

    name = "local_weekday"
    type = Integer()
    inherit_cache = True


class local_minute(FunctionElement[int]):  # noqa: N801
    """local_minute(moment, zone): minutes after midnight."""

    name = "local_minute"
    type = Integer()
    inherit_cache = True


@compiles(local_weekday, "postgresql")
def _weekday(element: local_weekday, compiler: SQLCompiler, **options: Any) -> str:
    return f"(extract(isodow FROM {_local(element, compiler, **options)})::int - 1)"


@compiles(local_minute, "postgresql")
def _minute(element: local_minute, compiler: SQLCompiler, **options: Any) -> str:
    local = _local(element, compiler, **options)
    return f"(extract(hour FROM {local})::int * 60 + extract(minute FROM {local})::int)"


@compiles(local_weekday, "sqlite")
@compiles(local_minute, "sqlite")
def _brought_along(element: FunctionElement[int], compiler: SQLCompiler, **options: Any) -> str:
    return f"{element.name}({compiler.process(element.clauses, **options)})"


def _local(element: FunctionElement[int], compiler: SQLCompiler, **options: Any) -> str:
    moment, zone = element.clauses
    return f"timezone({compiler.process(zone, **options)}, {compiler.process(moment, **options)})"
