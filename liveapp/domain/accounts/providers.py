"""How organizations are paid, as far as this deployment can: without keys for cards nobody is asked to pay by one."""

from __future__ import annotations

_takes_cards = False


def set_up(*, takes_cards: bool) -> None:
    """Whether the deployment has keys, said once at start."""
    global _takes_cards
    _takes_cards = takes_cards


def in_force(provider: str) -> str:
    """What holds of an organization's `payment_provider`: cards without keys are no way to pay, so nothing is asked."""
    return "none" if provider == "stripe" and not _takes_cards else provider
