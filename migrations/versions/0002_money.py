"""money: payments, refunds and the book

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "payers",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_payers_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_payers")),
        sa.UniqueConstraint("customer_id", name=op.f("uq_payers_customer_id")),
    )
    op.create_table(
        "cards",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("provider_id", sa.String(), nullable=False),
        sa.Column("is_kept", sa.Boolean(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("last4", sa.String(), nullable=False),
        sa.Column("exp_month", sa.SmallInteger(), nullable=False),
        sa.Column("exp_year", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("exp_month BETWEEN 1 AND 12", name=op.f("ck_cards_exp_month")),
        sa.CheckConstraint("length(last4) = 4", name=op.f("ck_cards_last4")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_cards_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cards")),
        sa.UniqueConstraint("provider_id", name=op.f("uq_cards_provider_id")),
    )
    op.create_index("ix_cards_user_id", "cards", ["user_id"], unique=False)
    op.create_table(
        "webhook_events",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("object_id", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_events")),
    )
    op.create_table(
        "payments",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=True),
        sa.Column("subscription_id", sa.Uuid(), nullable=True),
        sa.Column("plan_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("earner_id", sa.Uuid(), nullable=True),
        sa.Column("card_id", sa.Uuid(), nullable=True),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("fee_hundredths", sa.Integer(), nullable=False),
        sa.Column("free_cancellation_hours", sa.Integer(), nullable=False),
        sa.Column("partial_refund_hours", sa.Integer(), nullable=False),
        sa.Column("partial_refund_hundredths", sa.Integer(), nullable=False),
        sa.Column("captured_minor", sa.BigInteger(), nullable=False),
        sa.Column("claimed_minor", sa.BigInteger(), nullable=False),
        sa.Column("declines", sa.Integer(), nullable=False),
        sa.Column("key_number", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "sale", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("checkout_id", sa.String(), nullable=True),
        sa.Column("intent_id", sa.String(), nullable=True),
        sa.Column("failure", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(purpose IN ('plan', 'renewal')) = (booking_id IS NULL)", name=op.f("ck_payments_about")),
        sa.CheckConstraint("(status = 'paid') = (captured_minor > 0)", name=op.f("ck_payments_paid")),
        sa.CheckConstraint("(status = 'paid') = (paid_at IS NOT NULL)", name=op.f("ck_payments_paid_at")),
        sa.CheckConstraint("method IN ('card', 'desk')", name=op.f("ck_payments_method")),
        sa.CheckConstraint(
            "purpose IN ('booking', 'plan', 'renewal', 'late_cancel', 'no_show')", name=op.f("ck_payments_purpose")
        ),
        sa.CheckConstraint(
            "status IN ('open', 'scheduled', 'charging', 'review', 'paid', 'declined', 'unpaid', 'dropped')",
            name=op.f("ck_payments_status"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('scheduled', 'charging', 'declined') OR due_at IS NOT NULL", name=op.f("ck_payments_due_at")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payments_amount_minor")),
        sa.CheckConstraint("captured_minor BETWEEN 0 AND amount_minor", name=op.f("ck_payments_captured_minor")),
        sa.CheckConstraint("claimed_minor BETWEEN 0 AND captured_minor", name=op.f("ck_payments_claimed_minor")),
        sa.CheckConstraint("fee_hundredths BETWEEN 0 AND 10000", name=op.f("ck_payments_fee_hundredths")),
        sa.CheckConstraint(
            "partial_refund_hours BETWEEN 0 AND free_cancellation_hours", name=op.f("ck_payments_refund_hours")
        ),
        sa.CheckConstraint(
            "partial_refund_hundredths BETWEEN 0 AND 10000", name=op.f("ck_payments_partial_refund_hundredths")
        ),
        sa.ForeignKeyConstraint(["card_id"], ["cards.id"], name=op.f("fk_payments_card_id")),
        sa.ForeignKeyConstraint(
            ["organization_id", "booking_id"],
            ["bookings.organization_id", "bookings.id"],
            name=op.f("fk_payments_organization_id_booking_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "earner_id"],
            ["memberships.organization_id", "memberships.user_id"],
            name=op.f("fk_payments_organization_id_earner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "plan_id"],
            ["plans.organization_id", "plans.id"],
            name=op.f("fk_payments_organization_id_plan_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "subscription_id"],
            ["subscriptions.organization_id", "subscriptions.id"],
            name=op.f("fk_payments_organization_id_subscription_id"),
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_payments_organization_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_payments_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("checkout_id", name=op.f("uq_payments_checkout_id")),
        sa.UniqueConstraint("intent_id", name=op.f("uq_payments_intent_id")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_payments_organization_id_id")),
    )
    op.create_index(
        "ix_payments_due",
        "payments",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("status IN ('scheduled', 'charging', 'declined')"),
        sqlite_where=sa.text("status IN ('scheduled', 'charging', 'declined')"),
    )
    op.create_index(
        "ix_payments_open",
        "payments",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("status = 'open'"),
        sqlite_where=sa.text("status = 'open'"),
    )
    op.create_index("ix_payments_booking_id", "payments", ["booking_id"], unique=False)
    op.create_index("ix_payments_subscription_id", "payments", ["subscription_id"], unique=False)
    op.create_index("ix_payments_organization", "payments", ["organization_id", "created_at", "id"], unique=False)
    op.create_index("ix_payments_status", "payments", ["organization_id", "status", "created_at", "id"], unique=False)
    op.create_index(
        "uq_payments_one_purchase",
        "payments",
        ["user_id", "plan_id"],
        unique=True,
        postgresql_where=sa.text("purpose = 'plan' AND status = 'open'"),
        sqlite_where=sa.text("purpose = 'plan' AND status = 'open'"),
    )
    op.create_index(
        "uq_payments_one_renewal",
        "payments",
        ["subscription_id"],
        unique=True,
        postgresql_where=sa.text("purpose = 'renewal' AND status NOT IN ('paid', 'dropped')"),
        sqlite_where=sa.text("purpose = 'renewal' AND status NOT IN ('paid', 'dropped')"),
    )
    op.create_index(
        "uq_payments_one_sale",
        "payments",
        ["subscription_id"],
        unique=True,
        postgresql_where=sa.text("purpose = 'plan'"),
        sqlite_where=sa.text("purpose = 'plan'"),
    )
    op.create_index("ix_payments_user_id", "payments", ["user_id", "created_at"], unique=False)
    op.create_index(
        "uq_payments_one_charge",
        "payments",
        ["booking_id", "purpose"],
        unique=True,
        postgresql_where=sa.text("status <> 'dropped' AND (method = 'card' OR claimed_minor < captured_minor)"),
        sqlite_where=sa.text("status <> 'dropped' AND (method = 'card' OR claimed_minor < captured_minor)"),
    )
    op.create_table(
        "refunds",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("provider_id", sa.String(), nullable=True),
        sa.Column("failure", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("retries_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "status = 'failed' OR (status = 'done') = (done_at IS NOT NULL)", name=op.f("ck_refunds_done_at")
        ),
        sa.CheckConstraint("(status = 'failed') = (failed_at IS NOT NULL)", name=op.f("ck_refunds_failed_at")),
        sa.CheckConstraint(
            "kind IN ('policy', 'business', 'staff', 'late', 'console', 'dispute')", name=op.f("ck_refunds_kind")
        ),
        sa.CheckConstraint("status IN ('asked', 'pending', 'done', 'failed')", name=op.f("ck_refunds_status")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_refunds_amount_minor")),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_refunds_actor_id")),
        sa.ForeignKeyConstraint(
            ["organization_id", "payment_id"],
            ["payments.organization_id", "payments.id"],
            name=op.f("fk_refunds_organization_id_payment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "retries_id"],
            ["refunds.organization_id", "refunds.id"],
            name=op.f("fk_refunds_organization_id_retries_id"),
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_refunds_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refunds")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_refunds_organization_id_id")),
        sa.UniqueConstraint("provider_id", name=op.f("uq_refunds_provider_id")),
        sa.UniqueConstraint("retries_id", name=op.f("uq_refunds_retries_id")),
    )
    op.create_index("ix_refunds_payment_id", "refunds", ["payment_id"], unique=False)
    op.create_index(
        "ix_refunds_failed",
        "refunds",
        ["organization_id"],
        unique=False,
        postgresql_where=sa.text("status = 'failed'"),
        sqlite_where=sa.text("status = 'failed'"),
    )
    op.create_table(
        "payment_holds",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("held_minor", sa.BigInteger(), nullable=False),
        sa.Column("provider_id", sa.String(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("kind IN ('early_end', 'host_absent', 'dispute')", name=op.f("ck_payment_holds_kind")),
        sa.CheckConstraint(
            "outcome IN ('full', 'part', 'waived', 'won', 'lost')", name=op.f("ck_payment_holds_outcome")
        ),
        sa.CheckConstraint("(decided_at IS NULL) = (outcome IS NULL)", name=op.f("ck_payment_holds_decided")),
        sa.CheckConstraint("held_minor >= 0", name=op.f("ck_payment_holds_held_minor")),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"], name=op.f("fk_payment_holds_decided_by")),
        sa.ForeignKeyConstraint(["opened_by"], ["users.id"], name=op.f("fk_payment_holds_opened_by")),
        sa.ForeignKeyConstraint(
            ["organization_id", "payment_id"],
            ["payments.organization_id", "payments.id"],
            name=op.f("fk_payment_holds_organization_id_payment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_payment_holds_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_holds")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_payment_holds_organization_id_id")),
        sa.UniqueConstraint("provider_id", name=op.f("uq_payment_holds_provider_id")),
    )
    op.create_index("ix_payment_holds_payment_id", "payment_holds", ["payment_id"], unique=False)
    op.create_index(
        "ix_payment_holds_organization", "payment_holds", ["organization_id", "opened_at", "id"], unique=False
    )
    op.create_index(
        "uq_payment_holds_open",
        "payment_holds",
        ["payment_id", "kind"],
        unique=True,
        postgresql_where=sa.text("decided_at IS NULL"),
        sqlite_where=sa.text("decided_at IS NULL"),
    )
    op.create_table(
        "ledger_entries",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("debit", sa.String(), nullable=False),
        sa.Column("credit", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('share', 'fee', 'payment', 'share_back', 'fee_back', 'refund', 'share_again', 'fee_again',"
            " 'refund_failed', 'hold', 'release', 'payout', 'payout_back')",
            name=op.f("ck_ledger_entries_kind"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_ledger_entries_amount_minor")),
        sa.CheckConstraint("debit <> credit", name=op.f("ck_ledger_entries_two_accounts")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_ledger_entries_organization_id")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_ledger_entries")),
        sa.UniqueConstraint("source_id", "kind", name=op.f("uq_ledger_entries_source_id_kind")),
    )
    op.create_index(
        "ix_ledger_entries_credit", "ledger_entries", ["organization_id", "credit", "currency"], unique=False
    )
    op.create_index("ix_ledger_entries_debit", "ledger_entries", ["organization_id", "debit", "currency"], unique=False)
    keep_append_only()
    keep_due()


def downgrade() -> None:
    if on_postgresql():
        op.execute("DROP FUNCTION keep_due() CASCADE")
    else:
        op.execute("DROP TRIGGER bookings_keep_due")
    op.drop_table("ledger_entries")
    op.drop_table("payment_holds")
    op.drop_table("refunds")
    op.drop_table("payments")
    op.drop_table("webhook_events")
    op.drop_table("cards")
    op.drop_table("payers")


def keep_append_only() -> None:
    """Nothing in the book is ever changed, replaced or taken away."""
    if on_postgresql():
        op.execute(
            "CREATE TRIGGER ledger_entries_append_only BEFORE UPDATE OR DELETE ON ledger_entries"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            "CREATE TRIGGER ledger_entries_no_truncate BEFORE TRUNCATE ON ledger_entries"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    refuse = "BEGIN SELECT RAISE(ABORT, 'ledger_entries is append-only'); END"
    known = "EXISTS (SELECT 1 FROM ledger_entries WHERE number = NEW.number)"
    # INSERT OR REPLACE deletes without asking a trigger for deletions.
    op.execute(f"CREATE TRIGGER ledger_entries_no_replace BEFORE INSERT ON ledger_entries WHEN {known} {refuse}")
    for verb in ("UPDATE", "DELETE"):
        op.execute(f"CREATE TRIGGER ledger_entries_no_{verb.lower()} BEFORE {verb} ON ledger_entries {refuse}")


def keep_due() -> None:
    """What is paid after a session is due when it ends by plan, however often that is moved."""
    move = (
        "UPDATE payments SET due_at = NEW.ends_at"
        " WHERE booking_id = NEW.id AND purpose = 'booking' AND status = 'scheduled'"
    )
    if on_postgresql():
        op.execute(
            f"CREATE FUNCTION keep_due() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {move}; RETURN NULL; END $$"
        )
        op.execute(
            "CREATE TRIGGER bookings_keep_due AFTER UPDATE OF ends_at ON bookings"
            " FOR EACH ROW WHEN (OLD.ends_at <> NEW.ends_at) EXECUTE FUNCTION keep_due()"
        )
        return
    op.execute(
        "CREATE TRIGGER bookings_keep_due AFTER UPDATE OF ends_at ON bookings"
        f" WHEN OLD.ends_at <> NEW.ends_at BEGIN {move}; END"
    )


def on_postgresql() -> bool:
    """Whether this runs on PostgreSQL."""
    return op.get_bind().dialect.name == "postgresql"
