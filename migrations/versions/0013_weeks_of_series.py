"""weeks of series: the weekday that every other week of a series counts from

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

import sqlalchemy as sa

from migrations.tables import add_columns, drop_columns

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

CHECKS = {"week_start": "week_start BETWEEN 0 AND 6"}


def upgrade() -> None:
    """Weeks of the series of before began on Mondays."""
    columns: list[sa.Column[object]] = [sa.Column("week_start", sa.SmallInteger(), nullable=False)]
    add_columns("series", columns, fill=("UPDATE series SET week_start = 0",), checks=CHECKS)


def downgrade() -> None:
    drop_columns("series", ["week_start"], checks=tuple(CHECKS))
