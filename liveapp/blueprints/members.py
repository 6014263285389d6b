"""People: staff and members of the organization, invitations and roles."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, flash, g, request, url_for
from werkzeug.wrappers import Response

from liveapp.domain.accounts import invitations, members
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.accounts.models import STAFF_ROLES, Organization
from liveapp.domain.actor import Actor
from liveapp.domain.attendance import completing
from liveapp.domain.attendance.errors import BookedTwice, HasAddress
from liveapp.domain.bookings import guests, held
from liveapp.domain.displays import leaving
from liveapp.domain.errors import Refusal
from liveapp.domain.live_sessions import hosting
from liveapp.forms.accounts import ROLE_WORDS, AddressForm, InviteForm, RoleForm
from liveapp.gateways.video import connecting
from liveapp.rules.roles import Right, Role, givable, may_give
from liveapp.rules.texts import cleaned
from liveapp.unit_of_work import transact
from liveapp.web import auth, clock
from liveapp.web.arguments import id_from
from liveapp.web.htmx import go, invalid, page
from liveapp.web.limits import MAILS, limiter
from liveapp.web.navigation import P
from liveapp.web.renewals import renewals_of

blueprint = Blueprint("members", __name__, url_prefix=f"{P}/members")
blueprint.before_request(auth.guard)


@blueprint.get("")
def index() -> Response:
    organization = auth.current_organization()
    actor = auth.require(organization.id, Right.MANAGE_PEOPLE)
    return page("members/index.html", **_people(organization, actor), form=InviteForm.offering(givable(actor.role)))


@blueprint.post("/invitations")
@limiter.limit(MAILS)
def invite() -> Response:
    organization = auth.current_organization()
    actor = auth.require(organization.id, Right.MANAGE_PEOPLE)
    form = InviteForm.offering(givable(actor.role))
    if not form.validate():
        return invalid("members/index.html", **_people(organization, actor), form=form)
    if form.role.data in STAFF_ROLES and (again := auth.step_up(url_for("members.index"))):
        return again
    try:
        transact(
            invitations.invite,
            actor=actor,
            email=form.email.data,
            role=Role(form.role.data),
            inviter=auth.person().name,
            now=clock.now(),
        )
    except Refusal as refusal:
        form.email.errors = [refusal.sentence]
        return invalid("members/index.html", **_people(organization, actor), form=form)
    flash(f"The invitation to {form.email.data} is on its way.", "success")
    return go(url_for("members.index"))


@blueprint.post("/invitations/<uuid:invitation_id>/resend")
@limiter.limit(MAILS)
def resend(invitation_id: uuid.UUID) -> Response:
    actor = _actor_for_invitation(invitation_id)
    transact(
        invitations.resend,
        actor=actor,
        invitation_id=invitation_id,
        inviter=auth.person().name,
        now=clock.now(),
    )
    flash("Sent again. The new link works for 14 days.", "success")
    return go(url_for("members.index"))


@blueprint.post("/invitations/<uuid:invitation_id>/revoke")
def revoke(invitation_id: uuid.UUID) -> Response:
    actor = _actor_for_invitation(invitation_id)
    transact(invitations.revoke, actor=actor, invitation_id=invitation_id, now=clock.now())
    flash("The invitation is revoked: its link doesn't work any more.", "success")
    return go(url_for("members.index"))


@blueprint.get("/<uuid:membership_id>")
def edit(membership_id: uuid.UUID) -> Response:
    actor, member = _own(membership_id)
    form = RoleForm.offering(givable(actor.role), role=member.role)
    return page("members/edit.html", form=form, **_details(actor, member))


@blueprint.post("/<uuid:membership_id>")
def change_role(membership_id: uuid.UUID) -> Response:
    actor, member = _own(membership_id)
    form = RoleForm.offering(givable(actor.role))
    if not form.validate():
        return invalid("members/edit.html", form=form, **_details(actor, member))
    if again := auth.step_up(url_for("members.edit", membership_id=membership_id)):
        return again
    role = Role(form.role.data)
    transact(members.change_role, actor=actor, membership_id=membership_id, role=role, now=clock.now())
    flash(f"{member.name} is now {role.value}.", "success")
    return go(url_for("members.index"))


@blueprint.route("/<uuid:membership_id>/end", methods=["GET", "POST"])
def end(membership_id: uuid.UUID) -> Response:
    """Asks once, with what the person still holds."""
    actor, member = _own(membership_id)
    if request.method == "GET":
        return page("members/end.html", **_leaving(actor, member))
    connecting.end_membership(
        actor=actor,
        membership_id=membership_id,
        user_id=member.user_id,
        takes_screens="take_screens" in request.form,
        now=clock.now(),
    )
    flash(f"{member.name} doesn't belong to the organization any more.", "success")
    return go(url_for("members.index"))


@blueprint.get("/people/<uuid:user_id>")
def person(user_id: uuid.UUID) -> Response:
    """Somebody that a roster names: who belongs here by their role's page, a guest by their own."""
    organization, _ = _here()
    membership_id = members.membership_of(organization_id=organization.id, user_id=user_id)
    if membership_id:
        return go(url_for("members.edit", membership_id=membership_id))
    return page("members/guest.html", **_guest(organization, user_id), form=AddressForm())


@blueprint.post("/people/<uuid:user_id>")
def complete(user_id: uuid.UUID) -> Response:
    """The address of somebody who is known by name only."""
    organization, actor = _here()
    form, context = AddressForm(), _guest(organization, user_id)
    if not form.validate():
        return invalid("members/guest.html", **context, form=form)
    try:
        whose = transact(completing.complete, actor=actor, user_id=user_id, email=form.email.data, now=clock.now())
    except (HasAddress, BookedTwice) as refusal:
        form.email.errors = [refusal.sentence]
        return invalid("members/guest.html", **context, form=form)
    flash("The address is saved.", "success")
    return go(url_for("members.person", user_id=whose, at=organization.id))


def _here() -> tuple[Organization, Actor]:
    """The organization whose person it is: the one that the address names (`at`), else the one whose lists are seen."""
    named = id_from(request.args.get("at"))
    actor = auth.require(named or auth.current_organization().id, Right.MANAGE_PEOPLE)
    g.organization = accounts.organization_by_id(organization_id=actor.organization_id)
    return g.organization, actor


def _guest(organization: Organization, user_id: uuid.UUID) -> dict[str, Any]:
    return {
        "person": guests.guest(organization_id=organization.id, user_id=user_id),
        "user_id": user_id,
        "at": organization.id,
        "bookings": guests.bookings_of(organization_id=organization.id, user_id=user_id),
    }


def _people(organization: Organization, actor: Actor) -> dict[str, Any]:
    words = cleaned(request.args.get("q", ""))[:80]
    clients = members.clients(
        organization_id=organization.id, words=words, after=request.args.get("after", type=uuid.UUID)
    )
    more = ""
    if len(clients) > members.PAGE:
        more = url_for("members.index", q=words or None, after=clients[-2].id)
    visitors = guests.guests(
        organization_id=organization.id, words=words, after=request.args.get("guest", type=uuid.UUID)
    )
    more_guests = ""
    if len(visitors) > guests.PAGE:
        more_guests = url_for("members.index", q=words or None, guest=visitors[-2].user_id, _anchor="guests")
    return {
        "guests": visitors[: guests.PAGE],
        "more_guests": more_guests,
        "staff": members.staff_members(organization_id=organization.id),
        "clients": clients[: members.PAGE],
        "invited": members.open_invitations(organization_id=organization.id),
        "more": more,
        "words": words,
        "now": clock.now(),
        "me": actor.user_id,
        "may_change": {role.value: may_give(actor.role, role) for role in Role},
    }


def _details(actor: Actor, member: Any) -> dict[str, Any]:
    leads = hosting.upcoming(organization_id=member.organization_id, host_id=member.user_id, now=clock.now())
    now = clock.now()
    holdings = held.holdings_of(user_id=member.user_id, organization_id=member.organization_id, now=now)
    return {
        "member": member,
        "holdings": holdings,
        "bookings": guests.bookings_of(organization_id=member.organization_id, user_id=member.user_id),
        "renewals": renewals_of(holdings),
        "now": now,
        "leads": leads,
        "may_change": may_give(actor.role, Role(member.role)),
        "role_words": ROLE_WORDS,
        "is_self": member.user_id == actor.user_id,
    }


def _leaving(actor: Actor, member: Any) -> dict[str, Any]:
    """What somebody who leaves still has here: plans that count on, places to come, sessions that they lead, screens
    that they opened."""
    details = _details(actor, member)
    bookings = held.places_to_come(user_id=member.user_id, organization_id=member.organization_id, now=details["now"])
    plans = [each.subscription.plan_name for each in details["holdings"] if not each.has_ended]
    screens = leaving.live_screens(organization_id=member.organization_id, user_id=member.user_id, now=details["now"])
    return details | {"plans": plans, "bookings": bookings, "screens": screens}


def _own(membership_id: uuid.UUID) -> tuple[Actor, Any]:
    member = members.membership(membership_id=membership_id)
    actor = auth.require(member.organization_id, Right.MANAGE_PEOPLE)
    g.organization = accounts.organization_by_id(organization_id=member.organization_id)
    return actor, member


def _actor_for_invitation(invitation_id: uuid.UUID) -> Actor:
    return auth.require(members.invitation_organization(invitation_id=invitation_id), Right.MANAGE_PEOPLE)
