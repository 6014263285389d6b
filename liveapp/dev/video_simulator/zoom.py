"""Zoom's API as documented: https://developers.zoom.us/docs/api/meetings/"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from liveapp.dev.video_simulator.world import Refusal, Thing, World

MEETING = re.compile(r"/v2/meetings/([0-9]+)")
REQUIRED = ("topic", "type")


def answer(world: World, base: str, method: str, path: str, header: str, given: Thing) -> tuple[int, Thing | None]:
    """One call of the API: its status and body. `given`: the body, or the query of a GET."""
    account = world.whose("zoom", header)
    if account is None:
        raise Refusal(401, {"code": 124, "message": "Invalid access token."})
    if (method, path) == ("GET", "/v2/users/me"):
        person = world.things["zoom"]["accounts"][account]
        return 200, {"id": account, "email": person["email"], "display_name": person["name"], "type": 1}
    if (method, path) == ("POST", "/v2/users/me/meetings"):
        return 201, _make(world, base, account, given)
    if (method, path) == ("GET", "/v2/users/me/meetings"):
        return 200, _list(world, account, given)
    if match := MEETING.fullmatch(path):
        return _one(world, method, account, match.group(1), given)
    raise Refusal(404, {"code": 300, "message": "Request path was not found."})


def _make(world: World, base: str, account: str, given: Thing) -> Thing:
    if missing := [name for name in REQUIRED if name not in given]:
        raise Refusal(400, {"code": 300, "message": f"Validation Failed: {', '.join(missing)}"})
    number = 80_000_000_000 + secrets.randbelow(9_999_999_999)
    made = {
        "id": number, "uuid": secrets.token_urlsafe(16), "host_id": account, "topic": given["topic"],
        "type": given["type"], "status": "waiting", "start_time": given.get("start_time"),
        "duration": given.get("duration", 60), "timezone": given.get("timezone", "UTC"),
        "agenda": given.get("agenda", ""), "join_url": f"{base}/j/{number}?pwd={secrets.token_urlsafe(12)}",
    }  # fmt: skip
    world.meetings("zoom")[str(number)] = made
    return made


def _list(world: World, account: str, given: Thing) -> Thing:
    """In pages; the agenda is cut at 250 characters there."""
    size = min(int(given.get("page_size") or 30), 300)
    start = int(given.get("next_page_token") or 0)
    own = [each for each in world.meetings("zoom").values() if each["host_id"] == account and not each.get("gone")]
    rows = [each | {"agenda": each["agenda"][:250]} for each in own[start : start + size]]
    more = str(start + size) if len(own) > start + size else ""
    return {"page_size": size, "total_records": len(own), "next_page_token": more, "meetings": rows}


def _one(world: World, method: str, account: str, number: str, given: Thing) -> tuple[int, Thing | None]:
    found = world.meetings("zoom").get(number)
    if found is None or found.get("gone") or found["host_id"] != account:
        raise Refusal(404, {"code": 3001, "message": f"Meeting does not exist: {number}."})
    if method == "PATCH":
        found |= {name: given[name] for name in ("topic", "start_time", "duration", "timezone") if name in given}
    elif method == "DELETE":
        found["gone"] = True
    return (200, found) if method == "GET" else (204, None)


@dataclass(frozen=True, slots=True)
class Teller:
    """Sends Zoom's events, signed: https://developers.zoom.us/docs/api/webhooks/#verify-with-zooms-header"""

    url: str
    secret: str
    clock: Callable[[], float] = time.time

    def tell(self, event: str, meeting: Thing, participant: Thing | None = None, at: float | None = None) -> int:
        """Sends one event of the meeting; the status of the answer (0: nobody answered)."""
        moment = self.clock() if at is None else at
        said: dict[str, Any] = {name: meeting[name] for name in ("uuid", "host_id", "topic", "type", "duration")}
        said |= {"id": str(meeting["id"]), "start_time": iso(moment)}
        if event == "meeting.ended":
            said["end_time"] = iso(moment)
        if participant is not None:
            said["participant"] = participant
        body = {"event": event, "event_ts": int(moment * 1000), "payload": {"account_id": "pretend", "object": said}}
        return self.post(json.dumps(body).encode())

    def post(self, body: bytes, secret: str = "", stamp: str = "") -> int:
        """Sends a body, signed by the secret at the time."""
        stamp = stamp or str(int(self.clock()))
        headers = {
            "Content-Type": "application/json", "x-zm-request-timestamp": stamp,
            "x-zm-signature": signature(secret or self.secret, stamp, body),
        }  # fmt: skip
        try:
            with urllib.request.urlopen(urllib.request.Request(self.url, body, headers), timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0


def signature(secret: str, stamp: str, body: bytes) -> str:
    """v0=HMAC-SHA256 of "v0:timestamp:body"."""
    return "v0=" + hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()


def iso(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))
