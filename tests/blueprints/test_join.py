"""The way to an online session: who is let through, when, and where the real address can be read: nowhere else."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select, update

from liveapp.db import db
from liveapp.domain.actor import Actor
from liveapp.domain.attendance.models import AttendanceRecord, SessionEvent
from liveapp.domain.audit.models import AuditEntry
from liveapp.domain.bookings import links
from liveapp.domain.bookings import service as bookings
from liveapp.domain.bookings.models import Booking
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.notifications.models import Notification
from liveapp.domain.video.models import VideoConnection
from liveapp.rules.roles import Role
from liveapp.tasks import emails
from liveapp.unit_of_work import transact, transact_in_turn
from liveapp.web.navigation import P
from liveapp.web.signing import Purpose, sign_booking
from tests import cast
from tests.cast import BEN, NOW
from tests.conftest import ON_ONE_DATABASE, Clock
from tests.policing import PolicingClient

SECRET = "https://rooms.example.com/very-secret-room"


@dataclass
class Studio:
    organization_id: uuid.UUID
    ada: uuid.UUID
    session_id: uuid.UUID
    booking_id: uuid.UUID
    client: PolicingClient
    clock: Clock

    @property
    def path(self) -> str:
        row = cast.booking_row(self.booking_id)
        return f"/join/{sign_booking(row.id, row.link_nonce, Purpose.JOIN)}"

    def at(self, **before_start: float) -> None:
        """The clock stands so long before the start."""
        self.clock.set(cast.session_row(self.session_id).scheduled_at - timedelta(**before_start))

    def join(self) -> Any:
        path = self.path
        form = self.client.page(path).select_one(f"form[action='{path}']")
        assert form is not None, "there is no button to join"
        return self.client.submit(form)

    def set(self, model: type, key: uuid.UUID, **values: Any) -> None:
        transact(lambda: db.session.execute(update(model).where(model.id == key).values(**values)))  # type: ignore[attr-defined]


@pytest.fixture
def studio(client: PolicingClient, clock: Clock) -> Studio:
    """Ada's studio, and Ben booked into her class online, in three days."""
    organization_id = cast.organization()
    ada = cast.staff(organization_id)
    session_id = cast.session(
        organization_id, ada, cast.offering(organization_id, format="online"), clock.now() + timedelta(days=3),
        format="online", meeting_url=SECRET, meeting_provider="url",
    )  # fmt: skip
    booking_id = transact_in_turn([session_id], bookings.book_place, session_id=session_id, person=BEN, now=clock.now())
    return Studio(organization_id, ada, session_id, booking_id, client, clock)


def test_the_page_counts_down_then_lets_in_and_writes_down_who_came(studio: Studio) -> None:
    studio.at(minutes=5, seconds=90)
    answer = studio.client.get(studio.path)
    page = BeautifulSoup(answer.text, "html.parser")
    assert page.select_one("[data-countdown='91']")
    assert answer.headers["Refresh"] == "60"
    assert page.select_one("form[action^='/join']") is None
    studio.at(minutes=5)
    answer = studio.client.get(studio.path)
    assert "Refresh" not in answer.headers
    assert "form-action 'self' https: http:" in answer.headers["Content-Security-Policy"]
    assert SECRET not in answer.text
    through = studio.join()
    assert (through.status_code, through.headers["Location"]) == (303, SECRET)
    record = cast.one(select(AttendanceRecord.status, AttendanceRecord.joined_at))
    assert record == ("present", studio.clock.now())
    assert cast.booking_row(studio.booking_id).checked_in_how == "join"
    studio.clock.advance(seconds=1)
    assert studio.join().status_code == 303
    assert cast.one(select(SessionEvent.kind, SessionEvent.source)) == ("participant_joined", "join_link")
    studio.clock.advance(minutes=9)
    assert studio.join().status_code == 303
    assert len(db.session.execute(select(SessionEvent.id)).all()) == 2
    assert cast.one(select(AttendanceRecord.joined_at))[0] == record.joined_at


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    ("of", "values", "said"),
    [
        (LiveSession, {"status": "ended", "ended_at": cast.NOW}, "This session is over"),
        (LiveSession, {"status": "cancelled"}, "Cancelled"),
        (LiveSession, {"format": "in_person", "meeting_url": None}, "This isn’t online"),
        (Booking, {"status": "waitlisted", "waitlist_position": 1}, "You are on the waiting list"),
        (Booking, {"status": "held", "expires_at": cast.NOW}, "Not paid for yet"),
        (Booking, {"status": "requested"}, "Not answered yet"),
        (Booking, {"status": "cancelled"}, "Cancelled"),
        (Booking, {"status": "no_show"}, "This session is over"),
        (LiveSession, {"meeting_provider": "zoom", "meeting_url": None}, "There is no link yet"),
    ],
    ids=str,
)
def test_nobody_else_is_let_through(studio: Studio, of: type, values: dict[str, Any], said: str) -> None:
    studio.set(of, studio.session_id if of is LiveSession else studio.booking_id, **values)
    studio.at(minutes=1)
    page = studio.client.page(studio.path)
    assert said in page.text
    assert page.select_one("form[action^='/join']") is None
    refused = studio.client.post(studio.path)
    assert refused.status_code == 409
    assert SECRET not in refused.text
    assert "Location" not in refused.headers
    assert db.session.execute(select(SessionEvent.id)).all() == []


def test_before_the_window_and_after_the_end_a_sent_form_is_refused(studio: Studio) -> None:
    for before in ({"minutes": 5, "microseconds": 1}, {"minutes": -60}):
        studio.at(**before)
        assert studio.client.post(studio.path).status_code == 409
    assert db.session.execute(select(AttendanceRecord.id)).all() == []


def test_the_link_is_for_joining_alone_and_ends_with_the_bookings(studio: Studio) -> None:
    studio.at(minutes=1)
    row = cast.booking_row(studio.booking_id)
    assert studio.client.get(f"/join/{sign_booking(row.id)}").status_code == 404
    assert studio.client.get(studio.path.replace("/join/", "/bookings/")).status_code == 404
    assert studio.client.get(f"{studio.path[:-1]}").status_code == 404
    old, owner = studio.path, Actor(studio.ada, Role.OWNER, studio.organization_id)
    transact(links.renew, booking_id=studio.booking_id, actor=owner, now=studio.clock.now())
    assert studio.client.get(old).status_code == 410
    assert studio.client.get(studio.path).status_code == 200


def test_the_real_address_is_in_no_page_mail_or_calendar_file(studio: Studio, app: Flask) -> None:
    """Of a guest, of a member, of the public, and of staff who only look; before the window and in it."""
    row = cast.booking_row(studio.booking_id)
    token = sign_booking(row.id, row.link_nonce)
    pages = (
        studio.path, f"/bookings/{token}", f"/bookings/{token}/calendar.ics", f"/bookings/{token}/cancel",
        "/book/studio", f"/book/studio/sessions/{studio.session_id}", "/my/bookings",
        f"{P}/sessions/{studio.session_id}", f"{P}/sessions", P,
    )  # fmt: skip
    member = cast.user("Cleo Member")
    cast.membership(studio.organization_id, member, "member")
    coach = cast.staff(studio.organization_id, "Dora Maar", "coach")
    for minutes in (90, 1):
        studio.at(minutes=minutes)
        for person in (member, row.user_id, coach, studio.ada):
            cast.sign_in(studio.client, person)
            for path in pages:
                assert SECRET not in studio.client.get(path, follow_redirects=True).get_data(as_text=True), path
    for notification in db.session.execute(select(Notification)).scalars().all():
        assert SECRET not in emails.compose(notification).as_string()
    calendar = studio.client.get(f"/bookings/{token}/calendar.ics").get_data(as_text=True).replace("\r\n ", "")
    assert "Join: http://localhost/join/" in calendar


def test_a_bookings_page_its_mail_and_ones_own_list_lead_to_the_way_in(studio: Studio) -> None:
    row = cast.booking_row(studio.booking_id)
    page = studio.client.page(f"/bookings/{sign_booking(row.id, row.link_nonce)}")
    assert page.select_one("a[href^='http://localhost/join/']")
    mail = emails.compose(cast.one(select(Notification).where(Notification.kind == "booking_confirmed"))[0])
    assert "http://localhost/join/" in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    cast.sign_in(studio.client, row.user_id)
    assert studio.client.page("/my/bookings").select_one("a[href^='http://localhost/join/']")


def test_the_host_comes_opens_early_and_is_written_down_from_the_window_on(studio: Studio) -> None:
    cast.sign_in(studio.client, studio.ada)
    here = f"{P}/sessions/{studio.session_id}"
    assert studio.client.post(f"{here}/open").status_code == 422
    studio.at(hours=2)
    assert studio.client.post(f"{here}/join").headers["Location"] == SECRET
    assert cast.session_row(studio.session_id).host_joined_at is None
    page = studio.client.page(here)
    assert "form-action 'self' https: http:" in studio.client.get(here).headers["Content-Security-Policy"]
    form = page.select_one(f"form[action='{here}/open']")
    assert form is not None
    studio.client.submit(form)
    assert studio.join().status_code == 303
    cast.sign_in(studio.client, studio.ada)
    assert studio.client.post(f"{here}/join").headers["Location"] == SECRET
    assert cast.session_row(studio.session_id).host_joined_at == studio.clock.now()
    actions = set(
        db.session.execute(select(AuditEntry.action).where(AuditEntry.object_id == studio.session_id)).scalars()
    )
    assert actions == {"open", "join"}


def test_who_neither_hosts_nor_runs_the_schedule_does_not_go_through(studio: Studio) -> None:
    studio.at(minutes=1)
    here = f"{P}/sessions/{studio.session_id}"
    cast.sign_in(studio.client, cast.staff(studio.organization_id, "Dora Maar", "coach"))
    assert [studio.client.post(f"{here}/{what}").status_code for what in ("join", "open")] == [403, 403]
    cast.sign_in(studio.client, cast.staff(studio.organization_id, "Grace Hopper", "admin"))
    assert studio.client.post(f"{here}/join").headers["Location"] == SECRET
    assert cast.session_row(studio.session_id).host_joined_at is None


def test_without_a_choice_the_room_is_jitsis_and_not_the_sessions_id(studio: Studio) -> None:
    studio.set(LiveSession, studio.session_id, meeting_provider=None, meeting_url=None)
    studio.at(minutes=1)
    address = studio.join().headers["Location"]
    assert address == f"https://meet.jit.si/{cast.session_row(studio.session_id).room.hex}"
    assert studio.session_id.hex not in address


@pytest.mark.parametrize("status", ["", "disconnected", "needs_reauth", "connected"])
@pytest.mark.parametrize("provider", ["zoom", "google_meet", "jitsi"])
def test_a_provider_without_an_account_is_said_wherever_it_matters(studio: Studio, provider: str, status: str) -> None:
    """On the session's page that a save leads to, on the dashboard, at saving an offering, and to the guest."""
    studio.set(LiveSession, studio.session_id, meeting_provider=provider, meeting_url=None)
    if status and provider != "jitsi":
        connection(studio, provider, status)
    name = {"zoom": "Zoom", "google_meet": "Google Meet", "jitsi": "Jitsi"}[provider]
    is_missing = provider != "jitsi" and status != "connected"
    cast.sign_in(studio.client, studio.ada, studio.organization_id)
    words = f"{name} isn’t connected for you"
    assert (words in studio.client.page(f"{P}/sessions/{studio.session_id}").text) is is_missing
    dashboard = studio.client.page(P).text
    assert (words in dashboard or f"{name} needs you to sign in again" in dashboard) is is_missing
    studio.at(minutes=3)
    page = studio.client.page(studio.path).text
    assert ("There is no link yet" in page) is is_missing
    assert ("The room is being made" in page) is (provider != "jitsi" and not is_missing)


@ON_ONE_DATABASE
@pytest.mark.parametrize("status", ["", "connected"])
def test_saving_an_offering_says_that_its_provider_is_not_connected(app: Flask, studio: Studio, status: str) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], zoom_client_id="x", zoom_client_secret="y")
    if status:
        connection(studio, "zoom", status)
    cast.sign_in(studio.client, studio.ada, studio.organization_id)
    form = studio.client.page(f"{P}/offerings/new?kind=live_class").select_one("#main form[method=post]")
    assert form is not None
    saved = studio.client.submit(form, title="Talk", format="online", meeting_provider="zoom")
    assert saved.status_code == 303, saved.text
    assert ("Zoom isn’t connected yet" in studio.client.page(saved.location).text) is (status == "")


def connection(studio: Studio, provider: str, status: str) -> None:
    has = "connected" if status == "connected" else None
    cast.write(
        VideoConnection, organization_id=studio.organization_id, user_id=studio.ada, provider=provider, status=status,
        account_id="ada", refresh_token=has, version=0, connected_at=NOW, changed_at=NOW,
    )  # fmt: skip
