"""Invitations and roles: who may give and take which, and that an owner is always left."""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from liveapp.db import db
from liveapp.domain.accounts import invitations, members, organizations
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.accounts.errors import (
    AlreadyInvited,
    AlreadyMember,
    LastOwner,
    LinkUsed,
    OtherAddress,
    OwnersOnly,
)
from liveapp.domain.accounts.models import Membership, Organization, User
from liveapp.domain.actor import Actor
from liveapp.domain.audit.models import AuditEntry
from liveapp.domain.errors import NotFound, Refusal
from liveapp.domain.live_sessions import hosting
from liveapp.domain.live_sessions.errors import StillHosting
from liveapp.rules.roles import Role, may_give
from liveapp.unit_of_work import transact
from tests import cast
from tests.cast import NOW


@dataclass
class World:
    organization_id: uuid.UUID
    ada: Actor
    admin: Actor
    coach: Actor
    cy: Actor


@pytest.fixture
def world(app: Flask) -> World:
    organization_id, other_id = cast.organization(), cast.organization("school")
    return World(
        organization_id,
        ada=cast.actor(organization_id, "Ada Lovelace", Role.OWNER),
        admin=cast.actor(organization_id, "Emil Admin", Role.ADMIN),
        coach=cast.actor(organization_id, "Dora Coach", Role.COACH),
        cy=cast.actor(other_id, "Cy Other", Role.OWNER),
    )


def membership_of(actor: Actor) -> uuid.UUID:
    db.session.rollback()
    query = select(Membership.id).where(
        Membership.user_id == actor.user_id, Membership.organization_id == actor.organization_id
    )
    return db.session.execute(query).scalar_one()


def role_of(actor: Actor) -> str | None:
    db.session.rollback()
    return accounts.role_in(organization_id=actor.organization_id, user_id=actor.user_id)


def invite(actor: Actor, email: str = "new@example.com", role: Role = Role.COACH) -> uuid.UUID:
    return transact(invitations.invite, actor=actor, email=email, role=role, inviter="Ada Lovelace", now=NOW)


def accept_as_new(invitation_id: uuid.UUID, now: object = NOW) -> uuid.UUID:
    values = {"name": "Nora New", "password_hash": "x", "timezone": "UTC", "locale": "en", "browser": "", "now": now}
    return transact(invitations.accept_as_new, invitation_id=invitation_id, **values)


def change(actor: Actor, whose: Actor, role: Role) -> None:
    transact(members.change_role, actor=actor, membership_id=membership_of(whose), role=role, now=NOW)


def end(actor: Actor, whose: Actor) -> None:
    transact(hosting.end_membership, actor=actor, membership_id=membership_of(whose), now=NOW)


def actions() -> list[str]:
    db.session.rollback()
    return list(db.session.execute(select(AuditEntry.action).order_by(AuditEntry.number)).scalars())


def test_an_invitation_is_mailed_and_accepted_once(world: World) -> None:
    invitation_id = invite(world.ada)
    assert cast.mails() == [("invitation", "new@example.com")]
    sign_in_id = accept_as_new(invitation_id)
    row = accounts.signed_in(sign_in_id=sign_in_id, now=NOW)
    assert (row.email, row.organization_id) == ("new@example.com", world.organization_id)
    assert accounts.role_in(organization_id=world.organization_id, user_id=row.user_id) == "coach"
    with pytest.raises(LinkUsed):
        accept_as_new(invitation_id)
    assert sorted(actions()) == ["invitation.accept", "invitation.send", "membership.begin"]


def test_an_invitation_ends_after_fourteen_days_and_then_there_can_be_a_new_one(world: World) -> None:
    invitation_id = invite(world.ada)
    with pytest.raises(AlreadyInvited):
        invite(world.ada)
    with pytest.raises(LinkUsed):
        accept_as_new(invitation_id, now=NOW + timedelta(days=14))
    later = {"actor": world.ada, "email": "new@example.com", "role": Role.COACH, "inviter": "Ada"}
    assert transact(invitations.invite, **later, now=NOW + timedelta(days=14)) != invitation_id


def test_a_revoked_invitation_opens_nothing(world: World) -> None:
    invitation_id = invite(world.ada)
    transact(invitations.revoke, actor=world.admin, invitation_id=invitation_id, now=NOW)
    with pytest.raises(LinkUsed):
        accept_as_new(invitation_id)
    with pytest.raises(NotFound):
        transact(invitations.resend, actor=world.ada, invitation_id=invitation_id, inviter="Ada", now=NOW)


@pytest.mark.parametrize("role", [Role.COACH, Role.ADMIN, Role.OWNER])
@pytest.mark.parametrize("becomes", [None, Role.COACH, Role.ADMIN], ids=["left", "coach", "admin"])
@pytest.mark.parametrize("guard", ["verb", "reader"])
def test_an_invitation_ends_with_its_inviters_right(world: World, role: Role, becomes: Role | None, guard: str) -> None:
    """Once by the verb that takes the right; and whoever opens the link asks again, for what lay in the database."""
    inviter = cast.actor(world.organization_id, "Ina Inviter", Role.OWNER)
    invitation_id = invite(inviter, role=role)
    if guard == "reader":
        values = {"role": becomes.value} if becomes else {"ended_at": NOW}
        mine = update(Membership).where(Membership.id == membership_of(inviter)).values(values)
        transact(lambda: db.session.execute(mine))
    elif becomes:
        transact(members.change_role, actor=world.ada, membership_id=membership_of(inviter), role=becomes, now=NOW)
    else:
        transact(members.end_membership, actor=world.ada, membership_id=membership_of(inviter), now=NOW)
    if becomes and may_give(becomes, role):
        accept_as_new(invitation_id)
        return
    with pytest.raises(LinkUsed):
        accept_as_new(invitation_id)
    if guard == "verb":
        assert "invitation.revoke" in actions()
        assert invite(world.ada, role=role), "and there can be a new one"


def test_who_sends_an_invitation_again_stands_for_it(world: World) -> None:
    inviter = cast.actor(world.organization_id, "Ina Inviter", Role.ADMIN)
    invitation_id = invite(inviter)
    transact(invitations.resend, actor=world.ada, invitation_id=invitation_id, inviter="Ada", now=NOW)
    transact(members.end_membership, actor=world.ada, membership_id=membership_of(inviter), now=NOW)
    assert accept_as_new(invitation_id)


def test_an_invitation_is_for_its_address(world: World) -> None:
    invitation_id = invite(world.ada)
    with pytest.raises(OtherAddress):
        transact(
            invitations.accept, invitation_id=invitation_id, user_id=world.cy.user_id, sign_in_id=uuid.uuid4(), now=NOW
        )
    known = cast.user("Nora New", "new@example.com")
    with pytest.raises(LinkUsed, match="There is an account"):
        accept_as_new(invitation_id)
    transact(invitations.accept, invitation_id=invitation_id, user_id=known, sign_in_id=uuid.uuid4(), now=NOW)
    assert accounts.role_in(organization_id=world.organization_id, user_id=known) == "coach"


def test_who_works_here_is_not_invited_again_and_keeps_the_higher_role(world: World) -> None:
    with pytest.raises(AlreadyMember):
        invite(world.ada, "dora@example.com")
    invitation_id = invite(world.ada)
    nora = cast.user("Nora New", "new@example.com")
    cast.membership(world.organization_id, nora, "admin")
    transact(invitations.accept, invitation_id=invitation_id, user_id=nora, sign_in_id=uuid.uuid4(), now=NOW)
    assert accounts.role_in(organization_id=world.organization_id, user_id=nora) == "admin"


def test_somebody_who_left_comes_back_under_the_same_name(world: World) -> None:
    before = membership_of(world.coach)
    end(world.ada, world.coach)
    assert role_of(world.coach) is None
    invitation_id = invite(world.ada, "dora@example.com", Role.ADMIN)
    transact(
        invitations.accept, invitation_id=invitation_id, user_id=world.coach.user_id, sign_in_id=uuid.uuid4(), now=NOW
    )
    assert membership_of(world.coach) == before
    assert role_of(world.coach) == "admin"


def test_admins_give_and_take_every_role_but_the_owners(world: World) -> None:
    change(world.admin, world.coach, Role.ADMIN)
    assert role_of(world.coach) == "admin"
    for refused in (
        lambda: change(world.admin, world.coach, Role.OWNER),
        lambda: change(world.admin, world.ada, Role.COACH),
        lambda: end(world.admin, world.ada),
        lambda: invite(world.admin, role=Role.OWNER),
    ):
        with pytest.raises(OwnersOnly):
            refused()
    invitation_id = invite(world.ada, role=Role.OWNER)
    for verb in (invitations.revoke, invitations.resend):
        more = {"inviter": "Emil"} if verb is invitations.resend else {}
        with pytest.raises(OwnersOnly):
            transact(verb, actor=world.admin, invitation_id=invitation_id, now=NOW, **more)
    assert (role_of(world.ada), role_of(world.coach)) == ("owner", "admin")


def test_coaches_and_strangers_change_no_role(world: World) -> None:
    with pytest.raises(OwnersOnly):
        change(world.coach, world.coach, Role.ADMIN)
    with pytest.raises(NotFound):
        transact(
            members.change_role, actor=world.cy, membership_id=membership_of(world.coach), role=Role.ADMIN, now=NOW
        )
    assert role_of(world.coach) == "coach"


def test_the_last_owner_stays(world: World) -> None:
    for refused in (lambda: change(world.ada, world.ada, Role.ADMIN), lambda: end(world.ada, world.ada)):
        with pytest.raises(LastOwner):
            refused()
    change(world.ada, world.admin, Role.OWNER)
    end(world.ada, world.ada)
    assert role_of(world.ada) is None
    assert role_of(world.admin) == "owner"


def test_two_owners_who_end_each_other_at_once_leave_one(world: World, app: Flask) -> None:
    change(world.ada, world.admin, Role.OWNER)
    emil = replace(world.admin, role=Role.OWNER)
    pairs = [(world.ada, membership_of(emil)), (emil, membership_of(world.ada))]
    db.session.remove()
    refused: list[Refusal] = []
    start = threading.Barrier(2)

    def run(actor: Actor, membership_id: uuid.UUID) -> None:
        with app.app_context():
            start.wait()
            try:
                transact(members.end_membership, actor=actor, membership_id=membership_id, now=NOW)
            except Refusal as refusal:
                refused.append(refusal)

    threads = [threading.Thread(target=run, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [type(each) for each in refused] == [LastOwner]
    assert {role_of(world.ada), role_of(world.admin)} == {"owner", None}


def test_a_host_leaves_only_when_nothing_is_to_come(world: World) -> None:
    offering_id = cast.offering(world.organization_id)
    coach_id = world.coach.user_id
    cast.session(world.organization_id, coach_id, offering_id, NOW - timedelta(days=1), status="ended")
    cast.session(world.organization_id, coach_id, offering_id, NOW + timedelta(days=1), status="draft")
    later = cast.session(world.organization_id, coach_id, offering_id, NOW + timedelta(days=2))
    cast.session(world.organization_id, coach_id, offering_id, NOW + timedelta(days=3), status="cancelled")
    with pytest.raises(StillHosting, match=r"Dora Coach leads 2 sessions to come\."):
        end(world.ada, world.coach)
    assert role_of(world.coach) == "coach"
    assert later
    with pytest.raises(NotFound):
        transact(hosting.end_membership, actor=world.cy, membership_id=membership_of(world.coach), now=NOW)


def test_settings_are_audited_from_and_to(world: World) -> None:
    values = {"name": "Studio", "cancellation_window_hours": 12, "timezone": "Europe/Paris"}
    transact(organizations.change_settings, actor=world.ada, settings=values, now=NOW)
    entry = cast.one(select(AuditEntry.before, AuditEntry.after))
    assert entry.before == {"cancellation_window_hours": 24, "timezone": "Europe/Berlin"}
    assert entry.after == {"cancellation_window_hours": 12, "timezone": "Europe/Paris"}
    transact(organizations.change_settings, actor=world.ada, settings=values, now=NOW)
    assert actions() == ["organization.change"]


def test_two_organizations_of_one_name_get_two_addresses(world: World) -> None:
    foundation = organizations.Foundation("Studio", "Europe/Berlin", "EUR")
    user = cast.one(select(User.id, User.name, User.email).where(User.id == world.ada.user_id))
    founded = transact(
        organizations.found, foundation=foundation, user_id=user.id, user_name=user.name, email=user.email, now=NOW
    )
    assert cast.one(select(Organization.slug).where(Organization.id == founded))[0] == "studio-2"
    assert accounts.role_in(organization_id=founded, user_id=user.id) == "owner"
