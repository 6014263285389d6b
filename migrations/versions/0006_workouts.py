"""workouts: what is done in sessions, and on a program's days

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "workouts",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("length(title) BETWEEN 1 AND 120", name=op.f("ck_workouts_title")),
        sa.CheckConstraint("length(body) <= 10000", name=op.f("ck_workouts_body")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_workouts_organization_id")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_workouts_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workouts")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_workouts_organization_id_id")),
    )
    op.create_table(
        "session_workouts",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("workout_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("position BETWEEN 1 AND 20", name=op.f("ck_session_workouts_position")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_session_workouts_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "session_id"],
            ["sessions.organization_id", "sessions.id"],
            name=op.f("fk_session_workouts_organization_id_session_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "workout_id"],
            ["workouts.organization_id", "workouts.id"],
            name=op.f("fk_session_workouts_organization_id_workout_id"),
        ),
        sa.PrimaryKeyConstraint("session_id", "position", name=op.f("pk_session_workouts")),
        sa.UniqueConstraint("session_id", "workout_id", name=op.f("uq_session_workouts_session_id_workout_id")),
    )
    op.create_index("ix_session_workouts_workout_id", "session_workouts", ["workout_id"])
    op.create_table(
        "daily_programmings",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("workout_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("position BETWEEN 1 AND 20", name=op.f("ck_daily_programmings_position")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_daily_programmings_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "program_id"],
            ["programs.organization_id", "programs.id"],
            name=op.f("fk_daily_programmings_organization_id_program_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "workout_id"],
            ["workouts.organization_id", "workouts.id"],
            name=op.f("fk_daily_programmings_organization_id_workout_id"),
        ),
        sa.PrimaryKeyConstraint("program_id", "day", "position", name=op.f("pk_daily_programmings")),
        sa.UniqueConstraint(
            "program_id", "day", "workout_id", name=op.f("uq_daily_programmings_program_id_day_workout_id")
        ),
    )
    op.create_index("ix_daily_programmings_organization_id", "daily_programmings", ["organization_id", "day"])
    op.create_index("ix_daily_programmings_workout_id", "daily_programmings", ["workout_id"])


def downgrade() -> None:
    op.drop_table("daily_programmings")
    op.drop_table("session_workouts")
    op.drop_table("workouts")
