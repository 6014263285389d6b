"""What the screens that ask this process show, kept between their questions.

A thousand screens ask every few seconds, and nearly always nothing has changed. So the database isn't asked each time:
once a second whose attendance changed and which links were revoked, and every quarter of a minute how all screens stand
that asked lately (sessions that were moved). In between the clock alone moves a screen on. Each process keeps a board
of its own; what a screen is told hangs on the data alone, so that it doesn't matter which process answers.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from hashlib import blake2b
from threading import Lock
from typing import cast

from flask import Flask, current_app

from liveapp.domain.displays import queries, service
from liveapp.domain.displays.queries import Screen
from liveapp.domain.errors import Busy
from liveapp.rules.displays import Scene, scene
from liveapp.rules.recurrence import resolve_local
from liveapp.rules.zones import local_day
from liveapp.unit_of_work import transact

LOOK_EVERY = timedelta(seconds=1)
ALL_EVERY = timedelta(seconds=15)
LOOK_BACK = timedelta(seconds=4)
"""A change is seen when it is committed, which can be some seconds after the moment that it is written with."""
FORGET_AFTER = timedelta(minutes=2)
NOTE_EVERY = timedelta(minutes=5)
MOST_TOKENS = 10_000
NOBODY = uuid.UUID(int=0)


@dataclass(slots=True)
class Kept:
    """A screen as it was last read, what it shows now, and the tag of that."""

    screen: Screen
    scene: Scene
    tag: str
    asked_at: datetime


class Board:
    """The screens of one process."""

    def __init__(self) -> None:
        self._kept: dict[uuid.UUID, Kept] = {}
        self._lock = Lock()
        self._looked_at: datetime | None = None
        self._all_at: datetime | None = None
        self._noted_at: dict[uuid.UUID, datetime] = {}
        self._tokens: dict[str, uuid.UUID] = {}

    def show(self, display_id: uuid.UUID, now: datetime) -> Kept | None:
        """What the display shows at this moment; None if there is no such display."""
        self._look(now)
        if display_id not in self._kept:
            self._read([display_id], now)
        kept = self._kept.get(display_id)
        if kept is None:
            return None
        kept.asked_at = now
        if kept.scene.until is not None and kept.scene.until <= now:
            kept = self._kept[display_id] = _drawn(kept.screen, now, now)
        return kept

    def know(self, token: str, display_id: uuid.UUID) -> None:
        """This link was found good: it opens that display."""
        if len(self._tokens) >= MOST_TOKENS:
            self._tokens.clear()
        self._tokens[token] = display_id

    def is_unchanged(self, token: str, tag: str, now: datetime) -> bool:
        """Whether the link's display shows what `tag` stands for, as far as that is known without asking the database.
        What follows the first dash of the tag is how it is written, which is the asker's own."""
        kept = self._kept.get(self._tokens.get(token, NOBODY))
        if kept is None or kept.tag != tag.partition("-")[0] or self._is_due(self._looked_at, LOOK_EVERY, now):
            return False
        if kept.screen.is_dark(now) or (kept.scene.until is not None and kept.scene.until <= now):
            return False
        kept.asked_at = now
        return True

    def note_opened(self, display_id: uuid.UUID, now: datetime) -> None:
        """Writes down that the display was opened just now; loaded again and again, it is noted now and then."""
        if self._is_due(self._noted_at.get(display_id), ALL_EVERY, now):
            self._note([display_id], now)

    def _look(self, now: datetime) -> None:
        """Reads anew what may have changed, at most once a second; while one request does, the others don't wait."""
        if not self._kept or not self._is_due(self._looked_at, LOOK_EVERY, now):
            return
        if not self._lock.acquire(blocking=False):
            return
        try:
            before, self._looked_at = self._looked_at, now
            if self._is_due(self._all_at, ALL_EVERY, now):
                self._all_at = now
                self._forget(now)
                self._read(list(self._kept), now)
                self._note(self._not_noted(now), now)
            else:
                self._read(self._changed((before or now) - LOOK_BACK), now)
        finally:
            self._lock.release()

    def _not_noted(self, now: datetime) -> list[uuid.UUID]:
        """The screens that asked lately, where that wasn't written down for some minutes."""
        return [
            key for key, kept in list(self._kept.items())
            if now - kept.asked_at < ALL_EVERY * 2 and self._is_due(self._noted_at.get(key), NOTE_EVERY, now)
        ]  # fmt: skip

    def _note(self, display_ids: Collection[uuid.UUID], now: datetime) -> None:
        if not display_ids:
            return
        self._noted_at |= dict.fromkeys(display_ids, now)
        try:
            transact(service.note_seen, display_ids=display_ids, now=now)
        except Busy:
            return  # in some minutes again

    def _changed(self, since: datetime) -> list[uuid.UUID]:
        changed = queries.changed_since(moment=since)
        return [
            key for key, kept in list(self._kept.items())
            if changed & {key, *(each.id for each in kept.screen.sessions)}
        ]  # fmt: skip

    def _read(self, display_ids: Collection[uuid.UUID], now: datetime) -> None:
        if not display_ids:
            return
        found = queries.screens(display_ids=display_ids, now=now)
        for display_id in display_ids:
            before = self._kept.get(display_id)
            if display_id in found:
                self._kept[display_id] = _drawn(found[display_id], now, before.asked_at if before else now)
            else:
                self._kept.pop(display_id, None)

    def _forget(self, now: datetime) -> None:
        for display_id, kept in list(self._kept.items()):
            if abs(now - kept.asked_at) > FORGET_AFTER:
                self._kept.pop(display_id, None)
                self._noted_at.pop(display_id, None)

    @staticmethod
    def _is_due(last: datetime | None, every: timedelta, now: datetime) -> bool:
        return last is None or abs(now - last) >= every


def set_up(app: Flask) -> None:
    """A board for this process."""
    app.extensions["display_board"] = Board()


def board() -> Board:
    """This process's board."""
    return cast(Board, current_app.extensions["display_board"])


def _drawn(screen: Screen, now: datetime, asked_at: datetime) -> Kept:
    today = local_day(now, screen.timezone)
    day_ends_at = resolve_local(today + timedelta(days=1), time(), screen.timezone)
    found = scene(screen.sessions, now, day_ends_at=day_ends_at, only=screen.session_id)
    said = (screen.organization, screen.location, screen.timezone, found.state, found.session, found.next, today)
    return Kept(screen, found, blake2b(repr(said).encode(), digest_size=9).hexdigest(), asked_at)
