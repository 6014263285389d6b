"""State machines: every edge, every missing edge, and who may."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from liveapp.rules.lifecycle import (
    BOOKING,
    MEETING,
    MEMBERSHIP,
    PAYOUT,
    SESSION,
    SUBSCRIPTION,
    Asks,
    ForbiddenTransition,
    Machine,
    Opens,
    Times,
    asks,
    diagram,
    edges,
    is_allowed_change,
    may_use,
    meeting_word,
    next_status,
    open_verbs,
    verbs,
)
from liveapp.rules.payment_states import PAYMENT, REFUND
from liveapp.rules.roles import Role

MACHINES = [SESSION, MEETING, BOOKING, SUBSCRIPTION, MEMBERSHIP, PAYOUT, PAYMENT, REFUND]


def all_verbs(machine: Machine) -> set[str]:
    return {edge.verb for edge in machine.edges}


def test_the_sessions_diagram() -> None:
    assert edges(SESSION) == {
        ("draft", "scheduled"),
        ("scheduled", "draft"),
        ("scheduled", "live"),
        ("live", "scheduled"),
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
    leads_on = {"booking": {"pay"}, "payment": {"receive"}, "membership": {"begin"}}
    assert out == leads_on.get(machine.noun, set())


def test_allowed_changes_are_the_edges_and_the_beginnings() -> None:
    assert is_allowed_change(BOOKING, None, "requested")
    assert not is_allowed_change(BOOKING, None, "attended")
    assert is_allowed_change(BOOKING, "waitlisted", "confirmed")
    assert not is_allowed_change(BOOKING, "confirmed", "waitlisted")


def test_only_those_who_run_the_schedule_publish_and_cancel() -> None:
    for role in (Role.OWNER, Role.ADMIN):
        assert verbs(SESSION, "draft", role=role) == ("publish",)
        assert verbs(SESSION, "scheduled", role=role) == ("unpublish", "start", "cancel")
        assert verbs(SESSION, "live", role=role) == ("take_back", "end", "cancel")


def test_a_coach_starts_and_ends_own_sessions_and_no_more() -> None:
    assert verbs(SESSION, "draft", role=Role.COACH, is_host=True) == ()
    assert verbs(SESSION, "scheduled", role=Role.COACH, is_host=True) == ("start",)
    assert verbs(SESSION, "live", role=Role.COACH, is_host=True) == ("take_back", "end")
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


START = datetime(2026, 3, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(("check_in", "join"), [(30, 5), (5, 30), (0, 0)])
def test_the_window_opens_with_the_earlier_of_check_in_and_joining(check_in: int, join: int) -> None:
    times = Times.of(START, check_in_minutes=check_in, join_minutes=join)
    assert times.window_opens_at == START - timedelta(minutes=max(check_in, join))


@pytest.mark.parametrize(
    ("opens", "seconds", "is_open"),
    [
        (Opens.AT_ANY_TIME, -99999, True),
        (Opens.BEFORE_START, -1, True),
        (Opens.BEFORE_START, 0, False),
        (Opens.FROM_WINDOW, -1801, False),
        (Opens.FROM_WINDOW, -1800, True),
        (Opens.FROM_START, -1, False),
        (Opens.FROM_START, 0, True),
    ],
)
def test_when_a_verb_opens_to_the_second(opens: Opens, seconds: int, is_open: bool) -> None:
    edge = replace(SESSION.edges[0], opens=opens)
    times = Times.of(START, check_in_minutes=30, join_minutes=5)
    assert edge.is_open(times, START + timedelta(seconds=seconds)) is is_open


def test_buttons_are_those_whose_time_is_now() -> None:
    def buttons(status: str, minutes: int) -> tuple[str, ...]:
        times = Times.of(START, check_in_minutes=30, join_minutes=5)
        return open_verbs(SESSION, status, role=Role.OWNER, times=times, now=START + timedelta(minutes=minutes))

    assert buttons("scheduled", -31) == ("unpublish", "cancel")
    assert buttons("scheduled", -30) == ("unpublish", "start", "cancel")
    assert buttons("live", -1) == ("take_back", "end", "cancel")
    assert buttons("live", 0) == ("end", "cancel")


def test_what_takes_from_people_asks_where_there_are_some() -> None:
    assert not asks(SESSION, "scheduled", "start", people=0)
    assert asks(SESSION, "scheduled", "start", people=1)
    assert asks(SESSION, "live", "end", people=0)
    with pytest.raises(ForbiddenTransition):
        asks(SESSION, "ended", "start", people=0)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: str(machine.noun))
def test_what_leads_to_an_end_by_hand_asks(machine: Machine) -> None:
    """A payout that is taken back is owed as before: nothing is lost by it."""
    leads_out = {state for edge in machine.edges for state in edge.sources}
    last = set(machine.states) - leads_out | {"ended", "cancelled", "declined", "dropped"}
    by_hand = [edge for edge in machine.edges if edge.right and edge.target in last and edge.verb != "withdraw"]
    assert [edge.verb for edge in by_hand if edge.asks is not Asks.ALWAYS] == []


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
    how = "from the window on; asks where people lose something"
    assert f"scheduled ──start──▶ live    (owner, admin, host, the clock; {how})" in diagram(SESSION)
    assert "draft ──publish──▶ scheduled    (owner, admin; before the start)" in diagram(SESSION)
