"""Applying one bulk change: in the request that asked for a small one, in a worker for all others."""

from __future__ import annotations

import uuid

from sqlalchemy.exc import OperationalError

from liveapp.domain.bulk import batches, queries
from liveapp.domain.bulk.deeds import Tell
from liveapp.domain.errors import Busy, Refusal
from liveapp.rules.lifecycle import ForbiddenTransition
from liveapp.unit_of_work import transact, transact_many
from liveapp.web import clock

BROKE = "Something went wrong on our side, and it has been written down."


def apply(batch_id: uuid.UUID, tell: Tell = lambda _number: None) -> None:
    """All of the batch, or none of it and the reason. Doing it again changes nothing.

    Raises Busy or OperationalError when the database hadn't the time: the batch still waits then.
    """
    turns = queries.turns(batch_id=batch_id)
    try:
        transact_many(turns, batches.apply_batch, batch_id=batch_id, now=clock.now(), tell=tell)
    except (Busy, OperationalError):
        raise
    except Refusal as refusal:
        _fail(batch_id, refusal.sentence, getattr(refusal, "session_id", None))
    except ForbiddenTransition as error:
        _fail(batch_id, str(error))
    except Exception:
        _fail(batch_id, BROKE)
        raise


def _fail(batch_id: uuid.UUID, sentence: str, session_id: uuid.UUID | None = None) -> None:
    transact(batches.fail, batch_id=batch_id, sentence=sentence, session_id=session_id, now=clock.now())
