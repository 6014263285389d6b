"""Signing up, in and out; mailed links; invitations; switching organization.

Every answer is the same whether an address has an account or not. Links in mails open a page with a button.
"""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from liveapp.domain.accounts import invitations, organizations
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.accounts import sign_in as service
from liveapp.domain.accounts.errors import LinkUsed, OtherAddress
from liveapp.domain.accounts.models import STAFF_ROLES
from liveapp.domain.errors import NotFound
from liveapp.forms.accounts import (
    AcceptForm,
    ConfirmForm,
    EmailForm,
    JoinForm,
    NewPasswordForm,
    OrganizationForm,
    PasswordForm,
    SignInForm,
    SignUpForm,
)
from liveapp.unit_of_work import end_reading, transact
from liveapp.web import auth, clock, passwords, sign_ins
from liveapp.web.htmx import go, invalid, page
from liveapp.web.limits import ACCOUNT, MAILS, SIGN_IN, limiter, per_account, per_account_refused
from liveapp.web.locales import select as visitor_locale
from liveapp.web.navigation import P
from liveapp.web.signing import BadToken, Purpose, unsign
from liveapp.web.urls import own_path

blueprint = Blueprint("accounts", __name__)


@blueprint.get("/sign-in")
def sign_in() -> Response:
    if current_user.is_authenticated:
        return go(_after_sign_in())
    return page("accounts/sign_in.html", form=SignInForm(), next=_next())


@blueprint.post("/sign-in")
@limiter.limit(SIGN_IN)
@per_account_refused(ACCOUNT)
def sign_in_now() -> Response:
    form = SignInForm()
    if not form.validate():
        return invalid("accounts/sign_in.html", form=form, next=_next())
    found = accounts.credentials(email=form.email.data)
    end_reading()
    known_hash = found.password_hash if found else None
    if not passwords.verify(known_hash, form.password.data) or found is None:
        form.refuse()
        return invalid("accounts/sign_in.html", form=form, next=_next())
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
    return go(_after_sign_in())


@blueprint.get("/sign-in/link")
def sign_in_link() -> Response:
    return page("accounts/ask_link.html", form=EmailForm(), reset=False)


@blueprint.post("/sign-in/link")
@limiter.limit(MAILS)
@per_account(MAILS)
def send_sign_in_link() -> Response:
    form = EmailForm()
    if not form.validate():
        return invalid("accounts/ask_link.html", form=form, reset=False)
    transact(service.send_sign_in_link, email=form.email.data, now=clock.now())
    return page("accounts/check_mail.html", email=form.email.data, what="sign_in")


@blueprint.get("/sign-in/<token>")
def sign_in_with(token: str) -> Response:
    user_id, _ = _unspent(Purpose.SIGN_IN, token)
    person = accounts.person(user_id=user_id)
    return page("accounts/sign_in_with.html", form=ConfirmForm(), email=person.email)


@blueprint.post("/sign-in/<token>")
@limiter.limit(SIGN_IN)
def sign_in_with_now(token: str) -> Response:
    user_id, nonce = _unspent(Purpose.SIGN_IN, token)
    sign_ins.enter(
        transact(service.use_sign_in_link, user_id=user_id, nonce=nonce, browser=sign_ins.browser(), now=clock.now())
    )
    return go(_after_sign_in())


@blueprint.post("/sign-out")
def sign_out() -> Response:
    if current_user.is_authenticated:
        transact(service.end, sign_in_id=auth.person().sign_in_id, now=clock.now())
    sign_ins.leave()
    flash("You are signed out.", "success")
    return go(url_for("front.index"))


@blueprint.get("/reset")
def reset() -> Response:
    return page("accounts/ask_link.html", form=EmailForm(), reset=True)


@blueprint.post("/reset")
@limiter.limit(MAILS)
@per_account(MAILS)
def send_reset_link() -> Response:
    form = EmailForm()
    if not form.validate():
        return invalid("accounts/ask_link.html", form=form, reset=True)
    transact(service.send_reset_link, email=form.email.data, now=clock.now())
    return page("accounts/check_mail.html", email=form.email.data, what="reset")


@blueprint.get("/reset/<token>")
def reset_with(token: str) -> Response:
    user_id, _ = _unspent(Purpose.RESET, token)
    return page("accounts/reset_with.html", form=NewPasswordForm(), email=accounts.person(user_id=user_id).email)


@blueprint.post("/reset/<token>")
@limiter.limit(SIGN_IN)
def reset_now(token: str) -> Response:
    user_id, nonce = _unspent(Purpose.RESET, token)
    form = NewPasswordForm()
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
    return go(_after_sign_in())


@blueprint.get("/sign-up")
def sign_up() -> Response:
    form = OrganizationForm() if current_user.is_authenticated else SignUpForm()
    form.timezone.data = auth.visitor_timezone("UTC")
    return page("accounts/sign_up.html", form=form)


@blueprint.post("/sign-up")
@limiter.limit(MAILS)
@per_account(MAILS)
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
    return page("accounts/join.html", form=form)


@blueprint.post("/join")
@limiter.limit(MAILS)
@per_account(MAILS)
def join_now() -> Response:
    form = JoinForm()
    if not form.validate():
        return invalid("accounts/join.html", form=form)
    return _sign_up(form, None)


@blueprint.get("/verify/<token>")
def verify(token: str) -> Response:
    wish = accounts.waiting_sign_up(sign_up_id=_ids(Purpose.VERIFY, token)[0], now=clock.now())
    known_here = sign_ins.signed_up_here(wish.id)
    return page("accounts/verify.html", form=ConfirmForm() if known_here else PasswordForm(), wish=wish)


@blueprint.post("/verify/<token>")
@limiter.limit(SIGN_IN)
def verify_now(token: str) -> Response:
    wish = accounts.waiting_sign_up(sign_up_id=_ids(Purpose.VERIFY, token)[0], now=clock.now())
    form = ConfirmForm() if sign_ins.signed_up_here(wish.id) else PasswordForm()
    if not form.validate():
        return invalid("accounts/verify.html", form=form, wish=wish)
    end_reading()
    if isinstance(form, PasswordForm) and not passwords.verify(wish.password_hash, form.password.data):
        form.refuse()
        return invalid("accounts/verify.html", form=form, wish=wish)
    sign_in_id = transact(service.finish_sign_up, sign_up_id=wish.id, browser=sign_ins.browser(), now=clock.now())
    sign_ins.enter(sign_in_id)
    flash(f"Welcome, {wish.name}. Your address is confirmed.", "success")
    return go(_after_sign_in())


@blueprint.get("/invitations/<token>")
def invitation(token: str) -> Response:
    invited = invitations.open_invitation(invitation_id=_ids(Purpose.INVITATION, token)[0], now=clock.now())
    form = _invitation_form(invited.has_account)
    if isinstance(form, AcceptForm):
        form.timezone.data = auth.visitor_timezone("UTC")
    return page("accounts/invitation.html", form=form, invited=invited, next=request.path)


@blueprint.post("/invitations/<token>")
@limiter.limit(SIGN_IN)
def accept_invitation(token: str) -> Response:
    invited = invitations.open_invitation(invitation_id=_ids(Purpose.INVITATION, token)[0], now=clock.now())
    form = _invitation_form(invited.has_account)
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
    return go(_after_sign_in())


@blueprint.post("/switch")
@auth.signed_in
def switch() -> Response:
    organization_id = _uuid(request.values.get("organization_id", ""))
    auth.staff(organization_id)
    transact(service.choose_organization, sign_in_id=auth.person().sign_in_id, organization_id=organization_id)
    return go(P)


def _sign_up(form: SignUpForm | JoinForm, foundation: organizations.Foundation | None) -> Response:
    end_reading()
    wish = service.Wish(
        email=form.email.data,
        name=form.name.data,
        password_hash=passwords.hash_password(form.password.data),
        timezone=form.timezone.data,
        locale=visitor_locale(),
        foundation=foundation,
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
        foundation=form.foundation,
        user_id=person.user_id,
        user_name=person.name,
        email=person.email,
        sign_in_id=person.sign_in_id,
        now=clock.now(),
    )
    flash(f"{form.organization_name.data} is set up.", "success")
    return go(P)


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


def _after_sign_in() -> str:
    """Where the person wanted to go, else the business's first page for staff, else their own bookings."""
    person = auth.person()
    works = any(row.role in STAFF_ROLES for row in accounts.organizations_of(user_id=person.user_id))
    return own_path(_next(), P if works else url_for("my.bookings"))


def _next() -> str:
    return own_path(request.values.get("next"), "")


def _ids(purpose: Purpose, token: str) -> list[uuid.UUID]:
    try:
        return unsign(purpose, token)
    except BadToken as error:
        raise LinkUsed() from error


def _unspent(purpose: Purpose, token: str) -> tuple[uuid.UUID, uuid.UUID]:
    """The person and the nonce of a mailed link that still works. Raises LinkUsed."""
    user_id, nonce = _ids(purpose, token)
    if accounts.person(user_id=user_id).sign_in_nonce != nonce:
        raise LinkUsed()
    return user_id, nonce


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise NotFound() from error
