"""What was already answered, by the key that the form or the call carried."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from liveapp.db import Base


class IdempotencyKey(Base):
    """A form or call that was already answered, and with what."""

    __tablename__ = "idempotency_keys"

    key: Mapped[str] = mapped_column(primary_key=True)
    result_id: Mapped[uuid.UUID]
    created_at: Mapped[datetime]
