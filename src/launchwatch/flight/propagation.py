"""Paths from launch to impact: adaptive Dormand-Prince 5(4) with exact burnout, apogee, pull-up and impact.

Dormand & Prince, J. Comput. Appl. Math. 6 (1980) 19-26, table 2. Known instants (stage ends, pitch corners,
wanted times) end a step; crossings (apogee, pull-up, glide end, impact) are found as roots in the step length,
each trial being a full step of the method, so that an event's state is as exact as any other.
"""

import math

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.compiled import inline_kernel, kernel
from launchwatch.basis.threads import in_threads
from launchwatch.flight import parameters as prm
from launchwatch.flight.environment import EARTH, FLATTENING, RADIUS, Environment
from launchwatch.flight.forces import air_density, earth_fixed
from launchwatch.flight.parameters import (
    ACCELERATION_1,
    AZIMUTH,
    BALLISTIC_COEFFICIENT,
    BURN_TIME_1,
    GLIDE_ANGLE,
    GLIDE_END_SPEED,
    LAT,
    LIFT_TO_DRAG,
    LON,
    MAX_LIFT,
    PITCH,
    PITCH_TIME,
    PROPELLANT_1,
    PULL_UP_HEIGHT,
    STAGE_WIDTH,
    STAGES,
    VERTICAL_TIME,
)
from launchwatch.geo.ellipsoid import height_and_up, to_ecef
from launchwatch.geo.frames import east_north_up

Array = NDArray[np.float64]

STATUS = 0
BURNOUT_TIME, BURNOUT_STATE = 1, 2
APOGEE_TIME, APOGEE_HEIGHT, APOGEE_STATE = 8, 9, 10
IMPACT_TIME, IMPACT_STATE = 16, 17
PULL_UP_TIME, STEPS, MAX_HEIGHT = 23, 24, 25
OUTCOMES = 26
IMPACT, STILL_FLYING, FAILED, NEVER_ROSE = 0.0, 1.0, 2.0, 3.0

_COAST = -1
_STEEPNESS_RAD = 0.05  # how far below the glide angle full lift is commanded; only smooths the onset
_MAX_STEPS = 200_000
_MAX_STEP_S = 120.0  # no crossing pair that matters fits between two steps of a coast


@inline_kernel
def _thrust(t: float, stage: int, p: Array, axis: Array) -> tuple[float, float, float]:
    """Return thrust acceleration (m/s^2, ECEF) of a burning stage; `axis` rows are downrange and up."""
    start = 0.0
    for i in range(stage):
        start += p[BURN_TIME_1 + STAGE_WIDTH * i]
    at = STAGE_WIDTH * stage
    burnt = p[PROPELLANT_1 + at] * (t - start) / p[BURN_TIME_1 + at]
    size = p[ACCELERATION_1 + at] / (1.0 - burnt)
    tilt = min(max((t - p[VERTICAL_TIME]) / max(p[PITCH_TIME], 1e-9), 0.0), 1.0)
    elevation = 0.5 * math.pi - tilt * (0.5 * math.pi - p[PITCH])
    along, upward = size * math.cos(elevation), size * math.sin(elevation)
    return (
        along * axis[0, 0] + upward * axis[1, 0],
        along * axis[0, 1] + upward * axis[1, 1],
        along * axis[0, 2] + upward * axis[1, 2],
    )


@inline_kernel
def _mass_ratio(t: float, stage: int, p: Array) -> float:
    """Return the mass over that at the stage's burnout: heavier before, so drag decelerates less."""
    start = 0.0
    for i in range(stage):
        start += p[BURN_TIME_1 + STAGE_WIDTH * i]
    at = STAGE_WIDTH * stage
    fraction = p[PROPELLANT_1 + at]
    return (1.0 - fraction * (t - start) / p[BURN_TIME_1 + at]) / (1.0 - fraction)


@inline_kernel
def derivative(
    t: float, y: Array, stage: int, lifting: bool, p: Array, axis: Array, env: Array, out: Array
) -> None:
    """Write the six derivatives of an earth-fixed state `y` (m, m/s) into `out`.

    `stage` is the burning stage or -1; `lifting` turns lift on: at full lift the drag is doubled and lift over
    total drag is `lift_to_drag`, as at the best lift-to-drag ratio of a parabolic polar (Anderson,
    Introduction to Flight, section 6.7).
    """
    x, yy, z, vx, vy, vz = y[0], y[1], y[2], y[3], y[4], y[5]
    ax, ay, az = earth_fixed(x, yy, z, vx, vy, env)
    height, up_x, up_y, up_z = height_and_up(x, yy, z, env[RADIUS], env[FLATTENING])
    rho = air_density(height, env)
    speed = math.sqrt(vx * vx + vy * vy + vz * vz)
    drag = 0.5 * rho * speed / p[BALLISTIC_COEFFICIENT]
    if stage >= 0:
        tx, ty, tz = _thrust(t, stage, p, axis)
        ax, ay, az = ax + tx, ay + ty, az + tz
        drag /= _mass_ratio(t, stage, p)
    if lifting and speed > 1.0:
        climb = (vx * up_x + vy * up_y + vz * up_z) / speed
        level = math.sqrt(max(1.0 - climb * climb, 1e-12))
        full = 2.0 * p[LIFT_TO_DRAG] * drag * speed
        full = full / (1.0 + full / p[MAX_LIFT])
        share = math.tanh((p[GLIDE_ANGLE] - math.asin(min(max(climb, -1.0), 1.0))) / _STEEPNESS_RAD)
        lift = full * share / level
        along = lift * climb / speed
        ax, ay, az = ax + lift * up_x - along * vx, ay + lift * up_y - along * vy, az + lift * up_z - along * vz
        drag *= 1.0 + share * share
    out[0], out[1], out[2] = vx, vy, vz
    out[3], out[4], out[5] = ax - drag * vx, ay - drag * vy, az - drag * vz


@inline_kernel
def _step(
    t: float, h: float, y: Array, k: Array, new: Array,
    stage: int, lifting: bool, p: Array, axis: Array, env: Array,
) -> None:  # fmt: skip
    """Advance `y` by one Dormand-Prince step of length `h` into `new`; `k[0]` must hold the derivative at `t`."""
    for i in range(6):
        new[i] = y[i] + h * (0.2 * k[0, i])
    derivative(t + 0.2 * h, new, stage, lifting, p, axis, env, k[1])
    for i in range(6):
        new[i] = y[i] + h * (3 / 40 * k[0, i] + 9 / 40 * k[1, i])
    derivative(t + 0.3 * h, new, stage, lifting, p, axis, env, k[2])
    for i in range(6):
        new[i] = y[i] + h * (44 / 45 * k[0, i] - 56 / 15 * k[1, i] + 32 / 9 * k[2, i])
    derivative(t + 0.8 * h, new, stage, lifting, p, axis, env, k[3])
    for i in range(6):
        new[i] = y[i] + h * (
            19372 / 6561 * k[0, i] - 25360 / 2187 * k[1, i] + 64448 / 6561 * k[2, i] - 212 / 729 * k[3, i]
        )
    derivative(t + 8 / 9 * h, new, stage, lifting, p, axis, env, k[4])
    for i in range(6):
        new[i] = y[i] + h * (
            9017 / 3168 * k[0, i] - 355 / 33 * k[1, i] + 46732 / 5247 * k[2, i]
            + 49 / 176 * k[3, i] - 5103 / 18656 * k[4, i]
        )  # fmt: skip
    derivative(t + h, new, stage, lifting, p, axis, env, k[5])
    for i in range(6):
        new[i] = y[i] + h * (
            35 / 384 * k[0, i] + 500 / 1113 * k[2, i] + 125 / 192 * k[3, i]
            - 2187 / 6784 * k[4, i] + 11 / 84 * k[5, i]
        )  # fmt: skip
    derivative(t + h, new, stage, lifting, p, axis, env, k[6])


@inline_kernel
def _error(h: float, k: Array, tolerance: float) -> float:
    """Return the step's error over tolerance: `tolerance` m in position, a thousandth per second in velocity."""
    worst = 0.0
    for i in range(6):
        off = (
            71 / 57600 * k[0, i] - 71 / 16695 * k[2, i] + 71 / 1920 * k[3, i]
            - 17253 / 339200 * k[4, i] + 22 / 525 * k[5, i] - 1 / 40 * k[6, i]
        )  # fmt: skip
        scale = tolerance if i < 3 else 1e-3 * tolerance
        worst = max(worst, abs(h * off) / scale)
    return worst


_APOGEE, _PULL_UP, _GLIDE_END, _IMPACT = 0, 1, 2, 3


@inline_kernel
def _crossing(kind: int, y: Array, p: Array, env: Array, ground: float) -> float:
    """Return the quantity that falls through zero at an event."""
    height, up_x, up_y, up_z = height_and_up(y[0], y[1], y[2], env[RADIUS], env[FLATTENING])
    if kind == _APOGEE:
        return y[3] * up_x + y[4] * up_y + y[5] * up_z
    if kind == _PULL_UP:
        return height - p[PULL_UP_HEIGHT]
    if kind == _GLIDE_END:
        return math.sqrt(y[3] * y[3] + y[4] * y[4] + y[5] * y[5]) - p[GLIDE_END_SPEED]
    return height - ground


@inline_kernel
def _find(
    kind: int, t: float, h: float, y: Array, k: Array, trial: Array, before: float, after: float, enough: float,
    stage: int, lifting: bool, p: Array, axis: Array, env: Array, ground: float,
) -> float:  # fmt: skip
    """Return the step length at which a crossing happens: Illinois regula falsi on full steps."""
    low, high, g_low, g_high = 0.0, h, before, after
    at = h
    for _ in range(60):
        at = (low * g_high - high * g_low) / (g_high - g_low)
        _step(t, at, y, k, trial, stage, lifting, p, axis, env)
        g = _crossing(kind, trial, p, env, ground)
        if abs(g) <= enough or high - low < 1e-10:
            break
        if g > 0.0:
            low, g_low = at, g
            g_high *= 0.5
        else:
            high, g_high = at, g
            g_low *= 0.5
    return at


@kernel
def fly(
    p: Array, env: Array, ground: float, tolerance: float, longest: float, times: Array, path: Array, out: Array
) -> None:
    """Fly one row of parameters until it sinks to `ground` (m, ellipsoidal) or for `longest` s.

    Writes `OUTCOMES` numbers to `out` (see this module's index names; NaN for what did not happen) and the
    earth-fixed states (m, m/s) at the ascending `times` (s after lift-off) to `path` (len(times), 6), NaN after
    impact. `tolerance` (m) bounds the error of each step in position.
    """
    y = np.zeros(6)
    y[0], y[1], y[2] = to_ecef(p[LAT], p[LON], p[prm.HEIGHT], env[RADIUS], env[FLATTENING])
    _integrate(y, 0, p, env, ground, tolerance, longest, times, path, out)


@kernel
def coast(
    state: Array, p: Array, env: Array, ground: float, tolerance: float, longest: float, times: Array,
    path: Array, out: Array,
) -> None:  # fmt: skip
    """Like `fly`, without thrust from an earth-fixed `state` (m, m/s); times count from that state.

    Of the parameters only those of the body after burnout matter; where it may lift and already sinks below its
    pull-up height, it lifts from the start.
    """
    _integrate(state.copy(), _COAST, p, env, ground, tolerance, longest, times, path, out)


@kernel
def _integrate(
    y: Array, stage: int, p: Array, env: Array, ground: float, tolerance: float, longest: float, times: Array,
    path: Array, out: Array,
) -> None:  # fmt: skip
    out[:] = np.nan
    path[:] = np.nan
    enu = east_north_up(p[LAT], p[LON])
    axis = np.empty((2, 3))
    for i in range(3):
        axis[0, i] = math.sin(p[AZIMUTH]) * enu[0, i] + math.cos(p[AZIMUTH]) * enu[1, i]
        axis[1, i] = enu[2, i]
    new, trial, k = np.empty(6), np.empty(6), np.empty((7, 6))
    t, h, stage_end = 0.0, 0.5, p[BURN_TIME_1]
    lifting, may_lift = False, p[LIFT_TO_DRAG] > 0.0
    corners = (p[VERTICAL_TIME], p[VERTICAL_TIME] + p[PITCH_TIME])
    wanted, steps = 0, 0
    fresh, worst_before = True, 1.0
    g_climb = _crossing(_APOGEE, y, p, env, ground)
    g_height = _crossing(_IMPACT, y, p, env, ground) + ground
    highest = g_height
    past_apogee = stage == _COAST and g_climb <= 0.0
    if past_apogee and may_lift and g_height <= p[PULL_UP_HEIGHT]:
        lifting, may_lift = True, False
        out[PULL_UP_TIME] = 0.0
    while steps < _MAX_STEPS:
        while wanted < times.size and times[wanted] <= t:
            path[wanted] = y
            wanted += 1
        if t >= longest:
            out[STATUS] = STILL_FLYING
            break
        if fresh:
            derivative(t, y, stage, lifting, p, axis, env, k[0])
            fresh = False
        stop = min(longest, t + _MAX_STEP_S)
        if stage >= 0:
            stop = min(stop, stage_end)
            for corner in corners:
                if corner > t:
                    stop = min(stop, corner)
        if wanted < times.size:
            stop = min(stop, times[wanted])
        whole = t + h >= stop * (1.0 - 1e-14)
        tried = stop - t if whole else h
        _step(t, tried, y, k, new, stage, lifting, p, axis, env)
        worst = _error(tried, k, tolerance)
        steps += 1
        if not worst <= 1.0:
            if not math.isfinite(worst) or tried < 1e-9:
                out[STATUS] = FAILED
                break
            h = tried * max(0.2, 0.9 * worst ** (-0.2))
            continue
        grown = tried * min(5.0, 0.9 * max(worst, 1e-8) ** (-0.17) * max(worst_before, 1e-4) ** 0.04)
        worst_before = worst
        if not whole or grown < h:
            h = grown

        # The earliest crossing within the step ends it.
        kind, taken = -1, tried
        climb = _crossing(_APOGEE, new, p, env, ground)
        height = _crossing(_IMPACT, new, p, env, ground) + ground
        fell_through = False
        if not past_apogee and g_climb > 0.0 >= climb:
            kind = _APOGEE
            taken = _find(kind, t, taken, y, k, trial, g_climb, climb, 1e-3 * tolerance,
                          stage, lifting, p, axis, env, ground)  # fmt: skip
            fell_through = True
        if past_apogee and may_lift and not lifting and g_height > p[PULL_UP_HEIGHT] >= height:
            kind = _PULL_UP
            taken = _find(kind, t, taken, y, k, trial, g_height - p[PULL_UP_HEIGHT], height - p[PULL_UP_HEIGHT],
                          0.1 * tolerance, stage, lifting, p, axis, env, ground)  # fmt: skip
            fell_through = True
        if lifting:
            quick = _crossing(_GLIDE_END, y, p, env, ground)
            slow = _crossing(_GLIDE_END, new, p, env, ground)
            if quick > 0.0 >= slow:
                kind = _GLIDE_END
                taken = _find(kind, t, taken, y, k, trial, quick, slow, 1e-3 * tolerance,
                              stage, lifting, p, axis, env, ground)  # fmt: skip
                fell_through = True
        if height < ground and g_height <= ground:
            out[STATUS] = NEVER_ROSE
            break
        if g_height > ground >= height:
            found = _find(_IMPACT, t, tried, y, k, trial, g_height - ground, height - ground,
                          0.1 * tolerance, stage, lifting, p, axis, env, ground)  # fmt: skip
            if found <= taken:
                kind, taken = _IMPACT, found
                fell_through = True
        if fell_through:
            _step(t, taken, y, k, new, stage, lifting, p, axis, env)
            climb = _crossing(_APOGEE, new, p, env, ground)
            height = _crossing(_IMPACT, new, p, env, ground) + ground

        t = stop if whole and not fell_through else t + taken
        y[:] = new
        k[0] = k[6]
        g_climb, g_height = climb, height
        highest = max(highest, height)
        if kind == _IMPACT:
            out[STATUS] = IMPACT
            out[IMPACT_TIME] = t
            out[IMPACT_STATE : IMPACT_STATE + 6] = y
            break
        if kind == _APOGEE:
            past_apogee = True
            out[APOGEE_TIME], out[APOGEE_HEIGHT] = t, height
            out[APOGEE_STATE : APOGEE_STATE + 6] = y
            if may_lift and height <= p[PULL_UP_HEIGHT] and stage < 0:
                kind = _PULL_UP
        if kind == _PULL_UP:
            lifting, may_lift, fresh = True, False, True
            out[PULL_UP_TIME] = t
        if kind == _GLIDE_END:
            lifting, fresh = False, True
        if stage >= 0 and t >= stage_end:
            stage += 1
            fresh = True
            if stage == STAGES or p[BURN_TIME_1 + STAGE_WIDTH * stage] <= 0.0:
                stage = _COAST
                out[BURNOUT_TIME] = t
                out[BURNOUT_STATE : BURNOUT_STATE + 6] = y
            else:
                stage_end += p[BURN_TIME_1 + STAGE_WIDTH * stage]
    if steps >= _MAX_STEPS:
        out[STATUS] = FAILED
    out[STEPS], out[MAX_HEIGHT] = steps, highest


@kernel
def _fly_rows(
    rows: Array, first: int, last: int, env: Array, ground: float, tolerance: float, longest: float, out: Array
) -> None:
    times, path = np.empty(0), np.empty((0, 6))
    for i in range(first, last):
        fly(rows[i], env, ground, tolerance, longest, times, path, out[i])


def fly_batch(
    rows: Array,
    *,
    environment: Environment = EARTH,
    ground_height_m: float = 0.0,
    tolerance_m: float = 1e-3,
    longest_s: float = 10_800.0,
    threads: int | None = None,
) -> Array:
    """Fly every row of parameters (n, `parameters.COUNT`) and return the outcomes (n, `OUTCOMES`).

    Rows are flown independently, so that the result does not depend on `threads` (default: all cores).
    """
    rows = np.ascontiguousarray(rows, dtype=np.float64)
    env = environment.as_array()
    out = np.empty((len(rows), OUTCOMES))
    in_threads(
        len(rows),
        lambda first, last: _fly_rows(rows, first, last, env, ground_height_m, tolerance_m, longest_s, out),
        threads,
    )
    return out


def fly_path(
    row: Array,
    times_s: Array,
    *,
    environment: Environment = EARTH,
    ground_height_m: float = 0.0,
    tolerance_m: float = 1e-3,
    longest_s: float = 10_800.0,
) -> tuple[Array, Array]:
    """Fly one row; return the states (len(times_s), 6) at ascending times after lift-off (s), and the outcome.

    States are earth-fixed (m, m/s), NaN after impact.
    """
    path, out = np.empty((len(times_s), 6)), np.empty(OUTCOMES)
    fly(
        np.ascontiguousarray(row, dtype=np.float64), environment.as_array(), ground_height_m, tolerance_m,
        longest_s, np.ascontiguousarray(times_s, dtype=np.float64), path, out,
    )  # fmt: skip
    return path, out
