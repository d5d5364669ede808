"""Make the land, territorial-sea and EEZ polygons in src/launchwatch/geo/data from pinned packages.

Run `python builders/build_zones.py` (see builders/README.md). The same packages give the same bytes.

Method. Land is Natural Earth 1:10m. Territorial seas are the OSM-derived country areas less land. Exclusive
economic zones start from the territorial-sea limit, which already holds the straight and archipelagic
baselines: a point belongs to a zone if a limit lies within 200 - 12 = 188 nautical miles, and to the state
whose limit is nearest. The distance fields live on a 0.05 degree grid; limits are their zero contours.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import shapely
from contourpy import FillType, contour_generator
from numpy.typing import NDArray
from packages import COUNTRIES_MARITIME, WORLD_ATLAS, fetch, read_member
from pyproj import Geod
from scipy.spatial import cKDTree
from shapely import MultiPolygon, Polygon
from shapely.geometry import box, shape
from shapely.geometry.base import BaseGeometry
from storage import DATA_FOLDER, write_shapes
from zone_table import (
    DISPUTED_LAND,
    LAND_STATES,
    LIANCOURT_TERRITORIAL_SEA,
    NO_EFFECT,
    OSM_STATES,
    describe,
)

Floats = NDArray[np.float64]

WINDOW = box(100, 0, 180, 60)
"""Covered area, degrees: the north-west Pacific and its marginal seas."""

SEA_REACH = box(88, -8, 192, 66)
"""Limits outside the window that reach into it: 200 nautical miles are under 7 degrees of longitude at 60 N."""

GRID_STEP_DEG = 0.05
"""A finer grid changes no limit by more than the method's own error (1.5 km median, 6 km at 95 %)."""

FINE_STEP_DEG = 0.005
NAUTICAL_MILE_KM = 1.852
ZONE_REACH_KM = 188 * NAUTICAL_MILE_KM
TERRITORIAL_SEA_KM = 12 * NAUTICAL_MILE_KM
SPACING_KM = 1.0
SMALLEST_PART_KM2 = 5.0
FAR_KM = 1000.0

SHORT_TERRITORIAL_SEA_KM = {"PLW": 9 * NAUTICAL_MILE_KM}
"""How much narrower than 12 nautical miles a state's limit is drawn: Palau's OSM limit stands at 3."""

PRK_RUS_LINE = ((42 + 9 / 60, 130 + 53 / 60), (40 + 16 / 60, 132 + 49 / 60))
"""Two points (lat, lon) of the 1986 line between the zones of North Korea and the Soviet Union: the end of the
territorial sea and a point of the zone's limit, from fr.wikipedia.org, 'Frontiere entre la Coree du Nord et la
Russie'. The line is run on until it meets Japan's equidistance line."""

_GEOD = Geod(ellps="WGS84")


@dataclass(frozen=True)
class Grid:
    """Longitudes (nx,) and latitudes (ny,) of a regular grid, degrees."""

    lon: Floats
    lat: Floats

    @classmethod
    def over(cls, bounds: tuple[float, float, float, float], step: float) -> Grid:
        """Return the grid whose nodes are whole multiples of `step` just outside `bounds`."""
        west, south, east, north = (round(b / step) for b in bounds)
        return cls(np.arange(west - 1, east + 2) * step, np.arange(south - 1, north + 2) * step)

    def points(self) -> Floats:
        """Return ECEF positions, km, shape (ny * nx, 3)."""
        return ecef_km(*(a.ravel() for a in np.meshgrid(self.lon, self.lat)))


def ecef_km(lon: Floats, lat: Floats) -> Floats:
    """Return WGS84 positions on the ellipsoid, km, shape (n, 3)."""
    a, f = 6378.137, 1 / 298.257223563
    lam, phi = np.radians(lon), np.radians(lat)
    n = a / np.sqrt(1 - f * (2 - f) * np.sin(phi) ** 2)
    return np.column_stack(
        (n * np.cos(phi) * np.cos(lam), n * np.cos(phi) * np.sin(lam), n * (1 - f) ** 2 * np.sin(phi))
    )


def arc_km(chord: Floats) -> Floats:
    """Return surface distance of a chord, km; under 1 m wrong at 370 km."""
    return 2 * 6371.0 * np.arcsin(np.minimum(chord / (2 * 6371.0), 1))


def densify(coords: Floats) -> Floats:
    """Return the line through lon/lat `coords` with points at most `SPACING_KM` apart."""
    scale = np.cos(np.radians(coords[:-1, 1]))
    step = np.diff(coords, axis=0)
    count = np.maximum(1, np.ceil(111.3 * np.hypot(step[:, 0] * scale, step[:, 1]) / SPACING_KM)).astype(int)
    pieces = [np.linspace(a, b, n, endpoint=False) for (a, b), n in zip(pairwise(coords), count, strict=True)]
    return np.concatenate([*pieces, coords[-1:]])


def limit_points(area: BaseGeometry, land: BaseGeometry | None = None) -> Floats:
    """Return points on the limits of `area`, lon/lat degrees, shape (n, 2); those on `land` are left out."""
    rings = shapely.get_rings(shapely.get_parts(area))
    points = np.concatenate([densify(shapely.get_coordinates(ring)) for ring in rings])
    return points if land is None else points[~shapely.contains_xy(land, points)]


def distance_field(grid: Grid, points: Floats, reach_km: float) -> Floats:
    """Return km from every node to the nearest of the lon/lat `points`, shape (ny, nx); `FAR_KM` beyond reach."""
    tree = cKDTree(ecef_km(*points.T))
    chord, _ = tree.query(grid.points(), distance_upper_bound=reach_km, workers=2)
    return np.where(np.isinf(chord), FAR_KM, arc_km(chord)).reshape(grid.lat.size, grid.lon.size)


def below_zero(grid: Grid, field: Floats) -> BaseGeometry:
    """Return the area where `field` (ny, nx) is negative, by linear contouring."""
    generator = contour_generator(grid.lon, grid.lat, field, fill_type=FillType.OuterOffset)
    polygons, offsets = generator.filled(-1e9, 0.0)
    parts = []
    for points, offset in zip(polygons, offsets, strict=True):
        shell, *holes = [points[a:b] for a, b in pairwise(offset)]
        parts.append(shapely.make_valid(Polygon(shell, holes)))
    return polygons_of(shapely.union_all(parts))


def within_km(area: BaseGeometry, reach_km: float) -> BaseGeometry:
    """Return the area within `reach_km` of a small area, contoured on the fine grid."""
    west, south, east, north = area.bounds
    pad = reach_km / 60
    grid = Grid.over((west - pad, south - pad, east + pad, north + pad), FINE_STEP_DEG)
    return below_zero(grid, distance_field(grid, limit_points(area), 2 * reach_km) - reach_km)


def polygons_of(geometry: BaseGeometry) -> MultiPolygon:
    """Return the polygon parts of any geometry as one multipolygon, coordinates on a 1e-5 degree lattice."""
    snapped = shapely.set_precision(geometry, 1e-5)
    parts = [p for p in shapely.get_parts(shapely.get_parts(snapped)) if p.geom_type == "Polygon"]
    return MultiPolygon(parts)


def area_km2(geometry: BaseGeometry) -> float:
    """Return the area on the WGS84 ellipsoid, km2."""
    return abs(_GEOD.geometry_area_perimeter(shapely.orient_polygons(geometry))[0]) / 1e6


def without_crumbs(geometry: BaseGeometry, smallest_km2: float = SMALLEST_PART_KM2) -> MultiPolygon:
    """Return the parts of at least `smallest_km2`; smaller ones are noise of the grid."""
    return MultiPolygon([p for p in polygons_of(geometry).geoms if area_km2(p) >= smallest_km2])


class Topology:
    """A TopoJSON file's objects as polygons; arcs are quantised and delta-coded (TopoJSON format, 2.1.3)."""

    def __init__(self, document: dict) -> None:
        scale, shift = (np.array(document["transform"][key]) for key in ("scale", "translate"))
        self.arcs = [np.cumsum(np.array(arc), axis=0) * scale + shift for arc in document["arcs"]]
        self.geometries = document["objects"]["countries"]["geometries"]

    def ring(self, indices: list[int]) -> Floats:
        """Return a ring, lon/lat degrees; a negative index is a reversed arc."""
        lines = [self.arcs[i] if i >= 0 else self.arcs[~i][::-1] for i in indices]
        return np.concatenate([lines[0], *(line[1:] for line in lines[1:])])

    def polygons(self, geometry: dict) -> list[BaseGeometry]:
        """Return the valid polygons of one object."""
        arcs = {"Polygon": [geometry.get("arcs")], "MultiPolygon": geometry.get("arcs")}.get(geometry["type"], [])
        return [shapely.make_valid(Polygon(self.ring(p[0]), [self.ring(h) for h in p[1:]])) for p in arcs]


def read_land(folder: Path) -> dict[str, BaseGeometry]:
    """Return land by zone name ('JPN', 'disputed:senkaku', ...) within the window, Natural Earth 1:10m."""
    topology = Topology(json.loads(read_member(fetch(WORLD_ATLAS, folder), "package/countries-10m.json")))
    parts: dict[str, list[BaseGeometry]] = {}
    for geometry in topology.geometries:
        name = geometry["properties"]["name"]
        if name in LAND_STATES:
            for polygon in topology.polygons(geometry):
                parts.setdefault(land_owner(name, polygon), []).append(polygon)
    clipped = {key: shapely.intersection(shapely.union_all(value), WINDOW) for key, value in parts.items()}
    return {key: polygons_of(value) for key, value in sorted(clipped.items()) if not value.is_empty}


def land_owner(name: str, polygon: BaseGeometry) -> str:
    """Return the zone name of one land polygon: a disputed feature stands by itself, whoever the source names."""
    for feature, (names, area) in DISPUTED_LAND.items():
        if name in names and area.contains(polygon.centroid):
            return f"disputed:{feature}"
    return LAND_STATES[name]


def read_national_areas(folder: Path) -> dict[str, BaseGeometry]:
    """Return land with territorial sea by state, OSM-derived, near the window; disputed parts split out."""
    document = json.loads(read_member(fetch(COUNTRIES_MARITIME, folder), "package/map.geo.json"))
    parts: dict[str, list[BaseGeometry]] = {}
    for feature in document["features"]:
        state = OSM_STATES.get(feature["properties"]["A3"])
        if state:
            area = shapely.intersection(shapely.make_valid(unwrap(shape(feature["geometry"]))), SEA_REACH)
            for polygon in shapely.get_parts(area):
                parts.setdefault(sea_owner(state, polygon), []).append(polygon)
    return {key: polygons_of(shapely.union_all(value)) for key, value in sorted(parts.items())}


def unwrap(area: BaseGeometry) -> BaseGeometry:
    """Return `area` with western longitudes near the date line written as 180 to 192 degrees."""
    west = shapely.intersection(shapely.make_valid(area), box(-180, -8, -168, 66))
    return shapely.union_all([area, shapely.transform(west, lambda c: c + np.array((360.0, 0.0)))])


def sea_owner(state: str, polygon: BaseGeometry) -> str:
    """Return the state, or the disputed feature whose small area this OSM part is."""
    for feature, area in NO_EFFECT.items():
        if area.contains(polygon):
            return f"disputed:{feature}"
    if state == "KOR" and LIANCOURT_TERRITORIAL_SEA.contains(polygon):
        return "disputed:liancourt"
    return state


def split_kurils(national: dict[str, BaseGeometry], land: dict[str, BaseGeometry]) -> None:
    """Move the territorial sea nearer to the disputed southern Kurils than to Urup out of Russia's, in place."""
    around = box(145.0, 43.0, 151.5, 47.2)
    parts = [p for p in shapely.get_parts(national["RUS"]) if around.contains(p)]
    disputed_land = land["disputed:southern_kurils"]
    undisputed = shapely.difference(shapely.intersection(land["RUS"], around), disputed_land)
    grid = Grid.over(around.bounds, 0.02)
    fields = [distance_field(grid, limit_points(a), FAR_KM) for a in (disputed_land, undisputed)]
    disputed = shapely.intersection(shapely.union_all(parts), below_zero(grid, fields[0] - fields[1]))
    national["disputed:southern_kurils"] = disputed
    national["RUS"] = shapely.difference(national["RUS"], disputed)


def add_features_without_osm(national: dict[str, BaseGeometry], land: dict[str, BaseGeometry]) -> None:
    """Give 12 nautical miles to the disputed features for which the OSM file has no territorial sea, in place."""
    for feature in ("senkaku", "spratly"):
        key = f"disputed:{feature}"
        rim = within_km(land[key], TERRITORIAL_SEA_KM)
        others = shapely.union_all([area for name, area in national.items() if name != key])
        known = national.get(key, Polygon())
        national[key] = shapely.difference(shapely.union_all([rim, known]), others)


def treaty_side_km(grid: Grid) -> Floats:
    """Return km from the 1986 line, positive on North Korea's side, shape (ny, nx); local plane at the line."""
    (lat0, lon0), (lat1, lon1) = PRK_RUS_LINE
    scale = np.cos(np.radians((lat0 + lat1) / 2))
    along = np.array([(lon1 - lon0) * scale, lat1 - lat0])
    along /= np.hypot(*along)
    x, y = np.meshgrid((grid.lon - lon0) * scale, grid.lat - lat0)
    return 111.2 * (x * along[1] - y * along[0])


def apply_treaty(grid: Grid, fields: dict[str, Floats]) -> None:
    """Bend the two distance fields so that their equidistance line is the 1986 line, in place.

    The nearer of the two distances stays what it was, so no limit with a third state moves.
    """
    here = np.ix_((grid.lat > 38) & (grid.lat < 43), (grid.lon > 130) & (grid.lon < 136))
    side = treaty_side_km(grid)[here]
    nearer = np.minimum(fields["PRK"][here], fields["RUS"][here])
    near_land = grid.lat[(grid.lat > 38) & (grid.lat < 43)][:, None] > PRK_RUS_LINE[0][0]
    for state, beyond in (("PRK", np.maximum(0, -side)), ("RUS", np.maximum(0, side))):
        bent = np.where(near_land | (nearer >= FAR_KM), fields[state][here], nearer + 2 * beyond)
        fields[state][here] = bent


def compute_zones(national: dict[str, BaseGeometry], land_all: BaseGeometry) -> dict[str, MultiPolygon]:
    """Return EEZ polygons by zone name: a partition, so that no point lies in two of them."""
    grid = Grid.over(WINDOW.bounds, GRID_STEP_DEG)
    sources = {k: v for k, v in national.items() if k.removeprefix("disputed:") not in {*NO_EFFECT, "liancourt"}}
    fields = {k: distance_field(grid, limit_points(v, land_all), ZONE_REACH_KM + 40) for k, v in sources.items()}
    for state, short in SHORT_TERRITORIAL_SEA_KM.items():
        fields[state] = np.where(fields[state] >= FAR_KM, FAR_KM, fields[state] - short)
    apply_treaty(grid, fields)
    sovereign = polygons_of(shapely.union_all([*national.values(), land_all]))
    stack = np.stack(list(fields.values()))
    rest = shapely.difference(below_zero(grid, stack.min(axis=0) - ZONE_REACH_KM), sovereign)
    rest = polygons_of(shapely.intersection(rest, WINDOW))
    zones: dict[str, MultiPolygon] = {}
    for index, key in enumerate(fields):
        others = np.delete(stack, index, axis=0).min(axis=0)
        mine = below_zero(grid, np.where(stack[index] >= FAR_KM, FAR_KM, stack[index] - others))
        zones[key] = without_crumbs(shapely.intersection(rest, mine))
        rest = polygons_of(shapely.difference(rest, mine))
    print(f"  unassigned crumbs: {area_km2(polygons_of(rest)):.0f} km2")
    zones["disputed:liancourt"] = full_effect(grid, stack, national, sovereign)
    return {key: value for key, value in zones.items() if not value.is_empty}


def full_effect(
    grid: Grid, stack: Floats, national: dict[str, BaseGeometry], sovereign: BaseGeometry
) -> MultiPolygon:
    """Return the waters nearer to Liancourt Rocks than to any other land: what changes hands with full effect."""
    own = distance_field(grid, limit_points(national["disputed:liancourt"]), ZONE_REACH_KM + 40)
    nearest = below_zero(grid, np.maximum(own - stack.min(axis=0), own - ZONE_REACH_KM))
    return without_crumbs(shapely.difference(nearest, sovereign))


def build(folder: Path) -> dict[str, MultiPolygon]:
    """Return every zone's polygons by id, such as 'eez:JPN'."""
    land = read_land(folder)
    land_all = polygons_of(shapely.union_all(list(land.values())))
    national = read_national_areas(folder)
    split_kurils(national, land)
    add_features_without_osm(national, land)
    # China's baselines run around Kinmen and Matsu, which Taipei administers; TWN's zones say who claims them.
    national["CHN"] = shapely.difference(national["CHN"], national["TWN"])
    shapes: dict[str, MultiPolygon] = {f"land:{key}": area for key, area in land.items()}
    for key, area in national.items():
        sea = shapely.difference(shapely.intersection(area, WINDOW), land_all)
        shapes[f"territorial_sea:{key}"] = without_crumbs(sea, 0.5)
    zones = compute_zones(national, land_all)
    shapes |= {f"eez:{key}": area for key, area in zones.items()}
    return {key: value for key, value in sorted(shapes.items()) if not value.is_empty}


def main() -> None:
    """Build and write the zones; print their areas."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--packages", type=Path, required=True, help="folder for the downloaded packages")
    folder = parser.parse_args().packages
    shapes = build(folder)
    public_domain = {key: value for key, value in shapes.items() if key.startswith("land:")}
    write_shapes(DATA_FOLDER / "land_natural_earth.npz", public_domain)
    write_shapes(DATA_FOLDER / "zones_odbl.npz", {k: v for k, v in shapes.items() if k not in public_domain})
    rows = [describe(key, value, WINDOW) for key, value in shapes.items()]
    text = json.dumps({"window": WINDOW.bounds, "zones": rows}, ensure_ascii=False, indent=1)
    (DATA_FOLDER / "zones.json").write_text(text + "\n", encoding="utf-8")
    for key, value in shapes.items():
        print(f"{key:40} {area_km2(value):12,.0f} km2 {shapely.get_num_coordinates(value):7}")


if __name__ == "__main__":
    main()
