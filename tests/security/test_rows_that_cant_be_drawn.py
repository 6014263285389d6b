"""A row that no clock can show, as an import could leave: lists draw the others, and say so of that one."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError, StatementError

from liveapp.db import db
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.unit_of_work import transact
from liveapp.web.filters import NO_CLOCK
from liveapp.web.navigation import P
from tests import cast
from tests.architecture.test_routes import World
from tests.policing import PolicingClient


def _write(session_id: uuid.UUID, **values: object) -> None:
    db.session.execute(update(LiveSession).where(LiveSession.id == session_id).values(**values))


def _leave(statement: str, **values: object) -> None:
    """What another program writes into the table, past the app."""
    db.session.execute(text(statement), values)


LISTS = (
    P,
    f"{P}/sessions",
    f"{P}/sessions?view=calendar",
    f"{P}/sessions/{{}}",
    f"{P}/audit",
    "/book/kestrel",
    "/book/kestrel/sessions/{}",
    "/my/bookings",
)


def test_lists_draw_the_others_and_say_so_of_the_one(world: World, client: PolicingClient) -> None:
    transact(_leave, "UPDATE sessions SET timezone = 'Mars/Olympus'")
    transact(_leave, "UPDATE bookings SET timezone = 'Mars/Olympus'")
    cast.sign_in(client, world.people["owner"])
    answers = {path: client.get(path.format(world.session_id)) for path in LISTS}
    assert {path: answer.status_code for path, answer in answers.items() if answer.status_code != 200} == {}
    assert NO_CLOCK in answers["/book/kestrel/sessions/{}"].text


def test_bulk_says_of_the_one_that_it_cant_be_moved(world: World, client: PolicingClient) -> None:
    transact(_leave, "UPDATE sessions SET timezone = 'Mars/Olympus' WHERE type <> 'meeting'")
    cast.sign_in(client, world.people["owner"])
    for verb in ("move", "cancel", "publish"):
        answer = client.get(f"{P}/bulk/preview?verb={verb}&all=1&later_days=1")
        assert answer.status_code in (200, 422), verb
    assert "time zone isn’t known" in client.get(f"{P}/bulk/preview?verb=move&all=1&days=1").text


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "Europe/Berlin\0"])
def test_a_zone_that_does_not_exist_is_not_stored(world: World, zone: str) -> None:
    with pytest.raises(StatementError):
        transact(_write, world.session_id, timezone=zone)


@pytest.mark.parametrize("year", [1, 1999, 2101, 9999])
def test_a_year_that_no_calendar_shows_is_not_stored(world: World, year: int) -> None:
    start = datetime(year, 6, 1, 12, tzinfo=UTC)
    with pytest.raises(IntegrityError):
        transact(_write, world.session_id, scheduled_at=start, ends_at=start + timedelta(hours=1))
