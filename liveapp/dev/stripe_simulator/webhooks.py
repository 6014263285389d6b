"""Webhooks: every event, signed, sent to one address by a few threads, and sent again until it is taken.

The order isn't kept, as at Stripe. Deliveries can be doubled, shuffled, delayed and withheld.
"""

from __future__ import annotations

import hashlib
import heapq
import hmac
import http.client
import random
import threading
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from liveapp.dev.stripe_simulator.refusals import Body
from liveapp.dev.stripe_simulator.world import World

WAITS = (0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600)
"""Seconds before each further try; Stripe takes up to three days over it."""
TIMEOUT = 10
KEPT_IN_LOG = 1000


def signature(secret: str, payload: str, timestamp: int) -> str:
    """The ``Stripe-Signature`` header: HMAC-SHA256 over time and body."""
    mac = hmac.new(secret.encode(), f"{timestamp}.{payload}".encode(), hashlib.sha256)
    return f"t={timestamp},v1={mac.hexdigest()}"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where webhooks go, and the secret they are signed with."""

    url: str
    secret: str


@dataclass
class Manner:
    """How deliveries misbehave. ``double``: probability of a second copy; ``lose``: probability that an event is never
    sent; ``shuffle``: any waiting one goes next; ``late_ms``: each waits that long first; ``withhold``: none goes until
    this is set to false."""

    double: float = 0.0
    lose: float = 0.0
    shuffle: bool = False
    late_ms: int = 0
    withhold: bool = False
    seed: int = 0


@dataclass(order=True)
class _Delivery:
    due: float
    event_id: str = field(compare=False)
    attempt: int = field(default=0, compare=False)


class Courier:
    """Delivers events in the background."""

    def __init__(self, world: World, endpoint: Endpoint | None, workers: int = 4) -> None:
        self._world = world
        self.endpoint = endpoint
        self._later: list[_Delivery] = []
        self._ready: deque[_Delivery] = deque()
        self._busy = 0
        self._changed = threading.Condition()
        self._stopping = False
        self.manner = Manner()
        self._dice = random.Random(0)
        self.counts: Counter[str] = Counter()
        self.log: deque[Body] = deque(maxlen=KEPT_IN_LOG)
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(workers)]

    def start(self) -> None:
        """Start the threads, and send what an earlier run left unsent."""
        self._world.on_event = self.take
        for event_id in list(self._world.events):
            if self._world.event(event_id)["pending_webhooks"]:
                self.take(event_id)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End the threads; what is still waiting isn't sent."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(TIMEOUT)

    def take(self, event_id: str) -> None:
        """An event to deliver. With nowhere to send it, it counts as delivered."""
        if self.endpoint is None:
            self._delivered(event_id)
            return
        with self._changed:
            if self._dice.random() < self.manner.lose:
                self.counts["lost"] += 1
                return
            copies = 2 if self._dice.random() < self.manner.double else 1
            self.counts["doubled"] += copies - 1
            due = time.monotonic() + self.manner.late_ms / 1000
            for _ in range(copies):
                heapq.heappush(self._later, _Delivery(due, event_id))
            self._changed.notify_all()

    def behave(self, given: Body) -> None:
        """Change the manner. Raises ValueError for an unknown one."""
        if unknown := given.keys() - Manner.__dataclass_fields__.keys():
            raise ValueError(f"Webhooks have no {', '.join(sorted(unknown))}.")
        with self._changed:
            self.manner = Manner(**given)
            self._dice.seed(self.manner.seed)
            self._changed.notify_all()

    def forget(self) -> None:
        """Drop what is waiting, the log and the counts."""
        with self._changed:
            self._later.clear()
            self._ready.clear()
            self.log.clear()
            self.counts.clear()

    def wait_until_idle(self, seconds: float) -> bool:
        """Whether everything has been delivered or given up on within that time."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._unsent(), seconds)

    def as_json(self) -> Body:
        """The state for the control API: manner, counts, what waits, the latest tries."""
        with self._changed:
            return {
                "url": self.endpoint.url if self.endpoint else None,
                "manner": vars(self.manner),
                "waiting": self._unsent(),
                "counts": dict(self.counts),
                "log": list(self.log),
            }

    def _work(self) -> None:
        while (delivery := self._next()) is not None:
            try:
                status = self._send(delivery)
            except Exception as fault:  # a thread that dies would stop all deliveries
                status = type(fault).__name__
            self._settle(delivery, status)

    def _next(self) -> _Delivery | None:
        with self._changed:
            while not self._stopping:
                now = time.monotonic()
                while self._later and self._later[0].due <= now:
                    self._ready.append(heapq.heappop(self._later))
                if self._ready and not self.manner.withhold:
                    if self.manner.shuffle:
                        self._ready.rotate(self._dice.randrange(len(self._ready)))
                    self._busy += 1
                    return self._ready.popleft()
                self._changed.wait(max(0.0, self._later[0].due - now) if self._later else None)
            return None

    def _unsent(self) -> int:
        return len(self._later) + len(self._ready) + self._busy

    def _send(self, delivery: _Delivery) -> int | str:
        endpoint = self.endpoint
        if endpoint is None:
            return "no address"
        with self._world.lock:
            payload = self._world.events.get(delivery.event_id)
        if payload is None:
            return "forgotten"
        parts = urlsplit(endpoint.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT)
        try:
            headers = {
                "Content-Type": "application/json; charset=utf-8",
                "Stripe-Signature": signature(endpoint.secret, payload, int(time.time())),
                "User-Agent": "Stripe/1.0 (simulator)",
            }
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", path or "/", payload.encode(), headers)
            return connection.getresponse().status
        finally:
            connection.close()

    def _settle(self, delivery: _Delivery, status: int | str) -> None:
        taken = isinstance(status, int) and 200 <= status < 300
        if taken:
            self._delivered(delivery.event_id)
        again = not taken and status != "forgotten" and delivery.attempt < len(WAITS)
        with self._changed:
            self._busy -= 1
            self.counts["sent"] += 1
            self.counts["taken" if taken else "failed"] += 1
            self.log.append({"event": delivery.event_id, "attempt": delivery.attempt, "status": status})
            if again:
                due = time.monotonic() + WAITS[delivery.attempt]
                heapq.heappush(self._later, _Delivery(due, delivery.event_id, delivery.attempt + 1))
            self._changed.notify_all()

    def _delivered(self, event_id: str) -> None:
        with self._world.lock:
            if event_id in self._world.events:
                self._world.mark_delivered(event_id)
