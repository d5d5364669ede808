"""The least error that the tracker's own model allows along a known path: the posterior Cramer-Rao bound.

The transition and its noise are those of the filter's modes, with the mode and its parameters that the true
acceleration shows; see `launchwatch.bayes.bounds` for the recursion (Riccati form, derivatives on the one true
path) and for what a detection probability below one does. There is no clutter, no doubt about the mode or about
which plot is whose: a tracker comes above the bound where those matter.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from launchwatch.bayes.bounds import informed, measurement_information
from launchwatch.estimate.track import motion
from launchwatch.estimate.track.sensors import Look, measured_by
from launchwatch.flight.environment import EARTH, FLATTENING, RADIUS
from launchwatch.flight.forces import air_density, earth_fixed
from launchwatch.geo.ellipsoid import height_and_up

Array = NDArray[np.float64]

_ENV = EARTH.as_array()
_UNIT = 1e-4  # of drag and lift parameters, m^2/kg: see `motion`
BURNING_M_S2 = 3.0
"""Acceleration along the velocity, or across it, beyond gravity's, above which a body burns, or lifts."""

_GRAVITY_M_S2 = 9.81
_BROAD = (1e5, 3e3)  # place (m) and velocity (m/s) before the first plot: any plot knows more
_LOG_DRAG = (-3.0, 3.0)
_THIN_M_S2 = 1e-3  # drag per unit of its parameter too small to be read off the path


def bound_along(looks: Sequence[Look], sees: NDArray[np.bool_], states: Array, accelerations: Array) -> Array:
    """Return the least covariances (k, 6, 6) of position and velocity after each look; NaN before one sees.

    `states` (k, 6) and `accelerations` (k, 3) are the true ones at the looks' times, earth-fixed; `sees` (k,)
    tells which looks cover the object.
    """
    out = np.full((len(looks), 6, 6), np.nan)
    if not looks:
        return out
    covariance: Array | None = None
    mode, row = true_row(states[0], accelerations[0])
    for k, one in enumerate(looks):
        if covariance is not None:
            motion.predict(row, covariance, mode, one.time_s - looks[k - 1].time_s, motion.LAW)
        elif sees[k]:
            covariance = _prior()
        mode, row = true_row(states[k], accelerations[k])
        if covariance is not None and sees[k]:
            covariance = informed(covariance, _gained(one, row))
        if covariance is not None:
            out[k] = covariance[:6, :6]
    return out


def true_row(state: Array, acceleration: Array) -> tuple[int, Array]:
    """Return the mode and state row (10,) of the filter that a true state (6,) and acceleration (3,) show."""
    x, y, z, vx, vy, _ = state
    height, *up = height_and_up(x, y, z, _ENV[RADIUS], _ENV[FLATTENING])
    force = acceleration - np.array(earth_fixed(x, y, z, vx, vy, _ENV))
    speed = max(float(np.linalg.norm(state[3:])), 1.0)
    ahead = state[3:] / speed
    climb = float(np.array(up) @ ahead)
    upward = np.array(up) - climb * ahead
    level = max(float(np.linalg.norm(upward)), 1e-3)
    along, across = float(force @ ahead), float(force @ upward) / level
    slow = speed < motion.WINGED_BELOW_M_S and height < motion.WINGED_BELOW_M
    if slow and _borne(along, across, climb, level):
        return motion.LEVEL, np.concatenate([state, motion.PRIORS[:, 0]])
    pressure = max(0.5 * air_density(height, _ENV) * speed * speed * _UNIT, 1e-12)
    row = np.concatenate([state, motion.PRIORS[:, 0]])
    if along > BURNING_M_S2:
        row[motion.THRUST], row[motion.TILT] = math.hypot(along, across), math.atan2(across, along)
        return motion.BOOST, row
    if pressure > _THIN_M_S2 and along < 0:
        row[motion.DRAG] = min(max(math.log(-along / pressure), _LOG_DRAG[0]), _LOG_DRAG[1])
    if abs(across) > BURNING_M_S2:
        row[motion.LIFT] = across / pressure
        return motion.GLIDE, row
    return motion.COAST, row


def _borne(along: float, across: float, climb: float, level: float) -> bool:
    """Return whether wings bear the weight, within a third, while an engine keeps the speed, within 1 m/s^2.

    A glider's wings bear it too, but its drag slows it.
    """
    carried = abs(across - _GRAVITY_M_S2 * level) < _GRAVITY_M_S2 / 3
    return carried and abs(along - _GRAVITY_M_S2 * climb) < 1.0


def _prior() -> Array:
    """Return the covariance (10, 10) before any plot: broad in place and velocity, the filter's own beside."""
    return np.diag(np.square([*[_BROAD[0]] * 3, *[_BROAD[1]] * 3, *motion.PRIORS[:, 1]]))


def _gained(look: Look, row: Array) -> Array:
    """Return the information (10, 10) of one look at a state row, times its detection probability."""
    sensor = look.sensor
    derivative = np.zeros((1, len(sensor.noise), motion.SIZE))
    derivative[0, :, :6] = measured_by(sensor, row, look.time_s)[1][: len(sensor.noise), :6]
    return measurement_information(derivative, np.diag(sensor.noise), sensor.detection_probability)
