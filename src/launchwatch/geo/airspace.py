"""Flight information regions, airports, and airways from an installed package: whom a fall or a path concerns.

A flight information region (FIR) says who serves flights there, nothing about sovereignty. Its corners are typed
in `data/firs.csv`, each with where it was taken from: read in a state's AIP, second-hand, or from knowledge and
yet to be checked. Every answer carries that, and within a line's error it is 'too close to call'. On land the
drawn land of states decides; `builders/build_airspace.py` puts both together.

Degrees, WGS84. Polygons live on longitudes 0 to 360, since the regions reach over the antimeridian.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

from launchwatch.basis.constants import MEAN_RADIUS_M
from launchwatch.basis.errors import InputError, NoEvidenceError, UnknownNameError
from launchwatch.geo.geodesic import destination, distance_and_azimuth
from launchwatch.geo.surface import surface_ecef
from launchwatch.geo.zones import check_points, read_shape

if TYPE_CHECKING:
    from scipy.spatial import cKDTree
    from shapely import MultiPolygon

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Holding = Literal["inside", "outside", "too close to call"]

_DATA = Path(__file__).parent / "data"
_PIECE_KM = 2.0
_LAND_ERROR_KM = 5.0  # a line along a border on land: Natural Earth's, thinned to a kilometre
_CANDIDATES = 8  # pieces looked at for the nearest: they are equally long, and at most a few lines meet
BASES = ("read", "second-hand", "from knowledge")
"""How surely the corners of a line are known, the surest first."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One line of a FIR's limit as typed: its corners (lon, lat), how it runs between them, and what it rests on.

    `line` is geodesic, parallel (straight in longitude and latitude), or what the AIP names in place of points.
    `basis` is read, second-hand or from knowledge; `error_km` is how far the line may be off, 95 %.
    """

    start: tuple[float, float]
    end: tuple[float, float]
    line: str
    error_km: float
    basis: str
    source: str

    def points(self) -> Floats:
        """Return the line's points from start to before its end, lon (0 to 360) and lat degrees, (n, 2)."""
        lon, lat = np.array([self.start[0], self.end[0]]), np.array([self.start[1], self.end[1]])
        far, azimuth = distance_and_azimuth(np.radians(lat[0]), np.radians(lon[0]), *np.radians([lat[1], lon[1]]))
        count = max(1, int(np.ceil(float(far) / 1000 / _PIECE_KM)))
        share = np.arange(count) / count
        if self.line != "geodesic" or not far > 0:
            return np.column_stack((lon[0] + share * np.diff(lon), lat[0] + share * np.diff(lat)))
        at_lat, at_lon = destination(
            np.radians(lat[0]), np.radians(lon[0]), azimuth, np.maximum(share * far, 1e-6)
        )
        return np.column_stack((np.degrees(at_lon) % 360, np.degrees(at_lat)))


class FirRow(msgspec.Struct, frozen=True):
    """One region in firs.json; `land` is added to its polygon and `without` cut off, by zone id."""

    id: str
    names: tuple[str, ...]
    served_by: str
    land: tuple[str, ...]
    without: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Fir:
    """A flight information region: its ICAO designator, names, the state that serves it, and its typed limit."""

    row: FirRow
    edges: tuple[Edge, ...]

    @property
    def id(self) -> str:
        """Return the ICAO designator, such as RJJJ."""
        return self.row.id

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names, the English one first."""
        return self.row.names

    @property
    def called(self) -> str:
        """Return name and designator, such as `Fukuoka FIR (RJJJ)`."""
        return f"{self.names[0]} ({self.id})"


@dataclass(frozen=True, slots=True)
class FirRelation:
    """How one point lies to one FIR: km to its limit, negative inside; `basis` and `source` of that line."""

    fir: Fir
    relation: Holding
    margin_km: float
    line_error_km: float
    drawn_inside: bool
    basis: str
    source: str


@dataclass(frozen=True)
class Margins:
    """Distances of points to one FIR's limit (km, negative inside), the nearest line's error, and which it is.

    `edge` indexes `Fir.edges`; -1 is a border on land.
    """

    km: Floats
    error_km: Floats
    edge: NDArray[np.intp]


class Firs:
    """The flight information regions, with their questions.

    State: the rows, and caches of polygons and lines that fill on first use. Threads may share it.
    """

    def __init__(self, firs: tuple[Fir, ...]) -> None:
        self._firs = {fir.id: fir for fir in firs}
        self._polygons: dict[str, MultiPolygon] = {}
        self._limits: dict[str, _Pieces] = {}

    def __iter__(self) -> Iterator[Fir]:
        return iter(self._firs.values())

    def __getitem__(self, fir_id: str) -> Fir:
        if fir_id not in self._firs:
            raise UnknownNameError("flight information region", fir_id, self._firs)
        return self._firs[fir_id]

    def geometry(self, fir_id: str) -> "MultiPolygon":
        """Return a FIR's polygons, lon (0 to 360) and lat degrees."""
        import shapely

        if fir_id not in self._polygons:
            shape = read_shape("firs", self[fir_id].id)
            shapely.prepare(shape)
            self._polygons[fir_id] = shape
        return self._polygons[fir_id]

    def inside(self, fir_id: str, lon_deg: ArrayLike, lat_deg: ArrayLike) -> Bools:
        """Return which points lie inside a FIR as drawn."""
        import shapely

        lon, lat = check_points(lon_deg, lat_deg)
        return np.asarray(shapely.contains_xy(self.geometry(fir_id), lon % 360, lat))

    def margins(self, fir_id: str, lon_deg: ArrayLike, lat_deg: ArrayLike) -> Margins:
        """Return the distances of points to a FIR's limit, with the error of the nearest line."""
        lon, lat = check_points(lon_deg, lat_deg)
        if fir_id not in self._limits:
            self._limits[fir_id] = _Pieces.of(self.geometry(fir_id), self[fir_id].edges)
        pieces = self._limits[fir_id]
        km, edge = pieces.nearest(lon, lat)
        errors = np.array([edge.error_km for edge in self[fir_id].edges] + [_LAND_ERROR_KM])
        sign = np.where(self.inside(fir_id, lon, lat), -1.0, 1.0)
        return Margins(sign * km, errors[edge], edge)

    def relations(self, lon_deg: float, lat_deg: float, *, near_km: float = 100.0) -> list[FirRelation]:
        """Return how a point lies to the FIRs that hold it, may hold it, or pass within `near_km`; nearest first.

        None inside or too close to call: the FIR is not stated, since not all of the world's are drawn.
        """
        found = []
        for fir in self:
            if not self._is_near(fir.id, lon_deg, lat_deg):
                continue
            margins = self.margins(fir.id, [lon_deg], [lat_deg])
            relation = _relation(fir, margins)
            if relation.relation != "outside" or relation.margin_km <= near_km:
                found.append(relation)
        return sorted(found, key=lambda relation: relation.margin_km)

    def _is_near(self, fir_id: str, lon_deg: float, lat_deg: float) -> bool:
        west, south, east, north = self.geometry(fir_id).bounds
        lon = lon_deg % 360
        pad = 4.0
        wide = pad / max(0.2, float(np.cos(np.radians(min(80.0, abs(lat_deg) + pad)))))
        return bool(west - wide <= lon <= east + wide and south - pad <= lat_deg <= north + pad)


def _relation(fir: Fir, margins: Margins) -> FirRelation:
    km, error, edge = float(margins.km[0]), float(margins.error_km[0]), int(margins.edge[0])
    relation: Holding = "too close to call" if abs(km) <= error else "inside" if km < 0 else "outside"
    typed = fir.edges[edge] if edge >= 0 else None
    return FirRelation(
        fir, relation, km, error, km < 0, typed.basis if typed else "from knowledge",
        typed.source if typed else "drawn land (Natural Earth 1:10m)",
    )  # fmt: skip


@dataclass(frozen=True)
class _Pieces:
    """A limit in pieces of 2 km: starts and steps in ECEF km (n, 3), and the typed edge that each belongs to."""

    start_km: Floats
    step_km: Floats
    edge: NDArray[np.intp]
    tree: "cKDTree"

    @classmethod
    def of(cls, shape: "MultiPolygon", edges: tuple[Edge, ...]) -> "_Pieces":
        import shapely
        from scipy.spatial import cKDTree

        rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(shapely.get_parts(shape))]
        starts, steps = zip(*(_cut(ring) for ring in rings), strict=True)
        start, step = np.concatenate(starts), np.concatenate(steps)
        start_km, end_km = _ecef_km(start), _ecef_km(start + step)
        middle = (start_km + end_km) / 2
        typed = [edge.points() for edge in edges]
        owner = np.repeat(np.arange(len(edges)), [len(points) for points in typed])
        away, nearest = cKDTree(_ecef_km(np.concatenate(typed))).query(middle)
        edge = np.where(away <= _PIECE_KM, owner[nearest], -1)
        return cls(start_km, end_km - start_km, edge, cKDTree(middle))

    def nearest(self, lon: Floats, lat: Floats) -> tuple[Floats, NDArray[np.intp]]:
        """Return distances, km, (n,), and the nearest edge's index, (n,); -1 is a border on land."""
        points = _ecef_km(np.column_stack((lon, lat)))
        count = min(_CANDIDATES, len(self.edge))
        _, index = self.tree.query(points, k=count)
        index = np.asarray(index).reshape(len(points), count)
        away = points[:, None] - self.start_km[index]
        step = self.step_km[index]
        share = np.clip((away * step).sum(axis=2) / np.maximum((step * step).sum(axis=2), 1e-12), 0, 1)
        chord = np.sqrt(((away - share[..., None] * step) ** 2).sum(axis=2))
        best = chord.argmin(axis=1)
        rows = np.arange(len(points))
        radius = MEAN_RADIUS_M / 1000
        arc = 2 * radius * np.arcsin(np.minimum(chord[rows, best] / (2 * radius), 1.0))
        return arc, self.edge[index[rows, best]]


def _cut(ring: Floats) -> tuple[Floats, Floats]:
    """Return starts and steps, degrees, of a ring's pieces of at most 2 km."""
    step = np.diff(ring, axis=0)
    length = np.radians(np.hypot(step[:, 0] * np.cos(np.radians(ring[:-1, 1])), step[:, 1])) * MEAN_RADIUS_M / 1000
    count = np.maximum(1, np.ceil(length / _PIECE_KM)).astype(np.intp)
    edge = np.repeat(np.arange(len(step)), count)
    within = np.arange(edge.size) - np.repeat(np.cumsum(count) - count, count)
    piece = step[edge] / count[edge, None]
    return ring[:-1][edge] + within[:, None] * piece, piece


def _ecef_km(lonlat: Floats) -> Floats:
    lam, phi = np.radians(lonlat).T
    return surface_ecef(phi, lam) / 1000


_CORNER = re.compile(r"(\d{2})(\d{2})(\d{2})?([NS])|(\d{3})(\d{2})(\d{2})?([EW])")


def parse_corner(text: str) -> float:
    """Return degrees of an AIP's latitude or longitude, such as `3838N` or `1763400W`; west and south below 0."""
    match = _CORNER.fullmatch(text)
    if match is None:
        raise InputError("corner of an airspace", given=text, allowed="DDMM[SS]N or S, DDDMM[SS]E or W")
    degrees, minutes, seconds, side = match.groups()[:4] if match[4] else match.groups()[4:]
    value = int(degrees) + int(minutes) / 60 + int(seconds or 0) / 3600
    return -value if side in "SW" else value


@lru_cache(maxsize=1)
def load_firs() -> Firs:
    """Return the shipped flight information regions, read once; polygons follow when they are first asked for."""
    rows = msgspec.json.decode((_DATA / "firs.json").read_bytes(), type=tuple[FirRow, ...])
    edges = load_edges()
    return Firs(tuple(Fir(row, edges[row.id]) for row in rows))


def load_edges() -> dict[str, tuple[Edge, ...]]:
    """Return the typed lines of every FIR, in order round it."""
    corners: dict[str, list[dict[str, str]]] = {}
    with (_DATA / "firs.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            corners.setdefault(row["fir"], []).append(row)
    return {fir: tuple(_edges(rows)) for fir, rows in corners.items()}


def _edges(rows: list[dict[str, str]]) -> Iterator[Edge]:
    places = [(parse_corner(row["lon"]) % 360, parse_corner(row["lat"])) for row in rows]
    for row, start, end in zip(rows, places, [*places[1:], places[0]], strict=True):
        yield Edge(start, end, row["line"], float(row["error_km"]), row["basis"], row["source"])


@dataclass(frozen=True, eq=False)
class Airports:
    """Airports with an ICAO code: columns of equal length; `lon_deg` and `lat_deg` are the reference points'."""

    icao: tuple[str, ...]
    iata: tuple[str, ...]
    name: tuple[str, ...]
    country: tuple[str, ...]
    lon_deg: Floats
    lat_deg: Floats

    def __len__(self) -> int:
        return len(self.icao)


@lru_cache(maxsize=1)
def load_airports() -> Airports:
    """Return the airports of the region, from the airportsdata package (MIT)."""
    with (_DATA / "airports.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    texts = {key: tuple(row[key] for row in rows) for key in ("icao", "iata", "name", "country")}
    lon, lat = (np.array([float(row[key]) for row in rows]) for key in ("lon", "lat"))
    return Airports(**texts, lon_deg=lon, lat_deg=lat)


@dataclass(frozen=True, eq=False)
class Airways:
    """Legs of airways: `route` of each, and its ends (n, 2) as lon, lat degrees; `source` names the package.

    Such data ages: routes are opened, closed and renamed every 28 days.
    """

    source: str
    route: tuple[str, ...]
    start: Floats
    end: Floats

    def __len__(self) -> int:
        return len(self.route)


_PACKAGES = {
    "minisky_xplane_navdata": "minisky-xplane-navdata (X-Plane data, cycle 2013.10, GPL-2.0-or-later)",
    "traffic": "traffic (earth_awy.dat, undated)",
}


def load_airways() -> Airways:
    """Return airways out of an installed package; none is shipped, since none has a licence that allows it.

    Raises NoEvidenceError where neither minisky-xplane-navdata nor traffic is installed.
    """
    for package, source in _PACKAGES.items():
        folder = _folder_of(package)
        if folder is not None:
            return _read_airways(package, folder, source)
    raise NoEvidenceError(
        "no airways are known",
        allowed="the package minisky-xplane-navdata or traffic, installed beside launchwatch",
        try_="pip install 'launchwatch[airways]'",
    )


def _folder_of(package: str) -> Path | None:
    """Return where a package's files are, without importing it: that would load what only simulators need."""
    spec = find_spec(package)
    return Path(spec.origin).parent if spec is not None and spec.origin else None


@lru_cache(maxsize=2)
def _read_airways(package: str, folder: Path, source: str) -> Airways:
    path = folder / ("data/navdata/earth_awy.dat" if package == "traffic" else "data/airway.parquet")
    try:
        route, start, end = _read_points(path) if package == "traffic" else _read_legs(path)
    except (OSError, ValueError, KeyError) as error:
        raise NoEvidenceError("airways cannot be read", given=f"{source}: {error}") from None
    return Airways(source, route, start, end)


def _read_legs(path: Path) -> tuple[tuple[str, ...], Floats, Floats]:
    """Return legs of minisky's table: a row a leg, its ends as columns; a leg flown both ways stands twice."""
    from pyarrow import parquet

    columns = ["awid", "awfromlon", "awfromlat", "awtolon", "awtolat"]
    table = parquet.read_table(path, columns=columns)
    ends = np.column_stack([table[name].to_numpy() for name in columns[1:]])
    return tuple(table["awid"].to_pylist()), ends[:, :2], ends[:, 2:]


def _read_points(path: Path) -> tuple[tuple[str, ...], Floats, Floats]:
    """Return legs of traffic's file: route, number, fix, latitude, longitude; one point a line, in any order."""
    rows = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        parts = line.split()
        if len(parts) == _FIX_COLUMNS and parts[1].isdigit():
            rows.append((parts[0], int(parts[1]), float(parts[4]), float(parts[3])))
    rows.sort()
    legs = [(a[0], a[2:], b[2:]) for a, b in pairwise(rows) if a[0] == b[0] and _is_leg(a[2:], b[2:])]
    return tuple(leg[0] for leg in legs), np.array([leg[1] for leg in legs]), np.array([leg[2] for leg in legs])


def _is_leg(start: tuple[float, ...], end: tuple[float, ...]) -> bool:
    """Return False between points of two airways of one name on two continents: no leg is that long."""
    across = abs((start[0] - end[0] + 180) % 360 - 180)
    return max(across, abs(start[1] - end[1])) < _LONGEST_LEG_DEG


_FIX_COLUMNS = 5
_LONGEST_LEG_DEG = 25.0
