"""Connecting an account: to the provider and back, whose it is, and giving it back."""

from __future__ import annotations

import base64
import hashlib
import secrets
import uuid
from contextlib import suppress
from datetime import datetime

from liveapp.domain.actor import Actor
from liveapp.domain.displays import leaving
from liveapp.domain.video import connections, consents
from liveapp.domain.video.consents import Traveller
from liveapp.domain.video.leaving import is_shared
from liveapp.gateways.video.asking import VideoAway, VideoRefused
from liveapp.gateways.video.provider import is_on, provider
from liveapp.rules.video import CONNECTED
from liveapp.sealed import Unreadable
from liveapp.unit_of_work import transact, transact_in_turn


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
    return transact(consents.come_back, state=state, provider=name, user_id=user_id, sign_in_id=sign_in_id, now=now)


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
    provider(name)
    token = _token(name, actor.organization_id, actor.user_id)
    transact(connections.disconnect, actor=actor, provider=name, now=now)
    _give_back(name, token)


def end_membership(
    *, actor: Actor, membership_id: uuid.UUID, user_id: uuid.UUID, takes_screens: bool, now: datetime
) -> None:
    """Ends somebody's role, and gives back what they connected in it. Raises as `leaving.end_membership`."""
    tokens = {name: _token(name, actor.organization_id, user_id) for name in CONNECTED if is_on(name)}
    transact_in_turn(
        [actor.organization_id],
        leaving.end_membership,
        actor=actor,
        membership_id=membership_id,
        takes_screens=takes_screens,
        now=now,
    )
    for name, token in tokens.items():
        _give_back(name, token)


def _give_back(name: str, token: str) -> None:
    if token:
        with suppress(VideoAway, VideoRefused):
            provider(name).revoke(token)


def _challenge(verifier: str) -> str:
    """RFC 7636, 4.2: S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _token(name: str, organization_id: uuid.UUID, user_id: uuid.UUID | None) -> str:
    """What is given back: at Google either token ends both, at Zoom the one for now. Nothing where the account goes on
    elsewhere: that would end, too."""
    found = connections.of_host(organization_id=organization_id, user_id=user_id, provider=name)
    if found is None or is_shared(connection_id=found.id):
        return ""
    with suppress(Unreadable):
        tokens = connections.tokens_of(connection_id=found.id)
        return tokens.access_token or ""
    return ""
