"""moves: which booking one takes the place of, and the start by which cancelling is judged

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

import sqlalchemy as sa

from liveapp.db import UtcDateTime
from migrations.tables import add_columns, add_key, drop_columns, drop_key

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

KEY = "fk_bookings_organization_id_replaces_id"


def upgrade() -> None:
    columns: list[sa.Column[object]] = [
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("counts_from", UtcDateTime(), nullable=True),
        sa.Column("kept_minor", sa.BigInteger(), nullable=False),
    ]
    checks = {"kept_minor": "kept_minor >= 0"}
    add_columns("bookings", columns, fill=["UPDATE bookings SET kept_minor = 0"], checks=checks)
    add_key("bookings", KEY, ["organization_id", "replaces_id"], "bookings", ["organization_id", "id"])


def downgrade() -> None:
    drop_key("bookings", KEY)
    drop_columns("bookings", ["replaces_id", "counts_from", "kept_minor"], checks=["kept_minor"])
