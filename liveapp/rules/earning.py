"""Who earns what people pay by card: the business, the host, or both by shares."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from liveapp.rules.money import HUNDREDTHS, WHOLE


class Earns(StrEnum):
    """An organization's setting; `automatic`: the business where it has more than one host, else the host."""

    AUTOMATIC = "automatic"
    BUSINESS = "business"
    HOST = "host"
    SHARES = "shares"


@dataclass(frozen=True, slots=True)
class Shared:
    """The host's part of what is left of a payment after the platform's fee: the organization's general one, and one of
    the host or of the offering's own (whole percents; empty: as the general one)."""

    general: int = 100
    of_host: int | None = None
    of_offering: int | None = None


def host_hundredths(earns: Earns, *, hosts: int, shared: Shared = Shared()) -> int:
    """The host's part (hundredths of a percent): what isn't theirs is the business's. An offering's own share goes
    before the host's own, and both before the general one."""
    match earns:
        case Earns.BUSINESS:
            return 0
        case Earns.HOST:
            return WHOLE
        case Earns.AUTOMATIC:
            return 0 if hosts > 1 else WHOLE
    own = (each for each in (shared.of_offering, shared.of_host) if each is not None)
    return next(own, shared.general) * HUNDREDTHS
