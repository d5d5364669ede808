"""A sensor's clock, judged by its own plots: lateness, steps back, times that stand alone.

A plot may come up to `LATE_S` behind the newest one of its sensor. One wrong clock must not cost the rest: times
more than `GAP_S` apart fall into groups, a group of one plot is refused, and among groups whose order of arrival
contradicts their times the largest consistent set stands.
"""

import math
from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise

from launchwatch.facts import Plot

LATE_S = 30.0
"""How far a plot may lag behind its sensor's newest. Longer than any satellite relay; a wrong clock shows."""

GAP_S = 600.0
"""The longest silence within a sensor's watch over one launch: longer than a radar's outage or a cloud over a
motor, shorter than any slip of an hour or a day. Beyond it one plot alone is taken for a wrong clock."""

Timed = tuple[float, int, Plot]
"""Seconds since the Unix epoch, number of the line or record, plot."""


def judge(plots: list[Timed], gap_s: float) -> Iterator[tuple[Timed, str | None]]:
    """Yield a sensor's plots in order of arrival, each with the reason why its time is not believed, or None."""
    if _steady(plots):
        yield from ((timed, None) for timed in plots)
        return
    group = _groups(plots, gap_s)
    ids: dict[int, set[str]] = {}
    for _, number, plot in plots:
        ids.setdefault(group[number], set()).add(plot.id)
    alone = {group[plots[0][1]]}  # where no plot bears out another, the first stands
    borne_out = {index for index, members in ids.items() if len(members) > 1} or alone
    kept = _never_back([timed[1] for timed in plots if group[timed[1]] in borne_out], group)
    newest = ahead = -math.inf
    believed = sorted(timed[0] for timed in plots if timed[1] in kept)
    for timed in plots:
        time, number, _ = timed
        if number in kept and time >= newest - LATE_S:
            if time <= newest + LATE_S or not math.isfinite(newest):
                newest = max(newest, time)
            else:  # a step ahead counts when a second plot has come as far
                newest, ahead = max(newest, min(time, ahead)), max(time, ahead)
            yield timed, None
        elif time < newest - LATE_S:
            yield timed, f"time goes backwards: {newest - time:.1f} s older than the sensor's newest plot"
        elif time > believed[0]:
            before = believed[bisect_right(believed, time) - 1]
            yield (
                timed,
                f"time jumps forward: by {time - before:.1f} s, and no later plot of the sensor bears it out",
            )
        else:
            yield timed, f"time stands alone: {believed[0] - time:.1f} s before any other plot of the sensor"


def _steady(plots: list[Timed]) -> bool:
    """Return whether no time is more than `LATE_S` from the newest before it: then all of them stand."""
    newest = plots[0][0]
    for time, _, _ in plots:
        if time > newest:
            if time > newest + LATE_S:
                return False
            newest = time
        elif time < newest - LATE_S:
            return False
    return True


def _groups(plots: list[Timed], gap_s: float) -> dict[int, int]:
    """Return the group of each line, counting up in time: neighbours within `gap_s` belong together."""
    ordered = sorted(plots, key=lambda timed: timed[:2])
    group = {ordered[0][1]: 0}
    for (before, number, _), (time, following, _) in pairwise(ordered):
        group[following] = group[number] + (time - before > gap_s)
    return group


def _never_back(numbers: list[int], group: dict[int, int]) -> set[int]:
    """Return the largest set of lines whose groups never step back in order of arrival."""
    ends: list[int] = []  # the line that ends the best run of each length; its group is the lowest possible
    heights: list[int] = []
    before: dict[int, int | None] = {}
    for number in numbers:
        place = bisect_right(heights, group[number])
        before[number] = ends[place - 1] if place else None
        if place == len(ends):
            ends.append(number)
            heights.append(group[number])
        else:
            ends[place], heights[place] = number, group[number]
    kept: set[int] = set()
    line: int | None = ends[-1] if ends else None
    while line is not None:
        kept.add(line)
        line = before[line]
    return kept
