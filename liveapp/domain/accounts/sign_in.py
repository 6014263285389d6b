"""Signing up, in and out; links that work once; passwords. Hashes come in ready made: hashing stays outside."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, delete, insert, select, update

from liveapp.db import db
from liveapp.domain.accounts import organizations, people
from liveapp.domain.accounts.errors import LinkUsed, PasswordChanged
from liveapp.domain.accounts.models import SignIn, SignUp, User
from liveapp.domain.accounts.organizations import Foundation
from liveapp.domain.accounts.people import Person
from liveapp.domain.idempotency import service as idempotency
from liveapp.domain.notifications.service import Message, promise, was_told
from liveapp.domain.outbox import service as outbox
from liveapp.rules.refunds import DEFAULTS, Tiers

STAYS_SIGNED_IN = timedelta(days=30)
TRIES = "sign_in_tries"
TRIES_TOLD_EVERY = timedelta(days=1)
SIGN_UP_WAITS = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody who wants an account; `foundation` when they want an organization too, `wanted` the page to go on to.
    The address isn't proved yet."""

    email: str
    name: str
    password_hash: str
    timezone: str
    locale: str = "en"
    foundation: Foundation | None = None
    wanted: str = ""


def sign_up(*, wish: Wish, now: datetime) -> uuid.UUID:
    """Mails a link that finishes the sign-up; an address with an account gets a mail that says so instead.

    Returns the sign-up's id: nobody can tell from it which of the two it was, nor from what is written meanwhile. The
    one of an address with an account is over at once.
    """
    sign_up_id = uuid.uuid4()
    known = db.session.execute(
        select(User.id).where(User.email == wish.email, User.password_hash.is_not(None))
    ).scalar_one_or_none()
    db.session.execute(
        insert(SignUp).values(
            id=sign_up_id,
            email=wish.email,
            name=wish.name,
            password_hash=wish.password_hash,
            timezone=wish.timezone,
            locale=wish.locale,
            organization_name=wish.foundation.name if wish.foundation else None,
            currency=wish.foundation.currency if wish.foundation else None,
            created_at=now,
            expires_at=now if known else now + SIGN_UP_WAITS,
        )
    )
    payload = {"sign_up_id": sign_up_id} | _onward(wish.wanted)
    kind = "already_registered" if known else "verify_email"
    promise([Message(kind=kind, email=wish.email, user_id=known, payload=payload)], now=now)
    return sign_up_id


def finish_sign_up(*, sign_up_id: uuid.UUID, browser: str, now: datetime, tiers: Tiers = DEFAULTS) -> uuid.UUID:
    """The address is proved: the account is there, with the bookings made as a guest, and the organization, which
    begins with these refund tiers.

    Returns the new sign-in's id. Raises LinkUsed.
    """
    wish = db.session.execute(
        select(*SignUp.__table__.columns).where(SignUp.id == sign_up_id, SignUp.expires_at > now)
    ).one_or_none()
    if wish is None:
        raise LinkUsed()
    user_id = make_account(
        email=wish.email,
        name=wish.name,
        password_hash=wish.password_hash,
        timezone=wish.timezone,
        locale=wish.locale,
        now=now,
    )
    db.session.execute(delete(SignUp).where(SignUp.email == wish.email))
    if wish.organization_name:
        foundation = Foundation(wish.organization_name, wish.timezone, wish.currency, wish.locale, tiers)
        organizations.found(foundation=foundation, user_id=user_id, user_name=wish.name, email=wish.email, now=now)
    return begin(user_id=user_id, browser=browser, now=now)


def make_account(*, email: str, name: str, password_hash: str, timezone: str, locale: str, now: datetime) -> uuid.UUID:
    """The person with this proved address gets a name and a password; a guest keeps their bookings.

    Raises LinkUsed when there is an account with a password already.
    """
    person = Person(email=email, name=name, timezone=timezone, locale=locale)
    user_id = people.find_or_add(person, now=now).user_id
    changed = db.session.execute(
        update(User)
        .where(User.id == user_id, User.password_hash.is_(None))
        .values(
            name=name, password_hash=password_hash, timezone=timezone, locale=locale, email_verified_at=now,
            sign_in_nonce=uuid.uuid4(),
        )
    )  # fmt: skip
    if not _touched(changed):
        raise LinkUsed("There is an account for this address already. Sign in with its password, or by a mailed link.")
    return user_id


def begin_by_password(
    *, user_id: uuid.UUID, verified_hash: str, better_hash: str | None, browser: str, now: datetime
) -> uuid.UUID:
    """A sign-in for somebody whose password was just verified against `verified_hash`.

    `better_hash` is the same password hashed with today's parameters. Raises PasswordChanged.
    """
    changed = db.session.execute(
        update(User)
        .where(User.id == user_id, User.password_hash == verified_hash)
        .values(password_hash=better_hash or verified_hash)
    )
    if not _touched(changed):
        raise PasswordChanged()
    return begin(user_id=user_id, browser=browser, now=now)


def begin(*, user_id: uuid.UUID, browser: str, now: datetime) -> uuid.UUID:
    """A new sign-in, for 30 days. Returns its id, which is all that the cookie holds."""
    sign_in_id = uuid.uuid4()
    db.session.execute(
        insert(SignIn).values(
            id=sign_in_id,
            user_id=user_id,
            created_at=now,
            expires_at=now + STAYS_SIGNED_IN,
            browser=browser,
            used_at=now,
        )
    )
    return sign_in_id


def send_sign_in_link(*, email: str, now: datetime, wanted: str = "") -> None:
    """Has a link to sign in mailed, if there is somebody with this address; `wanted`: the page to go on to."""
    _ask_for_link("sign_in_link", email, now, wanted)


def send_reset_link(*, email: str, now: datetime) -> None:
    """Has a link to choose a new password mailed, if there is somebody with this address."""
    _ask_for_link("reset_password", email, now)


def mail_link(*, kind: str, email: str, wanted: str, ask_id: str, now: datetime) -> None:
    """Mails the link, if there is somebody with this address (guests too); once, however often it is run."""
    if idempotency.claim(f"link:{ask_id}", uuid.UUID(ask_id), now=now):
        return
    user_id = db.session.execute(select(User.id).where(User.email == email)).scalar_one_or_none()
    if user_id:
        promise([Message(kind=kind, email=email, user_id=user_id, payload=_onward(wanted))], now=now)


def use_sign_in_link(*, user_id: uuid.UUID, nonce: uuid.UUID, browser: str, now: datetime) -> uuid.UUID:
    """Signs in by a mailed link, once; the address is proved by it. Raises LinkUsed."""
    _use_link(user_id, nonce, now)
    return begin(user_id=user_id, browser=browser, now=now)


def reset_password(
    *, user_id: uuid.UUID, nonce: uuid.UUID, password_hash: str, browser: str, now: datetime
) -> uuid.UUID:
    """A new password by a mailed link: every sign-in ends, and a new one begins. Raises LinkUsed."""
    _use_link(user_id, nonce, now, password_hash=password_hash)
    _tell_changed(user_id, now)
    end_all(user_id=user_id, now=now)
    return begin(user_id=user_id, browser=browser, now=now)


def change_password(
    *, user_id: uuid.UUID, verified_hash: str | None, password_hash: str, sign_in_id: uuid.UUID, now: datetime
) -> None:
    """A new password; every other sign-in ends, and so do links already mailed. Raises PasswordChanged."""
    same = User.password_hash.is_(None) if verified_hash is None else User.password_hash == verified_hash
    changed = db.session.execute(
        update(User).where(User.id == user_id, same).values(password_hash=password_hash, sign_in_nonce=uuid.uuid4())
    )
    if not _touched(changed):
        raise PasswordChanged()
    _tell_changed(user_id, now)
    end_all(user_id=user_id, now=now, but=sign_in_id)


def note_use(*, sign_in_id: uuid.UUID, now: datetime) -> None:
    """The browser was seen: its sign-in doesn't lie idle."""
    db.session.execute(update(SignIn).where(SignIn.id == sign_in_id, SignIn.used_at < now).values(used_at=now))


def end(*, sign_in_id: uuid.UUID, now: datetime) -> None:
    """Signs this browser out: its cookie is dead, even a copy of it."""
    db.session.execute(update(SignIn).where(SignIn.id == sign_in_id, SignIn.ended_at.is_(None)).values(ended_at=now))


def end_all(*, user_id: uuid.UUID, now: datetime, but: uuid.UUID | None = None) -> None:
    """Signs the person out everywhere, or everywhere else."""
    which = update(SignIn).where(SignIn.user_id == user_id, SignIn.ended_at.is_(None))
    db.session.execute((which.where(SignIn.id != but) if but else which).values(ended_at=now))


def choose_organization(*, sign_in_id: uuid.UUID, organization_id: uuid.UUID) -> None:
    """The organization whose lists this browser shows from now on."""
    db.session.execute(update(SignIn).where(SignIn.id == sign_in_id).values(organization_id=organization_id))


def change_profile(*, user_id: uuid.UUID, name: str, timezone: str, locale: str) -> None:
    """The person's own name, time zone and language."""
    db.session.execute(update(User).where(User.id == user_id).values(name=name, timezone=timezone, locale=locale))


def _ask_for_link(kind: str, email: str, now: datetime, wanted: str = "") -> None:
    """Whether there is anybody is asked by the worker: whoever waits for the answer learns nothing from how long it
    took."""
    outbox.put("mail_link", now=now, kind=kind, email=email, wanted=wanted, ask_id=str(uuid.uuid4()))


def tell_of_tries(*, email: str, now: datetime) -> None:
    """Mails the owner of the address, once a day, that somebody tries passwords. They themselves still get in."""
    user_id = db.session.execute(
        select(User.id).where(User.email == email, User.password_hash.is_not(None))
    ).scalar_one_or_none()
    if user_id is not None and not was_told(TRIES, user_id=user_id, since=now - TRIES_TOLD_EVERY):
        promise([Message(kind=TRIES, email=email, user_id=user_id)], now=now)


def _tell_changed(user_id: uuid.UUID, now: datetime) -> None:
    """Mails the person that their password isn't the old one any more, whoever changed it."""
    email = db.session.execute(select(User.email).where(User.id == user_id)).scalar_one()
    promise([Message(kind="password_changed", email=email, user_id=user_id)], now=now)


def _onward(wanted: str) -> dict[str, Any]:
    """What the mail's link carries of where to go on to."""
    return {"next": wanted} if wanted else {}


def _use_link(user_id: uuid.UUID, nonce: uuid.UUID, now: datetime, **values: Any) -> None:
    """Spends the nonce, and with it every link mailed so far."""
    used = db.session.execute(
        update(User)
        .where(User.id == user_id, User.sign_in_nonce == nonce)
        .values(sign_in_nonce=uuid.uuid4(), email_verified_at=now, **values)
    )
    if not _touched(used):
        raise LinkUsed()


def _touched(result: Any) -> bool:
    assert isinstance(result, CursorResult)
    return bool(result.rowcount)
