"""Who guesses or floods is slowed down, however the address is spelled; without the limits' store people get in."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from liveapp.domain.accounts.models import User
from liveapp.web.navigation import P
from liveapp.web.passwords import hash_password
from liveapp.web.signing import Purpose, sign
from tests import cast
from tests.architecture.test_routes import World
from tests.databases import Database
from tests.policing import PolicingClient

PASSWORD = "correct horse battery"
NewClient = Callable[[], PolicingClient]


def from_address(client: PolicingClient, path: str, number: int, **data: str) -> int:
    """The status that somebody at another network address gets."""
    return client.post(path, data=data, environ_base={"REMOTE_ADDR": f"192.0.2.{number}"}).status_code


@pytest.mark.parametrize(
    "spellings",
    [
        ["ada@example.com"],
        ["ada@example.com", " ADA@example.com ", "Ada@EXAMPLE.com\t"],
        ["ada@example.com", "a\x01da@example.com", "\u202eada@example.com", "ada@ｅｘａｍｐｌｅ.com"],
    ],
    ids=["as it is", "case and space", "what can't be seen"],
)
def test_an_account_is_guessed_ten_times_from_a_network(
    app: Flask, new_client: NewClient, spellings: list[str]
) -> None:
    cast.user("Ada Lovelace", password_hash=hash_password(PASSWORD))
    statuses = [guess(new_client(), 1, email=spellings[number % len(spellings)]) for number in range(12)]
    assert statuses == [422] * 10 + [429] * 2
    assert guess(new_client(), 99, email="ada@example.com") == 422, "another network has tries of its own"


def guess(client: PolicingClient, number: int, **data: str) -> int:
    return from_address(client, "/sign-in", number, **({"email": "ada@example.com", "password": "wrong words"} | data))


def _flooded(new_client: NewClient, path: str = "/sign-in", tries: int = 62) -> list[int]:
    """What strangers all over the world get who guess, or ask for links."""
    typed = {"email": "ada@example.com"} | ({"password": "wrong words"} if path == "/sign-in" else {})
    return [from_address(new_client(), path, number, **typed) for number in range(tries)]


def test_guesses_from_many_networks_are_bounded_and_keep_nobody_out(app: Flask, new_client: NewClient) -> None:
    """Strangers end at 60 an hour. Ada's own browser signs in, a link is mailed to it and opens; she is told once."""
    cast.user("Ada Lovelace", password_hash=hash_password(PASSWORD))
    own = new_client()
    assert guess(own, 200, password=PASSWORD) == 303
    own.post("/sign-out")
    statuses = _flooded(new_client)
    assert statuses == [422] * 60 + [429] * 2
    assert cast.mails() == [("sign_in_tries", "ada@example.com")]
    assert guess(new_client(), 201, password=PASSWORD) == 429, "a browser that she never used is told to wait"
    assert guess(own, 1) == 422, "hers has tries of its own, in the very network of a stranger"
    assert guess(own, 1, password=PASSWORD) == 303
    own.post("/sign-out")
    assert from_address(own, "/sign-in/link", 1, email="ada@example.com") == 200
    cast.run_jobs("mail_link")
    assert ("sign_in_link", "ada@example.com") in cast.mails()


def test_a_known_browser_guesses_no_more_than_a_network(app: Flask, new_client: NewClient) -> None:
    cast.user("Ada Lovelace", password_hash=hash_password(PASSWORD))
    own = new_client()
    assert guess(own, 1, password=PASSWORD) == 303
    own.post("/sign-out")
    assert [guess(own, number) for number in range(12)] == [422] * 10 + [429] * 2
    assert guess(own, 1, email="ben@example.com") == 422, "whom it doesn't know it guesses like anybody"


@pytest.mark.parametrize(("path", "asks"), [("/sign-in/link", "/sign-in/{}"), ("/reset", "/reset/{}")])
def test_a_link_that_was_mailed_opens_whatever_strangers_do(
    app: Flask, new_client: NewClient, path: str, asks: str
) -> None:
    """No more links are sent for half an hour, which is as long as the last one lives; and made-up links use up
    nobody's."""
    ada = cast.user("Ada Lovelace", password_hash=hash_password(PASSWORD))
    assert _flooded(new_client, path, 8) == [200] * 5 + [429] * 3
    stranger = new_client()
    for number in range(12):
        from_address(stranger, asks.format(f"made-up-{number}"), 1)
    with app.test_request_context():
        nonce = cast.one(select(User.sign_in_nonce).where(User.id == ada))[0]
        token = sign(Purpose.RESET if path == "/reset" else Purpose.SIGN_IN, ada, nonce)
    typed = {"password": "another good password"} if path == "/reset" else {}
    assert from_address(new_client(), asks.format(token), 1, **typed) == 303


@pytest.mark.parametrize("path", ["/sign-in/link", "/reset"])
def test_a_mailbox_isnt_flooded_with_links(app: Flask, new_client: NewClient, path: str) -> None:
    cast.user("Ada Lovelace")
    spellings = ("ada@example.com", "ADA@example.com", "ada\0@example.com")
    statuses = [from_address(new_client(), path, number, email=spellings[number % 3]) for number in range(8)]
    assert statuses == [200] * 5 + [429] * 3
    cast.run_jobs("mail_link")
    assert len(cast.mails()) == 5


def test_a_strangers_mailbox_isnt_flooded_with_bookings(world: World, new_client: NewClient) -> None:
    path = f"/book/kestrel/sessions/{world.session_id}"
    before = len(cast.mails())
    statuses = [
        from_address(new_client(), path, number, name="Eve", email="Victim@example.com") for number in range(22)
    ]
    assert statuses[0] == 303
    assert statuses[1:20] == [200] * 19
    assert statuses[20:] == [429, 429]
    assert len(cast.mails()) == before + 3, "the confirmation, the host's, and one that there is a place already"


def test_a_strangers_mailbox_isnt_flooded_from_a_roster(world: World, client: PolicingClient) -> None:
    """Anybody can found a business, and be its staff."""
    cast.sign_in(client, world.people["owner"])
    roster = f"{P}/sessions/{world.session_id}"
    typed = {"name": "Eve", "email": "victim@example.com", "pays": "free"}
    added = [from_address(client, f"{roster}/add/new", number, **typed) for number in range(22)]
    assert added[:20] == [303] * 20
    assert added[20:] == [429, 429]
    link = f"{roster}/bookings/{world.place_id}/link"
    assert [client.post(link).status_code for _ in range(7)] == [303] * 5 + [429] * 2
    assert client.get(f"{roster}/add/new").status_code == 200


def test_the_times_of_a_host_arent_harvested(world: World, client: PolicingClient) -> None:
    """Somebody who clicks quickly through months is far from the limit; who asks without pause is told to wait."""
    question = "/api/slots?organization=kestrel&host=ada&offering=kestrel-talk&from=2026-03-{:02}"
    statuses = {client.get(question.format(day)).status_code for day in range(1, 31)}
    assert statuses == {200}
    for _ in range(270):
        client.get("/api/slots")
    answer = client.get(question.format(1))
    assert answer.status_code == 429
    assert answer.content_type == "application/problem+json"
    assert answer.json
    assert "wait a minute" in answer.json["detail"]
    assert int(answer.headers["Retry-After"]) > 0


def test_only_who_is_refused_is_told_when_to_come_back(world: World, client: PolicingClient) -> None:
    """Whatever else is counted: pages, refused forms, answers for programs."""
    for answer in (
        client.get("/sign-in"),
        client.post("/sign-in", data={"email": "x@example.com", "password": "wrong words"}),
        client.get("/api/slots?organization=kestrel&host=ada&offering=kestrel-talk&from=2026-03-04"),
        client.get("/api/slots"),
    ):
        assert answer.status_code in (200, 422)
        assert "Retry-After" not in answer.headers


def test_a_forged_address_of_the_network_is_not_believed(app: Flask, new_client: NewClient) -> None:
    statuses = [
        new_client().post(
            "/sign-in",
            data={"email": f"a{number}@example.com", "password": "wrong words"},
            headers={"X-Forwarded-For": f"192.0.2.{number}", "X-Real-IP": f"192.0.2.{number}"},
        ).status_code
        for number in range(12)
    ]  # fmt: skip
    assert statuses[10:] == [429, 429]


def test_too_many_tries_are_told_in_words_and_when_to_come_back(app: Flask, client: PolicingClient) -> None:
    for _ in range(11):
        answer = client.post("/sign-in", data={"email": "x@example.com", "password": "wrong words"})
    assert answer.status_code == 429
    assert "wait a minute" in answer.text
    assert int(answer.headers["Retry-After"]) > 0


def test_everything_goes_on_without_the_store(new_app: Callable[..., Flask], database: Database) -> None:
    """Redis is away: signing in and booking work, and hardly slower; limits are kept in the process meanwhile."""
    away = new_app(environment="development", redis_url="redis://127.0.0.1:1/0", base_url="http://localhost")
    with away.app_context():
        cast.user("Ada Lovelace", password_hash=hash_password(PASSWORD))
        client = away.test_client()
        began = time.monotonic()
        answer = client.post("/sign-in", data={"email": "ada@example.com", "password": PASSWORD})
        assert answer.status_code == 303
        assert time.monotonic() - began < 5
        statuses = [client.post("/reset", data={"email": "ada@example.com"}).status_code for _ in range(7)]
        assert statuses[0] == 200
        assert 500 not in statuses
        assert client.get("/api/slots").status_code == 422


def test_an_unknown_address_costs_as_much_as_a_known_one(app: Flask, new_client: NewClient) -> None:
    """Both verify a password: an answer without that work would be many times faster, and tell."""
    cast.user("Ada Lovelace", password_hash=hash_password(PASSWORD))

    def cost(email: str) -> float:
        times = []
        for number in range(4):
            client = new_client()
            client.get("/sign-in")
            began = time.process_time()
            assert from_address(client, "/sign-in", number, email=email, password="wrong words") == 422
            times.append(time.process_time() - began)
        return min(times[1:])

    known, unknown = cost("ada@example.com"), cost("nobody@example.com")
    assert 0.5 < known / unknown < 2
