"""Signing in and out, with a password or a mailed link; switching organization."""

from __future__ import annotations

import uuid

from flask import flash, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from liveapp.blueprints.accounts import blueprint
from liveapp.blueprints.accounts.links import after_sign_in, unspent, wanted
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.accounts import sign_in as service
from liveapp.domain.errors import NotFound
from liveapp.forms.accounts import (
    ConfirmForm,
    EmailForm,
    SignInForm,
)
from liveapp.unit_of_work import end_reading, transact
from liveapp.web import auth, clock, limits, passwords, sign_ins
from liveapp.web.htmx import go, invalid, page
from liveapp.web.navigation import P
from liveapp.web.signing import Purpose


@blueprint.get("/sign-in")
def sign_in() -> Response:
    """For who isn't signed in, and for who is asked once more, as they did it long ago."""
    if not current_user.is_authenticated:
        return page("accounts/sign_in.html", form=SignInForm(), next=wanted())
    if "again" not in request.args or auth.signed_in_lately():
        return go(after_sign_in())
    return page("accounts/sign_in.html", form=SignInForm(data={"email": auth.person().email}), next=wanted())


@blueprint.post("/sign-in")
@limits.per_network(limits.SIGN_IN)
@limits.refused_here(limits.TRIES)
@limits.refused_anywhere(limits.TRIES_ANYWHERE)
def sign_in_now() -> Response:
    form = SignInForm()
    if not form.validate():
        return invalid("accounts/sign_in.html", form=form, next=wanted())
    found = accounts.credentials(email=form.email.data)
    end_reading()
    known_hash = found.password_hash if found else None
    if not passwords.verify(known_hash, form.password.data) or found is None:
        form.refuse()
        if limits.are_many(form.email.data):
            transact(service.tell_of_tries, email=form.email.data, now=clock.now())
        return invalid("accounts/sign_in.html", form=form, next=wanted())
    sign_ins.enter(
        transact(
            service.begin_by_password,
            user_id=found.user_id,
            verified_hash=found.password_hash,
            better_hash=passwords.better_hash(found.password_hash, form.password.data),
            browser=sign_ins.browser(),
            now=clock.now(),
        )
    )
    return go(after_sign_in())


@blueprint.get("/sign-in/link")
def sign_in_link() -> Response:
    return page("accounts/ask_link.html", form=EmailForm(), reset=False, next=wanted())


@blueprint.post("/sign-in/link")
@limits.per_network(limits.MAILS)
@limits.per_mailbox(limits.MAILS_TO_ONE)
def send_sign_in_link() -> Response:
    form = EmailForm()
    if not form.validate():
        return invalid("accounts/ask_link.html", form=form, reset=False, next=wanted())
    transact(service.send_sign_in_link, email=form.email.data, now=clock.now(), wanted=wanted())
    return page("accounts/check_mail.html", email=form.email.data, what="sign_in")


@blueprint.get("/sign-in/<token>")
def sign_in_with(token: str) -> Response:
    user_id, _ = unspent(Purpose.SIGN_IN, token)
    person = accounts.person(user_id=user_id)
    return page("accounts/sign_in_with.html", form=ConfirmForm(), email=person.email, next=wanted())


@blueprint.post("/sign-in/<token>")
@limits.per_link(limits.SIGN_IN)
def sign_in_with_now(token: str) -> Response:
    user_id, nonce = unspent(Purpose.SIGN_IN, token)
    sign_ins.enter(
        transact(service.use_sign_in_link, user_id=user_id, nonce=nonce, browser=sign_ins.browser(), now=clock.now())
    )
    return go(after_sign_in())


@blueprint.post("/sign-out")
def sign_out() -> Response:
    if current_user.is_authenticated:
        transact(service.end, sign_in_id=auth.person().sign_in_id, now=clock.now())
    sign_ins.leave()
    flash("You are signed out.", "success")
    return go(url_for("front.index"))


@blueprint.post("/switch")
@auth.signed_in
def switch() -> Response:
    organization_id = _uuid(request.values.get("organization_id", ""))
    auth.staff(organization_id)
    transact(service.choose_organization, sign_in_id=auth.person().sign_in_id, organization_id=organization_id)
    return go(P)


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise NotFound() from error
