"""The RQ worker, and how it performs one outbox message: lease, handler, done."""

from __future__ import annotations

import os
import time
import uuid
from typing import Any

from flask import Flask
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Worker, get_current_job
from rq.worker import BaseWorker

from liveapp.domain.outbox import service as outbox
from liveapp.gateways.queue import QUEUE_NAME
from liveapp.gateways.queued_jobs import MessageJob, MessageSerializer
from liveapp.gateways.stripe import client
from liveapp.tasks.handlers import HANDLERS
from liveapp.unit_of_work import transact
from liveapp.web import clock
from liveapp.web.logs import log

PAUSE_SECONDS = 1.0
_app: Flask | None = None


def perform(message_id: str) -> None:
    """The job that the relay puts into RQ: does one outbox message, once."""
    with application().app_context():
        perform_here(uuid.UUID(message_id))


def refuse() -> None:
    """What runs in place of a job that isn't a call of `perform`: nothing of it, and a line in the log."""
    job = get_current_job()
    log.error("job refused", job=job.id if job else "", origin=job.origin if job else "")


def perform_here(message_id: uuid.UUID) -> bool:
    """As `perform`, in the present app. False when somebody else is at it, or it is done."""
    holder = uuid.uuid4()
    taken = transact(outbox.take_lease, message_id=message_id, holder=holder, now=clock.now())
    if taken is None:
        return False
    name, payload = taken
    try:
        HANDLERS[name](**payload)
    except Exception as error:
        _put_off(name, message_id, holder, error)
    else:
        transact(outbox.finish, message_id=message_id, holder=holder, now=clock.now())
    return True


def _put_off(name: str, message_id: uuid.UUID, holder: uuid.UUID, error: Exception) -> None:
    words = f"{type(error).__name__}: {error}"
    gave_up = transact(outbox.put_off, message_id=message_id, holder=holder, now=clock.now(), error=words)
    log.warning("job failed", name=name, message=str(message_id), error=type(error).__name__, for_good=gave_up)


def application() -> Flask:
    """The app of this process, built once, before any job forks."""
    global _app
    if _app is None:
        from app import app

        _app = app
    return _app


def main() -> None:
    """Runs a worker until it is told to stop; when Redis goes away it waits for it and begins again."""
    settings = application().extensions["settings"]
    with application().app_context():
        client.load()
    while True:
        try:
            _work(settings.redis_url)
        except RedisError as error:
            log.warning("redis away", at="worker", error=type(error).__name__)
            time.sleep(PAUSE_SECONDS)
        else:
            return


def _work(redis_url: str) -> None:
    """One RQ worker's life. It forks for each job, so the app is built before and no connection is open."""
    worker_on(Redis.from_url(redis_url), Worker).work(with_scheduler=False, logging_level="WARNING")


def worker_on(connection: Redis, kind: type[BaseWorker]) -> BaseWorker:
    """A worker of that kind, which takes no other jobs than ours from the queue."""
    ours: dict[str, Any] = {"connection": connection, "serializer": MessageSerializer, "job_class": MessageJob}
    name = f"liveapp-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    return kind([Queue(QUEUE_NAME, **ours)], **ours, worker_ttl=40, maintenance_interval=15, name=name)


if __name__ == "__main__":
    main()
