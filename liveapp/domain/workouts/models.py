"""Workouts, what sessions show of them, and what a program does on a day."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from liveapp.db import Base, Identified, same_organization
from liveapp.rules.content import LONGEST_BODY, LONGEST_TITLE, MOST


class Workout(Identified, Base):
    """A workout, or any lesson plan: a title, and in Markdown what is done."""

    __tablename__ = "workouts"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"))
    title: Mapped[str]
    body: Mapped[str]
    created_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("organization_id", "id"),
        CheckConstraint(f"length(title) BETWEEN 1 AND {LONGEST_TITLE}", name="title"),
        CheckConstraint(f"length(body) <= {LONGEST_BODY}", name="body"),
    )


class SessionWorkout(Base):
    """One of a session's own workouts; `position` counts from 1 without gaps."""

    __tablename__ = "session_workouts"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"))
    session_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    workout_id: Mapped[uuid.UUID]

    __table_args__ = (
        UniqueConstraint("session_id", "workout_id"),
        CheckConstraint(f"position BETWEEN 1 AND {MOST}", name="position"),
        same_organization("session_id", "sessions"),
        same_organization("workout_id", "workouts"),
        Index("ix_session_workouts_workout_id", "workout_id"),
    )


class DailyProgramming(Base):
    """One of the workouts of a program's sessions on a day of the organization's own calendar."""

    __tablename__ = "daily_programmings"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organizations.id"))
    program_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    workout_id: Mapped[uuid.UUID]

    __table_args__ = (
        UniqueConstraint("program_id", "day", "workout_id"),
        CheckConstraint(f"position BETWEEN 1 AND {MOST}", name="position"),
        same_organization("program_id", "programs"),
        same_organization("workout_id", "workouts"),
        Index("ix_daily_programmings_organization_id", "organization_id", "day"),
        Index("ix_daily_programmings_workout_id", "workout_id"),
    )
