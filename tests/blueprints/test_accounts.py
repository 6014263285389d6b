"""Signing up, in and out, by password and by mailed link, through the pages as a browser without script sees them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from liveapp.db import db
from liveapp.domain.accounts.models import Membership, Organization, SignIn, SignUp, User
from liveapp.domain.notifications.models import Notification
from liveapp.domain.outbox.models import OutboxMessage
from liveapp.tasks import emails
from liveapp.unit_of_work import transact
from liveapp.web.passwords import hash_password
from liveapp.web.signing import Purpose, sign
from tests import cast
from tests.conftest import ON_ONE_DATABASE, Clock
from tests.policing import PolicingClient, soup_of

PASSWORD = "correct horse battery"
HASH = hash_password(PASSWORD)
NewClient = Callable[[], PolicingClient]


def known(**values: object) -> uuid.UUID:
    return cast.user("Ben Okafor", password_hash=HASH, **values)


def sign_in(client: PolicingClient, email: str = "ben@example.com", password: str = PASSWORD, **values: str) -> int:
    return client.post("/sign-in", data={"email": email, "password": password} | values).status_code


def is_signed_in(client: PolicingClient) -> bool:
    return client.get("/my/settings").status_code == 200


def mailed_path(kind: str) -> str:
    """The address in the newest mail of that kind, as it would be sent now."""
    cast.run_jobs("mail_link")
    db.session.rollback()
    newest = select(Notification).where(Notification.kind == kind).order_by(Notification.created_at.desc()).limit(1)
    text = emails.compose(db.session.execute(newest).scalar_one()).get_body(("plain",)).get_content()
    return next(word for word in text.split() if word.startswith("http://localhost/")).removeprefix("http://localhost")


def count(table: type) -> int:
    return cast.one(select(func.count()).select_from(table))[0]


def test_a_person_signs_in_by_password_and_out_again(client: PolicingClient) -> None:
    known()
    form = client.page("/sign-in").select_one("main form")
    answer = client.submit(form, email="Ben@Example.com", password=PASSWORD)
    assert (answer.status_code, answer.location) == (303, "/my/bookings")
    assert is_signed_in(client)
    assert client.post("/sign-out").status_code == 303
    assert not is_signed_in(client)


def test_an_answer_that_changes_nothing_leaves_the_cookie_alone(client: PolicingClient) -> None:
    """So that one which comes late can't undo what another one said meanwhile."""
    known()
    assert sign_in(client) == 303
    client.get("/my/settings")
    assert "Set-Cookie" not in client.get("/my/settings").headers


@pytest.mark.parametrize(("email", "password"), [("ben@example.com", "wrong"), ("nobody@example.com", PASSWORD)])
def test_a_wrong_password_and_an_unknown_address_are_refused_in_the_same_words(
    client: PolicingClient, email: str, password: str
) -> None:
    known()
    answer = client.post("/sign-in", data={"email": email, "password": password})
    assert answer.status_code == 422
    assert "That e-mail and password don&#39;t match." in answer.text
    assert email in answer.text
    assert password not in answer.text
    assert not is_signed_in(client)


def test_a_guest_has_no_password_to_sign_in_with(client: PolicingClient) -> None:
    cast.user("Ben Okafor", password_hash=None)
    assert sign_in(client, password="") == 422
    assert sign_in(client, password="a password that nobody has") == 422


def test_after_signing_in_one_is_where_one_wanted_to_go_but_only_on_this_site(
    client: PolicingClient, new_client: NewClient
) -> None:
    known()
    asked = client.get("/my/settings")
    assert asked.location == "/sign-in?next=/my/settings"
    form = client.page(asked.location).select_one("main form")
    assert client.submit(form, email="ben@example.com", password=PASSWORD).location == "/my/settings"
    for elsewhere in ("https://evil.example.com", "//evil.example.com", "/\\evil.example.com", "javascript:alert(1)"):
        answer = new_client().post(
            "/sign-in", data={"email": "ben@example.com", "password": PASSWORD, "next": elsewhere}
        )
        assert answer.location == "/my/bookings"


def test_a_copied_cookie_is_dead_after_signing_out(client: PolicingClient, new_client: NewClient) -> None:
    known()
    sign_in(client)
    copy = new_client()
    copy.set_cookie("session", client.get_cookie("session").value)
    assert is_signed_in(copy)
    client.post("/sign-out")
    assert not is_signed_in(copy)


def test_the_cookie_from_before_signing_in_is_not_signed_in(client: PolicingClient, new_client: NewClient) -> None:
    known()
    client.get("/sign-in")
    before = client.get_cookie("session").value
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"
    sign_in(client)
    with client.session_transaction() as session:
        assert "planted" not in session
    planted = new_client()
    planted.set_cookie("session", before)
    assert not is_signed_in(planted)


@pytest.mark.parametrize("weak", ["1234567890", "Password123!", "ben okafor", "benbenbenben"])
def test_a_new_password_that_is_guessed_first_is_refused_wherever_one_is_chosen(
    client: PolicingClient, weak: str
) -> None:
    known()
    sign_in(client)
    page = client.page("/my/settings")
    form = page.select_one("form[action$='/password']")
    assert client.submit(form, current=PASSWORD, password=weak).status_code == 422
    client.post("/sign-out")
    typed = {"name": "Ben Okafor", "email": "ben.o@example.com", "timezone": "UTC", "organization_name": "Ben's",
             "currency": "USD"}  # fmt: skip
    for path in ("/sign-up", "/join"):
        assert client.post(path, data=typed | {"password": weak}).status_code == 422
    client.post("/reset", data={"email": "ben@example.com"})
    assert client.post(mailed_path("reset_password"), data={"password": weak}).status_code == 422


def test_whoever_changes_a_password_the_person_is_told(client: PolicingClient) -> None:
    known()
    client.post("/reset", data={"email": "ben@example.com"})
    client.post(mailed_path("reset_password"), data={"password": "a wholly new password"})
    form = client.page("/my/settings").select_one("form[action$='/password']")
    assert client.submit(form, current="a wholly new password", password="another new password").status_code == 303
    assert cast.mails().count(("password_changed", "ben@example.com")) == 2
    assert mailed_path("password_changed") == "/reset"


def test_a_sign_in_that_is_replaced_in_its_browser_ends(client: PolicingClient, new_client: NewClient) -> None:
    """By password, by link, by the same person or by another: a copy of the cookie of before opens nothing."""
    cast.user("Ben Okafor", password_hash=hash_password(PASSWORD))
    cast.user("Ada Lovelace", password_hash=hash_password(PASSWORD))
    for email in ("ben@example.com", "ben@example.com", "ada@example.com"):
        before = client.get_cookie("session")
        assert sign_in(client, email=email) == 303
        if before:
            thief = new_client()
            thief.set_cookie("session", before.value)
            assert not is_signed_in(thief)
        assert is_signed_in(client)


def test_a_sign_in_that_nobody_used_for_fourteen_days_ends(client: PolicingClient, clock: Clock) -> None:
    cast.user("Ben Okafor", password_hash=hash_password(PASSWORD))
    sign_in(client)
    clock.advance(days=13, hours=23)
    assert is_signed_in(client), "which counts as use"
    clock.advance(days=13, hours=23)
    assert is_signed_in(client)
    clock.advance(days=14)
    assert not is_signed_in(client)


def test_use_is_written_down_once_a_day(client: PolicingClient, clock: Clock) -> None:
    cast.user("Ben Okafor", password_hash=hash_password(PASSWORD))
    sign_in(client)
    seen = []
    for hours in (1, 12, 12, 1):
        clock.advance(hours=hours)
        client.get("/my/bookings")
        seen.append(cast.one(select(SignIn.used_at))[0])
    assert seen[0] == seen[1] < seen[2] == seen[3] == clock.now() - timedelta(hours=1)


def test_a_sign_in_ends_after_thirty_days(client: PolicingClient, clock: Clock) -> None:
    known()
    sign_in(client)
    for days in (13, 13, 3):
        clock.advance(days=days)
        assert is_signed_in(client)
    clock.advance(hours=23)
    assert is_signed_in(client)
    clock.advance(hours=2)
    assert not is_signed_in(client)


def test_a_password_kept_with_old_parameters_is_hashed_anew(client: PolicingClient) -> None:
    from argon2 import PasswordHasher

    old = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    user_id = cast.user("Ben Okafor", password_hash=old)
    sign_in(client)
    kept = cast.one(select(User.password_hash).where(User.id == user_id))[0]
    assert kept != old
    assert "m=19456,t=2,p=1" in kept
    assert sign_in(client) == 303


def test_forms_without_their_token_are_refused(client: PolicingClient) -> None:
    known()
    answer = client.post("/sign-in", data={"email": "ben@example.com", "password": PASSWORD}, csrf=False)
    assert answer.status_code == 400
    assert not is_signed_in(client)


def test_guessing_is_slowed_down_by_address_and_by_account(app: Flask, new_client: NewClient) -> None:
    known()
    tries = [
        new_client().post(
            "/sign-in",
            data={"email": "ben@example.com", "password": f"guess {number}"},
            environ_base={"REMOTE_ADDR": f"2001:db8::{number}"},
        )
        for number in range(12)
    ]
    assert [answer.status_code for answer in tries] == [422] * 10 + [429] * 2
    assert "wait a minute" in tries[-1].text
    other = [sign_in(new_client(), email=f"somebody{number}@example.com") for number in range(11)]
    assert other == [422] * 10 + [429]


def test_a_mailed_link_signs_in_once_by_its_button(client: PolicingClient, new_client: NewClient) -> None:
    cast.user("Ben Okafor", password_hash=None, email_verified_at=None)
    form = client.page("/sign-in/link").select_one("main form")
    assert "is on its way" in client.submit(form, email="ben@example.com").text
    path = mailed_path("sign_in_link")
    page = client.page(path)
    assert not is_signed_in(client)
    assert client.submit(page.select_one("main form")).status_code == 303
    assert is_signed_in(client)
    assert cast.one(select(User.email_verified_at))[0] is not None
    again = new_client()
    assert again.get(path).status_code == 410
    assert again.post(path).status_code == 410
    assert not is_signed_in(again)


def test_a_mailed_link_ends_after_half_an_hour(client: PolicingClient) -> None:
    import time_machine

    user_id = known()
    nonce = cast.one(select(User.sign_in_nonce))[0]
    with time_machine.travel("2026-03-03 09:00:00+00:00", tick=False):
        token = sign(Purpose.SIGN_IN, user_id, nonce)
    with time_machine.travel("2026-03-03 09:30:00+00:00", tick=False):
        assert client.get(f"/sign-in/{token}").status_code == 200
    with time_machine.travel("2026-03-03 09:30:01+00:00", tick=False):
        assert client.get(f"/sign-in/{token}").status_code == 410


def test_a_token_for_one_thing_opens_nothing_else(client: PolicingClient) -> None:
    user_id = known()
    nonce = cast.one(select(User.sign_in_nonce))[0]
    token = sign(Purpose.SIGN_IN, user_id, nonce)
    for path in ("/reset/", "/verify/", "/invitations/"):
        assert client.get(path + token).status_code == 410
    assert client.get(f"/sign-in/{token[:-2]}xx").status_code == 410


@pytest.mark.parametrize("path", ["/sign-in/link", "/reset", "/sign-up", "/join"])
def test_no_answer_tells_whether_an_address_is_known(
    client: PolicingClient, count_queries: Callable[[], AbstractContextManager[list[str]]], path: str
) -> None:
    """Not by its words, and not by its time: the same is read and written before it."""
    known()
    typed = {"name": "Ben", "password": "correct horse battery", "timezone": "UTC", "currency": "EUR"}
    said, done = [], []
    for email in ("ben@example.com", "eve@example.com"):
        with count_queries() as statements:
            answer = client.post(path, data=typed | {"email": email, "organization_name": "Studio"})
        said.append(answer.text.replace(email, "").split("<main")[1])
        done.append(statements)
    assert answer.status_code == 200
    assert said[0] == said[1]
    assert done[0] == done[1]


@pytest.mark.parametrize("path", ["/sign-in/link", "/reset"])
def test_a_link_is_mailed_only_to_somebody_and_once(client: PolicingClient, path: str) -> None:
    known()
    for email in ("ben@example.com", "nobody@example.com"):
        client.post(path, data={"email": email})
    for _ in range(2):
        cast.run_jobs("mail_link")
        transact(lambda: db.session.execute(update(OutboxMessage).values(done_at=None)))
    assert count(Notification) == 1


def test_a_sign_up_with_a_known_address_is_over_at_once(client: PolicingClient) -> None:
    known()
    typed = {"name": "Eve", "password": "correct horse battery", "timezone": "UTC", "email": "ben@example.com"}
    client.post("/join", data=typed)
    sign_up_id = cast.one(select(SignUp.id))[0]
    assert client.get(f"/verify/{sign(Purpose.VERIFY, sign_up_id)}").status_code == 410


def test_a_reset_ends_every_sign_in_and_the_old_password(client: PolicingClient, new_client: NewClient) -> None:
    known()
    elsewhere = new_client()
    sign_in(elsewhere)
    client.post("/reset", data={"email": "ben@example.com"})
    path = mailed_path("reset_password")
    assert client.post(path, data={"password": "short"}).status_code == 422
    answer = client.submit(client.page(path).select_one("main form"), password="a wholly new password")
    assert answer.status_code == 303
    assert is_signed_in(client)
    assert not is_signed_in(elsewhere)
    assert sign_in(new_client()) == 422
    assert sign_in(new_client(), password="a wholly new password") == 303
    assert new_client().post(path, data={"password": "another new password"}).status_code == 410


def sign_up(client: PolicingClient, **values: str) -> str:
    typed = {
        "organization_name": "Körper & Geist",
        "timezone": "Europe/Berlin",
        "currency": "EUR",
        "name": "Ada Lovelace",
        "email": "Ada@example.com",
        "password": PASSWORD,
    }
    form = client.page("/sign-up").select_one("main form")
    answer = client.submit(form, **typed | values)
    assert answer.status_code == 200, answer.text
    return answer.text.split("<main")[1]


def test_signing_up_founds_an_organization_once_the_address_is_proved(
    client: PolicingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = replace(client.application.extensions["settings"], free_cancellation_hours=48, partial_refund_hours=6)
    monkeypatch.setitem(client.application.extensions, "settings", here)
    assert "Check your mail" in sign_up(client)
    assert (count(User), count(Organization)) == (0, 0)
    path = mailed_path("verify_email")
    form = client.page(path).select_one("main form")
    assert form.select_one("[name=password]") is None
    assert client.submit(form).location == "/business/apps/live-sessions"
    organization = cast.one(select(*Organization.__table__.columns))
    assert (organization.slug, organization.name) == ("korper-geist", "Körper & Geist")
    assert (organization.timezone, organization.currency) == ("Europe/Berlin", "EUR")
    assert organization.contact_email == "ada@example.com"
    assert (organization.free_cancellation_hours, organization.partial_refund_hours) == (48, 6)
    membership = cast.one(select(Membership.role, Membership.slug))
    assert membership == ("owner", "ada-lovelace")
    assert cast.one(select(User.email_verified_at))[0] is not None
    assert is_signed_in(client)
    assert client.get(path).status_code == 410


def test_elsewhere_the_link_asks_for_the_password_so_that_nobody_signs_up_a_stranger(
    client: PolicingClient, new_client: NewClient
) -> None:
    sign_up(client)
    path = mailed_path("verify_email")
    stranger = new_client()
    form = stranger.page(path).select_one("main form")
    assert stranger.submit(form, password="I never chose one").status_code == 422
    assert count(User) == 0
    assert stranger.submit(form, password=PASSWORD).status_code == 303
    assert is_signed_in(stranger)


def test_signing_up_with_a_taken_address_looks_the_same_and_changes_nothing(
    client: PolicingClient, new_client: NewClient
) -> None:
    fresh = sign_up(client, email="fresh@example.com").replace("fresh@example.com", "")
    cast.user("Ada Lovelace", password_hash=HASH)
    taken = sign_up(new_client()).replace("ada@example.com", "")
    assert taken == fresh
    assert cast.mails() == [("already_registered", "ada@example.com"), ("verify_email", "fresh@example.com")]
    assert mailed_path("already_registered") == "/reset"
    assert count(Organization) == 0
    waits = db.session.execute(select(SignUp.email, SignUp.expires_at > SignUp.created_at)).all()
    assert sorted(tuple(row) for row in waits) == [("ada@example.com", False), ("fresh@example.com", True)]


def test_names_that_are_taken_or_written_in_another_script_still_get_an_address(client: PolicingClient) -> None:
    cast.organization("korper-geist")
    sign_up(client)
    client.post(mailed_path("verify_email"))
    assert cast.one(select(Organization.slug).where(Organization.name == "Körper & Geist"))[0] == "korper-geist-2"
    client.post("/sign-up", data={"organization_name": "استوديو", "timezone": "UTC", "currency": "EGP"})
    assert cast.one(select(Organization.slug).where(Organization.name == "استوديو"))[0] == "organization"


def test_a_guest_who_proves_the_address_finds_the_old_bookings(client: PolicingClient) -> None:
    organization_id = cast.organization()
    session_id = cast.session(organization_id, cast.staff(organization_id), cast.offering(organization_id))
    guest_id = cast.user("Ben Okafor", password_hash=None, email_verified_at=None)
    cast.booking(session_id, guest_id, status="cancelled")
    form = client.page("/join").select_one("main form")
    client.submit(form, name="Ben Okafor", email="ben@example.com", password=PASSWORD, timezone="Europe/London")
    assert not cast.one(select(User.password_hash).where(User.id == guest_id))[0]
    client.post(mailed_path("verify_email"))
    assert "Yoga" in client.page("/my/bookings?show=cancelled").select_one("main").text
    assert cast.one(select(User.timezone).where(User.id == guest_id))[0] == "Europe/London"


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("organization_name", "   ", "Enter the name"),
        ("organization_name", "x" * 121, "shorten it to 120"),
        ("timezone", "Mars/Olympus", "Choose one from the list."),
        ("currency", "XXX", "Choose one from the list."),
        ("email", "ada", "name@example.com"),
        ("password", "short", "10 to 200 characters"),
    ],
)
def test_a_refused_sign_up_says_what_to_do_and_keeps_what_was_typed(
    client: PolicingClient, field: str, value: str, words: str
) -> None:
    typed = {
        "organization_name": "Studio", "timezone": "Europe/Berlin", "currency": "EUR", "name": "Ada Lovelace",
        "email": "ada@example.com", "password": PASSWORD,
    }  # fmt: skip
    answer = client.post("/sign-up", data=typed | {field: value})
    assert answer.status_code == 422
    assert words in answer.text
    assert "Ada Lovelace" in answer.text
    assert PASSWORD not in answer.text
    assert count(SignUp) == 0


def test_changing_the_password_ends_other_sign_ins_but_not_this_one(
    client: PolicingClient, new_client: NewClient
) -> None:
    known()
    elsewhere = new_client()
    sign_in(elsewhere)
    sign_in(client)
    form = client.page("/my/settings").select("main form")[1]
    wrong = {"current": "not it at all", "password": "a wholly new password"}
    assert client.submit(form, **wrong).status_code == 422
    assert is_signed_in(elsewhere)
    right = wrong | {"current": PASSWORD}
    assert client.submit(form, **right).status_code == 303
    assert is_signed_in(client)
    assert not is_signed_in(elsewhere)
    assert sign_in(new_client(), password="a wholly new password") == 303


def test_signing_out_everywhere_leaves_nobody_in(client: PolicingClient, new_client: NewClient) -> None:
    known()
    elsewhere = new_client()
    sign_in(elsewhere)
    sign_in(client)
    assert client.post("/my/sign-out-everywhere").status_code == 303
    assert not is_signed_in(client)
    assert not is_signed_in(elsewhere)
    assert count(SignIn) == 2


def test_sign_ups_end_after_a_week(client: PolicingClient, clock: Clock) -> None:
    sign_up(client)
    path = mailed_path("verify_email")
    clock.advance(seconds=timedelta(days=7).total_seconds())
    assert client.post(path).status_code == 410
    assert count(User) == 0


@pytest.mark.parametrize(
    ("language", "zone", "proposed"),
    [
        ("en-TT,en;q=0.8", "", ("America/Port_of_Spain", "TTD")),
        ("de-DE", "", ("Europe/Berlin", "EUR")),
        ("en-US", "America/Port_of_Spain", ("America/Port_of_Spain", "TTD")),
        ("en-US", "Europe/London", ("Europe/London", "GBP")),
        ("en-US", "", ("UTC", "USD")),
        ("ja", "", ("Asia/Tokyo", "JPY")),
        ("en-CU", "", ("America/Havana", "USD")),
        ("", "", ("UTC", "USD")),
        ("x-y;q=z, 🙂", "Nowhere/Land", ("UTC", "USD")),
    ],
)
def test_sign_up_proposes_zone_and_currency_of_the_browsers_region(
    client: PolicingClient, language: str, zone: str, proposed: tuple[str, str]
) -> None:
    client.set_cookie("tz", zone)
    page = soup_of(client.get("/sign-up", headers={"Accept-Language": language.encode().decode("latin-1")}))
    shown = page.select_one("[name=timezone] [selected]"), page.select_one("[name=currency] [selected]")
    assert tuple(field and field.get("value") for field in shown) == proposed
