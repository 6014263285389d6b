"""What staff do with bookings is refused to staff of elsewhere, to the wrong role and to members, whoever calls it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from inspect import signature
from typing import Any

import pytest
from flask import Flask

from liveapp.domain.actor import Actor
from liveapp.domain.bookings import links, moves, notes, service, waiving
from liveapp.domain.errors import Forbidden, NotFound
from liveapp.domain.meetings import service as meetings
from liveapp.rules.roles import Role
from liveapp.unit_of_work import transact, transact_in_turn
from tests import cast
from tests.cast import NOW
from tests.security.ledger import everything

LATER = NOW + timedelta(days=10)
VERBS: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "book": (service.book_place, {}),
    "cancel": (service.cancel, {"reason": "x"}),
    "move": (moves.move_place, {}),
    "waive": (waiving.waive, {"reason": "x"}),
    "note": (notes.write_note, {"text": "x"}),
    "link": (links.renew, {}),
    "accept": (meetings.accept, {}),
    "decline": (meetings.decline, {}),
    "propose": (meetings.propose, {"start": LATER}),
    "reschedule": (meetings.reschedule, {"start": LATER}),
}


@pytest.mark.parametrize("name", VERBS)
def test_a_booking_is_its_own_business_s(app: Flask, name: str) -> None:
    """The last one who tries hosts the session, but doesn't work here any more."""
    organization_id, other = cast.organization(), cast.organization("school")
    offering_id, ada = cast.offering(organization_id), cast.staff(organization_id)
    session_id, later = (
        cast.session(organization_id, ada, offering_id, start) for start in (NOW + timedelta(days=3), LATER)
    )
    place = transact_in_turn([session_id], service.book_place, session_id=session_id, person=cast.guest(1), now=NOW)
    strangers = (
        (cast.actor(other, "Cy Other", Role.OWNER), NotFound),
        (cast.actor(organization_id, "Dora Coach", Role.COACH), Forbidden),
        (cast.actor(organization_id, "Ben Okafor", Role.MEMBER), Forbidden),
        (Actor(ada, Role.MEMBER, organization_id), Forbidden),
    )
    verb, said = VERBS[name]
    ids = {"booking_id": place, "session_id": later, "person": cast.guest(2)}
    values = {key: value for key, value in ids.items() if key in signature(verb).parameters} | said
    before = everything()
    for actor, refusal in strangers:
        with pytest.raises(refusal):
            transact(verb, **values, actor=actor, now=NOW)
    assert everything() == before
