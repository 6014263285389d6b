"""sessions lie in the years 2000 to 2100: what lies further off no calendar and no list could show

Revision ID: 0024
Revises: 0023
"""

from __future__ import annotations

from migrations.tables import add_columns, drop_columns

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_columns("sessions", [], fill=[], checks={"years": "scheduled_at >= '2000-01-01' AND ends_at < '2101-01-01'"})


def downgrade() -> None:
    drop_columns("sessions", [], checks=["years"])
