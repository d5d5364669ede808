"""Motion of a tracked object: boost, coast, glide, cruise and level flight, with their derivatives, compiled.

State (10,): earth-fixed position (m) and velocity (m/s); thrust less drag (m/s^2); natural logarithm of the drag
parameter C_D A / m and the lift parameter C_L A / m, both in units of 1e-4 m^2/kg (1 is a ballistic coefficient
of 10,000 kg/m^2; the logarithm keeps drag positive and always observable); tilt of the thrust above the velocity
(rad). Further columns, where a filter has them, are constants such as a sensor's bias.

    boost   v' = g + thrust at the tilt above v,   thrust' = thrust^2 / c   (constant thrust and mass flow)
    coast   v' = g - drag v/|v|
    glide   v' = g - drag v/|v| + lift perpendicular to v, upward in the vertical plane
    cruise  v' follows the earth's curve; climbing and sinking die away within some 20 s
    level   v' follows the earth's curve; an aircraft's climbs and turns are noise

The covariance moves with the transition of the motion linearised in the middle of each step, to third order in
the step. Li & Jilkov, "Survey of maneuvering target tracking, part II: ballistic and space targets", IEEE TAES 46
(2010).
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.compiled import inline_kernel, kernel
from launchwatch.flight.environment import AIR, EARTH, FLATTENING, NO_AIR, RADIUS, Environment
from launchwatch.flight.forces import air_density, earth_fixed
from launchwatch.flight.gradients import DRAG_UNIT_M2_KG, air_slope, free_gradient
from launchwatch.geo.ellipsoid import height_and_up

Array = NDArray[np.float64]

SIZE = 10
THRUST, DRAG, LIFT, TILT = 6, 7, 8, 9
BOOST, COAST, GLIDE, CRUISE, LEVEL = 0, 1, 2, 3, 4
MODES = ("boost", "coast", "glide", "cruise", "level")

_EXHAUST_M_S = 2500.0  # mean of solid and liquid motors; 10 % off changes thrust growth by 0.1 m/s^2 a second
_MOST_THRUST_M_S2 = 150.0  # no structure bears more; a plot missed near burnout must not make thrust infinite
_MOST_DRAG = 7.0  # a ballistic coefficient of 9 kg/m^2: a plate; guards the exponential
_CLIMB_DECAY_S = 20.0  # how long a cruise missile climbs over a ridge

# What a mode knows of the parameters that it does not use: broad, and met again on entering a mode that does.
THRUST_PRIOR = (25.0, 25.0)  # m/s^2: lift-off takes above 10, structures rarely bear above 100
DRAG_PRIOR = (0.3, 0.8)  # logarithm: ballistic coefficients of 3,300 to 16,000 kg/m^2 within one sigma
LIFT_PRIOR = (2.0, 3.0)  # a pull-up lifts with several times a slender body's drag
TILT_PRIOR = (0.0, 0.15)  # 9 degrees: steering and the angle of attack that it takes
PRIORS = np.array([THRUST_PRIOR, DRAG_PRIOR, LIFT_PRIOR, TILT_PRIOR])

USED = np.array([[THRUST, TILT], [DRAG, -1], [DRAG, LIFT], [-1, -1], [-1, -1]])
"""The parameters that each mode uses; -1 where it uses fewer than two."""

ACCELERATION, AERODYNAMIC, _PARAMETERS = 0, 1, 2
NOISE = np.array(
    [
        [10.0, 0.0, 4.0, 1e-4, 0.0, 2e-4],
        [1e-4, 4e-3, 0.0, 4e-4, 0.0, 0.0],
        [1.0, 2e-2, 0.0, 1e-2, 0.5, 0.0],
        [2.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        [10.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    ]
)
"""Spectral densities of white noise by mode: acceleration (m^2/s^3); share of the aerodynamic acceleration,
squared (Mach, wind, attitude); thrust, drag, lift and tilt (per second)."""


class Law(NamedTuple):
    """The laws of motion, chosen by argument: environment (8,), noise (5, 6), longest integration step (s)."""

    env: Array
    noise: Array
    substep_s: float


def law(environment: Environment = EARTH, noise: Array = NOISE, substep_s: float = 1.0) -> Law:
    """Return the laws of motion as the kernels take them."""
    return Law(environment.as_array(), np.ascontiguousarray(noise), substep_s)


LAW = law()


@inline_kernel
def _derivative(x: Array, mode: int, env: Array, out: Array) -> float:
    """Write the derivative (7,) of position, velocity and thrust; return the aerodynamic acceleration (m/s^2)."""
    out[0], out[1], out[2], out[6] = x[3], x[4], x[5], 0.0
    if mode >= CRUISE:
        _follow_the_earth(x, mode, out)
        return 0.0
    ax, ay, az = earth_fixed(x[0], x[1], x[2], x[3], x[4], env)
    speed = max(math.sqrt(x[3] * x[3] + x[4] * x[4] + x[5] * x[5]), 1.0)
    if mode == COAST:
        k = 0.0
        if env[AIR] != NO_AIR:
            height = height_and_up(x[0], x[1], x[2], env[RADIUS], env[FLATTENING])[0]
            k = 0.5 * DRAG_UNIT_M2_KG * air_density(height, env) * speed * math.exp(min(x[DRAG], _MOST_DRAG))
        out[3], out[4], out[5] = ax - k * x[3], ay - k * x[4], az - k * x[5]
        return k * speed
    height, ux, uy, uz = height_and_up(x[0], x[1], x[2], env[RADIUS], env[FLATTENING])
    if mode == BOOST:
        along, across, aerodynamic = x[THRUST] * math.cos(x[TILT]), x[THRUST] * math.sin(x[TILT]), 0.0
        out[6] = x[THRUST] * x[THRUST] / _EXHAUST_M_S if abs(x[THRUST]) < _MOST_THRUST_M_S2 else 0.0
    else:
        pressure = 0.5 * DRAG_UNIT_M2_KG * air_density(height, env) * speed * speed
        along, across = -pressure * math.exp(min(x[DRAG], _MOST_DRAG)), pressure * x[LIFT]
        aerodynamic = -along + abs(across)
    climb = (x[3] * ux + x[4] * uy + x[5] * uz) / speed
    across /= math.sqrt(max(1.0 - climb * climb, 1e-6))
    ahead = (along - across * climb) / speed
    out[3], out[4], out[5] = (
        ax + ahead * x[3] + across * ux,
        ay + ahead * x[4] + across * uy,
        az + ahead * x[5] + across * uz,
    )
    return aerodynamic


@inline_kernel
def _follow_the_earth(x: Array, mode: int, out: Array) -> None:
    r2 = x[0] * x[0] + x[1] * x[1] + x[2] * x[2]
    climb = (x[0] * x[3] + x[1] * x[4] + x[2] * x[5]) / r2
    level2 = max(x[3] * x[3] + x[4] * x[4] + x[5] * x[5] - climb * climb * r2, 0.0)
    inward = level2 / r2
    if mode == CRUISE:
        inward += climb / _CLIMB_DECAY_S
    for i in range(3):
        out[3 + i] = -inward * x[i]


@inline_kernel
def _step(x: Array, mode: int, h: float, env: Array, work: Array) -> float:
    """Move a state in place by one classical Runge-Kutta step; return the aerodynamic acceleration before it.

    `work` (6, n) gives room: rows 0 to 3 the slopes, 4 the trial state, 5 the state half way, which stays.
    """
    y = work[4]
    for i in range(SIZE):
        y[i] = x[i]
    aerodynamic = _derivative(x, mode, env, work[0])
    for i in range(7):
        y[i] = x[i] + 0.5 * h * work[0, i]
    _derivative(y, mode, env, work[1])
    for i in range(7):
        y[i] = x[i] + 0.5 * h * work[1, i]
    for i in range(SIZE):
        work[5, i] = y[i]
    _derivative(y, mode, env, work[2])
    for i in range(7):
        y[i] = x[i] + h * work[2, i]
    _derivative(y, mode, env, work[3])
    for i in range(7):
        x[i] += h / 6.0 * (work[0, i] + 2.0 * work[1, i] + 2.0 * work[2, i] + work[3, i])
    return aerodynamic


@kernel
def advance(x: Array, mode: int, dt: float, law: Law) -> float:
    """Move a state (10 or more,) in place by `dt` s with classical Runge-Kutta steps of at most `law.substep_s`.

    Returns the aerodynamic acceleration (m/s^2) at the start of the last step.
    """
    steps = max(math.ceil(abs(dt) / law.substep_s - 1e-9), 1)
    work = np.empty((6, SIZE))
    aerodynamic = 0.0
    for _ in range(steps):
        aerodynamic = _step(x, mode, dt / steps, law.env, work)
    return aerodynamic


@inline_kernel
def _linearize(x: Array, mode: int, env: Array, by: Array) -> None:
    """Write the acceleration's derivatives (3, 8): by position, velocity and the mode's parameters.

    How the vertical turns with the place is neglected: 1.6e-7 a metre times the lift or thrust.
    """
    for i in range(3):
        for j in range(8):
            by[i, j] = 0.0
    if mode >= CRUISE:
        r2 = x[0] * x[0] + x[1] * x[1] + x[2] * x[2]
        climb = (x[0] * x[3] + x[1] * x[4] + x[2] * x[5]) / r2
        decay = 1.0 / _CLIMB_DECAY_S if mode == CRUISE else 0.0
        for i in range(3):
            for j in range(3):
                by[i, 3 + j] = -x[i] * (2.0 * (x[3 + j] - climb * x[j]) + decay * x[j]) / r2
        return
    free_gradient(x, env, by[:, 0:3], by[:, 3:6])
    if mode == COAST and env[AIR] == NO_AIR:
        return
    height, ux, uy, uz = height_and_up(x[0], x[1], x[2], env[RADIUS], env[FLATTENING])
    speed = max(math.sqrt(x[3] * x[3] + x[4] * x[4] + x[5] * x[5]), 1.0)
    up, v = (ux, uy, uz), (x[3] / speed, x[4] / speed, x[5] / speed)
    if mode == COAST:
        drag = (
            0.5 * DRAG_UNIT_M2_KG * air_density(height, env) * speed * speed * math.exp(min(x[DRAG], _MOST_DRAG))
        )
        slope, turn = air_slope(height, env), drag / speed
        for i in range(3):
            for j in range(3):
                by[i, j] -= drag * slope * v[i] * up[j]
                by[i, 3 + j] -= turn * v[i] * v[j]
            by[i, 3 + i] -= turn
            by[i, 6] = -drag * v[i]
        return
    climb = v[0] * ux + v[1] * uy + v[2] * uz
    level = math.sqrt(max(1.0 - climb * climb, 1e-6))
    n = ((ux - climb * v[0]) / level, (uy - climb * v[1]) / level, (uz - climb * v[2]) / level)
    w = (v[1] * n[2] - v[2] * n[1], v[2] * n[0] - v[0] * n[2], v[0] * n[1] - v[1] * n[0])
    slope, grows = 0.0, 0.0
    if mode == BOOST:
        along, across = x[THRUST] * math.cos(x[TILT]), x[THRUST] * math.sin(x[TILT])
        for i in range(3):
            by[i, 6] = math.cos(x[TILT]) * v[i] + math.sin(x[TILT]) * n[i]
            by[i, 7] = along * n[i] - across * v[i]
    else:
        pressure = 0.5 * DRAG_UNIT_M2_KG * air_density(height, env) * speed * speed
        along, across = -pressure * math.exp(min(x[DRAG], _MOST_DRAG)), pressure * x[LIFT]
        slope, grows = air_slope(height, env), 2.0 / speed
        for i in range(3):
            by[i, 6] = along * v[i]
            by[i, 7] = pressure * n[i]
    for i in range(3):
        force = along * v[i] + across * n[i]
        for j in range(3):
            bent = (n[i] * n[j] + w[i] * w[j]) * along - (v[i] * n[j] + climb / level * w[i] * w[j]) * across
            by[i, 3 + j] += bent / speed + grows * force * v[j]
            by[i, j] += slope * force * up[j]


@inline_kernel
def _transition(by: Array, h: float, decay: float, f: Array) -> None:
    """Write position's and velocity's rows (6, 8) of exp(A h) to third order; `decay` (1/s) is the rate of thrust.

    With G, D, B the acceleration's derivatives by position, velocity and parameters: A = [0 I 0; G D B; 0 0 E].
    """
    h2, h3 = 0.5 * h * h, h * h * h / 6.0
    for i in range(3):
        for j in range(8):
            second = by[i, j - 3] if 3 <= j < 6 else 0.0  # row i of A^2, lower half
            for k in range(3):
                second += by[i, 3 + k] * by[k, j]
            if j == 6:
                second += by[i, j] * decay
            third = 0.0  # row i of A^3, lower half
            for k in range(3):
                third += by[i, k] * by[k, j]
            f[i, j] = by[i, j] * h2 + second * h3
            f[3 + i, j] = by[i, j] * h + second * h2 + third * h3
        f[i, i] += 1.0
        f[i, 3 + i] += h
        f[3 + i, 3 + i] += 1.0
    for i in range(3):  # what is left of A^3: D A^2
        for j in range(8):
            rest = 0.0
            for k in range(3):
                second = by[k, j - 3] if 3 <= j < 6 else 0.0
                for m in range(3):
                    second += by[k, 3 + m] * by[m, j]
                rest += by[i, 3 + k] * second
            f[3 + i, j] += rest * h3


@inline_kernel
def uses(mode: int, column: int) -> bool:
    """Return whether a mode's state has a column: place, velocity, its own parameters and constants."""
    return column < 6 or column >= SIZE or USED[mode, 0] == column or USED[mode, 1] == column


@inline_kernel
def _move_covariance(p: Array, mode: int, f: Array, growth: float, n: int, work: Array) -> None:
    """Apply F P F' in place; a column that the mode does not use is zero beside its variance, and stays so."""
    first, second = max(USED[mode, 0], 0), max(USED[mode, 1], 0)  # where there is none, f's column is zero
    for i in range(6):
        for c in range(n):
            work[i, c] = (
                f[i, 0] * p[0, c] + f[i, 1] * p[1, c] + f[i, 2] * p[2, c]
                + f[i, 3] * p[3, c] + f[i, 4] * p[4, c] + f[i, 5] * p[5, c]
                + f[i, 6] * p[first, c] + f[i, 7] * p[second, c]
            )  # fmt: skip
    for i in range(6):
        for j in range(i, 6):
            a = (
                work[i, 0] * f[j, 0] + work[i, 1] * f[j, 1] + work[i, 2] * f[j, 2]
                + work[i, 3] * f[j, 3] + work[i, 4] * f[j, 4] + work[i, 5] * f[j, 5]
                + work[i, first] * f[j, 6] + work[i, second] * f[j, 7]
            )  # fmt: skip
            p[i, j] = a
            p[j, i] = a
        for c in range(6, n):
            p[i, c] = work[i, c]
            p[c, i] = work[i, c]
    if mode == BOOST:
        for c in range(n):
            p[THRUST, c] *= growth
            p[c, THRUST] *= growth


@inline_kernel
def _add_noise(p: Array, mode: int, h: float, aerodynamic: float, noise: Array) -> None:
    span = abs(h)
    q = noise[mode, ACCELERATION] + noise[mode, AERODYNAMIC] * aerodynamic * aerodynamic
    for i in range(3):
        p[i, i] += q * span * span * span / 3.0
        p[i, i + 3] += q * span * h / 2.0
        p[i + 3, i] += q * span * h / 2.0
        p[i + 3, i + 3] += q * span
    for c in range(2):
        column = USED[mode, c]
        if column >= 0:
            p[column, column] += noise[mode, _PARAMETERS + column - 6] * span


@inline_kernel
def predict_in(x: Array, p: Array, mode: int, dt: float, law: Law, work: Array) -> None:
    """Predict a mode's mean (n,) and covariance (n, n) in place over `dt` s; `work` (20, n or more) gives room."""
    steps = max(math.ceil(abs(dt) / law.substep_s - 1e-9), 1)
    h = dt / steps
    by, f, room = work[6:9], work[9:15], work[0:6]
    for _ in range(steps):
        thrust = x[THRUST]
        aerodynamic = _step(x, mode, h, law.env, room)
        _linearize(work[5], mode, law.env, by)
        grows = mode == BOOST and abs(thrust) < _MOST_THRUST_M_S2
        decay = 2.0 * thrust / _EXHAUST_M_S if grows else 0.0
        _transition(by, h, decay, f)
        _move_covariance(p, mode, f, 1.0 + decay * h, x.size, room)
        _add_noise(p, mode, h, aerodynamic, law.noise)


@kernel
def predict(x: Array, p: Array, mode: int, dt: float, law: Law) -> None:
    """Predict a mode's mean (n,) and covariance (n, n) in place over `dt` s; n is 10 and a column per bias.

    Parameters that the mode does not use return to their prior.
    """
    predict_in(x, p, mode, dt, law, np.empty((20, x.size)))
    for c in range(6, SIZE):
        if not uses(mode, c):
            forget(x, p, c)


@inline_kernel
def forget(x: Array, p: Array, column: int) -> None:
    """Set one parameter back to its prior, independent of the rest, in place."""
    x[column] = PRIORS[column - 6, 0]
    for c in range(x.size):
        p[column, c] = 0.0
        p[c, column] = 0.0
    p[column, column] = PRIORS[column - 6, 1] * PRIORS[column - 6, 1]


@kernel
def slowing(x: Array, mode: int, env: Array) -> float:
    """Return the rate (m/s^2) at which a state (10,) loses speed in a mode; below 0 where it gains."""
    out = np.empty(SIZE)
    _derivative(x, mode, env, out)
    speed = max(math.sqrt(x[3] * x[3] + x[4] * x[4] + x[5] * x[5]), 1.0)
    return -(x[3] * out[3] + x[4] * out[4] + x[5] * out[5]) / speed


GLIDE_END = (850.0, 200.0)
"""Speed (m/s), mean and sigma, at which lift ends: about Mach 2.9, below which a slender body holds no height."""


@kernel
def lift_ends(speed: float, slows: float) -> float:
    """Return the rate (1/s) at which a glide ends: the hazard of reaching the unknown end speed just now."""
    z = (speed - GLIDE_END[0]) / GLIDE_END[1]
    reached = math.exp(-0.5 * z * z) / (GLIDE_END[1] * math.sqrt(2.0 * math.pi))
    return reached / max(0.5 * math.erfc(-z / math.sqrt(2.0)), 1e-6) * max(slows, 0.0)


WINGED_BELOW_M, WINGED_BELOW_M_S = 30e3, 1_200.0
"""Height and speed above which nothing flies level: an aircraft of record reached 26 km and 980 m/s."""
_CRUISE_BELOW_M = 5e3
LIFT_BELOW_M = 80e3  # above, 4 km/s and a lift parameter of 1e-3 m^2/kg make 0.1 m/s^2


@kernel
def transition(dt: float, height: float, speed: float, climbing: bool, ends: float, out: Array) -> None:
    """Write the probabilities (5, 5) of changing between the modes within `dt` s, from height (m) and speed (m/s).

    Mean stays: boost 60 s, coast before a pull-up 30 s where there is air to lift in (below 50 km and sinking),
    glide 100 s, less where speed runs out at the rate `ends` (1/s), and none above 80 km; a coasting body burns
    again once in 10,000 s.
    Level flight is left at once where nothing flies level, and cruise above 5 km; below, the two change places in
    100 s.
    """
    out[:] = 0.0
    winged = height < WINGED_BELOW_M and speed < WINGED_BELOW_M_S
    low = winged and height < _CRUISE_BELOW_M
    out[BOOST, COAST], out[COAST, BOOST], out[GLIDE, BOOST] = 1 / 60, 1e-4, 1e-5
    if height < LIFT_BELOW_M:
        out[GLIDE, COAST] = 0.01 + ends
        out[BOOST, GLIDE] = 1e-4
        out[COAST, GLIDE] = 0.03 if height < 50e3 and not climbing else 1e-5
    out[CRUISE, COAST] = out[LEVEL, COAST] = 1e-4 if winged else 1.0
    if winged:
        out[CRUISE, BOOST] = out[LEVEL, BOOST] = 1e-4
        out[BOOST, LEVEL] = out[COAST, LEVEL] = out[GLIDE, LEVEL] = 1e-5
    out[CRUISE, LEVEL] = 0.01 if low else 1.0
    if low:
        out[LEVEL, CRUISE], out[BOOST, CRUISE], out[COAST, CRUISE] = 0.01, 1e-4, 1e-5
    span = abs(dt)
    for i in range(5):
        stay = 1.0
        for j in range(5):
            if i != j:
                out[i, j] = out[i, j] * span / (1.0 + 2.0 * out[i, j] * span)
                stay -= out[i, j]
        out[i, i] = stay
    if height >= LIFT_BELOW_M:
        out[GLIDE, BOOST], out[GLIDE, GLIDE], out[GLIDE, COAST] = 0.0, 0.0, 1.0
