"""The projection of a printed map, chosen for what the map must hold, with the reason in words.

Four are enough: azimuthal equidistant about the middle of a long flight, stereographic about a pole's
neighbourhood, Lambert's conformal conic for middle latitudes and Mercator's near the equator; all of the WGS84
ellipsoid (Snyder, "Map Projections: A Working Manual", USGS 1395, 1987). None is cut at the antimeridian: each is
centred on the event.
"""

import math
from dataclasses import dataclass

import numpy as np

from launchwatch.geo.geodesic import destination, distance_and_azimuth
from launchwatch.tell.drawing import Floats
from launchwatch.tell.mapview import middle_direction

LONG_KM = 4500.0
"""From this length on no conformal sheet is near true: a conic 4,500 km wide already stretches its rim by 3 %."""

_POLAR_DEG, _EQUATORIAL_DEG = 74.0, 14.0


@dataclass(frozen=True)
class Projection:
    """A projection: its name, PROJ's definition, its centre in degrees, and why it was chosen."""

    name: str
    definition: str
    lon_deg: float
    lat_deg: float
    reason: str


def tears_at_poles(projection: Projection) -> bool:
    """Tell whether a sheet in this projection may not reach a pole: conic and Mercator are cut from there on."""
    return "+proj=lcc" in projection.definition or "+proj=merc" in projection.definition


def choose_projection(
    lon_deg: Floats, lat_deg: Floats, ends: tuple[tuple[float, float], tuple[float, float]] | None = None
) -> Projection:
    """Return the projection for places; `ends` are launch and impact (lon, lat) of the flight in the middle."""
    lon, lat = middle_direction(lon_deg, lat_deg)
    far, _ = distance_and_azimuth(math.radians(lat), math.radians(lon), np.radians(lat_deg), np.radians(lon_deg))
    extent_km = 2 * float(far.max()) / 1000
    if extent_km > LONG_KM:
        return _equidistant(*(_halfway(*ends) if ends else (lon, lat)), extent_km)
    reach = extent_km / 2 / 111.2
    if abs(lat) + reach > _POLAR_DEG:
        return about_pole(lon, lat)
    if abs(lat) < _EQUATORIAL_DEG:
        return _mercator(lon, lat)
    return _conic(lon, lat, float(lat_deg.min()), float(lat_deg.max()))


def _halfway(start: tuple[float, float], end: tuple[float, float]) -> tuple[float, float]:
    lon, lat = math.radians(start[0]), math.radians(start[1])
    distance, azimuth = distance_and_azimuth(lat, lon, math.radians(end[1]), math.radians(end[0]))
    middle_lat, middle_lon = destination(lat, lon, azimuth, distance / 2)
    return round(math.degrees(float(middle_lon)), 2), round(math.degrees(float(middle_lat)), 2)


def _equidistant(lon: float, lat: float, extent_km: float) -> Projection:
    return Projection(
        "azimuthal equidistant",
        f"+proj=aeqd +lat_0={lat} +lon_0={lon} +ellps=WGS84",
        lon,
        lat,
        f"what is shown spans about {round(extent_km, -2):,.0f} km: distances and directions from the middle of "
        "the path are true, and a great circle through it is a straight line",
    )


def about_pole(lon: float, lat: float) -> Projection:
    """Return the projection of a sheet that a pole is on."""
    return Projection(
        "stereographic",
        f"+proj=stere +lat_0={lat} +lon_0={lon} +ellps=WGS84",
        lon,
        lat,
        "a pole is near: angles are true, and the pole is a place like any other",
    )


def _mercator(lon: float, lat: float) -> Projection:
    return Projection(
        "Mercator",
        f"+proj=merc +lat_ts={lat} +lon_0={lon} +ellps=WGS84",
        lon,
        lat,
        "the event is near the equator and not long: angles are true and scale hardly changes",
    )


def _conic(lon: float, lat: float, south: float, north: float) -> Projection:
    # Standard parallels a sixth from either rim keep the error of scale even (Snyder, section 14).
    inset = max(north - south, 3.0) / 6
    middle = (south + north) / 2
    first, second = (round(middle + sign * (max(north - south, 3.0) / 2 - inset), 1) for sign in (-1, 1))
    return Projection(
        "Lambert conformal conic",
        f"+proj=lcc +lat_1={first} +lat_2={second} +lat_0={lat} +lon_0={lon} +ellps=WGS84",
        lon,
        lat,
        f"the event is regional and in middle latitudes: angles are true, scale is true along {_degrees(first)} "
        f"and {_degrees(second)}",
    )


def _degrees(lat: float) -> str:
    return f"{abs(lat):g}° {'N' if lat >= 0 else 'S'}"
