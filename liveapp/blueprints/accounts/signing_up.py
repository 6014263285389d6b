"""Signing up, with an organization or without; it counts once the mailed link is used."""

from __future__ import annotations

from dataclasses import replace

from flask import current_app, flash
from flask_login import current_user
from werkzeug.wrappers import Response

from liveapp.blueprints.accounts import blueprint
from liveapp.blueprints.accounts.links import after_sign_in, ids, wanted
from liveapp.domain.accounts import organizations
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.accounts import sign_in as service
from liveapp.forms.accounts import (
    ConfirmForm,
    JoinForm,
    OrganizationForm,
    PasswordForm,
    SignUpForm,
)
from liveapp.rules.refunds import Tiers
from liveapp.unit_of_work import end_reading, transact
from liveapp.web import auth, clock, limits, passwords, regions, sign_ins
from liveapp.web.htmx import go, invalid, page
from liveapp.web.locales import formats as visitor_locale
from liveapp.web.navigation import P
from liveapp.web.signing import Purpose


@blueprint.get("/sign-up")
def sign_up() -> Response:
    form = OrganizationForm() if current_user.is_authenticated else SignUpForm()
    form.timezone.data = regions.timezone()
    form.currency.data = regions.currency()
    return page("accounts/sign_up.html", form=form)


@blueprint.post("/sign-up")
@limits.per_network(limits.MAILS)
@limits.per_mailbox(limits.MAILS_TO_ONE)
def sign_up_now() -> Response:
    if current_user.is_authenticated:
        return _found_another()
    form = SignUpForm()
    if not form.validate():
        return invalid("accounts/sign_up.html", form=form)
    return _sign_up(form, form.foundation)


@blueprint.get("/join")
def join() -> Response:
    form = JoinForm(timezone=auth.visitor_timezone("UTC"))
    return page("accounts/join.html", form=form, next=wanted())


@blueprint.post("/join")
@limits.per_network(limits.MAILS)
@limits.per_mailbox(limits.MAILS_TO_ONE)
def join_now() -> Response:
    form = JoinForm()
    if not form.validate():
        return invalid("accounts/join.html", form=form, next=wanted())
    return _sign_up(form, None)


@blueprint.get("/verify/<token>")
def verify(token: str) -> Response:
    wish = accounts.waiting_sign_up(sign_up_id=ids(Purpose.VERIFY, token)[0], now=clock.now())
    known_here = sign_ins.signed_up_here(wish.id)
    return page("accounts/verify.html", form=ConfirmForm() if known_here else PasswordForm(), wish=wish, next=wanted())


@blueprint.post("/verify/<token>")
@limits.per_link(limits.SIGN_IN)
def verify_now(token: str) -> Response:
    wish = accounts.waiting_sign_up(sign_up_id=ids(Purpose.VERIFY, token)[0], now=clock.now())
    form = ConfirmForm() if sign_ins.signed_up_here(wish.id) else PasswordForm()
    if not form.validate():
        return invalid("accounts/verify.html", form=form, wish=wish, next=wanted())
    end_reading()
    if isinstance(form, PasswordForm) and not passwords.verify(wish.password_hash, form.password.data):
        form.refuse()
        return invalid("accounts/verify.html", form=form, wish=wish, next=wanted())
    sign_in_id = transact(
        service.finish_sign_up,
        sign_up_id=wish.id,
        browser=sign_ins.browser(),
        tiers=_refund_tiers(),
        now=clock.now(),
    )
    sign_ins.enter(sign_in_id)
    flash(f"Welcome, {wish.name}. Your address is confirmed.", "success")
    return go(after_sign_in())


def _sign_up(form: SignUpForm | JoinForm, foundation: organizations.Foundation | None) -> Response:
    end_reading()
    wish = service.Wish(
        email=form.email.data,
        name=form.name.data,
        password_hash=passwords.hash_password(form.password.data),
        timezone=form.timezone.data,
        locale=visitor_locale(),
        foundation=foundation,
        wanted=wanted(),
    )
    sign_ins.remember_sign_up(transact(service.sign_up, wish=wish, now=clock.now()))
    return page("accounts/check_mail.html", email=wish.email, what="sign_up")


def _found_another() -> Response:
    form = OrganizationForm()
    if not form.validate():
        return invalid("accounts/sign_up.html", form=form)
    person = auth.person()
    transact(
        organizations.found_another,
        foundation=replace(form.foundation, tiers=_refund_tiers()),
        user_id=person.user_id,
        user_name=person.name,
        email=person.email,
        sign_in_id=person.sign_in_id,
        now=clock.now(),
    )
    flash(f"{form.organization_name.data} is set up.", "success")
    return go(P)


def _refund_tiers() -> Tiers:
    """What comes back of money in new organizations of this deployment, until they say otherwise."""
    settings = current_app.extensions["settings"]
    return Tiers(settings.free_cancellation_hours, settings.partial_refund_hours)
