"""Whose money a page is about, and who may look at it."""

from __future__ import annotations

import uuid

from liveapp.domain.actor import Actor
from liveapp.domain.errors import Forbidden, NotFound
from liveapp.domain.payouts import queries
from liveapp.domain.payouts.earners import Earner
from liveapp.rules.roles import Right
from liveapp.web import auth
from liveapp.web.arguments import id_from

BUSINESS = "business"
"""How addresses and forms name the business itself, where they otherwise have a host's id."""


def earner_named(organization_id: uuid.UUID, name: str) -> Earner:
    """The host with that id, or the business. Raises NotFound for anybody who never worked here."""
    if name == BUSINESS:
        return Earner(organization_id, None)
    host_id = id_from(name)
    if host_id is None or not queries.belongs(organization_id=organization_id, user_id=host_id):
        raise NotFound()
    return Earner(organization_id, host_id)


def name_of(earner: Earner) -> str:
    """As `earner_named` reads it."""
    return str(earner.host_id or BUSINESS)


def viewer_of(earner: Earner) -> Actor:
    """The signed-in person, if they may see this earner's money: hosts their own, owners and admins everybody's."""
    someone = auth.staff(earner.organization_id)
    return someone if is_own(earner) else auth.require(earner.organization_id, Right.VIEW_MONEY_OF_OTHERS)


def setter_of(earner: Earner) -> Actor:
    """The signed-in person, if it is theirs to say where this earner is paid: hosts for themselves, owners for the
    business."""
    someone = auth.staff(earner.organization_id)
    if is_own(earner):
        return someone
    if earner.host_id is not None:
        raise Forbidden("Only they can say where they are paid: it is their own account.")
    return auth.require(earner.organization_id, Right.MANAGE_MONEY)


def may_set_up(earner: Earner, *, is_owner: bool) -> bool:
    """As `setter_of`, as a question."""
    return is_own(earner) or (earner.host_id is None and is_owner)


def is_own(earner: Earner) -> bool:
    """Whether it is the signed-in person's own money."""
    return earner.host_id == auth.person().user_id
