"""The cookie of a signed-in browser: it holds a sign-in's id, and nothing of what was in it before."""

from __future__ import annotations

import re
import uuid

from flask import request, session
from flask_login import login_user, logout_user

from liveapp.domain.accounts import queries as accounts
from liveapp.domain.accounts import sign_in
from liveapp.unit_of_work import transact
from liveapp.web import auth, clock, known_browsers

_SIGNED_UP = "signed_up"
_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)  # fmt: skip


def enter(sign_in_id: uuid.UUID) -> None:
    """This browser is signed in from now on, with a cookie of wholly new content. The sign-in that it had before ends:
    no copy of its cookie goes on."""
    row = accounts.signed_in(sign_in_id=sign_in_id, now=clock.now())
    if row is None:
        raise LookupError("a sign-in is entered right after it was begun")
    replaced = auth.known_person()
    if replaced and replaced.sign_in_id != sign_in_id:
        transact(sign_in.end, sign_in_id=replaced.sign_in_id, now=clock.now())
    if replaced and replaced.user_id == row.user_id and replaced.organization_id:
        chosen = {"sign_in_id": sign_in_id, "organization_id": replaced.organization_id}
        transact(sign_in.choose_organization, **chosen)
    session.clear()
    session.permanent = True
    login_user(auth.person_of(sign_in_id, row))
    known_browsers.remember(row.email)


def leave() -> None:
    """This browser forgets the sign-in."""
    logout_user()
    session.clear()


def remember_sign_up(sign_up_id: uuid.UUID) -> None:
    """Notes, whether the address is known or not, that it was this browser that signed up."""
    session[_SIGNED_UP] = sign_up_id.hex


def signed_up_here(sign_up_id: uuid.UUID) -> bool:
    """Whether it was this browser that signed up: then the mailed link needs no password.

    The same address isn't enough: somebody else may have signed up with it too, with a password of their own.
    """
    return session.get(_SIGNED_UP) == sign_up_id.hex


def browser() -> str:
    """The browser and its system in words, for the list of sign-ins: "Firefox on Linux"."""
    agent = request.user_agent.string[:400]
    name = next((said for mark, said in _BROWSERS if re.search(mark, agent)), "A browser")
    system = next((said for mark, said in _SYSTEMS if mark in agent), "")
    return f"{name} on {system}" if system else name
