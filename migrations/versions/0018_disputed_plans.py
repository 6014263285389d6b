"""plans that rest while a bank decides about their payment

Revision ID: 0018
Revises: 0017
"""

from __future__ import annotations

import sqlalchemy as sa

from migrations.tables import add_columns, drop_columns

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    columns: list[sa.Column[object]] = [sa.Column("is_disputed", sa.Boolean(), nullable=False)]
    add_columns("subscriptions", columns, fill=["UPDATE subscriptions SET is_disputed = false"], checks={})


def downgrade() -> None:
    drop_columns("subscriptions", ["is_disputed"], checks=[])
