"""Why a plan, a subscription or credits can't be changed so."""

from __future__ import annotations

from liveapp.domain.errors import Invalid


class BadPlan(Invalid):
    """A plan, program or number that doesn't make sense."""

    code = "bad_plan"
