"""Where a tracked object falls: sigma points of every hypothesis flown to the ground.

Cubature points (Arasaratnam & Haykin, IEEE TAC 54, 2009, eq. 30) carry each mode's Gaussian through the flight
core. The hypotheses are told apart, since a mean between them is where nothing falls:

    thrust ends now   from the boost mode: the instantaneous impact point of range safety
    ballistic         from the coast mode: it goes on coasting
    pull-up           from the coast mode, on a path low enough for it: it will yet lift
    glide             from the glide mode: lift goes on, steered as the flight core steers

with the lift-to-drag ratio, glide angle, end speed and pull-up height of the latter two unknown.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from launchwatch.basis.compiled import kernel
from launchwatch.bayes.linear import cholesky
from launchwatch.bayes.sampling import ellipse_axes
from launchwatch.estimate.track.motion import BOOST, COAST, DRAG, GLIDE, GLIDE_END, LIFT
from launchwatch.flight import parameters as prm
from launchwatch.flight.environment import EARTH
from launchwatch.flight.propagation import IMPACT, IMPACT_STATE, IMPACT_TIME, MAX_HEIGHT, OUTCOMES, STATUS, coast
from launchwatch.geo.ellipsoid import geodetic_from_ecef
from launchwatch.geo.frames import east_north_up

Array = NDArray[np.float64]

_TOLERANCE_M = 10.0  # a fiftieth of the best ellipse
_LONGEST_S = 21_600.0  # an apogee of 30,000 km
_ANY_LIFT_HEIGHT_M = 60e3

THRUST_ENDS, BALLISTIC, PULL_UP, GLIDING = range(4)
HYPOTHESES = ("thrust ends now", "ballistic", "pull-up", "glide")

# Unknown steering, mean and sigma: lift-to-drag ratio, glide angle (rad), end speed (m/s), pull-up height (m).
STEERING = np.array([[2.2, 0.7], [-0.01, 0.025], GLIDE_END, [36e3, 7e3]])

_PULL_UP_BELOW_M, _NO_PULL_UP_ABOVE_M, _PULL_UP_SHARE = 60e3, 100e3, 0.5
"""Paths that stay below 60 km are flown low in order to be steered: half of them pull up; above 100 km none."""


@kernel
def body_row(drag: float, lift: float, steering: Array, hypothesis: int) -> Array:
    """Return the parameter row of a body after burnout from tracked log-drag, lift (1e-4 m^2/kg) and steering.

    On a parabolic polar total drag is D0 (1 + s^2) and lift 2 (L/D) D0 s at the share s of full lift; from the
    tracked pair and a lift-to-drag ratio follow s and D0.
    """
    row = np.zeros(prm.COUNT)
    total = math.exp(min(max(drag, -4.0), 7.0)) * 1e-4
    row[prm.MAX_LIFT] = 150.0
    if hypothesis >= PULL_UP:
        ratio = max(steering[0], 0.5)
        row[prm.LIFT_TO_DRAG], row[prm.GLIDE_ANGLE] = ratio, steering[1]
        row[prm.GLIDE_END_SPEED] = max(steering[2], 100.0)
        row[prm.PULL_UP_HEIGHT] = max(steering[3], 15e3)
    if hypothesis == GLIDING:
        quotient = min(max(lift * 1e-4 / (total * ratio), 0.0), 1.0)
        share = quotient / (1.0 + math.sqrt(1.0 - quotient * quotient))
        total /= 1.0 + share * share
        row[prm.PULL_UP_HEIGHT] = _ANY_LIFT_HEIGHT_M
    row[prm.BALLISTIC_COEFFICIENT] = 1.0 / total
    return row


@kernel
def fall(state: Array, row: Array, env: Array, out: Array) -> None:
    """Write the outcome of a body coasting (or gliding) to sea level from an earth-fixed state (6,)."""
    coast(state, row, env, 0.0, _TOLERANCE_M, _LONGEST_S, np.empty(0), np.empty((0, 6)), out)


@kernel
def _points(mean: Array, covariance: Array, hypothesis: int, steering: Array, env: Array) -> Array:
    """Return impact points (k, 4): earth-fixed place and seconds from now; flights that never fall left out."""
    used = (
        np.array([0, 1, 2, 3, 4, 5, DRAG, LIFT]) if hypothesis == GLIDING else np.array([0, 1, 2, 3, 4, 5, DRAG])
    )
    steered = steering.shape[0] if hypothesis >= PULL_UP else 0
    n = used.size + steered
    root = np.zeros((n, n))
    root[: used.size, : used.size] = cholesky(_pick(covariance, used))
    for i in range(steered):
        root[used.size + i, used.size + i] = steering[i, 1]
    found, k, out = np.empty((2 * n, 4)), 0, np.empty(OUTCOMES)
    for c in range(n):
        for side in (-1.0, 1.0):
            x, course = mean.copy(), steering[:, 0].copy()
            for i in range(n):
                nudge = side * math.sqrt(float(n)) * root[i, c]
                if i < used.size:
                    x[used[i]] += nudge
                else:
                    course[i - used.size] += nudge
            fall(x[:6], body_row(x[DRAG], x[LIFT], course, hypothesis), env, out)
            if out[STATUS] == IMPACT:
                found[k, :3] = out[IMPACT_STATE : IMPACT_STATE + 3]
                found[k, 3] = out[IMPACT_TIME]
                k += 1
    return found[:k]


@kernel
def _pick(a: Array, index: NDArray[np.int64]) -> Array:
    out = np.empty((index.size, index.size))
    for i in range(index.size):
        for j in range(index.size):
            out[i, j] = a[index[i], index[j]]
    return out


@dataclass(frozen=True)
class Impact:
    """A predicted impact under one hypothesis.

    Latitude, longitude (rad), seconds from now with sigma, covariance (2, 2) of east and north (m^2); `axes` are
    the 95 % ellipse's semi-axes (m) and azimuth (rad).
    """

    hypothesis: int
    probability: float
    lat_rad: float
    lon_rad: float
    in_s: float
    sigma_s: float
    covariance_m2: Array
    axes: tuple[float, float, float]


def hypothesis_probabilities(mean: Array, probability: Array) -> Array:
    """Return the probabilities (4,) of the hypotheses from modes (3, 10), (3,): coast is shared with pull-up."""
    share = _pull_up_share(mean[COAST]) if probability[COAST] > _LEAST else 0.0
    boost, coasting, glide = probability[:3]
    return np.array([boost, coasting * (1 - share), coasting * share, glide])


def _pull_up_share(state: Array) -> float:
    """Return the probability that a coasting body (10,) will yet pull up."""
    if float(np.linalg.norm(state[3:6])) <= GLIDE_END[0]:
        return 0.0
    x = state[:6].copy()
    height = float(geodetic_from_ecef(x[None, :3])[0, 2])
    unmet = 1.0
    if x[:3] @ x[3:6] < 0:
        x[3:] *= -1.0  # back up the way it came, for the apogee behind it
        middle, sigma = STEERING[3]
        unmet = float(ndtr((height - middle) / sigma))  # the share of pull-up heights yet below it
    out = np.empty(OUTCOMES)
    fall(x, body_row(_NO_DRAG, 0.0, STEERING[:, 0], BALLISTIC), EARTH.as_array(), out)
    low = float(np.clip((_NO_PULL_UP_ABOVE_M - out[MAX_HEIGHT]) / (_NO_PULL_UP_ABOVE_M - _PULL_UP_BELOW_M), 0, 1))
    before = _PULL_UP_SHARE * low
    return before * unmet / (before * unmet + 1 - before)


_NO_DRAG = -4.0
_MODE_OF = (BOOST, COAST, COAST, GLIDE)
_LEAST = 0.02


def predict_impacts(mean: Array, covariance: Array, probability: Array) -> list[Impact]:
    """Return the predicted impacts of modes (3, 10), (3, 10, 10), (3,), the likeliest hypothesis first.

    Hypotheses below 2 %, and those under which most sigma points do not come down within six hours, are left out.
    """
    found = []
    for hypothesis, share in enumerate(hypothesis_probabilities(mean, probability)):
        mode = _MODE_OF[hypothesis]
        if share >= _LEAST:
            points = _points(mean[mode], covariance[mode], hypothesis, STEERING, EARTH.as_array())
            if len(points) > 8 and np.isfinite(points).all():
                found.append(_summary(hypothesis, float(share), points))
    return sorted(found, key=lambda impact: -impact.probability)


def _summary(hypothesis: int, share: float, points: Array) -> Impact:
    center = points[:, :3].mean(axis=0)
    lat, lon, _ = geodetic_from_ecef(center[None])[0]
    local = ((points[:, :3] - center) @ east_north_up(lat, lon).T)[:, :2]
    spread = local.T @ local / len(points)
    in_s = points[:, 3]
    return Impact(
        hypothesis, share, float(lat), float(lon), float(in_s.mean()), float(in_s.std()), spread,
        ellipse_axes(spread),
    )  # fmt: skip
