"""Bulk changes that are too large for the request that asked for them."""

from __future__ import annotations

import uuid
from functools import partial

from liveapp.gateways import queue
from liveapp.web import batches


def apply_batch(batch_id: str) -> None:
    """Applies it, and says meanwhile how far it has come. Doing it again changes nothing."""
    key = uuid.UUID(batch_id)
    batches.apply(key, tell=partial(queue.say_progress, key))
