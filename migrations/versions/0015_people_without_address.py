"""people without address: whoever walks in needs a name only; accounts have an address

Revision ID: 0015
Revises: 0014
"""

from __future__ import annotations

from alembic import op

from migrations.tables import add_columns, allow_null, drop_columns, forbid_null

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    allow_null("users", "email")
    add_columns("users", [], fill=[], checks={"account_email": "password_hash IS NULL OR email IS NOT NULL"})


def downgrade() -> None:
    drop_columns("users", [], checks=["account_email"])
    op.execute("UPDATE users SET email = lower(CAST(id AS VARCHAR)) || '@unknown.invalid' WHERE email IS NULL")
    forbid_null("users", "email")
