"""Roles by hand: what the pages don't show is refused too, and a role that changes or ends counts at once."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from liveapp.db import db
from liveapp.domain.accounts.models import Membership
from liveapp.unit_of_work import transact
from liveapp.web.navigation import P
from tests import cast
from tests.architecture.test_routes import MARK, World
from tests.conftest import Clock
from tests.policing import PolicingClient
from tests.security.ledger import everything

NewClient = Callable[[], PolicingClient]


def membership_of(world: World, role: str) -> uuid.UUID:
    query = select(Membership.id).where(
        Membership.user_id == world.people[role], Membership.organization_id == world.organization_id
    )
    found: uuid.UUID = cast.one(query)[0]
    return found


def set_membership(membership_id: uuid.UUID, **values: Any) -> None:
    transact(_set, membership_id, values)


def _set(membership_id: uuid.UUID, values: dict[str, Any]) -> None:
    db.session.execute(update(Membership).where(Membership.id == membership_id).values(**values))


def edit(world: World, host: str) -> dict[str, Any]:
    return {
        "title": "Mine", "host_id": world.people[host], "date": "2026-03-20", "time": "18:00",
        "duration_minutes": "60", "format": "in_person", "location_id": "", "max_participants": "5", "scope": "this",
        "costs": "free",
    }  # fmt: skip


def test_a_coach_by_hand(world: World, client: PolicingClient, clock: Clock) -> None:
    """Dora tries what only owners, admins or the session's own host may."""
    start = clock.now() + timedelta(days=9)
    drafts = {
        who: cast.session(
            world.organization_id, world.people[who], world.offering_id, start, status="draft", scheduled_at=start,
            ends_at=start + timedelta(hours=1),
        )
        for who in ("owner", "coach")
    }  # fmt: skip
    cast.sign_in(client, world.people["coach"])
    ada, before = world.people["owner"], everything()
    tries: list[tuple[str, dict[str, Any], tuple[int, ...]]] = [
        (f"sessions/{drafts['owner']}/edit", edit(world, "coach"), (403,)),
        (f"sessions/{drafts['owner']}/delete", {}, (403,)),
        (f"sessions/{drafts['coach']}/publish", {}, (403,)),
        (f"sessions/{drafts['coach']}/publish", {"scope": "all"}, (403,)),
        (f"sessions/{drafts['coach']}/edit", edit(world, "owner"), (422,)),
        (f"sessions/{drafts['coach']}/host", {"host_id": ada}, (403, 422)),
        (f"sessions/{world.session_id}/cancel", {"reason": "x"}, (403,)),
        (f"sessions/{world.session_id}/start", {}, (403,)),
        (f"sessions/{world.session_id}/bookings/{world.place_id}/cancel", {"reason": "x"}, (403,)),
        ("sessions/new", edit(world, "owner") | {"offering_id": world.offering_id, "repeats": "", "nth": "1"}, (422,)),
        ("sessions/new", edit(world, "coach") | {"offering_id": world.offering_id, "nth": "1", "do": "publish"},
         (403,)),
        (f"meetings/{world.meeting_id}/accept", {}, (403,)),
        (f"meetings/{world.meeting_id}/decline", {"words": "x"}, (403,)),
        (f"meetings/{world.meeting_id}/cancel", {"words": "x"}, (403,)),
        (f"meetings/{world.meeting_id}/propose", {"day": "2026-03-20", "time": "10:00"}, (403,)),
        (f"availability/hours/0?host={ada}", {}, (403,)),
        (f"availability/hours/0/off?host={ada}", {}, (403,)),
        (f"availability/rules?host={ada}", {}, (403,)),
        (f"availability/exceptions?host={ada}", {"kind": "closed", "first_day": "2026-04-09"}, (403,)),
        (f"availability/exceptions/{world.override_id}/remove", {}, (403,)),
        (f"availability/journeys/{world.travel_id}/remove", {}, (403,)),
        (f"offerings/{world.offering_id}/archive", {}, (403,)),
        (f"locations/{world.location_id}/archive", {}, (403,)),
        (f"members/{membership_of(world, 'coach')}", {"role": "owner"}, (403,)),
        (f"members/{membership_of(world, 'owner')}/end", {}, (403,)),
        ("members/invitations", {"email": "x@example.com", "role": "coach"}, (403,)),
        ("settings", {"name": "Mine"}, (403,)),
    ]  # fmt: skip
    for path, data, wanted in tries:
        assert client.post(f"{P}/{path}", data=data).status_code in wanted, path
    assert everything() == before


def test_an_admin_doesnt_touch_owners_or_settings(world: World, client: PolicingClient) -> None:
    cast.sign_in(client, world.people["admin"])
    before = everything()
    for path, data in (
        (f"members/{membership_of(world, 'owner')}", {"role": "coach"}),
        (f"members/{membership_of(world, 'owner')}/end", {}),
        (f"members/{membership_of(world, 'admin')}", {"role": "owner"}),
        (f"members/{membership_of(world, 'coach')}", {"role": "owner"}),
        ("members/invitations", {"email": "x@example.com", "role": "owner"}),
        ("members/invitations", {"email": "x@example.com", "role": "guest"}),
        ("settings", {"name": "Mine"}),
    ):
        assert client.post(f"{P}/{path}", data=data).status_code in (403, 409, 422), path
    assert everything() == before


def test_the_last_owner_stays_owner(world: World, client: PolicingClient) -> None:
    cast.sign_in(client, world.people["owner"])
    own, before = membership_of(world, "owner"), everything()
    assert client.post(f"{P}/members/{own}", data={"role": "coach"}).status_code in (409, 422)
    assert client.post(f"{P}/members/{own}/end").status_code in (409, 422)
    assert everything() == before


@pytest.mark.parametrize(("path", "as_coach"), [("roster", 200), ("edit", 403), ("", 200)])
def test_a_changed_role_counts_with_the_next_click(
    world: World, client: PolicingClient, path: str, as_coach: int, clock: Clock
) -> None:
    cast.sign_in(client, world.people["admin"])
    address = f"{P}/sessions/{world.session_id}/{path}".rstrip("/")
    assert client.get(address).status_code == 200
    set_membership(membership_of(world, "admin"), role="coach")
    assert client.get(address).status_code == as_coach
    set_membership(membership_of(world, "admin"), role="member")
    assert client.get(address).status_code == 403
    set_membership(membership_of(world, "admin"), ended_at=clock.now())
    assert client.get(address).status_code == 404


def test_whoever_left_sees_nothing_through_a_page_that_is_still_open(
    app: Flask, world: World, client: PolicingClient, clock: Clock
) -> None:
    """The roster asks again by itself, also with the tag of what it has."""
    cast.sign_in(client, world.people["coach"])
    address = f"{P}/sessions/{world.session_id}/roster"
    tag = client.htmx(address).headers["ETag"]
    assert client.htmx(address, headers={"If-None-Match": tag}).status_code == 304
    set_membership(membership_of(world, "coach"), ended_at=clock.now())
    for path in ("", "/sessions", "/sessions/calendar", "/availability/preview", "/meetings"):
        answer = client.htmx(f"{P}{path}")
        assert answer.status_code == 403
        assert MARK not in answer.text
    answer = client.htmx(address, headers={"If-None-Match": tag})
    assert answer.status_code == 404
    assert MARK not in answer.text


def test_whoever_signs_in_again_after_a_part_of_a_page_gets_the_page(world: World, client: PolicingClient) -> None:
    page = f"{P}/sessions/{world.session_id}"
    answer = client.htmx(f"{page}/roster", headers={"HX-Current-URL": f"http://localhost{page}?x=1"})
    assert answer.headers["HX-Redirect"] == f"/sign-in?next={page}?x%3D1"
    for forged in ("https://evil.example//evil.example/x", "//[", "x", "javascript:alert(1)", "\u00ff"):
        answer = client.htmx(f"{page}/roster", headers={"HX-Current-URL": forged})
        assert answer.headers["HX-Redirect"].startswith("/sign-in")
        assert "evil" not in answer.headers["HX-Redirect"]
