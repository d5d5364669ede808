"""Place phrases of reports to areas: a gazetteer of launch sites, towns, provinces, coasts, borders and seas.

`resolve_place` reads English, Korean and Japanese (launchwatch.geo.phrases) and answers with a `PlaceArea`
(launchwatch.geo.areas), or None to what it does not know: it never guesses. Its name is English in all three,
and reads on after "launched from". Degrees at the border, WGS84. `describe_point` (launchwatch.geo.describe) is
the way back from a point to words.
"""

from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from launchwatch.geo.areas import PlaceArea, lattice_area, log_density_area, make_area, sample_area
from launchwatch.geo.coasts import (
    along_border,
    border_area,
    coast_area,
    country_area,
    from_coast,
    inland,
    off_place,
    part_of,
    sea_area,
    waters_between,
)
from launchwatch.geo.coordinates import Position, read_position
from launchwatch.geo.gazetteer import mixture, narrow, places, rows_named, with_article
from launchwatch.geo.offsets import (
    UNITS_KM,
    beyond,
    both,
    cut_to_sea,
    disc,
    named_distance,
    offset,
    ring,
    said_distance,
    segment,
)
from launchwatch.geo.phrases import Token, districts, fold, name_keys, read_tokens, words
from launchwatch.geo.zones import load_zones, read_shape

__all__ = ["PlaceArea", "log_density_area", "resolve_place", "sample_area"]

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

NEAR_POINT_KM = 15.0
"""What 'near' or 'around' adds to a place: reports say it up to about one county away."""

FROM_COAST_KM = 1200.0
"""Distances from a country up to this are taken from its coast, longer ones from its middle."""

_CAPITALS = {"PRK": "Pyongyang", "KOR": "Seoul", "JPN": "Tokyo"}  # those of the states whose places are known

LONGEST_PHRASE = 400
"""Characters; longer texts are no place phrases."""

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
    if (position := read_position(phrase)) is not None:
        return _position(position)
    tokens = _with_capital(_without_zone_clause(read_tokens(phrase, places())), home)
    kinds = {token.kind for token in tokens}
    if not _UNITS.isdisjoint(kinds):
        return _distance(tokens, home)
    if "between" in kinds and (found := _between(tokens, home)) is not None:
        return found
    anchor, area = _anchor(tokens, home)
    if area is not None or "place" in kinds:
        return None if area is None else _around(area, anchor, tokens)
    return _without_place(tokens, home)


def _position(position: Position) -> PlaceArea:
    lat, lon = position.lat_deg, position.lon_deg
    name = f"{abs(lat):g} {'S' if lat < 0 else 'N'} {abs(lon):g} {'W' if lon < 0 else 'E'}"
    return make_area(name, (name,), "point", np.array([lon]), np.array([lat]), np.ones(1), position.sigma_km)


def _without_place(tokens: list[Token], home: str | None) -> PlaceArea | None:
    """Return the area of a phrase that names no place or region: a border, a sea, a part of a country."""
    kinds = {token.kind for token in tokens}
    if "dmz" in kinds:
        return border_area("PRK", "KOR")
    if "border" in kinds:
        return _border_strip(tokens, home)
    return _sea(tokens) if "sea" in kinds else _country_part(tokens, home)


_UNITS = frozenset(UNITS_KM)
_IDLE = frozenset(("fill", "of", "off", "within", "unknown", "country", "district"))


def _without_zone_clause(tokens: list[Token]) -> list[Token]:
    """Return the tokens without "... Japan's economic zone", which tells a zone, not a place."""
    kept: list[Token] = []
    for token in tokens:
        if token.kind != "eez":
            kept.append(token)
            continue
        while kept and kept[-1].kind in {"fill", "country", "off", "of", "within"}:
            kept.pop()
    return kept


def _with_capital(tokens: list[Token], home: str | None) -> list[Token]:
    """Return the tokens with the city that 'the capital' is, or without the word beside a named place."""
    named = _countries(tokens)
    city = _CAPITALS.get(named[0] if named else home or "")
    if city is None or not {"place", "region"}.isdisjoint(token.kind for token in tokens):
        return [token for token in tokens if token.kind != "capital"]
    return [
        one for token in tokens for one in (read_tokens(city, places()) if token.kind == "capital" else [token])
    ]


def _countries(tokens: list[Token]) -> list[str]:
    return [str(token.value) for token in tokens if token.kind == "country"]


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


def _anchor(tokens: list[Token], home: str | None, *, near: int | None = None) -> tuple[int, PlaceArea | None]:
    """Return the place or, with none, region that is named, and its index; None if it is not one place.

    The first that is known, or with `near` the one that a distance and direction there are measured from: the next
    in English, the last before it in Japanese and Korean.
    """
    regions = [str(token.value) for token in tokens if token.kind == "region"]
    countries = _countries(tokens) or ([home] if home else [])
    wide: tuple[int, PlaceArea] | None = None
    for index in _reading_order(tokens, near):
        token = tokens[index]
        if token.kind == "place":
            rows = rows_named(token, regions, countries)
            if rows and (rows[0].sigma_km <= WIDE_KM or (near is not None and rows[0].kind in {"cape", "island"})):
                return index, mixture(rows)
            if rows and (wide is None or rows[0].sigma_km * 1000 < wide[1].sigma_m):
                wide = index, mixture(rows)
    if wide is not None:
        return wide
    first = next((i for i, token in enumerate(tokens) if token.kind == "region"), -1)
    if regions:
        return first, _region(regions[0])
    first = next((i for i, token in enumerate(tokens) if token.kind == "district"), -1)
    return first, _district(tokens[first], countries) if first >= 0 else None


def _reading_order(tokens: list[Token], near: int | None) -> list[int]:
    order = list(range(len(tokens)))
    if near is None:
        return order
    if any(token.text.isascii() for token in tokens if token.kind == "compass" or token.kind in _UNITS):
        ascii_names = any(token.kind == "place" and token.text.isascii() for token in tokens)
        if ascii_names:
            return [*order[near:], *order[:near]]
    return [*reversed(order[:near]), *order[near:]]


def _district(token: Token, countries: list[str]) -> PlaceArea:
    """Return the main town of a neighbour's district, if it bears its name, or else the whole district."""
    names = districts()[str(token.value)]
    english = places().get(next(iter(name_keys(names[0])), ""))
    if english is not None and not token.text.isascii():
        rows = narrow(english.best(countries), [], [str(token.value).split(":")[1]])
        if rows:
            return mixture(rows)
    return _whole_district(str(token.value))


@lru_cache(maxsize=32)
def _whole_district(key: str) -> PlaceArea:
    names = districts()[key]
    return lattice_area(names[0], names, "region", read_shape("districts_natural_earth", key))


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
        neighbour = _neighbour(tokens, "PRK")
        strip = along_border(area, "PRK", neighbour) if is_region and neighbour else None
        return area if strip is None else strip
    if compass is not None and not compass.adjective and not _leads(compass, tokens):
        return beyond(area, compass)
    if compass is not None and is_region:
        area = part_of(area, compass)
    if any(kind == "off" and _belongs(i, anchor, tokens, _COAST) for i, kind in enumerate(kinds)):
        return off_place(area)
    if "inland" in kinds and is_region:
        return inland(area)
    return _widened(area, NEAR_POINT_KM) if "near" in kinds else area


def _belongs(at: int, anchor: int, tokens: list[Token], between: frozenset[str] = frozenset()) -> bool:
    """Tell whether a word is said of the anchor: before it in English, after it in Korean and Japanese.

    'North of Pyongyang' is; 'Kanggye, in the north of the country' and 'Wonsan on the east coast' are not. Of
    the kinds `between` words may stand between, as in 'off the east coast of Wonsan'.
    """
    if (at > anchor) == tokens[at].text.isascii():
        return False
    return all(other.kind in _IDLE | between for other in tokens[min(at, anchor) + 1 : max(at, anchor)])


_COAST = frozenset(("coast", "compass"))


def _leads(compass: Token, tokens: list[Token]) -> bool:
    """Tell whether a direction stands right before a name, as in 'north Pyongyang': then it is a part of it."""
    after = tokens[tokens.index(compass) + 1 :]
    return bool(after) and after[0].kind in {"place", "region"} and compass.text.isascii()


def _widened(area: PlaceArea, km: float) -> PlaceArea:
    sigma_km = float(np.hypot(area.sigma_m / 1000, km))
    name = f"near {with_article(area.name)}"
    return make_area(
        name, area.names, area.kind, area.lon_deg, area.lat_deg, area.weights, sigma_km, source=area.source
    )


def _distance(tokens: list[Token], home: str | None) -> PlaceArea | None:
    """Return the area of a phrase with a distance, or with two from two places; cut to a sea that it names."""
    sea = next((str(token.value) for token in tokens if token.kind == "sea"), None)
    wet = sea is not None or any(token.kind == "off" for token in tokens)
    found = None
    for clause in _clauses(tokens):
        area = _one_distance(clause, home)
        if area is None:
            return None
        found = area if found is None else both(found, area)
        if found is None:
            return None
    return cut_to_sea(found, sea) if found is not None and wet else found


def _clauses(tokens: list[Token]) -> list[list[Token]]:
    """Return the tokens cut where a further distance from a further place begins."""
    units = [i for i, token in enumerate(tokens) if token.kind in _UNITS]
    for first, second in pairwise(units):
        cuts = [i for i in range(first + 1, second) if tokens[i].kind == "sep" or tokens[i].text in _AND]
        before, after = (
            any(token.kind in {"place", "region", "country"} for token in part)
            for part in (tokens[: cuts[0]] if cuts else [], tokens[cuts[0] :] if cuts else [])
        )
        if cuts and before and after:
            return [tokens[: cuts[0]], *_clauses(tokens[cuts[0] :])]
    return [tokens]


_AND = frozenset(("and", "と", "와", "과", "및"))


def _one_distance(tokens: list[Token], home: str | None) -> PlaceArea | None:
    said = named_distance(tokens)
    if said is None:
        return None
    numbers, unit = said
    kinds = {token.kind for token in tokens}
    unit_at = next(i for i, token in enumerate(tokens) if token.kind in _UNITS)
    points = [i for i, token in enumerate(tokens) if token.kind == "compass"]
    at = min(points, key=lambda i: abs(i - unit_at), default=None)
    compass = None if at is None else tokens[at]
    if compass is None and not _tells_ring(tokens):
        return None
    _, anchor = _anchor(tokens, home, near=unit_at if at is None else at)
    if anchor is None and "place" not in kinds:
        near = _from_country(tokens, numbers, unit, compass)
        if near is not None:
            return near
        anchor = _only_country(tokens)
    if anchor is None:
        return None
    if compass is not None:
        return offset(anchor, numbers, unit, compass)
    return disc(anchor, numbers, unit) if "within" in kinds else ring(anchor, numbers, unit)


def _tells_ring(tokens: list[Token]) -> bool:
    """Tell whether a distance without a direction is one from a place, and not that of a flight."""
    kinds = {token.kind for token in tokens}
    return "unknown" not in kinds and not {"of", "off", "within"}.isdisjoint(kinds)


def _from_country(tokens: list[Token], numbers: list[float], unit: str, compass: Token | None) -> PlaceArea | None:
    """Return the sea at a distance from the coast of the one country that is named, if that is known in detail."""
    named = set(_countries(tokens))
    kinds = {token.kind for token in tokens}
    mean, spread = said_distance(numbers)
    mean, spread = mean * UNITS_KM[unit], spread * UNITS_KM[unit]
    fine = {state for zone in load_zones().select(kind="land") for state in zone.states if zone.complete} | {
        "KOREA"
    }
    if len(named) != 1 or not named <= fine or mean > FROM_COAST_KM or not {"unknown", "within"}.isdisjoint(kinds):
        return None
    return from_coast(named.pop(), mean, float(np.hypot(spread, _COAST_SIGMA_KM)), compass)


_COAST_SIGMA_KM = 60.0  # from which cape or bay a distance is measured is not told; Korean bays are 100 km deep


def _only_country(tokens: list[Token]) -> PlaceArea | None:
    """Return the one country that a phrase names, to measure from; two would leave open which."""
    named = set(_countries(tokens))
    return country_area(named.pop()) if len(named) == 1 and "unknown" not in {t.kind for t in tokens} else None


def _between(tokens: list[Token], home: str | None) -> PlaceArea | None:
    """Return what lies between two places, or the waters between two countries."""
    if "unknown" in {token.kind for token in tokens}:
        return None
    spots = [token for token in tokens if token.kind == "place"]
    if len(spots) >= 2:
        countries = _countries(tokens) or ([home] if home else [])
        rows = [rows_named(token, [], countries) for token in spots[:2]]
        return segment(mixture(rows[0]), mixture(rows[1])) if all(rows) else None
    named = list(dict.fromkeys(_countries(tokens)))
    return waters_between(named[0], named[1]) if len(named) == 2 else None


def _country_part(tokens: list[Token], home: str | None) -> PlaceArea | None:
    """Return a country or a part of it: a quarter, its coast, its interior, the waters off it."""
    code = next(iter(_countries(tokens)), home if _leans_on_home(tokens) else None)
    if code is None or _names_waters(tokens):
        return None
    kinds = {token.kind for token in tokens}
    compass = next((token for token in tokens if token.kind == "compass"), None)
    far = compass is not None and not compass.adjective and code == "KOREA" and "coast" not in kinds
    if not {"coast", "off"}.isdisjoint(kinds) or far:
        return coast_area(code, compass, off="off" in kinds or far, near="near" in kinds)
    land = country_area(code)
    if compass is not None:
        land = part_of(land, compass)
    return inland(land, code) if "inland" in kinds else land


def _names_waters(tokens: list[Token]) -> bool:
    """Tell whether a country's name is part of that of a sea that is not known: 'the Indian Ocean'."""
    return any(one.kind == "country" and after.text in _WATERS for one, after in pairwise(tokens))


_WATERS = frozenset(("sea", "ocean"))


def _border_strip(tokens: list[Token], home: str | None) -> PlaceArea | None:
    """Return the strip of a country along its border with a neighbour, or a part of that strip."""
    named = list(dict.fromkeys(_countries(tokens)))
    owner = home or (named[0] if len(named) > 1 else None)
    if "PRK" in named and owner not in named:
        owner = "PRK" if len(named) > 1 else owner
    neighbour = _neighbour(tokens, owner)
    if owner is None or neighbour is None or "KOREA" in {owner, neighbour}:
        return None
    land = country_area(owner)
    compass = next((token for token in tokens if token.kind == "compass"), None)
    return along_border(land if compass is None else part_of(land, compass), owner, neighbour)


def _neighbour(tokens: list[Token], owner: str | None) -> str | None:
    return next((code for code in _countries(tokens) if code != owner), None)


def _sea(tokens: list[Token]) -> PlaceArea:
    name = next(str(token.value) for token in tokens if token.kind == "sea")
    area = sea_area(name)
    compass = next((token for token in tokens if token.kind == "compass"), None)
    return area if compass is None else part_of(area, compass)
