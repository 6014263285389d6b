"""the security log: attempts on roles, money and other organizations that were refused

Revision ID: 0021
Revises: 0020
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

KEY = ("organization_id", "user_id", "kind", "endpoint", "day")


def upgrade() -> None:
    op.create_table(
        "refused_attempts",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("endpoint", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("kind IN ('roles', 'money', 'other_organization')", name=op.f("ck_refused_attempts_kind")),
        sa.CheckConstraint("number > 0", name=op.f("ck_refused_attempts_number")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_refused_attempts_organization_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_refused_attempts_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refused_attempts")),
        sa.UniqueConstraint(*KEY, name=op.f(f"uq_refused_attempts_{'_'.join(KEY)}")),
    )
    op.create_index("ix_refused_attempts_organization", "refused_attempts", ["organization_id", "last_at"])


def downgrade() -> None:
    op.drop_table("refused_attempts")
