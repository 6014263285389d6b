"""The lives of sessions, bookings and payouts as tables: from where each verb leads where, and who may use it.

They also say when a verb opens, and whether people are asked once more before it is done.

Buttons, checks, database constraints and the diagrams in docs are all made from these tables.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from liveapp.rules.roles import Right, Role, may


class SessionStatus(StrEnum):
    """The states of a session."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    LIVE = "live"
    ENDED = "ended"
    CANCELLED = "cancelled"


class BookingStatus(StrEnum):
    """The states of a booking."""

    REQUESTED = "requested"
    HELD = "held"
    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"
    ATTENDED = "attended"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    EXPIRED = "expired"


class SubscriptionStatus(StrEnum):
    """The states of a person's subscription to a plan."""

    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class MembershipStatus(StrEnum):
    """Whether somebody belongs to an organization."""

    PRESENT = "present"
    ENDED = "ended"


class PayoutStatus(StrEnum):
    """The states of a payout: to be sent, asked for, arrived, or owed again."""

    PENDING = "pending"
    PROCESSING = "processing"
    PAID = "paid"
    FAILED = "failed"


HOLDING = (
    BookingStatus.REQUESTED,
    BookingStatus.HELD,
    BookingStatus.CONFIRMED,
    BookingStatus.ATTENDED,
    BookingStatus.NO_SHOW,
)
"""The bookings that hold a place; a held one while it is being paid for."""


class ForbiddenTransition(ValueError):
    """A verb that the table doesn't allow from this state; the text says so to people."""


class Opens(StrEnum):
    """When people can use a verb, by the times of the session that it is about. The clock has a time of its own."""

    AT_ANY_TIME = "at any time"
    BEFORE_START = "before the start"
    FROM_WINDOW = "from the window on"
    FROM_START = "from the start on"


class Asks(StrEnum):
    """Whether somebody who uses a verb is asked once more, on a page that says what it does, with the numbers.

    A verb that takes something from people asks where there are some; what can't be taken back asks always.
    """

    NOTHING = "asks nothing"
    WHERE_PEOPLE_LOSE = "asks where people lose something"
    ALWAYS = "asks"


@dataclass(frozen=True, slots=True)
class Times:
    """When the session of a verb starts, and when its window opens: the earlier of check-in and joining."""

    starts_at: datetime
    window_opens_at: datetime

    @classmethod
    def of(cls, starts_at: datetime, *, check_in_minutes: int, join_minutes: int) -> "Times":
        """From the start, and how many minutes before it people can check in and join."""
        return cls(starts_at, starts_at - timedelta(minutes=max(check_in_minutes, join_minutes)))


@dataclass(frozen=True, slots=True)
class Edge:
    """One verb of a machine: the states it leads from, the one it leads to, who may use it, when, and what it asks.

    `right`: held by whoever runs the schedule; None: nobody has it by role. `host`: the host of the session may too;
    `holder`: so may the person whose booking it is; `clock`: it also happens by itself when its time has come.
    `participle` makes the sentence of a refusal. `opens` and `asks` bind people, never the clock.
    """

    verb: str
    sources: tuple[str, ...]
    target: str
    participle: str
    right: Right | None = None
    host: bool = False
    holder: bool = False
    clock: bool = False
    opens: Opens = Opens.AT_ANY_TIME
    asks: Asks = Asks.NOTHING

    def is_open(self, times: Times, now: datetime) -> bool:
        """Whether now is the time for it."""
        return {
            Opens.AT_ANY_TIME: True,
            Opens.BEFORE_START: now < times.starts_at,
            Opens.FROM_WINDOW: now >= times.window_opens_at,
            Opens.FROM_START: now >= times.starts_at,
        }[self.opens]


@dataclass(frozen=True, slots=True)
class Machine:
    """A kind of thing with states: the noun for it, all states (the first ones it can begin in), and its edges."""

    noun: str
    states: tuple[str, ...]
    initial: tuple[str, ...]
    edges: tuple[Edge, ...]


SESSION = Machine(
    noun="session",
    states=tuple(SessionStatus),
    initial=("draft", "scheduled"),
    edges=(
        Edge("publish", ("draft",), "scheduled", "published", Right.PUBLISH, opens=Opens.BEFORE_START),
        Edge("unpublish", ("scheduled",), "draft", "unpublished", Right.PUBLISH),
        Edge(
            "start", ("scheduled",), "live", "started", Right.EDIT_ANY_SESSION,
            host=True, clock=True, opens=Opens.FROM_WINDOW, asks=Asks.WHERE_PEOPLE_LOSE,
        ),
        Edge(
            "take_back", ("live",), "scheduled", "taken back", Right.EDIT_ANY_SESSION,
            host=True, opens=Opens.BEFORE_START,
        ),
        Edge("end", ("live",), "ended", "ended", Right.EDIT_ANY_SESSION, host=True, clock=True, asks=Asks.ALWAYS),
        Edge("cancel", ("scheduled", "live"), "cancelled", "cancelled", Right.CANCEL_SESSION, asks=Asks.ALWAYS),
    ),
)  # fmt: skip
"""Unpublishing asks nothing: it is refused while there is anybody who would lose something."""

MEETING = Machine(
    noun="meeting",
    states=SESSION.states,
    initial=("draft", "scheduled"),
    edges=(
        Edge(
            "accept", ("draft",), "scheduled", "accepted", Right.ANSWER_ANY_MEETING,
            host=True, opens=Opens.BEFORE_START,
        ),
        Edge(
            "start", ("scheduled",), "live", "started", Right.ANSWER_ANY_MEETING,
            host=True, clock=True, opens=Opens.FROM_WINDOW, asks=Asks.WHERE_PEOPLE_LOSE,
        ),
        Edge(
            "take_back", ("live",), "scheduled", "taken back", Right.ANSWER_ANY_MEETING,
            host=True, opens=Opens.BEFORE_START,
        ),
        Edge("end", ("live",), "ended", "ended", Right.ANSWER_ANY_MEETING, host=True, clock=True, asks=Asks.ALWAYS),
        Edge(
            "cancel", ("draft", "scheduled", "live"), "cancelled", "cancelled",
            Right.ANSWER_ANY_MEETING, host=True, holder=True, clock=True, asks=Asks.ALWAYS,
        ),
    ),
)  # fmt: skip
"""A meeting is a session that a booking brings to life: a pending request's is a draft until the host accepts,
and it is cancelled with its booking, be that declined, expired or cancelled."""

BOOKING = Machine(
    noun="booking",
    states=tuple(BookingStatus),
    initial=("requested", "held", "confirmed", "waitlisted"),
    edges=(
        Edge(
            "accept", ("requested",), "confirmed", "accepted", Right.ANSWER_ANY_MEETING,
            host=True, opens=Opens.BEFORE_START,
        ),
        Edge(
            "decline", ("requested",), "declined", "declined", Right.ANSWER_ANY_MEETING,
            host=True, asks=Asks.ALWAYS,
        ),
        Edge("promote", ("waitlisted",), "confirmed", "given a place", clock=True),
        Edge("take", ("waitlisted",), "confirmed", "given a place", holder=True, opens=Opens.BEFORE_START),
        Edge("hold", ("requested", "waitlisted"), "held", "held for payment", holder=True, clock=True),
        Edge("pay", ("held", "expired"), "confirmed", "paid for", holder=True, clock=True),
        Edge(
            "pay_at_desk", ("held",), "confirmed", "paid for at the desk",
            Right.ANSWER_ANY_MEETING, host=True,
        ),
        Edge("expire", ("requested", "held", "waitlisted"), "expired", "ended for want of an answer", clock=True),
        Edge(
            "cancel", ("requested", "held", "waitlisted", "confirmed"), "cancelled", "cancelled",
            Right.ANSWER_ANY_MEETING, host=True, holder=True, asks=Asks.ALWAYS,
        ),
        Edge(
            "attend", ("confirmed", "no_show"), "attended", "marked as attended",
            Right.EDIT_ANY_SESSION, host=True, clock=True, opens=Opens.FROM_START,
        ),
        Edge(
            "mark_no_show", ("confirmed", "attended"), "no_show", "marked as a no-show",
            Right.EDIT_ANY_SESSION, host=True, clock=True, opens=Opens.FROM_START, asks=Asks.ALWAYS,
        ),
    ),
)  # fmt: skip
"""Accepting and taking give people what they asked for; attending can be corrected: these ask nothing."""

SUBSCRIPTION = Machine(
    noun="subscription",
    states=tuple(SubscriptionStatus),
    initial=("active",),
    edges=(
        Edge("pause", ("active",), "paused", "paused", Right.MANAGE_PEOPLE, clock=True, asks=Asks.ALWAYS),
        Edge("resume", ("paused",), "active", "resumed", Right.MANAGE_PEOPLE, clock=True),
        Edge(
            "end", ("active", "paused"), "ended", "ended", Right.MANAGE_PEOPLE,
            holder=True, clock=True, asks=Asks.ALWAYS,
        ),
    ),
)  # fmt: skip
MEMBERSHIP = Machine(
    noun="membership",
    states=tuple(MembershipStatus),
    initial=("present",),
    edges=(
        Edge("end", ("present",), "ended", "ended", Right.MANAGE_PEOPLE, asks=Asks.ALWAYS),
        Edge("begin", ("ended",), "present", "begun", clock=True),
    ),
)
"""Somebody who ended belongs again when they accept an invitation, or are given a plan."""

PAYOUT = Machine(
    noun="payout",
    states=tuple(PayoutStatus),
    initial=("pending", "paid"),
    edges=(
        Edge("send", ("pending",), "processing", "sent", clock=True),
        Edge("wait", ("processing",), "pending", "put off", clock=True),
        Edge("pay", ("pending", "processing"), "paid", "paid", clock=True),
        Edge("fail", ("pending", "processing"), "failed", "given up", clock=True),
        Edge("withdraw", ("pending",), "failed", "taken back", Right.MANAGE_MONEY),
        Edge("reverse", ("paid",), "failed", "reversed", clock=True),
    ),
)

_STATE_WORDS = {
    "draft": "a draft",
    "live": "under way",
    "ended": "over",
    "waitlisted": "on the waiting list",
    "requested": "waiting for the host's answer",
    "held": "waiting for its payment",
    "attended": "marked as attended",
    "no_show": "marked as a no-show",
}
_MEETING_WORDS = {
    "attended": "completed",
    "declined": "cancelled",
    "expired": "cancelled",
}


def next_status(machine: Machine, status: str, verb: str) -> str:
    """The state that a verb leads to. Raises ForbiddenTransition with a sentence where the table has no such edge."""
    return edge_of(machine, status, verb).target


def verbs(machine: Machine, status: str, *, role: Role | None, is_host: bool = False) -> tuple[str, ...]:
    """The verbs that a staff member may use on a thing in this state, in the table's order."""
    return tuple(
        edge.verb for edge in machine.edges if status in edge.sources and _is_allowed(edge, role=role, is_host=is_host)
    )


def open_verbs(
    machine: Machine, status: str, *, role: Role | None, is_host: bool = False, times: Times, now: datetime
) -> tuple[str, ...]:
    """Those of `verbs` for which now is the time: the buttons to draw."""
    allowed = verbs(machine, status, role=role, is_host=is_host)
    return tuple(verb for verb in allowed if edge_of(machine, status, verb).is_open(times, now))


def edge_of(machine: Machine, status: str, verb: str) -> Edge:
    """The row of the table. Raises ForbiddenTransition with a sentence where it has no such edge."""
    edge = _edge(machine, status, verb)
    if edge is None:
        raise ForbiddenTransition(_refusal(machine, status, verb))
    return edge


def asks(machine: Machine, status: str, verb: str, *, people: int) -> bool:
    """Whether somebody is asked once more before the verb is done, which takes something from so many people."""
    edge = edge_of(machine, status, verb)
    return edge.asks is Asks.ALWAYS or (edge.asks is Asks.WHERE_PEOPLE_LOSE and people > 0)


def may_use(machine: Machine, verb: str, *, role: Role | None, is_host: bool = False) -> bool:
    """Whether a staff member may use the verb at all, whatever state the thing is in."""
    return any(edge.verb == verb and _is_allowed(edge, role=role, is_host=is_host) for edge in machine.edges)


def edges(machine: Machine) -> frozenset[tuple[str, str]]:
    """Every change of state that some verb makes, as (from, to)."""
    return frozenset((source, edge.target) for edge in machine.edges for source in edge.sources)


def is_allowed_change(machine: Machine, before: str | None, after: str) -> bool:
    """Whether some verb leads from one state to the other (`before` None: the thing is made)."""
    return after in machine.initial if before is None else (before, after) in edges(machine)


def meeting_word(status: str) -> str:
    """A meeting booking's state in the words of meetings: confirmed, cancelled, completed, no_show, requested."""
    return _MEETING_WORDS.get(status, status)


def diagram(machine: Machine) -> str:
    """The machine as lines of text for docs: from ──verb──▶ to, who does it, when it opens and what it asks."""
    lines = [f"(new) ──▶ {state}" for state in machine.initial]
    for edge in machine.edges:
        lines += [f"{source} ──{edge.verb}──▶ {edge.target}    ({_who(edge)}{_how(edge)})" for source in edge.sources]
    return "\n".join(lines)


def _edge(machine: Machine, status: str, verb: str) -> Edge | None:
    return next((edge for edge in machine.edges if edge.verb == verb and status in edge.sources), None)


def _is_allowed(edge: Edge, *, role: Role | None, is_host: bool) -> bool:
    is_staff_host = is_host and may(role, Right.ANSWER_MEETINGS)
    return (edge.right is not None and may(role, edge.right)) or (edge.host and is_staff_host)


def _refusal(machine: Machine, status: str, verb: str) -> str:
    participle = next((edge.participle for edge in machine.edges if edge.verb == verb), verb)
    state = _STATE_WORDS.get(status, status)
    return f"This {machine.noun} is {state}, so it can't be {participle}."


def _who(edge: Edge) -> str:
    by_role = [role.value for role in Role if edge.right is not None and may(role, edge.right)]
    others = [("host", edge.host), ("its holder", edge.holder), ("the clock", edge.clock)]
    return ", ".join(by_role + [name for name, does in others if does])


def _how(edge: Edge) -> str:
    """When it opens and what it asks, where that is anything."""
    opens = "" if edge.opens is Opens.AT_ANY_TIME else f"; {edge.opens}"
    return opens + ("" if edge.asks is Asks.NOTHING else f"; {edge.asks}")
