"""What a bulk change does to each session, or why it can't: the same answer for the preview and the deed."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from liveapp.db import AnyRow, db
from liveapp.domain.accounts import queries as accounts
from liveapp.domain.actor import Actor
from liveapp.domain.availability.claims import Claim
from liveapp.domain.bookings import arrived
from liveapp.domain.bulk.selection import Wish
from liveapp.domain.catalogue.models import Location
from liveapp.domain.errors import Invalid, Refusal
from liveapp.domain.live_sessions import access, details, obstacles, service
from liveapp.domain.live_sessions.errors import NotEditable, StillBooked
from liveapp.rules.bulk import Shift, Stretch, Verb, in_the_way, moved
from liveapp.rules.lifecycle import ForbiddenTransition
from liveapp.rules.wording import moment_in_words
from liveapp.rules.zones import UnknownTimezone

IN_THE_WAY = "Something is in the way"


@dataclass(frozen=True, slots=True)
class Fate:
    """One session of a bulk change. `claim`: the time it takes once it is moved or handed over. `why` it can't be
    changed, if it can't, in words that many sessions share; `detail` says more of this one."""

    session: AnyRow
    claim: Claim | None = None
    why: str = ""
    detail: str = ""

    @property
    def sentence(self) -> str:
        """Why it can't be changed, in full."""
        return self.detail or self.why

    @property
    def people(self) -> int:
        """How many are booked or wait."""
        return int(self.session.participant_count + self.session.waiting_count)


def fates(sessions: Sequence[AnyRow], wish: Wish, *, actor: Actor, now: datetime) -> list[Fate]:
    """What becomes of each session, in their order. Raises Invalid for a wish that makes no sense for any of them."""
    _check_wish(wish, actor)
    rooms = _exclusive_rooms(actor) if wish.verb in (Verb.HOST, Verb.MOVE) else frozenset()
    found = [_by_itself(session, wish, actor, now, rooms) for session in sessions]
    return _beside_others(found, rooms, actor, now) if wish.verb in (Verb.HOST, Verb.MOVE) else found


def fingerprint(found: Sequence[Fate]) -> str:
    """Says which sessions are changed and which aren't; another one means that something came in between."""
    lines = sorted(f"{fate.session.id}:{bool(fate.why)}" for fate in found)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def is_told(fate: Fate, wish: Wish) -> bool:
    """Whether the people of this session get a mail."""
    if fate.why or wish.verb in (Verb.PUBLISH, Verb.UNPUBLISH):
        return False
    return fate.session.status in ("scheduled", "live")


def _check_wish(wish: Wish, actor: Actor) -> None:
    if wish.verb is Verb.HOST:
        if wish.host_id is None:
            raise Invalid("Choose who leads them.", field="host_id")
        details.check_host(wish.host_id, actor)
    if wish.verb is Verb.MOVE and wish.shift.is_nothing:
        raise Invalid("Say where to: a time of day, or how many days or minutes later.", field="to_minute")


def _by_itself(session: AnyRow, wish: Wish, actor: Actor, now: datetime, rooms: frozenset[uuid.UUID]) -> Fate:
    try:
        CHECKS[wish.verb](session, wish, actor, now)
    except StillBooked as refusal:
        return Fate(session, why="People are booked or wait, so it can't be unpublished", detail=refusal.sentence)
    except Refusal as refusal:
        return Fate(session, why=refusal.sentence.removesuffix("."))
    except ForbiddenTransition as error:
        return Fate(session, why=str(error).removesuffix("."))
    except UnknownTimezone:
        return Fate(session, why="Its time zone isn’t known, so it can’t be changed here")
    return Fate(session, _claim(session, wish, rooms) if wish.verb in (Verb.HOST, Verb.MOVE) else None)


def _publishable(session: AnyRow, _wish: Wish, actor: Actor, now: datetime) -> None:
    access.target(session, "publish", actor)
    if session.scheduled_at <= now:
        raise Invalid("Its time has passed, so it can't be published.")


def _unpublishable(session: AnyRow, _wish: Wish, actor: Actor, _now: datetime) -> None:
    service.check_unpublishable(session, actor)


def _cancellable(session: AnyRow, _wish: Wish, actor: Actor, _now: datetime) -> None:
    access.target(session, "cancel", actor)


def _deletable(session: AnyRow, _wish: Wish, actor: Actor, _now: datetime) -> None:
    """A published session is cancelled first, with everybody told; one that takes place or is over stays."""
    if session.status == "scheduled":
        access.target(session, "cancel", actor)
    else:
        service.check_deletable(session, actor)


def _transferable(session: AnyRow, wish: Wish, actor: Actor, _now: datetime) -> None:
    access.check_editable(session, actor)
    if session.host_id == wish.host_id:
        raise NotEditable("It has this host already.")


def _movable(session: AnyRow, wish: Wish, actor: Actor, now: datetime) -> None:
    access.check_editable(session, actor)
    if session.status == "live":
        raise NotEditable("It has started, so its time stays as it is.")
    start = moved(session.scheduled_at, session.timezone, wish.shift)
    if start == session.scheduled_at:
        raise NotEditable("It is at that time already.")
    if start <= now:
        raise NotEditable("At the new time it would have passed already.")
    arrived.check_movable(session, start, now)


CHECKS: dict[Verb, Callable[[AnyRow, Wish, Actor, datetime], None]] = {
    Verb.PUBLISH: _publishable,
    Verb.UNPUBLISH: _unpublishable,
    Verb.CANCEL: _cancellable,
    Verb.DELETE: _deletable,
    Verb.HOST: _transferable,
    Verb.MOVE: _movable,
}


def _claim(session: AnyRow, wish: Wish, rooms: frozenset[uuid.UUID]) -> Claim:
    """What the session takes of its host's (and its room's) time afterwards."""
    shift = wish.shift if wish.verb is Verb.MOVE else Shift()
    start = moved(session.scheduled_at, session.timezone, shift) if not shift.is_nothing else session.scheduled_at
    values = {"host_id": wish.host_id or session.host_id, "duration_minutes": session.duration_minutes}
    return obstacles.session_claim(session.id, session.organization_id, start, values, _room(session, rooms))


def _beside_others(found: list[Fate], rooms: frozenset[uuid.UUID], actor: Actor, now: datetime) -> list[Fate]:
    """The fates once closures, what isn't in the batch, and the batch's own sessions are looked at."""
    organization = accounts.organization_by_id(organization_id=actor.organization_id)
    wanted = [fate.claim for fate in found if fate.claim]
    where = {fate.session.id: fate.session.location_id for fate in found}
    own = [fate.session.id for fate in found]
    outside = obstacles.find_each(wanted, organization=organization, where=where, now=now, besides=own)
    found = [_stopped(fate, outside.get(fate.session.id, "")) for fate in found]
    by_id: dict[Hashable, Fate] = {fate.session.id: fate for fate in found}
    inside = in_the_way(
        {fate.session.id: _stretches(fate.claim) for fate in found if fate.claim},
        {fate.session.id: _stretches(_standing(fate.session, rooms)) for fate in found},
        [fate.session.id for fate in found if fate.why],
    )
    staying = {key: _other(by_id[other], other in inside or not by_id[other].claim) for key, other in inside.items()}
    return [_stopped(fate, staying.get(fate.session.id, "")) for fate in found]


def _stopped(fate: Fate, sentence: str) -> Fate:
    if not sentence or fate.why:
        return fate
    return replace(fate, claim=None, why=IN_THE_WAY, detail=sentence)


def _other(fate: Fate, stays: bool) -> str:
    """Another session of the same batch, which stays where it is or wants the same time."""
    session = fate.session
    name = f"“{session.title}” ({moment_in_words(session.scheduled_at, session.timezone)})"
    return f"{name} stays where it is, and is in the way." if stays else f"{name} would be at that time too."


def _standing(session: AnyRow, rooms: frozenset[uuid.UUID]) -> Claim | None:
    """What the session takes now; one that is cancelled takes nothing."""
    if session.status == "cancelled":
        return None
    values = {"host_id": session.host_id, "duration_minutes": session.duration_minutes}
    room = _room(session, rooms)
    return obstacles.session_claim(session.id, session.organization_id, session.scheduled_at, values, room)


def _stretches(claim: Claim | None) -> list[Stretch]:
    if claim is None:
        return []
    whose: list[Hashable] = [("host", claim.host_id)]
    if claim.exclusive_location_id:
        whose.append(("room", claim.exclusive_location_id))
    return [Stretch(each, claim.starts_at, claim.ends_at) for each in whose]


def _room(session: AnyRow, rooms: frozenset[uuid.UUID]) -> uuid.UUID | None:
    in_person = session.format == "in_person"
    return session.location_id if in_person and session.location_id in rooms else None


def _exclusive_rooms(actor: Actor) -> frozenset[uuid.UUID]:
    query = select(Location.id).where(Location.organization_id == actor.organization_id, Location.is_exclusive)
    return frozenset(db.session.execute(query).scalars())
