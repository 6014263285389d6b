"""Video accounts and links at a pretend Zoom and Google: connecting, tokens, one meeting a session, and every fault."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from threading import Barrier
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask
from joserfc import jwt
from joserfc.jwk import OctKey
from sqlalchemy import func, select, text, update

from liveapp import clock as machine_clock
from liveapp.db import AnyRow, db
from liveapp.dev.video_simulator.server import CLIENT_ID, CLIENT_SECRET, Simulator
from liveapp.domain.accounts.models import Membership
from liveapp.domain.actor import Actor
from liveapp.domain.audit.models import AuditEntry
from liveapp.domain.bookings import service as bookings
from liveapp.domain.bookings import session_changes
from liveapp.domain.bookings.session_changes import Edit
from liveapp.domain.catalogue.models import Offering
from liveapp.domain.live_sessions import series, service
from liveapp.domain.live_sessions.details import Details, Limits
from liveapp.domain.live_sessions.models import Series
from liveapp.domain.meetings import answers, births, rescheduling
from liveapp.domain.notifications.models import Notification
from liveapp.domain.outbox.models import OutboxMessage
from liveapp.domain.video import connections, queries, watching
from liveapp.domain.video.models import SessionLink, VideoConnection, VideoConsent
from liveapp.gateways.video import jitsi, links, tokens
from liveapp.gateways.video.asking import SignInNeeded, VideoAway
from liveapp.gateways.video.jitsi import Visitor
from liveapp.gateways.video.provider import provider
from liveapp.rules.recurrence import Frequency, Rule
from liveapp.rules.roles import Role
from liveapp.tasks import schedule
from liveapp.tasks import video as jobs
from liveapp.unit_of_work import transact, transact_in_turn
from liveapp.web.navigation import P
from tests import cast
from tests.conftest import ON_ONE_DATABASE, Clock
from tests.policing import PolicingClient

VIDEO = f"{P}/settings/video"
MAKE = {"zoom": "POST /v2/users/me/meetings", "google_meet": "POST /calendar/v3/calendars/primary/events"}
THERE = {"zoom": "zoom", "google_meet": "google"}


@dataclass
class Room:
    """Ada's studio, with a class online by a provider that she has connected."""

    there: Simulator
    organization_id: uuid.UUID
    ada: Actor
    offering_id: uuid.UUID
    browser: PolicingClient
    clock: Clock

    def connect(self, provider: str = "zoom", email: str = "ada@example.com", do: str = "allow") -> str:
        """She goes to the provider and back: the page that she comes to."""
        page = self.browser.post(f"{VIDEO}/{provider}/connect")
        back = self.agree(page.headers["Location"], email, do)
        return self.browser.get(back, follow_redirects=True).text

    def agree(self, consent_page: str, email: str = "ada@example.com", do: str = "allow") -> str:
        """Where the provider sends her back to."""
        said = {"email": email, "name": "Ada L.", "do": do}
        answer = requests.post(consent_page, data=said, allow_redirects=False, timeout=5)
        parts = urlsplit(answer.headers["Location"])
        return f"{parts.path}?{parts.query}"

    def session(self, provider: str = "zoom", **values: Any) -> uuid.UUID:
        made = {"format": "online", "meeting_provider": provider, "status": "draft"} | values
        start = self.clock.now() + timedelta(days=made.pop("days", 3))
        return cast.session(
            self.organization_id, made.pop("host_id", self.ada.user_id), self.offering_id, start, **made
        )

    def published(self, provider: str = "zoom", **values: Any) -> uuid.UUID:
        session_id = self.session(provider, **values)
        transact(service.publish, session_id=session_id, actor=self.ada, now=self.clock.now())
        return session_id

    def work(self) -> None:
        schedule.run_due()

    def later(self, **duration: float) -> None:
        self.clock.advance(**duration)
        self.work()

    def meetings(self, provider: str = "zoom") -> list[dict[str, Any]]:
        """What is there, without what was removed."""
        found = self.there.world.meetings(THERE[provider]).values()
        return [each for each in found if not each.get("gone")]

    def link(self, session_id: uuid.UUID) -> AnyRow | None:
        rows = self.links(session_id)
        live = [row for row in rows if row.state in ("wanted", "made")]
        return live[0] if live else None

    def links(self, session_id: uuid.UUID) -> list[AnyRow]:
        db.session.rollback()
        query = select(*SessionLink.__table__.columns).where(SessionLink.session_id == session_id)
        return list(db.session.execute(query).all())

    def connection(self, provider: str = "zoom") -> AnyRow:
        db.session.rollback()
        query = select(VideoConnection.id, VideoConnection.status, VideoConnection.version)
        return db.session.execute(query.where(VideoConnection.provider == provider)).one()

    def fault(self, call: str, kind: str, times: int = 1) -> None:
        self.there.faults.set([{"match": call, "fault": kind, "times": times, "ms": 1}])


@pytest.fixture
def room(app: Flask, settings: Any, client: PolicingClient, clock: Clock) -> Iterator[Room]:
    with Simulator() as there:
        keys = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "api_base": there.url}
        app.extensions["settings"] = replace(
            settings, **{f"{name}_{key}": value for name in ("zoom", "google") for key, value in keys.items()}
        )
        organization_id = cast.organization()
        ada = Actor(cast.staff(organization_id), Role.OWNER, organization_id)
        assert ada.user_id
        cast.sign_in(client, ada.user_id)
        yield Room(there, organization_id, ada, cast.offering(organization_id, format="online"), client, clock)
        app.extensions["settings"] = settings


def state_of(address: str) -> str:
    return parse_qs(urlsplit(address).query)["state"][0]


@pytest.mark.parametrize("provider", ["zoom", "google_meet"])
def test_an_account_is_connected_kept_sealed_and_given_back(room: Room, provider: str) -> None:
    assert "is connected. Links are made in it from now on." in room.connect(provider)
    raw = db.session.execute(text("SELECT * FROM video_connections")).one()._mapping
    assert (raw["status"], raw["account_email"], raw["account_name"]) == ("connected", "ada@example.com", "Ada L.")
    there = room.there.world.things[THERE[provider]]
    assert there["access"]
    assert not set(there["access"]) & {raw["access_token"]}
    assert all(token not in str(raw["refresh_token"]) for token in there["refresh"])
    found = connections.tokens_of(connection_id=room.connection(provider).id)
    assert found.access_token in there["access"]
    page = room.browser.page(VIDEO)
    assert "Ada L., ada@example.com" in page.text
    room.browser.post(f"{VIDEO}/{provider}/disconnect")
    assert room.connection(provider).status == "disconnected"
    assert not there["access"]
    assert not there["refresh"]
    actions = [row.action for row in db.session.execute(select(AuditEntry.action).order_by(AuditEntry.number))]
    assert actions == ["connect", "disconnect"]


@pytest.mark.parametrize("provider", ["zoom", "google_meet"])
def test_a_link_is_made_changed_and_removed_with_its_session(room: Room, provider: str) -> None:
    room.connect(provider)
    session_id = room.published(provider)
    assert room.meetings(provider) == []
    room.work()
    link = room.link(session_id)
    assert link
    assert link.state == "made"
    (meeting,) = room.meetings(provider)
    assert link.join_url == meeting.get("join_url", meeting.get("hangoutLink"))
    row = cast.session_row(session_id)
    moved = Edit(replace_details(row, title="Late yoga"), row.scheduled_at + timedelta(hours=2))
    turn = [session_id, row.host_id]
    transact_in_turn(
        turn, session_changes.edit_session, session_id=session_id, actor=room.ada, now=room.clock.now(),
        limits=Limits(30, 240), edit=moved,
    )  # fmt: skip
    room.work()
    (meeting,) = room.meetings(provider)
    title, start = (
        meeting.get("topic", meeting.get("summary")),
        meeting.get("start_time") or meeting["start"]["dateTime"],
    )
    assert (title, start) == ("Late yoga", f"{moved.starts_at:%Y-%m-%dT%H:%M:%SZ}")
    transact_in_turn(
        [session_id], session_changes.cancel_session, session_id=session_id, actor=room.ada, now=room.clock.now(),
        reason="Storm",
    )  # fmt: skip
    room.work()
    assert room.meetings(provider) == []
    assert [each.state for each in room.links(session_id)] == ["removed"]


def replace_details(row: AnyRow, **said: Any) -> Details:
    return replace(Details(**{name: getattr(row, name) for name in Details.__dataclass_fields__}), **said)


TEN = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)  # Thursday, 10:00 in Berlin


@pytest.mark.parametrize("asks_first", [False, True])
def test_a_meetings_link_is_made_with_its_booking_moved_and_removed(room: Room, asks_first: bool) -> None:
    assert room.ada.user_id
    room.connect()
    cast.weekly_hours(room.organization_id, room.ada.user_id)
    mode = {"booking_mode": "request"} if asks_first else {}
    offering_id = cast.meeting_offering(room.organization_id, meeting_provider="zoom", **mode)
    turn, now = [room.ada.user_id], room.clock.now()
    booking_id = transact_in_turn(
        turn, births.book_slot, organization_id=room.organization_id, offering_id=offering_id,
        host_id=room.ada.user_id, time=births.Time(TEN), person=cast.BEN, now=now,
    )  # fmt: skip
    room.work()
    if asks_first:
        assert room.meetings() == []
        transact_in_turn(turn, answers.accept, booking_id=booking_id, actor=room.ada, now=now)
        room.work()
    assert [each["start_time"] for each in room.meetings()] == ["2026-03-05T09:00:00Z"]
    later = TEN + timedelta(hours=1)
    transact_in_turn(turn, rescheduling.reschedule, booking_id=booking_id, start=later, now=now, actor=room.ada)
    room.work()
    assert [each["start_time"] for each in room.meetings()] == ["2026-03-05T10:00:00Z"]
    transact_in_turn(turn, bookings.cancel, booking_id=booking_id, now=now)
    room.work()
    assert room.meetings() == []


@ON_ONE_DATABASE
@pytest.mark.parametrize("is_elsewhere", [False, True], ids=["only here", "in two businesses"])
def test_whoever_works_here_no_more_has_no_account_here(room: Room, is_elsewhere: bool) -> None:
    """They couldn't disconnect it themselves; where else they connected it, it goes on."""
    grace = cast.staff(room.organization_id, "Grace Hopper", "coach")
    places = [room.organization_id]
    if is_elsewhere:
        places.append(cast.organization("kestrel-two"))
        cast.membership(places[1], grace, "coach", slug="grace")
    for place in places:
        cast.sign_in(room.browser, grace, place)
        room.connect(email="grace@example.com")
    cast.sign_in(room.browser, room.ada.user_id)
    membership = cast.one(
        select(Membership.id).where(Membership.user_id == grace, Membership.organization_id == places[0])
    )[0]
    assert room.browser.post(f"{P}/members/{membership}/end").status_code == 303
    db.session.rollback()
    rows = db.session.execute(select(VideoConnection.organization_id, VideoConnection.status))
    assert {row[0]: row[1] for row in rows} == dict(zip(places, ("disconnected", "connected"), strict=False))
    assert bool(room.there.world.things["zoom"]["access"]) is is_elsewhere
    last = cast.one(select(AuditEntry.actor_id, AuditEntry.action).order_by(AuditEntry.number.desc()).limit(1))
    assert tuple(last) == (room.ada.user_id, "disconnect")


def test_drafts_and_rooms_of_ones_own_have_no_meeting_there(room: Room) -> None:
    room.connect()
    transact(service.unpublish, session_id=room.published(), actor=room.ada, now=room.clock.now())
    room.published("jitsi", days=4)
    room.work()
    assert room.meetings() == []


def test_a_session_that_is_handed_over_moves_to_the_other_hosts_account(room: Room) -> None:
    room.connect()
    session_id = room.published()
    room.work()
    grace = cast.staff(room.organization_id, "Grace Hopper", "admin")
    transact_in_turn(
        [session_id], session_changes.substitute_host, session_id=session_id, host_id=grace, actor=room.ada,
        now=room.clock.now(), limits=Limits(30, 240),
    )  # fmt: skip
    room.work()
    link = room.link(session_id)
    assert link
    assert (link.state, link.last_error) == ("wanted", "The host hasn't connected Zoom.")
    assert room.meetings() == []
    cast.sign_in(room.browser, grace)
    room.connect(email="grace@example.com")
    room.work()
    assert [each["host_id"] for each in room.meetings()] == [
        room.there.world.account("zoom", "grace@example.com", "Ada L.")
    ]


@ON_ONE_DATABASE
@pytest.mark.parametrize("provider", ["zoom", "google_meet"])
@pytest.mark.parametrize("kind", ["slow", "rate_limit", "error_before", "error_after", "drop_before", "drop_after"])
def test_a_session_has_one_meeting_whatever_broke(room: Room, provider: str, kind: str) -> None:
    room.connect(provider)
    session_id = room.published(provider)
    room.fault(MAKE[provider], kind)
    room.work()
    link = room.link(session_id)
    assert link
    assert (link.state == "made") is (kind == "slow")
    assert bool(link.last_error) is (kind != "slow")
    room.later(minutes=1)
    link = room.link(session_id)
    assert link
    assert (link.state, link.last_error) == ("made", "")
    assert len(room.meetings(provider)) == 1


def test_without_looking_first_there_would_be_two(room: Room) -> None:
    """The negative control: what says that it was asked for before is forgotten."""
    room.connect()
    session_id = room.published()
    room.fault(MAKE["zoom"], "error_after")
    room.work()
    transact(lambda: db.session.execute(update(SessionLink).values(asked_at=None)))
    room.later(minutes=1)
    assert room.link(session_id).state == "made"  # type: ignore[union-attr]
    assert len(room.meetings()) == 2


def test_a_provider_that_is_down_for_hours_is_asked_again_until_it_is_there(room: Room) -> None:
    room.connect()
    session_id = room.published()
    room.fault("* /v2/*", "error_before", times=1000)
    for _ in range(16):
        room.later(minutes=70)
    link = room.link(session_id)
    assert link
    assert (link.state, link.last_error) == ("wanted", "Zoom has a fault at the moment.")
    room.there.faults.set([])
    room.clock.advance(minutes=70)
    assert jobs.follow_neglected() == 1
    assert len(room.meetings()) == 1


def test_a_sweep_waits_for_one_that_is_away_only_once_and_none_is_left_out(room: Room) -> None:
    room.connect()
    sessions = [room.published(days=days) for days in (3, 4)]
    room.clock.advance(minutes=15)
    room.fault("* /v2/*", "error_before", times=1000)
    for tried in (1, 2):
        assert jobs.follow_neglected() == 0
        assert sum(len(room.links(each)) for each in sessions) == tried
    room.there.faults.set([])
    room.clock.advance(minutes=70)
    assert jobs.follow_neglected() == 2


def test_a_meeting_that_was_removed_by_hand_is_made_again(room: Room) -> None:
    room.connect()
    session_id = room.published()
    room.work()
    room.meetings()[0]["gone"] = True
    row = cast.session_row(session_id)
    edit = Edit(replace_details(row), row.scheduled_at + timedelta(hours=1))
    transact_in_turn(
        [session_id, row.host_id], session_changes.edit_session, session_id=session_id, actor=room.ada,
        now=room.clock.now(), limits=Limits(30, 240), edit=edit,
    )  # fmt: skip
    room.work()
    room.later(minutes=1)
    assert [each.state for each in room.links(session_id) if each.state != "removed"] == ["made"]
    assert len(room.meetings()) == 1


def test_tokens_that_ran_out_are_refreshed_and_written_down_before_use(room: Room) -> None:
    room.connect()
    first = room.connection()
    room.clock.advance(hours=2)
    room.there.world.expire("zoom")
    session_id = room.published()
    room.work()
    assert room.link(session_id).state == "made"  # type: ignore[union-attr]
    assert room.connection().version == first.version + 1
    found = connections.tokens_of(connection_id=first.id)
    assert found.refresh_token in room.there.world.things["zoom"]["refresh"]


def test_a_token_that_is_not_taken_before_its_time_is_asked_for_anew(room: Room) -> None:
    room.connect()
    room.there.world.expire("zoom")
    session_id = room.published()
    room.work()
    room.later(minutes=1)
    assert room.link(session_id).state == "made"  # type: ignore[union-attr]
    assert room.connection().status == "connected"


def test_access_that_was_taken_away_is_told_once_and_mended_by_connecting_again(room: Room) -> None:
    room.connect()
    account = room.there.world.account("zoom", "ada@example.com", "Ada L.")
    room.there.world.forget("zoom", account)
    room.clock.advance(hours=2)
    session_id = room.published()
    room.work()
    room.later(minutes=5)
    assert room.connection().status == "needs_reauth"
    assert "Needs you to sign in" in room.browser.page(VIDEO).text
    assert "Zoom needs you to sign in again" in room.browser.page(P).text
    told = select(func.count()).select_from(Notification).where(Notification.kind == "video_needs_sign_in")
    assert cast.one(told)[0] == 1
    link = room.link(session_id)
    assert link
    assert link.last_error == "The host has to sign in at Zoom again."
    room.connect()
    room.work()
    assert room.link(session_id).state == "made"  # type: ignore[union-attr]


def test_what_couldnt_be_removed_in_time_is_removed_afterwards_and_what_was_used_stays(room: Room) -> None:
    room.connect()
    kept, left = room.published(), room.published(days=4)
    room.work()
    grace = cast.staff(room.organization_id, "Grace Hopper", "admin")
    room.fault("DELETE *", "error_before", times=1)
    transact_in_turn(
        [left], session_changes.substitute_host, session_id=left, host_id=grace, actor=room.ada,
        now=room.clock.now(), limits=Limits(30, 240),
    )  # fmt: skip
    room.work()
    assert len(room.meetings()) == 2
    room.clock.advance(days=5)
    jobs.follow_neglected()
    assert [each.state for each in room.links(kept)] == ["made"]
    assert sorted(each.state for each in room.links(left)) == ["removed", "wanted"]
    assert len(room.meetings()) == 1
    assert queries.neglected(now=room.clock.now()) == []


def test_connecting_another_account_makes_the_links_anew_there(room: Room) -> None:
    room.connect()
    session_id = room.published()
    room.work()
    room.connect(email="work@example.com")
    room.work()
    assert sorted(each.state for each in room.links(session_id)) == ["made", "removed"]
    assert {each["host_id"] for each in room.meetings()} >= {room.there.world.account("zoom", "work@example.com", "A")}


def test_whoever_was_overtaken_writes_nothing(room: Room) -> None:
    """A second refresh of the same pair, begun before the first was written, neither overwrites nor ends anything."""
    room.connect()
    room.clock.advance(hours=2)
    now, old = room.clock.now(), connections.tokens_of(connection_id=room.connection().id)
    tokens.access(old.id, now=now)
    newer = connections.tokens_of(connection_id=old.id)
    assert not transact(connections.take_lease, connection_id=old.id, version=old.version, holder=uuid.uuid4(), now=now)
    assert not transact(connections.lose, connection_id=old.id, version=old.version, now=now)
    late = connections.Tokens("late", "late", now)
    transact(connections.keep_tokens, connection_id=old.id, version=old.version, tokens=late, now=now)
    found = connections.tokens_of(connection_id=old.id)
    assert (found.status, found.refresh_token) == ("connected", newer.refresh_token)


def ten_at_once(app: Flask, do: Callable[[], Any]) -> Counter[str]:
    """What came of it, by the name of what was raised."""
    barrier = Barrier(10)

    def one(_: int) -> str:
        with app.app_context():
            barrier.wait()
            try:
                do()
            except (VideoAway, SignInNeeded) as error:
                return type(error).__name__
            return "done"

    with ThreadPoolExecutor(10) as pool:
        return Counter(pool.map(one, range(10)))


@pytest.mark.parametrize("under_lease", [True, False])
def test_of_ten_who_need_a_new_token_one_asks(room: Room, app: Flask, under_lease: bool) -> None:
    """Without the lease, as the control shows, ten ask with one token, which Zoom takes once: nine are sent away."""
    room.connect()
    room.clock.advance(hours=2)
    found, now = connections.tokens_of(connection_id=room.connection().id), room.clock.now()
    db.session.rollback()
    room.there.world.calls.clear()
    room.fault("POST /oauth/token", "slow", times=10)
    if under_lease:
        outcome = ten_at_once(app, lambda: tokens.access(found.id, now=now))
        assert outcome.keys() <= {"done", "VideoAway"}
        assert room.there.world.calls["POST /oauth/token"] == 1
        assert room.connection().status == "connected"
    else:
        outcome = ten_at_once(app, lambda: provider("zoom").refresh(found.refresh_token, now=now))
        assert outcome == {"done": 1, "SignInNeeded": 9}


def test_a_lease_keeps_the_others_away_until_it_is_over(room: Room) -> None:
    room.connect()
    room.clock.advance(hours=2)
    found, now = room.connection(), room.clock.now()
    assert transact(connections.take_lease, connection_id=found.id, version=found.version, holder=uuid.uuid4(), now=now)
    with pytest.raises(VideoAway, match="Somebody else is asking Zoom"):
        tokens.access(found.id, now=now)
    assert tokens.access(found.id, now=now + connections.LEASE + timedelta(seconds=1))


def test_a_key_that_is_gone_asks_for_signing_in_again(room: Room, app: Flask) -> None:
    room.connect()
    connection_id, kept = room.connection().id, app.extensions["sealer"]
    try:
        from liveapp import sealed

        sealed.set_up(app, replace(app.extensions["settings"], secret_key="another secret of the deployment here"))
        with pytest.raises(SignInNeeded):
            tokens.access(connection_id, now=room.clock.now())
        assert room.connection().status == "needs_reauth"
        assert "Needs you to sign in" in room.browser.page(VIDEO).text
    finally:
        app.extensions["sealer"] = kept


@pytest.mark.parametrize("moved", ["access_token", "refresh_token", "another row's access_token"])
def test_tokens_that_were_moved_in_the_database_open_nothing(room: Room, moved: str) -> None:
    """Who can write to the database, but has no key, can't make one host's account another's."""
    room.connect("zoom")
    room.connect("google_meet")
    zoom, google = room.connection("zoom").id, room.connection("google_meet").id
    source, column = (google, "access_token") if "row" in moved else (zoom, moved)
    target = "refresh_token" if (source, column) == (zoom, "access_token") else "access_token"
    foreign = select(VideoConnection).where(VideoConnection.id == source)
    value = getattr(db.session.execute(foreign).scalar_one(), column)
    db.session.rollback()
    copied = update(VideoConnection).where(VideoConnection.id == zoom).values({target: value})
    transact(lambda: db.session.execute(copied))
    with pytest.raises(SignInNeeded):
        tokens.access(zoom, now=room.clock.now())
    assert room.connection("zoom").status == "needs_reauth"


def begun(room: Room, provider: str = "zoom") -> str:
    """She went to the provider: the address of its page."""
    answer = room.browser.post(f"{VIDEO}/{provider}/connect")
    return answer.headers["Location"]


USED = "was used already, is too old, or isn&#39;t yours"


@pytest.mark.parametrize("wrong", ["", "another", "é\0", "a" * 5000])
def test_coming_back_with_a_wrong_state_is_a_page_with_a_sentence(room: Room, wrong: str) -> None:
    begun(room)
    answer = room.browser.get(f"{VIDEO}/zoom/callback", query_string={"code": "x", "state": wrong})
    assert (answer.status_code, USED in answer.text) == (400, True)


def test_the_way_back_is_good_once_for_ten_minutes_and_for_one_provider(room: Room) -> None:
    back = room.agree(begun(room))
    assert room.browser.get(back.replace("/zoom/", "/google_meet/")).status_code == 400
    assert room.browser.get(back).status_code == 303
    assert room.browser.get(back).status_code == 400
    late = room.agree(begun(room))
    room.clock.advance(minutes=10)
    assert room.browser.get(late).status_code == 400
    assert room.browser.get(f"{VIDEO}/teams/callback").status_code == 404


def test_the_way_back_is_good_for_whoever_went_in_the_same_browser(
    room: Room, new_client: Callable[[], PolicingClient]
) -> None:
    back = room.agree(begun(room))
    grace, again = new_client(), new_client()
    cast.sign_in(grace, cast.staff(room.organization_id, "Grace Hopper", "admin"))
    assert room.ada.user_id
    cast.sign_in(again, room.ada.user_id)
    assert grace.get(back).status_code == 400
    assert again.get(back).status_code == 400
    assert room.browser.get(back).status_code == 303
    assert cast.one(select(func.count()).select_from(VideoConnection))[0] == 1


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("deny", "You didn’t allow it at Zoom, so nothing is connected."),
        ("error_before", "Zoom has a fault at the moment. Nothing is connected; try it again in a few minutes."),
        ("drop_before", "Zoom didn&#39;t answer. Nothing is connected; try it again in a few minutes."),
        ("code", "Zoom wants its owner to sign in again. Nothing is connected; begin again."),
        ("nothing", "Zoom sent you back without saying yes, so nothing is connected."),
    ],
)
def test_what_goes_wrong_at_the_provider_is_said(room: Room, kind: str, said: str) -> None:
    back = room.agree(begun(room), do="deny" if kind == "deny" else "allow")
    if kind in ("error_before", "drop_before"):
        room.fault("POST /oauth/token", kind)
    if kind == "code":
        back = back.replace("code=", "code=x")
    if kind == "nothing":
        back = f"{VIDEO}/zoom/callback?state={state_of(back)}"
    assert said in room.browser.get(back, follow_redirects=True).text
    assert cast.one(select(func.count()).select_from(VideoConnection))[0] == 0
    assert cast.one(select(func.count()).select_from(VideoConsent).where(VideoConsent.used_at.is_not(None)))[0] == 1


def test_the_providers_of_other_businesses_and_without_keys_are_not_there(room: Room, app: Flask) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], zoom_client_id="", zoom_client_secret="")
    assert "Not set up here" in room.browser.page(VIDEO).text
    assert room.browser.post(f"{VIDEO}/zoom/connect").status_code == 404
    assert room.browser.post(f"{VIDEO}/zoom/disconnect").status_code == 404


def test_dates_of_a_series_get_their_links_two_weeks_ahead(room: Room) -> None:
    room.connect()
    series_id = uuid.uuid4()
    transact(_write_series, room, series_id)
    near, far = (room.published(days=days, series_id=series_id) for days in (13, 15))
    room.work()
    assert (bool(room.link(near)), room.link(far)) == (True, None)
    assert queries.neglected(now=room.clock.now()) == []
    room.clock.advance(days=1, hours=1)
    assert [row.id for row in queries.neglected(now=room.clock.now())] == [far]
    assert jobs.follow_neglected() == 1
    assert room.link(far)


def _write_series(room: Room, series_id: uuid.UUID) -> None:
    offering = db.session.get_one(Offering, room.offering_id)
    details = Details(room.offering_id, room.ada.user_id, "Yoga", "online", 60, 5)  # type: ignore[arg-type]
    day = room.clock.now().date()
    rule = Rule(frequency=Frequency.DAILY, start_time=time(9), timezone="UTC", first_date=day)
    made = series.add(rule, details, offering, actor=room.ada, publishes=True, now=room.clock.now())
    db.session.execute(update(Series).where(Series.id == made).values(id=series_id))


def told_by_google(room: Room, channel: dict[str, Any], **changed: str) -> int:
    """Google tells of a change, as https://developers.google.com/workspace/calendar/api/guides/push says."""
    said = {"Channel-ID": channel["id"], "Channel-Token": channel["token"], "Resource-State": "exists"} | changed
    headers = {f"X-Goog-{name}": value for name, value in said.items()}
    return room.browser.post("/webhooks/google", headers=headers, csrf=False).status_code


def test_an_event_that_is_removed_in_googles_calendar_is_made_again(room: Room) -> None:
    room.connect("google_meet")
    assert jobs.watch_calendars() == 1
    assert jobs.watch_calendars() == 0
    (channel,) = room.there.world.things["google"]["channels"].values()
    assert (channel["type"], channel["address"]) == ("web_hook", "http://localhost/webhooks/google")
    session_id = room.published("google_meet")
    room.work()
    room.meetings("google_meet")[0] |= {"status": "cancelled", "gone": True}
    assert told_by_google(room, channel, **{"Resource-State": "sync"}) == 200
    assert [told_by_google(room, channel) for _ in range(3)] == [200] * 3
    assert cast.one(select(func.count()).where(OutboxMessage.name == "look_at_calendar"))[0] == 1
    room.later(minutes=1)
    assert sorted(each.state for each in room.links(session_id)) == ["made", "removed"]
    assert len(room.meetings("google_meet")) == 1


@pytest.mark.parametrize(
    "changed", [{"Channel-Token": "another"}, {"Channel-Token": ""}, {"Channel-ID": ""}, {"Channel-ID": "x"},
                {"Channel-ID": str(uuid.UUID(int=5))}], ids=str,
)  # fmt: skip
def test_what_google_did_not_tell_is_refused(room: Room, changed: dict[str, str]) -> None:
    room.connect("google_meet")
    jobs.watch_calendars()
    (channel,) = room.there.world.things["google"]["channels"].values()
    assert told_by_google(room, channel, **changed) == 400
    room.browser.post(f"{VIDEO}/google_meet/disconnect")
    assert told_by_google(room, channel) == 400


def test_channels_that_end_soon_get_a_successor(room: Room) -> None:
    room.connect("google_meet")
    jobs.watch_calendars()
    until = timedelta(days=7) - watching.AHEAD
    real = machine_clock.now()
    room.clock.set(real + until - timedelta(minutes=5))
    assert watching.unwatched(now=room.clock.now()) == []
    room.clock.set(real + until + timedelta(minutes=5))
    assert len(watching.unwatched(now=room.clock.now())) == 1


def test_the_address_of_a_room_and_its_token(app: Flask, settings: Any) -> None:
    secret, visitor = uuid.UUID(int=7), Visitor(uuid.UUID(int=8), "Ben Okafor", "ben@example.com", leads=True)
    now = cast.NOW
    plain = jitsi.room_address(secret, visitor=visitor, ends_at=now + timedelta(hours=1), now=now)
    assert plain == f"https://meet.jit.si/{secret.hex}"
    keys = {"jitsi_domain": "meet.example.com", "jitsi_app_id": "app", "jitsi_app_secret": "s" * 32}
    app.extensions["settings"] = replace(settings, **keys)
    try:
        address = jitsi.room_address(secret, visitor=visitor, ends_at=now + timedelta(hours=1), now=now)
    finally:
        app.extensions["settings"] = settings
    start, _, token = address.partition("?jwt=")
    assert start == f"https://meet.example.com/{secret.hex}"
    said = jwt.decode(token, OctKey.import_key("s" * 32))
    assert said.header == {"alg": "HS256", "typ": "JWT"}
    assert {name: said.claims[name] for name in ("aud", "iss", "sub", "room")} == {
        "aud": "jitsi", "iss": "app", "sub": "meet.example.com", "room": secret.hex,
    }  # fmt: skip
    assert said.claims["exp"] == int((now + timedelta(hours=3)).timestamp())
    assert said.claims["context"]["user"] == {
        "id": visitor.id.hex, "name": "Ben Okafor", "email": "ben@example.com", "moderator": True,
    }  # fmt: skip


def test_following_something_that_isnt_there_does_nothing(app: Flask, clock: Clock) -> None:
    links.follow(uuid.uuid4(), now=clock.now())
