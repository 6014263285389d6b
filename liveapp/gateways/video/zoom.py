"""Zoom: OAuth (https://developers.zoom.us/docs/integrations/oauth/) and meetings
(https://developers.zoom.us/docs/api/meetings/)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from liveapp.domain.video.connections import Account, Tokens
from liveapp.gateways.video.asking import VideoAway, ask, listed
from liveapp.gateways.video.meeting import Meeting, account_in, meeting_in, tokens_in
from liveapp.rules.video import Wanted

SCHEDULED = 2
"""Zoom's type of a meeting at one time."""
LONGEST_TOPIC = 200
PAGE = 300
PAGES = 20


@dataclass(frozen=True, slots=True)
class Zoom:
    """`base` replaces both of Zoom's addresses, in development and tests."""

    client_id: str
    client_secret: str
    base: str = ""
    name: str = "Zoom"

    def consent_page(self, *, state: str, challenge: str, back: str) -> str:
        asked = {
            "response_type": "code", "client_id": self.client_id, "redirect_uri": back, "state": state,
            "code_challenge": challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        return f"{self._oauth}/authorize?{urlencode(asked)}"

    def exchange(self, *, code: str, verifier: str, back: str, now: datetime) -> Tokens:
        asked = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
        return tokens_in(self._token("token", asked), name=self.name, now=now)

    def refresh(self, refresh: str, *, now: datetime) -> Tokens:
        asked = {"grant_type": "refresh_token", "refresh_token": refresh}
        return tokens_in(self._token("token", asked), name=self.name, now=now, refresh=refresh)

    def revoke(self, token: str) -> None:
        self._token("revoke", {"token": token})

    def who_am_i(self, access: str) -> Account:
        found = self._ask("GET", "users/me", access)
        name = found.get("display_name") or f"{found.get('first_name', '')} {found.get('last_name', '')}".strip()
        return account_in(found.get("id"), found.get("email"), name, name=self.name)

    def find(self, access: str, ref: uuid.UUID) -> Meeting | None:
        """Zoom takes no name of ours, so it stands in the agenda, which its lists carry the beginning of."""
        following = ""
        for _ in range(PAGES):
            asked = {"type": "scheduled", "page_size": PAGE, "next_page_token": following}
            found = self._ask("GET", "users/me/meetings", access, params=asked)
            for each in listed(found, "meetings", self.name):
                if str(each.get("agenda", "")).startswith(_mark(ref)):
                    return self._meeting(self._ask("GET", f"meetings/{quote(str(each.get('id')), safe='')}", access))
            following = found.get("next_page_token", "")
            if not following:
                return None
        raise VideoAway("Zoom has too many meetings to look through.")

    def make(self, access: str, ref: uuid.UUID, wanted: Wanted) -> Meeting:
        told = _told(wanted) | {"type": SCHEDULED, "agenda": _mark(ref), "settings": {"join_before_host": False}}
        return self._meeting(self._ask("POST", "users/me/meetings", access, json=told))

    def change(self, access: str, meeting_id: str, wanted: Wanted) -> None:
        self._ask("PATCH", f"meetings/{quote(meeting_id, safe='')}", access, json=_told(wanted))

    def remove(self, access: str, meeting_id: str) -> None:
        self._ask("DELETE", f"meetings/{quote(meeting_id, safe='')}", access)

    def _meeting(self, found: dict[str, Any]) -> Meeting:
        return meeting_in(found.get("id"), found.get("join_url"), name=self.name)

    @property
    def _oauth(self) -> str:
        return f"{self.base or 'https://zoom.us'}/oauth"

    def _token(self, path: str, asked: dict[str, str]) -> dict[str, Any]:
        return ask(
            "POST", f"{self._oauth}/{path}", name=self.name, data=asked, auth=(self.client_id, self.client_secret)
        )

    def _ask(self, method: str, path: str, access: str, **given: Any) -> dict[str, Any]:
        url = f"{self.base or 'https://api.zoom.us'}/v2/{path}"
        return ask(method, url, name=self.name, access=access, **given)


def _told(wanted: Wanted) -> dict[str, Any]:
    return {
        "topic": wanted.title[:LONGEST_TOPIC],
        "start_time": wanted.starts_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "duration": wanted.minutes,
        "timezone": "UTC",
    }


def _mark(ref: uuid.UUID) -> str:
    return f"Live Sessions {ref.hex}"
