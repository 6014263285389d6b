"""The way to RQ. Redis only wakes workers: when it is away, what is in the outbox waits, and nobody else does."""

from __future__ import annotations

import threading
import time
import uuid
from typing import Any

import structlog
from flask import Flask, current_app
from redis import Redis
from redis.exceptions import RedisError

from liveapp.config import Settings

log = structlog.get_logger("liveapp")

QUEUE_NAME = "liveapp"
NUDGE = "liveapp:nudge"
PROGRESS_SECONDS = 600


def set_up(app: Flask, settings: Settings) -> None:
    """Keeps one client (connected on first use, short timeouts) and the nudge that a commit sends off."""
    client = Redis.from_url(settings.redis_url, socket_connect_timeout=0.2, socket_timeout=5, health_check_interval=30)
    app.extensions["redis"] = client
    app.extensions["nudge"] = Nudger(client)


def redis() -> Redis:
    """This app's client."""
    client: Redis = current_app.extensions["redis"]
    return client


def enqueue(message_id: uuid.UUID, attempts: int) -> None:
    """Hands a message to the workers. Raises RedisError. The job's id makes a doubled hand-over visible."""
    from rq import Queue  # web processes hand nothing over themselves

    from liveapp.gateways.queued_jobs import PERFORM, MessageJob, MessageSerializer

    options: dict[str, Any] = {"job_timeout": 110, "result_ttl": 0, "failure_ttl": 3600, "ttl": 600}
    queue = Queue(QUEUE_NAME, connection=redis(), serializer=MessageSerializer, job_class=MessageJob)
    queue.enqueue(PERFORM, str(message_id), job_id=f"outbox-{message_id}-{attempts}", **options)


def wait_for_nudge(seconds: float) -> None:
    """Returns when something was written to the outbox, or after so many seconds."""
    try:
        redis().blpop([NUDGE], timeout=seconds)
    except RedisError:
        time.sleep(seconds)


def say_progress(batch_id: uuid.UUID, number: int) -> None:
    """Tells whoever looks how far a bulk change has come; for nothing, when Redis is away."""
    try:
        redis().set(_progress_key(batch_id), number, ex=PROGRESS_SECONDS)
    except RedisError:
        log.warning("redis away", at="progress")


def progress_of(batch_id: uuid.UUID) -> int | None:
    """How far it has come; None when nobody said so."""
    try:
        said: Any = redis().get(_progress_key(batch_id))
    except RedisError:
        return None
    return int(said) if said is not None else None


def _progress_key(batch_id: uuid.UUID) -> str:
    return f"liveapp:progress:{batch_id}"


class Nudger:
    """Tells the relay from a thread of its own, so that no commit ever waits for Redis.

    A nudge that gets lost costs a second: the relay's sweep finds what is due.
    """

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._wanted = threading.Event()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def __call__(self) -> None:
        self._wanted.set()
        if self._thread is None or not self._thread.is_alive():
            self._start()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="nudger", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            try:
                self._client.lpush(NUDGE, b"1")
                self._client.ltrim(NUDGE, 0, 9)
            except RedisError:
                log.warning("redis away", at="nudge")
                time.sleep(1)
