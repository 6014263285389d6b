"""The recurring work: each function finds what is due and handles every item in a transaction of its own.

Running one twice, or two at once, does nothing twice. An item that is refused is logged and left for the next run.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial

from liveapp.domain import tidying
from liveapp.domain.bookings import session_changes, waitlist
from liveapp.domain.errors import Refusal
from liveapp.domain.live_sessions import making
from liveapp.domain.meetings import queries, service
from liveapp.domain.plans import credits, subscriptions
from liveapp.domain.plans import queries as plans
from liveapp.rules.plans import warning_due
from liveapp.unit_of_work import transact, transact_in_turn
from liveapp.web import clock
from liveapp.web.logs import log

DAY = timedelta(days=1)


def advance_sessions() -> int:
    """Starts sessions whose time has come and ends those whose time is over. Returns how many steps were taken."""
    now = clock.now()
    return each((row.id, partial(_advance, row.id, row.organization_id)) for row in session_changes.running(now=now))


def expire_requests() -> int:
    """Ends requests that nobody answered in time. Returns how many."""
    due = queries.due_requests(now=clock.now())
    return each((row.id, partial(_expire, row.id, row.host_id)) for row in due)


def promote_waiting() -> int:
    """Gives free places to those who wait, in case the moment was missed, and lets offers go that nobody took in time.
    Returns how many got a place."""
    return each((row.id, partial(_promote, row.id)) for row in waitlist.due(now=clock.now()))


def turn_plans() -> int:
    """What the calendar does to plans: resumes, ends, gives a period's credits, lets unused ones lapse. Returns how
    many changed."""
    now = clock.now()
    return (
        each((row.id, partial(_resume_plan, row.id, row.user_id)) for row in plans.to_resume(now=now))
        + each((row.id, partial(_end_plan, row.id, row.user_id)) for row in plans.to_end(now=now))
        + each((row.id, partial(_lapse, row.id, row.user_id)) for row in plans.to_lapse(now=now))
    )


def grant_credits() -> int:
    """Gives the credits of periods that begin soon. Returns how many periods."""
    return each((row.id, partial(_grant, row.id, row.user_id)) for row in plans.to_grant())


def warn_of_lapse() -> int:
    """Tells people a week and a day before credits lapse. Returns how many were told."""
    return each(_warnings(clock.now()))


def extend_series() -> int:
    """Makes further dates of endless series, twelve months ahead. Returns how many were made."""
    series = making.endless(now=clock.now())
    return each((row.id, partial(_extend, row.id, row.host_id)) for row in series)


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


def _promote(session_id: uuid.UUID) -> int:
    return transact_in_turn([session_id], waitlist.promote, session_id=session_id, now=clock.now())


def _resume_plan(subscription_id: uuid.UUID, user_id: uuid.UUID) -> int:
    resume = subscriptions.resume_by_clock
    return int(transact_in_turn([user_id], resume, subscription_id=subscription_id, now=clock.now()))


def _end_plan(subscription_id: uuid.UUID, user_id: uuid.UUID) -> int:
    end = subscriptions.end_by_clock
    return int(transact_in_turn([user_id], end, subscription_id=subscription_id, now=clock.now()))


def _grant(subscription_id: uuid.UUID, user_id: uuid.UUID) -> int:
    return transact_in_turn([user_id], subscriptions.grant_due, subscription_id=subscription_id, now=clock.now())


def _lapse(lot_id: uuid.UUID, user_id: uuid.UUID) -> int:
    return int(transact_in_turn([user_id], credits.lapse, lot_id=lot_id, now=clock.now()) > 0)


def _warnings(now: datetime) -> Iterator[tuple[uuid.UUID, Callable[[], int]]]:
    for lot in plans.to_warn(now=now):
        days = warning_due(
            days_left=(lot.expires_at - now) / DAY,
            span_days=(lot.expires_at - lot.valid_from) / DAY,
            warned=lot.warned_days,
        )
        if days is not None:
            yield lot.id, partial(_warn, lot.id, lot.user_id, days)


def _warn(lot_id: uuid.UUID, user_id: uuid.UUID, days: int) -> int:
    return int(transact_in_turn([user_id], subscriptions.warn, lot_id=lot_id, days=days, now=clock.now()))


def each(due: Iterable[tuple[uuid.UUID, Callable[[], int]]]) -> int:
    """Does each piece of work in a transaction of its own. Returns how much was done; what is refused is left."""
    done = 0
    for key, work in list(due):
        try:
            done += work()
        except Refusal as refusal:
            log.warning("left for the next run", item=str(key), code=refusal.code)
    return done
