"""Our books against the provider's: where the two differ, in words, and which of it is safe to mend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

UNKNOWN = "isn't known here"


@dataclass(frozen=True, slots=True)
class Ours:
    """What is written here: our id, the provider's name for it (empty: it has none yet), how it stands and how much
    (minor units). `is_late`: without a name for longer than it takes to get one."""

    id: str
    key: str
    standing: str
    minor: int
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Theirs:
    """What the provider has: its name, our id as it was told, how it stands and how much (minor units).

    `can_be_adopted`: one that isn't known here can be written down. `is_returned`: all of it went back there.
    """

    key: str
    id: str
    standing: str
    minor: int
    can_be_adopted: bool = False
    is_returned: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: of what kind of thing, its name there (or our id, where it has none), and whether telling us of
    it once more mends it."""

    noun: str
    key: str
    words: str
    is_mendable: bool = field(compare=False)


def compare(noun: str, ours: Sequence[Ours], theirs: Sequence[Theirs]) -> list[Difference]:
    """Every difference between what is here and what is there, of one kind of thing."""
    by_id, by_key = {each.id: each for each in ours}, {each.key: each for each in ours if each.key}
    found = [difference for their in theirs if (difference := _of_theirs(noun, their, by_id, by_key))]
    there = {each.key for each in theirs} | {each.id for each in theirs}
    return found + [difference for own in ours if (difference := _of_ours(noun, own, there))]


def _of_theirs(noun: str, their: Theirs, by_id: Mapping[str, Ours], by_key: Mapping[str, Ours]) -> Difference | None:
    own = by_id.get(their.id) or by_key.get(their.key)
    if own is None:
        words = f"{noun} {their.key} of {their.minor} {UNKNOWN}"
        return Difference(noun, their.key, words, is_mendable=their.can_be_adopted)
    if own.key and own.key != their.key:
        if their.is_returned:
            return None
        words = f"{noun} {own.id} is {own.key} here, and there is {their.key} of {their.minor} besides"
        return Difference(noun, their.key, words, is_mendable=True)
    if own.standing != their.standing:
        words = f"{noun} {own.id} is {own.standing} here and {their.standing} there ({their.key})"
        return Difference(noun, their.key, words, is_mendable=True)
    if own.minor != their.minor:
        words = f"{noun} {own.id} is of {own.minor} here and of {their.minor} there ({their.key})"
        return Difference(noun, their.key, words, is_mendable=False)
    return None


def _of_ours(noun: str, own: Ours, there: set[str]) -> Difference | None:
    if own.key in there or own.id in there:
        return None
    if own.key:
        words = f"{noun} {own.id} of {own.minor} is {own.key} here, which isn't there"
        return Difference(noun, own.key, words, is_mendable=False)
    if own.is_late:
        return Difference(noun, own.id, f"{noun} {own.id} of {own.minor} never got there", is_mendable=True)
    return None
