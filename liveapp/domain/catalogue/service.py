"""Making, changing and archiving offerings, programs and locations.

What is made from an offering keeps what it was made with: a change shows in new sessions only. Coaches run the
offerings that they host. A location's exclusiveness reaches into sessions: it is changed in `live_sessions.rooms`.
"""

from __future__ import annotations

import uuid
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from liveapp.db import db
from liveapp.domain.accounts.models import Organization
from liveapp.domain.actor import Actor
from liveapp.domain.audit import service as audit
from liveapp.domain.catalogue.checks import check_host, check_offering, check_right
from liveapp.domain.catalogue.details import Lengths, LocationDetails, OfferingDetails, ProgramDetails
from liveapp.domain.catalogue.models import Location, Offering, Program
from liveapp.domain.errors import NotFound
from liveapp.domain.idempotency import service as idempotency
from liveapp.rules.slugs import free_slug, slug_of


def add_offering(
    *, actor: Actor, details: OfferingDetails, lengths: Lengths, now: datetime, key: str | None = None
) -> uuid.UUID:
    """A new offering, in the organization's currency, with a public name that stays. Returns its id."""
    offering_id = uuid.uuid4()
    before = idempotency.claim(key, offering_id, now=now)
    if before:
        return before
    organization = _organization(actor)
    check_offering(actor, details, organization, lengths)
    values = details.columns() | {
        "slug": _free_slug(actor.organization_id, details.title),
        "currency": organization.currency,
    }
    _insert(Offering, "offering", offering_id, actor, values, now)
    return offering_id


def change_offering(
    *, actor: Actor, offering_id: uuid.UUID, details: OfferingDetails, lengths: Lengths, now: datetime
) -> None:
    """Writes what changed. The public name and the sessions made so far stay as they are."""
    present = _own(Offering, actor, offering_id)
    check_host(actor, present.host_id)
    check_offering(actor, details, _organization(actor), lengths, present)
    _update(Offering, "offering", actor, present, details.columns(), now)


def add_program(*, actor: Actor, details: ProgramDetails, now: datetime, key: str | None = None) -> uuid.UUID:
    """A new program. Returns its id. Raises NameTaken."""
    program_id = uuid.uuid4()
    before = idempotency.claim(key, program_id, now=now)
    if before:
        return before
    check_right(actor)
    _insert(Program, "program", program_id, actor, asdict(details), now)
    return program_id


def change_program(*, actor: Actor, program_id: uuid.UUID, details: ProgramDetails, now: datetime) -> None:
    """Writes what changed. Raises NameTaken."""
    check_right(actor)
    _update(Program, "program", actor, _own(Program, actor, program_id), asdict(details), now)


def add_location(
    *, actor: Actor, details: LocationDetails, is_exclusive: bool, now: datetime, key: str | None = None
) -> uuid.UUID:
    """A new location. Returns its id. Raises NameTaken."""
    location_id = uuid.uuid4()
    before = idempotency.claim(key, location_id, now=now)
    if before:
        return before
    check_right(actor)
    values = asdict(details) | {"is_exclusive": is_exclusive}
    _insert(Location, "location", location_id, actor, values, now)
    return location_id


def change_location(
    *, actor: Actor, location_id: uuid.UUID, details: LocationDetails, is_exclusive: bool, now: datetime
) -> None:
    """Writes what changed. Raises NameTaken. Call `live_sessions.rooms.change_location`, which minds the sessions."""
    check_right(actor)
    values = asdict(details) | {"is_exclusive": is_exclusive}
    _update(Location, "location", actor, _own(Location, actor, location_id), values, now)


def archive_offering(*, actor: Actor, offering_id: uuid.UUID, now: datetime) -> None:
    """Out of the lists and not bookable; its sessions stay."""
    _set_archived(Offering, "offering", actor, offering_id, now)


def restore_offering(*, actor: Actor, offering_id: uuid.UUID, now: datetime) -> None:
    """Back in the lists."""
    _set_archived(Offering, "offering", actor, offering_id, now, archived=False)


def archive_program(*, actor: Actor, program_id: uuid.UUID, now: datetime) -> None:
    """Not to be chosen any more; its offerings stay in it."""
    _set_archived(Program, "program", actor, program_id, now)


def restore_program(*, actor: Actor, program_id: uuid.UUID, now: datetime) -> None:
    """To be chosen again."""
    _set_archived(Program, "program", actor, program_id, now, archived=False)


def archive_location(*, actor: Actor, location_id: uuid.UUID, now: datetime) -> None:
    """Not to be chosen any more; sessions there stay there."""
    _set_archived(Location, "location", actor, location_id, now)


def restore_location(*, actor: Actor, location_id: uuid.UUID, now: datetime) -> None:
    """To be chosen again."""
    _set_archived(Location, "location", actor, location_id, now, archived=False)


def _set_archived(
    table: Any, object_type: str, actor: Actor, key: uuid.UUID, now: datetime, archived: bool = True
) -> None:
    present = _own(table, actor, key)
    if table is Offering:
        check_host(actor, present.host_id)
    else:
        check_right(actor)
    if (present.archived_at is not None) == archived:
        return
    _write(table, present.id, {"archived_at": now if archived else None})
    action = f"{object_type}.{'archive' if archived else 'restore'}"
    _record(
        actor, action, object_type, present.id, now,
        before={"archived_at": present.archived_at}, after={"archived_at": now if archived else None},
    )  # fmt: skip


def _insert(table: Any, object_type: str, key: uuid.UUID, actor: Actor, values: dict[str, Any], now: datetime) -> None:
    db.session.execute(insert(table).values(id=key, organization_id=actor.organization_id, created_at=now, **values))
    said = {name: value for name, value in values.items() if value not in (None, "", [], ())}
    _record(actor, f"{object_type}.add", object_type, key, now, after=said)


def _update(table: Any, object_type: str, actor: Actor, present: Any, values: dict[str, Any], now: datetime) -> None:
    before = {name: getattr(present, name) for name, value in values.items() if getattr(present, name) != value}
    if not before:
        return
    after = {name: values[name] for name in before}
    _write(table, present.id, after)
    _record(actor, f"{object_type}.change", object_type, present.id, now, before=before, after=after)


def _write(table: Any, key: uuid.UUID, values: dict[str, Any]) -> None:
    db.session.execute(update(table).where(table.id == key).values(**values))


def _own(table: Any, actor: Actor, key: uuid.UUID) -> Any:
    """The row in the actor's organization. Raises NotFound."""
    query = select(*table.__table__.columns).where(table.id == key, table.organization_id == actor.organization_id)
    found = db.session.execute(query).one_or_none()
    if found is None:
        raise NotFound()
    return found


def _organization(actor: Actor) -> Organization:
    return db.session.execute(select(Organization).where(Organization.id == actor.organization_id)).scalar_one()


def _free_slug(organization_id: uuid.UUID, title: str) -> str:
    wanted = slug_of(title, "offering")
    query = select(Offering.slug).where(
        Offering.organization_id == organization_id, Offering.slug.startswith(wanted, autoescape=True)
    )
    return free_slug(title, "offering", set(db.session.execute(query).scalars()))


def _record(
    actor: Actor, action: str, object_type: str, object_id: uuid.UUID, now: datetime, **changes: dict[str, Any]
) -> None:
    audit.record(actor=actor, action=action, object_type=object_type, object_id=object_id, now=now, **changes)  # type: ignore[arg-type]
