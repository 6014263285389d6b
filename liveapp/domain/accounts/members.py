"""Roles of people who belong to an organization: changing and ending them. Rights are gone with the next request.

Ending the role of somebody who still leads sessions is refused one storey up: see `live_sessions.hosting`.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import case, func, or_, select, tuple_, update

from liveapp.db import AnyRow, db, matches
from liveapp.domain.accounts import invitations
from liveapp.domain.accounts.errors import InviteFirst, LastOwner, OwnersOnly
from liveapp.domain.accounts.models import STAFF_ROLES, Invitation, Membership, User
from liveapp.domain.accounts.organizations import add_membership
from liveapp.domain.actor import Actor
from liveapp.domain.audit import service as audit
from liveapp.domain.errors import NotFound
from liveapp.rules.roles import Role, may_give

PAGE = 50
Change: TypeAlias = dict[str, object]


def staff_members(*, organization_id: uuid.UUID) -> Sequence[AnyRow]:
    """Everybody who works there, owners first, then by name: id, user_id, name, email, role, title, slug."""
    query = (
        select(
            Membership.id, Membership.user_id, User.name, User.email, Membership.role, Membership.title, Membership.slug
        )
        .join(User, User.id == Membership.user_id)
        .where(
            Membership.organization_id == organization_id,
            Membership.ended_at.is_(None),
            Membership.role.in_(STAFF_ROLES),
        )
        .order_by(case({"owner": 0, "admin": 1}, value=Membership.role, else_=2), func.lower(User.name), Membership.id)
    )
    return db.session.execute(query).all()


def clients(*, organization_id: uuid.UUID, words: str = "", after: uuid.UUID | None = None) -> Sequence[AnyRow]:
    """One page of members by name, and one row more when there is another: id, user_id, name, email, created_at."""
    query = (
        select(Membership.id, Membership.user_id, User.name, User.email, Membership.created_at)
        .join(User, User.id == Membership.user_id)
        .where(
            Membership.organization_id == organization_id, Membership.ended_at.is_(None), Membership.role == "member"
        )
    )
    if words:
        query = query.where(or_(matches(User.name, words), matches(User.email, words)))
    if after:
        last = select(func.lower(User.name), Membership.id).join(User, User.id == Membership.user_id)
        edge = db.session.execute(
            last.where(Membership.id == after, Membership.organization_id == organization_id)
        ).one_or_none()
        query = query.where(tuple_(func.lower(User.name), Membership.id) > tuple_(*edge)) if edge else query
    return db.session.execute(query.order_by(func.lower(User.name), Membership.id).limit(PAGE + 1)).all()


def open_invitations(*, organization_id: uuid.UUID) -> Sequence[AnyRow]:
    """Invitations that nobody accepted or revoked yet: id, email, role, created_at, expires_at; the newest first."""
    query = (
        select(Invitation.id, Invitation.email, Invitation.role, Invitation.created_at, Invitation.expires_at)
        .where(
            Invitation.organization_id == organization_id,
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
        )
        .order_by(Invitation.created_at.desc(), Invitation.id)
        .limit(200)
    )
    return db.session.execute(query).all()


def membership(*, membership_id: uuid.UUID) -> AnyRow:
    """Somebody's present role: id, organization_id, user_id, role, name, email, title. Raises NotFound."""
    query = (
        select(
            Membership.id, Membership.organization_id, Membership.user_id, Membership.role, Membership.title,
            User.name, User.email,
        )
        .join(User, User.id == Membership.user_id)
        .where(Membership.id == membership_id, Membership.ended_at.is_(None))
    )  # fmt: skip
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound()
    return row


def membership_of(*, organization_id: uuid.UUID, user_id: uuid.UUID) -> uuid.UUID | None:
    """The id of the person's present role there, if they belong there."""
    query = select(Membership.id).where(
        Membership.organization_id == organization_id, Membership.user_id == user_id, Membership.ended_at.is_(None)
    )
    return db.session.execute(query).scalar_one_or_none()


def invitation_organization(*, invitation_id: uuid.UUID) -> uuid.UUID:
    """Whose invitation it is. Raises NotFound."""
    query = select(Invitation.organization_id).where(Invitation.id == invitation_id)
    found = db.session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound()
    return found


def change_role(*, actor: Actor, membership_id: uuid.UUID, role: Role, now: datetime) -> None:
    """Another role among the staff; a client is invited. Raises OwnersOnly, LastOwner, InviteFirst, NotFound."""
    present = own_membership(actor, membership_id)
    if present.role == role.value:
        return
    _check(actor, present, role)
    if present.role == Role.MEMBER.value:
        raise InviteFirst()
    _write(present.id, role=role.value)
    invitations.end_of_inviter(actor=actor, user_id=present.user_id, role=role, now=now)
    _record(actor, "membership.change_role", present.id, now, {"role": present.role}, {"role": role.value})


def end_membership(*, actor: Actor, membership_id: uuid.UUID, now: datetime) -> None:
    """The person doesn't belong here any more; what they did stays. Raises OwnersOnly, LastOwner, NotFound."""
    present = own_membership(actor, membership_id)
    _check(actor, present, None)
    _write(present.id, ended_at=now)
    invitations.end_of_inviter(actor=actor, user_id=present.user_id, role=None, now=now)
    _record(actor, "membership.end", present.id, now, {"role": present.role}, {"role": None, "ended_at": now})


def belong(*, organization_id: uuid.UUID, user_id: uuid.UUID, actor: Actor, now: datetime) -> None:
    """The person belongs to the organization from now on, as a member if they had no role there."""
    query = select(Membership.id, Membership.role, Membership.ended_at).where(
        Membership.organization_id == organization_id, Membership.user_id == user_id
    )
    present = db.session.execute(query).one_or_none()
    if present is not None and present.ended_at is None:
        return
    member = Role.MEMBER.value
    if present is None:
        name = db.session.execute(select(User.name).where(User.id == user_id)).scalar_one()
        membership_id = add_membership(
            organization_id=organization_id, user_id=user_id, user_name=name, role=member, now=now
        )
    else:
        membership_id = present.id
        _write(membership_id, role=member, ended_at=None)
    before: Change = {"role": present.role, "ended_at": present.ended_at} if present else {}
    _record(actor, "membership.begin", membership_id, now, before, {"role": member})


def own_membership(actor: Actor, membership_id: uuid.UUID) -> AnyRow:
    """A present membership of the actor's organization. Raises NotFound."""
    found = membership(membership_id=membership_id)
    if found.organization_id != actor.organization_id:
        raise NotFound()
    return found


def _check(actor: Actor, present: AnyRow, role: Role | None) -> None:
    """Both roles must be the actor's to give and take, and an owner must be left."""
    if not may_give(actor.role, Role(present.role)) or (role and not may_give(actor.role, role)):
        raise OwnersOnly()
    if present.role == Role.OWNER.value and not _other_owners(present):
        raise LastOwner()


def _other_owners(present: AnyRow) -> int:
    query = (
        select(func.count())
        .select_from(Membership)
        .where(
            Membership.organization_id == present.organization_id,
            Membership.role == Role.OWNER.value,
            Membership.ended_at.is_(None),
            Membership.id != present.id,
        )
    )
    return db.session.execute(query).scalar_one()


def _write(membership_id: uuid.UUID, **values: object) -> None:
    db.session.execute(update(Membership).where(Membership.id == membership_id).values(**values))


def _record(
    actor: Actor,
    action: str,
    membership_id: uuid.UUID,
    now: datetime,
    before: dict[str, object],
    after: dict[str, object],
) -> None:
    audit.record(
        actor=actor,
        action=action,
        object_type="membership",
        object_id=membership_id,
        now=now,
        before=before,
        after=after,
    )
