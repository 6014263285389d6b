"""What may stand in RQ's queue: a call of `PERFORM` with the id of one outbox message, as JSON, and nothing else.

RQ's own jobs are pickles, and its JSON jobs name any function with any arguments: whoever can write to Redis would run
code in the worker. Here what is read from Redis is either that one call, or the call of `REFUSE`, which logs it.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from rq.job import Job

PERFORM = "liveapp.tasks.worker.perform"
REFUSE = "liveapp.tasks.worker.refuse"
Call = tuple[str, None, tuple[str, ...], dict[str, Any]]

FIELDS = frozenset(
    (
        *("data", "created_at", "origin", "description", "enqueued_at", "started_at", "ended_at", "last_heartbeat"),
        *("worker_name", "timeout", "result_ttl", "failure_ttl", "ttl", "status"),
    )
)
"""Of a job's hash in Redis, what is read back: not callbacks and webhooks, which name code and addresses."""


class MessageSerializer:
    """JSON of a call, for RQ's ``serializer``."""

    @staticmethod
    def dumps(value: Any) -> bytes:
        """The JSON of a value."""
        return json.dumps(value).encode()

    @staticmethod
    def loads(data: bytes) -> Call:
        """The call that the bytes stand for: of PERFORM with an outbox message's id, or of REFUSE."""
        try:
            name, instance, (message_id,), options = json.loads(data)
            if (name, instance, options) == (PERFORM, None, {}):
                return PERFORM, None, (str(uuid.UUID(message_id)),), {}
        except (ValueError, TypeError, AttributeError, RecursionError):
            pass
        return REFUSE, None, (), {}


class MessageJob(Job):
    """A job of which nothing is believed but the fields that these jobs have."""

    def restore(self, raw_data: dict[bytes | str, bytes]) -> Any:
        """Reads the job's hash from Redis."""
        kept = {name: value for name, value in raw_data.items() if _text(name) in FIELDS}
        return super().restore(kept)


def _text(name: bytes | str) -> str:
    return name.decode(errors="replace") if isinstance(name, bytes) else name
