"""A new password by a mailed link."""

from __future__ import annotations

from flask import flash
from werkzeug.wrappers import Response

from liveapp.blueprints.accounts import blueprint
from liveapp.blueprints.accounts.links import after_sign_in, unspent
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.accounts import sign_in as service
from liveapp.forms.accounts import (
    EmailForm,
    NewPasswordForm,
)
from liveapp.unit_of_work import end_reading, transact
from liveapp.web import clock, limits, passwords, sign_ins
from liveapp.web.htmx import go, invalid, page
from liveapp.web.signing import Purpose


@blueprint.get("/reset")
def reset() -> Response:
    return page("accounts/ask_link.html", form=EmailForm(), reset=True, next="")


@blueprint.post("/reset")
@limits.per_network(limits.MAILS)
@limits.per_mailbox(limits.MAILS_TO_ONE)
def send_reset_link() -> Response:
    form = EmailForm()
    if not form.validate():
        return invalid("accounts/ask_link.html", form=form, reset=True, next="")
    transact(service.send_reset_link, email=form.email.data, now=clock.now())
    return page("accounts/check_mail.html", email=form.email.data, what="reset")


@blueprint.get("/reset/<token>")
def reset_with(token: str) -> Response:
    user_id, _ = unspent(Purpose.RESET, token)
    return page("accounts/reset_with.html", form=NewPasswordForm(), email=accounts.person(user_id=user_id).email)


@blueprint.post("/reset/<token>")
@limits.per_link(limits.SIGN_IN)
def reset_now(token: str) -> Response:
    user_id, nonce = unspent(Purpose.RESET, token)
    form = NewPasswordForm()
    form.names = accounts.names_around(user_id=user_id)
    if not form.validate():
        return invalid("accounts/reset_with.html", form=form, email=accounts.person(user_id=user_id).email)
    end_reading()
    sign_in_id = transact(
        service.reset_password,
        user_id=user_id,
        nonce=nonce,
        password_hash=passwords.hash_password(form.password.data),
        browser=sign_ins.browser(),
        now=clock.now(),
    )
    sign_ins.enter(sign_in_id)
    flash("Your new password is saved. Everywhere else you have been signed out.", "success")
    return go(after_sign_in())
