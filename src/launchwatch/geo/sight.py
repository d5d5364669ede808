"""Sight lines: what a sensor at one earth-fixed point measures of a target at another, with derivatives, compiled.

Azimuth clockwise from true north, elevation above the plane normal to the ellipsoid at the sensor, radians;
range in metres, range rate in m/s, positive away from the sensor. Rays are straight: refraction is neglected.
"""

import math

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.compiled import kernel

Array = NDArray[np.float64]
RANGE, AZIMUTH, ELEVATION, RANGE_RATE = range(4)


@kernel
def look(state: Array, sensor: Array, enu: Array) -> Array:
    """Return range (m), azimuth, elevation (rad) and range rate (m/s) of an earth-fixed state (6,).

    `sensor` (3,) is the earth-fixed place and `enu` (3, 3) the rows east, north, up there. Inverse of `place`.
    """
    out = np.empty(4)
    e = n = u = along = 0.0
    for i in range(3):
        d = state[i] - sensor[i]
        e += enu[0, i] * d
        n += enu[1, i] * d
        u += enu[2, i] * d
        along += d * state[3 + i]
    flat2 = e * e + n * n
    out[RANGE] = math.sqrt(flat2 + u * u)
    out[AZIMUTH] = math.atan2(e, n) % (2.0 * math.pi)
    out[ELEVATION] = math.atan2(u, math.sqrt(flat2))
    out[RANGE_RATE] = along / out[RANGE]
    return out


@kernel
def look_derivative(state: Array, sensor: Array, enu: Array) -> Array:
    """Return the derivatives (4, 6) of `look` by the state."""
    out = np.zeros((4, 6))
    local = np.zeros(3)
    for i in range(3):
        for j in range(3):
            local[i] += enu[i, j] * (state[j] - sensor[j])
    e, n, u = local[0], local[1], local[2]
    flat2 = max(e * e + n * n, 1.0)
    flat = math.sqrt(flat2)
    r2 = flat2 + u * u
    r = math.sqrt(r2)
    along = 0.0
    for i in range(3):
        along += (state[i] - sensor[i]) * state[3 + i]
    for j in range(3):
        unit = (state[j] - sensor[j]) / r
        out[RANGE, j] = unit
        out[AZIMUTH, j] = (n * enu[0, j] - e * enu[1, j]) / flat2
        out[ELEVATION, j] = (flat * enu[2, j] - u * (e * enu[0, j] + n * enu[1, j]) / flat) / r2
        out[RANGE_RATE, j] = state[3 + j] / r - along * unit / r2
        out[RANGE_RATE, 3 + j] = unit
    return out


@kernel
def place(distance: float, azimuth: float, elevation: float, sensor: Array, enu: Array) -> Array:
    """Return the earth-fixed point (3,), m, of a range, azimuth and elevation. Inverse of `look`."""
    level = distance * math.cos(elevation)
    e, n, u = level * math.sin(azimuth), level * math.cos(azimuth), distance * math.sin(elevation)
    out = np.empty(3)
    for i in range(3):
        out[i] = sensor[i] + e * enu[0, i] + n * enu[1, i] + u * enu[2, i]
    return out


@kernel
def bearing_plane(direction: Array) -> Array:
    """Return two unit vectors (2, 3) that span the plane normal to a unit direction: axes for small angles."""
    out = np.empty((2, 3))
    least = 0
    for i in range(1, 3):
        if abs(direction[i]) < abs(direction[least]):
            least = i
    helper = np.zeros(3)
    helper[least] = 1.0
    first = np.cross(direction, helper)
    first /= math.sqrt(first @ first)
    out[0] = first
    out[1] = np.cross(direction, first)
    return out
