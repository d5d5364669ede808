"""Probabilistic data association of one track with the plots of one scan, and its existence.

Bar-Shalom, Li & Kirubarajan, Estimation with Applications to Tracking and Navigation (2001), section 6.4;
existence: Musicki, Evans & Stankovic, "Integrated probabilistic data association", IEEE TAC 39 (1994), eqs. 9-12.
With L_i = pd N(v_i; 0, S) / clutter and gate probability pg,

    beta_i = L_i / (1 - pd pg + sum L),   likelihood ratio = 1 - pd pg + sum L,
    x+ = x + K v,   P+ = beta_0 P + (1 - beta_0) (I - K H) P + K (sum beta_i v_i v_i' - v v') K'.
"""

import math

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.compiled import kernel
from launchwatch.bayes.linear import cholesky, solve_factored, symmetrize

Array = NDArray[np.float64]

GATE_SIGMAS_SQUARED = 25.0
"""Squared Mahalanobis distance of the gate: a true plot falls outside once in 65,000 scans (3 dimensions)."""

GATE_PROBABILITY = 1 - 1.5e-5


@kernel
def associate(
    x: Array, p: Array, innovations: Array, h: Array, r: Array, pd: float, clutter: float, beta: Array
) -> float:
    """Update mean `x` (n,) and covariance `p` (n, n) in place with the scan's innovations (k, m).

    `h` (m, n) is the measurement's derivative, `r` (m, m) its noise, `pd` the detection probability, `clutter`
    the density of false plots per unit of measurement space. Writes to `beta` (k + 1,) the probabilities of each
    plot being the target's, last that none is. Returns the likelihood ratio of the scan, target to no target.
    """
    k, m = innovations.shape
    n = x.size
    ph = p @ h.T
    s = h @ ph + r
    factor = cholesky(s)
    log_det = 0.0
    for i in range(m):
        log_det += 2.0 * math.log(factor[i, i])
    peak = pd / clutter * math.exp(-0.5 * (m * math.log(2.0 * math.pi) + log_det))
    weighted = solve_factored(factor, innovations.T.copy())
    total = 1.0 - pd * GATE_PROBABILITY
    for i in range(k):
        distance = 0.0
        for j in range(m):
            distance += innovations[i, j] * weighted[j, i]
        beta[i] = peak * math.exp(-0.5 * distance) if distance <= GATE_SIGMAS_SQUARED else 0.0
        total += beta[i]
    if not total > 0.0:
        beta[:] = 0.0
        beta[k] = 1.0
        return 1e-300
    taken = 0.0
    for i in range(k):
        beta[i] /= total
        taken += beta[i]
    beta[k] = 1.0 - taken
    if taken <= 0.0:
        return total
    mean = np.zeros(m)
    for i in range(k):
        for j in range(m):
            mean[j] += beta[i] * innovations[i, j]
    spread = np.zeros((m, m))
    for a in range(m):
        for b in range(m):
            for i in range(k):
                spread[a, b] += beta[i] * innovations[i, a] * innovations[i, b]
            spread[a, b] -= mean[a] * mean[b]
    gain = solve_factored(factor, ph.T.copy()).T
    for i in range(n):
        for j in range(m):
            x[i] += gain[i, j] * mean[j]
    p -= taken * (gain @ s @ gain.T)
    p += gain @ spread @ gain.T
    symmetrize(p)
    return total


@kernel
def exist(existence: float, likelihood_ratio: float) -> float:
    """Return the existence probability after a scan with this likelihood ratio (Musicki 1994, eq. 12)."""
    return existence * likelihood_ratio / (1.0 - existence + existence * likelihood_ratio)
