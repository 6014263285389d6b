"""A batch: asked for in one transaction, applied in another, all of it or nothing."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, update

from liveapp.db import AnyRow, db, inserting, table, write_last
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.actor import Actor
from liveapp.domain.audit import service as audit
from liveapp.domain.bulk import deeds
from liveapp.domain.bulk import fates as fate_rules
from liveapp.domain.bulk.deeds import Outcome, Tell
from liveapp.domain.bulk.errors import LookAgain, OneRefused, SomeRefused
from liveapp.domain.bulk.fates import Fate, fates
from liveapp.domain.bulk.models import Batch, BatchSession
from liveapp.domain.bulk.selection import Selection, Wish, chosen, of_batch, wish_of
from liveapp.domain.errors import Forbidden, Invalid
from liveapp.domain.idempotency import service as idempotency
from liveapp.domain.live_sessions import queries
from liveapp.domain.outbox import service as outbox
from liveapp.rules.bulk import MOST, SMALL, Verb
from liveapp.rules.roles import Right, Role, may
from liveapp.rules.wording import counted

GRACE = timedelta(seconds=30)
"""A small batch is applied by the request that asked for it; a worker comes after it if the request died."""


def ask(
    *, actor: Actor, selection: Selection, wish: Wish, leaves_out: bool, seen: str, key: str | None, now: datetime
) -> uuid.UUID:
    """Writes down a batch to be applied, if it still is what was seen (its fingerprint). Returns its id.

    Asked again with the same `key`, it gives the first answer. Take the organization's turn. Raises NothingChosen,
    TooMany, Invalid, LookAgain, and SomeRefused unless the sessions that can't be changed are to be left out.
    """
    batch_id = uuid.uuid4()
    before = idempotency.claim(key, batch_id, now=now)
    if before:
        return before
    check_right(actor)
    found = fates(chosen(selection, actor=actor, now=now), wish, actor=actor, now=now)
    if fate_rules.fingerprint(found) != seen:
        raise LookAgain()
    _check(found, wish, leaves_out)
    _write(batch_id, found, selection, wish, actor, now)
    doing = sum(not fate.why for fate in found)
    outbox.put("apply_batch", now=now, run_at=now + GRACE if doing <= SMALL else now, batch_id=str(batch_id))
    return batch_id


def apply_batch(*, batch_id: uuid.UUID, now: datetime, tell: Tell = lambda _number: None) -> bool:
    """Changes every session of the batch, or raises and changes none. False when it was applied (or failed) before.

    `tell` hears how many sessions are done so far; nothing of it counts before the commit. Raises OneRefused naming
    the session that can't be changed any more. Take the turns that `queries.turns` names.
    """
    batch = _finish(batch_id, status="done", now=now)
    if batch is None:
        return False
    actor = _actor(batch)
    wish = wish_of(batch.verb, batch.payload["values"])
    sessions = queries.chosen(organization_id=batch.organization_id, choice=of_batch(batch_id), now=now, most=MOST + 1)
    if len(sessions) < batch.number:
        missing = batch.number - len(sessions)
        raise OneRefused(f"{counted(missing, 'session')} of it {'is' if missing == 1 else 'are'} gone meanwhile.", None)
    outcomes = _do(sessions, wish, actor, now, tell)
    _write_down(batch, outcomes, actor, now)
    return True


def fail(*, batch_id: uuid.UUID, sentence: str, session_id: uuid.UUID | None, now: datetime) -> bool:
    """The batch changed nothing, and why. False when it was applied (or failed) before."""
    values = {"refusal": sentence, "refused_session_id": session_id}
    return _finish(batch_id, status="failed", now=now, **values) is not None


def check_right(actor: Actor) -> None:
    """Bulk changes are for owners and admins. Raises Forbidden."""
    if not may(actor.role, Right.BULK):
        raise Forbidden()


def needs_reason(found: Sequence[Fate], wish: Wish) -> bool:
    """Whether people are told of a cancellation, and so of why."""
    if wish.verb is Verb.CANCEL:
        return True
    return wish.verb is Verb.DELETE and any(fate.session.status == "scheduled" for fate in found if not fate.why)


def _check(found: Sequence[Fate], wish: Wish, leaves_out: bool) -> None:
    stopped = [fate for fate in found if fate.why]
    if len(stopped) == len(found):
        raise SomeRefused("None of these sessions can be changed so.")
    if stopped and not leaves_out:
        raise SomeRefused(
            f"{len(stopped)} of {counted(len(found), 'session')} can't be changed so, and it is all or nothing. Leave"
            f" {'it' if len(stopped) == 1 else 'them'} out, or choose others.",
            field="leaves_out",
        )
    if needs_reason(found, wish) and not wish.reason.strip():
        raise Invalid("Say why, so that the people who booked know.", field="reason")


def _write(
    batch_id: uuid.UUID, found: Sequence[Fate], selection: Selection, wish: Wish, actor: Actor, now: datetime
) -> None:
    payload = {"chosen": selection.words, "filter": selection.said, "values": wish.values()}
    write_last(
        inserting(Batch),
        {
            "id": batch_id,
            "organization_id": actor.organization_id,
            "verb": wish.verb.value,
            "payload": payload,
            "status": "queued",
            "number": sum(not fate.why for fate in found),
            "told": 0,
            "refusal": "",
            "created_by": actor.user_id,
            "created_at": now,
            "address": actor.address,
        },
    )
    write_last(
        inserting(BatchSession),
        *[
            {
                "organization_id": actor.organization_id,
                "batch_id": batch_id,
                "session_id": fate.session.id,
                "position": position,
                "left_out": fate.sentence,
                "before": {},
                "after": {},
                "told": 0,
            }
            for position, fate in enumerate(found)
        ],
    )


def _finish(batch_id: uuid.UUID, *, status: str, now: datetime, **values: Any) -> AnyRow | None:
    """Compare and set: the batch for the one who ends it, None for everybody after."""
    ended = (
        update(Batch)
        .where(Batch.id == batch_id, Batch.status == "queued")
        .values(status=status, finished_at=now, **values)
        .returning(*table(Batch).c)
    )
    return db.session.execute(ended).one_or_none()


def _actor(batch: AnyRow) -> Actor:
    """Who asked for it, with the role that they have now. Raises Forbidden when it isn't enough any more."""
    role = accounts.role_in(organization_id=batch.organization_id, user_id=batch.created_by)
    actor = Actor(
        user_id=batch.created_by,
        role=Role(role) if role else None,
        organization_id=batch.organization_id,
        address=batch.address,
        batch_id=batch.id,
    )
    check_right(actor)
    return actor


def _do(sessions: Sequence[AnyRow], wish: Wish, actor: Actor, now: datetime, tell: Tell) -> list[Outcome]:
    found = fates(sessions, wish, actor=actor, now=now)
    stopped = next((fate for fate in found if fate.why), None)
    if stopped:
        raise OneRefused(stopped.sentence, stopped.session.id)
    return deeds.do(found, wish, actor=actor, now=now, tell=tell)


def _write_down(batch: AnyRow, outcomes: Sequence[Outcome], actor: Actor, now: datetime) -> None:
    """What happened to each session, and the batch's own entry in the audit log."""
    told = sum(outcome.told for outcome in outcomes)
    rows = table(BatchSession)
    written = (
        update(rows)
        .where(rows.c.batch_id == batch.id, rows.c.session_id == bindparam("changed"))
        .values(told=bindparam("people"), before=bindparam("was"), after=bindparam("is"))
    )
    write_last(
        written,
        *[{"changed": each.session_id, "people": each.told, "was": each.before, "is": each.after} for each in outcomes],
    )
    write_last(
        update(table(Batch)).where(table(Batch).c.id == batch.id).values(told=bindparam("people")), {"people": told}
    )
    asked = {"chosen": batch.payload["chosen"], "filter": batch.payload["filter"]} | batch.payload["values"]
    done = {"changed": batch.number, "told": told, "sessions": [str(each.session_id) for each in outcomes]}
    audit.record(actor=actor, action=batch.verb, object_type="batch", object_id=batch.id, now=now, after=asked | done)
