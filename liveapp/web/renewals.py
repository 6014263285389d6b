"""What the renewal of each plan is shown with."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from liveapp.domain.bookings.held import Holding
from liveapp.domain.payments import renewals
from liveapp.domain.payments.renewals import Renewal


def renewals_of(holdings: Sequence[Holding]) -> dict[uuid.UUID, Renewal]:
    """What the next period costs of those plans that are paid period by period, by their ids; nothing is asked where
    there is none."""
    ids = [held.subscription.id for held in holdings if held.subscription.paid_until is not None]
    return renewals.renewals_of(subscription_ids=ids) if ids else {}
