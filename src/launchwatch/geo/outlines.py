"""What an area of uncertain place holds: shares of its probability, and the line around most of it.

The region that holds a share is the one of highest density: no place inside is less likely than one outside.
Degrees, WGS84.
"""

from functools import lru_cache
from itertools import pairwise
from typing import cast

import numpy as np

from launchwatch.basis.errors import InputError
from launchwatch.geo.areas import KM_PER_DEGREE, Floats, PlaceArea, log_density_area, log_density_grid

MOST = 0.95
"""The share that 'the area of a phrase' is drawn around."""

_TURNS = np.radians(np.arange(6) * 60.0)


def share_before(area: PlaceArea, lat_deg: float, lon_deg: float) -> float:
    """Return the probability of places likelier than a point: up to 0.95 it lies in the 95 % region."""
    own = log_density_area(area, np.radians([lat_deg]), np.radians([lon_deg]))[0]
    heights, weights = _heights(area)
    return float(weights[heights > own].sum())


def holds(area: PlaceArea, lat_deg: float, lon_deg: float) -> bool:
    """Tell whether a point is in the 95 % region of an area, or within the line of a sea, province or country."""
    import shapely

    if area.kind in _DRAWN:
        crossed = sum(bool(shapely.contains_xy(shapely.polygons(ring), lon_deg, lat_deg)) for ring in area.polygon)
        if crossed % 2 == 1:
            return True
    return share_before(area, lat_deg, lon_deg) <= MOST


_DRAWN = frozenset(
    ("sea", "region", "country part")
)  # even areas, whose blurred edge is theirs as much as the middle


@lru_cache(maxsize=64)
def _heights(area: PlaceArea) -> tuple[Floats, Floats]:
    """Return log densities at points of equal share within each kernel, and those points' weights."""
    sigma_deg = area.sigma_m / 1000 / KM_PER_DEGREE
    radii = _radii(4 if area.lat_deg.size > _FEW else 60)
    east = (radii[:, None] * np.sin(_TURNS)).ravel() * sigma_deg
    north = (radii[:, None] * np.cos(_TURNS)).ravel() * sigma_deg
    lat = area.lat_deg[:, None] + north
    lon = area.lon_deg[:, None] + east / np.cos(np.radians(area.lat_deg))[:, None]
    if area.lat_deg.size > _FEW:
        heights = log_density_grid(area)(lat.ravel(), lon.ravel())
    else:
        heights = log_density_area(area, np.radians(lat.ravel()), np.radians(lon.ravel()))
    return heights, np.repeat(area.weights / east.size, east.size)


_FEW = 20  # points of support, of which each is sampled finely


def _radii(count: int) -> Floats:
    """Return the radii, in sigma, of equal shares of a round Gaussian."""
    return np.asarray(np.sqrt(-2 * np.log(1 - (np.arange(count) + 0.5) / count)))


def outline(area: PlaceArea, share: float = MOST) -> list[list[list[tuple[float, float]]]]:
    """Return the polygons (rings of lon/lat, the outer first, as in GeoJSON) that hold a share of an area."""
    from contourpy import FillType, contour_generator

    if not 0 < share < 1:
        raise InputError("no such share of an area", given=share, allowed="more than 0 and less than 1")
    heights, weights = _heights(area)
    order = np.argsort(-heights)
    level = heights[order][np.searchsorted(np.cumsum(weights[order]), share)]
    sigma_deg = area.sigma_m / 1000 / KM_PER_DEGREE
    lat = _axis(area.lat_deg, sigma_deg)
    lon = _axis(area.lon_deg, sigma_deg / _shrink(area))
    mesh_lat, mesh_lon = np.meshgrid(lat, lon, indexing="ij")
    height = log_density_area(area, np.radians(mesh_lat.ravel()), np.radians(mesh_lon.ravel()))
    generator = contour_generator(lon, lat, height.reshape(mesh_lat.shape), fill_type=FillType.OuterOffset)
    lines, offsets = cast("tuple[list[Floats], list[Floats]]", generator.filled(float(level), np.inf))
    polygons = []
    for points, cuts in zip(lines, offsets, strict=True):
        rings = [points[int(a) : int(b)] for a, b in pairwise(cuts)]
        polygons.append([[(round(float(x), 4), round(float(y), 4)) for x, y in ring] for ring in rings])
    return polygons


def _shrink(area: PlaceArea) -> float:
    return max(0.05, float(np.cos(np.radians(np.abs(area.lat_deg).max()))))


def _axis(values: Floats, sigma_deg: float) -> Floats:
    """Return grid lines from four kernels before the values to four beyond."""
    step = max(0.4 * sigma_deg, float(np.ptp(values) + 8 * sigma_deg) / _MOST_CELLS)
    return np.arange(values.min() - 4 * sigma_deg, values.max() + 4 * sigma_deg + step, step)


_MOST_CELLS = 200
