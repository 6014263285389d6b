"""What recurs, and the process that sees to it: the relay's sweep each second, the minute's work each minute.

A recurring job is a row (name, tick): two schedulers, doubled and missed ticks do no harm.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from liveapp.domain.errors import Busy
from liveapp.domain.outbox import queries
from liveapp.domain.outbox import service as outbox
from liveapp.gateways import queue
from liveapp.tasks import attendance, money, payouts, sweeps, video
from liveapp.tasks.relay import relay
from liveapp.tasks.worker import application, perform_here
from liveapp.unit_of_work import transact
from liveapp.web import clock
from liveapp.web.logs import log


@dataclass(frozen=True, slots=True)
class Recurring:
    """A job and how often it runs."""

    name: str
    every: timedelta
    run: Callable[[], Any]


RECURRING = (
    Recurring("advance_sessions", timedelta(minutes=1), sweeps.advance_sessions),
    Recurring("close_sessions", timedelta(minutes=1), attendance.close_sessions),
    Recurring("expire_requests", timedelta(minutes=1), sweeps.expire_requests),
    Recurring("close_payments", timedelta(minutes=1), money.close_payments),
    Recurring("renew_plans", timedelta(minutes=1), money.renew_plans),
    Recurring("process_charges", timedelta(minutes=1), money.process_charges),
    Recurring("promote_waiting", timedelta(minutes=1), sweeps.promote_waiting),
    Recurring("send_waiting_payouts", timedelta(minutes=1), payouts.send_waiting),
    Recurring("turn_plans", timedelta(minutes=1), sweeps.turn_plans),
    Recurring("follow_neglected_links", timedelta(minutes=5), video.follow_neglected),
    Recurring("watch_calendars", timedelta(hours=1), video.watch_calendars),
    Recurring("make_payouts", timedelta(hours=1), payouts.make_payouts),
    Recurring("look_at_payout_accounts", timedelta(hours=1), payouts.look_at_accounts),
    Recurring("grant_credits", timedelta(hours=1), sweeps.grant_credits),
    Recurring("warn_of_lapse", timedelta(hours=1), sweeps.warn_of_lapse),
    Recurring("reconcile", timedelta(days=1), money.reconcile),
    Recurring("extend_series", timedelta(days=1), sweeps.extend_series),
    Recurring("tidy", timedelta(days=1), sweeps.tidy),
)


def tick(now: datetime) -> list[str]:
    """Runs whatever recurs and hasn't run for its present tick; returns the names."""
    ran = []
    for job in RECURRING:
        seconds = int(job.every.total_seconds())
        moment = datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)
        if queries.has_run(name=job.name, tick=moment):
            continue
        if transact(outbox.start_tick, name=job.name, tick=moment):
            _run(job)
            ran.append(job.name)
    return ran


def _run(job: Recurring) -> None:
    """One job's fault must not keep the others, or the mails, from going on."""
    try:
        job.run()
    except (SQLAlchemyError, Busy):
        raise
    except Exception as error:
        log.error("recurring job failed", name=job.name, exc_info=error)


def run_due() -> int:
    """The minute's work by hand: what recurs, then every due message, here, without RQ. Returns the messages done."""
    tick(clock.now())
    done = 0
    while rows := transact(outbox.claim_due, now=clock.now()):
        done += sum(perform_here(message_id) for message_id, _, _ in rows)
    return done


def main() -> None:
    """Relays and ticks until told to stop; lives through the database and Redis being away."""
    stopping: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        stopping.append(number)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    with application().app_context():
        while not stopping:
            try:
                queue.wait_for_nudge(1.0)
                relay()
                tick(clock.now())
            except (SQLAlchemyError, Busy) as error:
                log.warning("database away", at="schedule", error=type(error).__name__)
                time.sleep(1)


if __name__ == "__main__":
    main()
