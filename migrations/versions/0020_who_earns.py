"""who earns: the business, the host, or both by shares

Businesses that are there go on as before: their hosts earn all of it.

Revision ID: 0020
Revises: 0019
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from migrations.tables import add_columns, drop_columns, replace_check

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

KINDS = (
    *("share", "rest", "fee", "payment", "share_back", "rest_back", "fee_back", "refund"),
    *("share_again", "rest_again", "fee_again", "refund_failed", "hold", "release", "payout", "payout_back"),
)
SHARE = {"share_percent": "share_percent BETWEEN 0 AND 100"}


def upgrade() -> None:
    add_columns(
        "organizations",
        [
            sa.Column("earns", sa.String(), nullable=False),
            sa.Column("host_share_percent", sa.Integer(), nullable=False),
        ],
        fill=["UPDATE organizations SET earns = 'host', host_share_percent = 50"],
        checks={
            "earns": "earns IN ('automatic', 'business', 'host', 'shares')",
            "host_share_percent": "host_share_percent BETWEEN 0 AND 100",
        },
    )
    for table in ("memberships", "offerings"):
        add_columns(table, [sa.Column("share_percent", sa.Integer(), nullable=True)], fill=[], checks=SHARE)
    add_columns(
        "payments",
        [sa.Column("share_hundredths", sa.Integer(), nullable=False)],
        fill=["UPDATE payments SET share_hundredths = 10000"],
        checks={"share_hundredths": "share_hundredths BETWEEN 0 AND 10000"},
    )
    replace_check("ledger_entries", "kind", _kinds(KINDS))


def downgrade() -> None:
    op.execute("DELETE FROM ledger_entries WHERE kind IN ('rest', 'rest_back', 'rest_again')")
    replace_check("ledger_entries", "kind", _kinds([word for word in KINDS if not word.startswith("rest")]))
    drop_columns("payments", ["share_hundredths"], checks=["share_hundredths"])
    for table in ("offerings", "memberships"):
        drop_columns(table, ["share_percent"], checks=["share_percent"])
    drop_columns("organizations", ["earns", "host_share_percent"], checks=["earns", "host_share_percent"])


def _kinds(words: Sequence[str]) -> str:
    return f"kind IN ({', '.join(repr(word) for word in words)})"
