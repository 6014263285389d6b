"""State machines: every edge, every missing edge, and who may."""

from pathlib import Path

import pytest

from liveapp.rules.lifecycle import (
    BOOKING,
    MEETING,
    PAYOUT,
    SESSION,
    SUBSCRIPTION,
    ForbiddenTransition,
    Machine,
    diagram,
    edges,
    is_allowed_change,
    may_use,
    meeting_word,
    next_status,
    verbs,
)
from liveapp.rules.payment_states import PAYMENT, REFUND
from liveapp.rules.roles import Role

MACHINES = [SESSION, MEETING, BOOKING, SUBSCRIPTION, PAYOUT, PAYMENT, REFUND]


def all_verbs(machine: Machine) -> set[str]:
    return {edge.verb for edge in machine.edges}


def test_the_sessions_diagram() -> None:
    assert edges(SESSION) == {
        ("draft", "scheduled"),
        ("scheduled", "draft"),
        ("scheduled", "live"),
        ("live", "ended"),
        ("scheduled", "cancelled"),
        ("live", "cancelled"),
    }


def test_a_verb_leads_to_its_state() -> None:
    assert next_status(SESSION, "draft", "publish") == "scheduled"
    assert next_status(SESSION, "live", "cancel") == "cancelled"
    assert next_status(BOOKING, "requested", "accept") == "confirmed"
    assert next_status(BOOKING, "no_show", "attend") == "attended"
    assert next_status(MEETING, "draft", "accept") == "scheduled"
    assert next_status(MEETING, "draft", "cancel") == "cancelled"


@pytest.mark.parametrize(
    ("machine", "status", "verb", "sentence"),
    [
        (SESSION, "cancelled", "publish", "This session is cancelled, so it can't be published."),
        (SESSION, "draft", "cancel", "This session is a draft, so it can't be cancelled."),
        (SESSION, "ended", "start", "This session is over, so it can't be started."),
        (SESSION, "live", "unpublish", "This session is under way, so it can't be unpublished."),
        (BOOKING, "waitlisted", "accept", "This booking is on the waiting list, so it can't be accepted."),
        (BOOKING, "attended", "cancel", "This booking is marked as attended, so it can't be cancelled."),
    ],
)
def test_a_forbidden_verb_says_why(machine: Machine, status: str, verb: str, sentence: str) -> None:
    with pytest.raises(ForbiddenTransition) as refusal:
        next_status(machine, status, verb)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.noun)
def test_every_verb_either_makes_an_edge_or_is_refused(machine: Machine) -> None:
    made = set()
    for status in machine.states:
        for verb in all_verbs(machine):
            try:
                made.add((status, next_status(machine, status, verb)))
            except ForbiddenTransition:
                assert verb not in verbs(machine, status, role=Role.OWNER, is_host=True)
    assert made == edges(machine)
    assert {state for edge in made for state in edge} | set(machine.initial) == set(machine.states)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.noun)
def test_only_money_that_comes_late_leads_out_of_an_end(machine: Machine) -> None:
    ends = {"ended", "cancelled", "expired", "dropped"} | ({"declined"} if machine is BOOKING else set())
    out = {edge.verb for edge in machine.edges if ends & set(edge.sources)}
    assert out == {"booking": {"pay"}, "payment": {"receive"}}.get(machine.noun, set())


def test_allowed_changes_are_the_edges_and_the_beginnings() -> None:
    assert is_allowed_change(BOOKING, None, "requested")
    assert not is_allowed_change(BOOKING, None, "attended")
    assert is_allowed_change(BOOKING, "waitlisted", "confirmed")
    assert not is_allowed_change(BOOKING, "confirmed", "waitlisted")


def test_only_those_who_run_the_schedule_publish_and_cancel() -> None:
    for role in (Role.OWNER, Role.ADMIN):
        assert verbs(SESSION, "draft", role=role) == ("publish",)
        assert verbs(SESSION, "scheduled", role=role) == ("unpublish", "start", "cancel")
        assert verbs(SESSION, "live", role=role) == ("end", "cancel")


def test_a_coach_starts_and_ends_own_sessions_and_no_more() -> None:
    assert verbs(SESSION, "draft", role=Role.COACH, is_host=True) == ()
    assert verbs(SESSION, "scheduled", role=Role.COACH, is_host=True) == ("start",)
    assert verbs(SESSION, "live", role=Role.COACH, is_host=True) == ("end",)
    assert verbs(SESSION, "scheduled", role=Role.COACH) == ()


def test_a_coach_runs_own_meetings() -> None:
    assert verbs(MEETING, "scheduled", role=Role.COACH, is_host=True) == ("start", "cancel")
    assert verbs(MEETING, "scheduled", role=Role.COACH) == ()
    assert verbs(BOOKING, "requested", role=Role.COACH, is_host=True) == ("accept", "decline", "cancel")


@pytest.mark.parametrize("role", [Role.MEMBER, Role.GUEST, None])
def test_others_have_no_buttons_even_where_they_were_host(role: Role | None) -> None:
    for machine in MACHINES:
        for status in machine.states:
            assert verbs(machine, status, role=role, is_host=True) == ()
    assert not may_use(SESSION, "publish", role=role)


def test_whether_a_role_may_use_a_verb_at_all() -> None:
    assert may_use(SESSION, "cancel", role=Role.ADMIN)
    assert not may_use(SESSION, "cancel", role=Role.COACH, is_host=True)
    assert may_use(MEETING, "cancel", role=Role.COACH, is_host=True)
    assert not may_use(BOOKING, "promote", role=Role.OWNER, is_host=True)


def test_meetings_have_their_own_words() -> None:
    assert [meeting_word(state) for state in ("confirmed", "attended", "declined", "expired", "no_show")] == [
        "confirmed",
        "completed",
        "cancelled",
        "cancelled",
        "no_show",
    ]


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.noun)
def test_the_diagram_draws_each_edge_with_who_does_it(machine: Machine) -> None:
    lines = diagram(machine).splitlines()
    assert len(lines) == len(machine.initial) + sum(len(edge.sources) for edge in machine.edges)
    assert lines[0] == f"(new) ──▶ {machine.initial[0]}"
    assert all("()" not in line for line in lines)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: str(machine.noun))
def test_the_page_of_lifecycles_shows_the_tables_as_they_are(machine: Machine) -> None:
    page = Path(__file__).parents[2] / "docs" / "lifecycles.md"
    drawn = page.read_text(encoding="utf-8").split("```text\n")[1:]
    assert diagram(machine) in [each.split("\n```")[0] for each in drawn]


def test_a_line_of_the_diagram() -> None:
    assert "scheduled ──start──▶ live    (owner, admin, host, the clock)" in diagram(SESSION)
    assert "draft ──publish──▶ scheduled    (owner, admin)" in diagram(SESSION)
