"""The limit of a zone as pieces of at most a kilometre, and the nearest point of it.

Longitude and latitude in degrees, WGS84; edges are straight in them, as for `zones`.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.constants import MEAN_RADIUS_M
from launchwatch.geo.surface import surface_ecef

if TYPE_CHECKING:
    from scipy.spatial import cKDTree
    from shapely import MultiPolygon

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Bounds = tuple[float, float, float, float]

NEAR_KM = 400.0
"""Distance within which a limit is told of."""

_LIMIT_SPACING_KM = 1.0


@dataclass(frozen=True)
class Limit:
    """Pieces of a zone's limit, at most 1 km long: starts and steps in degrees (n, 2) and in ECEF km (n, 3)."""

    start: Floats
    step: Floats
    start_km: Floats
    step_km: Floats
    tree: "cKDTree"

    @classmethod
    def of(cls, shape: "MultiPolygon", window: Bounds, near: tuple[Floats, Floats] | None = None) -> "Limit":
        """Return the limit of polygons, without edges that run along the window; with `near` only what is near."""
        import shapely
        from scipy.spatial import cKDTree

        rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(shapely.get_parts(shape))]
        start = np.concatenate([ring[:-1] for ring in rings])
        step = np.concatenate([np.diff(ring, axis=0) for ring in rings])
        real = ~along_window(start, start + step, window)
        if near is not None:
            real &= _edges_near(start, start + step, *near)
        start, step = _cut(start[real], step[real])
        start_km, end_km = _ecef_km(start), _ecef_km(start + step)
        return cls(start, step, start_km, end_km - start_km, cKDTree((start_km + end_km) / 2))

    def nearest(self, lon: Floats, lat: Floats, reach_km: float = np.inf) -> tuple[Floats, Floats]:
        """Return the distance to the limit, km, (n,), and the limit's nearest point, lon/lat degrees, (n, 2).

        Beyond `reach_km` the distance is infinite and the point NaN.
        """
        from pyproj import Geod

        everywhere = _ecef_km(np.column_stack((lon, lat)))
        distance_km, all_feet = np.full(lon.size, np.inf), np.full((lon.size, 2), np.nan)
        if not len(self.start):
            return distance_km, all_feet
        nearest: Floats = np.atleast_1d(
            self.tree.query(everywhere, distance_upper_bound=reach_km + _LIMIT_SPACING_KM)[0]
        )
        found = np.flatnonzero(np.isfinite(nearest))
        if not found.size:
            return distance_km, all_feet
        points, lon, lat, nearest = everywhere[found], lon[found], lat[found], nearest[found]
        # The nearest piece's middle is at most half a piece farther than the nearest middle; 10 m for rounding.
        candidates = self.tree.query_ball_point(points, nearest + _LIMIT_SPACING_KM / 2 + 0.01)
        pieces = [np.asarray(c, dtype=np.intp) for c in candidates]
        owner, piece = np.repeat(np.arange(lon.size), [c.size for c in pieces]), np.concatenate(pieces)
        away = points[owner] - self.start_km[piece]
        length2 = np.einsum("ij,ij->i", self.step_km[piece], self.step_km[piece])
        share = np.clip(np.einsum("ij,ij->i", away, self.step_km[piece]) / np.maximum(length2, 1e-12), 0, 1)
        gap2 = np.sum((away - share[:, None] * self.step_km[piece]) ** 2, axis=1)
        order = np.lexsort((gap2, owner))
        best = order[np.searchsorted(owner[order], np.arange(lon.size))]
        foot = self.start[piece[best]] + share[best, None] * self.step[piece[best]]
        distance_m = Geod(ellps="WGS84").inv(lon, lat, foot[:, 0], foot[:, 1])[2]
        distance_km[found], all_feet[found] = np.asarray(distance_m) / 1000, foot
        return distance_km, all_feet


def _edges_near(start: Floats, end: Floats, lon: Floats, lat: Floats) -> Bools:
    """Tell which edges' boxes meet the box 400 km about points, whose longitudes may run over 180 degrees."""
    pad = np.degrees(NEAR_KM * 1000 / MEAN_RADIUS_M) * 1.02
    south, north = lat.min() - pad, lat.max() + pad
    rows = (np.maximum(start[:, 1], end[:, 1]) >= south) & (np.minimum(start[:, 1], end[:, 1]) <= north)
    wide = pad / max(0.02, float(np.cos(np.radians(min(89.0, max(abs(south), abs(north)))))))
    low, high = np.minimum(start[:, 0], end[:, 0]), np.maximum(start[:, 0], end[:, 0])
    west, east = lon.min() - wide, lon.max() + wide
    columns = np.zeros(len(start), dtype=np.bool_)
    for turn in (-360.0, 0.0, 360.0):
        columns |= (high >= west + turn) & (low <= east + turn)
    return rows & columns


def along_window(start: Floats, end: Floats, window: Bounds) -> Bools:
    """Tell which edges (n, 2) of lon/lat degrees run along the window of the data, and limit nothing."""
    west, south, east, north = window
    on = np.zeros(len(start), dtype=np.bool_)
    for axis, edge in ((0, west), (0, east), (1, south), (1, north)):
        on |= (np.abs(start[:, axis] - edge) < 1e-6) & (np.abs(end[:, axis] - edge) < 1e-6)
    return on


def _cut(start: Floats, step: Floats) -> tuple[Floats, Floats]:
    km_per_degree = np.radians(MEAN_RADIUS_M / 1000)
    length = km_per_degree * np.hypot(step[:, 0] * np.cos(np.radians(start[:, 1])), step[:, 1])
    count = np.maximum(1, np.ceil(length / _LIMIT_SPACING_KM)).astype(np.intp)
    edge = np.repeat(np.arange(len(start)), count)
    within = np.arange(edge.size) - np.repeat(np.cumsum(count) - count, count)
    piece = step[edge] / count[edge, None]
    return start[edge] + within[:, None] * piece, piece


def _ecef_km(lonlat: Floats) -> Floats:
    lam, phi = np.radians(lonlat).T
    return surface_ecef(phi, lam) / 1000
