"""A worker killed with -9 while it applies a bulk change: all of it is there or nothing, and the next one ends it."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from liveapp import clock as machine_clock
from liveapp import create_app
from liveapp.config import Settings
from liveapp.db import db
from liveapp.domain import invariants
from liveapp.domain.actor import Actor
from liveapp.domain.audit.models import AuditEntry
from liveapp.domain.bookings import service as bookings
from liveapp.domain.bulk import batches, queries
from liveapp.domain.bulk.fates import fates, fingerprint
from liveapp.domain.bulk.selection import Selection, Wish, chosen
from liveapp.rules.bulk import Verb
from liveapp.rules.roles import Role
from liveapp.tasks.batches import apply_batch
from liveapp.unit_of_work import transact
from liveapp.web import clock
from tests import cast
from tests.faults.children import is_killed

SESSIONS = 5
WISH = Wish(Verb.CANCEL, reason="The roof leaks")


@pytest.fixture
def ada(app: Flask) -> Actor:
    organization_id = cast.organization()
    return Actor(user_id=cast.staff(organization_id), role=Role.OWNER, organization_id=organization_id)


def booked(ada: Actor, run: int) -> list[uuid.UUID]:
    """Sessions of Ada's, with a guest in each; no run meets another's."""
    offering_id = cast.offering(ada.organization_id)
    start = machine_clock.now() + timedelta(days=5 + run * SESSIONS)
    assert ada.user_id is not None
    ids = [
        cast.session(ada.organization_id, ada.user_id, offering_id, start + timedelta(days=number))
        for number in range(SESSIONS)
    ]
    for session_id in ids:
        transact(bookings.book_place, session_id=session_id, person=cast.BEN, now=clock.now())
    return ids


def ask(ada: Actor, ids: list[uuid.UUID]) -> uuid.UUID:
    """The preview and the go-ahead."""
    db.session.rollback()
    selection, now = Selection(ids=frozenset(ids)), clock.now()
    seen = fingerprint(fates(chosen(selection, actor=ada, now=now), WISH, actor=ada, now=now))
    values = {"actor": ada, "selection": selection, "wish": WISH, "seen": seen}
    return transact(batches.ask, **values, leaves_out=False, key=None, now=now)


def apply(settings: Settings, batch_id: uuid.UUID) -> None:
    with create_app(settings).app_context():
        apply_batch(str(batch_id))


@pytest.mark.parametrize(("point", "is_kept"), [("before_commit", False), ("after_commit", True)])
@pytest.mark.parametrize("runs", [1, pytest.param(20, marks=pytest.mark.faults)])
def test_killed_while_it_applies(ada: Actor, settings: Settings, point: str, is_kept: bool, runs: int) -> None:
    landed = 0
    for run in range(runs):
        ids = booked(ada, run)
        batch_id = ask(ada, ids)
        landed += is_killed(apply, replace(settings, kill_at=f"apply_batch.{point}"), batch_id)
        assert statuses(ids) == {"cancelled" if is_kept else "scheduled"}
        assert queries.batch(batch_id=batch_id).status == ("done" if is_kept else "queued")
        apply_batch(str(batch_id))
        assert statuses(ids) == {"cancelled"}
        assert cast.mails().count(("session_cancelled", "ben@example.com")) == SESSIONS * (run + 1)
        assert _entries(batch_id) == 1
        found = {name: sentences for name, sentences in invariants.violations(now=clock.now()).items() if sentences}
        assert not found
    assert landed == runs


def statuses(ids: list[uuid.UUID]) -> set[str]:
    return {cast.session_row(each).status for each in ids}


def _entries(batch_id: uuid.UUID) -> int:
    db.session.rollback()
    query = select(func.count()).where(AuditEntry.object_id == batch_id, AuditEntry.object_type == "batch")
    return db.session.execute(query).scalar_one()
