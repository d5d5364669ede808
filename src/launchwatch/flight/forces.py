"""Accelerations in the rotating earth-fixed frame, compiled; shared by flights, filters and smoothers.

    a = g(r) + J2(r) - 2 w x v - w x (w x r) + thrust + drag + lift

with drag = -rho |v| v / (2 beta) and lift perpendicular to v in the vertical plane. Velocity relative to the
earth is velocity relative to the air: winds are neglected (see docs/accuracy).
"""

import math

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.compiled import inline_kernel
from launchwatch.flight.atmosphere import density
from launchwatch.flight.environment import (
    AIR,
    J2,
    MU,
    NO_AIR,
    RADIUS,
    ROTATION,
    SCALE_HEIGHT,
    STANDARD_AIR,
    SURFACE_DENSITY,
)

Vector = NDArray[np.float64]


@inline_kernel
def gravity(x: float, y: float, z: float, env: Vector) -> tuple[float, float, float]:
    """Return the gravitational acceleration (m/s^2) at an earth-fixed point (m): central term and J2.

    Vallado, Fundamentals of Astrodynamics (4th ed. 2013), eq. 8-30.
    """
    r2 = x * x + y * y + z * z
    inverse_r2 = 1.0 / r2
    central = env[MU] * inverse_r2 / math.sqrt(r2)
    oblate = 1.5 * env[J2] * env[RADIUS] * env[RADIUS] * inverse_r2
    polar = 5.0 * z * z * inverse_r2
    across = -central * (1.0 + oblate * (1.0 - polar))
    return across * x, across * y, -central * z * (1.0 + oblate * (3.0 - polar))


@inline_kernel
def earth_fixed(x: float, y: float, z: float, vx: float, vy: float, env: Vector) -> tuple[float, float, float]:
    """Return gravity with the Coriolis and centrifugal terms (m/s^2)."""
    gx, gy, gz = gravity(x, y, z, env)
    w = env[ROTATION]
    return gx + w * (2.0 * vy + w * x), gy - w * (2.0 * vx - w * y), gz


@inline_kernel
def air_density(height: float, env: Vector) -> float:
    """Return the density (kg/m^3) at an ellipsoidal height (m) of the environment's air."""
    if env[AIR] == STANDARD_AIR:
        return density(height)
    if env[AIR] == NO_AIR:
        return 0.0
    return env[SURFACE_DENSITY] * math.exp(-height / env[SCALE_HEIGHT])
