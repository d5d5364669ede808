"""Errors of a set of tracks against a set of objects: OSPA and GOSPA, with the share of each kind of error.

With d the distances, c the cutoff and p the order, over assignments g of n objects to m tracks:

    OSPA  = [ (min sum min(d, c)^p + c^p |n - m|) / max(n, m) ]^(1/p)
    GOSPA = [ min ( sum_{g} d^p + c^p / 2 (missed + false) ) ]^(1/p)          (alpha = 2)

Schuhmacher, Vo & Vo, IEEE Trans. Signal Processing 56(8), 2008, eq. 3; Rahmathullah, Garcia-Fernandez & Svensson,
"Generalized optimal sub-pattern assignment metric", FUSION 2017, prop. 1. Both minima are one assignment: a pair
farther apart than c costs GOSPA the same c^p whether joined or left as one missed object and one false track.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from launchwatch.basis.errors import InputError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class SetErrors:
    """Per step (T,): GOSPA and OSPA, GOSPA's localisation part, and the counts of missed objects and false tracks.

    gospa^p = localisation^p + c^p / 2 (missed + false).
    """

    gospa: Array
    ospa: Array
    localisation: Array
    missed: NDArray[np.int64]
    false: NDArray[np.int64]


def set_errors(objects: Array, tracks: Array, *, cutoff: float, order: float = 2.0) -> SetErrors:
    """Return the errors over time of tracks (T, m, d) against objects (T, n, d); NaN rows are absent."""
    here, there = (np.asarray(np.isfinite(found).all(axis=2)) for found in (objects, tracks))
    steps = range(len(objects))
    return set_errors_of((cdist(objects[k][here[k]], tracks[k][there[k]]) for k in steps), cutoff, order)


def set_errors_of(distances: Iterable[Array], cutoff: float, order: float = 2.0) -> SetErrors:
    """Return the errors over time of distances (n, m) between objects and tracks, one array for each step."""
    if not cutoff > 0:
        raise InputError("cutoff", given=cutoff, allowed="above 0 m")
    if not order >= 1:
        raise InputError("order", given=order, allowed="1 or more")
    rows = [_one(distance, cutoff, order) for distance in distances]
    gospa, ospa, localisation, missed, false = (np.array(column) for column in zip(*rows, strict=True))
    return SetErrors(gospa, ospa, localisation, missed, false)


def _one(distance: Array, cutoff: float, order: float) -> tuple[float, float, float, int, int]:
    n, m = distance.shape
    full = cutoff**order
    if not n or not m:
        alone = 0.5 * full * (n + m)
        return alone ** (1 / order), cutoff if n + m else 0.0, 0.0, n, m
    cost = np.minimum(distance, cutoff) ** order
    pairs = cost[linear_sum_assignment(cost)]
    joined = pairs < full
    near, hits = float(pairs[joined].sum()), int(joined.sum())
    missed, false = n - hits, m - hits
    gospa = (near + 0.5 * full * (missed + false)) ** (1 / order)
    ospa = ((float(pairs.sum()) + full * abs(n - m)) / max(n, m)) ** (1 / order)
    return gospa, ospa, near ** (1 / order), missed, false
