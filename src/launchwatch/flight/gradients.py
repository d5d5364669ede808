"""Accelerations of a body with their derivatives, and its coast in fixed steps, compiled; forces of `forces`.

The gravity gradient is that of the central term: J2's part is a thousandth of it and bends a derivative over
500 s by one part in 10,000. The accelerations themselves hold all terms.
"""

import math

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.compiled import inline_kernel, kernel
from launchwatch.flight.atmosphere import log_density_slope
from launchwatch.flight.environment import (
    AIR,
    FLATTENING,
    MU,
    NO_AIR,
    RADIUS,
    ROTATION,
    SCALE_HEIGHT,
    STANDARD_AIR,
)
from launchwatch.flight.forces import air_density, earth_fixed
from launchwatch.geo.ellipsoid import height_and_up

Array = NDArray[np.float64]

DRAG_UNIT_M2_KG = 1e-4
"""C_D A / m whose logarithm is 0: a ballistic coefficient of 10,000 kg/m^2."""


@inline_kernel
def air_slope(height: float, env: Array) -> float:
    """Return d ln(density) / d height (1/m) of the environment's air."""
    if env[AIR] == STANDARD_AIR:
        return log_density_slope(height)
    if env[AIR] == NO_AIR:
        return 0.0
    return -1.0 / env[SCALE_HEIGHT]


@inline_kernel
def free_gradient(x: Array, env: Array, by_position: Array, by_velocity: Array) -> None:
    """Write the derivatives (3, 3) of gravity, Coriolis and centrifugal acceleration by position and velocity."""
    r2 = x[0] * x[0] + x[1] * x[1] + x[2] * x[2]
    central = env[MU] / (r2 * math.sqrt(r2))
    turn = env[ROTATION]
    for i in range(3):
        for j in range(3):
            by_position[i, j] = 3.0 * central * x[i] * x[j] / r2
            by_velocity[i, j] = 0.0
        by_position[i, i] -= central
    by_position[0, 0] += turn * turn
    by_position[1, 1] += turn * turn
    by_velocity[0, 1] = 2.0 * turn
    by_velocity[1, 0] = -2.0 * turn


@kernel
def coasting(x: Array, log_drag: float, env: Array, out: Array) -> float:
    """Write the derivative (6,) of an earth-fixed state (6,) that coasts; return the drag (m/s^2).

    `log_drag` is ln(C_D A / m / 1e-4 m^2/kg): 0 is a ballistic coefficient of 10,000 kg/m^2.
    """
    ax, ay, az = earth_fixed(x[0], x[1], x[2], x[3], x[4], env)
    speed = math.sqrt(x[3] * x[3] + x[4] * x[4] + x[5] * x[5])
    k = 0.0
    if env[AIR] != NO_AIR:
        height = height_and_up(x[0], x[1], x[2], env[RADIUS], env[FLATTENING])[0]
        k = 0.5 * DRAG_UNIT_M2_KG * math.exp(log_drag) * air_density(height, env) * speed
    out[0], out[1], out[2] = x[3], x[4], x[5]
    out[3], out[4], out[5] = ax - k * x[3], ay - k * x[4], az - k * x[5]
    return k * speed


@kernel
def coasting_gradient(
    x: Array, log_drag: float, env: Array, by_position: Array, by_velocity: Array, by_log_drag: Array
) -> None:
    """Write the derivatives of `coasting`'s acceleration by position, velocity (3, 3) and `log_drag` (3,)."""
    free_gradient(x, env, by_position, by_velocity)
    for i in range(3):
        by_log_drag[i] = 0.0
    if env[AIR] == NO_AIR:
        return
    height, ux, uy, uz = height_and_up(x[0], x[1], x[2], env[RADIUS], env[FLATTENING])
    speed = max(math.sqrt(x[3] * x[3] + x[4] * x[4] + x[5] * x[5]), 1.0)
    k = 0.5 * DRAG_UNIT_M2_KG * math.exp(log_drag) * air_density(height, env) * speed
    slope = air_slope(height, env)
    up = (ux, uy, uz)
    for i in range(3):
        along = -k * x[3 + i]
        by_log_drag[i] = along
        for j in range(3):
            by_position[i, j] += along * slope * up[j]
            by_velocity[i, j] += along * x[3 + j] / (speed * speed)
        by_velocity[i, i] -= k


@kernel
def coast_by(
    x: Array, log_drag: float, dt: float, longest: float, env: Array, k: Array, y: Array, total: Array
) -> None:
    """Move a coasting state (6,) in place by `dt` s with classical Runge-Kutta steps of at most `longest` s.

    `log_drag` as in `coasting`; `k`, `y` and `total` (6,) give room.
    """
    steps = max(math.ceil(dt / longest - 1e-9), 1)
    h = dt / steps
    for _ in range(steps):
        coasting(x, log_drag, env, k)
        for i in range(6):
            total[i] = k[i]
        for part, weight in ((0.5, 2.0), (0.5, 2.0), (1.0, 1.0)):
            for i in range(6):
                y[i] = x[i] + part * h * k[i]
            coasting(y, log_drag, env, k)
            for i in range(6):
                total[i] += weight * k[i]
        for i in range(6):
            x[i] += h / 6.0 * total[i]
