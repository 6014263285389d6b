"""Keeping a session's link as it should be: a transaction, the call, and a transaction that records its answer.

Every step can be repeated. What was asked for before is looked up before it is asked for again, so that a session has
one meeting at its provider, whatever broke.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

from liveapp.db import AnyRow
from liveapp.domain.video import connections, links, queries
from liveapp.domain.video.links import Step
from liveapp.gateways.video import tokens
from liveapp.gateways.video.asking import Gone, SignInNeeded, VideoAway, VideoRefused
from liveapp.gateways.video.meeting import Meeting
from liveapp.gateways.video.provider import VideoProvider, is_on, provider
from liveapp.kill_points import reach
from liveapp.rules.video import NAMES, Deed, Wanted
from liveapp.unit_of_work import transact, transact_in_turn


def follow(session_id: uuid.UUID, *, now: datetime) -> None:
    """Makes, changes and removes what has to be. Raises VideoAway when it is to be tried again."""
    steps = transact_in_turn([session_id], links.plan, session_id=session_id, now=now)
    away = [_taken(session_id, step, now) for step in steps]
    for words in filter(None, away):
        raise VideoAway(words)


def _taken(session_id: uuid.UUID, step: Step, now: datetime) -> str:
    """One step, and its outcome written down; what keeps it from being done now, in words, or nothing."""
    holder = uuid.uuid4()
    link = transact(links.take_lease, link_id=step.link_id, holder=holder, now=now)
    if link is None:
        return "Somebody else is seeing to it."
    try:
        _done(session_id, step, link, holder, now)
    except (VideoAway, VideoRefused) as fault:
        transact(links.record_failed, link_id=link.id, holder=holder, words=str(fault))
        return str(fault) if isinstance(fault, VideoAway) else ""
    return ""


def _done(session_id: uuid.UUID, step: Step, link: AnyRow, holder: uuid.UUID, now: datetime) -> None:
    if step.deed is Deed.REMOVE:
        _remove(link, holder, now)
        return
    assert step.wanted is not None
    try:
        if step.deed is Deed.MAKE:
            made = _made(link, step.wanted, now)
            transact(
                links.record_made, link_id=link.id, holder=holder,
                provider_id=made.id, join_url=made.join_url, wanted=step.wanted,
            )  # fmt: skip
        else:
            with _opened(link, now) as (asked, access):
                asked.change(access, link.provider_id, step.wanted)
            transact(links.record_changed, link_id=link.id, holder=holder, wanted=step.wanted)
    except Gone as gone:
        transact_in_turn([session_id], links.record_lost, link_id=link.id, holder=holder, now=now)
        raise VideoAway(f"{gone} Another one is made.") from gone


def _made(link: AnyRow, wanted: Wanted, now: datetime) -> Meeting:
    """The meeting: looked for first if it was asked for before."""
    with _opened(link, now) as (asked, access):
        found = asked.find(access, link.id) if link.asked_at else None
        if found is not None:
            asked.change(access, found.id, wanted)
            return found
        reach("video_link.asked")
        made = asked.make(access, link.id, wanted)
        reach("video_link.made")
        return made


def _remove(link: AnyRow, holder: uuid.UUID, now: datetime) -> None:
    if link.asked_at or link.provider_id:
        with suppress(Gone), _opened(link, now) as (asked, access):
            known = link.provider_id or getattr(asked.find(access, link.id), "id", None)
            if known:
                asked.remove(access, known)
    transact(links.record_removed, link_id=link.id, holder=holder, now=now)


@contextmanager
def _opened(link: AnyRow, now: datetime) -> Iterator[tuple[VideoProvider, str]]:
    """The provider, and what opens the account; from now on the link counts as asked for. Raises VideoRefused where
    there is no account to open, VideoAway for a token that the provider doesn't take before its time: another is asked
    for the next time."""
    name = NAMES[link.provider]
    if not is_on(link.provider):
        raise VideoRefused(f"{name} isn't set up here any more.")
    connection = queries.connection_for(link=link)
    if connection is None or connection.status == "disconnected":
        raise VideoRefused(f"The host hasn't connected {name}.")
    try:
        access = tokens.access(connection.id, now=now)
    except SignInNeeded as error:
        raise VideoRefused(f"The host has to sign in at {name} again.") from error
    transact(links.note_asked, link_id=link.id, connection_id=connection.id, now=now)
    try:
        yield provider(link.provider), access
    except SignInNeeded as error:
        transact(connections.doubt, connection_id=connection.id, access=access, now=now)
        raise VideoAway(str(error)) from error
