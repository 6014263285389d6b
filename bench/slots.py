"""How long the slots of one host's month, and of ten hosts', take beside a bare loop over merged intervals.

Run: python bench/slots.py. Goals: one host, 30 days, 50 busy blocks ≤ 1 ms; ten hosts ≤ 10 ms (medians).
"""

import random
import statistics
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from liveapp.rules.busy import Busy, BusyKind
from liveapp.rules.event_rules import EventRules
from liveapp.rules.intervals import edges, inside, merge
from liveapp.rules.slots import offered
from liveapp.rules.windows import Schedule, Window

NOW = datetime(2026, 3, 10, 8, 3, 20, tzinfo=UTC)
FIRST, LAST = date(2026, 3, 11), date(2026, 4, 9)
EVENT = EventRules(duration=30, min_notice=120, buffer_before=5, buffer_after=10, per_day=12)
ZONES = ("Europe/Madrid", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC")
ROUNDS = 200


def main() -> None:
    """Print the medians and their ratio to the bare loop."""
    hosts = [(schedule(zone), busy_blocks(seed)) for seed, zone in enumerate(ZONES * 2)]
    count = len(slots(*hosts[0]))
    bare = median(lambda: bare_loop(hosts[0][1]))
    one = median(lambda: slots(*hosts[0]))
    ten = median(lambda: [slots(*host) for host in hosts])
    print(f"bare merged-interval loop      {bare:7.3f} ms")
    print(f"one host, 30 days, 50 blocks   {one:7.3f} ms  {one / bare:5.1f} × bare  ({count} slots)")
    print(f"ten hosts                      {ten:7.3f} ms  {ten / bare:5.1f} × bare")


def slots(host: Schedule, busy: list[Busy]) -> tuple[object, ...]:
    """One host's month as a guest in Lisbon asks for it."""
    return offered(host, EVENT, busy, NOW, FIRST, LAST, "Europe/Lisbon")


def schedule(timezone: str) -> Schedule:
    """Two windows on each working day."""
    hours = (Window(9 * 60, 12 * 60 + 30), Window(13 * 60 + 30, 18 * 60))
    return Schedule(timezone, dict.fromkeys(range(5), hours))


def busy_blocks(seed: int) -> list[Busy]:
    """Fifty busy blocks of 15 to 90 minutes over the month, some touching, some outside events."""
    pick = random.Random(seed)
    start = datetime(2026, 3, 11, tzinfo=UTC)
    kinds = (BusyKind.BOOKING, BusyKind.EXTERNAL, BusyKind.SESSION)
    blocks = []
    for number in range(50):
        at = start + timedelta(minutes=pick.randrange(30 * 24 * 12) * 5)
        length = timedelta(minutes=15 * pick.randint(1, 6))
        blocks.append(Busy(at, at + length, kinds[number % 3], buffer_after=10))
    return blocks


def bare_loop(busy: list[Busy]) -> list[int]:
    """The least that any answer must do: merge the blocks and try each start of the grid."""
    blocks = [(int(b.start.timestamp()) // 60 - 29, int(b.end.timestamp()) // 60) for b in busy]
    taken = edges(merge(blocks))
    origin = int(datetime(2026, 3, 11, tzinfo=UTC).timestamp()) // 60
    working = (origin + day * 1440 for day in range(30) if (day + 2) % 7 < 5)
    return [
        start
        for day in working
        for low, high in ((540, 720), (810, 1050))
        for start in range(day + low, day + high + 1, 30)
        if not inside(taken, start)
    ]


def median(work: Callable[[], object]) -> float:
    """Milliseconds of the median round, after one to warm up."""
    work()
    times = []
    for _ in range(ROUNDS):
        began = perf_counter()
        work()
        times.append((perf_counter() - began) * 1000)
    return statistics.median(times)


if __name__ == "__main__":
    main()
