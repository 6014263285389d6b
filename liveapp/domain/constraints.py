"""Named constraints and the refusals they stand for: the one table that maps the first to the second."""

from __future__ import annotations

import re

from sqlalchemy.exc import IntegrityError

from liveapp.domain.errors import Refusal


class HostBusy(Refusal):
    code = "host_busy"
    sentence = "The host is already busy at that time. Choose another time or another host."


class LocationBusy(Refusal):
    code = "location_busy"
    sentence = "The location is already in use at that time. Choose another time or another location."


class AlreadyBooked(Refusal):
    code = "already_booked"
    sentence = "You already have a place in this session."


class Full(Refusal):
    code = "full"
    sentence = "The last place was just taken. Choose another session."


class NoCredits(Refusal):
    code = "no_credits"
    sentence = "The last credit was just used. Choose another plan, or ask the business."


class MoreThanPaid(Refusal):
    code = "not_refundable"
    sentence = "That is more than is left of what was paid. Look at the payment again."


class TriedAgain(Refusal):
    code = "tried_again"
    sentence = "This refund is being tried again already."


class NameTaken(Refusal):
    status = 422
    code = "name_taken"
    sentence = "That name is already in use here. Choose another one."


class AddressTaken(Refusal):
    status = 422
    code = "email_taken"
    sentence = "There is already an account with this e-mail address. Sign in instead."


class PayoutUnderWay(Refusal):
    code = "payout_under_way"
    sentence = "A payout of this balance is under way already. The next one can be made when it has arrived or failed."


class AlreadyIn(Refusal):
    code = "already_in"
    sentence = "They are checked in already. Reload the page to see since when."


REFUSALS: dict[str, type[Refusal]] = {
    "ex_time_claims_host_id": HostBusy,
    "ex_time_claims_location_id": LocationBusy,
    "uq_bookings_one_place": AlreadyBooked,
    "bookings.session_id, bookings.user_id": AlreadyBooked,
    "ck_sessions_capacity": Full,
    "ck_credit_lots_balance": NoCredits,
    "ck_payments_claimed_minor": MoreThanPaid,
    "uq_refunds_retries_id": TriedAgain,
    "refunds.retries_id": TriedAgain,
    "uq_plans_organization_id_name": NameTaken,
    "plans.organization_id, plans.name": NameTaken,
    "uq_programs_organization_id_name": NameTaken,
    "programs.organization_id, programs.name": NameTaken,
    "uq_locations_organization_id_name": NameTaken,
    "locations.organization_id, locations.name": NameTaken,
    "uq_organizations_slug": NameTaken,
    "organizations.slug": NameTaken,
    "uq_offerings_organization_id_slug": NameTaken,
    "offerings.organization_id, offerings.slug": NameTaken,
    "uq_memberships_organization_id_slug": NameTaken,
    "memberships.organization_id, memberships.slug": NameTaken,
    "uq_payouts_under_way": PayoutUnderWay,
    "payouts.organization_id, payouts.earner, payouts.currency": PayoutUnderWay,
    "uq_attendance_records_booking_id": AlreadyIn,
    "attendance_records.booking_id": AlreadyIn,
    "uq_users_email": AddressTaken,
    "users.email": AddressTaken,
}


def refusal_for(error: IntegrityError) -> Refusal | None:
    """The refusal that a violated constraint stands for, if it has one.

    PostgreSQL names the constraint; SQLite names a CHECK's constraint and, for unique indexes, the columns.
    """
    name = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    if name is None:
        found = re.search(r"constraint failed: (.+)$", str(error.orig))
        name = found.group(1).removeprefix("index '").rstrip("'") if found else ""
    kind = REFUSALS.get(name)
    return kind() if kind else None
