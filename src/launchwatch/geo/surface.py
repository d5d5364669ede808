"""Points on the ellipsoid's surface in plain NumPy, for what must start without compiled code."""

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.constants import WGS84_FLATTENING, WGS84_SEMI_MAJOR_M

Floats = NDArray[np.float64]


def surface_ecef(lat_rad: Floats, lon_rad: Floats) -> Floats:
    """Return earth-fixed positions (n, 3), m, of points (n,) on the WGS84 ellipsoid."""
    e2 = WGS84_FLATTENING * (2 - WGS84_FLATTENING)
    n = WGS84_SEMI_MAJOR_M / np.sqrt(1 - e2 * np.sin(lat_rad) ** 2)
    cos_lat = n * np.cos(lat_rad)
    return np.column_stack((cos_lat * np.cos(lon_rad), cos_lat * np.sin(lon_rad), n * (1 - e2) * np.sin(lat_rad)))
