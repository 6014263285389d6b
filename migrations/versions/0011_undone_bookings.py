"""undone bookings: taken back by their holder just after booking, at no cost

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa

from migrations.tables import add_columns, drop_columns

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

CHECKS = {"undone": "undone_at IS NULL OR status = 'cancelled'"}


def upgrade() -> None:
    columns: list[sa.Column[object]] = [sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True)]
    add_columns("bookings", columns, fill=(), checks=CHECKS)


def downgrade() -> None:
    drop_columns("bookings", ["undone_at"], checks=tuple(CHECKS))
