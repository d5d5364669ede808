"""Where a tracked object falls: every hypothesis carried to the ground, all tracks in one compiled call.

The hypotheses are told apart, since a mean between them is where nothing falls:

    thrust ends now   from the boost mode: the instantaneous impact point of range safety
    ballistic         from the coast mode: it goes on coasting
    pull-up           from the coast mode, on a path low enough for it: it will yet lift
    glide             from the glide mode: lift goes on, steered as the flight core steers

with the lift-to-drag ratio, glide angle, end speed and pull-up height of the latter two unknown.

The first two coast. Their place and time of impact are nearly linear in position and velocity and are carried by
the derivative of one flight, with the process noise on the way; they are far from linear in the drag that is yet
to be met, so that two more flights at -sqrt(3) and +sqrt(3) sigmas of its logarithm, the rest of the state moved
with it as they are correlated, give mean and covariance by Gauss-Hermite quadrature of three points wherever drag
matters. Where the ellipse is large against the distance to go, and under the other two hypotheses, cubature points
(Arasaratnam & Haykin, IEEE TAC 54, 2009, eq. 30) fly.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.compiled import inline_kernel, kernel
from launchwatch.bayes.linear import cholesky
from launchwatch.bayes.sampling import CHI2_95_2
from launchwatch.estimate.track.motion import (
    ACCELERATION,
    AERODYNAMIC,
    BOOST,
    COAST,
    DRAG,
    GLIDE,
    GLIDE_END,
    LIFT,
    NOISE,
    THRUST,
)
from launchwatch.flight import parameters as prm
from launchwatch.flight import variational as vf
from launchwatch.flight.environment import EARTH, FLATTENING, MU, RADIUS, ROTATION, Environment
from launchwatch.flight.propagation import IMPACT, IMPACT_STATE, IMPACT_TIME, OUTCOMES, STATUS, coast
from launchwatch.geo.ellipsoid import height_and_up, to_geodetic
from launchwatch.geo.frames import east_north_up

Array = NDArray[np.float64]

_TOLERANCE_M = 10.0  # a step; the impact is then within 1 m, a seventh of the best ellipse's sigma
_ROUGH_M = 30.0  # for drag sigmas away: the impact is within some 3 m
_LONGEST_S = 21_600.0  # an apogee of 30,000 km
_ANY_LIFT_HEIGHT_M = 60e3

THRUST_ENDS, BALLISTIC, PULL_UP, GLIDING = range(4)
HYPOTHESES = ("thrust ends now", "ballistic", "pull-up", "glide")

# Unknown steering, mean and sigma: lift-to-drag ratio, glide angle (rad), end speed (m/s), pull-up height (m).
STEERING = np.array([[2.2, 0.7], [-0.01, 0.025], GLIDE_END, [36e3, 7e3]])

_PULL_UP_BELOW_M, _NO_PULL_UP_ABOVE_M, _PULL_UP_SHARE = 60e3, 100e3, 0.5
"""Paths that stay below 60 km are flown low in order to be steered: half of them pull up; above 100 km none."""

WHILE_COASTING = NOISE[COAST, [ACCELERATION, AERODYNAMIC, DRAG - THRUST + 2]]
"""Noise on the way down as `flight.variational` takes it: that of the tracker's coast mode."""

_DRAG_MATTERS = 0.02
"""Shift of the mean by the curvature in ln drag, in sigmas, from which on two more flights are flown."""
_FAR_FROM_LINEAR = 0.2
"""Largest sigma of the ground over the distance to go for which the derivative serves: 0.13 five seconds after the
burnout of a 700 km flight, where the linear ellipse still holds 94.7 % of the exact samples."""


@kernel
def body_row(drag: float, lift: float, steering: Array, hypothesis: int) -> Array:
    """Return the parameter row of a body after burnout from tracked log-drag, lift (1e-4 m^2/kg) and steering.

    On a parabolic polar total drag is D0 (1 + s^2) and lift 2 (L/D) D0 s at the share s of full lift; from the
    tracked pair and a lift-to-drag ratio follow s and D0.
    """
    row = np.zeros(prm.COUNT)
    total = math.exp(_bounded(drag)) * 1e-4
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


@inline_kernel
def _bounded(drag: float) -> float:
    """Return a log-drag between those of a needle and of a plate."""
    return min(max(drag, -4.0), 7.0)


@kernel
def fall(state: Array, row: Array, env: Array, out: Array) -> None:
    """Write the outcome of a body coasting (or gliding) to sea level from an earth-fixed state (6,)."""
    coast(state, row, env, 0.0, _TOLERANCE_M, _LONGEST_S, np.empty(0), np.empty((0, 6)), out)


SHARE, LAT, LON, IN_S, SIGMA_S, EAST_EAST, EAST_NORTH, NORTH_NORTH, MAJOR, MINOR, AZIMUTH = range(11)
COLUMNS = 11
"""Numbers of a predicted impact: as in `Impact`, with the covariance's three entries one by one."""


@kernel
def cubature_impact(
    mean: Array, covariance: Array, hypothesis: int, steering: Array, env: Array, out: Array
) -> bool:  # fmt: skip
    """Write a prediction from cubature points; flights that never fall are left out, fewer than nine are none."""
    used = (
        np.array([0, 1, 2, 3, 4, 5, DRAG, LIFT]) if hypothesis == GLIDING else np.array([0, 1, 2, 3, 4, 5, DRAG])
    )
    steered = steering.shape[0] if hypothesis >= PULL_UP else 0
    n = used.size + steered
    root = np.zeros((n, n))
    root[: used.size, : used.size] = cholesky(_pick(covariance, used))
    for i in range(steered):
        root[used.size + i, used.size + i] = steering[i, 1]
    found, k, flight = np.empty((2 * n, 4)), 0, np.empty(OUTCOMES)
    for c in range(n):
        for side in (-1.0, 1.0):
            x, course = mean.copy(), steering[:, 0].copy()
            for i in range(n):
                nudge = side * math.sqrt(float(n)) * root[i, c]
                if i < used.size:
                    x[used[i]] += nudge
                else:
                    course[i - used.size] += nudge
            fall(x[:6], body_row(x[DRAG], x[LIFT], course, hypothesis), env, flight)
            if flight[STATUS] == IMPACT:
                found[k, :3] = flight[IMPACT_STATE : IMPACT_STATE + 3]
                found[k, 3] = flight[IMPACT_TIME]
                k += 1
    if k < _FEWEST:
        return False
    return _by_points(found[:k], env, out)


_FEWEST = 9


@kernel
def _by_points(found: Array, env: Array, out: Array) -> bool:
    """Write a prediction from equally likely impacts (k, 4): earth-fixed place and seconds."""
    k = found.shape[0]
    middle = np.zeros(4)
    for i in range(k):
        middle += found[i] / k
    lat, lon, _ = to_geodetic(middle[0], middle[1], middle[2], env[RADIUS], env[FLATTENING])
    axes = east_north_up(lat, lon)
    spread, off = np.zeros((3, 3)), np.empty(3)
    for i in range(k):
        for a in range(2):
            off[a] = 0.0
            for j in range(3):
                off[a] += axes[a, j] * (found[i, j] - middle[j])
        off[2] = found[i, 3] - middle[3]
        for a in range(3):
            for b in range(3):
                spread[a, b] += off[a] * off[b] / k
    return _write(middle, spread, env, out)


@kernel
def _write(middle: Array, spread: Array, env: Array, out: Array) -> bool:
    """Write a prediction from the mean (4,) of earth-fixed place and seconds and the covariance (3, 3)."""
    out[LAT], out[LON], _ = to_geodetic(middle[0], middle[1], middle[2], env[RADIUS], env[FLATTENING])
    ee, en, nn = spread[0, 0], spread[0, 1], spread[1, 1]
    out[IN_S], out[SIGMA_S] = middle[3], math.sqrt(max(spread[2, 2], 0.0))
    out[EAST_EAST], out[EAST_NORTH], out[NORTH_NORTH] = ee, en, nn
    half, apart = 0.5 * (ee + nn), math.sqrt(0.25 * (ee - nn) ** 2 + en * en)
    out[MAJOR] = math.sqrt(CHI2_95_2 * (half + apart))
    out[MINOR] = math.sqrt(CHI2_95_2 * max(half - apart, 0.0))
    out[AZIMUTH] = (0.5 * math.atan2(2.0 * en, nn - ee)) % math.pi
    return bool(np.isfinite(out[:COLUMNS]).all())


@kernel
def coasting_impact(
    x: Array, drag: float, p: Array, noise: Array, env: Array, stages: Array, lengths: Array, met: Array,
    out: Array,
) -> int:  # fmt: skip
    """Write the predicted impact of a coasting body to `out` (`COLUMNS`,), all but its share.

    State (6,), log-drag and their covariance `p` (7, 7); `noise` and the work arrays as `flight.variational` takes
    them. Returns 1; or -1 where it is too far from linear to say so, or where the mean does not come down (then
    cubature points tell whether most of the spread does); or 0 where the result is not finite.
    """
    drag = _bounded(drag)
    flight, row, spread = np.empty(vf.OUTCOMES), np.empty((3, 7)), np.empty((3, 3))
    steps = vf.fall(x, drag, env, _TOLERANCE_M, _LONGEST_S, stages, lengths, met, flight)
    if flight[vf.STATUS] != IMPACT:
        return -1
    vf.sensitivity(stages, lengths, met, steps, drag, env, noise, flight, row, spread)
    there = flight[vf.IMPACT_STATE : vf.IMPACT_STATE + 3]
    sigma = math.sqrt(max(p[6, 6], 0.0))
    column, moved = np.zeros(7), np.zeros(3)
    if sigma > 1e-6:
        for i in range(7):
            column[i] = p[i, 6] / sigma
    along = np.zeros((3, 7))
    for a in range(3):
        for j in range(7):
            for i in range(7):
                along[a, j] += row[a, i] * (p[i, j] - column[i] * column[j])
            moved[a] += row[a, j] * column[j]
    for a in range(3):
        for b in range(3):
            for j in range(7):
                spread[a, b] += along[a, j] * row[b, j]
    middle = np.zeros(4)
    middle[:3], middle[3] = there, flight[vf.IMPACT_TIME]
    if not _near_enough(x, there, spread, moved):
        return -1
    if 0.5 * sigma * _share_of_drag(spread, moved) > _DRAG_MATTERS:
        if not _met_drag(row, steps, drag, column, sigma, env, stages, lengths, met, middle, spread):
            return -1
    else:
        for a in range(3):
            for b in range(3):
                spread[a, b] += moved[a] * moved[b]
    return 1 if _write(middle, spread, env, out) else 0


@inline_kernel
def _near_enough(x: Array, there: Array, spread: Array, moved: Array) -> bool:
    """Return whether the ground's largest sigma is small against the way there."""
    trace, way = spread[0, 0] + spread[1, 1] + moved[0] * moved[0] + moved[1] * moved[1], 0.0
    for i in range(3):
        way += (there[i] - x[i]) ** 2
    return trace < _FAR_FROM_LINEAR * _FAR_FROM_LINEAR * way


@inline_kernel
def _share_of_drag(spread: Array, moved: Array) -> float:
    """Return the ground's move by one sigma of ln drag over the sigma in its direction (Mahalanobis, 0 to 1)."""
    ee, en, nn = spread[0, 0], spread[0, 1], spread[1, 1]
    e, n = moved[0], moved[1]
    square = (nn * e * e - 2.0 * en * e * n + ee * n * n) / max(ee * nn - en * en, 1e-12)
    return math.sqrt(square / (1.0 + square))


@inline_kernel
def _air_begins(steps: int, env: Array, stages: Array) -> int:
    """Return the last step of a flight that begins above the air, after none that does not; else 0."""
    for n in range(steps):
        if (
            height_and_up(stages[n, 0, 0], stages[n, 0, 1], stages[n, 0, 2], env[RADIUS], env[FLATTENING])[0]
            < _AIR_M
        ):
            return max(n - 1, 0)
    return 0


_AIR_M = 90e3


@inline_kernel
def _met_drag(
    row: Array, steps: int, drag: float, column: Array, sigma: float, env: Array, stages: Array, lengths: Array,
    met: Array, middle: Array, spread: Array,
) -> bool:  # fmt: skip
    """Move the mean and widen the covariance, in place, by flights at -sqrt(3) and +sqrt(3) sigmas of ln drag.

    From above the air they begin where the first flight (its steps are in the work arrays) enters it, and the move
    of the rest of the state counts by its derivative.
    """
    lat, lon, _ = to_geodetic(middle[0], middle[1], middle[2], env[RADIUS], env[FLATTENING])
    axes = east_north_up(lat, lon)
    begin = _air_begins(steps, env, stages)
    start, flown = stages[begin, 0].copy(), lengths[:begin].sum()
    y, flight, off = np.empty(6), np.empty(vf.OUTCOMES), np.zeros((3, 3))
    for side in range(2):
        shift = math.sqrt(3.0) * (2.0 * side - 1.0)
        for i in range(6):
            y[i] = start[i] + (shift * column[i] if begin == 0 else 0.0)
        vf.fall(y, _bounded(drag + shift * sigma), env, _ROUGH_M, _LONGEST_S, stages, lengths, met, flight)
        if flight[vf.STATUS] != IMPACT:
            return False
        for a in range(2):
            for j in range(3):
                off[side, a] += axes[a, j] * (flight[vf.IMPACT_STATE + j] - middle[j])
        off[side, 2] = flight[vf.IMPACT_TIME] + flown - middle[3]
        if begin > 0:
            for a in range(3):
                for i in range(6):
                    off[side, a] += shift * row[a, i] * column[i]
    mean = (off[0] + off[1]) / 6.0
    for node in range(3):
        weight = 1.0 / 6.0 if node < 2 else 2.0 / 3.0
        for a in range(3):
            for b in range(3):
                spread[a, b] += weight * (off[node, a] - mean[a]) * (off[node, b] - mean[b])
    for j in range(3):
        middle[j] += mean[0] * axes[0, j] + mean[1] * axes[1, j]
    middle[3] += mean[2]
    return True


@kernel
def _pick(a: Array, index: NDArray[np.int64]) -> Array:
    out = np.empty((index.size, index.size))
    for i in range(index.size):
        for j in range(index.size):
            out[i, j] = a[index[i], index[j]]
    return out


@kernel
def _predict(
    mean: Array, covariance: Array, probability: Array, steering: Array, noise: Array, env: Array, out: Array
) -> None:
    """Write the predictions (n, 4, `COLUMNS`) of n tracks by hypothesis; a share of 0 is none."""
    stages, lengths, met = vf.workspace()
    coasted = np.array([0, 1, 2, 3, 4, 5, DRAG])
    shares = np.empty(len(HYPOTHESES))
    for t in range(mean.shape[0]):
        _shares(mean[t], probability[t], env, shares)
        for hypothesis in range(len(HYPOTHESES)):
            one = out[t, hypothesis]
            one[SHARE] = shares[hypothesis]
            mode = _MODE_OF[hypothesis]
            found = -1
            if shares[hypothesis] < LEAST:
                one[SHARE] = 0.0
                continue
            x, p = mean[t, mode], covariance[t, mode]
            if hypothesis < PULL_UP:
                seven = _pick(p, coasted)
                found = coasting_impact(x[:6], x[DRAG], seven, noise, env, stages, lengths, met, one)
            if found < 0:
                found = 1 if cubature_impact(x, p, hypothesis, steering, env, one) else 0
            if found == 0:
                one[SHARE] = 0.0


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


_MODE_OF = (BOOST, COAST, COAST, GLIDE)
LEAST = 0.02
"""Probability below which a hypothesis is not followed; all of them together for what an engine holds up."""


@kernel
def _shares(mean: Array, probability: Array, env: Array, out: Array) -> None:
    """Write the probabilities (4,) of the hypotheses: coast is shared with pull-up."""
    share = _pull_up_share(mean[COAST], env) if probability[COAST] > LEAST else 0.0
    out[THRUST_ENDS], out[GLIDING] = probability[BOOST], probability[GLIDE]
    out[BALLISTIC], out[PULL_UP] = probability[COAST] * (1.0 - share), probability[COAST] * share


def hypothesis_probabilities(mean: Array, probability: Array) -> Array:
    """Return the probabilities (4,) of the hypotheses from modes (M, 10), (M,): coast is shared with pull-up."""
    out = np.empty(len(HYPOTHESES))
    _shares(mean, probability, EARTH.as_array(), out)
    return out


@kernel
def _pull_up_share(x: Array, env: Array) -> float:
    """Return the probability that a coasting body (10,) will yet pull up."""
    if math.sqrt(x[3] * x[3] + x[4] * x[4] + x[5] * x[5]) <= GLIDE_END[0]:
        return 0.0
    height, ux, uy, uz = height_and_up(x[0], x[1], x[2], env[RADIUS], env[FLATTENING])
    unmet = 1.0
    if x[3] * ux + x[4] * uy + x[5] * uz < 0.0:
        middle, sigma = STEERING[3]
        unmet = 0.5 * math.erfc((middle - height) / (sigma * math.sqrt(2.0)))  # pull-up heights yet below it
    low = (_NO_PULL_UP_ABOVE_M - _apogee_height(x, height, env)) / (_NO_PULL_UP_ABOVE_M - _PULL_UP_BELOW_M)
    before = _PULL_UP_SHARE * min(max(low, 0.0), 1.0)
    return before * unmet / (before * unmet + 1.0 - before)


@inline_kernel
def _apogee_height(x: Array, height: float, env: Array) -> float:
    """Return the height (m) of the two-body apogee, before or behind, over the ground here; a thousand km if none.

    J2 and the ellipsoid change it by some hundred metres on paths low enough for a pull-up.
    """
    w = env[ROTATION]
    vx, vy, vz = x[3] - w * x[1], x[4] + w * x[0], x[5]
    r = math.sqrt(x[0] * x[0] + x[1] * x[1] + x[2] * x[2])
    square = vx * vx + vy * vy + vz * vz
    radial = (x[0] * vx + x[1] * vy + x[2] * vz) / r
    inverse = 2.0 / r - square / env[MU]
    if inverse <= 0.0:
        return _NO_PULL_UP_ABOVE_M * 10.0
    momentum = r * r * (square - radial * radial)
    eccentricity = math.sqrt(max(1.0 - momentum * inverse / env[MU], 0.0))
    return (1.0 + eccentricity) / inverse - r + height


def predict_many(
    mean: Array,
    covariance: Array,
    probability: Array,
    *,
    environment: Environment = EARTH,
    noise: Array = WHILE_COASTING,
) -> Array:
    """Return the predicted impacts (n, 4, `COLUMNS`) of n tracks of modes (n, M, 10), (n, M, 10, 10), (n, M).

    One row a hypothesis, columns as this module's index names; a share of 0 is no prediction. `noise` (3,) are the
    spectral densities on the way down, as `flight.variational.sensitivity` takes them.
    """
    out = np.zeros((len(mean), len(HYPOTHESES), COLUMNS))
    _predict(
        np.ascontiguousarray(mean), np.ascontiguousarray(covariance), np.ascontiguousarray(probability), STEERING,
        noise, environment.as_array(), out,
    )  # fmt: skip
    return out


def predict_impacts(mean: Array, covariance: Array, probability: Array) -> list[Impact]:
    """Return the predicted impacts of modes (M, 10), (M, 10, 10), (M,), the likeliest hypothesis first.

    Hypotheses below 2 %, and those under which most sigma points do not come down within six hours, are left out.
    """
    found = predict_many(mean[None], covariance[None], probability[None])[0]
    impacts = [_impact(hypothesis, row) for hypothesis, row in enumerate(found) if row[SHARE] > 0.0]
    return sorted(impacts, key=lambda impact: -impact.probability)


def _impact(hypothesis: int, row: Array) -> Impact:
    values = row.tolist()
    ee, en, nn = values[EAST_EAST : NORTH_NORTH + 1]
    return Impact(
        hypothesis, values[SHARE], values[LAT], values[LON], values[IN_S], values[SIGMA_S],
        np.array([[ee, en], [en, nn]]), (values[MAJOR], values[MINOR], values[AZIMUTH]),
    )  # fmt: skip
