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


def edges(merged: Sequence[Interval]) -> list[int]:
    """A merged list as one rising list of its starts and ends, for `inside`."""
    return [edge for interval in merged for edge in interval]


def inside(edge_list: Sequence[int], minute: int) -> bool:
    """Whether a minute lies in the merged list that `edges` flattened: an odd number of edges is behind it."""
    return bisect_right(edge_list, minute) % 2 == 1
