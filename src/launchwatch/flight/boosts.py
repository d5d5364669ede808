"""Parametric boosts as smooth functions of their parameters, compiled: what a launch is fitted with.

Two families. The staged boost is that of `propagation`, on fixed steps: between two instants of its programme the
steps are equal and their number is given, so that nearby parameters give nearby paths to the last bit, which the
adaptive integrator does not promise. The turning boost is a closed form of seven parameters over a sphere: a motor
of constant mass flow in constant gravity without air, which rises for five seconds and then turns at a constant
rate. Before lift-off both stand at the launch point; after burnout both coast.
"""

import math

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.compiled import inline_kernel, kernel
from launchwatch.flight import parameters as prm
from launchwatch.flight.environment import FLATTENING, RADIUS
from launchwatch.flight.gradients import coast_by
from launchwatch.flight.propagation import derivative
from launchwatch.geo.ellipsoid import to_ecef
from launchwatch.geo.frames import east_north_up

Array = NDArray[np.float64]
Counts = NDArray[np.int64]

STEP_S = 2.0
"""Longest step: classical Runge-Kutta and cubic Hermite are then within two metres of the adaptive integrator."""

_FALLING = False  # no lift
_SEGMENTS = 3 + prm.STAGES  # vertical rise, turn, hold; each stage end cuts one of them; the coast


@inline_kernel
def _corners(row: Array, until: float, out: Array) -> int:
    """Write the ascending ends of a flight's smooth parts up to `until` (s after lift-off); return how many."""
    ends = np.empty(_SEGMENTS)
    ends[0] = row[prm.VERTICAL_TIME]
    ends[1] = row[prm.VERTICAL_TIME] + row[prm.PITCH_TIME]
    count, spent = 2, 0.0
    for stage in range(prm.STAGES):
        burn = row[prm.BURN_TIME_1 + prm.STAGE_WIDTH * stage]
        if burn <= 0.0:
            break
        spent += burn
        ends[count] = spent
        count += 1
    kept = 0
    for end in np.sort(ends[:count]):
        if 0.0 < end < until:
            out[kept] = end
            kept += 1
    out[kept] = until
    return kept + 1


@inline_kernel
def _stage_at(row: Array, t: float) -> int:
    """Return the stage that burns just after `t` s, or -1."""
    end = 0.0
    for stage in range(prm.STAGES):
        burn = row[prm.BURN_TIME_1 + prm.STAGE_WIDTH * stage]
        if burn <= 0.0:
            return -1
        end += burn
        if t < end:
            return stage
    return -1


@inline_kernel
def _hermite(
    share: float, h: float, y: Array, rate: Array, end: Array, end_rate: Array, out: Array
) -> None:  # fmt: skip
    """Write the state at `share` of a step between two states (6,) with their derivatives."""
    s2 = share * share
    rise = s2 * (3.0 - 2.0 * share)
    first = share * (1.0 - share) * (1.0 - share) * h
    last = s2 * (share - 1.0) * h
    for i in range(6):
        out[i] = y[i] + rise * (end[i] - y[i]) + first * rate[i] + last * end_rate[i]


@inline_kernel
def _runge_kutta(
    t: float,
    h: float,
    y: Array,
    k: Array,
    new: Array,
    work: Array,
    stage: int,
    row: Array,
    axis: Array,
    env: Array,
) -> None:
    """Advance `y` by one classical step into `new`; `k[0]` must hold the derivative at `t`."""
    for i in range(6):
        work[i] = y[i] + 0.5 * h * k[0, i]
    derivative(t + 0.5 * h, work, stage, _FALLING, row, axis, env, k[1])
    for i in range(6):
        work[i] = y[i] + 0.5 * h * k[1, i]
    derivative(t + 0.5 * h, work, stage, _FALLING, row, axis, env, k[2])
    for i in range(6):
        work[i] = y[i] + h * k[2, i]
    derivative(t + h, work, stage, _FALLING, row, axis, env, k[3])
    for i in range(6):
        new[i] = y[i] + h / 6.0 * (k[0, i] + 2.0 * k[1, i] + 2.0 * k[2, i] + k[3, i])


@kernel
def _staged_path(row: Array, launch_s: float, times: Array, counts: Counts, env: Array, out: Array) -> None:
    enu = east_north_up(row[prm.LAT], row[prm.LON])
    axis = np.empty((2, 3))
    for i in range(3):
        axis[0, i] = math.sin(row[prm.AZIMUTH]) * enu[0, i] + math.cos(row[prm.AZIMUTH]) * enu[1, i]
        axis[1, i] = enu[2, i]
    y = np.zeros(6)
    y[0], y[1], y[2] = to_ecef(row[prm.LAT], row[prm.LON], row[prm.HEIGHT], env[RADIUS], env[FLATTENING])
    wanted = 0
    while wanted < times.size and times[wanted] <= launch_s:
        out[wanted] = y
        wanted += 1
    if wanted == times.size:
        return
    ends = np.empty(_SEGMENTS + 1)
    parts = _corners(row, times[-1] - launch_s + 1e-6, ends)
    new, work, k, last = np.empty(6), np.empty(6), np.empty((4, 6)), np.empty(6)
    t = 0.0
    for part in range(parts):
        stage = _stage_at(row, t)
        steps = max(counts[part], 1)
        h = (ends[part] - t) / steps
        derivative(t, y, stage, _FALLING, row, axis, env, k[0])
        for _ in range(steps):
            _runge_kutta(t, h, y, k, new, work, stage, row, axis, env)
            derivative(t + h, new, stage, _FALLING, row, axis, env, last)
            while wanted < times.size and times[wanted] - launch_s <= t + h:
                share = min(max((times[wanted] - launch_s - t) / h, 0.0), 1.0)
                _hermite(share, h, y, k[0], new, last, out[wanted])
                wanted += 1
            y[:] = new
            k[0] = last
            t += h
        t = ends[part]
    while wanted < times.size:
        out[wanted] = y
        wanted += 1


@kernel
def staged_paths(rows: Array, launch_s: Array, times: Array, env: Array) -> Array:
    """Return earth-fixed states (m, k, 6) of m staged boosts at k ascending Unix times.

    `rows` (m, `parameters.COUNT`) with their lift-off times (m,). The first row's programme sets the number of
    steps of all: the others are taken to be its neighbours.
    """
    out = np.empty((rows.shape[0], times.size, 6))
    ends = np.empty(_SEGMENTS + 1)
    counts = np.ones(_SEGMENTS + 1, np.int64)
    begun = 0.0
    for part in range(_corners(rows[0], times[-1] - launch_s[0] + 1e-6, ends)):
        counts[part] = max(math.ceil((ends[part] - begun) / STEP_S), 1)
        begun = ends[part]
    for i in range(rows.shape[0]):
        _staged_path(rows[i], launch_s[i], times, counts, env, out[i])
    return out


EAST, NORTH, LIFT_OFF, HEADING, THRUST, MASS_TIME, TURN_RATE, BURN_TIME, LOG_DRAG = range(9)
TURNING = 9
"""Parameters of the turning boost: place on the map (m), Unix time of lift-off (s), heading (rad, clockwise from
north), thrust acceleration at lift-off (m/s^2), mass over mass flow at lift-off (s), turn rate (rad/s), burn time
(s), ln(C_D A / m / 1e-4 m^2/kg) of the coast. The map is azimuthal equidistant about the z axis."""

TURN_AFTER_S = 5.0
FLAT_GRAVITY_M_S2 = 9.80
_LEAST_MASS = 0.02


@inline_kernel
def _turning_rates(p: Array, q: float) -> tuple[float, float]:
    """Return the rates of climb and of ground distance (m/s) at `q` s after lift-off."""
    turned = p[TURN_RATE] * max(q - TURN_AFTER_S, 0.0)
    mass = max(1.0 - q / p[MASS_TIME], _LEAST_MASS)
    lost = min(q, TURN_AFTER_S) + math.sin(turned) / p[TURN_RATE]
    speed = -p[THRUST] * p[MASS_TIME] * math.log(mass) - FLAT_GRAVITY_M_S2 * lost
    return speed * math.cos(turned), speed * math.sin(turned)


@inline_kernel
def _turning_climb(p: Array, start: float, end: float) -> tuple[float, float]:
    """Return height and ground distance gained (m) between two times after lift-off, by Simpson's rule."""
    steps = max(math.ceil((end - start) / STEP_S), 1)
    h = (end - start) / steps
    up = along = 0.0
    first = _turning_rates(p, start)
    for step in range(steps):
        middle = _turning_rates(p, start + (step + 0.5) * h)
        last = _turning_rates(p, start + (step + 1) * h)
        up += h / 6.0 * (first[0] + 4.0 * middle[0] + last[0])
        along += h / 6.0 * (first[1] + 4.0 * middle[1] + last[1])
        first = last
    return up, along


@inline_kernel
def _on_map(east: float, north: float, radius: float, out: Array) -> None:
    """Write the unit vector up at a point of the map and its derivatives by east and north (3, 3)."""
    along = max(math.sqrt(east * east + north * north), 1e-6)
    angle = along / radius
    ratio = math.sin(angle) / along
    bend = (math.cos(angle) / radius - ratio) / (along * along)
    out[0, 0], out[0, 1], out[0, 2] = ratio * east, ratio * north, math.cos(angle)
    out[1, 0], out[1, 1], out[1, 2] = ratio + bend * east * east, bend * east * north, -ratio * east / radius
    out[2, 0], out[2, 1], out[2, 2] = bend * east * north, ratio + bend * north * north, -ratio * north / radius


@inline_kernel
def _turning_state(p: Array, q: float, height: float, along: float, radius: float, out: Array) -> None:
    sin_heading, cos_heading = math.sin(p[HEADING]), math.cos(p[HEADING])
    map_ = np.empty((3, 3))
    _on_map(p[EAST] + along * sin_heading, p[NORTH] + along * cos_heading, radius, map_)
    climb, level = (0.0, 0.0) if q <= 0.0 else _turning_rates(p, q)
    for i in range(3):
        out[i] = (radius + height) * map_[0, i]
        ahead = map_[1, i] * sin_heading + map_[2, i] * cos_heading
        out[3 + i] = climb * map_[0, i] + level * (radius + height) * ahead


@kernel
def _turning_path(p: Array, times: Array, env: Array, out: Array) -> None:
    x, k, y, total = np.empty(6), np.empty(6), np.empty(6), np.empty(6)
    height = along = done = 0.0
    coasts = False
    for i in range(times.size):
        q = times[i] - p[LIFT_OFF]
        if coasts:
            coast_by(x, p[LOG_DRAG], q - done, STEP_S, env, k, y, total)
            done = q
        elif q <= 0.0:
            _turning_state(p, 0.0, 0.0, 0.0, env[RADIUS], x)
        else:
            for corner in (TURN_AFTER_S, p[BURN_TIME], q):
                end = min(corner, q, p[BURN_TIME])
                if end > done:
                    up, far = _turning_climb(p, done, end)
                    height, along, done = height + up, along + far, end
            _turning_state(p, done, height, along, env[RADIUS], x)
            if q > p[BURN_TIME]:
                coasts = True
                coast_by(x, p[LOG_DRAG], q - done, STEP_S, env, k, y, total)
                done = q
        out[i] = x


@kernel
def turning_paths(rows: Array, times: Array, env: Array) -> Array:
    """Return states (m, k, 6) of m turning boosts (m, `TURNING`) at k ascending times, coasting after burnout.

    Axes as of `simulate.problems`: the origin at the centre of the sphere, z through the middle of the map, x east
    and y north there.
    """
    out = np.empty((rows.shape[0], times.size, 6))
    for i in range(rows.shape[0]):
        _turning_path(rows[i], times, env, out[i])
    return out
