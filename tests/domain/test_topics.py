"""Topics that people suggest: grouped and settled by who runs the session, before its deadline. On both databases."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from liveapp.db import db
from liveapp.domain.actor import Actor
from liveapp.domain.bookings import topics
from liveapp.domain.bookings.errors import TopicIsFixed, TopicIsLate
from liveapp.domain.bookings.places import Wish
from liveapp.domain.catalogue.models import Offering
from liveapp.domain.errors import Forbidden, Invalid, NotFound
from liveapp.domain.notifications.models import Notification
from liveapp.rules.roles import Role
from liveapp.unit_of_work import transact
from tests import cast
from tests.cast import NOW
from tests.domain.test_booking_desk import CLASS, Desk, _set, book, desk
from tests.domain.test_roster import entries

__all__ = ["desk"]

DAY = timedelta(days=1)


def flexible(desk: Desk, **values: Any) -> uuid.UUID:
    """A class for which people suggest topics, settled by a day before."""
    transact(_set, Offering, desk.offering_id, {"topic_type": "flexible"})
    return desk.session(CLASS, **{"plan_only": False} | values)


def suggest(session_id: uuid.UUID, number: int, words: str) -> uuid.UUID:
    return book(session_id, cast.guest(number), NOW + timedelta(seconds=number), wish=Wish(suggested_topic=words))


def suggested(session_id: uuid.UUID) -> list[tuple[str, int]]:
    db.session.rollback()
    return [(topic.words, len(topic.keys)) for topic in topics.suggested(session_id=session_id)]


def group(session_id: uuid.UUID, actor: Actor, *booking_ids: uuid.UUID, name: str) -> int:
    return transact(topics.group, session_id=session_id, actor=actor, now=NOW, booking_ids=booking_ids, name=name)


def settle(session_id: uuid.UUID, actor: Actor, topic: str = "Fractions", now: Any = NOW) -> int:
    return transact(topics.settle, session_id=session_id, actor=actor, now=now, topic=topic)


def mails() -> list[uuid.UUID | None]:
    """Whose bookings were told of the topic."""
    db.session.rollback()
    return list(db.session.execute(select(Notification.booking_id).where(Notification.kind == "topic_final")).scalars())


def test_groups_are_made_of_all_who_said_it_and_taken_apart_again(desk: Desk) -> None:
    session_id = flexible(desk)
    first = suggest(session_id, 1, "Adding halves")
    suggest(session_id, 2, "adding  halves")
    third = suggest(session_id, 3, "Thirds")
    suggest(session_id, 4, "Equations")
    assert suggested(session_id) == [("Adding halves", 2), ("Thirds", 1), ("Equations", 1)]
    assert group(session_id, desk.owner, first, third, name="  Fractions ") == 3
    assert suggested(session_id) == [("Fractions", 3), ("Equations", 1)]
    assert entries(first)[-1] == ("group_topic", {"topic_group": ""}, {"topic_group": "Fractions"})
    suggest(session_id, 5, "fractions")
    assert suggested(session_id)[0] == ("Fractions", 4)
    group(session_id, desk.owner, third, name="")
    assert suggested(session_id) == [("Adding halves", 2), ("Thirds", 1), ("Equations", 1), ("fractions", 1)]


def test_bookings_of_another_session_are_not_grouped(desk: Desk) -> None:
    session_id = flexible(desk)
    suggest(session_id, 1, "Halves")
    elsewhere = suggest(desk.session(plan_only=False), 2, "Halves")
    with pytest.raises(Invalid):
        group(session_id, desk.owner, elsewhere, name="Fractions")
    with pytest.raises(Invalid):
        group(session_id, desk.owner, name="Fractions")
    assert cast.booking_row(elsewhere).topic_group == ""


def test_settling_tells_everybody_booked_once(desk: Desk) -> None:
    session_id = flexible(desk, max_participants=2)
    told = {suggest(session_id, 1, "Halves"), suggest(session_id, 2, "Thirds")}
    waits = suggest(session_id, 3, "Equations")
    assert suggested(session_id)[-1] == ("Equations", 1)
    revision = cast.session_row(session_id).revision
    assert settle(session_id, desk.owner, " Fractions  and more ") == 2
    assert settle(session_id, desk.owner, "Fractions and more") == 0
    assert set(mails()) == told
    assert waits not in mails()
    row = cast.session_row(session_id)
    assert (row.topic, row.topic_final_at, row.revision) == ("Fractions and more", NOW, revision + 1)
    assert entries(session_id)[-1][0] == "settle_topic"
    assert settle(session_id, desk.owner, "Equations") == 2


@pytest.mark.parametrize("late", [False, True])
def test_the_deadline_is_to_the_second(desk: Desk, late: bool) -> None:
    session_id = flexible(desk)
    suggest(session_id, 1, "Halves")
    now = CLASS - DAY + timedelta(seconds=late)
    if not late:
        assert settle(session_id, desk.owner, now=now) == 1
        return
    with pytest.raises(TopicIsLate, match="could be settled until Wed 4 March, 10:00, 24 hours before the start"):
        settle(session_id, desk.owner, now=now)
    assert (cast.session_row(session_id).topic, mails()) == ("", [])


def test_one_that_has_begun_keeps_its_topic(desk: Desk) -> None:
    session_id = flexible(desk, status="live", started_at=NOW)
    with pytest.raises(TopicIsLate, match="has begun"):
        settle(session_id, desk.owner)


def test_words_are_needed_and_only_flexible_classes_have_topics(desk: Desk) -> None:
    session_id = flexible(desk)
    with pytest.raises(Invalid):
        settle(session_id, desk.owner, "   ")
    transact(_set, Offering, desk.offering_id, {"topic_type": "fixed"})
    with pytest.raises(TopicIsFixed):
        settle(session_id, desk.owner)


def test_the_host_may_and_other_coaches_and_strangers_may_not(desk: Desk) -> None:
    session_id = flexible(desk)
    booked = suggest(session_id, 1, "Halves")
    host = Actor(cast.session_row(session_id).host_id, Role.COACH, desk.organization_id)
    coach = cast.actor(desk.organization_id, "Cleo Coach", Role.COACH)
    stranger = cast.actor(cast.organization("school"), "Cy Other", Role.OWNER)
    for actor, refusal in ((coach, Forbidden), (stranger, NotFound)):
        with pytest.raises(refusal):
            settle(session_id, actor)
        with pytest.raises(refusal):
            group(session_id, actor, booked, name="X")
    assert settle(session_id, host) == 1


def test_people_are_asked_until_it_is_settled_or_late(desk: Desk) -> None:
    from liveapp.domain.live_sessions import queries

    session_id = flexible(desk)

    def is_asked(now: Any = NOW) -> bool:
        db.session.rollback()
        return topics.is_asked_for(queries.session(session_id=session_id), now)

    assert is_asked(CLASS - DAY)
    assert not is_asked(CLASS - DAY + timedelta(seconds=1))
    settle(session_id, desk.owner)
    assert not is_asked()


def test_a_settled_topic_is_in_the_mail_of_who_books_after(desk: Desk) -> None:
    session_id = flexible(desk)
    settle(session_id, desk.owner, "Fractions")
    transact(lambda: db.session.execute(update(Offering).values(topic_deadline_hours=0)))
    assert settle(session_id, desk.owner, "Halves", now=CLASS) == 0
    assert cast.session_row(session_id).topic == "Halves"
