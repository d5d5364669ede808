"""Two tracks of one body: found by their states, compiled."""

import math

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.compiled import inline_kernel, kernel

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

SAME_BODY = 12.6
"""Squared Mahalanobis distance (6 dimensions) below which two tracks may be one body's: 95 % of such pairs are."""

_SAME_TIME_S = 1e-3
_OWN_SHARE = 0.5


@kernel
def find_twins(
    time_s: Array, mean: Array, covariance: Array, best: Indices, best_share: Array
) -> tuple[Indices, Indices]:
    """Return the rows of older and younger tracks that are at one place with one velocity at one time.

    `mean` (t, 10), `covariance` (t, 10, 10), oldest first. Two tracks that each have a likely plot of their own in
    the look (`best` (t,), `best_share` (t,)) are two bodies.
    """
    tracks = time_s.size
    older, younger = np.empty(tracks, dtype=np.int64), np.empty(tracks, dtype=np.int64)
    found = 0
    for b in range(1, tracks):
        for a in range(b):
            if abs(time_s[a] - time_s[b]) > _SAME_TIME_S or _far(a, b, mean, covariance):
                continue
            if best_share[a] >= _OWN_SHARE and best_share[b] >= _OWN_SHARE and best[a] != best[b]:
                continue
            if _distance(a, b, mean, covariance) < SAME_BODY:
                older[found], younger[found] = a, b
                found += 1
                break
    return older[:found], younger[:found]


@inline_kernel
def _far(a: int, b: int, mean: Array, covariance: Array) -> bool:
    for c in range(6):
        off = mean[a, c] - mean[b, c]
        if not off * off < SAME_BODY * (covariance[a, c, c] + covariance[b, c, c]):
            return True
    return False


@inline_kernel
def _distance(a: int, b: int, mean: Array, covariance: Array) -> float:
    """Return the squared Mahalanobis distance of two states; infinite where their spread is not positive."""
    low, off = np.zeros((6, 6)), np.empty(6)
    total = 0.0
    for i in range(6):
        for j in range(i + 1):
            rest = covariance[a, i, j] + covariance[b, i, j]
            for k in range(j):
                rest -= low[i, k] * low[j, k]
            if i == j:
                if not rest > 0.0:
                    return math.inf
                low[i, i] = math.sqrt(rest)
            else:
                low[i, j] = rest / low[j, j]
        off[i] = mean[a, i] - mean[b, i]
        for k in range(i):
            off[i] -= low[i, k] * off[k]
        off[i] /= low[i, i]
        total += off[i] * off[i]
    return total
