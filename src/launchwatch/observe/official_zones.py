"""Official polygons of maritime zones, as Marine Regions publishes them: GeoPackage or shapefile, through GDAL.

    GEONAME                      name of the polygon
    POL_TYPE                     200NM, Overlapping claim, Joint regime; 12NM, 24NM and the like in their own files
    TERRITORY1..3, ISO_TER1..3   territory and its ISO 3166 alpha-3 code
    SOVEREIGN1..3, ISO_SOV1..3   state and its code
    MRGID                        the polygon's number

GDAL (package pyogrio, the extra `official`) reads the formats, brings other datums and projections to WGS84
longitude and latitude, and turns the axes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from launchwatch.basis.errors import InputError, UnknownNameError
from launchwatch.geo.zones import Kind, Status, Zone

if TYPE_CHECKING:
    from shapely import MultiPolygon
    from shapely.geometry.base import BaseGeometry

OFFICIAL_ERROR_KM = 1.0
"""How far an official line may be off the one meant: charts and datums of old agreements; nothing is published."""

_LATTICE_DEG = 1e-5
_KINDS: dict[str, Kind] = {"12": "territorial_sea", "24": "contiguous_zone", "200": "eez"}


@dataclass(frozen=True)
class Official:
    """Zones with their polygons by id, and features that were refused, each with its reason."""

    zones: list[Zone]
    shapes: "dict[str, MultiPolygon]"
    rejected: list[dict[str, Any]]


def read_official(path: Path, source: str, *, layer: str | None = None) -> Official:
    """Return the zones of a file; features of one state and kind become one zone. `source` names the file."""
    import shapely

    fields, shapes, name = _read(path, layer)
    parts: dict[str, list[BaseGeometry]] = {}
    rows: dict[str, Mapping[str, Any]] = {}
    rejected = []
    for number, shape in enumerate(shapes, start=1):
        row = {
            key: None if values[number - 1] in {None, ""} else values[number - 1] for key, values in fields.items()
        }
        try:
            id_, described = _describe(row, name)
            usable = _usable(shape)
        except InputError as error:
            rejected.append({"feature": number, "name": row.get("geoname"), "reason": str(error)})
        else:
            parts.setdefault(id_, []).append(usable)
            rows.setdefault(id_, described)
    joined = {id_: _joined(some) for id_, some in sorted(parts.items())}
    zones = [
        Zone(**rows[id_], id=id_, basis=f"official polygon: {source}", source=source,
             note="imported; not computed", line_error_km=OFFICIAL_ERROR_KM, line_error_exceptions=(),
             bounds=tuple(shape.bounds), vertices=int(shapely.get_num_coordinates(shape)))
        for id_, shape in joined.items()
    ]  # fmt: skip
    return Official(zones, joined, rejected)


def _read(path: Path, layer: str | None) -> tuple[dict[str, list[Any]], "list[BaseGeometry]", str]:
    """Return attributes by lower-case name, geometries in WGS84 longitude and latitude, and the layer's name."""
    import shapely

    try:
        import pyogrio
    except ImportError:
        raise InputError(
            "official polygons are read through pyogrio", try_="pip install 'launchwatch[official]'"
        ) from None
    try:
        layers = [str(name) for name, _ in pyogrio.list_layers(path)]
        if layer is not None and layer not in layers:
            raise UnknownNameError("layer", layer, layers)
        meta, _, geometry, fields = pyogrio.raw.read(path, layer=layer or layers[0])
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise InputError(
            f"the file cannot be read: {error}",
            given=path.name,
            allowed="a GeoPackage (.gpkg) or shapefile (.shp)",
        ) from None
    shapes = list(shapely.from_wkb(geometry)) if geometry is not None else []
    names = [str(name).lower() for name in meta["fields"]]
    values = {name: [_plain(v) for v in column] for name, column in zip(names, fields, strict=True)}
    return values, _on_wgs84(shapes, meta["crs"], path.name), layer or layers[0]


def _plain(value: object) -> object:
    return None if value is None or (isinstance(value, float) and np.isnan(value)) else value


def _on_wgs84(shapes: "list[BaseGeometry]", crs: str | None, name: str) -> "list[BaseGeometry]":
    import shapely
    from pyproj import CRS, Transformer

    if not crs:
        raise InputError(
            "the file does not say on which datum it stands",
            given=name,
            allowed="a coordinate reference system (.prj)",
        )
    given = CRS.from_user_input(crs)
    if given.to_epsg() == 4326 or given.equals("OGC:CRS84"):
        return shapes
    turn = Transformer.from_crs(given, "OGC:CRS84", always_xy=True)
    return [
        shape if shape is None else shapely.transform(shape, lambda c: np.column_stack(turn.transform(*c.T)))
        for shape in shapes
    ]


def _describe(row: Mapping[str, Any], layer: str) -> tuple[str, dict[str, Any]]:
    """Return a feature's zone id and what its row says of it."""
    codes = [row.get(f"iso_sov{i}") or row.get(f"iso_ter{i}") for i in (1, 2, 3)]
    states = tuple(sorted({str(code) for code in codes if code}))
    if not states:
        raise InputError("no state", given=sorted(row), allowed="ISO_SOV1 or ISO_TER1, ISO 3166 alpha-3")
    said = str(row.get("pol_type") or "")
    kind = _kind(said, layer)
    name = str(row.get("geoname") or "").strip()
    status: Status = "no dispute recorded"
    id_ = f"{kind}:{states[0]}"
    if "overlap" in said.lower() or (len(states) > 1 and "joint" not in said.lower()):
        status, id_ = "overlapping claim", f"{kind}:official:{'-'.join(states)}:{row.get('mrgid') or name}"
    elif "joint" in said.lower():
        kind, status = "joint_area", "joint regime"
        id_ = f"joint_area:official:{'-'.join(states)}:{row.get('mrgid') or name}"
    names = tuple(str(row[key]) for key in ("sovereign1", "sovereign2", "sovereign3") if row.get(key))
    if status != "no dispute recorded" and name:
        names = (name, *names)
    return id_, {
        "kind": kind, "states": states, "names": names or states, "status": status,
        "overlay": kind in {"contiguous_zone", "joint_area"},
    }  # fmt: skip


def _kind(said: str, layer: str) -> Kind:
    """Return the kind that a row, or its layer's name, speaks of; without a word of it an economic zone."""
    for text in (said, layer):
        low = text.lower().replace("_", " ")
        for miles, kind in _KINDS.items():
            if f"{miles}nm" in low.replace(" ", ""):
                return kind
        if "territorial" in low:
            return "territorial_sea"
        if "contiguous" in low:
            return "contiguous_zone"
    return "eez"


def _usable(shape: "BaseGeometry | None") -> "BaseGeometry":
    """Return a feature's polygons, valid and within the earth; self-crossing ones are put right."""
    import shapely

    if shape is None or shape.is_empty:
        raise InputError("an empty polygon", allowed="Polygon or MultiPolygon")
    west, south, east, north = shape.bounds
    if not (np.isfinite(shape.bounds).all() and south >= -90.0001 and north <= 90.0001):
        swapped = (
            "the axes may be swapped: latitude stands where longitude belongs" if abs(west) <= 90.0001 else ""
        )
        raise InputError(
            "a latitude beyond the poles", given=(south, north), allowed="-90 to 90 degrees", try_=swapped
        )
    if west < -360.0001 or east > 360.0001:
        raise InputError("a longitude beyond the earth", given=(west, east), allowed="-180 to 180 degrees")
    valid = shapely.set_precision(shapely.make_valid(shape), _LATTICE_DEG)
    turned = [_turned(valid, turn) for turn in (-360.0, 0.0, 360.0)]
    polygons = [part for part in shapely.get_parts(shapely.get_parts(turned)) if part.geom_type == "Polygon"]
    if not polygons or shapely.MultiPolygon(polygons).area == 0:
        raise InputError("nothing with an area", given=shape.geom_type, allowed="Polygon or MultiPolygon")
    return shapely.MultiPolygon(polygons)


def _turned(shape: "BaseGeometry", turn: float) -> "BaseGeometry":
    """Return the part of a shape that lies a turn away, brought to -180 to 180 degrees."""
    import shapely

    there = shapely.intersection(shape, shapely.box(turn - 180, -90, turn + 180, 90))
    return shapely.transform(there, lambda coords: coords - np.array((turn, 0.0)))


def _joined(parts: "list[BaseGeometry]") -> "MultiPolygon":
    import shapely

    whole = shapely.set_precision(shapely.union_all(parts), _LATTICE_DEG)
    return shapely.MultiPolygon([p for p in shapely.get_parts(whole) if p.geom_type == "Polygon"])
