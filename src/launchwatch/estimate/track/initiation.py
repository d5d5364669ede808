"""New tracks from pairs of radar plots that no track explains."""

import math

import numpy as np
from numpy.typing import NDArray

from launchwatch.estimate.track.motion import DRAG_PRIOR, LIFT_PRIOR, MODES, SIZE, THRUST_PRIOR, TILT_PRIOR
from launchwatch.estimate.track.sensors import SensorModel
from launchwatch.geo.ellipsoid import geodetic_from_ecef
from launchwatch.geo.sight import look_derivative, place

Array = NDArray[np.float64]

SLOWEST_M_S, FASTEST_M_S = 250.0, 8_000.0
"""Speeds of a pair worth a track: below, everything that flies is an aircraft; above, nothing falls back."""

_VELOCITY_SIGMA_M_S = 2_500.0  # prior of each component: what launches reach
_FIRST_MODES = np.array([0.5, 0.4, 0.1])
_LOWEST_M = -500.0


def position_and_covariance(measurement: Array, model: SensorModel) -> tuple[Array, Array]:
    """Return the earth-fixed point (3,), m, of a radar plot and its covariance (3, 3)."""
    point = place(measurement[0], measurement[1], measurement[2], model.position, model.enu)
    state = np.concatenate([point, np.zeros(3)])
    inverse = np.linalg.inv(look_derivative(state, model.position, model.enu)[:3, :3])
    return point, inverse @ np.diag(model.noise[:3]) @ inverse.T


def pair_track(
    first: Array, first_s: float, second: Array, second_s: float, model: SensorModel
) -> tuple[Array, Array, Array] | None:
    """Return means (modes, 10), covariances and mode probabilities from two plots, or None where they do not fit.

    The velocity is the difference of the two points, joined with a broad prior; the pair fits where its speed,
    give or take three sigmas, is that of a missile and it does not lie under the ground.
    """
    dt = second_s - first_s
    here, here_p = position_and_covariance(second, model)
    there, there_p = position_and_covariance(first, model)
    velocity, velocity_p = (here - there) / dt, (here_p + there_p) / dt**2
    speed = float(np.linalg.norm(velocity))
    slack = 3 * math.sqrt(float(velocity @ velocity_p @ velocity)) / max(speed, 1.0)
    if speed + slack < SLOWEST_M_S or speed - slack > FASTEST_M_S:
        return None
    height = geodetic_from_ecef(here[None])[0, 2]
    if height + 3 * math.sqrt(float(np.trace(here_p))) < _LOWEST_M:
        return None
    p = np.zeros((6, 6))
    p[:3, :3], p[3:, 3:] = here_p, velocity_p
    p[:3, 3:] = here_p / dt
    p[3:, :3] = p[:3, 3:].T
    mean, p = _with_velocity_prior(np.concatenate([here, velocity]), p)
    return _spread(mean, p)


def _with_velocity_prior(mean: Array, p: Array) -> tuple[Array, Array]:
    s = p[3:, 3:] + np.eye(3) * _VELOCITY_SIGMA_M_S**2
    gain = np.linalg.solve(s, p[3:, :]).T
    return mean - gain @ mean[3:], p - gain @ p[3:, :]


def _spread(mean: Array, p: Array) -> tuple[Array, Array, Array]:
    x = np.zeros(SIZE)
    x[:6] = mean
    full = np.zeros((SIZE, SIZE))
    full[:6, :6] = p
    for i, (middle, sigma) in enumerate((THRUST_PRIOR, DRAG_PRIOR, LIFT_PRIOR, TILT_PRIOR), start=6):
        x[i], full[i, i] = middle, sigma**2
    modes = len(MODES)
    return np.repeat(x[None], modes, axis=0), np.repeat(full[None], modes, axis=0), _FIRST_MODES.copy()
