"""Countries, their coasts, interiors, borders and waters as areas, and the seas that bear names.

Land is finely drawn inside the window of launchwatch.geo.zones and coarse elsewhere. Degrees, WGS84.
"""

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from launchwatch.geo.areas import (
    KERNEL_STEPS,
    Floats,
    PlaceArea,
    distance_km,
    lattice,
    lattice_area,
    make_area,
    padded,
    subset,
)
from launchwatch.geo.gazetteer import with_article
from launchwatch.geo.phrases import Token, words
from launchwatch.geo.zones import load_seas, load_zones, read_shape, shape_names

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

NEAR_BORDER_KM = 40.0
"""Scale of 'near the border': launches from Taegwan and Kanggye, 35 to 60 km off, are reported so."""

COAST_KM = 20.0
"""Scale of 'on the coast' and of how far 'inland' keeps away from it."""

ISLET_DEG2 = 0.02
"""Islands under about 200 km2, such as Ulleungdo, are no part of a country's 'east coast'."""

OFF_COAST_KM = 300.0
"""Scale of 'off the coast': reports use it for falls from 100 to 700 km out."""

BETWEEN_DEG = 75.0
"""Waters lie between two coasts where the nearest points of both are seen at least this far apart."""

MAIN_SHARE = 0.05
"""Islands smaller than this share of a country's largest part are no shore of 'the waters between'."""

BETWEEN_STEP_KM = 30.0
"""Lattice of the waters between two coasts."""

NEXT_TO_DEG = 0.05
"""Coarse borders of neighbours are drawn by the same points; a line this near to another state's is a border."""


@lru_cache(maxsize=16)
def country_shape(code: str) -> "BaseGeometry":
    """Return a country's land: coarse where it is not all inside the window of the zones."""
    if code in words().country_names:
        return read_shape("countries_natural_earth", f"country:{code}")
    return _zone_land(code)


@lru_cache(maxsize=16)
def _zone_land(code: str) -> "BaseGeometry":
    """Return a country's land inside the window of the zones, finely drawn."""
    import shapely

    parts = ("PRK", "KOR") if code == "KOREA" else (code,)
    return shapely.union_all([load_zones().geometry(f"land:{part}") for part in parts])


def country_names(code: str) -> tuple[str, ...]:
    """Return a country's names, the English one first."""
    if code == "KOREA":
        return ("Korean Peninsula", "한반도", "朝鮮半島")
    return words().country_names.get(code) or load_zones()[f"land:{code}"].names


@lru_cache(maxsize=16)
def country_area(code: str) -> PlaceArea:
    """Return a whole country as an even area."""
    names = country_names(code)
    source = "Natural Earth 1:110m" if code in words().country_names else "Natural Earth 1:10m"
    return lattice_area(names[0], names, "country part", country_shape(code), source=source)


def inland(area: PlaceArea, code: str = "PRK") -> PlaceArea:
    """Return an area without its coast: weights fall off within `COAST_KM` of the sea."""
    away = distance_km(coastline(code), area.lon_deg, area.lat_deg)
    parted = area.name.startswith("the ")
    name = area.name.replace("the ", "the inland ", 1) if parted else f"inland {area.name}"
    return subset(area, area.weights * (1 - np.exp(-0.5 * (away / COAST_KM) ** 2)), name)


@lru_cache(maxsize=16)
def coastline(code: str) -> "BaseGeometry":
    """Return the edge of a country's land without land borders and islets, lon/lat degrees."""
    import shapely

    parts = shapely.get_parts(_coastal_shape(code))
    shape = shapely.union_all(parts[shapely.area(parts) >= ISLET_DEG2])
    near = shapely.box(*shape.buffer(0.5).bounds)
    lands = _others(code, near) if code in _finely_drawn() else _coarse_others(code)
    others = [shapely.intersection(land, near) for land in lands]
    return shapely.difference(shape.boundary, shapely.buffer(shapely.union_all(others), 0.02))


def _coastal_shape(code: str) -> "BaseGeometry":
    """Return the land to which a country's coast belongs: what of it is finely drawn, if anything is."""
    return _zone_land(code) if code in _finely_drawn() else country_shape(code)


def _finely_drawn() -> frozenset[str]:
    """Return the states whose coast is known in detail; 'KOREA' is both of them."""
    states = {state for zone in load_zones().select(kind="land") for state in zone.states}
    return frozenset(states - {"USA"} | {"KOREA"})  # of the United States the window holds a few islands


def _others(code: str, near: "BaseGeometry") -> list["BaseGeometry"]:
    """Return the land of other states near one whose land is finely drawn."""
    import shapely

    owners = {"PRK", "KOR"} if code == "KOREA" else {code}
    return [
        load_zones().geometry(zone.id)
        for zone in load_zones().select(kind="land")
        if owners.isdisjoint(zone.states) and shapely.box(*zone.bounds).intersects(near)
    ]


def _coarse_others(code: str) -> list["BaseGeometry"]:
    """Return the coarse land of the other states."""
    names = [name for name in shape_names("countries_natural_earth") if name != f"country:{code}"]
    return [read_shape("countries_natural_earth", name) for name in names]


def coast_area(code: str, compass: Token | None, *, off: bool, near: bool) -> PlaceArea | None:
    """Return a country's coast on one side: the land strip, both sides ('near'), or the sea ('off')."""
    import shapely

    coast = coastline(code)
    shape = _coastal_shape(code)
    if compass is not None:
        coast = _coast_side(coast, shape.centroid, float(compass.value))
    if coast.is_empty:
        return None
    reach_km = 2 * OFF_COAST_KM if off else 3 * COAST_KM
    frame = shapely.box(*padded(coast.bounds, reach_km))
    lon, lat, step = lattice(frame, 30.0 if off else 8.0)
    away = distance_km(coast, lon, lat)
    dry = shapely.contains_xy(shape, lon, lat)
    weights = np.exp(-away / OFF_COAST_KM) if off else np.exp(-0.5 * (away / COAST_KM) ** 2)
    if off:
        weights *= _in_near_seas(coast, lon, lat) & ~dry
    elif not near:
        weights *= dry
    weights[away > reach_km] = 0.0
    if not weights.any():
        return None
    keep = weights > 1e-4
    side = f"the {point_name(compass)} coast" if compass is not None else "the coast"
    name = f"{'off ' if off else 'near ' if near else ''}{side} of {with_article(country_names(code)[0])}"
    return make_area(
        name,
        country_names(code),
        "coast",
        lon[keep],
        lat[keep],
        weights[keep],
        KERNEL_STEPS * step,
        step_km=step,
    )


def _coast_side(coast: "BaseGeometry", centre: "BaseGeometry", azimuth_deg: float) -> "BaseGeometry":
    """Return the parts of a coastline that lie from the country's centre within 75 degrees of a direction."""
    import shapely

    lines = [line for line in shapely.get_parts(shapely.get_parts(coast)) if line.length > 0.02]
    pieces = [p for line in lines for p in _segments(line)]
    middle = np.array([shapely.get_coordinates(p).mean(axis=0) for p in pieces])
    scale = np.cos(np.radians(centre.y))
    bearing = np.degrees(np.arctan2((middle[:, 0] - centre.x) * scale, middle[:, 1] - centre.y))
    turn = np.abs((bearing - azimuth_deg + 180) % 360 - 180)
    return shapely.union_all([p for p, t in zip(pieces, turn, strict=True) if t <= 75])


def _segments(line: "BaseGeometry") -> list["BaseGeometry"]:
    import shapely

    coords = shapely.get_coordinates(line)
    return [shapely.linestrings(coords[i : i + 6]) for i in range(0, max(1, len(coords) - 1), 5)]


def _in_near_seas(coast: "BaseGeometry", lon: Floats, lat: Floats) -> NDArray[np.bool_]:
    """Return which points lie in seas that wash a coast, so that 'off' does not reach across another country."""
    import shapely

    strip = shapely.buffer(shapely.simplify(coast, 0.05), 0.3)
    held = np.zeros(lon.size, dtype=np.bool_)
    for sea in load_seas().values():
        if shapely.intersection(sea, strip).area > 0.05:
            held |= shapely.contains_xy(sea, lon, lat)
    return held


def off_place(area: PlaceArea) -> PlaceArea:
    """Return the sea off a place: thinning out over 50 km, land left out where that leaves something."""
    import shapely

    lon0, lat0 = area.centre_deg
    frame = shapely.box(*padded((lon0, lat0, lon0, lat0), 150.0))
    lon, lat, step = lattice(frame, 12.0)
    away = distance_km(shapely.Point(lon0, lat0), lon, lat)
    wet = np.zeros(lon.size, dtype=np.bool_)
    for sea in load_seas().values():
        wet |= shapely.contains_xy(sea, lon, lat)
    weights = np.exp(-0.5 * (away / 50.0) ** 2) * (wet if wet.any() else 1.0)
    keep = weights > 1e-4
    return make_area(
        f"off {with_article(area.name)}",
        area.names,
        "coast",
        lon[keep],
        lat[keep],
        weights[keep],
        KERNEL_STEPS * step,
        step_km=step,
        source=area.source,
    )


@lru_cache(maxsize=16)
def sea_area(name: str) -> PlaceArea:
    """Return the sea of a printed name as an even area, bays included."""
    import shapely

    parts = [shape for key, shape in load_seas().items() if key == name or key.endswith(f", {name}")]
    return lattice_area(name, words().seas[name], "sea", shapely.union_all(parts))


def part_of(area: PlaceArea, compass: Token) -> PlaceArea:
    """Return the outer 40 % of an area in a cardinal direction; in a diagonal one, the outer 60 % of both axes.

    Shares of the area and not of its extent, because North Korea lies slantwise: its north-west would be empty.
    """
    azimuth = np.radians(float(compass.value))
    axes = ((np.sin(azimuth), area.lon_deg), (np.cos(azimuth), area.lat_deg))
    outward = [values * np.sign(component) for component, values in axes if abs(component) > 0.3]
    inner_share = 0.6 if len(outward) == 1 else 0.4
    keep = np.all([values >= np.quantile(values, inner_share) for values in outward], axis=0)
    name = f"the {point_name(compass)} of {with_article(area.name)}"
    return subset(area, np.where(keep, area.weights, 0.0), name)


def point_name(compass: Token) -> str:
    """Return the English word for a direction: 'northwest', 'north-northeast'."""
    points = words().compass.items()
    return next(name for name, point in points if point.azimuth_deg == compass.value).replace(" ", "-")


@lru_cache(maxsize=16)
def border_line(owner: str, neighbour: str) -> "BaseGeometry":
    """Return the border between two states, lon/lat degrees; empty where they have none that is known."""
    import shapely

    for pair in ((owner, neighbour), (neighbour, owner)):
        if pair[0] == "PRK" and f"border:PRK-{pair[1]}" in shape_names("regions_natural_earth"):
            return read_shape("regions_natural_earth", f"border:PRK-{pair[1]}")
    coarse = shape_names("countries_natural_earth")
    if not {f"country:{owner}", f"country:{neighbour}"} <= set(coarse):
        return shapely.MultiLineString()
    a, b = (read_shape("countries_natural_earth", f"country:{code}") for code in (owner, neighbour))
    return shapely.intersection(a.boundary, shapely.buffer(b, NEXT_TO_DEG))


def along_border(area: PlaceArea, owner: str, neighbour: str) -> PlaceArea | None:
    """Return the part of an area near its state's border with another, or None if there is no such border."""
    line = border_line(owner, neighbour)
    if line.is_empty:
        return None
    away = distance_km(line, area.lon_deg, area.lat_deg)
    weights = area.weights * np.exp(-0.5 * (away / NEAR_BORDER_KM) ** 2)
    if not weights.max() > 0:
        return None
    home = country_names(owner)[0]
    where = f"near {home}'s" if area.name == home else f"{area.name}, near the"
    return subset(area, weights, f"{where} border with {country_names(neighbour)[0]}")


def border_area(owner: str, neighbour: str) -> PlaceArea:
    """Return a border's line, both sides of it: 'the military demarcation line'."""
    import shapely

    line = shapely.segmentize(border_line(owner, neighbour), 0.1)
    lon, lat = shapely.get_coordinates(line).T
    name = f"the border of {country_names(owner)[0]} with {country_names(neighbour)[0]}"
    names = (*country_names(owner), *country_names(neighbour))
    return make_area(name, names, "border", lon, lat, np.ones(lon.size), 7.0, source="Natural Earth 1:10m")


@lru_cache(maxsize=16)
def waters_between(one: str, other: str) -> PlaceArea | None:
    """Return the sea between two countries: where their nearest coasts lie on opposite sides."""
    import shapely

    coasts = [_main_coast(code) for code in (one, other)]
    if any(line.is_empty for line in coasts):
        return None
    west, south, east, north = shapely.union_all([shapely.box(*line.bounds) for line in coasts]).bounds
    lon, lat, step = lattice(shapely.box(west, south, east, north), BETWEEN_STEP_KM)
    scale = float(np.cos(np.radians((south + north) / 2)))
    wet = at_sea(lon, lat)
    points = shapely.points(lon[wet] * scale, lat[wet])
    ways = []
    for line in coasts:
        flat = shapely.transform(line, lambda c: c * np.array((scale, 1.0)))
        feet = shapely.get_coordinates(shapely.get_point(shapely.shortest_line(points, flat), -1))
        ways.append(feet - shapely.get_coordinates(points))
    turn = np.degrees(np.arctan2(_cross(*ways), np.sum(ways[0] * ways[1], axis=1)))
    held = np.abs(turn) >= BETWEEN_DEG
    if not held.any():
        return None
    names = (*country_names(one), *country_names(other))
    name = f"the waters between {with_article(country_names(one)[0])} and {country_names(other)[0]}"
    lon, lat = lon[wet][held], lat[wet][held]
    return make_area(name, names, "sea", lon, lat, np.ones(lon.size), KERNEL_STEPS * step, step_km=step)


def _main_coast(code: str) -> "BaseGeometry":
    """Return the coast of a country's mainland and main islands, coarsely: Japan without the Ryukyus."""
    import shapely

    parts = shapely.get_parts(_coastal_shape(code))
    sizes = shapely.area(parts)
    main = shapely.buffer(shapely.union_all(parts[sizes >= MAIN_SHARE * sizes.max()]).boundary, 0.02)
    return shapely.simplify(shapely.intersection(coastline(code), main), 0.05)


def _cross(a: Floats, b: Floats) -> Floats:
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])


def at_sea(lon: Floats, lat: Floats) -> NDArray[np.bool_]:
    """Return which points lie in a named sea, or where no seas are known."""
    import shapely

    west, south, east, north = load_zones().window
    held = ~((lon > west) & (lon < east) & (lat > south) & (lat < north))
    for sea in load_seas().values():
        held |= shapely.contains_xy(sea, lon, lat)
    return held


def in_sea(name: str, lon: Floats, lat: Floats) -> NDArray[np.bool_]:
    """Return which points lie in the sea of that printed name, bays included."""
    import shapely

    held = np.zeros(lon.size, dtype=np.bool_)
    for key, sea in load_seas().items():
        if key == name or key.endswith(f", {name}"):
            held |= shapely.contains_xy(sea, lon, lat)
    return held


def from_coast(code: str, mean_km: float, sigma_km: float, compass: Token | None) -> PlaceArea | None:
    """Return the sea at a distance from a country's coast, on one side or all round; None if there is none."""
    import shapely

    coast = coastline(code)
    if compass is not None:
        coast = _coast_side(coast, _coastal_shape(code).centroid, float(compass.value))
    if coast.is_empty:
        return None
    coast = shapely.simplify(coast, 0.02)
    reach_km = mean_km + 2.5 * sigma_km
    lon, lat, step = lattice(shapely.box(*padded(coast.bounds, reach_km)), max(12.0, sigma_km / 2))
    away = distance_km(coast, lon, lat)
    weights = np.exp(-0.5 * ((away - mean_km) / sigma_km) ** 2) * at_sea(lon, lat)
    if compass is not None:
        weights *= _beyond_side(coast, lon, lat, float(compass.value)) & _in_near_seas(coast, lon, lat)
    if not weights.max() > 0:
        return None
    keep = weights > 0.1 * weights.max()
    side = f"{point_name(compass)} of" if compass is not None else "from"
    names, kernel_km = country_names(code), KERNEL_STEPS * step
    name = f"{mean_km:.0f} km {side} {with_article(names[0])}"
    return make_area(name, names, "offset", lon[keep], lat[keep], weights[keep], kernel_km, step_km=step)


def _beyond_side(coast: "BaseGeometry", lon: Floats, lat: Floats, azimuth_deg: float) -> NDArray[np.bool_]:
    """Return which points are seen from the nearest of a coast within 67 degrees of a direction."""
    import shapely

    scale = float(np.cos(np.radians(float(np.mean(lat)))))
    flat = shapely.transform(coast, lambda c: c * np.array((scale, 1.0)))
    ways = shapely.get_coordinates(shapely.shortest_line(flat, shapely.points(lon * scale, lat))).reshape(-1, 2, 2)
    east, north = (ways[:, 1] - ways[:, 0]).T
    turn = np.abs((np.degrees(np.arctan2(east, north)) - azimuth_deg + 180) % 360 - 180)
    return np.asarray(turn <= 67.5)
