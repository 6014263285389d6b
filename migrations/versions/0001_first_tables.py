"""first tables

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("result_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_idempotency_keys")),
    )
    op.create_table(
        "organizations",
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("contact_email", sa.String(), nullable=False),
        sa.Column("colour", sa.String(), nullable=True),
        sa.Column("logo_url", sa.String(), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("week_start", sa.SmallInteger(), nullable=False),
        sa.Column("cancellation_window_hours", sa.Integer(), nullable=False),
        sa.Column("allow_late_cancellation", sa.Boolean(), nullable=False),
        sa.Column("booking_cutoff_minutes", sa.Integer(), nullable=False),
        sa.Column("promotion_cutoff_minutes", sa.Integer(), nullable=False),
        sa.Column("promotion_grace_minutes", sa.Integer(), nullable=False),
        sa.Column("offer_minutes", sa.Integer(), nullable=False),
        sa.Column("count_late_cancellations", sa.Boolean(), nullable=False),
        sa.Column("count_no_shows", sa.Boolean(), nullable=False),
        sa.Column("credit_extension_days", sa.Integer(), nullable=False),
        sa.Column("payment_provider", sa.String(), nullable=False),
        sa.Column("free_cancellation_hours", sa.Integer(), nullable=False),
        sa.Column("partial_refund_hours", sa.Integer(), nullable=False),
        sa.Column("partial_refund_percent", sa.Integer(), nullable=False),
        sa.Column("no_show_wait_percent", sa.Integer(), nullable=False),
        sa.Column("min_payable_percent", sa.Integer(), nullable=False),
        sa.Column("no_show_percent", sa.Integer(), nullable=False),
        sa.Column("no_show_refund_percent", sa.Integer(), nullable=False),
        sa.Column("late_cancel_fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("late_cancel_fee_percent", sa.Integer(), nullable=False),
        sa.Column("no_show_fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("no_show_fee_percent", sa.Integer(), nullable=False),
        sa.Column("payout_schedule", sa.String(), nullable=False),
        sa.Column("payout_weekday", sa.SmallInteger(), nullable=False),
        sa.Column("payout_holding_days", sa.Integer(), nullable=False),
        sa.Column("payout_minimum_minor", sa.BigInteger(), nullable=False),
        sa.Column("join_window_minutes", sa.Integer(), nullable=False),
        sa.Column("check_in_opens_minutes", sa.Integer(), nullable=False),
        sa.Column("late_after_minutes", sa.Integer(), nullable=False),
        sa.Column("no_show_after_minutes", sa.Integer(), nullable=False),
        sa.Column("request_expiry_hours", sa.Integer(), nullable=False),
        sa.Column("min_session_duration", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "payment_provider IN ('none', 'desk', 'stripe')", name=op.f("ck_organizations_payment_provider")
        ),
        sa.CheckConstraint(
            "payout_schedule IN ('weekly', 'monthly', 'by_hand')", name=op.f("ck_organizations_payout_schedule")
        ),
        sa.CheckConstraint(
            "booking_cutoff_minutes BETWEEN 0 AND 525600", name=op.f("ck_organizations_booking_cutoff_minutes")
        ),
        sa.CheckConstraint(
            "cancellation_window_hours BETWEEN 0 AND 8760", name=op.f("ck_organizations_cancellation_window_hours")
        ),
        sa.CheckConstraint(
            "credit_extension_days BETWEEN 0 AND 3660", name=op.f("ck_organizations_credit_extension_days")
        ),
        sa.CheckConstraint("free_cancellation_hours <= 8760", name=op.f("ck_organizations_free_cancellation_hours")),
        sa.CheckConstraint("late_cancel_fee_minor >= 0 AND no_show_fee_minor >= 0", name=op.f("ck_organizations_fees")),
        sa.CheckConstraint(
            "late_cancel_fee_percent BETWEEN 0 AND 100", name=op.f("ck_organizations_late_cancel_fee_percent")
        ),
        sa.CheckConstraint(
            "check_in_opens_minutes BETWEEN 0 AND 1440", name=op.f("ck_organizations_check_in_opens_minutes")
        ),
        sa.CheckConstraint("late_after_minutes BETWEEN 0 AND 1440", name=op.f("ck_organizations_late_after_minutes")),
        sa.CheckConstraint("join_window_minutes BETWEEN 0 AND 1440", name=op.f("ck_organizations_join_window_minutes")),
        sa.CheckConstraint(
            "no_show_after_minutes BETWEEN 0 AND 1440", name=op.f("ck_organizations_no_show_after_minutes")
        ),
        sa.CheckConstraint("latitude BETWEEN -90 AND 90", name=op.f("ck_organizations_latitude")),
        sa.CheckConstraint("longitude BETWEEN -180 AND 180", name=op.f("ck_organizations_longitude")),
        sa.CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name=op.f("ck_organizations_coordinates")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_organizations_currency")),
        sa.CheckConstraint("min_payable_percent BETWEEN 0 AND 100", name=op.f("ck_organizations_min_payable_percent")),
        sa.CheckConstraint("no_show_fee_percent BETWEEN 0 AND 100", name=op.f("ck_organizations_no_show_fee_percent")),
        sa.CheckConstraint("no_show_percent BETWEEN 0 AND 100", name=op.f("ck_organizations_no_show_percent")),
        sa.CheckConstraint(
            "no_show_refund_percent BETWEEN 0 AND 100", name=op.f("ck_organizations_no_show_refund_percent")
        ),
        sa.CheckConstraint(
            "no_show_wait_percent BETWEEN 0 AND 100", name=op.f("ck_organizations_no_show_wait_percent")
        ),
        sa.CheckConstraint("offer_minutes BETWEEN 1 AND 10080", name=op.f("ck_organizations_offer_minutes")),
        sa.CheckConstraint(
            "partial_refund_hours BETWEEN 0 AND free_cancellation_hours", name=op.f("ck_organizations_refund_hours")
        ),
        sa.CheckConstraint(
            "partial_refund_percent BETWEEN 0 AND 100", name=op.f("ck_organizations_partial_refund_percent")
        ),
        sa.CheckConstraint("payout_weekday BETWEEN 0 AND 6", name=op.f("ck_organizations_payout_weekday")),
        sa.CheckConstraint("payout_holding_days BETWEEN 0 AND 365", name=op.f("ck_organizations_payout_holding_days")),
        sa.CheckConstraint("payout_minimum_minor >= 0", name=op.f("ck_organizations_payout_minimum_minor")),
        sa.CheckConstraint(
            "promotion_cutoff_minutes BETWEEN 0 AND 525600", name=op.f("ck_organizations_promotion_cutoff_minutes")
        ),
        sa.CheckConstraint(
            "promotion_grace_minutes BETWEEN 0 AND 10080", name=op.f("ck_organizations_promotion_grace_minutes")
        ),
        sa.CheckConstraint("week_start BETWEEN 0 AND 6", name=op.f("ck_organizations_week_start")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organizations")),
        sa.UniqueConstraint("slug", name=op.f("uq_organizations_slug")),
    )
    op.create_table(
        "outbox",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "payload",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("run_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dedupe_key", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_holder", sa.Uuid(), nullable=True),
        sa.Column("enqueued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("done_at IS NULL OR failed_at IS NULL", name=op.f("ck_outbox_one_end")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_outbox_dedupe_key")),
    )
    op.create_index(
        "ix_outbox_due",
        "outbox",
        ["run_at"],
        unique=False,
        postgresql_where=sa.text("done_at IS NULL AND failed_at IS NULL"),
        sqlite_where=sa.text("done_at IS NULL AND failed_at IS NULL"),
    )
    op.create_table(
        "schedule_ticks",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("tick", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", "tick", name=op.f("pk_schedule_ticks")),
    )
    op.create_table(
        "sign_ups",
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("organization_name", sa.String(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(organization_name IS NULL) = (currency IS NULL)", name=op.f("ck_sign_ups_organization")),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_sign_ups_email_lower")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ups")),
    )
    op.create_index("ix_sign_ups_email", "sign_ups", ["email"], unique=False)
    op.create_table(
        "users",
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("email_verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sign_in_nonce", sa.Uuid(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=True),
        sa.Column("locale", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_users_email_lower")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    op.create_table(
        "audit_entries",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("object_type", sa.String(), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.Column(
            "before",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "after",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_audit_entries_actor_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_audit_entries_organization_id")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_entries")),
    )
    op.create_index("ix_audit_entries_object", "audit_entries", ["object_id", "number"], unique=False)
    op.create_index("ix_audit_entries_organization", "audit_entries", ["organization_id", "number"], unique=False)
    op.create_index("ix_audit_entries_actor", "audit_entries", ["organization_id", "actor_id", "number"], unique=False)
    op.create_index(
        "ix_audit_entries_type", "audit_entries", ["organization_id", "object_type", "number"], unique=False
    )
    op.create_index("ix_audit_entries_at", "audit_entries", ["organization_id", "at"], unique=False)
    op.create_index(
        "ix_audit_entries_batch",
        "audit_entries",
        ["batch_id", "number"],
        unique=False,
        postgresql_where=sa.text("batch_id IS NOT NULL"),
        sqlite_where=sa.text("batch_id IS NOT NULL"),
    )
    op.create_table(
        "invitations",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("role IN ('owner', 'admin', 'coach', 'member')", name=op.f("ck_invitations_role")),
        sa.ForeignKeyConstraint(["invited_by"], ["users.id"], name=op.f("fk_invitations_invited_by")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_invitations_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
    )
    op.create_index(
        "uq_invitations_open",
        "invitations",
        ["organization_id", "email"],
        unique=True,
        postgresql_where=sa.text("accepted_at IS NULL AND revoked_at IS NULL"),
        sqlite_where=sa.text("accepted_at IS NULL AND revoked_at IS NULL"),
    )
    op.create_table(
        "locations",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("check_in_radius", sa.Integer(), nullable=True),
        sa.Column("is_exclusive", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("check_in_radius > 0", name=op.f("ck_locations_check_in_radius")),
        sa.CheckConstraint("latitude BETWEEN -90 AND 90", name=op.f("ck_locations_latitude")),
        sa.CheckConstraint("longitude BETWEEN -180 AND 180", name=op.f("ck_locations_longitude")),
        sa.CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name=op.f("ck_locations_coordinates")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_locations_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_locations")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_locations_organization_id_id")),
        sa.UniqueConstraint("organization_id", "name", name=op.f("uq_locations_organization_id_name")),
    )
    op.create_table(
        "memberships",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("bio", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("role IN ('owner', 'admin', 'coach', 'member')", name=op.f("ck_memberships_role")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_memberships_organization_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_memberships_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
        sa.UniqueConstraint("organization_id", "slug", name=op.f("uq_memberships_organization_id_slug")),
        sa.UniqueConstraint("organization_id", "user_id", name=op.f("uq_memberships_organization_id_user_id")),
    )
    op.create_index("ix_memberships_user_id", "memberships", ["user_id"], unique=False)
    op.create_table(
        "notifications",
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=True),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column(
            "payload",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("status IN ('queued', 'sent', 'failed', 'dropped')", name=op.f("ck_notifications_status")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_notifications_organization_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notifications_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
    )
    op.create_index("ix_notifications_booking", "notifications", ["booking_id"], unique=False)
    op.create_index("ix_notifications_user", "notifications", ["user_id", "created_at"], unique=False)
    op.create_table(
        "programs",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("delivery_mode", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "delivery_mode IN ('schedule', 'feed', 'coaching', 'course')",
            name=op.f("ck_programs_delivery_mode"),
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_programs_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programs")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_programs_organization_id_id")),
        sa.UniqueConstraint("organization_id", "name", name=op.f("uq_programs_organization_id_name")),
    )
    op.create_table(
        "sign_ins",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("browser", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_sign_ins_organization_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sign_ins_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
    )
    op.create_index("ix_sign_ins_user_id", "sign_ins", ["user_id"], unique=False)
    op.create_table(
        "availability_overrides",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("host_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=True),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column(
            "windows",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'time_off' AND starts_at < ends_at AND first_day IS NULL AND last_day IS NULL) OR (kind <> 'time_off' AND first_day <= last_day AND starts_at IS NULL AND ends_at IS NULL)",
            name=op.f("ck_availability_overrides_extent"),
        ),
        sa.CheckConstraint("kind IN ('hours', 'closed', 'time_off')", name=op.f("ck_availability_overrides_kind")),
        sa.ForeignKeyConstraint(
            ["organization_id", "host_id"],
            ["memberships.organization_id", "memberships.user_id"],
            name=op.f("fk_availability_overrides_organization_id_host_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_availability_overrides_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_availability_overrides")),
    )
    op.create_index(
        "ix_availability_overrides_host",
        "availability_overrides",
        ["organization_id", "host_id"],
        unique=False,
    )
    op.create_table(
        "availability_rules",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("host_id", sa.Uuid(), nullable=False),
        sa.Column("day_of_week", sa.SmallInteger(), nullable=False),
        sa.Column("start_time", sa.SmallInteger(), nullable=False),
        sa.Column("end_time", sa.SmallInteger(), nullable=False),
        sa.Column("duration_minutes", sa.Integer(), nullable=True),
        sa.Column("price_minor", sa.BigInteger(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("day_of_week BETWEEN 0 AND 6", name=op.f("ck_availability_rules_day_of_week")),
        sa.CheckConstraint("duration_minutes BETWEEN 1 AND 1440", name=op.f("ck_availability_rules_duration_minutes")),
        sa.CheckConstraint("end_time BETWEEN 0 AND 1440", name=op.f("ck_availability_rules_end_time")),
        sa.CheckConstraint("price_minor >= 0", name=op.f("ck_availability_rules_price_minor")),
        sa.CheckConstraint("start_time BETWEEN 0 AND 1439", name=op.f("ck_availability_rules_start_time")),
        sa.ForeignKeyConstraint(
            ["organization_id", "host_id"],
            ["memberships.organization_id", "memberships.user_id"],
            name=op.f("fk_availability_rules_organization_id_host_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_availability_rules_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_availability_rules")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_availability_rules_organization_id_id")),
    )
    op.create_index("ix_availability_rules_host", "availability_rules", ["organization_id", "host_id"], unique=False)
    op.create_table(
        "booking_rules",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("host_id", sa.Uuid(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("min_lead_minutes", sa.Integer(), nullable=False),
        sa.Column("buffer_before", sa.Integer(), nullable=False),
        sa.Column("buffer_after", sa.Integer(), nullable=False),
        sa.Column("max_per_day", sa.Integer(), nullable=True),
        sa.Column("max_per_week", sa.Integer(), nullable=True),
        sa.Column("slot_interval", sa.Integer(), nullable=True),
        sa.Column("horizon_kind", sa.String(), nullable=False),
        sa.Column("horizon_days", sa.Integer(), nullable=False),
        sa.Column("horizon_first", sa.Date(), nullable=True),
        sa.Column("horizon_last", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "horizon_kind IN ('days', 'business_days', 'available_days', 'range')",
            name=op.f("ck_booking_rules_horizon_kind"),
        ),
        sa.CheckConstraint("buffer_after BETWEEN 0 AND 1440", name=op.f("ck_booking_rules_buffer_after")),
        sa.CheckConstraint("buffer_before BETWEEN 0 AND 1440", name=op.f("ck_booking_rules_buffer_before")),
        sa.CheckConstraint("horizon_days BETWEEN 1 AND 730", name=op.f("ck_booking_rules_horizon_days")),
        sa.CheckConstraint("max_per_day > 0", name=op.f("ck_booking_rules_max_per_day")),
        sa.CheckConstraint("max_per_week > 0", name=op.f("ck_booking_rules_max_per_week")),
        sa.CheckConstraint("min_lead_minutes BETWEEN 0 AND 525600", name=op.f("ck_booking_rules_min_lead_minutes")),
        sa.CheckConstraint("slot_interval BETWEEN 1 AND 1440", name=op.f("ck_booking_rules_slot_interval")),
        sa.ForeignKeyConstraint(
            ["organization_id", "host_id"],
            ["memberships.organization_id", "memberships.user_id"],
            name=op.f("fk_booking_rules_organization_id_host_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_booking_rules_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_rules")),
        sa.UniqueConstraint("organization_id", "host_id", name=op.f("uq_booking_rules_organization_id_host_id")),
    )
    op.create_table(
        "closures",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_closures_extent")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_closures_created_by")),
        sa.ForeignKeyConstraint(
            ["organization_id", "location_id"],
            ["locations.organization_id", "locations.id"],
            name=op.f("fk_closures_organization_id_location_id"),
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_closures_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closures")),
    )
    op.create_index("ix_closures_organization_id", "closures", ["organization_id", "last_day"], unique=False)
    op.create_table(
        "offerings",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=True),
        sa.Column("host_id", sa.Uuid(), nullable=True),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("session_type", sa.String(), nullable=False),
        sa.Column("topic_type", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("topic_deadline_hours", sa.Integer(), nullable=False),
        sa.Column("duration_minutes", sa.Integer(), nullable=False),
        sa.Column(
            "durations", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("materials", sa.String(), nullable=False),
        sa.Column("requirements", sa.String(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("meeting_url", sa.String(), nullable=True),
        sa.Column("meeting_provider", sa.String(), nullable=True),
        sa.Column("booking_mode", sa.String(), nullable=False),
        sa.Column("payment_timing", sa.String(), nullable=False),
        sa.Column("plan_only", sa.Boolean(), nullable=False),
        sa.Column("has_waitlist", sa.Boolean(), nullable=False),
        sa.Column("waitlist_size", sa.Integer(), nullable=True),
        sa.Column("booking_opens_days", sa.Integer(), nullable=True),
        sa.Column("colour", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("booking_mode IN ('instant', 'request')", name=op.f("ck_offerings_booking_mode")),
        sa.CheckConstraint(
            "colour IN ('pine', 'sky', 'iris', 'plum', 'rose', 'amber', 'moss', 'slate')",
            name=op.f("ck_offerings_colour"),
        ),
        sa.CheckConstraint("format IN ('online', 'in_person')", name=op.f("ck_offerings_format")),
        sa.CheckConstraint(
            "meeting_provider IN ('url', 'jitsi', 'zoom', 'google_meet')", name=op.f("ck_offerings_meeting_provider")
        ),
        sa.CheckConstraint(
            "kind IN ('live_class', 'webinar', 'workshop', 'office_hours', 'meeting')", name=op.f("ck_offerings_kind")
        ),
        sa.CheckConstraint(
            "payment_timing IN ('at_booking', 'after_session', 'none')", name=op.f("ck_offerings_payment_timing")
        ),
        sa.CheckConstraint("session_type IN ('individual', 'group')", name=op.f("ck_offerings_session_type")),
        sa.CheckConstraint("topic_type IN ('fixed', 'flexible')", name=op.f("ck_offerings_topic_type")),
        sa.CheckConstraint("NOT plan_only OR price_minor IS NULL", name=op.f("ck_offerings_plan_only")),
        sa.CheckConstraint("capacity BETWEEN 1 AND 100000", name=op.f("ck_offerings_capacity")),
        sa.CheckConstraint("duration_minutes BETWEEN 1 AND 1440", name=op.f("ck_offerings_duration_minutes")),
        sa.CheckConstraint("price_minor >= 0", name=op.f("ck_offerings_price_minor")),
        sa.CheckConstraint("waitlist_size >= 0", name=op.f("ck_offerings_waitlist_size")),
        sa.CheckConstraint("topic_deadline_hours BETWEEN 0 AND 8760", name=op.f("ck_offerings_topic_deadline_hours")),
        sa.ForeignKeyConstraint(
            ["organization_id", "host_id"],
            ["memberships.organization_id", "memberships.user_id"],
            name=op.f("fk_offerings_organization_id_host_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "location_id"],
            ["locations.organization_id", "locations.id"],
            name=op.f("fk_offerings_organization_id_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "program_id"],
            ["programs.organization_id", "programs.id"],
            name=op.f("fk_offerings_organization_id_program_id"),
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_offerings_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offerings")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_offerings_organization_id_id")),
        sa.UniqueConstraint("organization_id", "slug", name=op.f("uq_offerings_organization_id_slug")),
    )
    op.create_index("ix_offerings_organization_id", "offerings", ["organization_id"], unique=False)
    op.create_table(
        "travels",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("host_id", sa.Uuid(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("last_day IS NULL OR first_day <= last_day", name=op.f("ck_travels_extent")),
        sa.ForeignKeyConstraint(
            ["organization_id", "host_id"],
            ["memberships.organization_id", "memberships.user_id"],
            name=op.f("fk_travels_organization_id_host_id"),
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_travels_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_travels")),
    )
    op.create_index("ix_travels_host", "travels", ["organization_id", "host_id"], unique=False)
    op.create_table(
        "series",
        sa.Column("frequency", sa.String(), nullable=False),
        sa.Column(
            "weekdays", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("day_of_month", sa.SmallInteger(), nullable=True),
        sa.Column("nth", sa.SmallInteger(), nullable=True),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("local_start", sa.SmallInteger(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=True),
        sa.Column("made_through", sa.Date(), nullable=False),
        sa.Column("publishes", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("offering_id", sa.Uuid(), nullable=False),
        sa.Column("host_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("meeting_url", sa.String(), nullable=True),
        sa.Column("meeting_provider", sa.String(), nullable=True),
        sa.Column("duration_minutes", sa.Integer(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("max_participants", sa.Integer(), nullable=False),
        sa.Column("focus_area", sa.String(), nullable=False),
        sa.Column("notes", sa.String(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=True),
        sa.Column("plan_only", sa.Boolean(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("format IN ('online', 'in_person')", name=op.f("ck_series_format")),
        sa.CheckConstraint(
            "meeting_provider IN ('url', 'jitsi', 'zoom', 'google_meet')", name=op.f("ck_series_meeting_provider")
        ),
        sa.CheckConstraint(
            "frequency IN ('daily', 'weekly', 'biweekly', 'monthly_by_day', 'monthly_by_weekday')",
            name=op.f("ck_series_frequency"),
        ),
        sa.CheckConstraint(
            "type IN ('live_class', 'webinar', 'workshop', 'office_hours', 'meeting')", name=op.f("ck_series_type")
        ),
        sa.CheckConstraint("local_start BETWEEN 0 AND 1439", name=op.f("ck_series_local_start")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_series_created_by")),
        sa.ForeignKeyConstraint(
            ["organization_id", "host_id"],
            ["memberships.organization_id", "memberships.user_id"],
            name=op.f("fk_series_organization_id_host_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "location_id"],
            ["locations.organization_id", "locations.id"],
            name=op.f("fk_series_organization_id_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "offering_id"],
            ["offerings.organization_id", "offerings.id"],
            name=op.f("fk_series_organization_id_offering_id"),
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_series_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_series_organization_id_id")),
    )
    op.create_table(
        "sessions",
        sa.Column("series_id", sa.Uuid(), nullable=True),
        sa.Column("series_day", sa.Date(), nullable=True),
        sa.Column("is_detached", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("participant_count", sa.Integer(), nullable=False),
        sa.Column("waiting_count", sa.Integer(), nullable=False),
        sa.Column("overbooked", sa.Integer(), nullable=False),
        sa.Column("room", sa.Uuid(), nullable=False),
        sa.Column("availability_rule_id", sa.Uuid(), nullable=True),
        sa.Column("buffer_before", sa.Integer(), nullable=False),
        sa.Column("buffer_after", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("topic_final_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recording_url", sa.String(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.Column("join_opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("host_joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_by", sa.Uuid(), nullable=True),
        sa.Column("cancel_reason", sa.String(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("offering_id", sa.Uuid(), nullable=False),
        sa.Column("host_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("meeting_url", sa.String(), nullable=True),
        sa.Column("meeting_provider", sa.String(), nullable=True),
        sa.Column("duration_minutes", sa.Integer(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("max_participants", sa.Integer(), nullable=False),
        sa.Column("focus_area", sa.String(), nullable=False),
        sa.Column("notes", sa.String(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=True),
        sa.Column("plan_only", sa.Boolean(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("closed_at IS NULL OR status = 'ended'", name=op.f("ck_sessions_closed_at")),
        sa.CheckConstraint("deleted_at IS NULL OR status IN ('draft', 'cancelled')", name=op.f("ck_sessions_deleted")),
        sa.CheckConstraint("format IN ('online', 'in_person')", name=op.f("ck_sessions_format")),
        sa.CheckConstraint(
            "meeting_provider IN ('url', 'jitsi', 'zoom', 'google_meet')", name=op.f("ck_sessions_meeting_provider")
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'scheduled', 'live', 'ended', 'cancelled')", name=op.f("ck_sessions_status")
        ),
        sa.CheckConstraint(
            "type IN ('live_class', 'webinar', 'workshop', 'office_hours', 'meeting')", name=op.f("ck_sessions_type")
        ),
        sa.CheckConstraint("NOT plan_only OR price_minor IS NULL", name=op.f("ck_sessions_plan_only")),
        sa.CheckConstraint("duration_minutes BETWEEN 1 AND 1440", name=op.f("ck_sessions_duration_minutes")),
        sa.CheckConstraint("overbooked >= 0", name=op.f("ck_sessions_overbooked")),
        sa.CheckConstraint(
            "participant_count BETWEEN 0 AND max_participants + overbooked", name=op.f("ck_sessions_capacity")
        ),
        sa.CheckConstraint("price_minor >= 0", name=op.f("ck_sessions_price_minor")),
        sa.CheckConstraint("scheduled_at < ends_at", name=op.f("ck_sessions_extent")),
        sa.CheckConstraint("waiting_count >= 0", name=op.f("ck_sessions_waiting_count")),
        sa.ForeignKeyConstraint(["cancelled_by"], ["users.id"], name=op.f("fk_sessions_cancelled_by")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_sessions_created_by")),
        sa.ForeignKeyConstraint(
            ["organization_id", "host_id"],
            ["memberships.organization_id", "memberships.user_id"],
            name=op.f("fk_sessions_organization_id_host_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "location_id"],
            ["locations.organization_id", "locations.id"],
            name=op.f("fk_sessions_organization_id_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "offering_id"],
            ["offerings.organization_id", "offerings.id"],
            name=op.f("fk_sessions_organization_id_offering_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "series_id"],
            ["series.organization_id", "series.id"],
            name=op.f("fk_sessions_organization_id_series_id"),
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_sessions_organization_id")),
        sa.ForeignKeyConstraint(["published_by"], ["users.id"], name=op.f("fk_sessions_published_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint(
            "organization_id",
            "id",
            "scheduled_at",
            "ends_at",
            name=op.f("uq_sessions_organization_id_id_scheduled_at_ends_at"),
        ),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_sessions_organization_id_id")),
    )
    op.create_index("ix_sessions_calendar", "sessions", ["organization_id", "scheduled_at", "id"], unique=False)
    op.create_index("ix_sessions_host", "sessions", ["host_id", "scheduled_at"], unique=False)
    op.create_index(
        "ix_sessions_meeting_times",
        "sessions",
        ["organization_id", "scheduled_at", "id"],
        unique=False,
        postgresql_where=sa.text("type = 'meeting'"),
        sqlite_where=sa.text("type = 'meeting'"),
    )
    op.create_index(
        "ix_sessions_meetings",
        "sessions",
        ["organization_id", "created_at"],
        unique=False,
        postgresql_where=sa.text("type = 'meeting'"),
        sqlite_where=sa.text("type = 'meeting'"),
    )
    op.create_index("ix_sessions_offering_id", "sessions", ["offering_id", "scheduled_at"], unique=False)
    op.create_index(
        "ix_sessions_running",
        "sessions",
        ["ends_at"],
        unique=False,
        postgresql_where=sa.text("status IN ('scheduled', 'live')"),
        sqlite_where=sa.text("status IN ('scheduled', 'live')"),
    )
    op.create_index(
        "ix_sessions_to_close",
        "sessions",
        ["ends_at"],
        unique=False,
        postgresql_where=sa.text("status = 'ended' AND closed_at IS NULL"),
        sqlite_where=sa.text("status = 'ended' AND closed_at IS NULL"),
    )
    op.create_index(
        "ix_sessions_totals",
        "sessions",
        ["organization_id", "type", "status"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL"),
        sqlite_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "ix_sessions_waiting",
        "sessions",
        ["scheduled_at"],
        unique=False,
        postgresql_where=sa.text("status = 'scheduled' AND waiting_count > 0"),
        sqlite_where=sa.text("status = 'scheduled' AND waiting_count > 0"),
    )
    op.create_index("uq_sessions_series_day", "sessions", ["series_id", "series_day"], unique=True)
    op.create_table(
        "plans",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("class_credits", sa.Integer(), nullable=True),
        sa.Column("valid_days", sa.Integer(), nullable=True),
        sa.Column("period", sa.String(), nullable=True),
        sa.Column("max_bookings_per_day", sa.Integer(), nullable=True),
        sa.Column("max_bookings_per_week", sa.Integer(), nullable=True),
        sa.Column("allow_overlapping_bookings", sa.Boolean(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("is_sold_online", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(kind = 'period') = (period IS NOT NULL)", name=op.f("ck_plans_has_period")),
        sa.CheckConstraint("NOT is_sold_online OR coalesce(price_minor, 0) > 0", name=op.f("ck_plans_sold_online")),
        sa.CheckConstraint("kind = 'pack' OR valid_days IS NULL", name=op.f("ck_plans_valid_days_of_packs")),
        sa.CheckConstraint(
            "kind = 'period' OR class_credits IS NOT NULL OR valid_days IS NOT NULL", name=op.f("ck_plans_pack_ends")
        ),
        sa.CheckConstraint("kind IN ('pack', 'period')", name=op.f("ck_plans_kind")),
        sa.CheckConstraint("period IN ('week', 'month', 'year')", name=op.f("ck_plans_period")),
        sa.CheckConstraint("class_credits BETWEEN 1 AND 10000", name=op.f("ck_plans_class_credits")),
        sa.CheckConstraint("max_bookings_per_day BETWEEN 1 AND 100", name=op.f("ck_plans_max_bookings_per_day")),
        sa.CheckConstraint("max_bookings_per_week BETWEEN 1 AND 700", name=op.f("ck_plans_max_bookings_per_week")),
        sa.CheckConstraint("price_minor >= 0", name=op.f("ck_plans_price_minor")),
        sa.CheckConstraint("valid_days BETWEEN 1 AND 3660", name=op.f("ck_plans_valid_days")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_plans_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_plans_organization_id_id")),
        sa.UniqueConstraint("organization_id", "name", name=op.f("uq_plans_organization_id_name")),
    )
    op.create_table(
        "plan_programs",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "plan_id"],
            ["plans.organization_id", "plans.id"],
            name=op.f("fk_plan_programs_organization_id_plan_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "program_id"],
            ["programs.organization_id", "programs.id"],
            name=op.f("fk_plan_programs_organization_id_program_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_plan_programs_organization_id")
        ),
        sa.PrimaryKeyConstraint("plan_id", "program_id", name=op.f("pk_plan_programs")),
    )
    op.create_table(
        "subscriptions",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("anchor_day", sa.Date(), nullable=False),
        sa.Column("periods_granted", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_periods", sa.Integer(), nullable=True),
        sa.Column("paid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lacks_payment", sa.Boolean(), nullable=False),
        sa.Column("paused_on", sa.Date(), nullable=True),
        sa.Column("resumes_on", sa.Date(), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(paid_periods IS NULL) = (paid_until IS NULL)", name=op.f("ck_subscriptions_paid_until")),
        sa.CheckConstraint("(status = 'paused') = (paused_on IS NOT NULL)", name=op.f("ck_subscriptions_paused")),
        sa.CheckConstraint(
            "NOT lacks_payment OR (status = 'paused' AND paid_periods > 0)",
            name=op.f("ck_subscriptions_lacks_payment"),
        ),
        sa.CheckConstraint("paid_periods > 0", name=op.f("ck_subscriptions_paid_periods")),
        sa.CheckConstraint("status <> 'ended' OR ends_at IS NOT NULL", name=op.f("ck_subscriptions_ended")),
        sa.CheckConstraint("status IN ('active', 'paused', 'ended')", name=op.f("ck_subscriptions_status")),
        sa.CheckConstraint("paused_on < resumes_on", name=op.f("ck_subscriptions_pause_extent")),
        sa.CheckConstraint("paused_on IS NOT NULL OR resumes_on IS NULL", name=op.f("ck_subscriptions_resumes")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_subscriptions_created_by")),
        sa.ForeignKeyConstraint(
            ["organization_id", "plan_id"],
            ["plans.organization_id", "plans.id"],
            name=op.f("fk_subscriptions_organization_id_plan_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "user_id"],
            ["memberships.organization_id", "memberships.user_id"],
            name=op.f("fk_subscriptions_organization_id_user_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_subscriptions_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_subscriptions_organization_id_id")),
    )
    op.create_index(
        "ix_subscriptions_paid_until",
        "subscriptions",
        ["paid_until"],
        unique=False,
        postgresql_where=sa.text("status = 'active' AND paid_until IS NOT NULL"),
        sqlite_where=sa.text("status = 'active' AND paid_until IS NOT NULL"),
    )
    op.create_index("ix_subscriptions_plan_id", "subscriptions", ["plan_id"], unique=False)
    op.create_index(
        "ix_subscriptions_running",
        "subscriptions",
        ["ends_at"],
        unique=False,
        postgresql_where=sa.text("status <> 'ended'"),
        sqlite_where=sa.text("status <> 'ended'"),
    )
    op.create_index("ix_subscriptions_user_id", "subscriptions", ["user_id", "organization_id"], unique=False)
    op.create_table(
        "credit_lots",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("balance", sa.Integer(), nullable=False),
        sa.Column("period_day", sa.Date(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warned_days", sa.SmallInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("balance >= 0", name=op.f("ck_credit_lots_balance")),
        sa.CheckConstraint("valid_from <= expires_at", name=op.f("ck_credit_lots_extent")),
        sa.ForeignKeyConstraint(
            ["organization_id", "subscription_id"],
            ["subscriptions.organization_id", "subscriptions.id"],
            name=op.f("fk_credit_lots_organization_id_subscription_id"),
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_credit_lots_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_lots")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_credit_lots_organization_id_id")),
        sa.UniqueConstraint("subscription_id", "period_day", name=op.f("uq_credit_lots_subscription_id_period_day")),
    )
    op.create_index(
        "ix_credit_lots_expires_at",
        "credit_lots",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("balance > 0"),
        sqlite_where=sa.text("balance > 0"),
    )
    op.create_table(
        "bookings",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("is_known", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("paid_by", sa.String(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=True),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("suggested_topic", sa.String(), nullable=False),
        sa.Column("topic_group", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("waitlist_position", sa.Integer(), nullable=True),
        sa.Column("passed_over", sa.String(), nullable=False),
        sa.Column("told_free_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("promoted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("promotion_grace_minutes", sa.Integer(), nullable=False),
        sa.Column("cancellation_window_hours", sa.Integer(), nullable=False),
        sa.Column("allow_late_cancellation", sa.Boolean(), nullable=False),
        sa.Column("reschedules", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("requested_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("checked_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_in_how", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_by", sa.Uuid(), nullable=True),
        sa.Column("cancel_reason", sa.String(), nullable=False),
        sa.Column("cancelled_late", sa.Boolean(), nullable=True),
        sa.Column("waived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("staff_note", sa.String(), nullable=False),
        sa.Column("link_nonce", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(status = 'waitlisted') = (waitlist_position IS NOT NULL)", name=op.f("ck_bookings_waitlist_position")
        ),
        sa.CheckConstraint(
            "expires_at IS NULL OR status IN ('requested', 'held', 'waitlisted')", name=op.f("ck_bookings_expires_at")
        ),
        sa.CheckConstraint(
            "paid_by IN ('free', 'credit', 'at_booking', 'after_session', 'at_desk')", name=op.f("ck_bookings_paid_by")
        ),
        sa.CheckConstraint("status <> 'held' OR expires_at IS NOT NULL", name=op.f("ck_bookings_held")),
        sa.CheckConstraint(
            "status IN ('requested', 'held', 'confirmed', 'waitlisted', 'attended', 'no_show', 'cancelled', 'declined', 'expired')",
            name=op.f("ck_bookings_status"),
        ),
        sa.CheckConstraint(
            "checked_in_how IN ('manual', 'walk_in', 'door_code', 'own_code', 'gps', 'join')",
            name=op.f("ck_bookings_checked_in_how"),
        ),
        sa.CheckConstraint("(checked_in_at IS NULL) = (checked_in_how IS NULL)", name=op.f("ck_bookings_checked_in")),
        sa.CheckConstraint(
            "checked_in_at IS NULL OR confirmed_at IS NOT NULL", name=op.f("ck_bookings_checked_in_confirmed")
        ),
        sa.CheckConstraint("price_minor >= 0", name=op.f("ck_bookings_price_minor")),
        sa.CheckConstraint("reschedules >= 0", name=op.f("ck_bookings_reschedules")),
        sa.ForeignKeyConstraint(["cancelled_by"], ["users.id"], name=op.f("fk_bookings_cancelled_by")),
        sa.ForeignKeyConstraint(
            ["organization_id", "session_id", "starts_at", "ends_at"],
            ["sessions.organization_id", "sessions.id", "sessions.scheduled_at", "sessions.ends_at"],
            name=op.f("fk_bookings_organization_id_session_id_starts_at_ends_at"),
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "subscription_id"],
            ["subscriptions.organization_id", "subscriptions.id"],
            name=op.f("fk_bookings_organization_id_subscription_id"),
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_bookings_organization_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_bookings_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookings")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_bookings_organization_id_id")),
    )
    op.create_index(
        "ix_bookings_expires_at",
        "bookings",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("expires_at IS NOT NULL"),
        sqlite_where=sa.text("expires_at IS NOT NULL"),
    )
    op.create_index(
        "ix_bookings_line",
        "bookings",
        ["session_id", "waitlist_position"],
        unique=False,
        postgresql_where=sa.text("status = 'waitlisted'"),
        sqlite_where=sa.text("status = 'waitlisted'"),
    )
    op.create_index("ix_bookings_organization", "bookings", ["organization_id", "created_at", "id"], unique=False)
    op.create_index("ix_bookings_session_id", "bookings", ["session_id", "created_at"], unique=False)
    op.create_index("ix_bookings_user_id", "bookings", ["user_id", "starts_at", "id"], unique=False)
    op.create_index(
        "uq_bookings_one_place",
        "bookings",
        ["session_id", "user_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('requested', 'held', 'confirmed', 'attended', 'no_show', 'waitlisted')"),
        sqlite_where=sa.text("status IN ('requested', 'held', 'confirmed', 'attended', 'no_show', 'waitlisted')"),
    )
    op.create_table(
        "credit_entries",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("delta", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=True),
        sa.Column("returns_id", sa.Uuid(), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "CASE kind WHEN 'return' THEN returns_id IS NOT NULL WHEN 'consume' THEN true ELSE returns_id IS NULL END",
            name=op.f("ck_credit_entries_returns"),
        ),
        sa.CheckConstraint(
            "(kind IN ('consume', 'return')) = (booking_id IS NOT NULL)", name=op.f("ck_credit_entries_booking")
        ),
        sa.CheckConstraint(
            "CASE kind WHEN 'grant' THEN delta > 0 WHEN 'consume' THEN delta = -1 WHEN 'return' THEN delta = 1 WHEN 'adjust' THEN delta <> 0 ELSE delta < 0 END",
            name=op.f("ck_credit_entries_delta"),
        ),
        sa.CheckConstraint(
            "kind IN ('grant', 'consume', 'return', 'lapse', 'revoke', 'adjust')", name=op.f("ck_credit_entries_kind")
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_credit_entries_actor_id")),
        sa.ForeignKeyConstraint(
            ["organization_id", "booking_id"],
            ["bookings.organization_id", "bookings.id"],
            name=op.f("fk_credit_entries_organization_id_booking_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "lot_id"],
            ["credit_lots.organization_id", "credit_lots.id"],
            name=op.f("fk_credit_entries_organization_id_lot_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "returns_id"],
            ["credit_entries.organization_id", "credit_entries.id"],
            name=op.f("fk_credit_entries_organization_id_returns_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_credit_entries_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_entries")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_credit_entries_organization_id_id")),
        sa.UniqueConstraint("returns_id", name=op.f("uq_credit_entries_returns_id")),
    )
    op.create_index("ix_credit_entries_lot_id", "credit_entries", ["lot_id", "at"], unique=False)
    op.create_index(
        "uq_credit_entries_consumption",
        "credit_entries",
        ["booking_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'consume' AND returns_id IS NULL"),
        sqlite_where=sa.text("kind = 'consume' AND returns_id IS NULL"),
    )
    op.create_table(
        "time_claims",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("host_id", sa.Uuid(), nullable=True),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("buffer_before", sa.Integer(), nullable=False),
        sa.Column("buffer_after", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("kind IN ('session', 'meeting', 'request', 'hold')", name=op.f("ck_time_claims_kind")),
        sa.CheckConstraint("(host_id IS NULL) <> (location_id IS NULL)", name=op.f("ck_time_claims_one_claimed")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_time_claims_extent")),
        sa.ForeignKeyConstraint(["host_id"], ["users.id"], name=op.f("fk_time_claims_host_id")),
        sa.ForeignKeyConstraint(
            ["organization_id", "location_id"],
            ["locations.organization_id", "locations.id"],
            name=op.f("fk_time_claims_organization_id_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "session_id"],
            ["sessions.organization_id", "sessions.id"],
            name=op.f("fk_time_claims_organization_id_session_id"),
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_time_claims_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_time_claims")),
    )
    op.create_index("ix_time_claims_host", "time_claims", ["host_id", "ends_at"], unique=False)
    op.create_index("ix_time_claims_location", "time_claims", ["location_id", "ends_at"], unique=False)
    op.create_index("ix_time_claims_session_id", "time_claims", ["session_id"], unique=False)
    op.create_table(
        "batches",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column(
            "payload",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("refusal", sa.String(), nullable=False),
        sa.Column("refused_session_id", sa.Uuid(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "verb IN ('publish', 'unpublish', 'cancel', 'delete', 'host', 'move')", name=op.f("ck_batches_verb")
        ),
        sa.CheckConstraint("status IN ('queued', 'done', 'failed')", name=op.f("ck_batches_status")),
        sa.CheckConstraint("(status = 'queued') = (finished_at IS NULL)", name=op.f("ck_batches_finished_at")),
        sa.CheckConstraint("number > 0", name=op.f("ck_batches_number")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_batches_created_by")),
        sa.ForeignKeyConstraint(
            ["organization_id", "refused_session_id"],
            ["sessions.organization_id", "sessions.id"],
            name=op.f("fk_batches_organization_id_refused_session_id"),
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_batches_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_batches_organization_id_id")),
    )
    op.create_index("ix_batches_organization", "batches", ["organization_id", "created_at", "id"], unique=False)
    op.create_table(
        "batch_sessions",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.String(), nullable=False),
        sa.Column(
            "before",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "after",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "batch_id"],
            ["batches.organization_id", "batches.id"],
            name=op.f("fk_batch_sessions_organization_id_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "session_id"],
            ["sessions.organization_id", "sessions.id"],
            name=op.f("fk_batch_sessions_organization_id_session_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_batch_sessions_organization_id")
        ),
        sa.PrimaryKeyConstraint("batch_id", "session_id", name=op.f("pk_batch_sessions")),
    )
    op.create_index("uq_batch_sessions_position", "batch_sessions", ["batch_id", "position"], unique=True)
    leave_room_for_counters()
    keep_claims_apart()
    keep_append_only(audit_entries="number", credit_entries="id")
    keep_balances()


def downgrade() -> None:
    forget_functions()
    op.drop_index("uq_batch_sessions_position", table_name="batch_sessions")
    op.drop_table("batch_sessions")
    op.drop_index("ix_batches_organization", table_name="batches")
    op.drop_table("batches")
    op.drop_index("ix_time_claims_session_id", table_name="time_claims")
    op.drop_index("ix_time_claims_location", table_name="time_claims")
    op.drop_index("ix_time_claims_host", table_name="time_claims")
    op.drop_table("time_claims")
    op.drop_table("credit_entries")
    op.drop_table("bookings")
    op.drop_table("credit_lots")
    op.drop_table("subscriptions")
    op.drop_table("plan_programs")
    op.drop_table("plans")
    op.drop_table("sessions")
    op.drop_table("series")
    op.drop_index("ix_travels_host", table_name="travels")
    op.drop_table("travels")
    op.drop_index("ix_offerings_organization_id", table_name="offerings")
    op.drop_table("offerings")
    op.drop_index("ix_closures_organization_id", table_name="closures")
    op.drop_table("closures")
    op.drop_table("booking_rules")
    op.drop_index("ix_availability_rules_host", table_name="availability_rules")
    op.drop_table("availability_rules")
    op.drop_index("ix_availability_overrides_host", table_name="availability_overrides")
    op.drop_table("availability_overrides")
    op.drop_index("ix_sign_ins_user_id", table_name="sign_ins")
    op.drop_table("sign_ins")
    op.drop_table("programs")
    op.drop_index("ix_notifications_user", table_name="notifications")
    op.drop_index("ix_notifications_booking", table_name="notifications")
    op.drop_table("notifications")
    op.drop_index("ix_memberships_user_id", table_name="memberships")
    op.drop_table("memberships")
    op.drop_table("locations")
    op.drop_index(
        "uq_invitations_open",
        table_name="invitations",
        postgresql_where=sa.text("accepted_at IS NULL AND revoked_at IS NULL"),
        sqlite_where=sa.text("accepted_at IS NULL AND revoked_at IS NULL"),
    )
    op.drop_table("invitations")
    op.drop_index(
        "ix_audit_entries_batch",
        table_name="audit_entries",
        postgresql_where=sa.text("batch_id IS NOT NULL"),
        sqlite_where=sa.text("batch_id IS NOT NULL"),
    )
    op.drop_index("ix_audit_entries_at", table_name="audit_entries")
    op.drop_index("ix_audit_entries_type", table_name="audit_entries")
    op.drop_index("ix_audit_entries_actor", table_name="audit_entries")
    op.drop_index("ix_audit_entries_organization", table_name="audit_entries")
    op.drop_index("ix_audit_entries_object", table_name="audit_entries")
    op.drop_table("audit_entries")
    op.drop_index("ix_sign_ups_email", table_name="sign_ups")
    op.drop_table("sign_ups")
    op.drop_table("users")
    op.drop_table("schedule_ticks")
    op.drop_index(
        "ix_outbox_due",
        table_name="outbox",
        postgresql_where=sa.text("done_at IS NULL AND failed_at IS NULL"),
        sqlite_where=sa.text("done_at IS NULL AND failed_at IS NULL"),
    )
    op.drop_table("outbox")
    op.drop_table("organizations")
    op.drop_table("idempotency_keys")


def on_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def leave_room_for_counters() -> None:
    """A session's counters change with every booking: with room on its page the change touches no index."""
    if on_postgresql():
        op.execute("ALTER TABLE sessions SET (fillfactor = 70)")


def keep_claims_apart() -> None:
    """No host and no exclusive location is ever in two places: PostgreSQL's last word (SQLite checks in its
    immediate transaction)."""
    if not on_postgresql():
        return
    for column in ("host_id", "location_id"):
        op.execute(
            f"ALTER TABLE time_claims ADD CONSTRAINT ex_time_claims_{column}"
            f" EXCLUDE USING gist ({column} WITH =, tstzrange(starts_at, ends_at) WITH &&)"
        )


def keep_append_only(**keys: str) -> None:
    """Nothing in these tables (by name, with their key) is ever changed, replaced or taken away."""
    if on_postgresql():
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
        )
    for table, key in keys.items():
        if on_postgresql():
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            )
            op.execute(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
            continue
        refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        known = f"EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key})"  # noqa: S608 (names from this file)
        # INSERT OR REPLACE deletes without asking a trigger for deletions.
        op.execute(f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {known} {refuse}")
        for verb in ("UPDATE", "DELETE"):
            op.execute(f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} {refuse}")


def keep_balances() -> None:
    """A lot's balance is the sum of its entries, whatever anybody writes."""
    move = "UPDATE credit_lots SET balance = balance + NEW.delta WHERE id = NEW.lot_id"
    if on_postgresql():
        op.execute(
            f"CREATE FUNCTION move_credits() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {move}; RETURN NULL; END $$"
        )
        op.execute(
            "CREATE TRIGGER credit_entries_move AFTER INSERT ON credit_entries"
            " FOR EACH ROW EXECUTE FUNCTION move_credits()"
        )
        return
    op.execute(f"CREATE TRIGGER credit_entries_move AFTER INSERT ON credit_entries BEGIN {move}; END")


def forget_functions() -> None:
    """The triggers' functions, and the triggers with them."""
    if on_postgresql():
        op.execute("DROP FUNCTION refuse_change() CASCADE")
        op.execute("DROP FUNCTION move_credits() CASCADE")
