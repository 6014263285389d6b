"""Correcting attendance once the session is closed."""

from __future__ import annotations

import uuid
from datetime import datetime

from liveapp.domain.actor import Actor
from liveapp.domain.attendance import outcomes, records
from liveapp.domain.attendance.access import guest
from liveapp.domain.attendance.errors import NotCorrectable
from liveapp.domain.attendance.service import said
from liveapp.domain.bookings.access import check_runs_roster
from liveapp.domain.bookings.history import record
from liveapp.rules.attendance import CAME, Status

SETTLED_ELSEWHERE = "How a meeting went is settled on its own page: mark a no-show there, or decide what is paid."


def correct(*, booking_id: uuid.UUID, status: Status, actor: Actor, reason: str, now: datetime) -> None:
    """What the closed session says of one person is put right by its host, an owner or admin, with a reason. What
    follows for credits and fees follows; what was charged is given back at the payment.

    As it is already, it stays so. Raises NotCorrectable, CreditGone. Take the turns of the session and of the person.
    """
    row = guest(booking_id, actor).row
    check_runs_roster(row, actor)
    if row.type == "meeting":
        raise NotCorrectable(SETTLED_ELSEWHERE)
    if row.closed_at is None or row.status not in ("attended", "no_show"):
        raise NotCorrectable()
    if row.record_status == status:
        return
    reason = said(reason)
    if status not in CAME:
        outcomes.miss(row, now, is_excused=status is Status.EXCUSED)
    elif row.status != "attended":
        outcomes.attend(row, now)
    kept = {name: getattr(row, name) for name in ("joined_at", "left_at", "duration_seconds")} if status in CAME else {}
    records.write(row, status, now, **kept, recorded_by=actor.user_id, reason=reason)
    after = "attended" if status in CAME else "no_show"
    changed = after != row.status
    record(
        actor, row.id, "correct_attendance", now,
        before={"attendance": row.record_status} | ({"status": row.status} if changed else {}),
        after={"attendance": status.value, "reason": reason} | ({"status": after} if changed else {}),
    )  # fmt: skip
