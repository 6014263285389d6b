"""From the outbox to RQ: claims what is due, enqueues it, gives it back when Redis is away."""

from __future__ import annotations

from redis.exceptions import RedisError

from liveapp.domain.outbox import queries
from liveapp.domain.outbox import service as outbox
from liveapp.gateways import queue
from liveapp.unit_of_work import transact
from liveapp.web import clock
from liveapp.web.logs import log


def relay() -> int:
    """Hands every due message to the workers; returns how many. Safe to run anywhere, at once, and twice."""
    handed = 0
    if not queries.any_due(now=clock.now()):
        return handed
    while rows := transact(outbox.claim_due, now=clock.now()):
        for position, (message_id, _, attempts) in enumerate(rows):
            try:
                queue.enqueue(message_id, attempts)
            except RedisError:
                left = [each for each, _, _ in rows[position:]]
                transact(outbox.release, message_ids=left)
                log.warning("redis away", at="relay", waiting=len(left))
                return handed
            handed += 1
    return handed
