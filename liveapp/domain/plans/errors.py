"""Why a plan, a subscription or credits can't be changed so."""

from __future__ import annotations

from liveapp.domain.errors import Invalid, Refusal


class BadPlan(Invalid):
    """A plan, program or number that doesn't make sense."""

    code = "bad_plan"


class NotSubscribable(Refusal):
    """A subscription that can't be given, paused, resumed or ended now."""

    code = "not_subscribable"
