"""The booking desk as a few plain lists: what the rules of 2.4 and 2.5 say, written a second time and naively.

Packs without expiry, at most one booking a day, late cancelling allowed, an hour's promotion cutoff.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

CUTOFF, OFFER, GRACE = timedelta(minutes=60), timedelta(minutes=120), timedelta(minutes=30)
WINDOW, PER_DAY = timedelta(hours=24), 1


@dataclass
class Class:
    start: datetime
    end: datetime
    places: int
    price: int | None


@dataclass
class Place:
    person: str
    klass: str
    status: str
    number: int
    paid_by: str = ""
    offered_until: datetime | None = None
    promoted_at: datetime | None = None
    late: bool = False

    @property
    def holds(self) -> bool:
        return self.status == "confirmed" or self.offered_until is not None

    @property
    def waits(self) -> bool:
        return self.status == "waitlisted" and self.offered_until is None


@dataclass
class Model:
    now: datetime
    classes: dict[str, Class]
    credits: dict[str, int]
    plans: dict[str, str]
    places: dict[str, Place] = field(default_factory=dict)
    extended: set[str] = field(default_factory=set)

    def means(self, person: str, klass: str, besides: str = "", paid: str = "") -> str:
        """How the person would pay (credit, desk), or why they can't."""
        here, mine = self.classes[klass], [p for key, p in self.places.items() if p.person == person and key != besides]
        overlaps = any(
            p.status == "confirmed" and p.klass != klass
            and self.classes[p.klass].start < here.end and here.start < self.classes[p.klass].end
            for p in mine
        )  # fmt: skip
        used = sum(
            p.paid_by == "credit" and (p.status == "confirmed" or p.late)
            and self.classes[p.klass].start.date() == here.start.date()
            for p in mine
        )  # fmt: skip
        if paid:
            over_quota = paid == "credit" and self._runs(person, "paused") and used >= PER_DAY
            anew = ("desk" if here.price else "daily_quota") if over_quota else paid
            return "overlap" if overlaps else anew
        why = ""
        if not self._runs(person):
            why = "no_plan"
        elif self.credits[person] < 1:
            why = "no_credits"
        elif used >= PER_DAY:
            why = "daily_quota"
        if overlaps:
            return "overlap"
        return "credit" if not why else "desk" if here.price else why

    def book(self, key: str, person: str, klass: str) -> str:
        answer = self._answer(person, klass)
        if answer == "waitlist" and any(p.offered_until and p.offered_until <= self.now for p in self._of(klass)):
            self.promote(klass)
            answer = self._answer(person, klass)
        if answer in ("credit", "desk"):
            self.places[key] = Place(person, klass, "confirmed", 0, answer)
            self.credits[person] -= answer == "credit"
        elif answer == "waitlist":
            number = max((p.number for p in self._of(klass) if p.status == "waitlisted"), default=0) + 1
            self.places[key] = Place(person, klass, "waitlisted", number)
        return answer

    def cancel(self, key: str, by_staff: bool) -> str:
        place, start = self.places[key], self.classes[self.places[key].klass].start
        last = self._last(place)
        if self.now >= start and not by_staff:
            return "not_cancellable"
        place.late = place.status == "confirmed" and self.now > last and not by_staff
        ended = self.plans[place.person] == "ended"
        if place.paid_by == "credit" and not place.late and (by_staff or not ended or place.person in self.extended):
            self.credits[place.person] += 1  # what comes back to an ended plan has lapsed, unless the business did it
            self.extended |= {place.person} if ended else set()
        place.status, place.offered_until = "cancelled", None
        self.promote(place.klass)
        return "cancelled"

    def _last(self, place: Place) -> datetime:
        """The last moment to give a place back, or to move it, without loss."""
        start = self.classes[place.klass].start
        grace = min(place.promoted_at + GRACE, start) if place.promoted_at else start - WINDOW
        return max(start - WINDOW, grace)

    def move(self, key: str, klass: str) -> str:
        """By the rules of the new place; a credit that was used pays again, money is paid where there is a price."""
        place, here = self.places[key], self.classes[klass]
        if self.now > self._last(place) or klass == place.klass:
            return "not_movable"
        pays = place.paid_by if place.paid_by == "credit" or here.price else ""
        answer = self._answer(place.person, klass, key, pays)
        lapsed = self.plans[place.person] == "ended" and place.person not in self.extended
        if answer == "credit" and lapsed:
            return "not_movable"
        if answer in ("credit", "desk"):
            self.credits[place.person] -= answer == "credit" != place.paid_by
            stays = self.plans[place.person] != "ended" or place.person in self.extended
            self.credits[place.person] += answer == "desk" and place.paid_by == "credit" and stays
            place.paid_by = answer
            old, place.klass = place.klass, klass
            self.promote(old)
        return answer

    def take(self, key: str) -> str:
        place = self.places[key]
        here = self.classes[place.klass]
        if place.offered_until:
            if place.offered_until <= self.now:
                return "closed"
        elif self.now >= here.start:
            return "closed"
        elif self.now < here.start - CUTOFF:
            return "waitlist"
        elif self._held(place.klass) >= here.places:
            return "full"
        means = self.means(place.person, place.klass, key)
        if means in ("credit", "desk"):
            self._confirm(key, means)
        return means

    def promote(self, klass: str) -> None:
        here = self.classes[klass]
        for place in self._of(klass):
            if place.offered_until and place.offered_until <= self.now:
                place.status, place.offered_until = "expired", None
        if self.now >= here.start - CUTOFF:
            return
        line = [key for key, p in self.places.items() if p.klass == klass and p.waits]
        for key in sorted(line, key=lambda each: self.places[each].number):
            if self._held(klass) >= here.places:
                return
            means = self.means(self.places[key].person, klass, key)
            if means == "credit":
                self._confirm(key, means)
            elif means == "desk":
                self.places[key].offered_until = min(self.now + OFFER, here.start - CUTOFF)

    def start(self) -> None:
        """What the clock does to classes that begin."""
        for place in self.places.values():
            if place.status == "waitlisted" and self.classes[place.klass].start <= self.now:
                place.status, place.offered_until = "expired", None

    def _runs(self, person: str, *besides: str) -> bool:
        """Whether the person's plan can be used: a credit that the business gave back outlives its plan."""
        state = self.plans[person]
        return state in ("active", *besides) or (state == "ended" and self.credits[person] > 0)

    def _answer(self, person: str, klass: str, besides: str = "", paid: str = "") -> str:
        here = self.classes[klass]
        own = [p for key, p in self.places.items() if p.person == person and p.klass == klass and key != besides]
        if any(p.status in ("confirmed", "waitlisted") for p in own):
            return "already_booked"
        if self.now >= here.start:
            return "closed"
        means = self.means(person, klass, besides, paid)
        if means == "no_plan":
            return means
        waiting = 0 if self.now >= here.start - CUTOFF else sum(p.waits for p in self._of(klass))
        if here.places - self._held(klass) - waiting < 1:
            return "waitlist"
        return means

    def _confirm(self, key: str, means: str) -> None:
        place = self.places[key]
        here = self.classes[place.klass]
        place.status, place.paid_by, place.offered_until, place.promoted_at = "confirmed", means, None, self.now
        self.credits[place.person] -= means == "credit"
        for other in self.places.values():
            there = self.classes[other.klass]
            overlaps = there.start < here.end and here.start < there.end
            if other.person == place.person and other.status == "waitlisted" and overlaps:
                other.status, other.offered_until = "expired", None

    def _of(self, klass: str) -> list[Place]:
        return [place for place in self.places.values() if place.klass == klass]

    def _held(self, klass: str) -> int:
        return sum(place.holds for place in self._of(klass))
