"""rosters of others: whether coaches read everything about who comes to sessions that they don't lead

Revision ID: 0016
Revises: 0015
"""

from __future__ import annotations

import sqlalchemy as sa

from migrations.tables import add_columns, drop_columns

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    columns: list[sa.Column[object]] = [sa.Column("coaches_read_rosters", sa.Boolean(), nullable=False)]
    add_columns("organizations", columns, fill=["UPDATE organizations SET coaches_read_rosters = false"], checks={})


def downgrade() -> None:
    drop_columns("organizations", ["coaches_read_rosters"], checks=[])
