"""Reading offerings, programs and locations. Lists come in pages of 50, by name."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Select, func, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from liveapp.db import AnyRow, db, matches
from liveapp.domain.accounts.models import User
from liveapp.domain.catalogue.models import Location, Offering, Program
from liveapp.domain.errors import NotFound

PAGE = 50
Thing = TypeVar("Thing", Offering, Program, Location)
AnySelect: TypeAlias = Select[*tuple[Any, ...]]


def offerings(
    *,
    organization_id: uuid.UUID,
    archived: bool = False,
    host_id: uuid.UUID | None = None,
    words: str = "",
    after: uuid.UUID | None = None,
) -> Sequence[AnyRow]:
    """One page of offerings by title, of one host where named, and one row more when there is another page.

    Columns: every column of offerings; host_name, program_name, location_name.
    """
    query = (
        select(
            *Offering.__table__.columns,
            User.name.label("host_name"),
            Program.name.label("program_name"),
            Location.name.label("location_name"),
        )
        .outerjoin(User, User.id == Offering.host_id)
        .outerjoin(Program, Program.id == Offering.program_id)
        .outerjoin(Location, Location.id == Offering.location_id)
        .where(Offering.organization_id == organization_id)
    )
    if host_id:
        query = query.where(Offering.host_id == host_id)
    if words:
        query = query.where(matches(Offering.title, words))
    return _page(query, Offering.title, Offering, archived, after)


def programs(*, organization_id: uuid.UUID, archived: bool = False, after: uuid.UUID | None = None) -> Sequence[AnyRow]:
    """One page of programs by name, and one row more when there is another: every column, offering_count."""
    query = select(*Program.__table__.columns, _offerings_of(Offering.program_id, Program.id)).where(
        Program.organization_id == organization_id
    )
    return _page(query, Program.name, Program, archived, after)


def locations(
    *, organization_id: uuid.UUID, archived: bool = False, after: uuid.UUID | None = None
) -> Sequence[AnyRow]:
    """One page of locations by name, and one row more when there is another: every column, offering_count."""
    query = select(*Location.__table__.columns, _offerings_of(Offering.location_id, Location.id)).where(
        Location.organization_id == organization_id
    )
    return _page(query, Location.name, Location, archived, after)


def offering(*, offering_id: uuid.UUID) -> Offering:
    """The offering. Raises NotFound."""
    return _one(Offering, offering_id)


def has_price(*, organization_id: uuid.UUID) -> bool:
    """Whether anything in the catalogue has a price."""
    query = select(Offering.id).where(
        Offering.organization_id == organization_id, Offering.price_minor > 0, Offering.archived_at.is_(None)
    )
    return db.session.execute(query.limit(1)).first() is not None


def program(*, program_id: uuid.UUID) -> Program:
    """The program. Raises NotFound."""
    return _one(Program, program_id)


def location(*, location_id: uuid.UUID) -> Location:
    """The location. Raises NotFound."""
    return _one(Location, location_id)


def program_choices(*, organization_id: uuid.UUID, present: uuid.UUID | None = None) -> dict[uuid.UUID, str]:
    """Programs to choose from, by name: those in use, and the present one also when it is archived."""
    return _choices(Program, organization_id, present)


def location_choices(*, organization_id: uuid.UUID, present: uuid.UUID | None = None) -> dict[uuid.UUID, str]:
    """Locations to choose from, by name: those in use, and the present one also when it is archived."""
    return _choices(Location, organization_id, present)


def _one(table: type[Thing], key: uuid.UUID) -> Thing:
    found = db.session.get(table, key)
    if found is None:
        raise NotFound()
    return found


def _choices(
    table: type[Program] | type[Location], organization_id: uuid.UUID, present: uuid.UUID | None
) -> dict[uuid.UUID, str]:
    query = (
        select(table.id, table.name)
        .where(table.organization_id == organization_id, or_(table.archived_at.is_(None), table.id == present))
        .order_by(func.lower(table.name), table.id)
    )
    return {row.id: row.name for row in db.session.execute(query)}


def _offerings_of(column: InstrumentedAttribute[uuid.UUID | None], owner: InstrumentedAttribute[uuid.UUID]) -> Any:
    counted = select(func.count()).select_from(Offering).where(column == owner, Offering.archived_at.is_(None))
    return counted.scalar_subquery().label("offering_count")


def _page(
    query: AnySelect, name: InstrumentedAttribute[str], table: Any, archived: bool, after: uuid.UUID | None
) -> Sequence[AnyRow]:
    """From the name and id of the row `after` on; the one row too many tells that there is more."""
    query = query.where(table.archived_at.is_not(None) if archived else table.archived_at.is_(None))
    key = tuple_(func.lower(name), table.id)
    if after:
        last = db.session.execute(
            query.with_only_columns(func.lower(name), table.id).where(table.id == after)
        ).one_or_none()
        if last:
            query = query.where(key > tuple_(*last))
    return db.session.execute(query.order_by(func.lower(name), table.id).limit(PAGE + 1)).all()
