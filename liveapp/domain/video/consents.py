"""Going to a provider to connect an account, and coming back: once, from the same browser, within ten minutes."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, update

from liveapp.db import db
from liveapp.domain.actor import Actor
from liveapp.domain.video.errors import BadState
from liveapp.domain.video.models import VideoConsent
from liveapp.sealed import Place, seal, unseal

GOOD_FOR = timedelta(minutes=10)
VERIFIER = "video_consents.verifier"


@dataclass(frozen=True, slots=True)
class Traveller:
    """Who goes, for which organization, and in which browser: its sign-in."""

    actor: Actor
    sign_in_id: uuid.UUID


def begin(*, traveller: Traveller, provider: str, state: str, verifier: str, now: datetime) -> None:
    """Somebody goes to the provider; it carries `state` back."""
    consent_id = uuid.uuid4()
    db.session.execute(
        insert(VideoConsent).values(
            id=consent_id,
            organization_id=traveller.actor.organization_id,
            user_id=traveller.actor.user_id,
            sign_in_id=traveller.sign_in_id,
            provider=provider,
            state_hash=_hash(state),
            verifier=seal(verifier, Place(VERIFIER, consent_id)),
            created_at=now,
            expires_at=now + GOOD_FOR,
        )
    )


def come_back(
    *, state: str, provider: str, user_id: uuid.UUID, sign_in_id: uuid.UUID, now: datetime
) -> tuple[uuid.UUID, str]:
    """The organization and the verifier of the consent that was begun, used from now on. Raises BadState for every
    other, Unreadable for one whose key is gone."""
    found = db.session.execute(
        update(VideoConsent)
        .where(
            VideoConsent.state_hash == _hash(state),
            VideoConsent.provider == provider,
            VideoConsent.user_id == user_id,
            VideoConsent.sign_in_id == sign_in_id,
            VideoConsent.used_at.is_(None),
            VideoConsent.expires_at > now,
        )
        .values(used_at=now)
        .returning(VideoConsent.id, VideoConsent.organization_id, VideoConsent.verifier)
    ).one_or_none()
    if found is None:
        raise BadState()
    return found.organization_id, unseal(found.verifier, Place(VERIFIER, found.id))


def _hash(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
