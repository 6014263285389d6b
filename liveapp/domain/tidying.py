"""What nobody needs any more goes away: answered keys, done jobs, old ticks, ended sign-ins, unfinished sign-ups."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete

from liveapp.db import Base, db
from liveapp.domain.accounts.models import RefusedAttempt, SignIn, SignUp
from liveapp.domain.idempotency.models import IdempotencyKey
from liveapp.domain.outbox.models import OutboxMessage, ScheduleTick
from liveapp.domain.video.models import VideoConsent

KEYS = timedelta(days=7)
JOBS = timedelta(days=30)
TICKS = timedelta(days=2)
SIGN_INS = timedelta(days=30)
CONSENTS = timedelta(days=1)
ATTEMPTS = timedelta(days=365)


def tidy(*, now: datetime) -> None:
    """Deletes what is past its time. Failed jobs stay: somebody may still ask about them."""
    old: tuple[tuple[type[Base], ColumnElement[bool]], ...] = (
        (IdempotencyKey, IdempotencyKey.created_at < now - KEYS),
        (OutboxMessage, OutboxMessage.done_at < now - JOBS),
        (ScheduleTick, ScheduleTick.tick < now - TICKS),
        (VideoConsent, VideoConsent.expires_at < now - CONSENTS),
        (SignUp, SignUp.expires_at < now),
        (RefusedAttempt, RefusedAttempt.last_at < now - ATTEMPTS),
        (SignIn, SignIn.expires_at < now - SIGN_INS),
    )
    for model, is_old in old:
        db.session.execute(delete(model).where(is_old))
