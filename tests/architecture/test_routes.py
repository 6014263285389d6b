"""One table: every route × role × organization. A route without a row fails, and so does a row without a route.

To add a route, add its row to ``ROWS``: who gets through, and the values of its address and form where it has some.
Ada owns the Kestrel studio, Emil administers it, Dora coaches there and Ben is a member. Cy owns another organization:
objects of the studio don't exist for her, and no page that she opens while signed in says the word "Kestrel".
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from liveapp.blueprints import PARTS
from liveapp.db import db
from liveapp.domain.accounts import invitations, sign_in
from liveapp.domain.accounts.models import Membership, SignUp, User
from liveapp.domain.actor import Actor
from liveapp.domain.audit import service as audit
from liveapp.domain.availability.models import AvailabilityOverride, Closure, Travel
from liveapp.domain.bookings import service as bookings
from liveapp.domain.bookings.places import Wish
from liveapp.domain.bulk.models import Batch
from liveapp.domain.catalogue.models import Location, Program
from liveapp.domain.displays.models import Display
from liveapp.domain.meetings import service as meetings
from liveapp.domain.meetings.service import Time
from liveapp.domain.payments.models import Refund
from liveapp.domain.plans import subscriptions
from liveapp.domain.plans.subscriptions import Gift
from liveapp.domain.workouts.models import Workout
from liveapp.rules.roles import Role
from liveapp.unit_of_work import transact, transact_in_turn
from liveapp.web.limits import limiter
from liveapp.web.signing import Purpose, sign
from tests import cast
from tests.cast import NOW
from tests.conftest import ON_ONE_DATABASE, Clock
from tests.policing import PolicingClient

MARK = "Kestrel"
UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ROLES = ("anonymous", "cy", "member", "coach", "admin", "owner")
"""In this order, so that whoever may change something comes after those who may not."""

OPEN, SIGN_IN, NO_SIGN_IN, FORBIDDEN, HIDDEN = "open", "sign in", "401", "403", "404"


def access(**said: str) -> dict[str, str]:
    """Open to all but those who are named."""
    return dict.fromkeys(ROLES, OPEN) | said


PUBLIC = access()
SIGNED_IN = access(anonymous=SIGN_IN)
# Lists and new things are those of one's own organization, so Cy gets hers.
STAFF = access(anonymous=SIGN_IN, member=FORBIDDEN)
ADMINS = STAFF | {"coach": FORBIDDEN}
OWNERS = ADMINS | {"admin": FORBIDDEN}
# What this deployment has no keys for.
OFF = dict.fromkeys(ROLES, HIDDEN)
# Things of the Kestrel studio.
STAFF_THING = STAFF | {"cy": HIDDEN}
ADMINS_THING = ADMINS | {"cy": HIDDEN}
OWNERS_THING = OWNERS | {"cy": HIDDEN}
# What Ben paid there is his own.
PAYER = dict.fromkeys(ROLES, HIDDEN) | {"anonymous": SIGN_IN, "member": OPEN}


@dataclass(frozen=True)
class World:
    """Ids and tokens of what there is in the studio."""

    people: dict[str, uuid.UUID]
    organization_id: uuid.UUID
    session_id: uuid.UUID
    later_id: uuid.UUID
    offering_id: uuid.UUID
    program_id: uuid.UUID
    location_id: uuid.UUID
    workout_id: uuid.UUID
    display_id: uuid.UUID
    plan_id: uuid.UUID
    subscription_id: uuid.UUID
    closure_id: uuid.UUID
    batch_id: uuid.UUID
    membership_id: uuid.UUID
    invitation_id: uuid.UUID
    sign_up_id: uuid.UUID
    place_id: uuid.UUID
    walk_in_id: uuid.UUID
    meeting_id: uuid.UUID
    override_id: uuid.UUID
    travel_id: uuid.UUID
    payment_id: uuid.UUID
    fee_id: uuid.UUID
    refund_id: uuid.UUID
    nonce: uuid.UUID

    def token(self, purpose: Purpose) -> str:
        ids = {
            Purpose.BOOKING: [self.place_id],
            Purpose.JOIN: [self.place_id],
            Purpose.INVITATION: [self.invitation_id],
            Purpose.VERIFY: [self.sign_up_id],
            Purpose.DISPLAY: [self.display_id],
        }
        return sign(purpose, *ids.get(purpose, [self.people["member"], self.nonce]))


@dataclass(frozen=True)
class Row:
    """Who gets through, and what stands in the address (`values`) and in the form (`data`)."""

    access: dict[str, str]
    values: Callable[[World], dict[str, Any]] = lambda world: {}
    data: Callable[[World], dict[str, Any]] = lambda world: {}


def of(name: str, column: str = "") -> Callable[[World], dict[str, Any]]:
    """The address names one of the world's things."""
    return lambda world: {name: getattr(world, column or name)}


def signed(purpose: Purpose) -> Callable[[World], dict[str, Any]]:
    """The address carries a token for this."""
    return lambda world: {"token": world.token(purpose)}


def of_owner(name: str) -> Callable[[World], dict[str, Any]]:
    """The address or the form names the owner, who hosts."""
    return lambda world: {name: world.people["owner"]}


def hosted(world: World) -> dict[str, Any]:
    return {"slug": "kestrel", "host_slug": "ada", "offering_slug": "kestrel-talk"}


def rows(part: str, access: dict[str, str], *names: str, values: Any = None, data: Any = None) -> dict[str, Row]:
    """Routes of one blueprint that are alike."""
    given = {"values": values, "data": data}
    return {f"{part}.{name}": Row(access, **{key: value for key, value in given.items() if value}) for name in names}


SESSION = of("session_id")
MEETING = of("booking_id", "meeting_id")
BOOKING = signed(Purpose.BOOKING)
ROWS: dict[str, Row] = {
    "static": Row(PUBLIC, lambda world: {"filename": "app.css"}),
    **rows("front", PUBLIC, "index"),
    **rows("health", PUBLIC, "healthz", "readyz"),
    **rows("accounts", PUBLIC, "sign_in", "sign_in_now", "sign_in_link", "send_sign_in_link", "sign_out", "sign_up"),
    **rows("accounts", PUBLIC, "sign_up_now", "join", "join_now", "reset", "send_reset_link"),
    **rows("accounts", PUBLIC, "sign_in_with", "sign_in_with_now", values=signed(Purpose.SIGN_IN)),
    **rows("accounts", PUBLIC, "reset_with", "reset_now", values=signed(Purpose.RESET)),
    **rows("accounts", PUBLIC, "verify", "verify_now", values=signed(Purpose.VERIFY)),
    **rows("accounts", PUBLIC, "invitation", "accept_invitation", values=signed(Purpose.INVITATION)),
    **rows("accounts", STAFF_THING, "switch", data=of("organization_id")),
    **rows("my", SIGNED_IN, "bookings", "plans", "payments", "settings"),
    **rows("my", SIGNED_IN, "save_settings", "change_password", "sign_out_everywhere"),
    **rows("receipts", PUBLIC, "of_booking", values=lambda world: BOOKING(world) | {"payment": world.fee_id}),
    **rows("receipts", PAYER, "own", values=of("payment_id")),
    **rows("book", PUBLIC, "organization", values=lambda world: {"slug": "kestrel"}),
    **rows(
        "book", PUBLIC, "session", "book_place",
        values=lambda world: {"slug": "kestrel", "session_id": world.session_id},
    ),
    **rows("book", PUBLIC, "host", values=lambda world: {"slug": "kestrel", "host_slug": "ada"}),
    **rows("book", PUBLIC, "slots", "book_slot", values=hosted),
    **rows(
        "renewals", access(anonymous=SIGN_IN, cy=HIDDEN, coach=HIDDEN, admin=HIDDEN, owner=HIDDEN),
        "stop", "stop_now", "go_on", "pay", values=of("subscription_id"),
    ),
    **rows("book", PUBLIC, "plans", values=lambda world: {"slug": "kestrel"}),
    **rows("book", PUBLIC, "plan", values=lambda world: {"slug": "kestrel", "plan_id": world.plan_id}),
    **rows("book", SIGNED_IN, "buy_plan", values=lambda world: {"slug": "kestrel", "plan_id": world.plan_id}),
    **rows("booking", PUBLIC, "show", "calendar", "cancel", "cancel_now", values=BOOKING),
    **rows("booking", PUBLIC, "reschedule", "answer", "take", "state", "pay_now", values=BOOKING),
    **rows("webhooks", OFF, "from_stripe", "from_zoom", "from_google"),
    **rows("join", PUBLIC, "show", "go_in", values=signed(Purpose.JOIN)),
    **rows("sessions", ADMINS_THING, "join", "open_early", values=SESSION),
    **rows("booking", PUBLIC, "absent", values=BOOKING),
    **rows("booking", PUBLIC, "agree", values=lambda world: BOOKING(world) | {"card_id": uuid.UUID(int=1)}),
    **rows("booking", PUBLIC, "reschedule_now", values=BOOKING, data=of("session_id")),
    **rows(
        "api", PUBLIC, "slots",
        values=lambda world: {
            "org": "kestrel", "host": "ada", "offering": "kestrel-talk", "from": "2026-03-04", "to": "2026-03-05",
            "tz": "UTC",
        },
    ),
    **rows("dashboard", STAFF, "index"),
    **rows("video", STAFF, "index"),
    # This deployment has no keys for Zoom; what connecting does with them is in tests/gateways/test_video.py.
    **rows("video", OFF | {"anonymous": SIGN_IN}, "callback", values=lambda world: {"provider": "zoom"}),
    **rows(
        "video", OFF | {"anonymous": SIGN_IN, "member": FORBIDDEN}, "connect", "disconnect",
        values=lambda world: {"provider": "zoom"},
    ),
    **rows("sessions", STAFF, "index", "calendar", "new", "create", "fill", "preview"),
    **rows("sessions", STAFF_THING, "detail", "roster", "duplicate", "door", "door_now", values=SESSION),
    **rows("sessions", STAFF_THING, "tap", values=SESSION, data=lambda world: {"in": world.place_id}),
    **rows(
        "sessions", STAFF_THING, "attendance",
        values=lambda world: {"session_id": world.session_id, "booking_id": world.place_id},
    ),
    **rows(
        "sessions", STAFF_THING, "own_code", values=lambda world: {"c": sign(Purpose.OWN_CODE, world.place_id)}
    ),
    **rows("sessions", ADMINS_THING, "edit", "preview_edit", "publish", "unpublish", "start", "take_back", "end",
           "cancel", "preview_cancel", "delete", "host", values=SESSION),
    **rows(
        "sessions", ADMINS_THING, "cancel_booking", "renew_link", "move", "note", "waive", "take_payment", "hand_back",
        values=lambda world: {"session_id": world.session_id, "booking_id": world.place_id},
    ),
    **rows(
        "sessions", ADMINS_THING, "move_to",
        values=lambda world: {
            "session_id": world.session_id, "booking_id": world.place_id, "target_id": world.later_id,
        },
    ),
    **rows("sessions", ADMINS_THING, "add", "add_new", "settle_topic", values=SESSION),
    **rows("sessions", ADMINS_THING, "group_topics", values=SESSION, data=of("chosen", "place_id")),
    **rows(
        "sessions", ADMINS_THING, "add_person",
        values=lambda world: {"session_id": world.session_id, "user_id": world.people["member"]},
    ),
    **rows("closures", ADMINS, "index", "new"),
    **rows("closures", ADMINS_THING, "remove", values=of("closure_id")),
    **rows("bulk", ADMINS, "index", "preview", "apply"),
    **rows("bulk", ADMINS_THING, "show", values=of("batch_id")),
    **rows("availability", STAFF, "index", "preview", "why", "save_rules", "add_exception", "add_journey"),
    **rows("availability", STAFF, "day", "save_day", values=lambda world: {"day": 0}),
    **rows("availability", STAFF, "switch_day", values=lambda world: {"day": 0, "state": "off"}),
    **rows("availability", ADMINS_THING, "remove_exception", values=of("override_id")),
    **rows("availability", ADMINS_THING, "remove_journey", values=of("travel_id")),
    **rows("meetings", STAFF, "index"),
    **rows("meetings", ADMINS_THING, "detail", "accept", "decline", "propose", "reschedule", "cancel", values=MEETING),
    **rows("meetings", ADMINS_THING, "no_show", "end", "decide", values=MEETING),
    **rows("meetings", ADMINS_THING | {"admin": FORBIDDEN}, "join", values=MEETING),
    **rows("cards", SIGNED_IN, "add", "saved"),
    **rows("cards", OFF | {"anonymous": SIGN_IN}, "remove", values=lambda _world: {"card_id": uuid.UUID(int=1)}),
    **rows("cron", OFF, "process_charges"),
    **rows("api_meetings", ADMINS_THING | {"anonymous": NO_SIGN_IN}, "show", values=MEETING),
    "api_meetings.mark_no_show": Row(
        ADMINS_THING | {"anonymous": NO_SIGN_IN},
        lambda world: {"session_id": cast.booking_row(world.meeting_id).session_id},
    ),
    **rows("offerings", STAFF, "index", "new", "create"),
    **rows("offerings", ADMINS_THING, "edit", "change", "archive", "restore", values=of("offering_id")),
    **rows("programs", ADMINS, "index", "new", "create"),
    **rows("programs", ADMINS_THING, "edit", "change", "archive", "restore", values=of("program_id")),
    **rows("displays", STAFF, "index", "new", "create"),
    **rows("displays", ADMINS_THING, "rotate", "revoke", values=of("display_id")),
    **rows("display", PUBLIC, "show", "now", "code", values=signed(Purpose.DISPLAY)),
    **rows("workouts", STAFF, "index", "new", "create", "week"),
    **rows("workouts", STAFF_THING, "show", values=of("workout_id")),
    **rows("workouts", ADMINS_THING, "edit", "change", "archive", "restore", values=of("workout_id")),
    **rows("workouts", ADMINS_THING, "day", "arrange_day", "copy_day",
           values=lambda world: {"program_id": world.program_id, "day": "2026-03-04"},
           data=lambda world: {"do": "add", "workout": world.workout_id}),
    **rows("sessions", ADMINS_THING, "workouts", "arrange", "write_workout", values=SESSION,
           data=lambda world: {"do": "add", "workout": world.workout_id}),
    **rows("sessions", STAFF_THING, "room", values=SESSION),
    **rows("api_workouts", STAFF_THING | {"anonymous": NO_SIGN_IN, "member": HIDDEN}, "session", values=SESSION),
    **rows("api_checkin", STAFF_THING | {"anonymous": NO_SIGN_IN}, "check_in", "attendance", values=SESSION),
    **rows("checkin", PUBLIC, "door_code", "come"),
    **rows("checkin", PUBLIC, "part", "here", "leave", values=BOOKING),
    **rows("api_checkin", PUBLIC, "self_checkin", values=SESSION),
    **rows("api_workouts", ADMINS_THING | {"anonymous": NO_SIGN_IN}, "write", values=SESSION),
    **rows("plans", ADMINS, "index", "new", "create"),
    **rows("plans", ADMINS_THING, "show", "edit", "change", "archive", "restore", values=of("plan_id")),
    **rows("subscriptions", ADMINS, "give", "give_now"),
    **rows("subscriptions", ADMINS_THING, "pause", "pause_now", "resume", "correct", "correct_now", "end", "end_now",
           values=of("subscription_id")),
    **rows("locations", ADMINS, "index", "new", "create"),
    **rows("locations", ADMINS_THING, "edit", "change", "archive", "restore", values=of("location_id")),
    **rows("members", ADMINS, "index", "invite"),
    **rows("members", ADMINS_THING, "person", "complete",
           values=lambda world: {"user_id": world.walk_in_id, "at": world.organization_id}),
    **rows("members", ADMINS_THING, "edit", "change_role", "end", values=of("membership_id")),
    **rows("members", ADMINS_THING, "resend", "revoke", values=of("invitation_id")),
    **rows("audit", ADMINS, "index"),
    **rows("settings", OWNERS, "index", "save"),
    **rows("payments", ADMINS, "index"),
    **rows("payments", ADMINS_THING, "show", "refund", "refund_now", values=of("payment_id")),
    **rows("payments", ADMINS_THING, "try_again",
           values=lambda world: {"payment_id": world.payment_id, "refund_id": world.refund_id}),
    **rows("audit", OWNERS, "refused"),
    **rows("payouts", ADMINS, "index"),
    **rows("payouts", OWNERS, "settings", "save_settings"),
    **rows("payouts", OWNERS_THING, "by_hand", "ask_pay", values=of_owner("to")),
    **rows("payouts", OWNERS_THING, "pay", "withdraw", "mark_paid",
           data=lambda world: {"to": world.people["owner"], "currency": "EUR"}),
    **rows("earnings", ADMINS_THING, "index", "statement_file", "account", "look_again", values=of_owner("of")),
    **rows("earnings", OWNERS_THING, "set_up", values=of_owner("of")),
}  # fmt: skip


@pytest.fixture
def world(app: Flask, clock: Clock) -> World:
    organization_id, other_id = cast.organization("kestrel", name=f"{MARK} Studio"), cast.organization("school")
    people = {
        "owner": cast.staff(organization_id, f"Ada {MARK}"),
        "admin": cast.staff(organization_id, f"Emil {MARK}", "admin"),
        "coach": cast.staff(organization_id, f"Dora {MARK}", "coach"),
        "member": cast.staff(organization_id, f"Ben {MARK}", "member"),
        "cy": cast.staff(other_id, "Cy Other"),
    }
    ada = people["owner"]
    owns = {"organization_id": organization_id, "created_at": NOW}
    hosts = {"organization_id": organization_id, "host_id": ada}
    days = {"first_day": date(2026, 4, 1), "last_day": date(2026, 4, 2)}
    offering_id = cast.offering(organization_id, title=f"{MARK} yoga", topic_type="flexible")
    session_id = cast.session(
        organization_id, ada, offering_id, title=f"{MARK} yoga", scheduled_at=clock.now() + timedelta(days=3),
        ends_at=clock.now() + timedelta(days=3, hours=1),
    )  # fmt: skip
    later = clock.now() + timedelta(days=24)
    asked = {"chosen": MARK, "filter": {}, "values": {}}
    published = {"verb": "publish", "payload": asked, "number": 1, "status": "done", "finished_at": NOW}
    invitation = {"email": f"{MARK.lower()}@example.com", "role": Role.COACH, "inviter": f"Ada {MARK}"}
    actor = Actor(user_id=ada, role=Role.OWNER, organization_id=organization_id)
    plan_id = cast.plan(organization_id, name=f"{MARK} pack", price_minor=9000, is_sold_online=True)
    payment_id = cast.payment(organization_id, people["member"], plan_id)
    place_id = transact_in_turn(
        [session_id],
        bookings.book_place,
        session_id=session_id,
        person=_guest(1),
        wish=Wish(suggested_topic=f"{MARK} topic"),
        now=clock.now(),
    )
    guest_id = cast.booking_row(place_id).user_id
    later_id = cast.session(organization_id, ada, offering_id, later, title=f"{MARK} yoga")
    walk_in_id = cast.write(User, name=f"{MARK} walk-in", created_at=NOW)
    walked_in = cast.booking(later_id, walk_in_id, name=f"{MARK} walk-in", status="cancelled")
    transact(
        audit.record, actor=Actor(ada, Role.OWNER, organization_id), action="book", object_type="booking",
        object_id=walked_in, now=NOW, before={}, after={"status": "cancelled"},
    )  # fmt: skip
    return World(
        people=people,
        organization_id=organization_id,
        session_id=session_id,
        later_id=later_id,
        offering_id=offering_id,
        program_id=cast.write(Program, name=f"{MARK} beginners", **owns),
        location_id=cast.write(Location, name=f"{MARK} room", **owns),
        workout_id=cast.write(Workout, title=f"{MARK} drill", body=MARK, created_by=ada, **owns),
        display_id=cast.write(
            Display, name=f"{MARK} door", session_id=session_id, created_by=ada, expires_at=later, **owns
        ),
        plan_id=plan_id,
        subscription_id=transact(
            subscriptions.give,
            actor=actor,
            person=_member(people["member"]),
            gift=Gift(plan_id, clock.now().date()),
            now=clock.now(),
        ),
        closure_id=cast.write(Closure, reason=MARK, created_by=ada, **owns, **days),
        batch_id=cast.write(Batch, **published, created_by=ada, **owns),
        membership_id=_id(Membership, Membership.user_id == people["coach"]),
        invitation_id=transact(invitations.invite, actor=actor, now=clock.now(), **invitation),
        sign_up_id=_signed_up(clock),
        place_id=place_id,
        walk_in_id=walk_in_id,
        meeting_id=_asked(organization_id, ada, clock),
        override_id=cast.write(AvailabilityOverride, kind="closed", note=MARK, **hosts, **days),
        travel_id=cast.write(Travel, timezone="Asia/Tokyo", **hosts, **days),
        payment_id=payment_id,
        fee_id=cast.payment(organization_id, guest_id, None, purpose="late_cancel", booking_id=place_id),
        refund_id=cast.write(
            Refund, payment_id=payment_id, amount_minor=500, kind="staff", status="failed", failed_at=NOW, **owns
        ),
        nonce=_id(User, User.id == people["member"], User.sign_in_nonce),
    )


def test_every_route_has_a_row_and_every_row_a_route(app: Flask) -> None:
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == set(ROWS)


@ON_ONE_DATABASE
@pytest.mark.parametrize("part", ["", *(part.blueprint.name for part in PARTS)])
def test_who_may_see(app: Flask, world: World, new_client: Callable[[], PolicingClient], part: str) -> None:
    faults = []
    for role in ROLES:
        client = _browser(new_client, world, role)
        for rule in _rules(app, "GET", part):
            row = ROWS[rule.endpoint]
            answer = client.get(_address(app, rule, row, world))
            faults += _faults(f"{role} GET {rule.endpoint}", row, role, answer)
    assert faults == []


@ON_ONE_DATABASE
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_other_peoples_things_are_missing_to_the_byte(
    app: Flask, world: World, new_client: Callable[[], PolicingClient], method: str
) -> None:
    """Somebody who works elsewhere reads the same of what is there and isn't theirs as of what isn't there."""
    client, faults = _browser(new_client, world, "cy"), []
    for rule in _rules(app, method):
        row = ROWS[rule.endpoint]
        address = _address(app, rule, row, world)
        elsewhere = UUID.sub(str(uuid.uuid4()), address)
        if row.access["cy"] == OPEN or elsewhere == address:
            continue
        limiter.reset()
        theirs, missing = (
            _without_chance(client.open(each, method=method, data=row.data(world)), each)
            for each in (address, elsewhere)
        )
        if theirs != missing:
            faults.append(f"{method} {rule.endpoint}: {theirs[:300]} is not {missing[:300]}")
    assert faults == []


@ON_ONE_DATABASE
def test_who_may_not_change(app: Flask, world: World, new_client: Callable[[], PolicingClient]) -> None:
    faults = []
    for role in ROLES:
        client = _browser(new_client, world, role)
        for rule in _rules(app, "POST"):
            row = ROWS[rule.endpoint]
            if row.access[role] != OPEN:
                answer = client.post(_address(app, rule, row, world), data=row.data(world))
                faults += _faults(f"{role} POST {rule.endpoint}", row, role, answer)
    assert faults == []


@ON_ONE_DATABASE
@pytest.mark.parametrize("endpoint", sorted(ROWS))
def test_who_may_change(
    app: Flask, request: pytest.FixtureRequest, new_client: Callable[[], PolicingClient], endpoint: str
) -> None:
    """In a world of its own: after the first who may, the thing can be gone."""
    rules = _rules(app, "POST", endpoint)
    world: World | None = request.getfixturevalue("world") if rules else None
    for rule in rules:
        row, got = ROWS[rule.endpoint], []
        for role in (role for role in ROLES if world and row.access[role] == OPEN):
            client = _browser(new_client, world, role)
            got.append(_class_of(client.post(_address(app, rule, row, world), data=row.data(world))))
        assert got[:1] == ([OPEN] if OPEN in row.access.values() else [])
        assert set(got) <= {OPEN, HIDDEN}


def test_nothing_is_changed_without_a_token(app: Flask, world: World, client: PolicingClient) -> None:
    cast.sign_in(client, world.people["owner"])
    for rule in _rules(app, "POST"):
        row = ROWS[rule.endpoint]
        answer = client.post(_address(app, rule, row, world), data=row.data(world), csrf=False)
        assert answer.status_code == (404 if row.access is OFF else 400), rule.endpoint


@ON_ONE_DATABASE
def test_what_a_stranger_can_send_is_limited(app: Flask, world: World, client: PolicingClient) -> None:
    for rule in _rules(app, "POST"):
        row = ROWS[rule.endpoint]
        if row.access["anonymous"] == OPEN and rule.endpoint != "accounts.sign_out":
            answer = client.post(_address(app, rule, row, world))
            assert "X-RateLimit-Limit" in answer.headers, rule.endpoint


def _rules(app: Flask, method: str, named: str | None = None) -> list[Rule]:
    """The routes that take the method: all, those of a blueprint ('' for those outside), or that of an endpoint."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.methods and method in rule.methods]
    return [rule for rule in rules if named is None or named in (rule.endpoint, rule.endpoint.rpartition(".")[0])]


def _browser(new_client: Callable[[], PolicingClient], world: World, role: str) -> PolicingClient:
    limiter.reset()
    client = new_client()
    if role != "anonymous":
        cast.sign_in(client, world.people[role])
    return client


def _without_chance(answer: TestResponse, address: str) -> str:
    """Status and text, without what differs from answer to answer."""
    text = answer.text.replace(address, "")
    chance = r'(csrf_token[^>]*value=|X-CSRFToken": )"[^"]*"|[0-9a-f]{32}'
    return f"{answer.status_code} " + UUID.sub("", re.sub(chance, "", text))


def _address(app: Flask, rule: Rule, row: Row, world: World) -> str:
    with app.test_request_context():
        return app.url_for(rule.endpoint, **row.values(world))


def _faults(what: str, row: Row, role: str, answer: TestResponse) -> list[str]:
    """What is wrong with the answer; those who get through may be told that it can't be done just now (409, 422)."""
    wanted, got = row.access[role], _class_of(answer)
    if got != wanted:
        return [f"{what}: {answer.status_code} is {got}, not {wanted}"]
    if role == "cy" and row.access["anonymous"] != OPEN and MARK in answer.text:
        return [f"{what} shows {MARK}"]
    return []


def _class_of(answer: TestResponse) -> str:
    if answer.status_code in (200, 204, 409, 410, 422):
        return OPEN
    if answer.status_code == 303:
        return SIGN_IN if "/sign-in?next=" in answer.location or answer.location == "/sign-in" else OPEN
    return str(answer.status_code)


def _signed_up(clock: Clock) -> uuid.UUID:
    wish = sign_in.Wish(email="zoe@example.com", name="Zoe", password_hash="x", timezone="UTC")
    transact(sign_in.sign_up, wish=wish, now=clock.now())
    return _id(SignUp, SignUp.email == wish.email)


def _asked(organization_id: uuid.UUID, host_id: uuid.UUID, clock: Clock) -> uuid.UUID:
    """A meeting that waits for Ada's answer."""
    cast.weekly_hours(organization_id, host_id)
    offering_id = cast.meeting_offering(
        organization_id, title=f"{MARK} talk", slug="kestrel-talk", booking_mode="request"
    )
    start = clock.now().replace(hour=9) + timedelta(days=1)
    values = {"organization_id": organization_id, "offering_id": offering_id, "host_id": host_id, "time": Time(start)}
    return transact_in_turn([host_id], meetings.book_slot, person=_guest(2), now=clock.now(), **values)


def _guest(number: int) -> cast.Person:
    return cast.Person(email=f"guest{number}@example.com", name=f"Guest {MARK}", timezone="UTC")


def _member(user_id: uuid.UUID) -> cast.Person:
    return cast.Person(email="ben@example.com", name=f"Ben {MARK}", timezone="UTC", user_id=user_id)


def _id(table: Any, where: Any, column: Any = None) -> uuid.UUID:
    db.session.rollback()
    found: uuid.UUID = db.session.execute(select(table.id if column is None else column).where(where)).scalar_one()
    return found
