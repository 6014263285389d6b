"""One meeting, for its host or for who runs the schedule."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from flask import g

from liveapp.db import AnyRow
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.actor import Actor
from liveapp.domain.bookings import queries as bookings
from liveapp.domain.errors import Forbidden, NotFound
from liveapp.rules.lifecycle import BOOKING, verbs
from liveapp.rules.roles import Right, may
from liveapp.web import auth


@dataclass(frozen=True, slots=True)
class Meeting:
    """A row of `bookings.queries.booking`, and who asks."""

    row: AnyRow
    actor: Actor

    @property
    def turn(self) -> list[uuid.UUID]:
        """What every change of the meeting takes its turn on: the host's time."""
        return [self.row.host_id]

    @property
    def timezone(self) -> str:
        """The zone that staff see it in."""
        timezone: str = self.row.organization_timezone
        return timezone

    @property
    def verbs(self) -> tuple[str, ...]:
        """What the person may do with it in its state."""
        is_host = self.actor.user_id == self.row.host_id
        return verbs(BOOKING, self.row.status, role=self.actor.role, is_host=is_host)


def meeting(booking_id: uuid.UUID) -> Meeting:
    """The meeting, if it is the person's own or they run the schedule: else Forbidden, or NotFound for strangers."""
    row = bookings.booking(booking_id=booking_id)
    actor = auth.require(row.organization_id, Right.ANSWER_MEETINGS)
    if row.type != "meeting":
        raise NotFound()
    if row.host_id != actor.user_id and not may(actor.role, Right.ANSWER_ANY_MEETING):
        raise Forbidden("This is another host's meeting. Owners and admins can open it.")
    g.organization = accounts.organization_by_id(organization_id=row.organization_id)
    return Meeting(row, actor)
