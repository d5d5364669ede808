"""One body followed by one mode, with no doubt about its plots, compiled."""

import math

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.compiled import kernel
from launchwatch.estimate.track.measuring import RADAR, bend_range, factor, innovation, observe, shift, spread_of
from launchwatch.estimate.track.motion import Law, predict_in

Array = NDArray[np.float64]


@kernel
def ekf_run(
    mean: Array, covariance: Array, mode: int, times: Array, plots: Array, noise: Array, eye: Array, enu: Array,
    bias: int, law: Law, means: Array, covariances: Array, nis: Array,
) -> None:  # fmt: skip
    """Follow one body with one mode and no doubt about its plots: the tracker's own prediction and update.

    `mean` (n,) and `covariance` (n, n) are its state at the Unix or relative time `times[0]`; plot k (3 or 4
    components: range, azimuth, elevation, range rate) is of `times[k + 1]`; `noise` (m,) variances. Writes the
    states after each plot to `means` (k, n), `covariances` (k, n, n) and the normalised innovations squared.
    """
    m, n = plots.shape[1], mean.size
    x, p = mean.copy(), covariance.copy()
    work, cross, z, h = np.empty((20, n)), np.empty((n, 4)), np.empty(4), np.empty((4, 9))
    s, inverse, low, v, u = np.empty((4, 4)), np.empty((4, 4)), np.empty((4, 4)), np.empty(4), np.empty(4)
    r = np.zeros((4, 4))
    for a in range(m):
        r[a, a] = noise[a]
    for k in range(plots.shape[0]):
        predict_in(x, p, mode, times[k + 1] - times[k], law, work)
        observe(x, RADAR, m == 4, eye, enu, law.env, z, h)
        spread_of(p, h, m, m == 4, bias, cross, s)
        bend_range(p, h, math.sqrt(noise[0]), z, s)
        if bias >= 0:
            for a in range(3):
                z[a] += x[bias + a]
        innovation(plots[k], h, z, RADAR, m, v)
        factor(s, r, m, 0, inverse, low)
        nis[k] = 0.0
        for a in range(m):
            u[a] = 0.0
            for b in range(m):
                u[a] += inverse[a, b] * v[b]
            nis[k] += u[a] * v[a]
        for a in range(m):
            for b in range(m):
                inverse[a, b] = -inverse[a, b]
        shift(x, p, cross, u, inverse, m, z)
        for a in range(n):
            means[k, a] = x[a]
            for b in range(n):
                covariances[k, a, b] = p[a, b]
