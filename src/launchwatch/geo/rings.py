"""Rings on the globe as maps want them: closed, counter-clockwise, cut at the antimeridian (RFC 7946, 3.1.9)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from launchwatch.basis.errors import InputError

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float64]
Ring = tuple[tuple[float, float], ...]

_DECIMALS = 5


def split_rings(lon_deg: ArrayLike, lat_deg: ArrayLike) -> tuple[Ring, ...]:
    """Return the area within a ring as rings between -180 and 180 degrees; one around a pole is closed along it.

    The ring is the shorter way round between neighbouring points. Raises InputError for fewer than three points,
    NaN, or a latitude beyond 90 degrees.
    """
    import shapely

    lon, lat = np.asarray(lon_deg, dtype=np.float64), np.asarray(lat_deg, dtype=np.float64)
    if lon.shape != lat.shape or lon.size < _FEWEST or not (np.isfinite(lon).all() and np.all(np.abs(lat) <= 90)):
        raise InputError(
            "ring", given=(lon.tolist()[:4], lat.tolist()[:4]), allowed="three places on earth or more"
        )
    lon, lat = np.append(lon, lon[0]), np.append(lat, lat[0])
    lon = np.unwrap(lon, period=360)
    turns = round((lon[-1] - lon[0]) / 360)
    if turns:
        pole = 90.0 if lat.mean() > 0 else -90.0
        lon, lat = np.concatenate([lon, lon[[-1, 0]]]), np.concatenate([lat, [pole, pole]])
    lon = lon - 360 * np.floor((lon.min() + 180) / 360)
    whole = shapely.make_valid(shapely.polygons(np.column_stack([lon, lat])))
    rings: list[Ring] = []
    for shift in range(-360, 721, 360):
        part = shapely.intersection(whole, shapely.box(-180 + shift, -90, 180 + shift, 90))
        rings += [ring for piece in _polygons(part) if (ring := _ring(piece, shift))]
    return tuple(rings)


_FEWEST = 3


def _polygons(shape: "BaseGeometry") -> Sequence["BaseGeometry"]:
    import shapely

    return [
        part
        for part in shapely.get_parts(shapely.get_parts(shape))
        if part.geom_type == "Polygon" and part.area > 0
    ]


def _ring(piece: "BaseGeometry", shift: float) -> Ring:
    """Return a polygon's outer ring, its holes filled, unless rounding leaves nothing of it."""
    import shapely

    corners = shapely.get_coordinates(shapely.get_exterior_ring(shapely.orient_polygons(piece)))
    rounded = [(round(float(x) - shift, _DECIMALS), round(float(y), _DECIMALS)) for x, y in corners]
    kept = [corner for i, corner in enumerate(rounded) if i == 0 or corner != rounded[i - 1]]
    return tuple(kept) if len(kept) > _FEWEST else ()


def rings_of(shape: "BaseGeometry", centre_lat_deg: float, centre_lon_deg: float) -> tuple[Ring, ...]:
    """Return the rings of polygons drawn on a plane by `to_plane` about the same centre; holes are filled."""
    import shapely

    rings: list[Ring] = []
    for piece in _polygons(shape):
        x, y = shapely.get_coordinates(shapely.get_exterior_ring(piece))[:-1].T
        lat, lon = from_plane(x, y, centre_lat_deg, centre_lon_deg)
        rings += split_rings(lon, lat)
    return tuple(rings)


def to_plane(
    lat_deg: ArrayLike, lon_deg: ArrayLike, centre_lat_deg: float, centre_lon_deg: float
) -> tuple[Floats, Floats]:
    """Return x, y in km, azimuthal equidistant about a centre: true distances and directions from it."""
    from launchwatch.geo.geodesic import distance_and_azimuth

    far, azimuth = distance_and_azimuth(
        np.radians(centre_lat_deg), np.radians(centre_lon_deg), np.radians(lat_deg), np.radians(lon_deg)
    )
    return far / 1e3 * np.sin(azimuth), far / 1e3 * np.cos(azimuth)


def from_plane(
    x_km: ArrayLike, y_km: ArrayLike, centre_lat_deg: float, centre_lon_deg: float
) -> tuple[Floats, Floats]:
    """Return latitudes and longitudes, degrees, of points on the plane (see `to_plane`)."""
    from launchwatch.geo.geodesic import destination

    x, y = np.asarray(x_km, dtype=np.float64), np.asarray(y_km, dtype=np.float64)
    far, azimuth = np.hypot(x, y) * 1e3, np.arctan2(x, y)
    lat, lon = destination(np.radians(centre_lat_deg), np.radians(centre_lon_deg), azimuth, np.maximum(far, 1e-6))
    return np.degrees(lat), np.degrees(lon)
