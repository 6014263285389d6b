"""What every answer carries, whatever it is; and that no answer believes what a request says of itself."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask, url_for
from gunicorn.http.errors import ChunkMissingTerminator, InvalidChunkSize, NoMoreData

from liveapp.web.headers import ALWAYS, PAYING
from liveapp.web.logs import without_addresses
from liveapp.web.signing import Purpose, sign
from tests import cast
from tests.architecture.test_routes import World
from tests.conftest import ON_ONE_DATABASE, new_client_of
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
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_nothing_is_kept_of_what_a_signed_link_opens(world: World, client: PolicingClient) -> None:
    """Whatever a mailed link opens is for one person: the browser of a library keeps none of it."""
    token, join = (sign(purpose, world.place_id) for purpose in (Purpose.BOOKING, Purpose.JOIN))
    for path in (f"/bookings/{token}", f"/bookings/{token}/cancel", f"/bookings/{token}/reschedule", f"/join/{join}"):
        assert client.get(path).headers["Cache-Control"] == "private, no-store", path


PAY_PAGE = "https://checkout.stripe.com"


def test_forms_lead_to_the_card_provider_where_somebody_pays_and_nowhere_else(
    world: World, new_app: Callable[..., Flask]
) -> None:
    """Every page that the route table names, asked by the owner: only those that lead there say so."""
    app = new_app(stripe_secret_key="sk_test_1", stripe_webhook_secret="whsec_1")
    assert app.view_functions.keys() >= PAYING
    browser = new_client_of(app)
    cast.sign_in(browser, world.people["owner"])
    asked = set()
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.arguments - {"slug", "session_id", "token"}:
            continue
        known = {"slug": "kestrel", "session_id": world.session_id, "token": sign(Purpose.BOOKING, world.place_id)}
        with app.test_request_context():
            path = url_for(rule.endpoint, **{name: known[name] for name in rule.arguments})
        policy = browser.get(path).headers["Content-Security-Policy"]
        assert (PAY_PAGE in policy) == (rule.endpoint in PAYING), rule.endpoint
        asked.add(rule.endpoint)
    assert len(asked) > 40
    assert {"book.session", "booking.show", "my.payments", "earnings.index", "book.organization"} <= asked


def test_nothing_is_kept_of_a_page_for_somebody_signed_in(world: World, client: PolicingClient) -> None:
    """Whoever goes back in the browser after they left would read it; a part of one is kept for its tag."""
    assert client.get("/").headers["Cache-Control"] == "private, no-cache"
    cast.sign_in(client, world.people["owner"])
    roster = f"/business/apps/live-sessions/sessions/{world.session_id}/roster"
    for path in ("/", "/my/plans", "/business/apps/live-sessions/members", roster):
        assert client.get(path).headers["Cache-Control"] == "private, no-store"
    assert client.htmx(roster).headers["Cache-Control"] == "private, no-cache"
    assert '"historyCacheSize":0' in client.get("/").text, "nor does the script keep pages of its own"


BROKEN: dict[str, Exception] = {
    "the connection broke off": OSError("broken"),
    "a chunk whose size is none": InvalidChunkSize(b"zz"),
    "no more data": NoMoreData(b""),
    "no end of the last chunk": ChunkMissingTerminator(b"x"),
}


class Broken:
    """A request's body as a server hands it over: reading it raises."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def read(self, *_: int) -> bytes:
        raise self._error

    readline = read


@pytest.mark.parametrize("error", BROKEN.values(), ids=BROKEN.keys())
@pytest.mark.parametrize(
    "path", ["/sign-in", "/book/kestrel/sessions/{session_id}", *("/webhooks/stripe", "/webhooks/zoom")]
)
def test_a_broken_body_is_a_bad_request(world: World, client: PolicingClient, path: str, error: Exception) -> None:
    environ = {
        "wsgi.input": Broken(error), "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked",
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
    }  # fmt: skip
    answer = client.post(path.format(session_id=world.session_id), environ_overrides=environ)
    assert 400 <= answer.status_code < 500


def test_a_proxy_that_nobody_is_told_of_is_said_once(
    new_app: Callable[..., Flask], caplog: pytest.LogCaptureFixture
) -> None:
    app = new_app()
    browser = new_client_of(app)
    assert "warning" not in browser.get("/readyz").json
    for number in range(3):
        browser.get("/", headers={"X-Forwarded-For": f"192.0.2.{number}"})
    assert caplog.text.count("untrusted proxy") == 1
    assert "TRUSTED_PROXIES is 0" in browser.get("/readyz").json["warning"]
    told = new_client_of(new_app(trusted_proxies=1))
    told.get("/", headers={"X-Forwarded-For": "192.0.2.1"})
    assert "warning" not in told.get("/readyz").json


@pytest.mark.parametrize(
    "text", ["550 <ben@example.com>: no such user", "{'to': 'Ben.O+x@sub.example.co.uk'}", "a ben@exämple.com b"]
)
def test_no_address_reaches_the_log(text: str) -> None:
    event = without_addresses(None, "info", {"event": text, "error": text, "exception": f"Traceback\n {text}", "ms": 1})
    assert "@" not in str(event)
    assert event["ms"] == 1


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
