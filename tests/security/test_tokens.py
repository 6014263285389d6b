"""Links and cookies that were copied, cut, mixed up, or used before."""

from __future__ import annotations

import io
import json
import logging
import uuid
from collections.abc import Callable

import pytest
import structlog
from flask import Flask
from sqlalchemy import select, update

from liveapp.domain.accounts import sign_in
from liveapp.domain.accounts.models import SignUp, User
from liveapp.unit_of_work import transact
from liveapp.web import signing
from liveapp.web.passwords import hash_password
from liveapp.web.signing import Purpose, sign
from tests import cast
from tests.architecture.test_routes import World
from tests.conftest import ON_ONE_DATABASE, Clock
from tests.policing import PolicingClient

pytestmark = ON_ONE_DATABASE

NewClient = Callable[[], PolicingClient]
PATHS = {
    Purpose.BOOKING: "/bookings/{}",
    Purpose.JOIN: "/join/{}",
    Purpose.SIGN_IN: "/sign-in/{}",
    Purpose.RESET: "/reset/{}",
    Purpose.VERIFY: "/verify/{}",
    Purpose.INVITATION: "/invitations/{}",
}
"""What opens by the token alone. A person's own code asks for a sign-in, and what this browser remembers is a cookie:
those are in tests/blueprints/test_api_checkin.py and test_checkin.py."""
PASSWORD = "correct horse battery"


@pytest.mark.parametrize("made_for", Purpose)
def test_a_token_opens_what_it_was_made_for_and_nothing_else(
    world: World, client: PolicingClient, made_for: Purpose
) -> None:
    token = world.token(made_for)
    for purpose, path in PATHS.items():
        status = client.get(path.format(token)).status_code
        assert (status == 200) == (purpose is made_for), purpose
        assert status in (200, 404, 410)


@pytest.mark.parametrize("purpose", PATHS)
def test_cut_forged_and_swollen_tokens_open_nothing(world: World, client: PolicingClient, purpose: Purpose) -> None:
    token = world.token(purpose)
    body, stamp, signature = token.rsplit(".", 2)
    for bad in (
        token[:-1], token[1:], token + "x", token + "!", token + "=",
        f"{body}.{stamp}.", f"{body}..{signature}", body, ".", "..", "...",
        f"{body}.{stamp}.{'A' * len(signature)}", token.swapcase(), "x" * 4000, f"{token}.{token}", "%00", "\u00e9",
    ):  # fmt: skip
        for method in ("GET", "POST"):
            answer = client.open(PATHS[purpose].format(bad), method=method)
            assert 400 <= answer.status_code < 500, bad


def test_tokens_end(world: World, client: PolicingClient, monkeypatch: pytest.MonkeyPatch) -> None:
    for purpose in PATHS:
        token = world.token(purpose)
        monkeypatch.setitem(signing.MAX_AGE, purpose, -1)
        assert client.get(PATHS[purpose].format(token)).status_code in (404, 410), purpose


def test_a_reset_link_ends_with_a_sign_in_link_and_the_other_way_round(
    world: World, client: PolicingClient, new_client: NewClient
) -> None:
    reset, enter = world.token(Purpose.RESET), world.token(Purpose.SIGN_IN)
    assert client.post(f"/sign-in/{enter}").status_code == 303
    assert new_client().post(f"/sign-in/{enter}").status_code in (404, 410)
    assert new_client().post(f"/reset/{reset}", data={"password": PASSWORD}).status_code in (404, 410)


def test_the_link_of_somebody_elses_sign_up_asks_for_their_password(
    app: Flask, client: PolicingClient, clock: Clock
) -> None:
    """Mallory signs up with Ben's address, Ben does too, and opens Mallory's mail in his own browser."""
    theirs = sign_in.Wish(
        email="ben@example.com", name="Ben", password_hash=hash_password("mallory's own words"), timezone="UTC"
    )
    transact(sign_in.sign_up, wish=theirs, now=clock.now())
    (hers,) = cast.one(select(SignUp.id))
    form = {"name": "Ben", "email": "ben@example.com", "password": PASSWORD, "timezone": "UTC"}
    assert client.post("/join", data=form).status_code == 200
    assert client.page(f"/verify/{sign(Purpose.VERIFY, hers)}").select("input[type=password]")
    assert client.post(f"/verify/{sign(Purpose.VERIFY, hers)}").status_code == 422
    (own,) = cast.one(select(SignUp.id).where(SignUp.id != hers))
    assert client.post(f"/verify/{sign(Purpose.VERIFY, own)}").status_code == 303
    assert client.post(f"/verify/{sign(Purpose.VERIFY, hers)}").status_code in (404, 410)


def test_a_cookie_that_was_planted_before_signing_in_stays_signed_out(
    app: Flask, client: PolicingClient, new_client: NewClient
) -> None:
    cast.user("Ben Okafor", password_hash=hash_password(PASSWORD))
    client.get("/sign-in")
    client.csrf_token()
    planted = client.get_cookie("session")
    assert planted
    assert client.post("/sign-in", data={"email": "ben@example.com", "password": PASSWORD}).status_code == 303
    other = new_client()
    other.set_cookie("session", planted.value)
    assert other.get("/my/settings").status_code in (302, 303)


def test_nobody_is_signed_in_or_out_by_another_site(app: Flask, client: PolicingClient) -> None:
    ben = cast.user("Ben Okafor", password_hash=hash_password(PASSWORD))
    login = {"email": "ben@example.com", "password": PASSWORD}
    assert client.post("/sign-in", data=login, csrf=False).status_code == 400
    cast.sign_in(client, ben)
    assert client.post("/sign-out", csrf=False).status_code == 400
    assert client.get("/sign-out").status_code == 405
    assert client.get("/my/settings").status_code == 200


def test_a_changed_cookie_is_nobody(app: Flask, client: PolicingClient) -> None:
    cast.sign_in(client, cast.user("Ben Okafor"))
    for value in ("x", "eyJfdXNlcl9pZCI6IjAifQ.aaaa.bbbb", "\u00e9", "x" * 3000):
        client.set_cookie("session", value)
        assert client.get("/my/settings").status_code in (302, 303)
    for claimed in ("", "x", "../../etc", uuid.uuid4().hex, "0" * 31):
        with client.session_transaction() as session:
            session["_user_id"] = claimed
        assert client.get("/my/settings").status_code in (302, 303)


def test_no_token_address_or_word_of_people_gets_into_the_log(
    world: World, client: PolicingClient, app: Flask, clock: Clock
) -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    logging.getLogger().addHandler(handler)
    try:
        token = world.token(Purpose.BOOKING)
        client.get(f"/bookings/{token}?q=guest1@example.com")
        client.post("/sign-in", data={"email": "guest1@example.com", "password": "hunter2 hunter2"})
        cast.sign_in(client, world.people["owner"])
        _break(app, world)
    finally:
        logging.getLogger().removeHandler(handler)
    log = written.getvalue()
    assert "unexpected" in log, "the fault below must be in the log"
    for secret in (token, token[:20], "guest1@example.com", "hunter2", "ben@example.com", "Ben Kestrel"):
        assert secret not in log
    assert all(json.loads(line) for line in log.splitlines() if line.startswith("{"))


def _break(app: Flask, world: World) -> None:
    """A fault of ours, with people's words in it: two people get one address, which no refusal stands for."""
    log = structlog.get_logger("liveapp")
    try:
        transact(_same_address, world)
    except Exception as error:
        log.error("unexpected", exc_info=error)


def _same_address(world: World) -> None:
    from liveapp.db import db
    from liveapp.domain.accounts.models import Membership

    db.session.execute(update(User).where(User.id == world.people["coach"]).values(email="BEN@example.com"))
    db.session.execute(update(Membership).values(slug="Ben Kestrel"))


def test_a_sign_in_link_isnt_in_the_referrer(client: PolicingClient, world: World) -> None:
    for purpose, path in PATHS.items():
        answer = client.get(path.format(world.token(purpose)))
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert "private" in answer.headers["Cache-Control"]


def test_signing_out_here_leaves_the_other_browser_in(
    app: Flask, client: PolicingClient, new_client: NewClient
) -> None:
    ben, other = cast.user("Ben Okafor"), new_client()
    cast.sign_in(client, ben)
    cast.sign_in(other, ben)
    cookie = client.get_cookie("session")
    assert client.post("/sign-out").status_code == 303
    assert cookie
    client.set_cookie("session", cookie.value)
    assert client.get("/my/settings").status_code in (302, 303), "a copied cookie"
    assert other.get("/my/settings").status_code == 200
