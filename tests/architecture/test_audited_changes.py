"""I15: every POST route that changes something of an organization leaves an audit entry about each thing changed.

`CASES` has a row for every such route (a route without one fails, unless `EXEMPT` says why): what is done before, and
what is typed into the form that the page shows. Around the one change, every table is compared row by row; an entry
must be about each row that is new, gone or other, and name who did it, and of staff their address.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select, update
from werkzeug.routing import Rule

from liveapp.db import Base, db
from liveapp.domain.accounts.models import Organization
from liveapp.domain.actor import Actor
from liveapp.domain.audit.models import AuditEntry
from liveapp.domain.bookings import places
from liveapp.domain.bookings.models import Booking
from liveapp.domain.live_sessions.models import LiveSession
from liveapp.domain.payments import desk
from liveapp.domain.payouts import making
from liveapp.domain.payouts.earners import Earner
from liveapp.rules.roles import Role
from liveapp.unit_of_work import transact
from liveapp.web.navigation import P
from liveapp.web.signing import Purpose, sign
from tests import cast
from tests.architecture.test_routes import ROWS, World, world
from tests.cast import NOW
from tests.conftest import ON_ONE_DATABASE, Clock
from tests.domain.earnings import Studio
from tests.policing import PolicingClient

__all__ = ["world"]

OWN = "a person's own, in no organization"
EXEMPT = {
    "sessions.tap": "what a tap at the desk writes is in tests/domain/test_attendance.py",
    "sessions.preview": "shows the dates of a form that isn't sent yet",
    "sessions.fill": "fills in a form that isn't sent yet",
    "sessions.preview_edit": "shows what a form that isn't sent yet would change",
    "sessions.preview_cancel": "shows what a form that isn't sent yet would cancel",
    "book.buy_plan": "it leads away; what comes in is in tests/domain/test_purchases.py",
    **dict.fromkeys(
        ("renewals.stop_now", "renewals.go_on", "renewals.pay"),
        "a person's own plan; what it writes is in tests/domain/test_renewals.py",
    ),
    "booking.pay_now": "it leads away; what comes in is in tests/domain/test_payments.py",
    "webhooks.from_stripe": "an event is kept, and handled by a job",
    "earnings.set_up": "it leads to the provider; what it writes is in tests/gateways/test_payouts.py",
    "earnings.look_again": "the provider's own word; what it writes is in tests/gateways/test_payouts.py",
    "booking.agree": "what a saved card writes is in tests/gateways/test_charges.py",
    "booking.absent": "what a report writes is in tests/domain/test_settling.py",
    **dict.fromkeys(
        ("api_meetings.mark_no_show", "meetings.join", "meetings.no_show", "meetings.end", "meetings.decide"),
        "they belong to a meeting's own minutes: what they write is in tests/domain/test_settling.py",
    ),
    "api_workouts.write": "it does what sessions.write_workout does",
    **dict.fromkeys(("video.connect", "video.disconnect"), "what they write is in tests/gateways/test_video.py"),
    **dict.fromkeys(
        ("api_checkin.check_in", "api_checkin.self_checkin", "checkin.come", "checkin.here", "checkin.leave"),
        "what checking in writes is in tests/domain/test_attendance.py",
    ),
    "webhooks.from_google": "it only wakes a job",
    "webhooks.from_zoom": "it is signed by Zoom; what it writes is in tests/gateways/test_video_events.py",
    **dict.fromkeys(
        ("join.go_in", "sessions.join", "sessions.open_early"),
        "they belong to a session's own minutes: what they write is in tests/blueprints/test_join.py",
    ),
    "cron.process_charges": "it does what each minute does by itself",
    "booking.take": "what taking a held place writes is in tests/domain/test_waitlist.py",
    "accounts.verify_now": "what it founds is in tests/domain/test_audit.py",
    **dict.fromkeys(
        ("accounts.sign_in_now", "accounts.send_sign_in_link", "accounts.sign_in_with_now", "accounts.sign_out",
         "accounts.send_reset_link", "accounts.reset_now", "accounts.sign_up_now", "accounts.join_now",
         "accounts.switch", "cards.add", "cards.remove", "my.save_settings", "my.change_password",
         "my.sign_out_everywhere"),
        OWN,
    ),
}  # fmt: skip
"""Routes that change nothing of an organization."""
UNAUDITED_TABLES = {
    "audit_entries": "the log itself",
    "webhook_events": "what the card provider told, as it came",
    "ledger_entries": "the book, which follows from payments and refunds and stays by itself",
    "idempotency_keys": "what a form answered, for asking again",
    "notifications": "mails, which follow from the change",
    "outbox": "jobs, which follow from the change",
    "payout_days": "which payout days were seen to, the schedule's own",
    "schedule_ticks": "the scheduler's own",
    "refused_attempts": "a log of its own, which nobody changes",
    "sign_ins": OWN,
    "sign_ups": OWN,
    "time_claims": "what a session takes of its host's time, kept beside it",
    "users": OWN,
}
UNAUDITED_COLUMNS = {
    "revision", "participant_count", "waiting_count", "overbooked", "was_booked", "starts_at", "ends_at",
}  # fmt: skip
"""Counters, which follow from bookings and changes, and a booking's times, which follow its session's."""
ABOUT = {
    "attendance_records": "booking_id",
    "availability_rules": "host_id",
    "availability_overrides": "host_id",
    "booking_rules": "host_id",
    "travels": "host_id",
    "plan_programs": "plan_id",
    "credit_lots": "subscription_id",
    "session_workouts": "session_id",
    "daily_programmings": "program_id",
    "batch_sessions": "batch_id",
    "refunds": "payment_id",
}
"""What entries about rows of these tables are about, where it isn't the row itself."""

Row: TypeAlias = Mapping[str, Any]
Key: TypeAlias = tuple[Any, ...]
Tables: TypeAlias = dict[str, dict[Key, Row]]


@dataclass(frozen=True)
class Case:
    """Something done: `typed` over the form that the page shows (at its own address, or `page`), after what is `first`.

    `here`: the object is the one that the step before led to. `days`: so much later. `as_guest`: by somebody who isn't
    signed in. `about`: the address is that of this thing of the world's. `given`: what no page does yet. `earned`: the
    owner, who hosts, is owed something and can be paid.
    """

    endpoint: str
    typed: dict[str, Any] = field(default_factory=dict)
    first: tuple[Case, ...] = ()
    page: str = ""
    query: str = ""
    here: bool = False
    days: int = 0
    as_guest: bool = False
    about: str = ""
    given: Callable[[World], None] | None = None
    earned: bool = False

    def __str__(self) -> str:
        return f"{self.endpoint}{self.query}{f' after {self.days} days' if self.days else ''}"


def _full(world: World) -> None:
    """The session has as many places as people."""
    db.session.execute(update(LiveSession).where(LiveSession.id == world.session_id).values(max_participants=1))


def _under_way(world: World) -> None:
    """The session was started."""
    started = update(LiveSession).where(LiveSession.id == world.session_id)
    db.session.execute(started.values(status="live", started_at=NOW))


def _cancelled_late(world: World) -> None:
    """The place was given back late, as where that is allowed."""
    places.close(places.held_by(world.place_id), status="cancelled", cancelled_late=True)


def _at_desk(world: World) -> None:
    """The place costs 15.00 at the desk."""
    values = {"paid_by": "at_desk", "price_minor": 1500}
    db.session.execute(update(Booking).where(Booking.id == world.place_id).values(**values))


def _paid_at_desk(world: World) -> None:
    _at_desk(world)
    owner = Actor(world.people["owner"], Role.OWNER, world.organization_id)
    desk.take(booking_id=world.place_id, actor=owner, now=cast.NOW)


def _takes_money(world: World) -> None:
    """The business is paid at the desk."""
    where = Organization.id == world.organization_id
    db.session.execute(update(Organization).where(where).values(payment_provider="desk"))


def _earned(world: World) -> None:
    owner = Actor(world.people["owner"], Role.OWNER, world.organization_id)
    ada = Earner(world.organization_id, owner.user_id)
    studio = Studio(world.organization_id, owner, ada, world.people["member"], world.offering_id)
    studio.set_up(ada)
    studio.earn(10000, NOW - timedelta(days=9))


def _paid_out(world: World) -> None:
    """A payout of the owner's balance waits to be sent."""
    owner = Actor(world.people["owner"], Role.OWNER, world.organization_id)
    making.make(earner=Earner(world.organization_id, owner.user_id), currency="EUR", now=NOW, actor=owner)


SOON = {"date": "2026-03-10", "time": "18:00"}
DRAFT = Case("sessions.create", SOON | {"do": "draft", "title": "New"})
PUBLISHED = Case("sessions.create", SOON | {"do": "publish", "title": "New"})
WEEKLY = {"repeats": "weekly", "weekdays": "1", "ends": "count", "count": "3"}
SERIES = Case("sessions.create", SOON | WEEKLY | {"do": "publish", "title": "New"})
DRAFTS = Case("sessions.create", SOON | WEEKLY | {"do": "draft", "title": "New"})
CANCELLED = Case("sessions.cancel", {"reason": "Ill"}, here=True)
PROPOSED = Case("meetings.propose", {"day": "2026-03-07", "time": "10:00", "start": ""})
DAYS = {"first_day": "2026-05-01", "last_day": "2026-05-02"}
ON_THE_DAY = Case("workouts.arrange_day")
CASES = (
    Case("availability.add_exception", DAYS | {"kind": "closed"}, page=f"{P}/availability?view=dates"),
    Case("availability.remove_exception"),
    Case("availability.add_journey", {"journey-first_day": "2026-05-01", "journey-last_day": "2026-05-02",
                                      "journey-timezone": "Asia/Tokyo"}, page=f"{P}/availability?view=dates"),
    Case("availability.remove_journey"),
    Case("availability.save_day", {"windows-0-start": "10:00"}, page=f"{P}/availability?edit=0"),
    Case("availability.switch_day"),
    Case("availability.save_rules", {"notice": "90", "notice_unit": "1"}, page=f"{P}/availability?view=rules"),
    Case("closures.new", {"first_day": "2026-03-05", "last_day": "2026-03-07", "seen": "1"}),
    Case("closures.remove"),
    *(Case("bulk.apply", typed, page=f"{P}/bulk/preview?all=1&{query}") for query, typed in (
        ("verb=cancel", {"reason": "Ill"}), ("verb=delete", {"reason": "Ill"}), ("verb=move&days=1", {}),
    )),
    Case("bulk.apply", page=f"{P}/bulk/preview?all=1&status=draft&verb=publish", first=(DRAFTS,)),
    *(Case(f"{part}.create", {name: "Another"}) for part, name in
      (("offerings", "title"), ("programs", "name"), ("locations", "name"))),
    Case("displays.create", {"name": "Door"}),
    Case("displays.rotate"),
    Case("displays.revoke"),
    Case("workouts.create", {"title": "Another"}),
    Case("workouts.change", {"title": "Another"}),
    Case("workouts.archive"),
    Case("workouts.restore", first=(Case("workouts.archive"),)),
    ON_THE_DAY,
    Case("workouts.copy_day", {"to_day": "2026-03-05"}, first=(ON_THE_DAY,)),
    Case("sessions.arrange"),
    Case("sessions.write_workout", {"title": "Another"}),
    Case("plans.create", {"name": "Another", "class_credits": "10"}),
    Case("plans.change", {"name": "Another"}),
    Case("plans.archive"),
    Case("plans.restore", first=(Case("plans.archive"),)),
    Case("subscriptions.give_now", {"name": "Zoe", "email": "zoe@example.com"}),
    Case("subscriptions.give_now", {"name": "Zoe", "email": "zoe@example.com", "is_paid": "y"}, given=_takes_money),
    Case("subscriptions.pause_now"),
    Case("subscriptions.resume", first=(Case("subscriptions.pause_now"),), days=3),
    Case("subscriptions.correct_now", {"delta": "2", "reason": "A gift"}),
    Case("subscriptions.end_now"),
    *(Case(f"{part}.change", {name: "Another"}) for part, name in
      (("offerings", "title"), ("programs", "name"), ("locations", "name"))),
    *(Case(f"{part}.archive") for part in ("offerings", "programs", "locations")),
    *(Case(f"{part}.restore", first=(Case(f"{part}.archive"),)) for part in ("offerings", "programs", "locations")),
    Case("meetings.accept"),
    Case("meetings.decline", {"words": "Full"}),
    Case("meetings.cancel", {"words": "Ill"}, first=(Case("meetings.accept"),)),
    PROPOSED,
    Case("meetings.reschedule", {"day": "2026-03-07", "time": "10:00", "start": ""}, first=(Case("meetings.accept"),)),
    Case("members.invite", {"email": "new@example.com"}, page=f"{P}/members"),
    Case("members.invite", {"email": "kestrel@example.com"}, page=f"{P}/members", days=15),
    Case("members.resend", days=1),
    Case("members.revoke"),
    Case("members.change_role", {"role": "admin"}),
    Case("members.end"),
    Case("members.complete", {"email": "guest1@example.com"}),
    Case("sessions.create", SOON | {"do": "publish", "title": "New"}),
    SERIES,
    Case("sessions.edit", {"title": "Other"}),
    Case("sessions.edit", {"title": "Other"}, first=(SERIES,), query="?scope=following", here=True),
    Case("sessions.edit", {"title": "Other"}, first=(SERIES,), query="?scope=all", here=True),
    Case("sessions.cancel", {"reason": "Ill"}),
    Case("sessions.cancel", {"reason": "Ill"}, first=(SERIES,), query="?scope=all", here=True),
    Case("sessions.cancel", {"reason": "Ill"}, first=(SERIES,), query="?scope=following", here=True),
    Case("sessions.host"),
    Case("sessions.cancel_booking", {"reason": "Ill"}),
    Case("sessions.renew_link"),
    Case("sessions.add_new", {"name": "Joy", "email": "joy@example.com"}),
    Case("sessions.add_person"),
    Case("sessions.add_person", {"overbook": "y"}, given=_full),
    Case("sessions.move_to"),
    Case("sessions.note", {"text": "Bad knee"}),
    Case("sessions.attendance", {"became": "check_in", "reason": "Helps to set up"}, days=4),
    Case("sessions.settle_topic", {"topic": "Headstands"}),
    Case("sessions.group_topics", {"group_name": "Upside down"}),
    Case("sessions.waive", {"reason": "Ill"}, given=_cancelled_late),
    Case("sessions.take_payment", given=_at_desk),
    Case("sessions.hand_back", {"reason": "The wrong person"}, given=_paid_at_desk),
    Case("sessions.publish", first=(DRAFT,), here=True),
    Case("sessions.publish", {"scope": "all"}, first=(DRAFTS,), here=True),
    Case("sessions.unpublish", first=(PUBLISHED,), here=True),
    Case("sessions.start", days=3),
    Case("sessions.take_back", given=_under_way),
    Case("sessions.end", given=_under_way),
    Case("sessions.delete", first=(DRAFT,), here=True),
    Case("sessions.delete", first=(PUBLISHED, CANCELLED), here=True),
    Case("payments.refund_now", {"reason": "Ill"}),
    Case("payments.try_again"),
    Case("settings.save", {"name": "Another"}),
    Case("payouts.pay", {"minor": "9000"}, page=f"{P}/payouts", earned=True),
    Case("payouts.withdraw", earned=True, given=_paid_out),
    Case("payouts.mark_paid", {"minor": "9000", "note": "Transfer 12"}, page=f"{P}/payouts", earned=True),
    Case("payouts.save_settings", {"payout_holding_days": "5"}),
    Case("accounts.accept_invitation", {"name": "Joy", "password": "a quiet place by the sea"}, as_guest=True),
    Case("book.book_place", {"name": "Joy", "email": "joy@example.com"}, as_guest=True),
    Case("book.book_slot", {"name": "Joy", "email": "joy@example.com"}, as_guest=True,
         query="?start=2026-03-07T10:00Z"),
    Case("booking.cancel_now", as_guest=True),
    Case("booking.reschedule_now", as_guest=True, about="meeting_id", query="?start=2026-03-07T10:00Z"),
    Case("booking.answer", {"answer": "yes"}, as_guest=True, about="meeting_id", first=(PROPOSED,)),
    Case("booking.answer", {"answer": "no"}, as_guest=True, about="meeting_id", first=(PROPOSED,)),
)  # fmt: skip


def test_every_change_has_a_case(app: Flask) -> None:
    assert {rule.endpoint for rule in _rules(app)} == {case.endpoint for case in CASES} | set(EXEMPT)


@ON_ONE_DATABASE
@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_thing_changed_has_its_entry(
    app: Flask, world: World, client: PolicingClient, new_client: Callable[[], PolicingClient], clock: Clock, case: Case
) -> None:
    cast.sign_in(client, world.people["owner"], world.organization_id)
    here = None
    for step in case.first:
        here = _do(app, client, world, step, here) or here
    if case.as_guest:
        client = new_client()
    if case.earned:
        _earned(world)
    if case.given:
        transact(case.given, world)
    clock.advance(days=case.days)
    if case.days and not case.as_guest:
        cast.sign_in(client, world.people["owner"], world.organization_id)
    before, told = _tables(), _entries()

    _do(app, client, world, case, here)

    changed = _changed(before, _tables())
    written = _entries()[len(told) :]
    assert changed, "nothing was changed, so nothing was shown"
    unsaid = [f"{table} {key}" for table, key, objects in changed if not objects & {each.object_id for each in written}]
    assert unsaid == []
    assert {each.organization_id for each in written} == {world.organization_id}
    if case.as_guest:
        assert None not in {each.actor_id for each in written}
    else:
        assert {(each.actor_id, each.address) for each in written} == {(world.people["owner"], "127.0.0.1")}
    silent = [each.action for each in written if not each.before and not each.after]
    assert silent == (["renew_link"] if case.endpoint == "sessions.renew_link" else [])


def test_a_preview_changes_nothing(app: Flask, world: World, client: PolicingClient) -> None:
    cast.sign_in(client, world.people["owner"], world.organization_id)
    before = _tables()
    assert client.post(f"{P}/sessions/preview", data=SOON | {"title": "New"}).status_code == 200
    assert _changed(before, _tables()) == []


def _rules(app: Flask) -> list[Rule]:
    """The routes that take a form."""
    return [rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())]


def _do(app: Flask, client: PolicingClient, world: World, case: Case, here: uuid.UUID | None) -> uuid.UUID | None:
    """Sends the form; the id of what the answer leads to, where it leads to one thing."""
    rule = next(rule for rule in _rules(app) if rule.endpoint == case.endpoint)
    path = _path(app, rule, world, case, here)
    shown = case.page or (f"{path}{case.query}" if _has_page(app, path) else "")
    form = _form(client.page(shown), path) if shown else None
    answer = (
        client.submit(form, **case.typed)
        if form
        else client.post(path, data=ROWS[case.endpoint].data(world) | case.typed)
    )
    assert answer.status_code == 303, _said(answer.text)
    tail = urlsplit(answer.location).path.rsplit("/", 1)[-1]
    return uuid.UUID(tail) if len(tail) == 36 else None


def _path(app: Flask, rule: Rule, world: World, case: Case, here: uuid.UUID | None) -> str:
    values = ROWS[rule.endpoint].values(world)
    if case.about:
        values = {"token": sign(Purpose.BOOKING, getattr(world, case.about))}
    if case.here:
        values |= {"session_id": here}
    with app.test_request_context():
        return app.url_for(rule.endpoint, **values)


def _has_page(app: Flask, path: str) -> bool:
    return "GET" in app.url_map.bind("localhost").allowed_methods(path)


def _form(page: BeautifulSoup, path: str) -> Any:
    """The page's form that is sent to the address."""
    forms = page.select("main form[method=post]")
    return next((form for form in forms if str(form["action"]).partition("?")[0] in (path, "")), None)


def _said(text: str) -> str:
    """What the page that came back says is wrong."""
    return " | ".join(each.text.strip() for each in BeautifulSoup(text, "html.parser").select(".field-error, .alert"))


def _tables() -> Tables:
    """Everything that is worth an entry, by table and key."""
    db.session.rollback()
    tables = [table for table in Base.metadata.sorted_tables if table.name not in UNAUDITED_TABLES]
    return {
        table.name: {
            tuple(row._mapping[key] for key in table.primary_key): row._mapping
            for row in db.session.execute(select(table))
        }
        for table in tables
    }


def _changed(before: Tables, after: Tables) -> list[tuple[str, Key, set[uuid.UUID]]]:
    """Table and key of each row that is new, gone or other, and the things that an entry about it may be about."""
    found = []
    for table, rows in after.items():
        for key in before[table].keys() | rows.keys():
            old, new = before[table].get(key), rows.get(key)
            if _worth(old) != _worth(new):
                found.append((table, key, set(_objects(table, new or old or {}, after))))
    return found


def _worth(row: Row | None) -> Row | None:
    return row and {name: value for name, value in row.items() if name not in UNAUDITED_COLUMNS}


def _objects(table: str, row: Row, after: Tables) -> Iterator[uuid.UUID]:
    yield row[ABOUT.get(table, "id")]
    if table == "sessions" and row["type"] == "meeting":
        yield from (each["id"] for each in after["bookings"].values() if each["session_id"] == row["id"])
    if table == "credit_entries":
        yield from (each["subscription_id"] for each in after["credit_lots"].values() if each["id"] == row["lot_id"])
        yield row["booking_id"]


def _entries() -> list[Any]:
    db.session.rollback()
    return list(db.session.execute(select(*AuditEntry.__table__.columns).order_by(AuditEntry.number)))
