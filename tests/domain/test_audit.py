"""The audit log: what it keeps, and that it keeps it."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from liveapp.db import db
from liveapp.domain import invariants
from liveapp.domain.accounts import organizations
from liveapp.domain.accounts.organizations import Foundation
from liveapp.domain.actor import Actor, system
from liveapp.domain.audit import service as audit
from liveapp.domain.audit.models import AuditEntry
from liveapp.domain.bookings import service as bookings
from liveapp.rules.roles import Role
from liveapp.unit_of_work import transact, transact_in_turn
from tests import cast
from tests.cast import BEN, NOW
from tests.databases import Database

CHANGES = (
    "UPDATE audit_entries SET action = 'nothing'",
    "DELETE FROM audit_entries",
    "TRUNCATE audit_entries",
    "TRUNCATE audit_entries CASCADE",
    "INSERT OR REPLACE INTO audit_entries SELECT * FROM audit_entries",
    "INSERT INTO audit_entries SELECT * FROM audit_entries WHERE true ON CONFLICT (number) DO UPDATE SET action = 'x'",
)
FOREIGN = {"sqlite": "TRUNCATE", "postgresql": "INSERT OR REPLACE"}
"""What the other database has no word for."""


@pytest.mark.parametrize("statement", CHANGES)
def test_nothing_in_it_can_be_changed(app: Flask, database: Database, statement: str) -> None:
    if statement.startswith(FOREIGN[database.kind]):
        pytest.skip(f"{database.kind} doesn't know this statement")
    organization_id = cast.organization()
    _record(organization_id, "publish")
    before = _everything()

    with pytest.raises(DBAPIError, match="append-only"):
        transact(_run, statement)

    assert len(before) == 1
    assert _everything() == before


def test_a_holder_is_named_and_the_clock_is_not(app: Flask) -> None:
    organization_id = cast.organization()
    ada = cast.staff(organization_id)
    session_id = cast.session(organization_id, ada, cast.offering(organization_id))
    booking_id = transact_in_turn([session_id], bookings.book_place, session_id=session_id, person=BEN, now=NOW)
    transact_in_turn([session_id], bookings.cancel, booking_id=booking_id, now=NOW + timedelta(hours=1))
    transact(audit.record, actor=system(organization_id), action="extend", object_type="series", object_id=session_id,
             now=NOW)  # fmt: skip

    ben = cast.booking_row(booking_id).user_id
    assert [(row.action, row.actor_kind, row.actor_id) for row in _everything()] == [
        ("book", "person", ben),
        ("cancel", "person", ben),
        ("extend", "system", None),
    ]


def test_founding_says_who_owns_it(app: Flask) -> None:
    ada = cast.user()
    foundation = Foundation(name="Studio", timezone="Europe/Berlin", currency="EUR")
    organization_id = transact(
        organizations.found, foundation=foundation, user_id=ada, user_name="Ada", email="ada@example.com", now=NOW
    )
    assert [(row.organization_id, row.actor_id, row.action, row.after) for row in _everything()] == [
        (
            organization_id,
            ada,
            "organization.found",
            {"name": "Studio", "timezone": "Europe/Berlin", "currency": "EUR"},
        ),
        (organization_id, ada, "membership.begin", {"role": "owner"}),
    ]


def test_a_change_behind_the_log_s_back_is_found(app: Flask) -> None:
    organization_id = cast.organization()
    ada = cast.staff(organization_id)
    session_id = cast.session(organization_id, ada, cast.offering(organization_id))
    transact_in_turn([session_id], bookings.book_place, session_id=session_id, person=BEN, now=NOW)
    assert list(invariants.audited(NOW)) == []

    transact(_run, "UPDATE bookings SET status = 'attended'")
    assert [words.partition(" is ")[2] for words in invariants.audited(NOW)] == [
        "attended, but its audit entries end with confirmed"
    ]


def _record(organization_id: uuid.UUID, action: str) -> None:
    actor = Actor(cast.staff(organization_id), Role.OWNER, organization_id, "203.0.113.9")
    transact(audit.record, actor=actor, action=action, object_type="session", object_id=uuid.uuid4(), now=NOW)


def _run(statement: str) -> None:
    db.session.execute(text(statement))


def _everything() -> list[AuditEntry]:
    db.session.rollback()
    return list(db.session.execute(select(*AuditEntry.__table__.columns).order_by(AuditEntry.number)).all())
