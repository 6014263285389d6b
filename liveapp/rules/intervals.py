"""Half-open stretches of time as plain integers, so that thousands of them cost nothing.

A stretch `(start, end)` holds the minutes start ≤ m < end, counted in UTC since the epoch. A stretch with
end ≤ start is empty and is dropped by every function here. A *merged* list is sorted and its members
neither overlap nor touch; `merge` makes one, the other functions expect and return one.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

Interval = tuple[int, int]


def overlaps(one: Interval, other: Interval) -> bool:
    """Whether two stretches share a minute; touching ends share none, an empty stretch shares none."""
    return max(one[0], other[0]) < min(one[1], other[1])


def merge(intervals: Iterable[Interval]) -> list[Interval]:
    """The same minutes as a merged list: touching and overlapping stretches become one."""
    merged: list[Interval] = []
    reach: int | None = None
    for start, end in sorted(intervals):
        if end <= start:
            continue
        if reach is None or start > reach:
            merged.append((start, end))
            reach = end
        elif end > reach:
            merged[-1] = (merged[-1][0], end)
            reach = end
    return merged


def intersect(one: Sequence[Interval], other: Sequence[Interval]) -> list[Interval]:
    """The minutes that two merged lists share."""
    shared: list[Interval] = []
    i = j = 0
    while i < len(one) and j < len(other):
        start, end = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if start < end:
            shared.append((start, end))
        if one[i][1] < other[j][1]:
            i += 1
        else:
            j += 1
    return shared


def subtract(whole: Sequence[Interval], removed: Sequence[Interval]) -> list[Interval]:
    """The minutes of one merged list that are not in another."""
    left: list[Interval] = []
    first = 0
    for start, end in whole:
        while first < len(removed) and removed[first][1] <= start:
            first += 1
        cursor = start
        for gap_start, gap_end in removed[first:]:
            if gap_start >= end:
                break
            if gap_start > cursor:
                left.append((cursor, gap_start))
            cursor = max(cursor, gap_end)
        if cursor < end:
            left.append((cursor, end))
    return left


def edges(merged: Sequence[Interval]) -> list[int]:
    """A merged list as one rising list of its starts and ends, for `inside`."""
    return [edge for interval in merged for edge in interval]


def inside(edge_list: Sequence[int], minute: int) -> bool:
    """Whether a minute lies in the merged list that `edges` flattened: an odd number of edges is behind it."""
    return bisect_right(edge_list, minute) % 2 == 1
