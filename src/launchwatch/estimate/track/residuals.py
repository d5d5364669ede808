"""How well a plot fits its track: the normalised innovation squared (NIS), read off the state after the update.

With the residual r = z - h(x+) of the updated state, S the innovation's covariance and P+ the updated one,

    NIS = r^T R^-1 S R^-1 r,    S^-1 = R^-1 - R^-1 H P+ H^T R^-1

which for one linear filter is the innovation's own e^T S^-1 e, since r = R S^-1 e (Bar-Shalom, Li & Kirubarajan,
Estimation with Applications to Tracking and Navigation, 2001, secs. 5.2.3 and 5.4.2). For mixed modes and plots
shared between hypotheses it holds as far as one normal distribution describes the mixture.

A sensor whose bias is estimated has none here: its plots' innovation also holds the bias's spread and its
correlation with the state, of which a track's history keeps no columns.
"""

import math

import numpy as np
from numpy.typing import NDArray

from launchwatch.estimate.track.history import History
from launchwatch.estimate.track.sensors import SensorModel, measured_by

Array = NDArray[np.float64]

_CERTAIN = 0.9
"""Share of the update that the plot must have: below it the residual is another hypothesis's."""

_NARROW = 1e-6


def innovation_squared(h: History) -> tuple[float, int] | None:
    """Return the NIS of an update's plot and its degrees of freedom.

    None without a plot surely its own, and where the sensor states a bias.
    """
    if h.measurement is None or h.best_probability < _CERTAIN or h.sensor.bias.any():
        return None
    return residual_squared(h.mean, h.covariance[:6, :6], h.measurement, h.sensor, h.time_s, _noise(h))


def residual_squared(
    mean: Array, covariance: Array, plot: Array, sensor: SensorModel, time_s: float, noise: Array
) -> tuple[float, int] | None:
    """Return the NIS of a plot (m,) of covariance (m, m) that a mean (10,) and its covariance (6, 6) took up."""
    predicted, derivative = measured_by(sensor, mean, time_s)
    if sensor.infrared:
        known = np.ones(2, dtype=bool)
        residual = derivative[:2, :3] @ plot * predicted[0]
    else:
        known = np.isfinite(plot)
        residual = plot - predicted[: len(plot)]
        residual[1] = (residual[1] + math.pi) % (2.0 * math.pi) - math.pi
    size = len(known)
    residual, derivative = residual[known], derivative[:size, :6][known]
    inverse = np.linalg.inv(noise[:size, :size][np.ix_(known, known)])
    information = inverse - inverse @ derivative @ covariance @ derivative.T @ inverse
    scale = 1.0 / np.sqrt(np.diag(inverse))
    if np.linalg.eigvalsh(information * np.outer(scale, scale))[0] < _NARROW:
        return None  # the mixture is wider than the plot: no single innovation made it
    weighted = inverse @ residual
    return float(weighted @ np.linalg.solve(information, weighted)), int(known.sum())


def _noise(h: History) -> Array:
    """Return the covariance (m, m) of an update's own plot, or its sensor's."""
    look = h.record.look
    return np.diag(h.sensor.noise) if look.noise is None else look.noise[h.record.best[h.row]]
