"""The recurring work: each function finds what is due and handles every item in a transaction of its own.

Running one twice, or two at once, does nothing twice. An item that is refused is logged and left for the next run.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from functools import partial

from liveapp.domain import tidying
from liveapp.domain.bookings import session_changes
from liveapp.domain.errors import Refusal
from liveapp.domain.live_sessions import making
from liveapp.domain.meetings import queries, service
from liveapp.unit_of_work import transact, transact_in_turn
from liveapp.web import clock
from liveapp.web.logs import log


def advance_sessions() -> int:
    """Starts sessions whose time has come and ends those whose time is over. Returns how many steps were taken."""
    now = clock.now()
    return _each((row.id, partial(_advance, row.id, row.organization_id)) for row in session_changes.running(now=now))


def expire_requests() -> int:
    """Ends requests that nobody answered in time. Returns how many."""
    due = queries.due_requests(now=clock.now())
    return _each((row.id, partial(_expire, row.id, row.host_id)) for row in due)


def extend_series() -> int:
    """Makes further dates of endless series, twelve months ahead. Returns how many were made."""
    series = making.endless(now=clock.now())
    return _each((row.id, partial(_extend, row.id, row.host_id)) for row in series)


def tidy() -> None:
    """Takes away what nobody needs any more."""
    transact(tidying.tidy, now=clock.now())


def _advance(session_id: uuid.UUID, organization_id: uuid.UUID) -> int:
    return transact_in_turn(
        [session_id],
        session_changes.advance,
        session_id=session_id,
        organization_id=organization_id,
        now=clock.now(),
    )


def _expire(booking_id: uuid.UUID, host_id: uuid.UUID) -> int:
    return int(transact_in_turn([host_id], service.expire, booking_id=booking_id, now=clock.now()))


def _extend(series_id: uuid.UUID, host_id: uuid.UUID) -> int:
    return transact_in_turn([host_id], making.extend, series_id=series_id, now=clock.now())


def _each(due: Iterable[tuple[uuid.UUID, Callable[[], int]]]) -> int:
    done = 0
    for key, work in list(due):
        try:
            done += work()
        except Refusal as refusal:
            log.warning("left for the next run", item=str(key), code=refusal.code)
    return done
