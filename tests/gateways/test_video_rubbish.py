"""A provider whose answers are none: whatever comes is said in a sentence, and leads nobody anywhere."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from liveapp.gateways.video.asking import MOST_BYTES, VideoAway, VideoRefused, ask
from liveapp.gateways.video.google import Google
from liveapp.gateways.video.meeting import tokens_in
from liveapp.gateways.video.zoom import Zoom
from liveapp.rules.video import Wanted
from tests.cast import NOW
from tests.conftest import ON_ONE_DATABASE

pytestmark = ON_ONE_DATABASE
REF = uuid.UUID(int=7)
WANTED = Wanted("zoom", REF, NOW, 60, "Flow")


class Rubbish:
    """A server that answers everything with the same."""

    def __init__(self) -> None:
        self.response: Any = None
        self.asked: list[str] = []
        self._server = make_server("127.0.0.1", 0, Request.application(self._answer), threaded=True)
        self.url = f"http://127.0.0.1:{self._server.port}"
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def _answer(self, request: Request) -> Response:
        self.asked.append(request.path)
        return self.response

    def says(self, body: object, status: int = 200, **headers: str) -> None:
        text = body if isinstance(body, str | bytes) else json.dumps(body)
        self.response = Response(text, status, headers, mimetype="application/json")

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def running() -> Iterator[Rubbish]:
    there = Rubbish()
    yield there
    there.close()


@pytest.fixture
def there(app: Flask, running: Rubbish) -> Rubbish:
    running.asked.clear()
    return running


NO_OBJECTS = ["<html>", "[" * 100_000, "9" * 5000, b"\xff\xfe{", "null", "7", "[]", '"x"', "{", "NaN"]
MARKED = f"Live Sessions {REF.hex}"
ZOOM: dict[str, tuple[Callable[[Zoom], object], list[Any]]] = {
    "who": (
        lambda zoom: zoom.who_am_i("token"),
        [{}, {"id": None}, {"id": ["x"]}, {"id": "a\0b"}, {"id": "x" * 300}],
    ),
    "make": (
        lambda zoom: zoom.make("token", REF, WANTED),
        [{}, {"id": 1, "join_url": "javascript:alert(1)"}, {"id": 1, "join_url": 7},
         {"id": 1, "join_url": "https://a.example/\r\nX: y"}, {"id": {}, "join_url": "https://a.example"},
         {"id": 1, "join_url": "https://a.example:port/"}, {"id": 1, "join_url": f"https://a.example/{'x' * 2000}"}],
    ),
    "find": (
        lambda zoom: zoom.find("token", REF),
        [{"meetings": None}, {"meetings": "x"}, {"meetings": [7]}, {"meetings": [{"agenda": MARKED}]}],
    ),
    "code": (
        lambda zoom: zoom.exchange(code="c", verifier="v", back="b", now=NOW),
        [{}, {"access_token": None}, {"access_token": "a\nb"}, {"access_token": "a", "refresh_token": ["x"]},
         {"access_token": "a", "expires_in": 1e999}, {"access_token": "a", "expires_in": []}],
    ),
}  # fmt: skip
GOOGLE: dict[str, tuple[Callable[[Google], object], list[Any]]] = {
    "who": (lambda google: google.who_am_i("token"), [{}, {"sub": 1.5}]),
    "make": (
        lambda google: google.make("token", REF, WANTED),
        [{"id": "x", "hangoutLink": "data:text/html,x"}, {"id": "x", "hangoutLink": ["https://a.example"]}],
    ),
    "removed": (lambda google: google.removed_lately("token", now=NOW), [{"items": {"id": "x"}}, {"items": ["x"]}]),
    "watch": (
        lambda google: google.watch("token", REF, "secret", "https://example.com"),
        [{}, {"expiration": None}, {"expiration": 1e999}, {"expiration": "9" * 30}],
    ),
}


def test_what_is_no_object_is_no_answer(there: Rubbish) -> None:
    for body in NO_OBJECTS:
        there.says(body)
        with pytest.raises(VideoAway):
            ask("GET", there.url, name="Zoom")


def test_an_answer_without_end_is_left(there: Rubbish) -> None:
    there.says(b" " * (MOST_BYTES + 1))
    with pytest.raises(VideoAway, match="no end"):
        ask("GET", there.url, name="Zoom")


def test_a_refusals_words_can_be_kept(there: Rubbish) -> None:
    there.says({"message": "No\0\u202e" + "o" * 10_000}, 403)
    with pytest.raises(VideoRefused, match=r"^Zoom says no: Noo+$") as refused:
        ask("GET", there.url, name="Zoom")
    assert len(str(refused.value)) == 300


@pytest.mark.parametrize("body", ["", "{}"])
def test_a_redirect_is_neither_followed_nor_a_yes(there: Rubbish, body: str) -> None:
    there.says(body, 302, Location=f"{there.url}/private")
    with pytest.raises(VideoAway):
        Zoom("id", "secret", there.url).remove("token", "1")
    assert there.asked == ["/v2/meetings/1"]


@pytest.mark.parametrize("call", ZOOM)
def test_zoom_that_is_none_is_away(there: Rubbish, call: str) -> None:
    does, bodies = ZOOM[call]
    for body in bodies:
        there.says(body)
        with pytest.raises(VideoAway):
            does(Zoom("id", "secret", there.url))


@pytest.mark.parametrize("call", GOOGLE)
def test_google_that_is_none_is_away(there: Rubbish, call: str) -> None:
    does, bodies = GOOGLE[call]
    for body in bodies:
        there.says(body)
        with pytest.raises(VideoAway):
            does(Google("id", "secret", there.url))


def test_what_is_kept_of_an_answer_has_its_measure(there: Rubbish) -> None:
    there.says({"id": 7, "email": None, "display_name": "Ada\0\u202e L." + "x" * 300})
    account = Zoom("id", "secret", there.url).who_am_i("token")
    assert (account.id, account.email, account.name[:6], len(account.name)) == ("7", "", "Ada L.", 200)
    for said, seconds in ((-1e30, 0), ("60", 60), (1e30, 86400), (0, 0)):
        found = tokens_in({"access_token": "a", "expires_in": said}, name="Zoom", now=NOW, refresh="r")
        assert (found.refresh, found.expires_at - NOW) == ("r", timedelta(seconds=seconds))
