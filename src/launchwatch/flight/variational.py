"""The fall of a coasting body, its derivative and what process noise adds on the way: one compiled flight.

Forward, adaptive Dormand-Prince 5(4) (J. Comput. Appl. Math. 6, 1980, 19-26, table 2) carries the state to the
ground. Backward, the same steps carry the derivative of the place and time of impact: the exact transpose of the
method's own arithmetic (Hairer, Norsett & Wanner, Solving Ordinary Differential Equations I, section II.6, on the
derivative of a Runge-Kutta solution), so that only three rows are carried instead of a 6 x 7 matrix. Row by row it
is the derivative of the impact by the state at that time, and noise of spectral density Q adds the integral of
(row Q row') over the flight.
"""

import math

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.compiled import inline_kernel, kernel
from launchwatch.flight.environment import FLATTENING, RADIUS
from launchwatch.flight.gradients import coasting, coasting_gradient
from launchwatch.flight.propagation import FAILED, IMPACT, NEVER_ROSE, STILL_FLYING
from launchwatch.geo.ellipsoid import height_and_up

Array = NDArray[np.float64]

STATUS, IMPACT_TIME, IMPACT_STATE, STEPS = 0, 1, 2, 8
OUTCOMES = 9
EAST, NORTH, LATE = range(3)
"""Rows of the derivative: metres east and north on the ground, seconds."""

MOST_STEPS = 1000
_STAGES = 6
_LONGEST_STEP_S = 120.0
_FIRST_STEP_S = (2.0, 20.0)  # in air, above it
_G, _SCALE_HEIGHT_M, _THIN_AIR_M, _AIR_BEGINS_M, _AIR_BENDS_M = 9.8, 7000.0, 100e3, 80e3, 60e3
"""Rough, for the choice of steps only: error grows with density from one step to the next."""
_NEAR_GROUND_M = 10.0  # from here a straight line is exact to 5 cm: g / 2 * (10 m / 100 m/s)^2

_A = np.array(
    [
        [0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        [1 / 5, 0.0, 0.0, 0.0, 0.0, 0.0],
        [3 / 40, 9 / 40, 0.0, 0.0, 0.0, 0.0],
        [44 / 45, -56 / 15, 32 / 9, 0.0, 0.0, 0.0],
        [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729, 0.0, 0.0],
        [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656, 0.0],
        [35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
    ]
)
_ERROR = np.array([71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40])


@kernel
def workspace() -> tuple[Array, Array, Array]:
    """Return the arrays that a flight fills for its way back: stages' states, steps' lengths, aerodynamic drag."""
    return np.empty((MOST_STEPS, _STAGES, 6)), np.empty(MOST_STEPS), np.empty((MOST_STEPS, 2))


@inline_kernel
def _step(stages: Array, k: Array, h: float, log_drag: float, env: Array, new: Array) -> float:
    """Advance by one step from `stages[0]` with its derivative `k[0]`; write the end to `new`, its own to `k[6]`.

    Returns the drag at the end (m/s^2).
    """
    for s in range(1, _STAGES):
        for i in range(6):
            new[i] = stages[0, i]
        for j in range(s):
            part = h * _A[s, j]
            for i in range(6):
                new[i] += part * k[j, i]
        for i in range(6):
            stages[s, i] = new[i]
        coasting(new, log_drag, env, k[s])
    for i in range(6):
        new[i] = stages[0, i]
    for j in range(_STAGES):
        part = h * _A[6, j]
        for i in range(6):
            new[i] += part * k[j, i]
    return coasting(new, log_drag, env, k[6])


@inline_kernel
def _error(h: float, k: Array, tolerance: float) -> float:
    """Return the step's error over tolerance: `tolerance` m in position, a thousandth per second in velocity."""
    worst = 0.0
    for i in range(6):
        off = 0.0
        for j in range(7):
            off += _ERROR[j] * k[j, i]
        scale = tolerance if i < 3 else 1e-3 * tolerance
        worst = max(worst, abs(h * off) / scale)
    return worst


@inline_kernel
def _to_the_air(height: float, climb: float) -> float:
    """Return the seconds until a body sinks into air that bends its path, so that no long step strikes it."""
    if height < _AIR_BEGINS_M:
        return _LONGEST_STEP_S
    floor = _THIN_AIR_M if height > 1.3 * _THIN_AIR_M else _AIR_BENDS_M
    return (climb + math.sqrt(climb * climb + 2.0 * _G * (height - floor))) / _G


@kernel
def fall(
    state: Array, log_drag: float, env: Array, tolerance: float, longest: float, stages: Array, lengths: Array,
    drag: Array, out: Array,
) -> int:  # fmt: skip
    """Coast from an earth-fixed state (6,) to height 0 of the ellipsoid, keeping each step (see `workspace`).

    `log_drag` is ln(C_D A / m / 1e-4 m^2/kg); `tolerance` (m) bounds each step's error in position; the flight is
    given up after `longest` s. Writes `OUTCOMES` numbers (this module's index names; NaN for what did not happen)
    and returns the number of steps.
    """
    out[:] = np.nan
    new, k = np.empty(6), np.empty((7, 6))
    t, n, before = 0.0, 0, 1.0
    height, ux, uy, uz = height_and_up(state[0], state[1], state[2], env[RADIUS], env[FLATTENING])
    climb = state[3] * ux + state[4] * uy + state[5] * uz
    h = _FIRST_STEP_S[0] if height < _AIR_BEGINS_M else _FIRST_STEP_S[1]
    stages[0, 0] = state
    now = coasting(state, log_drag, env, k[0])
    out[STATUS] = FAILED
    while n < MOST_STEPS - 1:
        if t >= longest:
            out[STATUS] = STILL_FLYING
            break
        tried = min(h, _LONGEST_STEP_S, longest - t + 1e-6, _to_the_air(height, climb))
        after = _step(stages[n], k, tried, log_drag, env, new)
        worst = _error(tried, k, tolerance)
        if not worst <= 1.0:
            if not math.isfinite(worst) or tried < 1e-9:
                break
            h = tried * max(0.2, 0.9 * worst ** (-0.2))
            continue
        low, ux, uy, uz = height_and_up(new[0], new[1], new[2], env[RADIUS], env[FLATTENING])
        climb = new[3] * ux + new[4] * uy + new[5] * uz
        denser = (
            math.exp(min((height - low) / _SCALE_HEIGHT_M, 5.0)) if low < _AIR_BEGINS_M and climb < 0.0 else 1.0
        )
        h = tried * min(5.0, 0.9 * max(worst * denser, 1e-8) ** (-0.17) * max(before, 1e-4) ** 0.04)
        before = worst * denser
        if low < 0.0 and height <= 0.0:
            out[STATUS] = NEVER_ROSE
            break
        if low <= 0.0 < height:
            taken = tried
            for _ in range(20):
                climb = new[3] * ux + new[4] * uy + new[5] * uz
                if abs(low) <= _NEAR_GROUND_M or climb >= 0.0:
                    break
                taken = min(max(taken - low / climb, 0.0), tried)
                after = _step(stages[n], k, taken, log_drag, env, new)
                low, ux, uy, uz = height_and_up(new[0], new[1], new[2], env[RADIUS], env[FLATTENING])
            climb = min(new[3] * ux + new[4] * uy + new[5] * uz, -1e-3)
            rest = -low / climb
            for i in range(3):
                new[i] += rest * new[3 + i]
                new[3 + i] += rest * k[6, 3 + i]
            lengths[n], drag[n, 0], drag[n, 1] = taken, now, after
            n += 1
            out[STATUS], out[IMPACT_TIME] = IMPACT, t + taken + rest
            out[IMPACT_STATE : IMPACT_STATE + 6] = new
            break
        lengths[n], drag[n, 0], drag[n, 1] = tried, now, after
        t += tried
        n += 1
        now, height = after, low
        stages[n, 0] = new
        k[0] = k[6]
    out[STEPS] = n
    return n


@inline_kernel
def _ground_rows(out: Array, env: Array, row: Array) -> None:
    """Write the derivative (3, 7) of the ground's east, north and the time by the state on impact."""
    at = out[IMPACT_STATE : IMPACT_STATE + 6]
    _, ux, uy, uz = height_and_up(at[0], at[1], at[2], env[RADIUS], env[FLATTENING])
    level = max(math.sqrt(ux * ux + uy * uy), 1e-12)
    east = (-uy / level, ux / level, 0.0)
    north = (-uz * east[1], uz * east[0], ux * east[1] - uy * east[0])
    up = (ux, uy, uz)
    sink = at[3] * ux + at[4] * uy + at[5] * uz
    eastward = (at[3] * east[0] + at[4] * east[1]) / sink
    northward = (at[3] * north[0] + at[4] * north[1] + at[5] * north[2]) / sink
    row[:] = 0.0
    for i in range(3):
        row[EAST, i] = east[i] - eastward * up[i]
        row[NORTH, i] = north[i] - northward * up[i]
        row[LATE, i] = -up[i] / sink


@inline_kernel
def _slope_row(row: Array, by_r: Array, by_v: Array, by_d: Array, out: Array) -> None:
    """Write `row` (3, 7) times the derivative (7, 7) of the state's rate of change."""
    for c in range(3):
        a, b, d = row[c, 3], row[c, 4], row[c, 5]
        for j in range(3):
            out[c, j] = a * by_r[0, j] + b * by_r[1, j] + d * by_r[2, j]
            out[c, 3 + j] = row[c, j] + a * by_v[0, j] + b * by_v[1, j] + d * by_v[2, j]
        out[c, 6] = a * by_d[0] + b * by_d[1] + d * by_d[2]


@inline_kernel
def _density(row: Array, drag: float, noise: Array, out: Array) -> None:
    """Write row Q row' (3, 3): white acceleration, more in proportion to drag squared, wandering ln drag."""
    q = noise[0] + noise[1] * drag * drag
    for a in range(3):
        for b in range(3):
            out[a, b] = noise[2] * row[a, 6] * row[b, 6]
            for i in range(3, 6):
                out[a, b] += q * row[a, i] * row[b, i]


@kernel
def sensitivity(
    stages: Array, lengths: Array, drag: Array, steps: int, log_drag: float, env: Array, noise: Array, out: Array,
    row: Array, added: Array,
) -> None:  # fmt: skip
    """Go back over a flight of `fall`: write the derivative `row` (3, 7) and noise's covariance `added` (3, 3).

    Rows of both are metres east and north on the ground at the impact and seconds; columns of `row` the first
    position, velocity and ln drag. `noise` (3,) holds spectral densities: acceleration (m^2/s^3), the share of the
    drag's acceleration squared, and ln drag (1/s).
    """
    by_r, by_v, by_d = np.empty((3, 3)), np.empty((3, 3)), np.empty(3)
    g, w = np.empty((_STAGES, 3, 7)), np.empty((3, 7))
    late, early, middle = np.empty((3, 3)), np.empty((3, 3)), np.empty((3, 3))
    first, last, before = np.empty((3, 7)), np.empty((3, 7)), np.empty((3, 7))
    _ground_rows(out, env, row)
    added[:] = 0.0
    coasting_gradient(out[IMPACT_STATE : IMPACT_STATE + 6], log_drag, env, by_r, by_v, by_d)
    _slope_row(row, by_r, by_v, by_d, last)
    for n in range(steps - 1, -1, -1):
        h = lengths[n]
        before[:] = row
        for s in range(_STAGES - 1, -1, -1):
            part = h * _A[6, s]
            for c in range(3):
                for i in range(7):
                    w[c, i] = part * before[c, i]
            for j in range(s + 1, _STAGES):
                part = h * _A[j, s]
                for c in range(3):
                    for i in range(7):
                        w[c, i] += part * g[j, c, i]
            coasting_gradient(stages[n, s], log_drag, env, by_r, by_v, by_d)
            _slope_row(w, by_r, by_v, by_d, g[s])
            for c in range(3):
                for i in range(7):
                    row[c, i] += g[s, c, i]
        _slope_row(row, by_r, by_v, by_d, first)
        _density(before, drag[n, 1], noise, late)
        _density(row, drag[n, 0], noise, early)
        for c in range(3):  # row' = -row J: cubic Hermite to the middle, Simpson over the step
            for i in range(7):
                w[c, i] = 0.5 * (row[c, i] + before[c, i]) + 0.125 * h * (last[c, i] - first[c, i])
        _density(w, 0.5 * (drag[n, 0] + drag[n, 1]), noise, middle)
        for a in range(3):
            for b in range(3):
                added[a, b] += h / 6.0 * (late[a, b] + 4.0 * middle[a, b] + early[a, b])
        last[:] = first
