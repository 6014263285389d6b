"""attendance: who came, and what was told of a session while it went on

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attendance_records",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("duration_seconds", sa.Integer(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("is_unverified", sa.Boolean(), nullable=False),
        sa.Column("device_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "status IN ('present', 'late', 'absent', 'excused')", name=op.f("ck_attendance_records_status")
        ),
        sa.CheckConstraint("duration_seconds >= 0", name=op.f("ck_attendance_records_duration_seconds")),
        sa.CheckConstraint(
            "left_at IS NULL OR (joined_at IS NOT NULL AND left_at >= joined_at)",
            name=op.f("ck_attendance_records_left_at"),
        ),
        sa.CheckConstraint(
            "joined_at IS NULL OR status IN ('present', 'late')", name=op.f("ck_attendance_records_joined_at")
        ),
        sa.CheckConstraint(
            "NOT is_unverified OR device_at IS NOT NULL", name=op.f("ck_attendance_records_is_unverified")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_attendance_records_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "booking_id"],
            ["bookings.organization_id", "bookings.id"],
            name=op.f("fk_attendance_records_organization_id_booking_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "session_id"],
            ["sessions.organization_id", "sessions.id"],
            name=op.f("fk_attendance_records_organization_id_session_id"),
        ),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name=op.f("fk_attendance_records_recorded_by")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_attendance_records_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance_records")),
        sa.UniqueConstraint("booking_id", name=op.f("uq_attendance_records_booking_id")),
    )
    op.create_index("ix_attendance_records_changed_at", "attendance_records", ["changed_at"], unique=False)
    op.create_index(
        "ix_attendance_records_session_id", "attendance_records", ["session_id", "changed_at"], unique=False
    )
    op.create_table(
        "session_events",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("provider_event_id", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('host_joined', 'participant_joined', 'participant_left', 'started', 'ended')",
            name=op.f("ck_session_events_kind"),
        ),
        sa.CheckConstraint(
            "source IN ('join_link', 'zoom', 'google_meet', 'jitsi')", name=op.f("ck_session_events_source")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_session_events_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "booking_id"],
            ["bookings.organization_id", "bookings.id"],
            name=op.f("fk_session_events_organization_id_booking_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "session_id"],
            ["sessions.organization_id", "sessions.id"],
            name=op.f("fk_session_events_organization_id_session_id"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_session_events_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_events")),
        sa.UniqueConstraint("source", "provider_event_id", name=op.f("uq_session_events_source_provider_event_id")),
    )
    op.create_index("ix_session_events_booking_id", "session_events", ["booking_id", "at"], unique=False)
    op.create_index("ix_session_events_session_id", "session_events", ["session_id", "at"], unique=False)


def downgrade() -> None:
    op.drop_table("session_events")
    op.drop_table("attendance_records")
