"""Reading organizations, people and roles."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select

from liveapp.db import AnyRow, db, matches, read
from liveapp.domain.accounts.errors import LinkUsed
from liveapp.domain.accounts.models import STAFF_ROLES, Membership, Organization, SignIn, SignUp, User
from liveapp.domain.errors import NotFound

IDLE = timedelta(days=14)
"""A sign-in that wasn't used for so long counts no more, however long it would have."""


def signed_in(*, sign_in_id: uuid.UUID, now: datetime) -> AnyRow | None:
    """The person behind a sign-in that still counts: user_id, email, name, timezone; organization_id, used_at and
    created_at of the sign-in."""
    query = (
        select(User.id.label("user_id"), User.email, User.name, User.timezone)
        .add_columns(SignIn.organization_id, SignIn.used_at, SignIn.created_at)
        .join(SignIn, SignIn.user_id == User.id)
        .where(SignIn.id == sign_in_id, *_counts(now))
    )
    return db.session.execute(query).one_or_none()


def _counts(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """What makes a sign-in count: nobody ended it, its time isn't over, and it didn't lie idle."""
    return (SignIn.ended_at.is_(None), SignIn.expires_at > now, SignIn.used_at > now - IDLE)


def role_in(*, organization_id: uuid.UUID, user_id: uuid.UUID) -> str | None:
    """The person's present role in the organization, if they have one."""
    query = select(Membership.role).where(
        Membership.organization_id == organization_id,
        Membership.user_id == user_id,
        Membership.ended_at.is_(None),
    )
    return db.session.execute(query).scalar_one_or_none()


def staff_organization(*, user_id: uuid.UUID, chosen: uuid.UUID | None) -> Organization | None:
    """The chosen organization if the person works there, else the one they have worked for longest."""
    query = (
        select(Organization)
        .join(Membership, Membership.organization_id == Organization.id)
        .where(Membership.user_id == user_id, Membership.role.in_(STAFF_ROLES), Membership.ended_at.is_(None))
        .order_by((Organization.id == chosen).desc(), Membership.created_at, Membership.id)
        .limit(1)
    )
    return db.session.execute(query).scalar_one_or_none()


def organization(*, slug: str) -> Organization:
    """The organization at a public address. Raises NotFound."""
    found = db.session.execute(_organization(), {"slug": slug}).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no organization at this address. Check the link, or look for it on the front page.")
    return found


@cache
def _organization() -> Select[Organization]:
    """Built once: every public page asks it."""
    return select(Organization).where(Organization.slug == bindparam("slug"))


def organization_by_id(*, organization_id: uuid.UUID) -> Organization:
    """The organization. Raises NotFound."""
    found = db.session.get(Organization, organization_id)
    if found is None:
        raise NotFound()
    return found


def organizations_of(*, user_id: uuid.UUID) -> Sequence[AnyRow]:
    """Where the person belongs: id, slug, name, role; by name."""
    query = (
        select(Organization.id, Organization.slug, Organization.name, Membership.role)
        .join(Membership, Membership.organization_id == Organization.id)
        .where(Membership.user_id == user_id, Membership.ended_at.is_(None))
        .order_by(func.lower(Organization.name), Organization.id)
    )
    return db.session.execute(query).all()


def names_around(*, user_id: uuid.UUID) -> tuple[str, ...]:
    """What somebody who knows the person would guess: their name, their address, the businesses they belong to."""
    who = db.session.execute(select(User.name, User.email).where(User.id == user_id)).one()
    return (who.name, who.email, *(each.name for each in organizations_of(user_id=user_id)))


def hosts(*, organization_id: uuid.UUID) -> Sequence[AnyRow]:
    """The organization's staff, any of whom can host: user_id, name, email, slug, title, bio, role; by name."""
    return read(_hosts(), organization_id=organization_id)


@cache
def _hosts() -> Select[*tuple[Any, ...]]:
    """Built once: it stands on every page of the public site."""
    return (
        select(
            User.id.label("user_id"),
            User.name,
            User.email,
            Membership.slug,
            Membership.title,
            Membership.bio,
            Membership.role,
        )
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.organization_id == bindparam("organization_id"),
            Membership.role.in_(STAFF_ROLES),
            Membership.ended_at.is_(None),
        )
        .order_by(func.lower(User.name), User.id)
    )


def sign_in_nonce(*, user_id: uuid.UUID) -> uuid.UUID:
    """The nonce that the person's mailed links carry now."""
    return db.session.execute(select(User.sign_in_nonce).where(User.id == user_id)).scalar_one()


def credentials(*, email: str) -> AnyRow | None:
    """What a password is verified against: user_id, password_hash (empty for guests)."""
    query = select(User.id.label("user_id"), User.password_hash).where(User.email == email)
    return db.session.execute(query).one_or_none()


def person(*, user_id: uuid.UUID) -> AnyRow:
    """A person's own account: id, email, name, timezone, locale, password_hash, sign_in_nonce."""
    query = select(
        User.id, User.email, User.name, User.timezone, User.locale, User.password_hash, User.sign_in_nonce
    ).where(User.id == user_id)
    found = db.session.execute(query).one_or_none()
    if found is None:
        raise NotFound()
    return found


def waiting_sign_up(*, sign_up_id: uuid.UUID, now: datetime) -> AnyRow:
    """A sign-up whose address isn't proved yet: id, email, name, organization_name, password_hash. Raises LinkUsed."""
    query = select(SignUp.id, SignUp.email, SignUp.name, SignUp.organization_name, SignUp.password_hash).where(
        SignUp.id == sign_up_id, SignUp.expires_at > now
    )
    found = db.session.execute(query).one_or_none()
    if found is None:
        raise LinkUsed()
    return found


def sign_ins(*, user_id: uuid.UUID, now: datetime) -> Sequence[AnyRow]:
    """Where the person signed in last, at most ten: id, browser, created_at; the newest first."""
    query = (
        select(SignIn.id, SignIn.browser, SignIn.created_at)
        .where(SignIn.user_id == user_id, *_counts(now))
        .order_by(SignIn.created_at.desc(), SignIn.id)
        .limit(10)
    )
    return db.session.execute(query).all()


def find_organizations(*, words: str) -> Sequence[AnyRow]:
    """At most 20 organizations whose name or description holds each of the words: slug, name, description, colour."""
    query = select(Organization.slug, Organization.name, Organization.description, Organization.colour)
    for word in words.split()[:5]:
        query = query.where(
            or_(
                matches(Organization.name, word),
                matches(Organization.description, word),
            )
        )
    return db.session.execute(query.order_by(func.lower(Organization.name), Organization.id).limit(20)).all()
