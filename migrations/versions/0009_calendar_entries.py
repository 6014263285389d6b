"""calendar entries and readers: sessions that stand in their host's calendar, and how a mail's reader reads

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa

from migrations.tables import add_columns, drop_columns

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

NOT_BOOKED = "UPDATE sessions SET was_booked = false"
MEETINGS = """
UPDATE sessions SET was_booked = true
 WHERE type = 'meeting' AND EXISTS (
       SELECT 1 FROM bookings WHERE bookings.session_id = sessions.id AND bookings.confirmed_at IS NOT NULL)
"""


def upgrade() -> None:
    """Until now only meetings were sent to their hosts' calendars, so only those can be withdrawn there."""
    add_columns("sessions", was_booked(), fill=(NOT_BOOKED, MEETINGS), checks={})
    add_columns("notifications", reader(), fill=(), checks={})


def downgrade() -> None:
    drop_columns("notifications", [column.name for column in reader()], checks=())
    drop_columns("sessions", [column.name for column in was_booked()], checks=())


def was_booked() -> list[sa.Column[object]]:
    return [sa.Column("was_booked", sa.Boolean(), nullable=False)]


def reader() -> list[sa.Column[object]]:
    """Empty for mails that were promised before."""
    return [sa.Column(name, sa.String(), nullable=True) for name in ("locale", "timezone")]
