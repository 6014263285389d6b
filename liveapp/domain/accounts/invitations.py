"""Inviting people to work for an organization, and accepting."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, insert, select, update

from liveapp.db import AnyRow, db
from liveapp.domain.accounts import organizations, sign_in
from liveapp.domain.accounts.errors import AlreadyInvited, AlreadyMember, LinkUsed, OtherAddress, OwnersOnly
from liveapp.domain.accounts.models import STAFF_ROLES, Invitation, Membership, Organization, User
from liveapp.domain.actor import Actor
from liveapp.domain.audit import service as audit
from liveapp.domain.errors import NotFound
from liveapp.domain.notifications.service import Message, promise
from liveapp.rules.roles import Role, may_give

LASTS = timedelta(days=14)
OPEN = (Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None))


def open_invitation(*, invitation_id: uuid.UUID, now: datetime) -> AnyRow:
    """An invitation that can be accepted: who sent it may still give the role. Raises LinkUsed.

    Columns: id, organization_id, email, role, invited_by; organization_name; inviter; has_account (the address has a
    password).
    """
    invited, inviter = User.__table__.alias("invited"), User.__table__.alias("inviter")
    query = (
        select(
            Invitation.id,
            Invitation.organization_id,
            Invitation.email,
            Invitation.role,
            Invitation.invited_by,
            Organization.name.label("organization_name"),
            inviter.c.name.label("inviter"),
            invited.c.password_hash.is_not(None).label("has_account"),
            Membership.role.label("inviter_role"),
        )
        .join(Organization, Organization.id == Invitation.organization_id)
        .join(inviter, inviter.c.id == Invitation.invited_by)
        .outerjoin(invited, invited.c.email == Invitation.email)
        .outerjoin(
            Membership,
            and_(
                Membership.organization_id == Invitation.organization_id,
                Membership.user_id == Invitation.invited_by,
                Membership.ended_at.is_(None),
            ),
        )
        .where(Invitation.id == invitation_id, Invitation.expires_at > now, *OPEN)
    )
    row = db.session.execute(query).one_or_none()
    if row is None or not may_give(row.inviter_role and Role(row.inviter_role), Role(row.role)):
        raise LinkUsed("This invitation was used, revoked or is too old. Ask the person who invited you for a new one.")
    return row


def invite(*, actor: Actor, email: str, role: Role, inviter: str, now: datetime) -> uuid.UUID:
    """Mails an invitation that works for 14 days. Raises OwnersOnly, AlreadyMember, AlreadyInvited."""
    _check_role(actor, role)
    if _works_here(actor.organization_id, email):
        raise AlreadyMember(field="email")
    _forget_expired(actor, email, now)
    standing = select(Invitation.id).where(
        Invitation.organization_id == actor.organization_id, Invitation.email == email, *OPEN
    )
    if db.session.execute(standing).first():
        raise AlreadyInvited(field="email")
    invitation_id = uuid.uuid4()
    db.session.execute(
        insert(Invitation).values(
            id=invitation_id,
            organization_id=actor.organization_id,
            email=email,
            role=role.value,
            invited_by=actor.user_id,
            created_at=now,
            expires_at=now + LASTS,
        )
    )
    _mail(actor, invitation_id, email, role.value, inviter, now)
    _record(actor, "invitation.send", invitation_id, now, after={"email": email, "role": role.value})
    return invitation_id


def resend(*, actor: Actor, invitation_id: uuid.UUID, inviter: str, now: datetime) -> None:
    """Mails an open invitation again, as the actor's own; it works for 14 days from now."""
    invitation = _own(actor, invitation_id)
    _check_role(actor, Role(invitation.role))
    db.session.execute(
        update(Invitation)
        .where(Invitation.id == invitation_id)
        .values(expires_at=now + LASTS, invited_by=actor.user_id)
    )
    _mail(actor, invitation_id, invitation.email, invitation.role, inviter, now)
    _record(
        actor,
        "invitation.resend",
        invitation_id,
        now,
        before={"expires_at": invitation.expires_at},
        after={"expires_at": now + LASTS},
    )


def revoke(*, actor: Actor, invitation_id: uuid.UUID, now: datetime) -> None:
    """The mailed link stops working."""
    invitation = _own(actor, invitation_id)
    _check_role(actor, Role(invitation.role))
    db.session.execute(update(Invitation).where(Invitation.id == invitation_id).values(revoked_at=now))
    _record(actor, "invitation.revoke", invitation_id, now, before={"email": invitation.email, "role": invitation.role})


def end_of_inviter(*, actor: Actor, user_id: uuid.UUID, role: Role | None, now: datetime) -> None:
    """Somebody's role here is now `role` (None: they left): what they invited to and could no longer give ends."""
    query = select(Invitation.id, Invitation.email, Invitation.role).where(
        Invitation.organization_id == actor.organization_id, Invitation.invited_by == user_id, *OPEN
    )
    for row in db.session.execute(query.order_by(Invitation.id)).all():
        if not may_give(role, Role(row.role)):
            db.session.execute(update(Invitation).where(Invitation.id == row.id).values(revoked_at=now))
            _record(actor, "invitation.revoke", row.id, now, before={"email": row.email, "role": row.role})


def accept(*, invitation_id: uuid.UUID, user_id: uuid.UUID, sign_in_id: uuid.UUID, now: datetime) -> None:
    """The signed-in person with the invited address joins. Raises LinkUsed, OtherAddress."""
    invitation = open_invitation(invitation_id=invitation_id, now=now)
    person = db.session.execute(select(User.email, User.name).where(User.id == user_id)).one()
    if person.email != invitation.email:
        raise OtherAddress(invitation.email)
    _join(invitation, user_id, person.name, now)
    sign_in.choose_organization(sign_in_id=sign_in_id, organization_id=invitation.organization_id)


def accept_as_new(
    *,
    invitation_id: uuid.UUID,
    name: str,
    password_hash: str,
    timezone: str,
    locale: str,
    browser: str,
    now: datetime,
) -> uuid.UUID:
    """Somebody without an account joins: the mailed link has proved the address. Returns the new sign-in's id."""
    invitation = open_invitation(invitation_id=invitation_id, now=now)
    user_id = sign_in.make_account(
        email=invitation.email, name=name, password_hash=password_hash, timezone=timezone, locale=locale, now=now
    )
    _join(invitation, user_id, name, now)
    sign_in_id = sign_in.begin(user_id=user_id, browser=browser, now=now)
    sign_in.choose_organization(sign_in_id=sign_in_id, organization_id=invitation.organization_id)
    return sign_in_id


def _join(invitation: AnyRow, user_id: uuid.UUID, name: str, now: datetime) -> None:
    """A new membership, or the old one with the new role: history stays with it. Staff keep the role they have."""
    db.session.execute(update(Invitation).where(Invitation.id == invitation.id).values(accepted_at=now))
    actor = Actor(user_id=user_id, role=Role(invitation.role), organization_id=invitation.organization_id)
    _record(actor, "invitation.accept", invitation.id, now, after={"role": invitation.role})
    old = db.session.execute(
        select(Membership.id, Membership.role, Membership.ended_at).where(
            Membership.organization_id == invitation.organization_id, Membership.user_id == user_id
        )
    ).one_or_none()
    if old and old.ended_at is None and old.role in STAFF_ROLES:
        return
    if old is None:
        membership_id = organizations.add_membership(
            organization_id=invitation.organization_id, user_id=user_id, user_name=name, role=invitation.role, now=now
        )
    else:
        membership_id = old.id
        db.session.execute(
            update(Membership).where(Membership.id == old.id).values(role=invitation.role, ended_at=None)
        )
    audit.record(
        actor=actor,
        action="membership.begin",
        object_type="membership",
        object_id=membership_id,
        now=now,
        before={"role": old.role, "ended_at": old.ended_at} if old else {},
        after={"role": invitation.role, "invitation_id": invitation.id},
    )


def _own(actor: Actor, invitation_id: uuid.UUID) -> AnyRow:
    query = select(*Invitation.__table__.columns).where(
        Invitation.id == invitation_id, Invitation.organization_id == actor.organization_id, *OPEN
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound("This invitation was accepted or revoked already.")
    return row


def _check_role(actor: Actor, role: Role) -> None:
    if not may_give(actor.role, role):
        raise OwnersOnly()


def _works_here(organization_id: uuid.UUID, email: str) -> bool:
    query = (
        select(Membership.id)
        .join(User, User.id == Membership.user_id)
        .where(
            Membership.organization_id == organization_id,
            Membership.role.in_(STAFF_ROLES),
            Membership.ended_at.is_(None),
            User.email == email,
        )
    )
    return db.session.execute(query).first() is not None


def _forget_expired(actor: Actor, email: str, now: datetime) -> None:
    """One whose time is over is revoked, so that there can be a new one."""
    expired = (
        update(Invitation)
        .where(
            Invitation.organization_id == actor.organization_id,
            Invitation.email == email,
            Invitation.expires_at <= now,
            *OPEN,
        )
        .values(revoked_at=now)
        .returning(Invitation.id, Invitation.role)
    )
    for row in db.session.execute(expired).all():
        _record(actor, "invitation.expire", row.id, now, before={"email": email, "role": row.role})


def _mail(actor: Actor, invitation_id: uuid.UUID, email: str, role: str, inviter: str, now: datetime) -> None:
    payload = {"inviter": inviter, "role": role, "invitation_id": invitation_id}
    promise([Message("invitation", email, organization_id=actor.organization_id, payload=payload)], now=now)


def _record(actor: Actor, action: str, invitation_id: uuid.UUID, now: datetime, **changes: Any) -> None:
    audit.record(actor=actor, action=action, object_type="invitation", object_id=invitation_id, now=now, **changes)
