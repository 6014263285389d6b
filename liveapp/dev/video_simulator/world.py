"""What the pretend providers remember: codes, tokens, meetings. Kept in a file between starts."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

Thing: TypeAlias = dict[str, Any]
PROVIDERS = ("zoom", "google")


class Refusal(Exception):
    """An answer that isn't a yes: its status and body."""

    def __init__(self, status: int, body: Thing) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = body


class World:
    """Everything by provider: `codes` that were handed out, `access` and `refresh` tokens by whom they are of, and
    `meetings` (Google: events). `calls` counts requests, `clock` gives Unix seconds."""

    def __init__(self, folder: Path | None = None, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self.calls: Counter[str] = Counter()
        self._file = folder / "world.json" if folder else None
        self.things: dict[str, dict[str, Thing]] = {
            each: {"accounts": {}, "codes": {}, "access": {}, "refresh": {}, "meetings": {}, "channels": {}}
            for each in PROVIDERS
        }
        if self._file and self._file.exists():
            self.things |= json.loads(self._file.read_text())

    def save(self) -> None:
        """Write it down."""
        if self._file:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.write_text(json.dumps(self.things))

    def account(self, provider: str, email: str, name: str) -> str:
        """The id of the account with this address, made when it is new."""
        key = hashlib.sha256(f"{provider} {email}".encode()).hexdigest()[:21]
        self.things[provider]["accounts"][key] = {"id": key, "email": email, "name": name}
        return key

    def allow(self, provider: str, asked: Thing, email: str, name: str) -> str:
        """The person said yes: the code that they are sent back with."""
        code = secrets.token_urlsafe(24)
        self.things[provider]["codes"][code] = asked | {"account": self.account(provider, email, name)}
        return code

    def token(self, provider: str, asked: Thing) -> Thing:
        """RFC 6749, 4.1.3 and 6, with the proof of RFC 7636. Zoom's refresh tokens are good once."""
        kinds, held = {"authorization_code": self._by_code, "refresh_token": self._by_refresh}, self.things[provider]
        kind = kinds.get(asked.get("grant_type", ""))
        if kind is None:
            raise Refusal(400, {"error": "unsupported_grant_type", "reason": "Unsupported grant type"})
        account, refresh = kind(provider, asked)
        access = f"{provider}-access-{secrets.token_urlsafe(16)}"
        held["access"][access] = account
        answer = {"access_token": access, "token_type": "bearer", "expires_in": 3599, "scope": self._scope(provider)}
        if refresh:
            held["refresh"][refresh] = account
            answer["refresh_token"] = refresh
        return answer

    def revoke(self, provider: str, token: str) -> Thing:
        """The account's tokens are worth nothing from now on."""
        held = self.things[provider]
        account = held["access"].get(token) or held["refresh"].get(token)
        if account is None:
            raise Refusal(400, {"error": "invalid_token"})
        self.forget(provider, account)
        return {"status": "success"}

    def forget(self, provider: str, account: str) -> None:
        """The person takes our access away, in their own account there."""
        held = self.things[provider]
        for kind in ("access", "refresh"):
            held[kind] = {token: whose for token, whose in held[kind].items() if whose != account}

    def expire(self, provider: str) -> None:
        """No access token is good any more; refresh tokens are."""
        self.things[provider]["access"].clear()

    def whose(self, provider: str, header: str) -> str | None:
        """The account that the request's token opens."""
        found: str | None = self.things[provider]["access"].get(header.removeprefix("Bearer "))
        return found

    def meetings(self, provider: str) -> dict[str, Thing]:
        """All of a provider's meetings by id, removed ones too (`gone`)."""
        return self.things[provider]["meetings"]

    def _by_code(self, provider: str, asked: Thing) -> tuple[str, str]:
        begun = self.things[provider]["codes"].pop(asked.get("code", ""), None)
        proof = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
        if begun is None or begun["redirect_uri"] != asked.get("redirect_uri") or begun["challenge"] != _plain(proof):
            raise Refusal(400, {"error": "invalid_grant", "reason": "Invalid authorization code"})
        return begun["account"], self._refresh_token(provider)

    def _by_refresh(self, provider: str, asked: Thing) -> tuple[str, str]:
        held = self.things[provider]["refresh"]
        account = held.get(asked.get("refresh_token", ""))
        if account is None:
            raise Refusal(400, {"error": "invalid_grant", "reason": "Invalid Token!"})
        if provider == "google":
            return account, ""
        del held[asked["refresh_token"]]
        return account, self._refresh_token(provider)

    @staticmethod
    def _refresh_token(provider: str) -> str:
        return f"{provider}-refresh-{secrets.token_urlsafe(16)}"

    @staticmethod
    def _scope(provider: str) -> str:
        calendar = "https://www.googleapis.com/auth/calendar.events.owned"
        return f"openid email profile {calendar}" if provider == "google" else "meeting:write:meeting user:read:user"


def _plain(digest: bytes) -> str:

    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
