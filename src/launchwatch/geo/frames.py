"""Local frames: east, north, up at a point of the ellipsoid."""

import math

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.compiled import kernel


@kernel
def east_north_up(lat: float, lon: float) -> NDArray[np.float64]:
    """Return the rotation (3, 3) whose rows are east, north and up (ECEF) at a latitude and longitude (rad).

    `up` is normal to the ellipsoid. `enu = R @ ecef`, `ecef = R.T @ enu`.
    """
    sin_lat, cos_lat = math.sin(lat), math.cos(lat)
    sin_lon, cos_lon = math.sin(lon), math.cos(lon)
    out = np.empty((3, 3))
    out[0, 0], out[0, 1], out[0, 2] = -sin_lon, cos_lon, 0.0
    out[1, 0], out[1, 1], out[1, 2] = -sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat
    out[2, 0], out[2, 1], out[2, 2] = cos_lat * cos_lon, cos_lat * sin_lon, sin_lat
    return out
