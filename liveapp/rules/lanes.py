"""Side by side in a calendar: events that overlap share a day's column in lanes."""

from collections.abc import Sequence

from liveapp.rules.intervals import Interval


def lanes(events: Sequence[Interval]) -> list[tuple[int, int]]:
    """For each event (start, end), in order of start: its lane counted from 1, and how many lanes its cluster has.

    Events that touch don't overlap; a cluster is everything that overlaps its way from one to the next.
    """
    found: list[tuple[int, int]] = []
    cluster: list[int] = []
    ends: list[int] = []
    for start, end in events:
        if ends and start >= max(ends):
            found += [(lane, len(ends)) for lane in cluster]
            cluster, ends = [], []
        lane = next((number for number, until in enumerate(ends) if until <= start), len(ends))
        ends[lane : lane + 1] = [end]
        cluster.append(lane + 1)
    return found + [(lane, len(ends)) for lane in cluster]
