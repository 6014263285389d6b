"""Where an online session takes place: by which provider, and what has to be done about its link there."""

from __future__ import annotations

import enum
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

PROVIDERS = ("url", "jitsi", "zoom", "google_meet")
"""A link of the host's own, a room that needs no account, and the providers that hosts connect an account of."""
CONNECTED = ("zoom", "google_meet")
NAMES = {"url": "Own link", "jitsi": "Jitsi", "zoom": "Zoom", "google_meet": "Google Meet"}
SERIES_AHEAD = timedelta(days=14)
"""Links of a series' dates are made so long before them: a year of dates at once is more than a provider takes."""
PUBLIC = ("scheduled", "live")


class Deed(enum.StrEnum):
    """What is to be done about a link at its provider."""

    MAKE = "make"
    CHANGE = "change"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The link that a session is to have: at which provider, in whose account, for when and what."""

    provider: str
    host_id: Hashable
    starts_at: datetime
    minutes: int
    title: str


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it is: `wanted` (not made yet), `made` or `leaving` (to be removed). `made_as`: what the provider was
    told last."""

    key: Hashable
    state: str
    provider: str
    host_id: Hashable
    made_as: Wanted | None = None


def provider_of(session_format: str, chosen: str | None, url: str | None) -> str | None:
    """The provider of a session: what was chosen, else the host's own link, else a room that needs no account.

    None in person; a chosen own link that isn't there is a room too, so that nobody stands before nothing.
    """
    if session_format != "online":
        return None
    if chosen in (None, "url"):
        return "url" if url else "jitsi"
    return chosen


def is_due(*, status: str, starts_at: datetime, ends_at: datetime, is_of_series: bool, now: datetime) -> bool:
    """Whether a session has to have its link: once people can come, and for dates of a series two weeks ahead."""
    return status in PUBLIC and now < ends_at and (not is_of_series or starts_at - now <= SERIES_AHEAD)


def deeds(wanted: Wanted | None, links: Sequence[Link]) -> list[tuple[Link | None, Deed]]:
    """What is to be done, the new link before the old one goes; None stands for a link that isn't written down yet."""
    kept = [each for each in links if each.state != "leaving" and _serves(each, wanted)]
    going: list[tuple[Link | None, Deed]] = [(each, Deed.REMOVE) for each in links if each not in kept]
    if wanted is None:
        return going
    if not kept:
        return [(None, Deed.MAKE), *going]
    return [*_towards(kept[0], wanted), *going]


def _serves(link: Link, wanted: Wanted | None) -> bool:
    return wanted is not None and (link.provider, link.host_id) == (wanted.provider, wanted.host_id)


def _towards(link: Link, wanted: Wanted) -> list[tuple[Link | None, Deed]]:
    if link.state == "wanted":
        return [(link, Deed.MAKE)]
    return [] if link.made_as == wanted else [(link, Deed.CHANGE)]
