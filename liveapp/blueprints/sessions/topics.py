"""What people would like a session to be about: the host groups what they suggest, and settles the topic."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from liveapp.blueprints.sessions import blueprint
from liveapp.blueprints.sessions.desk import Desk, opened
from liveapp.domain.bookings import access, topics
from liveapp.domain.bookings import queries as bookings
from liveapp.domain.bookings.errors import TopicIsFixed, TopicIsLate
from liveapp.domain.errors import Invalid
from liveapp.forms.topics import GroupForm, SettleForm
from liveapp.rules.topics import deadline
from liveapp.rules.wording import counted
from liveapp.unit_of_work import transact_in_turn
from liveapp.web import clock
from liveapp.web.htmx import go, invalid, page


@blueprint.route("/<uuid:session_id>/topics", methods=["GET", "POST"])
def settle_topic(session_id: uuid.UUID) -> AnyResponse:
    """What people suggest, and the topic that it is settled to be."""
    desk = _flexible(session_id)
    if request.method == "GET":
        return page("sessions/topics.html", **_context(desk))
    form = SettleForm()
    if not form.validate():
        return invalid("sessions/topics.html", **_context(desk, settle_form=form))
    about: dict[str, Any] = {"session_id": session_id, "actor": desk.actor, "now": clock.now()}
    try:
        told = transact_in_turn([session_id], topics.settle, topic=form.topic.data, **about)
    except (Invalid, TopicIsLate) as refusal:
        form.refuse(refusal)
        return invalid("sessions/topics.html", **_context(desk, settle_form=form))
    people = f" {counted(told, 'person is', 'people are')} told by mail." if told else ""
    flash(f"The topic is settled.{people}", "success")
    return go(url_for("sessions.detail", session_id=session_id))


@blueprint.post("/<uuid:session_id>/topics/group")
def group_topics(session_id: uuid.UUID) -> AnyResponse:
    """Puts suggestions together under one name, or takes them apart."""
    desk, form = _flexible(session_id), GroupForm()
    form.offer(topics.suggested(session_id=session_id))
    form.is_apart = "apart" in request.form
    if "use" in request.form:
        return page("sessions/topics.html", **_context(desk, group_form=form))
    if not form.validate():
        return invalid("sessions/topics.html", **_context(desk, group_form=form))
    about: dict[str, Any] = {"session_id": session_id, "actor": desk.actor, "now": clock.now()}
    chosen = form.chosen.data
    try:
        people = transact_in_turn([session_id], topics.group, booking_ids=chosen, name=form.name_of_group, **about)
    except Invalid as refusal:
        form.refuse(refusal)
        return invalid("sessions/topics.html", **_context(desk, group_form=form))
    flash("Taken apart." if form.is_apart else f"Put together: {counted(people, 'person', 'people')}.", "success")
    return go(url_for("sessions.settle_topic", session_id=session_id))


def _flexible(session_id: uuid.UUID) -> Desk:
    """A session that people suggest topics for, for who runs it. Raises Forbidden, TopicIsFixed."""
    desk = opened(session_id)
    access.check_runs_roster(desk.session, desk.actor)
    if not topics.takes_suggestions(desk.session):
        raise TopicIsFixed()
    return desk


def _context(
    desk: Desk, *, group_form: GroupForm | None = None, settle_form: SettleForm | None = None
) -> dict[str, Any]:
    session = desk.session
    found = topics.suggested(session_id=session.id)
    people = {row.id: row.name for row in bookings.roster(session_id=session.id)}
    wished = request.form.get("use") or session.topic or (found[0].words if found else "")
    settle_form = settle_form or SettleForm(formdata=None, data={"topic": wished[: topics.LONGEST_TOPIC]})
    return {
        "session": session,
        "topics": [(topic, [people[key] for key in topic.keys]) for topic in found],
        "group_form": group_form or GroupForm(formdata=None),
        "settle_form": settle_form,
        "until": deadline(session.scheduled_at, session.topic_deadline_hours),
        "late": topics.why_late(session, clock.now()),
    }
