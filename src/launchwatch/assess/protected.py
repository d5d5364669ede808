"""The geometry that a warning is about, loaded once: whose land and waters, districts, seas, airspace.

Territory is land and territorial sea of the states protected; a district's share of the territorial sea is what
lies nearest to it. Disputed places belong to no state here: they are told of under all their names, and no public
alert rests on them alone (docs/concepts/confirmation.md).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.errors import UnknownNameError
from launchwatch.geo.airspace import load_firs
from launchwatch.geo.membership import Held, MembershipIndex
from launchwatch.geo.navareas import NAVAREAS
from launchwatch.geo.phrases import districts as district_names
from launchwatch.geo.shapes import Shapes
from launchwatch.geo.zones import Zone, Zones, load_seas, load_zones, read_shape, shape_names

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Longs = NDArray[np.int64]

NEIGHBOURS_KM = 20.0
"""Districts whose shores come so near are neighbours: the straits of Tsugaru (18 km), Bungo (14 km) and Kanmon
part what one falling object threatens."""

_STATE_NAMES = {
    "JPN": {"en": "Japan", "ja": "日本", "ko": "일본"},
    "KOR": {"en": "South Korea", "ja": "韓国", "ko": "대한민국"},
    "PRK": {"en": "North Korea", "ja": "北朝鮮", "ko": "북한"},
    "CHN": {"en": "China", "ja": "中国", "ko": "중국"},
    "RUS": {"en": "Russia", "ja": "ロシア", "ko": "러시아"},
    "USA": {"en": "United States", "ja": "米国", "ko": "미국"},
    "TWN": {"en": "Taiwan", "ja": "台湾", "ko": "대만"},
    "PHL": {"en": "Philippines", "ja": "フィリピン", "ko": "필리핀"},
}

_EARTH_KM = 6371.0


@dataclass(frozen=True)
class District:
    """A first-level district, or a whole state where its districts are not drawn."""

    id: str
    state: str
    names: dict[str, str]


@dataclass(frozen=True, eq=False)
class Protected:
    """What is protected, ready to be asked; threads may share it.

    `territory`, `land`, `protected_land` and `disputed` tell of each zone's number whether it is territory of a
    protected state, anybody's land, land of a protected state, a disputed place's land or sea that one of them
    claims; `bounds` hold all territory. `waters` are numbers of territorial seas and economic zones. District k
    has shape k of `shapes`, the seas follow, the smallest first.
    """

    states: tuple[str, ...]
    zones: Zones
    rows: tuple[Zone, ...]
    territory: Bools
    land: Bools
    protected_land: Bools
    disputed: Bools
    waters: Bools
    districts: tuple[District, ...]
    drawn: int
    seas: tuple[str, ...]
    shapes: MembershipIndex
    neighbours: tuple[tuple[int, ...], ...]
    shores: "_Shores"
    bounds: tuple[float, float, float, float]
    firs: tuple[tuple[str, dict[str, str]], ...]
    airspace: MembershipIndex

    @classmethod
    def of(cls, states: Iterable[str], zones: Zones | None = None) -> "Protected":
        """Return the geometry of states by ISO 3166 alpha-3 code; raises UnknownNameError for one without land."""
        zones, wanted = zones or load_zones(), tuple(states)
        rows = tuple(zones[name] for name in zones.ids)
        _check(wanted, rows)
        own = np.array([len(zone.states) == 1 and zone.states[0] in wanted for zone in rows], dtype=np.bool_)
        shared = np.array(
            [len(zone.states) > 1 and bool({*zone.states} & {*wanted}) for zone in rows], dtype=np.bool_
        )
        kinds = {kind: np.array([zone.kind == kind for zone in rows], dtype=np.bool_) for kind in _KINDS}
        ground = kinds["land"] | kinds["territorial_sea"]
        districts, drawn = _districts(wanted, rows)
        named = [f"{one.id}" for one in districts[:drawn]]
        seas = sorted(load_seas().items(), key=lambda item: item[1].area)
        shapes = {name: read_shape("districts_natural_earth", name) for name in named} | dict(seas)
        shores = _Shores.of([_corners(districts[k], k < drawn, rows, zones) for k in range(len(districts))])
        firs = load_firs()
        return cls(
            states=wanted,
            zones=zones,
            rows=rows,
            territory=own & ground,
            land=kinds["land"],
            protected_land=own & kinds["land"],
            disputed=shared & ground,
            waters=kinds["territorial_sea"] | kinds["eez"],
            districts=districts,
            drawn=drawn,
            seas=tuple(name for name, _ in seas),
            shapes=_index(shapes),
            neighbours=shores.neighbours(),
            shores=shores,
            bounds=_bounds([zone.bounds for zone, mine in zip(rows, own & ground, strict=True) if mine]),
            firs=tuple((fir.id, _by_language(fir.names)) for fir in firs),
            airspace=_index({fir.id: firs.geometry(fir.id) for fir in firs}),
        )

    def districts_at(self, lon: Floats, lat: Floats, within: Bools) -> Longs:
        """Return for each point the number of its district, -1 outside `within`: nearest where none holds it."""
        found = np.full(lon.size, -1, dtype=np.int64)
        places = np.flatnonzero(within)
        if not places.size:
            return found
        held = self.shapes.holding(lon[places], lat[places])
        drawn = held.areas < self.drawn
        found[places[held.points[drawn]]] = held.areas[drawn]
        left = places[found[places] < 0]
        if left.size:
            found[left] = self.shores.nearest(lon[left], lat[left])
        return found

    def territory_at(self, lon: Floats, lat: Floats) -> tuple[Bools, Bools]:
        """Return for each point whether it lies on territory, and whether on land of a protected state."""
        west, south, east, north = self.bounds
        near = np.flatnonzero((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))
        own, land = np.zeros(lon.size, dtype=np.bool_), np.zeros(lon.size, dtype=np.bool_)
        if near.size:
            held = self.zones.holding(lon[near], lat[near])
            points = near[held.points]
            own[points[self.territory[held.areas]]] = True
            land[points[self.protected_land[held.areas]]] = True
        return own, land

    def sea_at(self, lon: float, lat: float) -> str | None:
        """Return the name of the smallest named sea that holds a point, None on land."""
        held = self.shapes.holding(np.array([lon]), np.array([lat])).areas
        seas = held[held >= self.drawn]
        return self.seas[int(seas.min()) - self.drawn] if seas.size else None

    def firs_at(self, lon: Floats, lat: Floats) -> Held:
        """Return the flight information regions that hold points, as numbers into `firs`."""
        return self.airspace.holding(np.mod(lon, 360.0), lat)

    def is_over(self, lon: float, lat: float) -> bool:
        """Return whether a point lies on or above territory of a protected state."""
        held = self.zones.holding([lon], [lat])
        return bool(self.territory[held.areas].any())


_KINDS = ("land", "territorial_sea", "eez")


@lru_cache(maxsize=4)
def protected(states: tuple[str, ...]) -> Protected:
    """Return `Protected.of(states)`, made once: it takes some seconds."""
    return Protected.of(states)


def _bounds(boxes: Sequence[tuple[float, float, float, float]]) -> tuple[float, float, float, float]:
    """Return the box (west, south, east, north, degrees) that holds boxes; without any, one that holds nothing."""
    if not boxes:
        return np.inf, np.inf, -np.inf, -np.inf
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


def state_names(state: str, rows: Sequence[Zone]) -> dict[str, str]:
    """Return a state's names by language; English and its own where others are not known."""
    if state in _STATE_NAMES:
        return _STATE_NAMES[state]
    names = next((zone.names for zone in rows if zone.kind == "land" and zone.states == (state,)), (state,))
    return {"en": names[0], "ja": names[0], "ko": names[0]}


def zone_names(zone: Zone) -> dict[str, str]:
    """Return a disputed place's names, all of them in every language: none of them is preferred."""
    every = " / ".join(zone.names)
    return {"en": every, "ja": every, "ko": every}


def _by_language(names: Sequence[str]) -> dict[str, str]:
    """Return names by language from English and local ones, whose script tells Japanese and Korean."""
    found = {"en": names[0], "ja": names[0], "ko": names[0]}
    for name in names[1:]:
        if any("\uac00" <= c <= "\ud7a3" for c in name):
            found["ko"] = name
        elif any("\u3040" <= c <= "\u30ff" for c in name) or "飛行情報区" in name:
            found["ja"] = name
    return found


def check_states(states: Iterable[str]) -> None:
    """Raise UnknownNameError for a state without land; they go by their ISO 3166 alpha-3 codes."""
    zones = load_zones()
    _check(states, [zones[name] for name in zones.ids])


def _check(states: Iterable[str], rows: Iterable[Zone]) -> None:
    known = {state for zone in rows if zone.kind == "land" for state in zone.states}
    for state in states:
        if state not in known:
            raise UnknownNameError("state", state, sorted(known))


def _districts(states: Sequence[str], rows: Sequence[Zone]) -> tuple[tuple[District, ...], int]:
    """Return the districts that are drawn, how many, and after them states whose districts are not."""
    names = district_names()
    drawn, whole = [], []
    for state in states:
        mine = [key for key in shape_names("districts_natural_earth") if key.startswith(f"district:{state}:")]
        for key in mine:
            english, japanese, korean = names[key]
            drawn.append(District(key, state, {"en": english, "ja": japanese, "ko": korean}))
        if not mine:
            whole.append(District(f"state:{state}", state, state_names(state, rows)))
    return (*drawn, *whole), len(drawn)


def _corners(district: District, drawn: bool, rows: Sequence[Zone], zones: Zones) -> Floats:
    """Return the corners (n, 2) of a district's outline, lon/lat degrees."""
    import shapely

    if drawn:
        return np.asarray(shapely.get_coordinates(read_shape("districts_natural_earth", district.id)))
    own = [zone.id for zone in rows if zone.kind == "land" and zone.states == (district.state,)]
    return np.concatenate([shapely.get_coordinates(zones.geometry(name)) for name in own])


def _index(shapes: Mapping[str, Any]) -> MembershipIndex:
    packed = Shapes.of(dict(shapes))
    lon, lat = packed.degrees
    return MembershipIndex.of(
        lon, lat, packed.ring_ends, packed.vertex_ends, lambda number: packed.geometry(packed.names[number])
    )


class _Shores:
    """The corners of all districts' outlines in a k-d tree of unit vectors; threads may share it.

    State: the tree, and the number of the district of each corner.
    """

    def __init__(self, corners: Floats, owner: Longs, count: int) -> None:
        from scipy.spatial import cKDTree

        self._tree, self._owner, self._count = cKDTree(_unit(corners[:, 0], corners[:, 1])), owner, count

    @classmethod
    def of(cls, outlines: Sequence[Floats]) -> "_Shores":
        """Return the corners of outlines (n, 2) each, lon/lat degrees."""
        owner = np.repeat(np.arange(len(outlines)), [len(one) for one in outlines])
        return cls(np.concatenate(outlines) if outlines else np.empty((0, 2)), owner, len(outlines))

    def nearest(self, lon: Floats, lat: Floats) -> Longs:
        """Return the number of the district with the corner nearest to each point, by cells of `_CELL_DEG`."""
        columns, rows = np.rint(lon / _CELL_DEG).astype(np.int64), np.rint(lat / _CELL_DEG).astype(np.int64)
        cells, place = np.unique(columns * _ROWS + rows, return_inverse=True)
        x, y = np.divmod(cells + _ROWS // 2, _ROWS)
        _, at = self._tree.query(_unit(x * _CELL_DEG, (y - _ROWS // 2) * _CELL_DEG))
        found: Longs = self._owner[at][place]
        return found

    def neighbours(self) -> tuple[tuple[int, ...], ...]:
        """Return for each district the numbers of those whose shores come within `NEIGHBOURS_KM`."""
        near = self._tree.query_pairs(NEIGHBOURS_KM / _EARTH_KM, output_type="ndarray")
        pairs = np.unique(np.sort(self._owner[near], axis=1), axis=0) if len(near) else np.empty((0, 2), dtype=int)
        return tuple(tuple(_others(pairs, k)) for k in range(self._count))


_CELL_DEG = 0.02  # 2 km: at sea, where nobody drew a border between districts, it may be off by so much
_ROWS = 1 << 20


def _others(pairs: NDArray[np.int64], k: int) -> Iterator[int]:
    for a, b in pairs.tolist():
        if a != b and k in (a, b):
            yield b if a == k else a


def _unit(lon: Floats, lat: Floats) -> Floats:
    x, y = np.radians(lon), np.radians(lat)
    return np.column_stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)])


__all__ = ["NAVAREAS", "NEIGHBOURS_KM", "District", "Protected", "protected", "state_names", "zone_names"]
