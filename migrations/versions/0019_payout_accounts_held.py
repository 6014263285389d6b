"""the bank behind a payout account, and until when a changed one isn't paid to

Revision ID: 0019
Revises: 0018
"""

from __future__ import annotations

import sqlalchemy as sa

from liveapp.db import UtcDateTime
from migrations.tables import add_columns, drop_columns

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    columns: list[sa.Column[object]] = [
        sa.Column("bank", sa.String(), nullable=False),
        sa.Column("held_until", UtcDateTime(), nullable=True),
    ]
    add_columns("payout_accounts", columns, fill=["UPDATE payout_accounts SET bank = ''"], checks={})


def downgrade() -> None:
    drop_columns("payout_accounts", ["bank", "held_until"], checks=[])
