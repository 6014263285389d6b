"""Connecting an account: to the provider and back, whose it is, and giving it back."""

from __future__ import annotations

import base64
import hashlib
import secrets
import uuid
from contextlib import suppress
from datetime import datetime

from liveapp.domain.actor import Actor
from liveapp.domain.video import connections, consents
from liveapp.domain.video.consents import Traveller
from liveapp.gateways.video.asking import VideoAway, VideoRefused
from liveapp.gateways.video.provider import provider
from liveapp.sealed import Unreadable
from liveapp.unit_of_work import transact


def begin(name: str, *, traveller: Traveller, back: str, now: datetime) -> str:
    """Where the person goes: the provider's page, which leads back to `back`."""
    asked, state, verifier = provider(name), secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    transact(consents.begin, traveller=traveller, provider=name, state=state, verifier=verifier, now=now)
    return asked.consent_page(state=state, challenge=_challenge(verifier), back=back)


def come_back(
    name: str, *, state: str, user_id: uuid.UUID, sign_in_id: uuid.UUID, now: datetime
) -> tuple[uuid.UUID, str]:
    """The organization that the account is to be connected in, and the proof that we asked. Raises BadState."""
    provider(name)
    found = transact(consents.come_back, state=state, provider=name, user_id=user_id, sign_in_id=sign_in_id, now=now)
    return found.organization_id, found.verifier


def finish(name: str, *, actor: Actor, code: str, verifier: str, back: str, now: datetime) -> None:
    """Exchanges the code and keeps what it opens. Raises VideoAway, VideoRefused."""
    asked = provider(name)
    tokens = asked.exchange(code=code, verifier=verifier, back=back, now=now)
    if not tokens.refresh:
        raise VideoRefused(f"{asked.name} gave nothing that lasts. Take our access away there, and connect again.")
    account = asked.who_am_i(tokens.access)
    transact(connections.connect, actor=actor, provider=name, account=account, tokens=tokens, now=now)


def disconnect(name: str, *, actor: Actor, now: datetime) -> None:
    """Forgets the account, and gives it back at the provider: whether that answers or not, we have it no more."""
    asked, token = provider(name), _token(name, actor)
    transact(connections.disconnect, actor=actor, provider=name, now=now)
    if token:
        with suppress(VideoAway, VideoRefused):
            asked.revoke(token)


def _challenge(verifier: str) -> str:
    """RFC 7636, 4.2: S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _token(name: str, actor: Actor) -> str:
    """What is given back: at Google either token ends both, at Zoom the one for now."""
    found = connections.of_host(organization_id=actor.organization_id, user_id=actor.user_id, provider=name)
    if found is None:
        return ""
    with suppress(Unreadable):
        tokens = connections.tokens_of(connection_id=found.id)
        return tokens.access_token or ""
    return ""
