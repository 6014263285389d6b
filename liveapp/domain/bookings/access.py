"""Who may do what with a booking: one place that loads it for a change, and asks whose it is."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import ColumnElement, null
from sqlalchemy.orm import InstrumentedAttribute

from liveapp.db import AnyRow
from liveapp.domain.actor import Actor
from liveapp.domain.bookings import places
from liveapp.domain.errors import Forbidden, NotFound
from liveapp.rules.lifecycle import BOOKING, may_use


def own(booking_id: uuid.UUID, actor: Actor | None) -> AnyRow:
    """The booking as `places.held_by` gives it: for its holder (`actor` empty), or for staff who run its roster.

    Raises NotFound, Forbidden.
    """
    booking = places.held_by(booking_id)
    if actor is not None:
        check_runs_roster(booking, actor)
    return booking


def check_runs_roster(row: AnyRow, actor: Actor) -> None:
    """Who comes is changed by the session's host, and by who runs the schedule. `row` has organization_id and host_id.

    Raises NotFound for people of other organizations, Forbidden for the wrong role.
    """
    if row.organization_id != actor.organization_id:
        raise NotFound()
    if not runs_roster(row, actor):
        raise Forbidden()


def reads_roster(row: AnyRow, actor: Actor, *, opened: bool) -> bool:
    """Whether staff of the organization read more of who comes than names and states: who runs the roster does, and
    everybody where the business opened it (`organizations.coaches_read_rosters`)."""
    return opened or runs_roster(row, actor)


def readable(column: ColumnElement[Any] | InstrumentedAttribute[Any], *, names_only: bool) -> ColumnElement[Any]:
    """A column of a roster; nothing of it for who reads names and states only."""
    return null().label(column.key) if names_only else column.label(column.key)


def runs_roster(row: AnyRow, actor: Actor) -> bool:
    """Whether somebody of the organization may change who comes."""
    is_host = actor.is_staff and row.host_id == actor.user_id
    return may_use(BOOKING, "cancel", role=actor.role, is_host=is_host)
