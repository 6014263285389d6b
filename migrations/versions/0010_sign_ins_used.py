"""sign-ins used: one that nobody used for two weeks ends

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa

from liveapp.db import UtcDateTime
from migrations.tables import add_columns, drop_columns

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Those of before count as used when they began."""
    used_at: sa.Column[object] = sa.Column("used_at", UtcDateTime(), nullable=False)
    add_columns("sign_ins", [used_at], fill=["UPDATE sign_ins SET used_at = created_at"], checks={})


def downgrade() -> None:
    drop_columns("sign_ins", ["used_at"], checks=[])
