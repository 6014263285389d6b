"""Google Meet: OAuth (https://developers.google.com/identity/protocols/oauth2/web-server) and meetings as events of the
host's calendar (https://developers.google.com/workspace/calendar/api/v3/reference/events)."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from liveapp.domain.video.connections import Account, Tokens
from liveapp.gateways.video.asking import Gone, VideoAway, VideoRefused, ask, listed, senseless
from liveapp.gateways.video.meeting import Meeting, account_in, meeting_in, tokens_in
from liveapp.rules.video import Wanted

CALENDAR = "https://www.googleapis.com/auth/calendar.events.owned"
LATELY = timedelta(hours=2)
MOST_EVENTS = 2500
"""The most that Google lists at once."""
OUR_NAME = re.compile(r"[0-9a-f]{32}")
SCOPES = f"openid email profile {CALENDAR}"


@dataclass(frozen=True, slots=True)
class Google:
    """`base` replaces all of Google's addresses, in development and tests."""

    client_id: str
    client_secret: str
    base: str = ""
    name: str = "Google"

    def consent_page(self, *, state: str, challenge: str, back: str) -> str:
        """`offline` and `consent`: without both Google gives no refresh token to somebody who agreed before."""
        asked = {
            "response_type": "code", "client_id": self.client_id, "redirect_uri": back, "state": state,
            "scope": SCOPES, "access_type": "offline", "prompt": "consent",
            "code_challenge": challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        return f"{self.base or 'https://accounts.google.com'}/o/oauth2/v2/auth?{urlencode(asked)}"

    def exchange(self, *, code: str, verifier: str, back: str, now: datetime) -> Tokens:
        asked = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
        found = self._token("token", asked | self._keys)
        if CALENDAR not in str(found.get("scope", "")).split():
            raise VideoRefused("Google wasn't allowed to open the calendar. Connect again, and tick the calendar.")
        return tokens_in(found, name=self.name, now=now)

    def refresh(self, refresh: str, *, now: datetime) -> Tokens:
        asked = {"grant_type": "refresh_token", "refresh_token": refresh}
        return tokens_in(self._token("token", asked | self._keys), name=self.name, now=now, refresh=refresh)

    def revoke(self, token: str) -> None:
        self._token("revoke", {"token": token})

    def who_am_i(self, access: str) -> Account:
        url = f"{self.base or 'https://openidconnect.googleapis.com'}/v1/userinfo"
        found = ask("GET", url, name=self.name, access=access)
        return account_in(found.get("sub"), found.get("email"), found.get("name"), name=self.name)

    def find(self, access: str, ref: uuid.UUID) -> Meeting | None:
        """We give events their ids. One that was removed by hand is kept by Google as cancelled, and isn't there."""
        try:
            found = self._events("GET", access, ref.hex)
        except Gone:
            return None
        if found.get("status") == "cancelled":
            raise Gone("The event was removed in Google's calendar.")
        return _meeting(found)

    def make(self, access: str, ref: uuid.UUID, wanted: Wanted) -> Meeting:
        conference = {"requestId": ref.hex, "conferenceSolutionKey": {"type": "hangoutsMeet"}}
        told = _told(wanted) | {"id": ref.hex, "conferenceData": {"createRequest": conference}}
        return _meeting(self._events("POST", access, "", params={"conferenceDataVersion": 1}, json=told))

    def change(self, access: str, meeting_id: str, wanted: Wanted) -> None:
        if self._events("PATCH", access, meeting_id, json=_told(wanted)).get("status") == "cancelled":
            raise Gone("The event was removed in Google's calendar.")

    def remove(self, access: str, meeting_id: str) -> None:
        self._events("DELETE", access, meeting_id)

    def watch(self, access: str, channel_id: uuid.UUID, secret: str, address: str) -> datetime:
        """Google tells the address whenever the calendar changes, with the secret; until the moment that it says."""
        asked = {"id": str(channel_id), "type": "web_hook", "address": address, "token": secret}
        found = self._events("POST", access, "watch", json=asked)
        try:
            return datetime.fromtimestamp(int(found["expiration"]) / 1000, UTC)
        except (KeyError, TypeError, ValueError, OverflowError, OSError) as error:
            raise senseless(self.name) from error

    def removed_lately(self, access: str, *, now: datetime) -> list[uuid.UUID]:
        """The events with a name like ours that were removed in the last minutes."""
        since = (now - LATELY).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        asked = {"updatedMin": since, "showDeleted": "true", "maxResults": MOST_EVENTS}
        found = listed(self._events("GET", access, "", params=asked), "items", self.name)
        gone = [str(each.get("id")) for each in found if each.get("status") == "cancelled"]
        return [uuid.UUID(hex=each) for each in gone if OUR_NAME.fullmatch(each)]

    @property
    def _keys(self) -> dict[str, str]:
        return {"client_id": self.client_id, "client_secret": self.client_secret}

    def _token(self, path: str, asked: dict[str, str]) -> dict[str, Any]:
        return ask("POST", f"{self.base or 'https://oauth2.googleapis.com'}/{path}", name=self.name, data=asked)

    def _events(self, method: str, access: str, event_id: str, **given: Any) -> dict[str, Any]:
        start = self.base or "https://www.googleapis.com"
        path = f"/{quote(event_id, safe='')}" if event_id else ""
        url = f"{start}/calendar/v3/calendars/primary/events{path}"
        return ask(method, url, name=self.name, access=access, **given)


def _told(wanted: Wanted) -> dict[str, Any]:
    ends_at = wanted.starts_at + timedelta(minutes=wanted.minutes)
    return {"summary": wanted.title, "start": _moment(wanted.starts_at), "end": _moment(ends_at)}


def _moment(moment: datetime) -> dict[str, str]:
    return {"dateTime": moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "timeZone": "UTC"}


def _meeting(found: dict[str, Any]) -> Meeting:
    """Google makes the conference a moment after the event: until then there is no link."""
    if not found.get("id") or not found.get("hangoutLink"):
        raise VideoAway("Google is still making the link.")
    return meeting_in(found["id"], found["hangoutLink"], name="Google")
