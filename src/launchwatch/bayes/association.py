"""Joint probabilistic data association: which plot of a scan belongs to which track, exactly where that is cheap.

A track t exists with probability r_t; plot i is a_ti = r_t L_ti / (1 - r_t + r_t m_t) times as likely to be its as
to be nobody's, when m_t is the probability that an existing target is missed and L_ti = pd N(v; 0, S) / clutter.
Then

    P(assignment) ~ product over tracks of a_ti (or 1 where the track takes none), no plot taken twice.

Tracks that share a plot form a cluster. A cluster with few assignments is enumerated; a larger one is solved by
loopy belief propagation, which converges always and is exact without loops. Williams & Lau, "Approximate
evaluation of marginal association probabilities with belief propagation", IEEE TAES 50 (2014), eqs. 20-24;
existence: Musicki & Evans, "Joint integrated probabilistic data association: JIPDA", IEEE TAES 40 (2004).
"""

import math

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.compiled import inline_kernel, kernel

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

GATE_SIGMAS_SQUARED = 25.0
"""Squared Mahalanobis distance of the gate: a true plot falls outside once in 65,000 scans (3 dimensions)."""

GATE_PROBABILITY = 1 - 1.5e-5

MOST_ENUMERATED = 200
"""Assignments (product of choices) up to which a cluster is enumerated: as long as propagation takes."""

_MOST_ROUNDS = 200
_SETTLED = 1e-7


@kernel
def clusters(gated: Indices, counts: Indices, plots: int) -> Indices:
    """Return the cluster of each track (t,): tracks whose gates share a plot have one number.

    `gated` (t, g) holds plot numbers, of which row t uses `counts[t]`.
    """
    tracks = counts.size
    root = np.arange(tracks)
    owner = np.full(plots, -1, dtype=np.int64)
    for t in range(tracks):
        for g in range(counts[t]):
            i = gated[t, g]
            if owner[i] < 0:
                owner[i] = t
                continue
            a, b = t, owner[i]
            while root[a] != a:
                a = root[a]
            while root[b] != b:
                b = root[b]
            root[max(a, b)] = min(a, b)
    for t in range(tracks):
        a = t
        while root[a] != a:
            a = root[a]
        root[t] = a
    return root


@kernel
def joint_probabilities(odds: Array, gated: Indices, counts: Indices, plots: int, share: Array) -> None:
    """Write each track's association probabilities `share` (t, g + 1): its gated plots, last column that none is.

    `odds` (t, g) are the a_ti above, in the order of `gated` (t, g), of which row t uses `counts[t]`.
    """
    tracks, width = odds.shape
    root = clusters(gated, counts, plots)
    members = np.empty(tracks, dtype=np.int64)
    taken = np.zeros(plots, dtype=np.bool_)
    sums = np.zeros(plots)
    back = np.ones((tracks, width))
    for first in range(tracks):
        if root[first] != first:
            continue
        n, choices = 0, 1.0
        for t in range(first, tracks):
            if root[t] == first:
                members[n] = t
                n += 1
                choices *= counts[t] + 1.0
        if n == 1:
            _alone(first, odds, counts, share)
        elif choices <= MOST_ENUMERATED:
            _enumerate(members[:n], odds, gated, counts, taken, share)
        else:
            _propagate(members[:n], odds, gated, counts, sums, back, share)


@inline_kernel
def _alone(t: int, odds: Array, counts: Indices, share: Array) -> None:
    total = 1.0
    for g in range(counts[t]):
        total += odds[t, g]
    for g in range(counts[t]):
        share[t, g] = odds[t, g] / total
    share[t, -1] = 1.0 / total


@inline_kernel
def _enumerate(
    members: Indices, odds: Array, gated: Indices, counts: Indices, taken: NDArray[np.bool_], share: Array
) -> None:
    """Walk through all assignments of a cluster in the order of counting; plots stay free after it."""
    n = members.size
    for m in range(n):
        share[members[m], :] = 0.0
    choice = np.full(n, -2, dtype=np.int64)  # -2 not yet chosen, -1 none, else column of `gated`
    weight = np.ones(n + 1)
    level = 0
    total = 0.0
    while level >= 0:
        t = members[level]
        c = choice[level]
        if c >= 0:
            taken[gated[t, c]] = False
        c = -1 if c == -2 else c + 1
        while 0 <= c < counts[t] and taken[gated[t, c]]:
            c += 1
        if c >= counts[t]:
            choice[level] = -2
            level -= 1
            continue
        choice[level] = c
        weight[level + 1] = weight[level] * (odds[t, c] if c >= 0 else 1.0)
        if c >= 0:
            taken[gated[t, c]] = True
        if level < n - 1:
            level += 1
            continue
        total += weight[n]
        for m in range(n):
            share[members[m], choice[m]] += weight[n]  # column -1 is none
    for m in range(n):
        for g in range(share.shape[1]):
            share[members[m], g] /= total


@inline_kernel
def _propagate(
    members: Indices, odds: Array, gated: Indices, counts: Indices, sums: Array, back: Array, share: Array
) -> None:
    """Pass messages between tracks and plots until none changes; `back` is what plots tell tracks."""
    for _ in range(_MOST_ROUNDS):
        for t in members:
            for g in range(counts[t]):
                sums[gated[t, g]] = 0.0
        for t in members:
            total = 1.0
            for g in range(counts[t]):
                total += odds[t, g] * back[t, g]
            for g in range(counts[t]):
                share[t, g] = odds[t, g] / max(total - odds[t, g] * back[t, g], 1e-300)
                sums[gated[t, g]] += share[t, g]
        change = 0.0
        for t in members:
            for g in range(counts[t]):
                told = 1.0 / (1.0 + max(sums[gated[t, g]] - share[t, g], 0.0))
                change = max(change, abs(told - back[t, g]))
                back[t, g] = told
        if change < _SETTLED:
            break
    for t in members:
        total = 1.0
        for g in range(counts[t]):
            total += odds[t, g] * back[t, g]
        for g in range(counts[t]):
            share[t, g] = odds[t, g] * back[t, g] / total
        share[t, -1] = 1.0 / total


@kernel
def exist(existence: float, missed: float, share_none: float) -> float:
    """Return a track's existence probability after a scan.

    `missed` is m_t, `share_none` the probability that none of the plots is the track's.
    """
    nothing = 1.0 - existence + existence * missed
    return (1.0 - share_none) + share_none * existence * missed / max(nothing, 1e-300)


@kernel
def log_normal_peak(log_determinant: float, dimensions: int) -> float:
    """Return the logarithm of a normal density at its mean."""
    return -0.5 * (dimensions * math.log(2.0 * math.pi) + log_determinant)
