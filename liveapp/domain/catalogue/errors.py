"""Why something in the catalogue can't be made or changed."""

from __future__ import annotations

from liveapp.domain.errors import Forbidden, Invalid


class NotYourOffering(Forbidden):
    """A coach runs their own offerings only."""

    code = "not_your_offering"
    sentence = "This offering belongs to somebody else. You can change the ones that you host."


class BadChoice(Invalid):
    """A host, program or location that can't be chosen."""

    code = "bad_choice"
