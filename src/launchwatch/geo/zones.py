"""Land, territorial seas, contiguous and exclusive economic zones of the world, agreed lines, and names of seas.

The lines are computed, not legal boundaries (docs/concepts/zones.md says how), unless a user has imported official
polygons, which then speak in the place of the computed zone of the same state and kind; each zone tells its
`source`. A territorial sea and the zone beyond it do not overlap: 'inside Japan's EEZ' is asked of `eez:JPN`,
which starts at the territorial sea's outer limit. Disputed features are zones of their own with their claimants;
nothing of theirs is folded into a state.

Degrees here, WGS84, longitudes east: -180 to 180 (up to 360 is accepted and wrapped), latitudes -90 to 90.
"""

import os
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
from launchwatch.geo.shapes import Shapes, read_archive
from launchwatch.geo.zone_limits import NEAR_KM, Limit, along_window

if TYPE_CHECKING:
    from shapely import MultiLineString, MultiPolygon
    from shapely.geometry.base import BaseGeometry

    from launchwatch.geo.containment import PolygonIndex
    from launchwatch.geo.membership import Held, MembershipIndex

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Bounds = tuple[float, float, float, float]
Kind = Literal["land", "territorial_sea", "contiguous_zone", "eez", "joint_area", "provisional_area"]
Status = Literal["no dispute recorded", "overlapping claim", "joint regime"]
Holding = Literal["inside", "outside", "too close to call", "not covered"]

_DATA = Path(__file__).parent / "data"
# An index and shapely tell the same; for fewer points neither is an index made nor the compiler loaded.
_WORTH_AN_INDEX = 1000
_FEW_POINTS = 50
_POINTS_AT_ONCE = 64
KIND_WORDS: dict[Kind, str] = {
    "land": "land",
    "territorial_sea": "territorial sea",
    "contiguous_zone": "contiguous zone",
    "eez": "exclusive economic zone",
    "joint_area": "joint development zone",
    "provisional_area": "provisional fisheries zone",
}
_KIND_ORDER = {kind: order for order, kind in enumerate(KIND_WORDS)}
# 0.1 mm: the meridian of 180 degrees and the poles are seams of the data, not limits of a zone.
_SEAM_DEG = 1e-9


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
    Contiguous zones 3 km, joint and provisional areas what their row says. `overlay` zones lie over others.
    `complete` tells that the whole zone is inside the covered window. `source` is `computed`, or names the
    official file that the polygons were imported from.
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
    vertices: int
    complete: bool = True
    source: str = "computed"

    @property
    def label(self) -> str:
        """Return kind and all names, such as `exclusive economic zone: Japan (日本)`."""
        return f"{KIND_WORDS[self.kind]}: {self.names[0]}" + "".join(f" / {name}" for name in self.names[1:])


@dataclass(frozen=True, slots=True)
class AgreedLine:
    """A line that states agreed or hold to: `points` (lon, lat) degrees, joined straight; a fact, not computed.

    `source` is the agreement with its article; `read` is where the figures were read, or says that they were
    typed from knowledge and how they were checked.
    """

    id: str
    kind: str
    states: tuple[str, ...]
    names: tuple[str, ...]
    points: tuple[tuple[float, float], ...]
    source: str
    read: str
    error_km: float
    note: str


@dataclass(frozen=True, slots=True)
class Relation:
    """How one point lies to one zone; `zone` is None, and `relation` 'not covered', where nothing is known.

    `margin_km` is the distance to the zone's limit, negative inside; `line_error_km` is the error of the limit's
    nearest stretch. Within it `relation` is 'too close to call', and `drawn_inside` tells which side it falls on.
    `status` is the zone's; 'overlapping claim' where a disputed overlay zone holds the point as well, 'joint
    regime' where a joint or provisional area of the zone's state does.
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

    State: the rows, the shapes, and caches of polygons, indices and limit lines that fill on first use. Threads
    may share it; at worst one entry is computed twice.
    """

    def __init__(
        self,
        rows: tuple[Zone, ...],
        window: Bounds,
        shapes: Shapes | None = None,
        lines: tuple[AgreedLine, ...] = (),
    ) -> None:
        self.window = window
        self.lines = lines
        self._rows = {zone.id: zone for zone in rows}
        self._shapes = shapes or _shipped_shapes().chosen(tuple(self._rows))
        self._polygons: dict[str, MultiPolygon] = {}
        self._indices: dict[str, PolygonIndex] = {}
        self._limits: dict[str, Limit] = {}
        self._joined: dict[str, BaseGeometry] = {}
        self._membership: MembershipIndex | None = None

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

            shape = self._shapes.geometry(zone.id)
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

    def holding(self, lon_deg: ArrayLike, lat_deg: ArrayLike) -> "Held":
        """Return for many points at once which zones hold each, as numbers into `ids`; exact as `inside` is."""
        lon, lat = check_points(lon_deg, lat_deg)
        return self._all().holding(lon, lat)

    @property
    def ids(self) -> tuple[str, ...]:
        """Return the zones' ids in the order of the numbers that `holding` gives."""
        return self._shapes.names

    def touching(self, bounds: Bounds) -> tuple[Zone, ...]:
        """Return the zones of which a part's box meets bounds (west, south, east, north; east may exceed 180)."""
        boxes, owner = self._shapes.boxes
        met = np.zeros(len(boxes), dtype=np.bool_)
        for turn in (-360.0, 0.0, 360.0):
            west, south, east, north = bounds[0] + turn, bounds[1], bounds[2] + turn, bounds[3]
            met |= (boxes[:, 0] <= east) & (boxes[:, 2] >= west) & (boxes[:, 1] <= north) & (boxes[:, 3] >= south)
        return tuple(self[self.ids[number]] for number in np.unique(owner[met]))

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

    def sides(
        self, zone_id: str, lon_deg: ArrayLike, lat_deg: ArrayLike
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return which points lie in a zone even if its limit is off by its error inward, and which if outward."""
        zone = self[zone_id]
        reach_km = 1.0 + max([zone.line_error_km, *(worse.km for worse in zone.line_error_exceptions)])
        margin, error = self._margins(zone_id, lon_deg, lat_deg, reach_km, deep=False)
        return margin < -error, margin < error

    def relations(self, lon_deg: float, lat_deg: float, *, nearest: int = 6) -> list[Relation]:
        """Return how a point lies to the zones that hold it, then to the `nearest` others within 400 km."""
        return self.relations_of([lon_deg], [lat_deg], nearest=nearest)[0]

    def relations_of(self, lon_deg: ArrayLike, lat_deg: ArrayLike, *, nearest: int = 6) -> list[list[Relation]]:
        """Return the `relations` of each point of a list."""
        lon, lat = check_points(lon_deg, lat_deg)
        known = self._in_window(lon, lat)
        found: list[list[Relation]] = [[] for _ in lon]
        for zone, near in self._near(lon[known], lat[known]):
            places = np.flatnonzero(known)[near]
            margins, errors = self._margins(zone.id, lon[places], lat[places], reach_km=NEAR_KM)
            for place, margin, error in zip(places.tolist(), margins.tolist(), errors.tolist(), strict=True):
                if margin <= NEAR_KM:
                    found[place].append(_relation(zone, margin, error))
        nowhere = Relation(None, "not covered", None, None, drawn_inside=False, status=None)
        return [_ordered(one, nearest) if k else [nowhere] for one, k in zip(found, known, strict=True)]

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

        if zone_id not in self._joined:
            rings = shapely.get_rings(shapely.get_parts(self.geometry(zone_id)))
            corners = [shapely.get_coordinates(ring) for ring in rings]
            edges = np.concatenate([np.stack((ring[:-1], ring[1:]), axis=1) for ring in corners])
            own = edges[~along_window(edges[:, 0], edges[:, 1], self.window)]
            self._joined[zone_id] = shapely.line_merge(shapely.multilinestrings(shapely.linestrings(own)))
        seen = shapely.simplify(shapely.intersection(self._joined[zone_id], shapely.box(*bounds)), tolerance_deg)
        lines = (shapely.get_coordinates(line).T for line in shapely.get_parts(seen))
        return [(lon, lat) for lon, lat in lines if len(lon) > 1]

    def _near(self, lon: Floats, lat: Floats) -> Iterator[tuple[Zone, NDArray[np.intp]]]:
        """Yield each zone with the points that lie in it or of which some ring's box comes within 400 km."""
        if not lon.size:
            return
        boxes, owner = self._shapes.boxes
        starts = np.flatnonzero(np.diff(owner, prepend=-1))
        pad = np.degrees(NEAR_KM * 1000 / MEAN_RADIUS_M) * 1.01
        wide = pad / np.maximum(0.02, np.cos(np.radians(np.minimum(89.0, np.abs(lat) + pad))))
        west, south, east, north = boxes.T[:, :, None]
        near = []
        for some in np.array_split(np.arange(lon.size), -(-lon.size // _POINTS_AT_ONCE)):
            x, y, w = lon[some], lat[some], wide[some]
            along = (x >= west - w) & (x <= east + w) | (x - 360 >= west - w) | (x + 360 <= east + w)
            near.append(np.logical_or.reduceat(along & (y >= south - pad) & (y <= north + pad), starts, axis=0))
        together = np.concatenate(near, axis=1)
        for number in np.flatnonzero(together.any(axis=1)):
            yield self[self.ids[int(owner[starts[number]])]], np.flatnonzero(together[number])

    def _all(self) -> "MembershipIndex":
        if self._membership is None:
            from launchwatch.geo.membership import MembershipIndex

            shapes = self._shapes
            lon, lat = shapes.degrees
            self._membership = MembershipIndex.of(
                lon, lat, shapes.ring_ends, shapes.vertex_ends, lambda number: self.geometry(self.ids[number])
            )
        return self._membership

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

    def _margins(
        self, zone_id: str, lon_deg: ArrayLike, lat_deg: ArrayLike, reach_km: float = np.inf, *, deep: bool = True
    ) -> tuple[Floats, Floats]:
        """Return margins and errors of the line; beyond `reach_km` a point outside has an infinite margin.

        So has one inside, below zero, unless `deep`.
        """
        lon, lat = self._checked(zone_id, lon_deg, lat_deg)
        held = self.inside(zone_id, lon, lat)
        distance_km, foot = self._distances(zone_id, lon, lat, reach_km)
        if deep and not np.isfinite(distance_km[held]).all():
            distance_km[held], foot[held] = self._distances(zone_id, lon[held], lat[held], np.inf)
        zone = self[zone_id]
        error = np.full(lon.shape, zone.line_error_km)
        for worse in zone.line_error_exceptions:
            west, south, east, north = worse.bounds
            there = (foot[:, 0] > west) & (foot[:, 0] < east) & (foot[:, 1] > south) & (foot[:, 1] < north)
            error = np.where(there, np.maximum(error, worse.km), error)
        return np.where(held, -distance_km, distance_km), error

    def _distances(self, zone_id: str, lon: Floats, lat: Floats, reach_km: float) -> tuple[Floats, Floats]:
        if np.isfinite(reach_km) and zone_id not in self._limits and lon.size <= _FEW_POINTS:
            # A few points need no tree of a limit that may be 100,000 km long.
            local = Limit.of(self.geometry(zone_id), self.window, near=(lon, lat))
            return local.nearest(lon, lat, reach_km)
        if zone_id not in self._limits:
            self._limits[zone_id] = Limit.of(self.geometry(zone_id), self.window)
        return self._limits[zone_id].nearest(lon, lat, reach_km)


def _relation(zone: Zone, margin_km: float, error_km: float) -> Relation:
    relation: Holding = "inside" if margin_km < 0 else "outside"
    if abs(margin_km) <= error_km:
        relation = "too close to call"
    return Relation(zone, relation, margin_km, error_km, drawn_inside=margin_km < 0, status=zone.status)


def _ordered(found: list[Relation], nearest: int) -> list[Relation]:
    """Return the zones that hold a point, their status as overlays have it, then the nearest others."""
    held = [relation for relation in found if relation.drawn_inside]
    over = [relation.zone for relation in held if relation.zone is not None and relation.zone.overlay]
    if any(zone.status == "overlapping claim" for zone in over):
        held = [replace(relation, status="overlapping claim") for relation in held]
    shared = {state for zone in over if zone.status == "joint regime" for state in zone.states}
    held = [
        replace(relation, status="joint regime")
        if relation.status == "no dispute recorded" and relation.zone and shared & set(relation.zone.states)
        else relation
        for relation in held
    ]
    others = [relation for relation in found if not relation.drawn_inside]
    return sorted(held, key=_by_kind) + sorted(others, key=_by_margin)[:nearest]


class _Document(msgspec.Struct, frozen=True):
    """The layout of zones.json."""

    window: Bounds
    zones: tuple[Zone, ...]
    lines: tuple[AgreedLine, ...]


def official_folder() -> Path:
    """Return where imported official polygons are kept: `LAUNCHWATCH_DATA`, else the user's data folder."""
    own = os.environ.get("LAUNCHWATCH_DATA")
    base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return (Path(own) if own else base / "launchwatch") / "zones"


def load_zones() -> Zones:
    """Return the shipped zones with what the user has imported, read once; polygons follow when asked for."""
    rows = official_folder() / "official.json"
    return _load(rows, rows.stat().st_mtime_ns if rows.is_file() else None)


@lru_cache(maxsize=4)
def _load(official: Path, changed: int | None) -> Zones:
    document = msgspec.json.decode((_DATA / "zones.json").read_bytes(), type=_Document)
    if changed is None:
        return Zones(document.zones, document.window, _shipped_shapes(), document.lines)
    given = msgspec.json.decode(official.read_bytes(), type=tuple[Zone, ...])
    kept = [zone for zone in document.zones if not any(_supersedes(new, zone) for new in given)]
    computed = _shipped_shapes().chosen(tuple(zone.id for zone in kept))
    shapes = computed.joined(Shapes.read(official.with_suffix(".npz")))
    return Zones((*kept, *given), document.window, shapes, document.lines)


def _supersedes(official: Zone, computed: Zone) -> bool:
    """Tell whether an official zone speaks in a computed one's place: of the same kind and states."""
    return official.id == computed.id or (
        official.kind == computed.kind
        and set(official.states) == set(computed.states)
        and not computed.overlay
        and len(computed.states) > 1
    )


@lru_cache(maxsize=1)
def _shipped_shapes() -> Shapes:
    return Shapes.read(_DATA / "land_natural_earth.npz", _DATA / "zones_odbl.npz")


def sea_name(lon_deg: float, lat_deg: float) -> str | None:
    """Return the sea that holds a point, both names where there are two, or None on land.

    Areas: Natural Earth 1:10m marine polygons, simplified to 2 km; where they overlap the smaller one speaks.
    """
    return sea_names([lon_deg], [lat_deg])[0]


def sea_names(lon_deg: ArrayLike, lat_deg: ArrayLike) -> list[str | None]:
    """Return the `sea_name` of each point of a list."""
    import shapely

    lon, lat = check_points(lon_deg, lat_deg)
    found: list[str | None] = [None] * lon.size
    for name, sea in sorted(load_seas().items(), key=lambda item: -item[1].area):
        for place in np.flatnonzero(shapely.contains_xy(sea, lon, lat)):
            found[place] = name
    return found


@lru_cache(maxsize=1)
def load_seas() -> "Mapping[str, MultiPolygon]":
    """Return the named seas' polygons by the name that is printed."""
    import shapely

    seas = {name: read_shape("seas_natural_earth", name) for name in shape_names("seas_natural_earth")}
    shapely.prepare(list(seas.values()))
    return seas


def shape_names(archive: str) -> tuple[str, ...]:
    """Return the names of the shapes in an archive of the data folder."""
    return read_archive(_DATA / f"{archive}.npz").names


def read_shape(archive: str, name: str) -> "MultiPolygon | MultiLineString":
    """Return one shape of an archive, a shapely MultiPolygon or MultiLineString, lon/lat degrees."""
    return read_archive(_DATA / f"{archive}.npz").geometry(name)


def check_points(lon_deg: ArrayLike, lat_deg: ArrayLike) -> tuple[Floats, Floats]:
    """Return longitudes in (-180, 180) and latitudes in (-90, 90) as 1-D arrays of one length.

    A point on the antimeridian or a pole is moved off it by 0.1 mm, since the data are cut there.

    Raises InputError for NaN, infinities, a latitude beyond 90 or a longitude beyond -180 to 360 degrees.
    """
    lon, lat = (np.atleast_1d(np.asarray(values, dtype=np.float64)) for values in (lon_deg, lat_deg))
    if lon.ndim != 1 or lon.shape != lat.shape:
        raise InputError(
            "longitudes and latitudes do not pair",
            given=(lon.shape, lat.shape),
            allowed="two lists of equal length",
        )
    south, north = _check_range("latitude", lat, -90.0, 90.0)
    west, east = _check_range("longitude", lon, -180.0, 360.0)
    if east > 180:
        lon = np.where(lon > 180, lon - 360, lon)
    if west <= -180 or east >= 180:
        lon = np.clip(lon, _SEAM_DEG - 180, 180 - _SEAM_DEG)
    if south <= -90 or north >= 90:
        lat = np.clip(lat, _SEAM_DEG - 90, 90 - _SEAM_DEG)
    return lon, lat


def _check_range(what: str, values: Floats, low: float, high: float) -> tuple[float, float]:
    """Return the least and the largest value; raise InputError where one is beyond the range."""
    if not values.size:
        return low / 2, low / 2
    least, largest = float(values.min()), float(values.max())
    if not (least >= low and largest <= high):  # so NaN is refused as well
        good = (values >= low) & (values <= high)
        raise InputError(
            f"{what} is no place on earth",
            given=float(values[int(np.argmin(good))]),
            allowed=f"{low:g} to {high:g} degrees",
            try_="checking the order of longitude and latitude",
        )
    return least, largest


def _by_kind(relation: Relation) -> tuple[int, bool]:
    assert relation.zone is not None, "only covered points are ordered"
    return _KIND_ORDER[relation.zone.kind], relation.zone.overlay


def _by_margin(relation: Relation) -> float:
    assert relation.margin_km is not None, "only covered points are ordered"
    return relation.margin_km
