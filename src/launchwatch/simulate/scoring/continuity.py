"""Is the picture whole, and does one object keep one track? Measures of the single integrated air picture.

With J objects, JT of them tracked, N tracks, NA of them on an object, each summed over time; for object j the time
tracked TT, the fewest tracks U that cover it, its longest stretch TL on one track and its life T:

    completeness  sum JT / sum J          ambiguity  sum NA / sum JT       spuriousness  sum (N - NA) / sum N
    accuracy      sum of errors / sum NA  number changes  sum (U - 1) / sum TT      longest segment  sum TL / sum T

Votruba, Nisley, Rothrock & Zombro, "Single Integrated Air Picture (SIAP) Metrics Implementation", 2001; SIAP
System Engineering Task Force, Technical Report 2003-029.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Siap:
    """The measures over the whole time; NaN where what would be divided by is nothing.

    `longest_segment_s` (n,) and `life_s` (n,) are per object.
    """

    completeness: float
    ambiguity: float
    spuriousness: float
    position_accuracy_m: float
    velocity_accuracy_m_s: float
    number_changes_per_s: float
    longest_segment: float
    longest_segment_s: Array
    life_s: Array


def siap(times_s: Array, alive: Bools, present: Bools, on: NDArray[np.int64], errors: Array) -> Siap:
    """Return the measures over steps at `times_s` (T,), ascending.

    `alive` (T, n) tells which objects exist, `present` (T, m) which tracks; `on` (T, m) is the index of the object
    that a track is on, -1 for none; `errors` (T, m, 2) are distance (m) and difference of velocity (m/s).
    """
    assigned = present & (on >= 0)
    tracked = np.stack([(assigned & (on == j)).any(axis=1) for j in range(alive.shape[1])], axis=1) & alive
    accuracy = np.where(assigned[..., None], errors, 0.0).sum(axis=(0, 1))
    stretches = [_stretches(times_s, assigned & (on == j)) for j in range(alive.shape[1])]
    longest = np.array([max((b - a for a, b in found), default=0.0) for found in stretches])
    life = np.array([times_s[one][-1] - times_s[one][0] if one.any() else 0.0 for one in alive.T])
    changes = sum(max(_fewest(found) - 1, 0) for found in stretches)
    time_tracked = sum(_covered(found) for found in stretches)
    return Siap(
        completeness=_ratio(tracked.sum(), alive.sum()),
        ambiguity=_ratio(assigned.sum(), tracked.sum()),
        spuriousness=_ratio((present & ~assigned).sum(), present.sum()),
        position_accuracy_m=_ratio(accuracy[0], assigned.sum()),
        velocity_accuracy_m_s=_ratio(accuracy[1], assigned.sum()),
        number_changes_per_s=_ratio(changes, time_tracked),
        longest_segment=_ratio(longest.sum(), life.sum()),
        longest_segment_s=longest,
        life_s=life,
    )


def _ratio(part: float, whole: float) -> float:
    return float(part) / float(whole) if whole else float("nan")


def _stretches(times_s: Array, on: Bools) -> list[tuple[float, float]]:
    """Return first and last time of every unbroken stretch of steps, of each track (T, m), on an object."""
    edges = np.diff(np.pad(on.astype(np.int8), ((1, 1), (0, 0))), axis=0)
    starts, ends = np.argwhere(edges.T == 1), np.argwhere(edges.T == -1)
    return [(float(times_s[a]), float(times_s[b - 1])) for (_, a), (_, b) in zip(starts, ends, strict=True)]


def _fewest(stretches: list[tuple[float, float]]) -> int:
    """Return the fewest stretches that cover all times that any covers: greedy, which is exact for intervals."""
    count, reached = 0, -np.inf
    rest = sorted(stretches)
    while rest := [one for one in rest if one[1] > reached]:
        start = max(reached, rest[0][0])
        reached = max(one[1] for one in rest if one[0] <= start)
        count += 1
    return count


def _covered(stretches: list[tuple[float, float]]) -> float:
    """Return for how long at least one stretch lasts."""
    total, reached = 0.0, -np.inf
    for first, last in sorted(stretches):
        total += max(last - max(first, reached), 0.0)
        reached = max(reached, last)
    return total
