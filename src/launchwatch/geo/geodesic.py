"""Distances, bearings and destinations on WGS84, through PROJ's geodesics (Karney 2013)."""

from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pyproj import Geod

Array = NDArray[np.float64]


@cache
def _geod() -> Geod:
    return Geod(ellps="WGS84")


def distance_and_azimuth(
    lat1_rad: ArrayLike, lon1_rad: ArrayLike, lat2_rad: ArrayLike, lon2_rad: ArrayLike
) -> tuple[Array, Array]:
    """Return distance (m) and azimuth at the first point (rad, [0, 2 pi)) from first to second points.

    Arrays broadcast together. Inverse of `destination`.
    """
    lon1, lat1, lon2, lat2 = np.broadcast_arrays(lon1_rad, lat1_rad, lon2_rad, lat2_rad)
    azimuth, _, distance = _geod().inv(lon1, lat1, lon2, lat2, radians=True)
    return np.asarray(distance, dtype=np.float64), np.mod(np.asarray(azimuth, dtype=np.float64), 2 * np.pi)


def destination(
    lat_rad: ArrayLike, lon_rad: ArrayLike, azimuth_rad: ArrayLike, distance_m: ArrayLike
) -> tuple[Array, Array]:
    """Return latitude and longitude (rad) reached along azimuths; inverse of `distance_and_azimuth`."""
    lon, lat, azimuth, distance = np.broadcast_arrays(lon_rad, lat_rad, azimuth_rad, distance_m)
    lon2, lat2, _ = _geod().fwd(lon, lat, azimuth, distance, radians=True)
    return np.asarray(lat2, dtype=np.float64), np.asarray(lon2, dtype=np.float64)
