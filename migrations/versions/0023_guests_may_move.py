"""offerings on request say whether guests move what was accepted without asking again

Revision ID: 0023
Revises: 0022
"""

from __future__ import annotations

import sqlalchemy as sa

from migrations.tables import add_columns, drop_columns

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Moves ask again, as booking did, until somebody switches it off."""
    column: sa.Column[object] = sa.Column("guests_may_move", sa.Boolean(), nullable=False)
    add_columns("offerings", [column], fill=["UPDATE offerings SET guests_may_move = FALSE"], checks={})


def downgrade() -> None:
    drop_columns("offerings", ["guests_may_move"], checks=[])
