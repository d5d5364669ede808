"""Areas of uncertain place: a mixture of equal round Gaussians over support points, to draw, sample and weigh.

p(x) = sum_i w_i N(x; x_i, sigma^2) on the WGS84 ellipsoid. A site is one point with a wide kernel, a province or
a sea a lattice with a kernel of 0.6 steps, which is even inside to 0.1 %. Degrees at the border, radians inside.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.constants import MEAN_RADIUS_M
from launchwatch.basis.errors import InputError
from launchwatch.geo.surface import surface_ecef

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float64]

KM_PER_DEGREE = float(np.radians(MEAN_RADIUS_M / 1000))
"""Kilometres in a degree of a great circle on the mean sphere, 111.2."""

KERNEL_STEPS = 0.6
"""Kernel of a lattice area in lattice steps: wider blurs the edge, narrower shows the points."""

SMALLEST_DRAWN = 0.002
"""Parts and holes below this share of an area are not drawn: islets by the hundred."""


@dataclass(frozen=True, eq=False)
class PlaceArea:
    """An area of the earth: a Gaussian-kernel mixture over support points, with rings to draw.

    `polygon` holds rings of lon/lat degrees, shape (n, 2), around most of the area; `lon_deg`, `lat_deg` and
    `weights` (sum 1) are the support, shape (m,); `sigma_m` is the kernel's standard deviation along each axis.
    `kind` tells how it was read: point, region, country part, coast, border, sea or offset. `source` is where
    the place's coordinates come from.
    """

    name: str
    names: tuple[str, ...]
    kind: str
    polygon: tuple[Floats, ...]
    lon_deg: Floats
    lat_deg: Floats
    weights: Floats
    sigma_m: float
    source: str = ""

    @property
    def centre_deg(self) -> tuple[float, float]:
        """Return the weighted mean longitude and latitude, degrees."""
        return float(self.weights @ self.lon_deg), float(self.weights @ self.lat_deg)

    @property
    def radius_km(self) -> float:
        """Return the root-mean-square distance of the area from its centre, km."""
        lon, lat = self.centre_deg
        x = (self.lon_deg - lon) * np.cos(np.radians(lat)) * KM_PER_DEGREE
        y = (self.lat_deg - lat) * KM_PER_DEGREE
        return float(np.sqrt(self.weights @ (x**2 + y**2) + 2 * (self.sigma_m / 1000) ** 2))


def sample_area(area: PlaceArea, n: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return `n` draws from the area: latitudes and longitudes, rad, each shape (n,) (see `log_density_area`)."""
    from pyproj import Geod

    pick = rng.choice(area.weights.size, size=n, p=area.weights)
    east, north = rng.normal(0.0, area.sigma_m, (2, n))
    azimuth, distance = np.degrees(np.arctan2(east, north)), np.hypot(east, north)
    lon, lat, _ = Geod(ellps="WGS84").fwd(area.lon_deg[pick], area.lat_deg[pick], azimuth, distance)
    return np.radians(np.asarray(lat)), np.radians(np.asarray(lon))


def log_density_area(area: PlaceArea, lat_rad: Floats, lon_rad: Floats) -> Floats:
    """Return the logarithm of the area's density, per m^2, shape (n,) (see `sample_area`).

    Distances are chords; within 5 sigma of a 40 km kernel they are 1.6 m short of the arc.
    """
    lat, lon = np.broadcast_arrays(np.atleast_1d(lat_rad), np.atleast_1d(lon_rad))
    if not (np.isfinite(lat).all() and np.isfinite(lon).all()):
        raise InputError("density asked at no place", given="NaN or infinity", allowed="finite radians")
    support = surface_ecef(np.radians(area.lat_deg), np.radians(area.lon_deg))
    scale = -0.5 / area.sigma_m**2
    with np.errstate(divide="ignore"):
        log_weights = np.log(area.weights) - np.log(2 * np.pi * area.sigma_m**2)
    result = np.empty(lat.size)
    step = max(1, 2_000_000 // support.shape[0])
    for at in range(0, lat.size, step):
        points = surface_ecef(lat[at : at + step], lon[at : at + step])
        square = np.sum(points**2, axis=1)[:, None] + np.sum(support**2, axis=1) - 2 * points @ support.T
        terms = log_weights + scale * np.maximum(square, 0)
        top = terms.max(axis=1)
        result[at : at + step] = top + np.log(np.exp(terms - top[:, None]).sum(axis=1))
    return result


@lru_cache(maxsize=64)
def log_density_grid(area: PlaceArea) -> Callable[[Floats, Floats], Floats]:
    """Return a function of latitudes and longitudes (degrees) that interpolates `log_density_area`.

    The grid has half a kernel's steps, at which a Gaussian's logarithm, a parabola, is off by 0.03 at most; it
    reaches four kernels beyond the support and falls off steeply outside.
    """
    step = 0.5 * area.sigma_m / 1000 / KM_PER_DEGREE
    reach = 8 * step
    span = max(np.ptp(area.lat_deg), np.ptp(area.lon_deg)) + 2 * reach
    step = max(step, span / _MOST_CELLS)
    lat = np.arange(area.lat_deg.min() - reach, area.lat_deg.max() + reach + step, step)
    lon = np.arange(area.lon_deg.min() - reach, area.lon_deg.max() + reach + step, step)
    mesh_lat, mesh_lon = np.meshgrid(lat, lon, indexing="ij")
    height = log_density_area(area, np.radians(mesh_lat.ravel()), np.radians(mesh_lon.ravel()))
    height = height.reshape(mesh_lat.shape)

    def log_density(at_lat: Floats, at_lon: Floats) -> Floats:
        row, column = (at_lat - lat[0]) / step, (at_lon - lon[0]) / step
        i = np.clip(row, 0, len(lat) - 1.001)
        j = np.clip(column, 0, len(lon) - 1.001)
        beyond = np.square(row - i) + np.square(column - j)
        a, b = i.astype(int), j.astype(int)
        u, v = i - a, j - b
        near = (1 - u) * ((1 - v) * height[a, b] + v * height[a, b + 1])
        return np.asarray(near + u * ((1 - v) * height[a + 1, b] + v * height[a + 1, b + 1]) - beyond)

    return log_density


_MOST_CELLS = 400


def subset(area: PlaceArea, weights: Floats, name: str) -> PlaceArea:
    """Return the area with other weights, of any sum; points of no weight are left out."""
    keep = weights > 1e-6 * weights.max()
    return make_area(
        name,
        area.names,
        area.kind,
        area.lon_deg[keep],
        area.lat_deg[keep],
        weights[keep],
        area.sigma_m / 1000,
        source=area.source,
    )


def lattice_area(
    name: str, names: tuple[str, ...], kind: str, shape: "BaseGeometry", *, source: str = "Natural Earth 1:10m"
) -> PlaceArea:
    """Return an even area over a polygon: about 500 points, at least 3 km apart."""
    import shapely

    scale = np.cos(np.radians(shape.centroid.y))
    step = float(max(3.0, np.sqrt(shape.area * scale / 500) * KM_PER_DEGREE))
    lon, lat, step = lattice(shape, step)
    rings = shapely.get_rings(shapely.get_parts(shapely.get_parts(shapely.simplify(shape, 0.02))))
    large = rings[shapely.area(shapely.polygons(rings)) >= SMALLEST_DRAWN * shape.area]
    polygon = tuple(shapely.get_coordinates(ring) for ring in large)
    return make_area(
        name, names, kind, lon, lat, np.ones(lon.size), KERNEL_STEPS * step, polygon=polygon, source=source
    )


def lattice(shape: "BaseGeometry", step_km: float) -> tuple[Floats, Floats, float]:
    """Return the points of a square lattice inside a shape, degrees, and the lattice's step, km."""
    import shapely

    west, south, east, north = shape.bounds
    dlat = step_km / KM_PER_DEGREE
    dlon = dlat / np.cos(np.radians((south + north) / 2))
    lon, lat = (
        a.ravel()
        for a in np.meshgrid(np.arange(west + dlon / 2, east, dlon), np.arange(south + dlat / 2, north, dlat))
    )
    keep = shapely.contains_xy(shape, lon, lat)
    if not keep.any():
        middle = shape.representative_point()
        return np.array([middle.x]), np.array([middle.y]), step_km
    return lon[keep], lat[keep], step_km


def padded(bounds: tuple[float, float, float, float], km: float) -> tuple[float, float, float, float]:
    """Return bounds (west, south, east, north, degrees) widened by `km`."""
    west, south, east, north = bounds
    dlat = km / KM_PER_DEGREE
    dlon = dlat / float(np.cos(np.radians(min(80.0, max(abs(south), abs(north))))))
    return west - dlon, south - dlat, east + dlon, north + dlat


def distance_km(shape: "BaseGeometry", lon: Floats, lat: Floats) -> Floats:
    """Return plane distances to a shape, km: 1 % off over the few hundred km where they are used."""
    import shapely

    scale = np.cos(np.radians(float(np.mean(lat))))
    flat = shapely.transform(shape, lambda c: c * np.array((scale, 1.0)))
    shapely.prepare(flat)
    distance: Floats = shapely.distance(shapely.points(lon * scale, lat), flat)
    return distance * KM_PER_DEGREE


def make_area(
    name: str,
    names: tuple[str, ...],
    kind: str,
    lon: Floats,
    lat: Floats,
    weights: Floats,
    sigma_km: float,
    *,
    polygon: tuple[Floats, ...] | None = None,
    step_km: float | None = None,
    source: str = "",
) -> PlaceArea:
    """Return an area of support points (degrees) and weights of any sum; without `polygon`, rings are drawn."""
    rings = polygon if polygon is not None else _rings(lon, lat, weights, step_km or 2 * sigma_km)
    arrays = (np.ascontiguousarray(a, dtype=np.float64) for a in (lon, lat, weights / weights.sum()))
    lon, lat, weights = arrays
    for array in (lon, lat, weights):
        array.flags.writeable = False
    return PlaceArea(name, names, kind, rings, lon, lat, weights, 1000 * sigma_km, source)


def _rings(lon: Floats, lat: Floats, weights: Floats, radius_km: float) -> tuple[Floats, ...]:
    """Return rings around the support points that carry weight, each point a disc."""
    import shapely

    scale = float(np.cos(np.radians(float(np.mean(lat)))))
    heavy = weights >= 0.05 * weights.max()
    discs = shapely.buffer(shapely.points(lon[heavy] * scale, lat[heavy]), radius_km / KM_PER_DEGREE, quad_segs=6)
    merged = shapely.simplify(shapely.union_all(discs), 0.1 * radius_km / KM_PER_DEGREE)
    rings = shapely.get_rings(shapely.get_parts(merged))
    return tuple(shapely.get_coordinates(ring) / np.array((scale, 1.0)) for ring in rings)
