"""Accepting an invitation to work somewhere, with an account or without."""

from __future__ import annotations

import uuid

from flask import flash, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from liveapp.blueprints.accounts import blueprint
from liveapp.blueprints.accounts.links import after_sign_in, ids
from liveapp.domain.accounts import invitations
from liveapp.domain.accounts.errors import OtherAddress
from liveapp.forms.accounts import (
    AcceptForm,
    ConfirmForm,
)
from liveapp.unit_of_work import end_reading, transact
from liveapp.web import auth, clock, passwords, sign_ins
from liveapp.web.htmx import go, invalid, page
from liveapp.web.limits import SIGN_IN, limiter
from liveapp.web.locales import formats as visitor_locale
from liveapp.web.signing import Purpose


@blueprint.get("/invitations/<token>")
def invitation(token: str) -> Response:
    invited = invitations.open_invitation(invitation_id=ids(Purpose.INVITATION, token)[0], now=clock.now())
    form = _invitation_form(invited.has_account)
    if isinstance(form, AcceptForm):
        form.timezone.data = auth.visitor_timezone("UTC")
    return page("accounts/invitation.html", form=form, invited=invited, next=request.path)


@blueprint.post("/invitations/<token>")
@limiter.limit(SIGN_IN)
def accept_invitation(token: str) -> Response:
    invited = invitations.open_invitation(invitation_id=ids(Purpose.INVITATION, token)[0], now=clock.now())
    form = _invitation_form(invited.has_account)
    if isinstance(form, AcceptForm):
        form.names = (invited.email, invited.organization_name)
    if not form.validate():
        return invalid("accounts/invitation.html", form=form, invited=invited, next=request.path)
    if isinstance(form, AcceptForm):
        _accept_as_new(invited.id, form)
    elif not current_user.is_authenticated:
        return go(url_for("accounts.sign_in", next=request.path))
    elif auth.person().email != invited.email:
        raise OtherAddress(invited.email)
    else:
        person = auth.person()
        transact(
            invitations.accept,
            invitation_id=invited.id,
            user_id=person.user_id,
            sign_in_id=person.sign_in_id,
            now=clock.now(),
        )
    flash(f"Welcome to {invited.organization_name}.", "success")
    return go(after_sign_in())


def _invitation_form(has_account: bool) -> AcceptForm | ConfirmForm:
    return ConfirmForm() if has_account else AcceptForm()


def _accept_as_new(invitation_id: uuid.UUID, form: AcceptForm) -> None:
    end_reading()
    sign_in_id = transact(
        invitations.accept_as_new,
        invitation_id=invitation_id,
        name=form.name.data,
        password_hash=passwords.hash_password(form.password.data),
        timezone=form.timezone.data,
        locale=visitor_locale(),
        browser=sign_ins.browser(),
        now=clock.now(),
    )
    sign_ins.enter(sign_in_id)
