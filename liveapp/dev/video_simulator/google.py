"""Google's userinfo and calendar events as documented:
https://developers.google.com/workspace/calendar/api/v3/reference/events"""

from __future__ import annotations

import re

from liveapp.dev.video_simulator.world import Refusal, Thing, World

EVENTS = "/calendar/v3/calendars/primary/events"
EVENT = re.compile(rf"{EVENTS}/([a-v0-9]+)")
EVENT_ID = re.compile(r"[a-v0-9]{5,1024}")
LETTERS = str.maketrans("0123456789", "abcdefghij")


def answer(world: World, base: str, method: str, path: str, header: str, given: Thing) -> tuple[int, Thing | None]:
    """One call: its status and body."""
    account = world.whose("google", header)
    if account is None:
        raise Refusal(401, _error(401, "authError", "Invalid Credentials"))
    if (method, path) == ("GET", "/v1/userinfo"):
        person = world.things["google"]["accounts"][account]
        return 200, {"sub": account, "email": person["email"], "email_verified": True, "name": person["name"]}
    if (method, path) == ("POST", f"{EVENTS}/watch"):
        expiration = str(int((world.clock() + 7 * 86400) * 1000))
        world.things["google"]["channels"][given["id"]] = given
        return 200, {"kind": "api#channel", "id": given["id"], "resourceId": account, "expiration": expiration}
    if (method, path) == ("GET", EVENTS):
        own = [each for each in world.meetings("google").values() if each["account"] == account]
        shown = [each for each in own if each["status"] != "cancelled" or given.get("showDeleted") == "true"]
        return 200, {"kind": "calendar#events", "items": shown}
    if (method, path) == ("POST", EVENTS):
        return 200, _make(world, base, account, given)
    if match := EVENT.fullmatch(path):
        return _one(world, method, account, match.group(1), given)
    raise Refusal(404, _error(404, "notFound", "Not Found"))


def _make(world: World, base: str, account: str, given: Thing) -> Thing:
    key, events = str(given.get("id", "")), world.meetings("google")
    if not EVENT_ID.fullmatch(key) or not {"start", "end"} <= given.keys():
        raise Refusal(400, _error(400, "invalid", "Invalid resource id value."))
    if key in events:
        raise Refusal(409, _error(409, "duplicate", "The requested identifier already exists."))
    room = key.translate(LETTERS)[:10]
    code = f"{room[:3]}-{room[3:7]}-{room[7:]}"
    made = {
        "kind": "calendar#event", "id": key, "status": "confirmed", "summary": given.get("summary", ""),
        "start": given["start"], "end": given["end"], "organizer": {"self": True}, "account": account,
    }  # fmt: skip
    if "createRequest" in given.get("conferenceData", {}):
        status = {"createRequest": given["conferenceData"]["createRequest"] | {"status": {"statusCode": "success"}}}
        made |= {"hangoutLink": f"{base}/meet/{code}", "conferenceData": status | {"conferenceId": code}}
    events[key] = made
    return made


def _one(world: World, method: str, account: str, key: str, given: Thing) -> tuple[int, Thing | None]:
    found = world.meetings("google").get(key)
    if found is None or found["account"] != account:
        raise Refusal(404, _error(404, "notFound", "Not Found"))
    if method == "DELETE":
        if found["status"] == "cancelled":
            raise Refusal(410, _error(410, "deleted", "Resource has been deleted"))
        found |= {"status": "cancelled", "gone": True}
        return 204, None
    if method == "PATCH":
        found |= {name: given[name] for name in ("summary", "start", "end", "status") if name in given}
    return 200, found


def _error(code: int, reason: str, message: str) -> Thing:
    return {"error": {"code": code, "message": message, "errors": [{"reason": reason, "message": message}]}}
