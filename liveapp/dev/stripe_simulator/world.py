"""All that the simulator holds: objects by kind, a clock that can be moved, and what is to happen later.

Everything is a JSON value, so that the world can be written to a file. Whoever touches it holds ``lock``.
"""

from __future__ import annotations

import copy
import heapq
import json
import secrets
import string
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from liveapp.dev.stripe_simulator.refusals import Body, Missing

API_VERSION = "2026-10-28.endive"
PLATFORM = "acct_platform"
LETTERS = string.ascii_letters + string.digits
FILE = "stripe.json"
WITHOUT_MODE = frozenset({"account", "balance_transaction", "refund", "transfer_reversal"})
"""Kinds of objects that don't say whether they are live."""
Later = Callable[["World", str], None]


class World:
    """The state behind one simulator."""

    def __init__(self, folder: Path | None = None, clock: Callable[[], float] = time.time) -> None:
        self.lock = threading.RLock()
        self._clock = clock
        self.base_url = ""
        self.on_event: Callable[[str], None] = lambda event_id: None
        self.later: dict[str, Later] = {}
        self._file = folder / FILE if folder else None
        self._seen: tuple[str | None, str | None] = (None, None)
        self.changed = False
        self.empty()
        self._load()

    def empty(self) -> None:
        """Forget everything, the clock's offset too."""
        self.tables: dict[str, dict[str, Body]] = {}
        self.events: dict[str, str] = {}
        self.saved_answers: dict[str, Body] = {}
        self.agenda: list[list[Any]] = []
        self.offset = 0
        self._numbered = 0
        self.changed = True

    # -- time

    def now(self) -> int:
        """Unix seconds by the simulator's clock."""
        return int(self._clock()) + self.offset

    def advance(self, seconds: int) -> None:
        """Move the clock forward and let happen what falls due."""
        self.offset += seconds
        self.catch_up()

    def set_clock(self, moment: int) -> None:
        """Move the clock to a moment, back too, and let happen what falls due."""
        self.advance(moment - self.now())

    def plan(self, seconds: int, what: str, object_id: str) -> None:
        """Have ``later[what]`` called for the object, that many seconds from now."""
        self._numbered += 1
        heapq.heappush(self.agenda, [self.now() + seconds, self._numbered, what, object_id])

    def catch_up(self) -> None:
        """Do what has fallen due, in order."""
        while self.agenda and self.agenda[0][0] <= self.now():
            _, _, what, object_id = heapq.heappop(self.agenda)
            self.changed = True
            self.later[what](self, object_id)

    # -- objects

    def add(self, kind: str, prefix: str, account: str, **fields: Any) -> Body:
        """A new object of the account, with id and time."""
        made: Body = {
            "id": new_id(prefix),
            "object": kind,
            "created": self.now(),
            **({} if kind in WITHOUT_MODE else {"livemode": False}),
            **fields,
            "_account": account,
        }
        self.tables.setdefault(kind, {})[made["id"]] = made
        self.changed = True
        return made

    def find(self, kind: str, object_id: str | None, account: str, *, param: str = "id") -> Body:
        """The account's object. Raises Missing."""
        found = self.tables.get(kind, {}).get(object_id or "")
        if found is None or found["_account"] != account:
            raise Missing(kind, object_id or "", param=param)
        return found

    def get(self, kind: str, object_id: str) -> Body:
        """An object that is known to be there."""
        return self.tables[kind][object_id]

    def remove(self, made: Body) -> None:
        """Take back an object that was made in vain."""
        del self.tables[made["object"]][made["id"]]

    def any_of(self, object_id: str) -> Body | None:
        """Whatever object has the id."""
        return next((table[object_id] for table in self.tables.values() if object_id in table), None)

    def newest(self, kind: str, account: str | None = None) -> Iterator[Body]:
        """Objects, the last made first; of one account when it is named."""
        for found in reversed(self.tables.get(kind, {}).values()):
            if account is None or found["_account"] == account:
                yield found

    # -- events

    def on_behalf_of_request(self, request_id: str | None, key: str | None) -> None:
        """Which request the coming events are due to; None for what happens by itself."""
        self._seen = (request_id, key)

    def emit(self, name: str, subject: Body, previous: Body | None = None) -> None:
        """Record an event with the object as it is now, and have it delivered."""
        data: Body = {"object": public(subject)}
        if previous:
            data["previous_attributes"] = previous
        request_id, key = self._seen
        event: Body = {
            "id": new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self.now(),
            "data": data,
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": request_id, "idempotency_key": key},
            "type": name,
        }
        account = subject["id"] if subject["object"] == "account" else subject["_account"]
        if account != PLATFORM:
            event["account"] = account
        self.events[event["id"]] = json.dumps(event, separators=(",", ":"))
        self.on_event(event["id"])

    def event(self, event_id: str) -> Body:
        """A recorded event."""
        found: Body = json.loads(self.events[event_id])
        return found

    def mark_delivered(self, event_id: str) -> None:
        """No webhook of the event is due any more."""
        self.events[event_id] = self.events[event_id].replace('"pending_webhooks":1', '"pending_webhooks":0', 1)
        self.changed = True

    # -- file

    def save(self) -> None:
        """Write the world to its file, if it has one and something changed."""
        if self._file is None or not self.changed:
            return
        with self.lock:
            names = ("tables", "events", "saved_answers", "agenda", "offset")
            content = json.dumps({name: getattr(self, name) for name in names}, separators=(",", ":"))
            self.changed = False
        self._file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._file.with_suffix(".unfinished")
        unfinished.write_text(content)
        unfinished.replace(self._file)

    def _load(self) -> None:
        if self._file is None or not self._file.is_file():
            return
        for name, value in json.loads(self._file.read_text()).items():
            setattr(self, name, value)
        lapsed = self.now() - 24 * 3600
        self.saved_answers = {key: saved for key, saved in self.saved_answers.items() if saved["at"] > lapsed}
        self._numbered = max((entry[1] for entry in self.agenda), default=0)


def new_id(prefix: str, length: int = 24) -> str:
    """An id as Stripe's look: a prefix and letters."""
    return f"{prefix}_{''.join(secrets.choice(LETTERS) for _ in range(length))}"


def public(found: Any) -> Any:
    """A deep copy without the simulator's own fields."""
    if isinstance(found, dict):
        return {name: public(value) for name, value in found.items() if not name.startswith("_")}
    if isinstance(found, list):
        return [public(value) for value in found]
    return copy.copy(found)
