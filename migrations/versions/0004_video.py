"""video: accounts that hosts connected, sign-ins there, and links made in them

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "video_connections",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("account_email", sa.String(), nullable=False),
        sa.Column("account_name", sa.String(), nullable=False),
        sa.Column("access_token", sa.String(), nullable=True),
        sa.Column("refresh_token", sa.String(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("lease", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_holder", sa.Uuid(), nullable=True),
        sa.Column("channel_id", sa.Uuid(), nullable=True),
        sa.Column("channel_secret", sa.String(), nullable=True),
        sa.Column("watched_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("connected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("provider IN ('zoom', 'google_meet')", name=op.f("ck_video_connections_provider")),
        sa.CheckConstraint(
            "status <> 'connected' OR refresh_token IS NOT NULL", name=op.f("ck_video_connections_tokens")
        ),
        sa.CheckConstraint(
            "status <> 'disconnected' OR access_token IS NULL", name=op.f("ck_video_connections_forgotten")
        ),
        sa.CheckConstraint(
            "status IN ('connected', 'needs_reauth', 'disconnected')", name=op.f("ck_video_connections_status")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "user_id"],
            ["memberships.organization_id", "memberships.user_id"],
            name=op.f("fk_video_connections_organization_id_user_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_video_connections_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_video_connections")),
        sa.UniqueConstraint("channel_id", name=op.f("uq_video_connections_channel_id")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_video_connections_organization_id_id")),
        sa.UniqueConstraint(
            "organization_id", "user_id", "provider", name=op.f("uq_video_connections_organization_id_user_id_provider")
        ),
    )
    op.create_index("ix_video_connections_account", "video_connections", ["provider", "account_id"], unique=False)
    op.create_table(
        "video_consents",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("sign_in_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("state_hash", sa.String(), nullable=False),
        sa.Column("verifier", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("provider IN ('zoom', 'google_meet')", name=op.f("ck_video_consents_provider")),
        sa.ForeignKeyConstraint(
            ["organization_id", "user_id"],
            ["memberships.organization_id", "memberships.user_id"],
            name=op.f("fk_video_consents_organization_id_user_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_video_consents_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_video_consents")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_video_consents_organization_id_id")),
        sa.UniqueConstraint("state_hash", name=op.f("uq_video_consents_state_hash")),
    )
    op.create_table(
        "session_links",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("host_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("provider_id", sa.String(), nullable=True),
        sa.Column("join_url", sa.String(), nullable=True),
        sa.Column(
            "made_as", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=True
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_holder", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(state = 'removed') = (removed_at IS NOT NULL)", name=op.f("ck_session_links_removed_at")),
        sa.CheckConstraint("provider IN ('zoom', 'google_meet')", name=op.f("ck_session_links_provider")),
        sa.CheckConstraint(
            "state <> 'made' OR (provider_id IS NOT NULL AND join_url IS NOT NULL AND connection_id IS NOT NULL)",
            name=op.f("ck_session_links_made"),
        ),
        sa.CheckConstraint("state IN ('wanted', 'made', 'leaving', 'removed')", name=op.f("ck_session_links_state")),
        sa.ForeignKeyConstraint(
            ["organization_id", "connection_id"],
            ["video_connections.organization_id", "video_connections.id"],
            name=op.f("fk_session_links_organization_id_connection_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "host_id"],
            ["memberships.organization_id", "memberships.user_id"],
            name=op.f("fk_session_links_organization_id_host_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "session_id"],
            ["sessions.organization_id", "sessions.id"],
            name=op.f("fk_session_links_organization_id_session_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_session_links_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_links")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_session_links_organization_id_id")),
        sa.UniqueConstraint("provider", "provider_id", name=op.f("uq_session_links_provider_provider_id")),
    )
    op.create_index("ix_session_links_connection_id", "session_links", ["connection_id"], unique=False)
    op.create_index(
        "ix_session_links_leaving",
        "session_links",
        ["tried_at"],
        unique=False,
        postgresql_where=sa.text("state = 'leaving'"),
        sqlite_where=sa.text("state = 'leaving'"),
    )
    op.create_index("ix_session_links_session_id", "session_links", ["session_id"], unique=False)
    op.create_index(
        "uq_session_links_live",
        "session_links",
        ["session_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('wanted', 'made')"),
        sqlite_where=sa.text("state IN ('wanted', 'made')"),
    )


def downgrade() -> None:
    op.drop_index(
        "uq_session_links_live",
        table_name="session_links",
        postgresql_where=sa.text("state IN ('wanted', 'made')"),
        sqlite_where=sa.text("state IN ('wanted', 'made')"),
    )
    op.drop_index("ix_session_links_session_id", table_name="session_links")
    op.drop_index(
        "ix_session_links_leaving",
        table_name="session_links",
        postgresql_where=sa.text("state = 'leaving'"),
        sqlite_where=sa.text("state = 'leaving'"),
    )
    op.drop_index("ix_session_links_connection_id", table_name="session_links")
    op.drop_table("session_links")
    op.drop_table("video_consents")
    op.drop_index("ix_video_connections_account", table_name="video_connections")
    op.drop_table("video_connections")
