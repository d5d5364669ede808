"""Motion of a tracked object: boost, coast and glide on the flight core's forces, with their derivatives.

State (10,): earth-fixed position (m) and velocity (m/s); thrust less drag (m/s^2); natural logarithm of the drag
parameter C_D A / m and the lift parameter C_L A / m, both in units of 1e-4 m^2/kg (1 is a ballistic coefficient
of 10,000 kg/m^2; the logarithm keeps drag positive and always observable); tilt of the thrust above the velocity
(rad).

    boost   v' = g + thrust at the tilt above v,   thrust' = thrust^2 / c   (constant thrust and mass flow)
    coast   v' = g - drag v/|v|
    glide   v' = g - drag v/|v| + lift perpendicular to v, upward in the vertical plane

Li & Jilkov, "Survey of maneuvering target tracking, part II: ballistic and space targets", IEEE TAES 46 (2010).
"""

import math

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.compiled import inline_kernel, kernel
from launchwatch.bayes.linear import symmetrize
from launchwatch.flight.environment import FLATTENING, RADIUS
from launchwatch.flight.forces import air_density, earth_fixed
from launchwatch.geo.ellipsoid import height_and_up

Array = NDArray[np.float64]

SIZE = 10
THRUST, DRAG, LIFT, TILT = 6, 7, 8, 9
BOOST, COAST, GLIDE = 0, 1, 2
MODES = ("boost", "coast", "glide")

_UNIT = 1e-4
_EXHAUST_M_S = 2500.0  # mean of solid and liquid motors; 10 % off changes thrust growth by 0.1 m/s^2 a second
_SUBSTEP_S = 1.0
_MOST_DRAG = 7.0  # a ballistic coefficient of 9 kg/m^2: a plate; guards the exponential

# What a mode knows of the parameters that it does not use: broad, and met again on entering a mode that does.
THRUST_PRIOR = (25.0, 25.0)  # m/s^2: lift-off takes above 10, structures rarely bear above 100
DRAG_PRIOR = (0.3, 0.8)  # logarithm: ballistic coefficients of 3,300 to 16,000 kg/m^2 within one sigma
LIFT_PRIOR = (2.0, 3.0)  # a pull-up lifts with several times a slender body's drag

TILT_PRIOR = (0.0, 0.15)  # 9 degrees: steering and the angle of attack that it takes

# Spectral densities of white noise: acceleration (m^2/s^3), thrust, drag, lift and tilt (per second).
_Q_ACCELERATION = np.array([10.0, 1e-4, 1.0])
_Q_THRUST = np.array([4.0, 0.0, 0.0])
_Q_DRAG = np.array([1e-4, 4e-4, 1e-2])
_Q_LIFT = np.array([0.0, 0.0, 0.5])
_Q_TILT = np.array([2e-4, 0.0, 0.0])
_Q_AERODYNAMIC = np.array(
    [0.0, 4e-3, 2e-2]
)  # share of the aerodynamic acceleration, squared: Mach, wind, attitude


@inline_kernel
def _derivative(x: Array, mode: int, env: Array, out: Array) -> float:
    """Write the state's derivative; return the aerodynamic acceleration (m/s^2)."""
    ax, ay, az = earth_fixed(x[0], x[1], x[2], x[3], x[4], env)
    height, ux, uy, uz = height_and_up(x[0], x[1], x[2], env[RADIUS], env[FLATTENING])
    speed = max(math.sqrt(x[3] * x[3] + x[4] * x[4] + x[5] * x[5]), 1.0)
    pressure = 0.5 * air_density(height, env) * speed * speed * _UNIT
    drag = pressure * math.exp(min(x[DRAG], _MOST_DRAG))
    along, across = -drag, pressure * x[LIFT] if mode == GLIDE else 0.0
    if mode == BOOST:
        along, across = x[THRUST] * math.cos(x[TILT]), x[THRUST] * math.sin(x[TILT])
    climb = (x[3] * ux + x[4] * uy + x[5] * uz) / speed
    across /= math.sqrt(max(1.0 - climb * climb, 1e-6))
    ahead = (along - across * climb) / speed
    ax, ay, az = ax + ahead * x[3] + across * ux, ay + ahead * x[4] + across * uy, az + ahead * x[5] + across * uz
    out[0], out[1], out[2], out[3], out[4], out[5] = x[3], x[4], x[5], ax, ay, az
    out[6] = x[THRUST] * x[THRUST] / _EXHAUST_M_S if mode == BOOST else 0.0
    out[7] = 0.0
    out[8] = 0.0
    out[9] = 0.0
    return drag + pressure * abs(x[LIFT]) * (mode == GLIDE)


@kernel
def advance(x: Array, mode: int, dt: float, env: Array) -> float:
    """Move a state (10,) in place by `dt` s with classical Runge-Kutta steps of at most 1 s.

    Returns the aerodynamic acceleration (m/s^2) at the end.
    """
    steps = max(math.ceil(abs(dt) / _SUBSTEP_S), 1)
    h = dt / steps
    k1, k2, k3, k4, y = np.empty(SIZE), np.empty(SIZE), np.empty(SIZE), np.empty(SIZE), np.empty(SIZE)
    aerodynamic = 0.0
    for _ in range(steps):
        aerodynamic = _derivative(x, mode, env, k1)
        for i in range(SIZE):
            y[i] = x[i] + 0.5 * h * k1[i]
        _derivative(y, mode, env, k2)
        for i in range(SIZE):
            y[i] = x[i] + 0.5 * h * k2[i]
        _derivative(y, mode, env, k3)
        for i in range(SIZE):
            y[i] = x[i] + h * k3[i]
        _derivative(y, mode, env, k4)
        for i in range(SIZE):
            x[i] += h / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i])
    return aerodynamic


_NUDGE = np.array([10.0, 10.0, 10.0, 0.1, 0.1, 0.1, 0.01, 0.01, 0.01, 0.001])


@kernel
def predict(x: Array, p: Array, mode: int, dt: float, env: Array) -> None:
    """Predict a mode's mean (10,) and covariance (10, 10) in place over `dt` s.

    The transition's derivative is taken by forward differences of the flow itself; parameters that the mode
    does not use return to their prior.
    """
    start = x.copy()
    aerodynamic = advance(x, mode, dt, env)
    f = np.empty((SIZE, SIZE))
    moved = np.empty(SIZE)
    for j in range(SIZE):
        moved[:] = start
        moved[j] += _NUDGE[j]
        advance(moved, mode, dt, env)
        for i in range(SIZE):
            f[i, j] = (moved[i] - x[i]) / _NUDGE[j]
    p[:] = f @ p @ f.T
    span = abs(dt)
    q = _Q_ACCELERATION[mode] + _Q_AERODYNAMIC[mode] * aerodynamic * aerodynamic
    for i in range(3):
        p[i, i] += q * span * span * span / 3.0
        p[i, i + 3] += q * span * span / 2.0
        p[i + 3, i] += q * span * span / 2.0
        p[i + 3, i + 3] += q * span
    p[THRUST, THRUST] += _Q_THRUST[mode] * span
    p[DRAG, DRAG] += _Q_DRAG[mode] * span
    p[LIFT, LIFT] += _Q_LIFT[mode] * span
    p[TILT, TILT] += _Q_TILT[mode] * span
    if mode == BOOST:
        forget(x, p, DRAG, DRAG_PRIOR[0], DRAG_PRIOR[1])
    else:
        forget(x, p, THRUST, THRUST_PRIOR[0], THRUST_PRIOR[1])
        forget(x, p, TILT, TILT_PRIOR[0], TILT_PRIOR[1])
    if mode != GLIDE:
        forget(x, p, LIFT, LIFT_PRIOR[0], LIFT_PRIOR[1])
    symmetrize(p)


@kernel
def forget(x: Array, p: Array, index: int, mean: float, sigma: float) -> None:
    """Set one parameter back to its prior, independent of the rest, in place."""
    x[index] = mean
    p[index, :] = 0.0
    p[:, index] = 0.0
    p[index, index] = sigma * sigma


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


@kernel
def transition(dt: float, height: float, climbing: bool, ends: float, out: Array) -> None:
    """Write the probabilities (3, 3) of changing between boost, coast and glide within `dt` s.

    Mean stays: boost 60 s, coast before a pull-up 30 s where there is air to lift in (below 50 km and sinking),
    glide 100 s, less where speed runs out at the rate `ends` (1/s); a coasting body burns again once in 2,000 s.
    """
    to_glide = 0.03 if height < 50e3 and not climbing else 1e-5
    rates = np.array([[0.0, 1 / 60, 1e-4], [1 / 2000, 0.0, to_glide], [1e-5, 0.01 + ends, 0.0]])
    span = abs(dt)
    for i in range(3):
        stay = 1.0
        for j in range(3):
            if i != j:
                out[i, j] = 0.5 * (1.0 - math.exp(-2.0 * rates[i, j] * span))
                stay -= out[i, j]
        out[i, i] = stay
