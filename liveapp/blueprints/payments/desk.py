"""One payment, for who may see everybody's money."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from flask import g

from liveapp.db import AnyRow
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.actor import Actor
from liveapp.domain.payments import lists
from liveapp.rules.roles import Right, may
from liveapp.web import auth


@dataclass(frozen=True, slots=True)
class Desk:
    """A payment as `lists.payment`, and who asks."""

    payment: AnyRow
    actor: Actor

    @property
    def may_give_back(self) -> bool:
        return may(self.actor.role, Right.GIVE_MONEY_BACK)


def opened(payment_id: uuid.UUID, right: Right = Right.VIEW_MONEY_OF_OTHERS) -> Desk:
    """The payment: strangers find nothing, who doesn't have the right is refused."""
    payment = lists.payment(payment_id=payment_id)
    actor = auth.require(payment.organization_id, right)
    g.organization = accounts.organization_by_id(organization_id=payment.organization_id)
    return Desk(payment, actor)
