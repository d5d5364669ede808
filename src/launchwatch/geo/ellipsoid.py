"""The WGS84 ellipsoid: geodetic to earth-fixed coordinates and back, compiled.

Earth-fixed (ECEF) axes: x to 0 N 0 E, y to 0 N 90 E, z to the north pole; metres. Angles in radians. Every kernel
takes the semi-major axis `a` (m) and flattening `f`, so that a sphere is `f = 0`.
"""

import math

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.compiled import inline_kernel, kernel
from launchwatch.basis.constants import WGS84_FLATTENING, WGS84_SEMI_MAJOR_M

A = WGS84_SEMI_MAJOR_M
F = WGS84_FLATTENING


@inline_kernel
def height_and_up(x: float, y: float, z: float, a: float, f: float) -> tuple[float, float, float, float]:
    """Return ellipsoidal height (m) and the outward unit normal (ECEF) at an earth-fixed point.

    One step of Bowring (1985), "The accuracy of geodetic latitude and height equations", eqs. 3 and 7, without
    trigonometric functions: below 1e-8 m at the ground, below 1e-4 m at 10,000 km height.
    """
    e2 = f * (2.0 - f)
    b = a * (1.0 - f)
    p = max(math.sqrt(x * x + y * y), 1e-9)
    r = math.sqrt(p * p + z * z)
    second = e2 / (1.0 - e2)
    tan_u = b * z / (a * p) * (1.0 + second * b / r)
    cos_u = 1.0 / math.sqrt(1.0 + tan_u * tan_u)
    sin_u = tan_u * cos_u
    north = z + second * b * sin_u * sin_u * sin_u
    out = p - e2 * a * cos_u * cos_u * cos_u
    n = math.sqrt(north * north + out * out)
    sin_lat, cos_lat = north / n, out / n
    height = p * cos_lat + z * sin_lat - a * math.sqrt(1.0 - e2 * sin_lat * sin_lat)
    return height, cos_lat * x / p, cos_lat * y / p, sin_lat


@inline_kernel
def to_geodetic(x: float, y: float, z: float, a: float, f: float) -> tuple[float, float, float]:
    """Return latitude, longitude (rad) and ellipsoidal height (m) of an earth-fixed point (see `to_ecef`)."""
    height, up_x, up_y, up_z = height_and_up(x, y, z, a, f)
    return math.atan2(up_z, math.sqrt(up_x * up_x + up_y * up_y)), math.atan2(y, x), height


@inline_kernel
def to_ecef(lat: float, lon: float, height: float, a: float, f: float) -> tuple[float, float, float]:
    """Return the earth-fixed point (m) of a latitude, longitude (rad) and height (m) (see `to_geodetic`)."""
    e2 = f * (2.0 - f)
    sin_lat, cos_lat = math.sin(lat), math.cos(lat)
    n = a / math.sqrt(1.0 - e2 * sin_lat * sin_lat)
    flat = (n + height) * cos_lat
    return flat * math.cos(lon), flat * math.sin(lon), (n * (1.0 - e2) + height) * sin_lat


@kernel
def ecef_from_geodetic(
    lat: NDArray[np.float64], lon: NDArray[np.float64], height: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return earth-fixed points (n, 3), m, of n latitudes, longitudes (rad) and heights (m) on WGS84."""
    out = np.empty((lat.size, 3))
    for i in range(lat.size):
        out[i, 0], out[i, 1], out[i, 2] = to_ecef(lat[i], lon[i], height[i], A, F)
    return out


@kernel
def geodetic_from_ecef(position: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return latitude, longitude (rad) and height (m), (n, 3), of n earth-fixed points (n, 3), m, on WGS84."""
    out = np.empty((position.shape[0], 3))
    for i in range(position.shape[0]):
        out[i, 0], out[i, 1], out[i, 2] = to_geodetic(position[i, 0], position[i, 1], position[i, 2], A, F)
    return out
