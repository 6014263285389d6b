"""payments that are kept as money that wasn't asked for

Revision ID: 0017
Revises: 0016
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.tables import replace_check

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

CHARGES = "status <> 'dropped' AND (method = 'card' OR claimed_minor < captured_minor)"


def upgrade() -> None:
    replace_check(
        "payments", "purpose", "purpose IN ('booking', 'plan', 'renewal', 'late_cancel', 'no_show', 'mismatch')"
    )
    replace_check(
        "payments", "about", "purpose = 'mismatch' OR (purpose IN ('plan', 'renewal')) = (booking_id IS NULL)"
    )
    replace_check(
        "refunds", "kind", "kind IN ('policy', 'business', 'staff', 'late', 'console', 'dispute', 'mismatch')"
    )
    _replace_index(f"{CHARGES} AND purpose <> 'mismatch'")


def downgrade() -> None:
    op.execute("UPDATE refunds SET kind = 'late' WHERE kind = 'mismatch'")
    op.execute(
        "UPDATE payments SET booking_id = NULL, purpose = 'plan', subscription_id = NULL WHERE purpose = 'mismatch'"
    )
    replace_check("refunds", "kind", "kind IN ('policy', 'business', 'staff', 'late', 'console', 'dispute')")
    replace_check("payments", "about", "(purpose IN ('plan', 'renewal')) = (booking_id IS NULL)")
    replace_check("payments", "purpose", "purpose IN ('booking', 'plan', 'renewal', 'late_cancel', 'no_show')")
    _replace_index(CHARGES)


def _replace_index(condition: str) -> None:
    op.drop_index("uq_payments_one_charge", "payments")
    where = {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}
    op.create_index("uq_payments_one_charge", "payments", ["booking_id", "purpose"], unique=True, **where)
