"""Land, territorial seas and computed exclusive economic zones of the north-west Pacific, and names of seas.

The lines are computed, not legal boundaries (docs/concepts/zones.md says how). A territorial sea and the zone
beyond it do not overlap: 'inside Japan's EEZ' is asked of `eez:JPN`, which starts at the territorial sea's outer
limit. Disputed features are zones of their own with their claimants; nothing of theirs is folded into a state.

Degrees here, WGS84, longitudes east: -180 to 180 (up to 360 is accepted and wrapped), latitudes -90 to 90.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

from launchwatch.basis.constants import MEAN_RADIUS_M
from launchwatch.basis.errors import InputError, UnknownNameError
from launchwatch.geo.surface import surface_ecef

if TYPE_CHECKING:
    from numpy.lib.npyio import NpzFile
    from scipy.spatial import cKDTree
    from shapely import MultiLineString, MultiPolygon

    from launchwatch.geo.containment import PolygonIndex

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Kind = Literal["land", "territorial_sea", "eez"]
Status = Literal["no dispute recorded", "overlapping claim", "joint regime"]
Holding = Literal["inside", "outside", "too close to call", "not covered"]

_DATA = Path(__file__).parent / "data"
_STEPS_PER_DEGREE = 100_000
_LIMIT_SPACING_KM = 1.0
_NEAR_KM = 400.0
# An index and shapely tell the same; for fewer points neither is an index made nor the compiler loaded.
_WORTH_AN_INDEX = 1000
_KIND_ORDER = {"land": 0, "territorial_sea": 1, "eez": 2}


@dataclass(frozen=True, slots=True)
class LineErrorException:
    """A stretch where a limit is less sure: a lon/lat box (west, south, east, north), its error and the reason."""

    bounds: tuple[float, float, float, float]
    km: float
    why: str


@dataclass(frozen=True, slots=True)
class Zone:
    """An area with an owner or claimants; its polygons are `Zones.geometry(zone.id)`, read when first asked for.

    `line_error_km` is how far the drawn limit may be off, 95 %. Land 2 km: Natural Earth 1:10m is generalised and
    its arcs stand on a 0.4 km lattice. Territorial seas 3 km: straight baselines as mapped by volunteers. Computed
    zones 6 km: against a reference of surveyed and treaty lines the Sea of Japan limits are 1.5 km (median) and
    5.8 km (95 %) off, the Pacific ones 0.3 and 6.6 km. `line_error_exceptions` are stretches that are worse.
    `overlay` zones lie over others. `complete` tells that the whole zone is inside the covered window.
    """

    id: str
    kind: Kind
    states: tuple[str, ...]
    names: tuple[str, ...]
    basis: str
    status: Status
    overlay: bool
    line_error_km: float
    line_error_exceptions: tuple[LineErrorException, ...]
    note: str
    bounds: tuple[float, float, float, float]
    complete: bool
    vertices: int

    @property
    def label(self) -> str:
        """Return kind and all names, such as `exclusive economic zone: Japan (日本)`."""
        kind = {"land": "land", "territorial_sea": "territorial sea", "eez": "exclusive economic zone"}[self.kind]
        return f"{kind}: {self.names[0]}" + "".join(f" / {name}" for name in self.names[1:])


@dataclass(frozen=True, slots=True)
class Relation:
    """How one point lies to one zone; `zone` is None, and `relation` 'not covered', where nothing is known.

    `margin_km` is the distance to the zone's limit, negative inside; `line_error_km` is the error of the limit's
    nearest stretch. Within it `relation` is 'too close to call', and `drawn_inside` tells which side it falls on.
    `status` is the zone's, or 'overlapping claim' where an overlay zone holds the point as well.
    """

    zone: Zone | None
    relation: Holding
    margin_km: float | None
    line_error_km: float | None
    drawn_inside: bool
    status: Status | None

    @property
    def basis(self) -> str:
        """Return how the zone's line was drawn."""
        return self.zone.basis if self.zone else "not covered"


class Zones:
    """All zones, with their questions.

    State: the rows, the two open shape archives, and caches of polygons, their indices and limit lines that fill
    on first use. Threads may share it; at worst one entry is computed twice.
    """

    def __init__(self, rows: tuple[Zone, ...], window: tuple[float, float, float, float]) -> None:
        self.window = window
        self._rows = {zone.id: zone for zone in rows}
        self._polygons: dict[str, MultiPolygon] = {}
        self._indices: dict[str, PolygonIndex] = {}
        self._limits: dict[str, _Limit] = {}

    def __iter__(self) -> Iterator[Zone]:
        return iter(self._rows.values())

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, zone_id: object) -> bool:
        return zone_id in self._rows

    def __getitem__(self, zone_id: str) -> Zone:
        if zone_id not in self._rows:
            raise UnknownNameError("zone", zone_id, self._rows)
        return self._rows[zone_id]

    def select(self, *, kind: Kind | None = None, state: str | None = None) -> tuple[Zone, ...]:
        """Return the zones of a kind that a state (ISO 3166 alpha-3) owns or claims."""
        return tuple(
            zone
            for zone in self
            if (kind is None or zone.kind == kind) and (state is None or state in zone.states)
        )

    def geometry(self, zone_id: str) -> "MultiPolygon":
        """Return the zone's polygons as a prepared shapely MultiPolygon, lon/lat degrees."""
        zone = self[zone_id]
        if zone_id not in self._polygons:
            import shapely

            shape = read_shape("land_natural_earth" if zone.kind == "land" else "zones_odbl", zone_id)
            shapely.prepare(shape)
            self._polygons[zone_id] = shape
        return self._polygons[zone_id]

    def covered(self, lon_deg: ArrayLike, lat_deg: ArrayLike) -> Bools:
        """Return for each point whether it lies in the window in which every zone is known."""
        return self._in_window(*check_points(lon_deg, lat_deg))

    def inside(self, zone_id: str, lon_deg: ArrayLike, lat_deg: ArrayLike) -> Bools:
        """Return for each point whether it lies in the zone as drawn, 1-D; its very limit is not in it.

        Raises InputError for points beyond the window if the zone goes on there (`complete` is False): they are
        not covered, which is not 'outside'.
        """
        lon, lat = self._checked(zone_id, lon_deg, lat_deg)
        if lon.size < _WORTH_AN_INDEX and zone_id not in self._indices:
            import shapely

            held: Bools = shapely.contains_xy(self.geometry(zone_id), lon, lat)
            return held
        return self._index(zone_id).contains(lon, lat)

    def margin_km(self, zone_id: str, lon_deg: ArrayLike, lat_deg: ArrayLike) -> Floats:
        """Return the geodesic distance from each point to the zone's limit, km, 1-D, negative inside.

        A limit is every edge of the zone's polygons but the window's own: for an EEZ the outer limit and the
        territorial sea's. Edges are straight in lon/lat, as for `inside`. They are cut to 1 km; a k-d tree of the
        ends in earth-centred coordinates gives all pieces that can be nearest, the foot on each is exact in the
        plane of chord and point, and pyproj measures the last step: within 10 m at any distance.
        """
        return self._margins(zone_id, lon_deg, lat_deg)[0]

    def line_error_km(self, zone_id: str, lon_deg: ArrayLike, lat_deg: ArrayLike) -> Floats:
        """Return for each point how far the zone's nearest limit may be off, km, 95 %, 1-D."""
        return self._margins(zone_id, lon_deg, lat_deg)[1]

    def relations(self, lon_deg: float, lat_deg: float, *, nearest: int = 6) -> list[Relation]:
        """Return how a point lies to the zones that hold it, then to the `nearest` others within 400 km."""
        if not self.covered([lon_deg], [lat_deg])[0]:
            return [Relation(None, "not covered", None, None, drawn_inside=False, status=None)]
        found = [self._relation(zone, lon_deg, lat_deg) for zone in self if _is_near(zone, lon_deg, lat_deg)]
        held = [relation for relation in found if relation.drawn_inside]
        if any(relation.zone is not None and relation.zone.overlay for relation in held):
            held = [replace(relation, status="overlapping claim") for relation in held]
        others = [r for r in found if not r.drawn_inside and r.margin_km is not None and r.margin_km <= _NEAR_KM]
        return sorted(held, key=_by_kind) + sorted(others, key=_by_margin)[:nearest]

    def outline(
        self,
        zone_id: str,
        *,
        tolerance_deg: float = 0.0,
        bounds: tuple[float, float, float, float] | None = None,
    ) -> list[tuple[Floats, Floats]]:
        """Return the zone's closed rings for drawing, each as arrays of longitude and latitude.

        `tolerance_deg` leaves out detail; `bounds` (west, south, east, north) cuts the zone to a map's frame.
        """
        import shapely

        shape = self.geometry(zone_id)
        if bounds is not None:
            shape = shapely.intersection(shape, shapely.box(*bounds))
        if tolerance_deg > 0:
            shape = shapely.simplify(shape, tolerance_deg)
        parts = [p for p in shapely.get_parts(shapely.get_parts(shape)) if p.geom_type == "Polygon"]
        rings = (shapely.get_coordinates(ring).T for ring in shapely.get_rings(parts))
        return [(lon, lat) for lon, lat in rings]

    def limit_lines(
        self, zone_id: str, *, tolerance_deg: float, bounds: tuple[float, float, float, float]
    ) -> list[tuple[Floats, Floats]]:
        """Return the zone's limit within bounds (west, south, east, north) as lines of longitude and latitude.

        Only the zone's own edges: neither the frame nor the covered window is a limit.
        """
        import shapely

        rings = [shapely.get_coordinates(r) for r in shapely.get_rings(shapely.get_parts(self.geometry(zone_id)))]
        edges = np.concatenate([np.stack((ring[:-1], ring[1:]), axis=1) for ring in rings])
        own = edges[~_along_window(edges[:, 0], edges[:, 1], self.window)]
        joined = shapely.line_merge(shapely.multilinestrings(shapely.linestrings(own)))
        seen = shapely.simplify(shapely.intersection(joined, shapely.box(*bounds)), tolerance_deg)
        lines = (shapely.get_coordinates(line).T for line in shapely.get_parts(seen))
        return [(lon, lat) for lon, lat in lines]

    def _index(self, zone_id: str) -> "PolygonIndex":
        if zone_id not in self._indices:
            from launchwatch.geo.containment import PolygonIndex

            self._indices[zone_id] = PolygonIndex.of(self.geometry(zone_id))
        return self._indices[zone_id]

    def _in_window(self, lon: Floats, lat: Floats) -> Bools:
        west, south, east, north = self.window
        return (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)

    def _checked(self, zone_id: str, lon_deg: ArrayLike, lat_deg: ArrayLike) -> tuple[Floats, Floats]:
        lon, lat = check_points(lon_deg, lat_deg)
        if not self[zone_id].complete and not (known := self._in_window(lon, lat)).all():
            first = int(np.argmin(known))
            raise InputError(
                f"point not covered: {zone_id} goes on beyond the covered window",
                given=(float(lon[first]), float(lat[first])),
                allowed=f"west, south, east, north within {self.window} degrees",
                try_="Zones.covered first",
            )
        return lon, lat

    def _margins(self, zone_id: str, lon_deg: ArrayLike, lat_deg: ArrayLike) -> tuple[Floats, Floats]:
        lon, lat = self._checked(zone_id, lon_deg, lat_deg)
        if zone_id not in self._limits:
            self._limits[zone_id] = _Limit.of(self.geometry(zone_id), self.window)
        distance_km, foot = self._limits[zone_id].nearest(lon, lat)
        zone = self[zone_id]
        error = np.full(lon.shape, zone.line_error_km)
        for worse in zone.line_error_exceptions:
            west, south, east, north = worse.bounds
            there = (foot[:, 0] > west) & (foot[:, 0] < east) & (foot[:, 1] > south) & (foot[:, 1] < north)
            error = np.where(there, np.maximum(error, worse.km), error)
        return np.where(self.inside(zone_id, lon, lat), -distance_km, distance_km), error

    def _relation(self, zone: Zone, lon_deg: float, lat_deg: float) -> Relation:
        margins, errors = self._margins(zone.id, [lon_deg], [lat_deg])
        margin, error = float(margins[0]), float(errors[0])
        relation: Holding = "inside" if margin < 0 else "outside"
        if abs(margin) <= error:
            relation = "too close to call"
        return Relation(zone, relation, margin, error, drawn_inside=margin < 0, status=zone.status)


class _Document(msgspec.Struct, frozen=True):
    """The layout of zones.json."""

    window: tuple[float, float, float, float]
    zones: tuple[Zone, ...]


@lru_cache(maxsize=1)
def load_zones() -> Zones:
    """Return the shipped zones, read once; polygons follow when they are first asked for."""
    document = msgspec.json.decode((_DATA / "zones.json").read_bytes(), type=_Document)
    return Zones(document.zones, document.window)


def sea_name(lon_deg: float, lat_deg: float) -> str | None:
    """Return the sea that holds a point, both names where there are two, or None on land and beyond the window.

    Areas: Natural Earth 1:10m marine polygons, simplified to 2 km; where they overlap the smaller one speaks.
    """
    import shapely

    lon, lat = check_points([lon_deg], [lat_deg])
    holding = [(sea.area, name) for name, sea in load_seas().items() if shapely.contains_xy(sea, lon, lat)[0]]
    return min(holding)[1] if holding else None


@lru_cache(maxsize=1)
def load_seas() -> "Mapping[str, MultiPolygon]":
    """Return the named seas' polygons by the name that is printed."""
    return {name: read_shape("seas_natural_earth", name) for name in shape_names("seas_natural_earth")}


def shape_names(archive: str) -> tuple[str, ...]:
    """Return the names of the shapes in an archive of the data folder."""
    return tuple(key.removesuffix("/x") for key in _archive(archive) if key.endswith("/x"))


def read_shape(archive: str, name: str) -> "MultiPolygon | MultiLineString":
    """Return one shape of an archive, a shapely MultiPolygon or MultiLineString, lon/lat degrees.

    Stored as steps of 1e-5 degree from vertex to vertex; `rings` and `parts` are the offsets of shapely's ragged
    arrays (builders/storage.py writes them).
    """
    import shapely

    stored = _archive(archive)
    coords = np.column_stack([np.cumsum(stored[f"{name}/{axis}"], dtype=np.int64) for axis in "xy"])
    rings = stored[f"{name}/rings"].astype(np.int64)
    degrees = coords / _STEPS_PER_DEGREE
    if f"{name}/parts" not in stored:
        return shapely.from_ragged_array(
            shapely.GeometryType.MULTILINESTRING, degrees, (rings, np.array([0, rings.size - 1]))
        )[0]
    parts = stored[f"{name}/parts"].astype(np.int64)
    offsets = (rings, parts, np.array([0, parts.size - 1]))
    return shapely.from_ragged_array(shapely.GeometryType.MULTIPOLYGON, degrees, offsets)[0]


@lru_cache(maxsize=8)
def _archive(name: str) -> "NpzFile":
    archive: NpzFile = np.load(_DATA / f"{name}.npz", allow_pickle=False)
    return archive


def check_points(lon_deg: ArrayLike, lat_deg: ArrayLike) -> tuple[Floats, Floats]:
    """Return longitudes in [-180, 180) and latitudes as 1-D arrays of one length.

    Raises InputError for NaN, infinities, a latitude beyond 90 or a longitude beyond -180 to 360 degrees.
    """
    lon, lat = (np.atleast_1d(np.asarray(values, dtype=np.float64)) for values in (lon_deg, lat_deg))
    if lon.ndim != 1 or lon.shape != lat.shape:
        raise InputError(
            "longitudes and latitudes do not pair",
            given=(lon.shape, lat.shape),
            allowed="two lists of equal length",
        )
    _check_range("latitude", lat, -90.0, 90.0)
    _check_range("longitude", lon, -180.0, 360.0)
    return np.where(lon > 180, lon - 360, lon) if np.any(lon > 180) else lon, lat


def _check_range(what: str, values: Floats, low: float, high: float) -> None:
    if values.size and not (values.min() >= low and values.max() <= high):  # so NaN is refused as well
        good = (values >= low) & (values <= high)
        raise InputError(
            f"{what} is no place on earth",
            given=float(values[int(np.argmin(good))]),
            allowed=f"{low:g} to {high:g} degrees",
            try_="checking the order of longitude and latitude",
        )


@dataclass(frozen=True)
class _Limit:
    """Pieces of a zone's limit, at most 1 km long: starts and steps in degrees (n, 2) and in ECEF km (n, 3)."""

    start: Floats
    step: Floats
    start_km: Floats
    step_km: Floats
    tree: "cKDTree"

    @classmethod
    def of(cls, shape: "MultiPolygon", window: tuple[float, float, float, float]) -> "_Limit":
        """Return the limit of polygons, without edges that run along the window."""
        import shapely
        from scipy.spatial import cKDTree

        rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(shapely.get_parts(shape))]
        start = np.concatenate([ring[:-1] for ring in rings])
        step = np.concatenate([np.diff(ring, axis=0) for ring in rings])
        real = ~_along_window(start, start + step, window)
        start, step = _cut(start[real], step[real])
        start_km, end_km = _ecef_km(start), _ecef_km(start + step)
        return cls(start, step, start_km, end_km - start_km, cKDTree((start_km + end_km) / 2))

    def nearest(self, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        """Return the distance to the limit, km, (n,), and the limit's nearest point, lon/lat degrees, (n, 2)."""
        from pyproj import Geod

        points = _ecef_km(np.column_stack((lon, lat)))
        nearest, _ = self.tree.query(points)
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
        return np.asarray(distance_m) / 1000, foot


def _along_window(start: Floats, end: Floats, window: tuple[float, float, float, float]) -> Bools:
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


def _is_near(zone: Zone, lon_deg: float, lat_deg: float) -> bool:
    """Tell whether the zone's box comes within 400 km of a point; generous near the poles."""
    west, south, east, north = zone.bounds
    pad = np.degrees(_NEAR_KM * 1000 / MEAN_RADIUS_M) * 1.01
    wide = pad / max(0.1, float(np.cos(np.radians(min(89.0, abs(lat_deg) + pad)))))
    return bool(west - wide <= lon_deg <= east + wide and south - pad <= lat_deg <= north + pad)


def _by_kind(relation: Relation) -> tuple[int, bool]:
    assert relation.zone is not None, "only covered points are ordered"
    return _KIND_ORDER[relation.zone.kind], relation.zone.overlay


def _by_margin(relation: Relation) -> float:
    assert relation.margin_km is not None, "only covered points are ordered"
    return relation.margin_km
