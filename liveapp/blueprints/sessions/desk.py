"""The session that a request is about, who asks, and what this deployment allows."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TypeVar

from flask import current_app, g

from liveapp.db import AnyRow
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.accounts.models import Organization
from liveapp.domain.actor import Actor
from liveapp.domain.attendance.access import checks_in
from liveapp.domain.bookings import access
from liveapp.domain.bookings import queries as bookings
from liveapp.domain.errors import Forbidden, NotFound
from liveapp.domain.live_sessions import queries
from liveapp.domain.live_sessions.details import Limits
from liveapp.forms.sessions import DetailsForm
from liveapp.rules import checkin
from liveapp.rules.checkin import Entry
from liveapp.rules.roles import Right, may
from liveapp.web import auth, clock

F = TypeVar("F", bound=DetailsForm)


@dataclass(frozen=True, slots=True)
class Desk:
    """A session with everything its page says, its organization, and the staff member who asks."""

    session: AnyRow
    organization: Organization
    actor: Actor

    @property
    def runs_roster(self) -> bool:
        """Whether they may change who comes: the session's host may, and who runs the schedule."""
        return access.runs_roster(self.session, self.actor)

    @property
    def names_only(self) -> bool:
        """Whether they read of who comes what checking in needs, and no more: names and states."""
        opened = self.organization.coaches_read_rosters
        return not access.reads_roster(self.session, self.actor, opened=opened)

    @property
    def checks_in(self) -> bool:
        """Whether they may say who came."""
        return checks_in(self.session, self.actor)

    @property
    def is_open(self) -> bool:
        """Whether it is the time to check in, for somebody who has a place."""
        row, opens_minutes = self.session, self.organization.check_in_opens_minutes
        return checkin.is_open(
            Entry(row.scheduled_at, row.ends_at, opens_minutes, row.status, "confirmed"), clock.now()
        )


def opened(session_id: uuid.UUID) -> Desk:
    """The session, for the staff of its own organization: strangers find nothing, members are refused. A meeting is for
    its host and for who runs the schedule."""
    session = queries.session(session_id=session_id)
    actor = auth.staff(session.organization_id)
    if session.type == "meeting" and not access.runs_roster(session, actor):
        raise Forbidden("This is another host's meeting. Owners and admins can open it.")
    g.organization = accounts.organization_by_id(organization_id=session.organization_id)
    return Desk(session, g.organization, actor)


def opened_booking(session_id: uuid.UUID, booking_id: uuid.UUID) -> tuple[Desk, AnyRow]:
    """One booking of the session, for the host and for who runs the schedule; columns as `bookings.queries.booking`."""
    desk = opened(session_id)
    booking = bookings.booking(booking_id=booking_id)
    if booking.session_id != session_id:
        raise NotFound()
    if not desk.runs_roster:
        raise Forbidden()
    return desk, booking


def limits() -> Limits:
    """The shortest and longest session here."""
    settings = current_app.extensions["settings"]
    return Limits(shortest=settings.min_session_duration, longest=settings.max_session_duration)


def with_choices(form: F, actor: Actor) -> F:
    """The form with its hosts and locations to choose from."""
    only = None if may(actor.role, Right.EDIT_ANY_SESSION) else actor.user_id
    form.offer(
        accounts.hosts(organization_id=actor.organization_id),
        queries.locations(organization_id=actor.organization_id),
        only=only,
    )
    return form
