"""Why an account can't be connected."""

from __future__ import annotations

from liveapp.domain.errors import Refusal


class BadState(Refusal):
    """Whoever comes back from a provider isn't who went there, or went there long ago, or comes back again."""

    status = 400
    code = "bad_state"
    sentence = (
        "This way back from the provider was used already, is too old, or isn't yours, so nothing was connected."
        " Begin again on the page Video."
    )
