"""payouts: where earners are paid, each payout, and what came back

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "payout_days",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("seen_to_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_payout_days_organization_id")),
        sa.PrimaryKeyConstraint("organization_id", "day", name=op.f("pk_payout_days")),
    )
    op.create_table(
        "payout_accounts",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("host_id", sa.Uuid(), nullable=True),
        sa.Column("earner", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=True),
        sa.Column("is_ready", sa.Boolean(), nullable=False),
        sa.Column(
            "missing", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("bank_failure", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(host_id IS NULL) = (earner = 'business')", name=op.f("ck_payout_accounts_earner")),
        sa.CheckConstraint("NOT is_ready OR account_id IS NOT NULL", name=op.f("ck_payout_accounts_is_ready")),
        sa.ForeignKeyConstraint(
            ["organization_id", "host_id"],
            ["memberships.organization_id", "memberships.user_id"],
            name=op.f("fk_payout_accounts_organization_id_host_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_payout_accounts_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_accounts")),
        sa.UniqueConstraint("account_id", name=op.f("uq_payout_accounts_account_id")),
        sa.UniqueConstraint("organization_id", "earner", name=op.f("uq_payout_accounts_organization_id_earner")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_payout_accounts_organization_id_id")),
    )
    op.create_table(
        "payouts",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("host_id", sa.Uuid(), nullable=True),
        sa.Column("earner", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=True),
        sa.Column("provider_id", sa.String(), nullable=True),
        sa.Column("failure", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reversed_minor", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(host_id IS NULL) = (earner = 'business')", name=op.f("ck_payouts_earner")),
        sa.CheckConstraint("(how = 'connect') = (account_id IS NOT NULL)", name=op.f("ck_payouts_account_id")),
        sa.CheckConstraint(
            "(status IN ('pending', 'processing')) = (next_try_at IS NOT NULL)", name=op.f("ck_payouts_next_try_at")
        ),
        sa.CheckConstraint("how IN ('connect', 'hand')", name=op.f("ck_payouts_how")),
        sa.CheckConstraint("status <> 'paid' OR paid_at IS NOT NULL", name=op.f("ck_payouts_paid_at")),
        sa.CheckConstraint("status <> 'processing' OR asked_at IS NOT NULL", name=op.f("ck_payouts_asked_at")),
        sa.CheckConstraint("status IN ('pending', 'processing', 'paid', 'failed')", name=op.f("ck_payouts_status")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payouts_amount_minor")),
        sa.CheckConstraint("reversed_minor BETWEEN 0 AND amount_minor", name=op.f("ck_payouts_reversed_minor")),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_payouts_actor_id")),
        sa.ForeignKeyConstraint(
            ["organization_id", "host_id"],
            ["memberships.organization_id", "memberships.user_id"],
            name=op.f("fk_payouts_organization_id_host_id"),
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_payouts_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payouts")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_payouts_organization_id_id")),
        sa.UniqueConstraint("provider_id", name=op.f("uq_payouts_provider_id")),
    )
    op.create_index("ix_payouts_earner", "payouts", ["organization_id", "earner", "made_at", "id"], unique=False)
    op.create_index(
        "ix_payouts_next_try",
        "payouts",
        ["next_try_at"],
        unique=False,
        postgresql_where=sa.text("status IN ('pending', 'processing')"),
        sqlite_where=sa.text("status IN ('pending', 'processing')"),
    )
    op.create_index("ix_payouts_organization", "payouts", ["organization_id", "made_at", "id"], unique=False)
    op.create_index(
        "uq_payouts_under_way",
        "payouts",
        ["organization_id", "earner", "currency"],
        unique=True,
        postgresql_where=sa.text("status IN ('pending', 'processing')"),
        sqlite_where=sa.text("status IN ('pending', 'processing')"),
    )
    op.create_table(
        "payout_reversals",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("payout_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("provider_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payout_reversals_amount_minor")),
        sa.ForeignKeyConstraint(
            ["organization_id", "payout_id"],
            ["payouts.organization_id", "payouts.id"],
            name=op.f("fk_payout_reversals_organization_id_payout_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_payout_reversals_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_reversals")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_payout_reversals_organization_id_id")),
        sa.UniqueConstraint("provider_id", name=op.f("uq_payout_reversals_provider_id")),
    )
    op.create_index("ix_payout_reversals_payout_id", "payout_reversals", ["payout_id"], unique=False)


def downgrade() -> None:
    op.drop_table("payout_reversals")
    op.drop_table("payouts")
    op.drop_table("payout_accounts")
    op.drop_table("payout_days")
