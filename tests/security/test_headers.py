"""What every answer carries, whatever it is; and that no answer believes what a request says of itself."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask

from liveapp.web.headers import ALWAYS
from liveapp.web.signing import Purpose, sign
from tests import cast
from tests.architecture.test_routes import World
from tests.conftest import ON_ONE_DATABASE
from tests.policing import PolicingClient

PATHS = {
    "page": ("/", 200),
    "partial": ("/?q=x", 200),
    "not found": ("/nothing/here", 404),
    "file": ("/static/app.css", 200),
    "no file": ("/static/no.css", 404),
    "json": ("/api/slots", 422),
    "health": ("/healthz", 200),
    "redirect": ("/my/bookings", 302),
}


@ON_ONE_DATABASE
@pytest.mark.parametrize(("path", "status"), PATHS.values(), ids=PATHS)
def test_every_answer_is_guarded(client: PolicingClient, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code in (status, 303)
    assert {name: answer.headers.get(name) for name in ALWAYS} == ALWAYS
    assert answer.headers.get("Access-Control-Allow-Origin") is None


def test_a_calendar_file_is_guarded(world: World, client: PolicingClient) -> None:
    answer = client.get(f"/bookings/{sign(Purpose.BOOKING, world.place_id)}/calendar.ics")
    assert {name: answer.headers.get(name) for name in ALWAYS} == ALWAYS
    assert answer.headers["Cache-Control"] == "private, no-cache"


def test_nothing_is_kept_of_a_page_for_somebody_signed_in(world: World, client: PolicingClient) -> None:
    """Whoever goes back in the browser after they left would read it; a part of one is kept for its tag."""
    assert client.get("/").headers["Cache-Control"] == "private, no-cache"
    cast.sign_in(client, world.people["owner"])
    roster = f"/business/apps/live-sessions/sessions/{world.session_id}/roster"
    for path in ("/", "/my/plans", "/business/apps/live-sessions/members", roster):
        assert client.get(path).headers["Cache-Control"] == "private, no-store"
    assert client.htmx(roster).headers["Cache-Control"] == "private, no-cache"
    assert '"historyCacheSize":0' in client.get("/").text, "nor does the script keep pages of its own"


def test_the_policy_lets_nothing_inline_run_and_nobody_frame() -> None:
    policy = ALWAYS["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self'" in policy


def test_a_wrong_method_is_told_the_right_ones(client: PolicingClient) -> None:
    for method, path in (("DELETE", "/sign-in"), ("PUT", "/"), ("PATCH", "/api/slots"), ("TRACE", "/sign-in")):
        answer = client.open(path, method=method)
        assert answer.status_code == 405
        assert "GET" in answer.headers["Allow"]
        assert "request" in answer.text


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"X-Forwarded-Host": "evil.example"}])
def test_no_address_comes_from_the_host_header(world: World, client: PolicingClient, headers: dict[str, str]) -> None:
    cast.sign_in(client, world.people["owner"])
    for path in ("/", "/book/kestrel", f"/business/apps/live-sessions/sessions/{world.session_id}", "/my/settings"):
        answer = client.get(path, headers=headers)
        assert "evil.example" not in answer.text + str(answer.headers)
    answer = client.post("/sign-in/link", data={"email": "ben@example.com"}, headers=headers)
    assert "evil.example" not in answer.text + str(answer.headers)


NEXT = (
    "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "/\n/evil.example",
    "https://evil.example", "https:evil.example", "javascript:alert(1)", "/%5cevil\\x", "//[", "http://[",
    "\x00//evil.example", " //evil.example", "/\u2028/evil.example", "evil.example",
)  # fmt: skip


@ON_ONE_DATABASE
@pytest.mark.parametrize("target", NEXT)
@pytest.mark.parametrize("htmx", [False, True])
def test_nobody_is_sent_elsewhere_after_signing_in(app: Flask, client: PolicingClient, target: str, htmx: bool) -> None:
    cast.sign_in(client, cast.user("Ben Okafor"))
    headers = {"HX-Request": "true"} if htmx else {}
    answer = client.get("/sign-in", query_string={"next": target}, headers=headers)
    assert answer.headers.get("HX-Redirect" if htmx else "Location") == "/my/bookings"


@pytest.mark.parametrize("htmx", [False, True])
def test_a_path_of_ones_own_survives_in_any_script(client: PolicingClient, app: Flask, htmx: bool) -> None:
    cast.sign_in(client, cast.user("Ben Okafor"))
    headers = {"HX-Request": "true"} if htmx else {}
    answer = client.get("/sign-in", query_string={"next": "/book/жук?q=ü&x=1"}, headers=headers)
    found = answer.headers["HX-Redirect" if htmx else "Location"]
    assert found == "/book/%D0%B6%D1%83%D0%BA?q=%C3%BC&x=1"
    assert found.encode("latin-1")


def test_no_page_has_inline_code_also_with_errors(world: World, new_client: Callable[[], PolicingClient]) -> None:
    """The police of the client look at each page; here at the faults' pages, which other tests don't open."""
    client = new_client()
    for path in ("/nothing", "/book/nobody", "/bookings/bad-token", "/sign-in/bad", "/reset/bad", "/invitations/bad"):
        answer = client.get(path)
        assert 400 <= answer.status_code < 500
        assert not re.search(r"<script(?![^>]*src=)|style=", answer.text)


def test_a_request_id_is_taken_only_when_it_looks_like_one(client: PolicingClient) -> None:
    assert client.get("/", headers={"X-Request-ID": "abcd-1234-efgh"}).headers["X-Request-ID"] == "abcd-1234-efgh"
    assert client.get("/", headers={"X-Request-ID": "<b>"}).headers["X-Request-ID"] != "<b>"


@ON_ONE_DATABASE
@pytest.mark.parametrize("host", ["x" * 64, "a..b", f"{'x' * 300}.example"], ids=["long", "empty", "longer"])
def test_a_host_that_is_none_is_the_askers_fault(client: PolicingClient, host: str) -> None:
    for path in ("/", "/nothing/here", "/display/x/now", "/api/slots"):
        answer = client.get(path, headers={"Host": host})
        assert (answer.status_code, answer.headers["X-Content-Type-Options"]) == (400, "nosniff")
        assert "Go back, reload the page" in answer.text
