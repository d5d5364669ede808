"""Place phrases of reports to areas: a gazetteer of launch sites, towns, provinces, coasts, borders and seas.

`resolve_place` reads English, Korean and Japanese (launchwatch.geo.phrases) and answers with a `PlaceArea`
(launchwatch.geo.areas), or None to what it does not know: it never guesses. Its name is English in all three, and
reads on after "launched from". Degrees at the border, WGS84.
"""

import csv
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.constants import KM_PER_MILE, KM_PER_NAUTICAL_MILE
from launchwatch.geo.areas import (
    KERNEL_STEPS,
    KM_PER_DEGREE,
    Floats,
    PlaceArea,
    distance_km,
    lattice,
    lattice_area,
    log_density_area,
    make_area,
    padded,
    sample_area,
    subset,
)
from launchwatch.geo.phrases import Token, fold, name_keys, read_tokens, words
from launchwatch.geo.zones import load_seas, load_zones, read_shape, shape_names

__all__ = ["PlaceArea", "log_density_area", "resolve_place", "sample_area"]

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

_DATA = Path(__file__).parent / "data"
NEAR_POINT_KM = 15.0
"""What 'near' or 'around' adds to a place: reports say it up to about one county away."""

NEAR_BORDER_KM = 40.0
"""Scale of 'near the border': launches from Taegwan and Kanggye, 35 to 60 km off, are reported so."""

COAST_KM = 20.0
"""Scale of 'on the coast' and of how far 'inland' keeps away from it."""

ISLET_DEG2 = 0.02
"""Islands under about 200 km2, such as Ulleungdo, are no part of a country's 'east coast'."""

OFF_COAST_KM = 300.0
"""Scale of 'off the coast': reports use it for falls from 100 to 700 km out."""

_CAPITALS = {"PRK": "Pyongyang", "KOR": "Seoul", "JPN": "Tokyo"}  # those of the states whose places are known

LONGEST_PHRASE = 400
"""Characters; longer texts are no place phrases."""

MIXED_KM = 100.0
"""Places of one name farther apart than this are different places, and the phrase does not tell which."""

WIDE_KM = 20.0
"""Places wider than this (a Japanese prefecture) tell where a smaller one lies that stands beside them."""


@lru_cache(maxsize=512)
def resolve_place(phrase: str, *, country: str | None = None) -> PlaceArea | None:
    """Return the area that a phrase of a report means, or None if it is not known.

    `country` is the state that the report is about (ISO code or name): it stands in for 'its' and for a country
    left out, as in 'off its east coast' or 'near the Chinese border'. Two sights of a phrase are one area.
    """
    if len(phrase) > LONGEST_PHRASE:
        return None
    home = _country_code(country)
    tokens = _with_capital(_without_zone_clause(read_tokens(phrase, _places())), home)
    kinds = {token.kind for token in tokens}
    if not {"km", "mi", "nm"}.isdisjoint(kinds):
        return _offset(tokens, home)
    anchor, area = _anchor(tokens, home)
    if area is not None or "place" in kinds:
        return None if area is None else _around(area, anchor, tokens)
    if "border" in kinds:
        return _border_strip(tokens, home)
    return _sea(tokens) if "sea" in kinds else _country_part(tokens, home)


def _without_zone_clause(tokens: list[Token]) -> list[Token]:
    """Return the tokens without "... Japan's economic zone", which tells a zone, not a place."""
    kept: list[Token] = []
    for token in tokens:
        if token.kind != "eez":
            kept.append(token)
            continue
        while kept and kept[-1].kind in {"fill", "country", "off", "of"}:
            kept.pop()
    return kept


def _with_capital(tokens: list[Token], home: str | None) -> list[Token]:
    """Return the tokens with the city that 'the capital' is, or without the word beside a named place."""
    named = [str(token.value) for token in tokens if token.kind == "country"]
    city = _CAPITALS.get(named[0] if named else home or "")
    if city is None or not {"place", "region"}.isdisjoint(token.kind for token in tokens):
        return [token for token in tokens if token.kind != "capital"]
    return [
        one for token in tokens for one in (read_tokens(city, _places()) if token.kind == "capital" else [token])
    ]


def _leans_on_home(tokens: list[Token]) -> bool:
    """Tell whether a phrase without a country says enough about one: its coast, its interior, a part of it."""
    kinds = {token.kind for token in tokens}
    return "unknown" not in kinds and not {"coast", "inland", "compass", "its"}.isdisjoint(kinds)


def _country_code(country: str | None) -> str | None:
    if country is None:
        return None
    if country in words().countries:
        return country
    folded = fold(country)
    return next((code for code, names in words().countries.items() if folded in names), None)


@dataclass(frozen=True)
class _Row:
    """One line of places.csv."""

    name: str
    names: tuple[str, ...]
    aliases: tuple[str, ...]
    lon_deg: float
    lat_deg: float
    sigma_km: float
    province: str
    country: str
    source: str


@dataclass
class _Candidates:
    """Rows under one key: those whose own name it is, and those that carry it as an alias."""

    own: list[_Row] = field(default_factory=list)
    alias: list[_Row] = field(default_factory=list)

    @property
    def best(self) -> list[_Row]:
        return self.own or self.alias


@lru_cache(maxsize=1)
def _places() -> dict[str, _Candidates]:
    table: dict[str, _Candidates] = {}
    for row in _rows():
        own = {key for name in row.names for key in name_keys(name)}
        for key in own:
            table.setdefault(key, _Candidates()).own.append(row)
        for key in {key for name in row.aliases for key in name_keys(name)} - own:
            table.setdefault(key, _Candidates()).alias.append(row)
    return table


def _rows() -> Iterable[_Row]:
    with (_DATA / "places.csv").open(encoding="utf-8", newline="") as stream:
        for line in csv.DictReader(stream):
            names = (line["name"], *filter(None, line["variants"].split(";")))
            yield _Row(
                line["name"],
                names,
                tuple(filter(None, line["aliases"].split(";"))),
                float(line["lon_deg"]),
                float(line["lat_deg"]),
                float(line["sigma_km"]),
                line["province"],
                line["country"],
                line["source_url"],
            )


def _anchor(tokens: list[Token], home: str | None) -> tuple[int, PlaceArea | None]:
    """Return the first place or, with none, region that is named, and its index; None if it is not one place."""
    regions = [str(token.value) for token in tokens if token.kind == "region"]
    named = [str(token.value) for token in tokens if token.kind == "country"]
    wide: tuple[int, PlaceArea] | None = None
    for index, token in enumerate(tokens):
        if token.kind == "place":
            rows = _narrow(_places()[str(token.value)].best, regions, named or ([home] if home else []))
            if rows and rows[0].sigma_km <= WIDE_KM:
                return index, _mixture(rows)
            if rows and (wide is None or rows[0].sigma_km * 1000 < wide[1].sigma_m):
                wide = index, _mixture(rows)
    if wide is not None:
        return wide
    first = next((i for i, token in enumerate(tokens) if token.kind == "region"), -1)
    return first, _region(regions[0]) if regions else None


def _narrow(rows: list[_Row], regions: list[str], countries: list[str]) -> list[_Row]:
    """Return the rows that the rest of the phrase allows, or none if they are far apart even so."""
    parts = {part for region in regions for part in words().unions.get(region, (region,))}
    in_region = [row for row in rows if any(part in row.province for part in parts)]
    in_country = [row for row in in_region or rows if row.country in countries]
    kept = in_country or in_region or rows
    x = np.array([row.lon_deg for row in kept]) * np.cos(np.radians(kept[0].lat_deg))
    y = np.array([row.lat_deg for row in kept])
    return kept if np.hypot(np.ptp(x), np.ptp(y)) * KM_PER_DEGREE <= MIXED_KM else []


def _plain(name: str) -> str:
    """Return a romanised name as English texts print it: P'yŏngsŏng-si is Pyongsong."""
    letters = unicodedata.normalize("NFKD", name)
    return "".join(c for c in letters if not unicodedata.combining(c) and c not in "'’‘ʼʻ").removesuffix("-si")


def _with_article(name: str) -> str:
    """Return a name with its article where English gives it one."""
    return f"the {name}" if any(kind in name for kind in ("Peninsula", "Ocean", "Strait", "Sea ")) else name


def _point_name(compass: Token) -> str:
    """Return the English word for a direction: 'northwest', 'north-northeast'."""
    points = words().compass.items()
    return next(name for name, point in points if point.azimuth_deg == compass.value).replace(" ", "-")


def _mixture(rows: list[_Row]) -> PlaceArea:
    sigma_km = max(row.sigma_km for row in rows)
    names = dict.fromkeys(name for row in rows for name in row.names)
    sources = dict.fromkeys(row.source for row in rows)
    lon, lat = np.array([row.lon_deg for row in rows]), np.array([row.lat_deg for row in rows])
    return make_area(
        _plain(rows[0].name),
        tuple(names),
        "point",
        lon,
        lat,
        np.ones(len(rows)),
        sigma_km,
        source="; ".join(sources),
    )


@lru_cache(maxsize=32)
def _region(name: str) -> PlaceArea:
    return lattice_area(name, words().regions[name], "region", _region_shape(name))


@lru_cache(maxsize=32)
def _region_shape(name: str) -> "BaseGeometry":
    import shapely

    parts = words().unions.get(name, (name,))
    return shapely.union_all([read_shape("regions_natural_earth", f"province:{part}") for part in parts])


def _around(area: PlaceArea, anchor: int, tokens: list[Token]) -> PlaceArea:
    """Return the area changed by the words about it: near, north of, off, inland, a part of it, at a border."""
    kinds = [token.kind for token in tokens]
    compass = next((t for i, t in enumerate(tokens) if t.kind == "compass" and _belongs(i, anchor, tokens)), None)
    is_region = area.kind == "region"
    if "border" in kinds:
        neighbour = _neighbour(tokens)
        return _along_border(area, neighbour) if is_region and neighbour else area
    if compass is not None and not compass.adjective and not _leads(compass, tokens):
        return _beyond(area, compass)
    if compass is not None and is_region:
        area = _part(area, compass)
    if any(kind == "off" and _belongs(i, anchor, tokens) for i, kind in enumerate(kinds)):
        return _off_place(area)
    if "inland" in kinds and is_region:
        return _inland(area)
    return _widened(area, NEAR_POINT_KM) if "near" in kinds else area


def _belongs(at: int, anchor: int, tokens: list[Token]) -> bool:
    """Tell whether a word is said of the anchor: before it in English, after it in Korean and Japanese.

    'North of Pyongyang' is; 'Kanggye, in the north of the country' and 'Wonsan on the east coast' are not.
    """
    if (at > anchor) == tokens[at].text.isascii():
        return False
    between = tokens[min(at, anchor) + 1 : max(at, anchor)]
    return all(other.kind in {"fill", "of", "off", "unknown", "country"} for other in between)


def _leads(compass: Token, tokens: list[Token]) -> bool:
    """Tell whether a direction stands right before a name, as in 'north Pyongyang': then it is a part of it."""
    after = tokens[tokens.index(compass) + 1 :]
    return bool(after) and after[0].kind in {"place", "region"} and compass.text.isascii()


def _widened(area: PlaceArea, km: float) -> PlaceArea:
    sigma_km = float(np.hypot(area.sigma_m / 1000, km))
    name = f"near {_with_article(area.name)}"
    return make_area(
        name, area.names, area.kind, area.lon_deg, area.lat_deg, area.weights, sigma_km, source=area.source
    )


def _beyond(area: PlaceArea, compass: Token) -> PlaceArea:
    """Return 'north of X' without a distance: within 45 degrees of the direction, thinning out over 30 km."""
    distances = np.arange(10.0, 101.0, 10.0)
    bearings = float(compass.value) + np.linspace(-45.0, 45.0, 7)
    weights = np.exp(-distances / 30.0) * distances
    name = f"{_point_name(compass)} of {_with_article(area.name)}"
    return _polar(name, area, distances, weights, bearings)


def _offset(tokens: list[Token], home: str | None) -> PlaceArea | None:
    """Return 'about 250 km northwest of X': a sector whose depth is the rounding of the number."""
    numbers = [float(token.value) for token in tokens if token.kind == "number"]
    compass = next((token for token in tokens if token.kind == "compass"), None)
    _, anchor = _anchor(tokens, home)
    anchor = anchor or _only_country(tokens)
    if not numbers or compass is None or anchor is None:
        return None
    unit = next(token.kind for token in tokens if token.kind in {"km", "mi", "nm"})
    km = {"km": 1.0, "mi": KM_PER_MILE, "nm": KM_PER_NAUTICAL_MILE}[unit]
    mean, spread = _said_distance(numbers)
    sigma_km = float(np.hypot(km * spread, anchor.sigma_m / 1000))
    distances = mean * km + sigma_km * np.arange(-2.0, 2.01, 0.5)
    weights = np.exp(-0.5 * np.arange(-2.0, 2.01, 0.5) ** 2)
    bearings = float(compass.value) + compass.half_width_deg * np.linspace(-1.0, 1.0, 11)
    keep = distances > 0
    said = f"{'-'.join(f'{number:g}' for number in sorted(numbers[:2]))} {_UNIT_NAMES[unit]}"
    name = f"{said} {_point_name(compass)} of {_with_article(anchor.name)}"
    return _polar(name, anchor, distances[keep], weights[keep], bearings)


_UNIT_NAMES = {"km": "km", "mi": "miles", "nm": "nautical miles"}


def _only_country(tokens: list[Token]) -> PlaceArea | None:
    """Return the one country that a phrase names, to measure from; two would leave open which."""
    named = {str(token.value) for token in tokens if token.kind == "country"}
    return _country(named.pop()) if len(named) == 1 and "unknown" not in {t.kind for t in tokens} else None


def _said_distance(numbers: list[float]) -> tuple[float, float]:
    """Return mean and standard deviation of a reported distance, in its own unit.

    Officials round to 50 or 10; half a step, with 5 % of the whole for where it was measured from. Two numbers
    are the ends of a range.
    """
    if len(numbers) > 1:
        low, high = sorted(numbers)[:2]
        return (low + high) / 2, float(np.hypot((high - low) / 2, 0.05 * high))
    step = next((s for s in (50.0, 10.0, 1.0) if numbers[0] % s == 0), 1.0)
    return numbers[0], float(np.hypot(step / 2, 0.05 * numbers[0]))


def _polar(name: str, anchor: PlaceArea, distances: Floats, weights: Floats, bearings: Floats) -> PlaceArea:
    """Return the area at distances (km, with weights) and bearings (degrees) from an anchor's centre."""
    from pyproj import Geod

    lon0, lat0 = anchor.centre_deg
    far, bearing = (a.ravel() for a in np.meshgrid(distances, bearings, indexing="ij"))
    lon, lat, _ = Geod(ellps="WGS84").fwd(np.full(far.size, lon0), np.full(far.size, lat0), bearing, far * 1000)
    step = max(np.median(np.diff(distances)), float(distances.mean() * np.radians(np.median(np.diff(bearings)))))
    sigma_km = max(anchor.radius_km / np.sqrt(2), KERNEL_STEPS * step)
    each = np.repeat(weights, bearings.size)
    return make_area(
        name, anchor.names, "offset", np.asarray(lon), np.asarray(lat), each, sigma_km, source=anchor.source
    )


@lru_cache(maxsize=16)
def _country_shape(code: str) -> "BaseGeometry":
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


def _country_names(code: str) -> tuple[str, ...]:
    if code == "KOREA":
        return ("Korean Peninsula", "한반도", "朝鮮半島")
    return words().country_names.get(code) or load_zones()[f"land:{code}"].names


def _country_part(tokens: list[Token], home: str | None) -> PlaceArea | None:
    """Return a country or a part of it: a quarter, its coast, its interior, the waters off it."""
    named = [str(token.value) for token in tokens if token.kind == "country"]
    code = next(iter(named), home if _leans_on_home(tokens) else None)
    if code is None or _names_waters(tokens):
        return None
    kinds = {token.kind for token in tokens}
    compass = next((token for token in tokens if token.kind == "compass"), None)
    beyond = compass is not None and not compass.adjective and code == "KOREA" and "coast" not in kinds
    if not {"coast", "off"}.isdisjoint(kinds) or beyond:
        return _coast(code, compass, off="off" in kinds or beyond, near="near" in kinds)
    land = _country(code)
    if compass is not None:
        land = _part(land, compass)
    return _inland(land, code) if "inland" in kinds else land


def _names_waters(tokens: list[Token]) -> bool:
    """Tell whether a country's name is part of that of a sea that is not known: 'the Indian Ocean'."""
    return any(one.kind == "country" and after.text in _WATERS for one, after in pairwise(tokens))


_WATERS = frozenset(("sea", "ocean"))


@lru_cache(maxsize=16)
def _country(code: str) -> PlaceArea:
    names = _country_names(code)
    source = "Natural Earth 1:110m" if code in words().country_names else "Natural Earth 1:10m"
    return lattice_area(names[0], names, "country part", _country_shape(code), source=source)


def _part(area: PlaceArea, compass: Token) -> PlaceArea:
    """Return the outer 40 % of an area in a cardinal direction; in a diagonal one, the outer 60 % of both axes.

    Shares of the area and not of its extent, because North Korea lies slantwise: its north-west would be empty.
    """
    azimuth = np.radians(float(compass.value))
    axes = ((np.sin(azimuth), area.lon_deg), (np.cos(azimuth), area.lat_deg))
    outward = [values * np.sign(component) for component, values in axes if abs(component) > 0.3]
    inner_share = 0.6 if len(outward) == 1 else 0.4
    keep = np.all([values >= np.quantile(values, inner_share) for values in outward], axis=0)
    name = f"the {_point_name(compass)} of {_with_article(area.name)}"
    return subset(area, np.where(keep, area.weights, 0.0), name)


def _inland(area: PlaceArea, code: str = "PRK") -> PlaceArea:
    """Return an area without its coast: weights fall off within `COAST_KM` of the sea."""
    away = distance_km(_coastline(code), area.lon_deg, area.lat_deg)
    parted = area.name.startswith("the ")
    name = area.name.replace("the ", "the inland ", 1) if parted else f"inland {area.name}"
    return subset(area, area.weights * (1 - np.exp(-0.5 * (away / COAST_KM) ** 2)), name)


@lru_cache(maxsize=16)
def _coastline(code: str) -> "BaseGeometry":
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
    return _zone_land(code) if code in _finely_drawn() else _country_shape(code)


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


def _coast(code: str, compass: Token | None, *, off: bool, near: bool) -> PlaceArea | None:
    """Return a country's coast on one side: the land strip, both sides ('near'), or the sea ('off')."""
    import shapely

    coast = _coastline(code)
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
    side = f"the {_point_name(compass)} coast" if compass is not None else "the coast"
    name = f"{'off ' if off else 'near ' if near else ''}{side} of {_with_article(_country_names(code)[0])}"
    return make_area(
        name,
        _country_names(code),
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


def _off_place(area: PlaceArea) -> PlaceArea:
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
        f"off {_with_article(area.name)}",
        area.names,
        "coast",
        lon[keep],
        lat[keep],
        weights[keep],
        KERNEL_STEPS * step,
        step_km=step,
        source=area.source,
    )


def _border_strip(tokens: list[Token], home: str | None) -> PlaceArea | None:
    """Return the strip of North Korea along its border with a neighbour, or a part of that strip."""
    named = [str(token.value) for token in tokens if token.kind == "country"]
    neighbour = _neighbour(tokens)
    if neighbour is None or "PRK" not in {*named, home}:
        return None
    land = _country("PRK")
    compass = next((token for token in tokens if token.kind == "compass"), None)
    return _along_border(land if compass is None else _part(land, compass), neighbour)


def _neighbour(tokens: list[Token]) -> str | None:
    named = [str(token.value) for token in tokens if token.kind == "country"]
    return next((code for code in named if code in {"CHN", "RUS", "KOR"}), None)


def _along_border(area: PlaceArea, neighbour: str) -> PlaceArea:
    line = read_shape("regions_natural_earth", f"border:PRK-{neighbour}")
    away = distance_km(line, area.lon_deg, area.lat_deg)
    where = "near North Korea's" if area.name == _country_names("PRK")[0] else f"{area.name}, near the"
    name = f"{where} border with {_country_names(neighbour)[0]}"
    return subset(area, area.weights * np.exp(-0.5 * (away / NEAR_BORDER_KM) ** 2), name)


def _sea(tokens: list[Token]) -> PlaceArea:
    name = next(str(token.value) for token in tokens if token.kind == "sea")
    area = _sea_area(name)
    compass = next((token for token in tokens if token.kind == "compass"), None)
    return area if compass is None else _part(area, compass)


@lru_cache(maxsize=16)
def _sea_area(name: str) -> PlaceArea:
    import shapely

    parts = [shape for key, shape in load_seas().items() if key == name or key.endswith(f", {name}")]
    return lattice_area(name, words().seas[name], "sea", shapely.union_all(parts))
