"""claims carry their end: a request or a hold keeps the time until then, whether a job was there or not

Revision ID: 0022
Revises: 0021
"""

from __future__ import annotations

import sqlalchemy as sa

from liveapp.db import UtcDateTime
from migrations.tables import add_columns, drop_columns

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

ENDS = """
UPDATE time_claims SET kept_until = (
    SELECT MAX(bookings.expires_at) FROM bookings
    WHERE bookings.session_id = time_claims.session_id AND bookings.status IN ('requested', 'held'))
WHERE kind = 'request'
"""


def upgrade() -> None:
    add_columns("time_claims", [sa.Column("kept_until", UtcDateTime(), nullable=True)], fill=[ENDS], checks={})


def downgrade() -> None:
    drop_columns("time_claims", ["kept_until"], checks=[])
