"""The audit log as sentences for people: what was done, said the same on a session's page and in the log.

A new kind of thing is one more entry of `KINDS`; what no table knows is said in the words of the entry itself.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from liveapp.db import AnyRow
from liveapp.domain.live_sessions.details import WORDS
from liveapp.web.changes import changed_words

BY_ITSELF = "Automatically"
SOMEBODY = {"system": BY_ITSELF, "person": "A guest"}
"""Who did it, where nobody's name is known."""
CHANGES = ("edit", "change")
"""Actions whose sentence names what changed."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing: what one is called, what many are, and what was done to it, by action."""

    noun: str
    plural: str
    deeds: Mapping[str, str] = field(default_factory=dict)


SESSION_WORDS = {
    "create": "made the session",
    "edit": "changed it",
    "publish": "published it",
    "unpublish": "took it back to a draft",
    "start": "started it",
    "take_back": "took the start back",
    "end": "ended it",
    "cancel": "cancelled it",
    "delete": "deleted it",
    "settle_topic": "settled the topic",
    "set_workouts": "changed what is done in it",
    "join": "came to it",
    "open": "let people in early",
    "refuse_tap": "was refused a check-in that was sent late",
    "detach": "left it as it was when its series changed",
}
CATALOGUE_WORDS = {"add": "added it", "change": "changed it", "archive": "archived it", "restore": "brought it back"}
DISPLAY_WORDS = {
    "add": "opened the screen",
    "revoke": "switched the screen off",
    "take_over": "took the screen over",
}
STAFF_WORDS = {
    "book": "booked for",
    "overbook": "booked beyond the places for",
    "cancel": "cancelled the booking of",
    "reschedule": "moved the booking of",
    "accept": "accepted the request of",
    "decline": "declined the request of",
    "propose": "proposed another time to",
    "renew_link": "sent a new link to",
    "promote": "gave a place to",
    "offer": "offered a place to",
    "pass_over": "passed over",
    "expire": "ended the wait of",
    "hold": "held the place for",
    "pay": "confirmed, as it was paid for, the booking of",
    "note": "wrote a note about",
    "group_topic": "grouped the topic of",
    "waive": "forgave the loss of",
    "join": "came to the meeting with",
    "mark_no_show": "noted that they didn't come:",
    "check_in": "checked in",
    "undo_check_in": "took back the check-in of",
    "check_out": "checked out",
    "complete": "wrote down the address of",
    "refuse_tap": "was refused a tap at the desk, sent late, for",
    "excuse": "excused",
    "attend": "noted the attendance of",
    "miss": "noted the absence of",
    "correct_attendance": "corrected the attendance of",
}
"""What the business, or the clock, did with somebody's booking, before their name."""
HOLDER_WORDS = {
    "book": "booked",
    "cancel": "cancelled the booking",
    "reschedule": "moved the booking",
    "accept": "took the time that was proposed",
    "take": "took the place that was offered",
    "hold": "went on to pay",
    "pay": "paid for the place",
    "decline": "declined what was offered",
    "check_in": "checked in",
    "check_out": "checked out",
}
"""What who holds a booking did with it."""
KINDS: dict[str, Kind] = {
    "session": Kind("Session", "Sessions", SESSION_WORDS),
    "meeting": Kind(
        "Meeting",
        "Meetings",
        {
            "start": "started it",
            "end": "ended it",
            "delete": "deleted it",
            "settle_topic": "settled the topic",
            "join": "came to it",
            "open": "let people in early",
        },
    ),
    "booking": Kind(
        "Booking", "Bookings", {**HOLDER_WORDS, **{name: f"{words} somebody" for name, words in STAFF_WORDS.items()}}
    ),
    "series": Kind(
        "Series",
        "Series",
        {
            "create": "made the series",
            "edit": "changed it",
            "publish": "published its drafts",
            "extend": "made its next dates",
            "end": "ended it",
        },
    ),
    "availability": Kind(
        "Hours",
        "Hours",
        {
            "set_hours": "changed the weekly hours",
            "turn_on_hours": "turned weekly hours on",
            "turn_off_hours": "turned weekly hours off",
            "set_booking_rules": "changed the booking rules",
            "add_exception": "added days that differ",
            "remove_exception": "removed days that differ",
            "add_journey": "added a journey",
            "remove_journey": "removed a journey",
        },
    ),
    "offering": Kind("Offering", "Offerings", CATALOGUE_WORDS | {"share": "changed the host’s share of what is paid"}),
    "program": Kind("Program", "Programs", CATALOGUE_WORDS | {"set_workouts": "changed what is done on a day"}),
    "workout": Kind("Workout", "Workouts", CATALOGUE_WORDS | {"add": "wrote it"}),
    "location": Kind("Location", "Locations", CATALOGUE_WORDS),
    "plan": Kind("Plan", "Plans", CATALOGUE_WORDS | {"cover": "changed which programs it covers"}),
    "subscription": Kind(
        "Plan held",
        "Plans held",
        {
            "add": "gave the plan",
            "buy": "bought the plan",
            "pause": "paused the plan",
            "resume": "took the plan up again",
            "end": "ended the plan",
            "renew": "renewed the plan for another period, which is paid",
            "rest": "let the plan rest until its renewal is paid",
            "dispute": "heard from the bank about a payment for the plan",
            "stop_renewing": "ended the renewal",
            "renew_again": "took back that the renewal ends",
            "credits.adjust": "corrected the credits",
        },
    ),
    "batch": Kind(
        "Bulk change",
        "Bulk changes",
        {
            "publish": "published many sessions",
            "unpublish": "took many sessions back",
            "host": "handed many sessions over",
            "move": "moved many sessions",
            "cancel": "cancelled many sessions",
            "delete": "deleted many sessions",
        },
    ),
    "payment": Kind(
        "Payment",
        "Payments",
        {
            "receive": "received the money",
            "schedule": "asked for the next period",
            "take": "recorded that it was paid at the desk",
            "hand_back": "recorded that money was handed back at the desk",
            "drop": "closed the payment, which nobody made",
            "refund": "sent money back",
            "refunded": "saw that the money went back",
            "refund_failed": "heard that the money didn't go back",
            "refund_elsewhere": "heard that money went back in the card provider's own console, or by a dispute",
            "dispute": "heard that the payer asked their bank for the money",
            "dispute_closed": "heard how the payer's bank decided",
        },
    ),
    "payout": Kind(
        "Payout",
        "Payouts",
        {
            "make": "made the payout",
            "pay_by_hand": "marked it as paid by hand",
            "wait": "put it off, as the money isn't available yet",
            "pay": "saw that it arrived",
            "withdraw": "took it back before it was sent",
            "fail": "heard that it failed",
            "reverse": "saw that money came back",
        },
    ),
    "payout_account": Kind(
        "Account for payouts",
        "Accounts for payouts",
        {
            "begin": "began to set up payouts",
            "open": "heard that payouts can be sent there",
            "close": "heard that payouts can't be sent there any more",
            "name_bank": "named the bank account that payouts go to",
            "change_bank": "changed the bank account that payouts go to",
            "refuse_by_bank": "heard that the bank refused the money",
        },
    ),
    "video_connection": Kind(
        "Account for video",
        "Accounts for video",
        {
            "connect": "connected the account",
            "disconnect": "disconnected the account",
            "lose": "heard that its owner has to sign in again",
        },
    ),
    "display": Kind("Display", "Displays", DISPLAY_WORDS),
    "closure": Kind("Closure", "Closures", {"create": "closed these days", "delete": "opened the days again"}),
    "membership": Kind(
        "Person",
        "People",
        {
            "begin": "began the membership",
            "change_role": "changed the role",
            "share": "changed their share of what is paid for their sessions",
            "end": "ended the membership",
        },
    ),
    "invitation": Kind(
        "Invitation",
        "Invitations",
        {
            "send": "sent the invitation",
            "resend": "sent the invitation again",
            "accept": "accepted the invitation",
            "revoke": "revoked the invitation",
            "expire": "ended the invitation, whose time was over",
        },
    ),
    "organization": Kind("Organization", "Organization", {"found": "founded it", "change": "changed its settings"}),
}
"""Every kind of thing that the log speaks of, in the order in which people look for them."""


@dataclass(frozen=True, slots=True)
class Event:
    """One line: when, who ("Automatically" where the clock did it), and what."""

    at: datetime
    who: str
    words: str


def in_words(entries: Sequence[AnyRow], people: Sequence[AnyRow], staff: Sequence[AnyRow]) -> list[Event]:
    """A session's and its bookings' entries; `people` are rows of the roster, `staff` those who work there."""
    holders: dict[uuid.UUID, str] = {row.id: row.name for row in people}
    workers: dict[uuid.UUID | None, str] = {row.user_id: row.name for row in staff}
    return [
        Event(entry.at, who(entry, workers, holder), deed(entry, holder))
        for entry in entries
        for holder in (holders.get(entry.object_id, ""),)
    ]


def who(entry: AnyRow, people: Mapping[uuid.UUID | None, str], holder: str) -> str:
    """Who did it. `people`: names by id; `holder`: the name on the booking that the entry is about, where it is."""
    if entry.actor_kind == "person" and holder:
        return holder
    return people.get(entry.actor_id) or SOMEBODY.get(entry.actor_kind, "Somebody who worked here")


def deed(entry: AnyRow, holder: str = "") -> str:
    """What was done, to stand behind who did it: "cancelled it (“ill”)"."""
    return f"{_of_booking(entry, holder) if entry.object_type == 'booking' else _of_thing(entry)}{_reason(entry.after)}"


def deeds() -> dict[str, dict[str, str]]:
    """Everything that can be looked for, in groups: by type ("offering"), and by type and action ("offering:add")."""
    return {
        kind.plural: {name: f"Anything about {kind.plural.lower()}"}
        | {f"{name}:{action}": words[0].upper() + words[1:] for action, words in kind.deeds.items()}
        for name, kind in KINDS.items()
    }


def action_of(entry: AnyRow) -> str:
    """The entry's action without the name of the thing: offering.add is add."""
    return str(entry.action).removeprefix(f"{entry.object_type}.")


def _of_booking(entry: AnyRow, holder: str) -> str:
    action = action_of(entry)
    waits = action == "book" and entry.after.get("status") == "waitlisted"
    if entry.actor_kind == "person":
        return "joined the waiting list" if waits else HOLDER_WORDS.get(action, _unknown(action))
    if waits:
        return f"put {holder or 'a guest'} on the waiting list"
    words = STAFF_WORDS.get(action)
    return f"{words} {holder or 'a guest'}" if words else f"{_unknown(action)} for {holder or 'a guest'}"


def _of_thing(entry: AnyRow) -> str:
    action = action_of(entry)
    if action in CHANGES:
        return f"changed {_changed(entry) or 'it'}"
    kind = KINDS.get(entry.object_type)
    return (kind.deeds.get(action) if kind else None) or _unknown(action)


def _changed(entry: AnyRow) -> str:
    """What changed, in a few words: of a session those that its own page uses."""
    if entry.object_type in ("session", "meeting", "series"):
        return ", ".join(dict.fromkeys(word for name, word in WORDS.items() if name in entry.after))
    return changed_words(entry.after)


def _unknown(action: str) -> str:
    return f"did “{action.replace('_', ' ').replace('.', ' ')}”"


def _reason(after: Mapping[str, Any]) -> str:
    reason = next((after[name] for name in ("reason", "cancel_reason", "end_reason") if after.get(name)), "")
    return f" (“{reason}”)" if reason else ""
