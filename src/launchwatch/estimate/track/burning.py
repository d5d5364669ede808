"""What a burning motor may yet reach: where along its course the object falls once the motor has burned out.

While a motor burns, "thrust ends now" is where almost nothing falls. What is to come has a prior: that of flights
of every class (builders/build_burns.py), as the joint density of four features of the state while it burns

    x = (asinh(h / 5 km), ln v, climb angle, ln a),   a: acceleration besides gravity

and of y = (ln distance over ground, ln time) to the fall, a mixture of Gaussians. Given the state's own mean m and
covariance P of x, each of its parts k weighs w_k N(m; c_k, S_k + P) and says y by the normal's conditional moments
(Bishop, Pattern Recognition and Machine Learning, 2006, eqs. 2.81, 2.82, with S_k + P for S_k): the distance is
then a mixture of log-normals, told by its quantiles.

The course is the great circle along the velocity over ground, turned by what the earth's rotation does until the
fall: to the right by w sin(lat) t on the way ahead, and westward by part of w cos(lat) g t^3 / 6 of what goes up
and comes down (Goldstein, Classical Mechanics, 2nd ed., section 4-10).
"""

import json
import math
from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from launchwatch.basis.constants import WGS84_ROTATION_RAD_S
from launchwatch.basis.rounding import significant
from launchwatch.bayes.linear import cholesky
from launchwatch.estimate.track.motion import BOOST, THRUST
from launchwatch.facts import PROSPECT_LEVELS, Prospect
from launchwatch.flight.environment import EARTH
from launchwatch.flight.forces import earth_fixed
from launchwatch.geo.ellipsoid import geodetic_from_ecef
from launchwatch.geo.frames import east_north_up

Array = NDArray[np.float64]

LEVELS = np.array(PROSPECT_LEVELS)

STEERING_RAD = math.radians(1.0)
"""Sigma of the course: of simulated flights 0.5 degrees are left, and motors steer a little to the side."""

LEAST = 0.02
"""Probability of a burning motor below which nothing is said: that of the impact's hypotheses."""

_FEATURES = 4
_HEIGHT_M = 5e3  # heights count by difference below, by ratio above: the lowest at which the table was read
_LEAST_PUSH_M_S2, _LEAST_SPEED_M_S = 1.0, 30.0  # logarithms end here: 0.1 g, the speed of the first seconds
_UP_AND_DOWN = 0.4  # share of the westward shift of a throw from rest that simulated flights show: 0.3 to 0.5
_FARTHEST_M, _NEAREST_M = 2e7, 2e3  # half way round, and what hardly left its pad
_CELLS = 480  # of 2 %: narrower than any part of the mixture
_ENV = EARTH.as_array()


@lru_cache(maxsize=1)
def _table() -> tuple[Array, Array, Array]:
    """Return log weights (k,), means (k, 6) and covariances (k, 6, 6)."""
    table = json.loads((files("launchwatch.estimate.track") / "data" / "burns.json").read_text("utf-8"))
    return np.log(np.array(table["weight"])), np.array(table["mean"]), np.array(table["covariance"])


def features_of(states: Array, pushed: Array) -> Array:
    """Return features (n, 4) of earth-fixed states (n, 6) and accelerations (n, 3), m/s^2, gravity included."""
    free = np.array([earth_fixed(row[0], row[1], row[2], row[3], row[4], _ENV) for row in states])
    push = np.linalg.norm(pushed - free, axis=1)
    return _features(states, push)


def _features(states: Array, push: Array) -> Array:
    place = geodetic_from_ecef(np.ascontiguousarray(states[:, :3]))
    lat, lon = place[:, 0], place[:, 1]
    up = np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    speed = np.maximum(np.linalg.norm(states[:, 3:6], axis=1), _LEAST_SPEED_M_S)
    climb = np.arcsin(np.clip((states[:, 3:6] * up).sum(axis=1) / speed, -1.0, 1.0))
    return np.column_stack(
        [np.arcsinh(place[:, 2] / _HEIGHT_M), np.log(speed), climb, np.log(np.maximum(push, _LEAST_PUSH_M_S2))]
    )


def prospect_of(mode_mean: Array, mode_covariance: Array, probability: Array) -> Prospect | None:
    """Return what the boost mode of a filter's modes (M, 10), (M, 10, 10), (M,) may yet reach.

    None where it hardly burns, where its state is none, and where it comes down: no flight of the prior burns
    then, while air looks like a motor's push.
    """
    mean, covariance = mode_mean[BOOST], mode_covariance[BOOST]
    if probability[BOOST] < LEAST or not (np.isfinite(mean).all() and np.isfinite(covariance).all()):
        return None
    if mean[:3] @ mean[3:6] < 0.0:
        return None
    return _told(mean, _moments(mean, covariance), _course_sigma(mean, covariance), float(probability[BOOST]))


def prospect_at(state: Array, pushed: Array) -> Prospect:
    """Return the same where it burns for certain and state (6,) and acceleration (3,), m/s^2, are exact."""
    features = features_of(state[None], pushed[None])[0]
    return _told(state, (features, np.zeros((_FEATURES, _FEATURES))), STEERING_RAD, 1.0)


def _told(mean: Array, features: tuple[Array, Array], sigma_rad: float, probability: float) -> Prospect:
    range_m, in_s = _quantiles(*_to_come(*features))
    half = len(LEVELS) // 2
    azimuth = _course(mean, float(range_m[half]), float(in_s[half]))
    return Prospect(
        probability=round(probability, 4),
        azimuth_deg=round(math.degrees(azimuth), 2),
        azimuth_sigma_deg=round(math.degrees(sigma_rad), 2),
        range_km=tuple(significant(v / 1e3, 4) for v in range_m.tolist()),
        remaining_s=tuple(round(v, 1) for v in in_s.tolist()),
    )


def _quantiles(weight: Array, middle: Array, sigma: Array, log_s: tuple[Array, Array]) -> tuple[Array, Array]:
    """Return distances (m) at `LEVELS` and seconds to the fall there, which never shrink with it."""
    edges = np.linspace(math.log(_NEAREST_M), math.log(_FARTHEST_M), _CELLS)
    below = weight @ ndtr((edges - middle[:, None]) / sigma[:, None])
    at = np.interp(LEVELS, below, edges)
    off = at - middle[:, None]
    share = weight[:, None] * np.exp(-0.5 * (off / sigma[:, None]) ** 2) / sigma[:, None] + 1e-12
    times = ((log_s[0][:, None] + log_s[1][:, None] * off) * share).sum(axis=0) / share.sum(axis=0)
    return np.exp(at), np.maximum.accumulate(np.exp(times))


def _moments(mean: Array, covariance: Array) -> tuple[Array, Array]:
    """Return mean (4,) and covariance (4, 4) of the features of a boosting state, by cubature points."""
    used = [0, 1, 2, 3, 4, 5, THRUST]
    root = cholesky(np.ascontiguousarray(covariance[np.ix_(used, used)]))
    if not np.isfinite(root).all():
        root = np.diag(np.sqrt(np.maximum(np.diag(covariance)[used], 1e-6)))
    off = math.sqrt(len(used)) * np.concatenate([root.T, -root.T])
    points = mean[used] + off
    found = _features(points[:, :6], np.abs(points[:, 6]))
    middle = found.mean(axis=0)
    apart = found - middle
    return middle, apart.T @ apart / len(found)


def _to_come(middle: Array, spread: Array) -> tuple[Array, Array, Array, tuple[Array, Array]]:
    """Return weights (k,), mean and sigma of ln distance (k,), and ln time's mean and slope on ln distance."""
    log_weight, center, covariance = _table()
    own = covariance[:, :_FEATURES, :_FEATURES] + spread
    cross = covariance[:, _FEATURES:, :_FEATURES]
    off = middle - center[:, :_FEATURES]
    gain = np.linalg.solve(own, cross.transpose(0, 2, 1)).transpose(0, 2, 1)
    square = (off * np.linalg.solve(own, off[:, :, None])[:, :, 0]).sum(axis=1)
    log = log_weight - 0.5 * (square + np.linalg.slogdet(own)[1])
    weight = np.exp(log - log.max())
    y = center[:, _FEATURES:] + (gain @ off[:, :, None])[:, :, 0]
    rest = covariance[:, _FEATURES:, _FEATURES:] - gain @ cross.transpose(0, 2, 1)
    variance = np.maximum(rest[:, 0, 0], 1e-6)
    return weight / weight.sum(), y[:, 0], np.sqrt(variance), (y[:, 1], rest[:, 0, 1] / variance)


def _course(mean: Array, range_m: float, in_s: float) -> float:
    """Return the azimuth (rad) of the great circle on which an object comes down `range_m` away in `in_s`."""
    lat, azimuth, _ = _heading(mean)
    right = WGS84_ROTATION_RAD_S * math.sin(lat) * in_s
    west_m = _UP_AND_DOWN * WGS84_ROTATION_RAD_S * math.cos(lat) * _GRAVITY_M_S2 * in_s**3 / 6.0
    return (azimuth + right - west_m * math.cos(azimuth) / range_m) % (2.0 * math.pi)


_GRAVITY_M_S2 = 9.5  # at 100 km, where most of a flight's time is spent: with 9.8 the shift is 3 % more


def _heading(mean: Array) -> tuple[float, float, Array]:
    """Return latitude, the velocity's azimuth over ground (rad), and rows ahead and right of it (2, 3)."""
    lat, lon, _ = geodetic_from_ecef(np.ascontiguousarray(mean[None, :3]))[0]
    east, north, _ = east_north_up(lat, lon)
    azimuth = math.atan2(east @ mean[3:6], north @ mean[3:6])
    turn = np.array([[math.sin(azimuth), math.cos(azimuth)], [math.cos(azimuth), -math.sin(azimuth)]])
    return float(lat), azimuth, turn @ np.array([east, north])


def _course_sigma(mean: Array, covariance: Array) -> float:
    """Return the sigma (rad) of the course: the velocity's across its way, and steering; at most half a turn."""
    _, _, (ahead, right) = _heading(mean)
    across = math.sqrt(max(float(right @ covariance[3:6, 3:6] @ right), 0.0))
    return min(math.hypot(across / max(float(ahead @ mean[3:6]), 1.0), STEERING_RAD), math.pi)
