"""What is a person's own, over all organizations."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, flash, request, url_for
from werkzeug.wrappers import Response

from liveapp.domain.accounts import queries as accounts
from liveapp.domain.accounts import sign_in as service
from liveapp.domain.bookings import held
from liveapp.domain.bookings.own import Kind, Position, own_bookings, own_counts
from liveapp.domain.payments import cards, lists
from liveapp.forms.accounts import ChangePasswordForm, ProfileForm
from liveapp.forms.booking import PlainForm
from liveapp.gateways.stripe import client
from liveapp.rules.languages import complete
from liveapp.unit_of_work import end_reading, transact
from liveapp.web import auth, clock, locales, passwords, sign_ins
from liveapp.web.arrivals import can_come
from liveapp.web.booking_links import join_url, may_join
from liveapp.web.htmx import go, invalid, page
from liveapp.web.limits import SIGN_IN, limiter
from liveapp.web.payment_places import address_of, place_in
from liveapp.web.renewals import renewals_of
from liveapp.web.signing import sign_booking

blueprint = Blueprint("my", __name__, url_prefix="/my")
blueprint.before_request(auth.guard)


@blueprint.get("/bookings")
def bookings() -> Response:
    person, now = auth.person(), clock.now()
    shown = request.args.get("show", "")
    kind = Kind(shown) if shown in list(Kind) else Kind.UPCOMING
    rows, following = own_bookings(user_id=person.user_id, kind=kind, after=_position(), now=now)
    return page(
        "my/bookings.html",
        rows=rows,
        kind=kind.value,
        works=accounts.staff_organization(user_id=person.user_id, chosen=None) is not None,
        counts=own_counts(user_id=person.user_id, now=now),
        token=lambda booking: sign_booking(booking.id, booking.link_nonce),
        join_href=lambda booking: join_url(booking) if may_join(booking) else "",
        older=_address(kind, following) if following else "",
        newer=url_for("my.bookings", show=_shown(kind)) if _position() else "",
        zone=auth.visitor_timezone(person.timezone or "UTC"),
        now=now,
        checks_in=lambda booking: can_come(booking, now),
    )


@blueprint.get("/plans")
def plans() -> Response:
    now = clock.now()
    found = held.holdings_of(user_id=auth.person().user_id, now=now)
    return page("my/plans.html", holdings=found, renewals=renewals_of(found), now=now)


@blueprint.get("/payments")
def payments() -> Response:
    person = auth.person()
    found = lists.own_payments(user_id=person.user_id, cursor=place_in(request.args))
    return page(
        "my/payments.html",
        rows=found.rows,
        newer=address_of("my.payments", found.newer),
        older=address_of("my.payments", found.older),
        zone=auth.visitor_timezone(person.timezone or "UTC"),
        cards=cards.cards_of(user_id=person.user_id),
        card_form=PlainForm(),
        takes_cards=client.is_on(),
    )


@blueprint.get("/settings")
def settings() -> Response:
    return page("my/settings.html", **_settings())


@blueprint.post("/settings")
def save_settings() -> Response:
    form = ProfileForm()
    if not form.validate():
        return invalid("my/settings.html", **_settings() | {"profile": form})
    transact(
        service.change_profile,
        user_id=auth.person().user_id,
        name=form.name.data,
        timezone=form.timezone.data,
        locale=locales.in_language(form.locale.data, locales.formats()),
    )
    flash("Saved.", "success")
    return go(url_for("my.settings"))


@blueprint.post("/settings/password")
@limiter.limit(SIGN_IN)
def change_password() -> Response:
    person = auth.person()
    known_hash = accounts.person(user_id=person.user_id).password_hash
    form = ChangePasswordForm.for_person(has_password=known_hash is not None)
    form.names = accounts.names_around(user_id=person.user_id)
    if not form.validate():
        return invalid("my/settings.html", **_settings() | {"password": form})
    end_reading()
    if known_hash and not passwords.verify(known_hash, form.current.data):
        form.refuse()
        return invalid("my/settings.html", **_settings() | {"password": form})
    transact(
        service.change_password,
        user_id=person.user_id,
        verified_hash=known_hash,
        password_hash=passwords.hash_password(form.password.data),
        sign_in_id=person.sign_in_id,
        now=clock.now(),
    )
    flash("Your new password is saved. Everywhere else you have been signed out.", "success")
    return go(url_for("my.settings"))


@blueprint.post("/sign-out-everywhere")
def sign_out_everywhere() -> Response:
    transact(service.end_all, user_id=auth.person().user_id, now=clock.now())
    sign_ins.leave()
    flash("You are signed out everywhere.", "success")
    return go(url_for("front.index"))


def _settings() -> dict[str, object]:
    signed_in = auth.person()
    person = accounts.person(user_id=signed_in.user_id)
    values = {"name": person.name, "timezone": person.timezone or "UTC", "locale": complete(person.locale)}
    return {
        "person": person,
        "profile": ProfileForm(formdata=None, data=values),
        "password": ChangePasswordForm.for_person(has_password=person.password_hash is not None, empty=True),
        "sign_ins": accounts.sign_ins(user_id=person.id, now=clock.now()),
        "here": signed_in.sign_in_id,
        "organizations": accounts.organizations_of(user_id=person.id),
    }


def _position() -> Position | None:
    """The place in the list that the address names; none when it makes no sense."""
    try:
        moment = datetime.fromisoformat(request.args["from"])
        return Position(moment.astimezone(UTC), uuid.UUID(request.args["id"]))
    except (KeyError, ValueError, OverflowError):
        return None


def _address(kind: Kind, position: Position) -> str:
    values: dict[str, Any] = {"from": position.scheduled_at.isoformat(), "id": position.booking_id.hex}
    return url_for("my.bookings", show=_shown(kind), **values)


def _shown(kind: Kind) -> str | None:
    return None if kind is Kind.UPCOMING else kind.value
