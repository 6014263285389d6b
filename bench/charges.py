"""How long ten workers take to charge ten thousand saved cards, and how the pages do meanwhile.

Run: python bench/charges.py [number]. A pretend Stripe that takes 300 ms for each call, PostgreSQL, a queue server, the
scheduler, ten workers and the site under gunicorn, all on this machine. About ten minutes.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import _site

from liveapp.dev import embedded_valkey, processes
from liveapp.dev.stripe_simulator import Simulator

NUMBER = 10_000
WORKERS = 10
SLOW_MS = 300
SECRET = "whsec_measured"


@dataclass(frozen=True)
class Shop:
    """What `owing` asks of a till."""

    organization_id: Any
    session_id: Any


def main() -> None:
    """Prints the seconds until all are charged, and a page's times before and meanwhile."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else NUMBER
    with ExitStack() as stack:
        database = stack.enter_context(_site.database())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stripe = stack.enter_context(Simulator())
        socket = folder / "valkey.sock"
        environment = _site.site(database.url) | {
            "STRIPE_SECRET_KEY": "sk_test_1", "STRIPE_WEBHOOK_SECRET": SECRET, "STRIPE_API_BASE": stripe.url,
            "REDIS_URL": embedded_valkey.url(socket), "DATABASE_POOL_SIZE": "2", "MAIL_DIRECTORY": str(folder / "mail"),
        }  # fmt: skip
        os.environ |= environment
        session_id = _fill(number)
        stripe.control("faults", rules=[{"match": "*", "fault": "slow", "ms": SLOW_MS}])
        port = stack.enter_context(_site.served("app:app", **environment | {"DATABASE_POOL_SIZE": "8"}))
        address = f"/book/studio/sessions/{session_id}"
        print("a page, before:", _said(_look(port, address, 200)))
        running = stack.enter_context(_processes(folder, socket))
        print(f"{number:,} cards, {running} processes, {SLOW_MS} ms a call:", _drained(number, port, address))


def _fill(number: int) -> Any:
    """So many people who owe, and a class to look at; its id."""
    from app import app
    from tests import cast
    from tests.faults.owing import owing

    now = datetime.now(UTC).replace(microsecond=0)
    with app.app_context():
        organization_id = cast.organization(payment_provider="stripe")
        ada = cast.staff(organization_id)
        session_id = cast.session(organization_id, ada, cast.offering(organization_id), now + timedelta(days=2))
        owing(Shop(organization_id, session_id), number, now - timedelta(minutes=1))
    return session_id


def _drained(number: int, port: int, address: str) -> str:
    """Waits until everything is charged, looking at a page all the while."""
    from sqlalchemy import func, select

    from app import app
    from liveapp.db import db
    from liveapp.domain.payments.models import Payment

    looks: list[_site.Answer] = []
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.2):
            looks.append(_site.ask(port, _site.get(address)))

    watching = threading.Thread(target=look)
    watching.start()
    begun = time.perf_counter()
    counts: Counter[str] = Counter()
    with app.app_context():
        while counts["paid"] < number and time.perf_counter() - begun < 1800:
            time.sleep(2)
            db.session.rollback()
            counts = Counter(
                dict(db.session.execute(select(Payment.status, func.count()).group_by(Payment.status)).all())
            )
    seconds = time.perf_counter() - begun
    done.set()
    watching.join()
    return f"{seconds:.0f} s, {dict(counts)}; a page meanwhile: {_said(looks)}"


def _look(port: int, address: str, times: int) -> list[_site.Answer]:
    return [_site.ask(port, _site.get(address)) for _ in range(times)]


def _said(answers: list[_site.Answer]) -> str:
    median, worst = _site.quantiles(answers)
    wrong = sum(answer.status != 200 for answer in answers)
    return f"p50 {median:.0f} ms, p99 {worst:.0f} ms of {len(answers)}, {wrong} not answered"


@contextmanager
def _processes(folder: Path, socket: Path) -> Iterator[int]:
    """Queue server, scheduler and workers; how many they are."""
    commands = [embedded_valkey.command(folder, socket, durable=False)]
    commands += [[sys.executable, "-m", "liveapp.tasks.worker"]] * WORKERS
    commands += [[sys.executable, "-m", "liveapp.tasks.schedule"]]
    started = []
    try:
        for place, command in enumerate(commands):
            log = folder / f"{place}.log"
            started.append(processes.start(command, environment=dict(os.environ), folder=_site.ROOT, log=log))
            if place == 0:
                assert embedded_valkey.wait_for(embedded_valkey.url(socket))
        yield len(started)
    finally:
        processes.stop(started, patience=10)


if __name__ == "__main__":
    main()
