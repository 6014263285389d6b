"""The pretend Zoom and Google answer as the real ones' documentation says."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from liveapp.dev.video_simulator.server import CLIENT_ID, CLIENT_SECRET, Simulator
from liveapp.dev.video_simulator.zoom import signature

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
"""RFC 7636, appendix B."""
BACK = "https://app.example.com/back"
AUTHORIZE = {"zoom": "/oauth/authorize", "google": "/o/oauth2/v2/auth"}
TOKEN = {"zoom": "/oauth/token", "google": "/token"}
EVENTS = "/calendar/v3/calendars/primary/events"


@pytest.fixture(scope="module")
def there() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


def code(there: Simulator, provider: str, **changed: str) -> str:
    """What somebody who allows it is sent back with."""
    asked = {
        "response_type": "code", "client_id": CLIENT_ID, "redirect_uri": BACK, "state": "s",
        "code_challenge": CHALLENGE, "code_challenge_method": "S256",
    }  # fmt: skip
    said = {"do": "allow", "email": "ada@example.com", "name": "Ada"}
    url = f"{there.url}{AUTHORIZE[provider]}"
    answer = requests.post(url, params=asked | changed, data=said, allow_redirects=False, timeout=5)
    return parse_qs(urlsplit(answer.headers.get("Location", "")).query).get("code", [""])[0]


def token(there: Simulator, provider: str, **asked: str) -> requests.Response:
    known: dict[str, Any] = {"auth": (CLIENT_ID, CLIENT_SECRET)} if provider == "zoom" else {}
    keys = {} if provider == "zoom" else {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    return requests.post(f"{there.url}{TOKEN[provider]}", data=keys | asked, timeout=5, **known)


def exchanged(there: Simulator, provider: str) -> dict[str, Any]:
    grant = {"grant_type": "authorization_code", "redirect_uri": BACK, "code_verifier": VERIFIER}
    found: dict[str, Any] = token(there, provider, code=code(there, provider), **grant).json()
    return found


def call(there: Simulator, access: str, method: str, path: str, **given: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {access}"}
    return requests.request(method, f"{there.url}{path}", headers=headers, timeout=5, **given)


def test_the_challenge_is_the_standards() -> None:
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    assert base64.urlsafe_b64encode(digest).decode().rstrip("=") == CHALLENGE


@pytest.mark.parametrize("provider", ["zoom", "google"])
def test_a_code_is_good_once_with_its_proof_and_its_way_back(there: Simulator, provider: str) -> None:
    good = {"grant_type": "authorization_code", "redirect_uri": BACK, "code_verifier": VERIFIER}
    for wrong in ({"code_verifier": "x"}, {"redirect_uri": "https://evil.example.com"}):
        answer = token(there, provider, code=code(there, provider), **(good | wrong))
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    once = code(there, provider)
    found = token(there, provider, code=once, **good).json()
    assert found["token_type"] == "bearer"
    assert found["expires_in"] == 3599
    assert {"access_token", "refresh_token", "scope"} <= found.keys()
    assert token(there, provider, code=once, **good).status_code == 400
    assert code(there, provider, client_id="another") == ""


def test_zoom_takes_a_refresh_token_once_google_again_and_again(there: Simulator) -> None:
    grant = {"grant_type": "refresh_token"}
    for provider, again in (("zoom", 400), ("google", 200)):
        refresh = exchanged(there, provider)["refresh_token"]
        first = token(there, provider, refresh_token=refresh, **grant)
        assert (first.status_code, "refresh_token" in first.json()) == (200, provider == "zoom")
        assert token(there, provider, refresh_token=refresh, **grant).status_code == again


def test_zooms_meetings(there: Simulator) -> None:
    """https://developers.zoom.us/docs/api/meetings/#tag/meetings/POST/users/{userId}/meetings and its neighbours."""
    access = exchanged(there, "zoom")["access_token"]
    assert call(there, "nobody", "GET", "/v2/users/me").json() == {"code": 124, "message": "Invalid access token."}
    assert {"id", "email", "display_name"} <= call(there, access, "GET", "/v2/users/me").json().keys()
    said = {"topic": "Yoga", "type": 2, "start_time": "2026-03-05T09:00:00Z", "duration": 60, "agenda": "a" * 300}
    made = call(there, access, "POST", "/v2/users/me/meetings", json=said)
    assert made.status_code == 201
    number = made.json()["id"]
    assert isinstance(number, int)
    assert made.json()["join_url"].startswith(f"{there.url}/j/{number}?pwd=")
    listed = call(there, access, "GET", "/v2/users/me/meetings", params={"type": "scheduled", "page_size": 300}).json()
    assert [len(each["agenda"]) for each in listed["meetings"] if each["id"] == number] == [250]
    assert listed["next_page_token"] == ""
    changed = call(there, access, "PATCH", f"/v2/meetings/{number}", json={"duration": 45})
    assert (changed.status_code, changed.content) == (204, b"")
    assert call(there, access, "GET", f"/v2/meetings/{number}").json()["duration"] == 45
    assert call(there, access, "DELETE", f"/v2/meetings/{number}").status_code == 204
    gone = call(there, access, "DELETE", f"/v2/meetings/{number}")
    assert (gone.status_code, gone.json()["code"]) == (404, 3001)
    assert call(there, access, "POST", "/v2/users/me/meetings", json={}).status_code == 400


def test_googles_events(there: Simulator) -> None:
    """https://developers.google.com/workspace/calendar/api/v3/reference/events"""
    access = exchanged(there, "google")["access_token"]
    assert {"sub", "email", "name"} <= call(there, access, "GET", "/v1/userinfo").json().keys()
    key = "0" * 31 + "a"
    request = {"createRequest": {"requestId": key, "conferenceSolutionKey": {"type": "hangoutsMeet"}}}
    times = {side: {"dateTime": "2026-03-05T09:00:00Z", "timeZone": "UTC"} for side in ("start", "end")}
    said = {"id": key, "summary": "Yoga", "conferenceData": request, **times}
    made = call(there, access, "POST", EVENTS, params={"conferenceDataVersion": 1}, json=said)
    assert (made.status_code, made.json()["status"]) == (200, "confirmed")
    assert made.json()["hangoutLink"].startswith(there.url)
    assert made.json()["conferenceData"]["createRequest"]["status"] == {"statusCode": "success"}
    twice = call(there, access, "POST", EVENTS, json=said)
    assert (twice.status_code, twice.json()["error"]["errors"][0]["reason"]) == (409, "duplicate")
    assert call(there, access, "POST", EVENTS, json=said | {"id": "WXYZ-"}).status_code == 400
    assert call(there, access, "PATCH", f"{EVENTS}/{key}", json={"summary": "Late"}).json()["summary"] == "Late"
    assert call(there, access, "DELETE", f"{EVENTS}/{key}").status_code == 204
    assert call(there, access, "GET", f"{EVENTS}/{key}").json()["status"] == "cancelled"
    again = call(there, access, "DELETE", f"{EVENTS}/{key}")
    assert (again.status_code, again.json()["error"]["errors"][0]["reason"]) == (410, "deleted")
    assert call(there, access, "GET", f"{EVENTS}/nothing0").status_code == 404


def test_zooms_signature_is_the_documented_one() -> None:
    """https://developers.zoom.us/docs/api/webhooks/#verify-with-zooms-header: v0=HMAC-SHA256 of v0:time:body."""
    import hmac

    said = hmac.new(b"secret", b'v0:1658940994:{"event":"x"}', hashlib.sha256).hexdigest()
    assert signature("secret", "1658940994", b'{"event":"x"}') == f"v0={said}"


def test_people_see_where_they_allow_and_an_empty_room(there: Simulator) -> None:
    asked = f"client_id={CLIENT_ID}&redirect_uri={BACK}&state=s&code_challenge={CHALLENGE}&code_challenge_method=S256"
    page = requests.get(f"{there.url}/oauth/authorize?{asked}", timeout=5)
    assert "wants to use your Zoom account" in page.text
    assert requests.get(f"{there.url}/oauth/authorize?{asked.replace('S256', 'plain')}", timeout=5).status_code == 400
    access = exchanged(there, "zoom")["access_token"]
    made = call(there, access, "POST", "/v2/users/me/meetings", json={"topic": "A <b>room</b>", "type": 2}).json()
    assert "A &lt;b&gt;room&lt;/b&gt;" in requests.get(made["join_url"], timeout=5).text
    assert requests.get(f"{there.url}/j/1", timeout=5).status_code == 404
