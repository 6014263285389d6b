"""What mailed links carry, and where people go once they are in."""

from __future__ import annotations

import uuid

from flask import request, url_for

from liveapp.domain.accounts import queries as accounts
from liveapp.domain.accounts.errors import LinkUsed
from liveapp.domain.accounts.models import STAFF_ROLES
from liveapp.web import auth
from liveapp.web.navigation import P
from liveapp.web.signing import BadToken, Purpose, unsign
from liveapp.web.urls import own_path


def ids(purpose: Purpose, token: str) -> list[uuid.UUID]:
    """The ids that a mailed link of this purpose carries. Raises LinkUsed for one that is no good any more."""
    try:
        return unsign(purpose, token)
    except BadToken as error:
        raise LinkUsed() from error


def unspent(purpose: Purpose, token: str) -> tuple[uuid.UUID, uuid.UUID]:
    """The person and the nonce of a mailed link that still works. Raises LinkUsed."""
    user_id, nonce = ids(purpose, token)
    if accounts.person(user_id=user_id).sign_in_nonce != nonce:
        raise LinkUsed()
    return user_id, nonce


def after_sign_in() -> str:
    """Where the person wanted to go, else the business's first page for staff, else their own bookings."""
    person = auth.person()
    works = any(row.role in STAFF_ROLES for row in accounts.organizations_of(user_id=person.user_id))
    return own_path(wanted(), P if works else url_for("my.bookings"))


def wanted() -> str:
    """The page of ours that the person asked for before they were asked to sign in; empty for none."""
    return own_path(request.values.get("next"), "")
