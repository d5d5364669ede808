"""Which sensors share nothing: pairs, and a largest set of them."""

from collections.abc import Collection, Iterable, Sequence
from itertools import combinations

from launchwatch.facts import PathSupport


def are_independent(one: PathSupport, other: PathSupport) -> bool:
    """Return whether two sensors share neither owner, path nor host; what is not known counts as shared."""
    pairs = ((one.owner, other.owner), (one.path, other.path), (one.host, other.host))
    return all(bool(a) and bool(b) and a != b for a, b in pairs)


def largest_independent(
    supports: Sequence[PathSupport], bound: Iterable[frozenset[str]] = ()
) -> tuple[PathSupport, ...]:
    """Return a largest set of sensors that are pairwise independent, with the most plots among the largest.

    `bound` are pairs of sensors' ids that are not independent for another reason. Of sensors that share owner,
    path and host only the one with the most plots is tried; exact up to `_MOST_EXACT` of what is left, beyond
    that taken by plots, one after the other.
    """
    tied = set(bound)
    best: dict[object, PathSupport] = {}
    for one in sorted(supports, key=lambda one: (-one.plots, one.sensor)):
        alike = (one.owner, one.path, one.host) if one.owner and one.path and one.host and not tied else one.sensor
        best.setdefault(alike, one)
    tried = list(best.values())

    def fit(one: PathSupport, other: PathSupport) -> bool:
        return are_independent(one, other) and frozenset((one.sensor, other.sensor)) not in tied

    if len(tried) > _MOST_EXACT:
        chosen: list[PathSupport] = []
        for one in tried:
            if all(fit(one, other) for other in chosen):
                chosen.append(one)
        return tuple(chosen)
    for size in range(len(tried), 0, -1):
        for some in combinations(tried, size):  # those with the most plots come first
            if all(fit(a, b) for a, b in combinations(some, 2)):
                return some
    return ()


def largest_with(
    own: Collection[str], supports: Sequence[PathSupport], bound: Iterable[frozenset[str]] = ()
) -> tuple[PathSupport, ...]:
    """Return a largest independent set (`largest_independent`) that holds one of the sensors `own` at least."""
    tied = frozenset(bound)

    def beside(mine: PathSupport) -> list[PathSupport]:
        return [
            one
            for one in supports
            if are_independent(one, mine) and frozenset((one.sensor, mine.sensor)) not in tied
        ]

    sets = [largest_independent([mine, *beside(mine)], tied) for mine in supports if mine.sensor in own]
    return max(sets, key=lambda some: (len(some), sum(one.plots for one in some)), default=())


_MOST_EXACT = 10
"""Sensors that one object is seen by, of different owners, paths or hosts, up to which every set is tried."""
