"""Whose availability a request is about, and whether the person may run it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from flask import g, request

from liveapp.db import AnyRow
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.accounts.models import Organization
from liveapp.domain.actor import Actor
from liveapp.domain.availability import queries
from liveapp.domain.errors import Forbidden, NotFound
from liveapp.rules.roles import Right, may
from liveapp.web import auth


@dataclass(frozen=True, slots=True)
class Desk:
    """The organization, who asks, and the host it is about."""

    organization: Organization
    actor: Actor
    host: AnyRow

    @property
    def host_id(self) -> uuid.UUID:
        host_id: uuid.UUID = self.host.user_id
        return host_id

    @property
    def is_own(self) -> bool:
        return self.actor.user_id == self.host_id

    @property
    def whose(self) -> dict[str, Any]:
        """What an address must say so that it is about the same host."""
        return {} if self.is_own else {"host": self.host.slug}


def desk() -> Desk:
    """The desk of the host that the address names (`host`, a slug or id), else one's own."""
    organization = auth.current_organization()
    actor = auth.require(organization.id, Right.RUN_OWN_AVAILABILITY)
    name = request.args.get("host") or str(actor.user_id)
    return _checked(Desk(organization, actor, queries.host(organization_id=organization.id, name=name)))


def desk_of(organization_id: uuid.UUID, host_id: uuid.UUID) -> Desk:
    """The desk that a row belongs to: its own organization's, whichever one the person's lists show."""
    actor = auth.require(organization_id, Right.RUN_OWN_AVAILABILITY)
    g.organization = accounts.organization_by_id(organization_id=organization_id)
    host = queries.host(organization_id=organization_id, name=str(host_id))
    return _checked(Desk(g.organization, actor, host))


def weekday(day: int) -> int:
    """A day of the week from an address, 0 = Monday … 6 = Sunday. Raises NotFound."""
    if not 0 <= day <= 6:
        raise NotFound("A week has days from 0 (Monday) to 6 (Sunday).")
    return day


def _checked(found: Desk) -> Desk:
    if not found.is_own and not may(found.actor.role, Right.RUN_ANY_AVAILABILITY):
        raise Forbidden("Only owners and admins change other people's availability.")
    return found
