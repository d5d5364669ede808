"""Tables of places against the zones, zones as GeoJSON, and official polygons taken in."""

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import msgspec

from launchwatch.assess.zones import zone_name
from launchwatch.basis.errors import InputError, UnknownNameError, shorten
from launchwatch.geo.zones import AgreedLine, Kind, Relation, Zone, Zones, load_zones, official_folder, sea_names
from launchwatch.observe.official_zones import read_official
from launchwatch.observe.sheets import read_sheet

_LAT, _LON = ("lat", "latitude", "lat_deg"), ("lon", "longitude", "lon_deg", "lng", "long")
_KINDS: tuple[str, ...] = get_args(Kind)
ATTRIBUTION = "Contains information from OpenStreetMap, available under the ODbL; land made with Natural Earth"
_COMPUTED = "computed, not legal"


@dataclass(frozen=True)
class PlaceTable:
    """The answers about a table of places, in the order of its rows, and the rows that are none, with reasons."""

    points: list[dict[str, Any]]
    rejected: list[dict[str, Any]]


def zones_of_table(path: Path | str) -> PlaceTable:
    """Return how each place of a CSV table (columns lat and lon, degrees; optional id, datum) lies to the zones.

    A place on another datum is moved to WGS84. A row that is no place is told with its line and reason, and the
    others are answered. Raises InputError where the file is no such table.
    """
    data = Path(path).read_bytes()
    lat_name, lon_name = _columns(data)
    good: list[tuple[int, str | None, float, float]] = []
    rejected: list[dict[str, Any]] = []
    for line, row in read_sheet(data, (lat_name, lon_name)):
        try:
            if isinstance(row, InputError):
                raise row
            good.append((line, row.get("id") or None, *_place(row, lat_name, lon_name)))
        except InputError as error:
            rejected.append({
                "line": line, "reason": error.message,
                "given": None if error.given is None else shorten(error.given),
                "allowed": error.allowed or None, "try": error.try_ or None,
            })  # fmt: skip
    lat, lon = [row[2] for row in good], [row[3] for row in good]
    zones = load_zones()
    answers = zip(good, zones.relations_of(lon, lat), sea_names(lon, lat), strict=True)
    points = [
        {"line": line, "id": id_, "lat_deg": round(at, 7), "lon_deg": round(along, 7), "sea": sea}
        | {"relations": [tell_relation(relation) for relation in relations]}
        for (line, id_, at, along), relations, sea in answers
    ]
    return PlaceTable(points, rejected)


def _columns(data: bytes) -> tuple[str, str]:
    """Return the table's own names of latitude and longitude."""
    first = data[:4096].decode("utf-8-sig", errors="replace").lstrip("\n\r").splitlines()[:1]
    cells = {cell.strip().strip('"').casefold() for mark in ",;\t" for cell in (first or [""])[0].split(mark)}
    lat, lon = (next((name for name in names if name in cells), names[0]) for names in (_LAT, _LON))
    return lat, lon


def _place(row: dict[str, str], lat_name: str, lon_name: str) -> tuple[float, float]:
    """Return a row's latitude and longitude, degrees on WGS84."""
    lat, lon = (_number(row[name], name) for name in (lat_name, lon_name))
    if not -90 <= lat <= 90:
        swapped = "the columns may be swapped: latitude first where longitude belongs" if abs(lon) <= 90 else ""
        raise InputError("latitude is no place on earth", given=lat, allowed="-90 to 90 degrees", try_=swapped)
    if not -180 <= lon <= 360:
        raise InputError("longitude is no place on earth", given=lon, allowed="-180 to 360 degrees")
    return _on_wgs84(lat, lon, row.get("datum", ""))


def _number(text: str, name: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f"{name} is no number", given=text, allowed="decimal degrees, such as 39.3")
    return value


_DATUMS = {"": None, "wgs84": None, "wgs 84": None, "epsg:4326": None, "jgd2000": None, "jgd2011": None,
           "itrf": None, "gps": None, "tokyo": "EPSG:4301", "pulkovo 1942": "EPSG:4284", "pulkovo": "EPSG:4284",
           "ed50": "EPSG:4230", "nad27": "EPSG:4267", "nad83": "EPSG:4269", "korean 1985": "EPSG:4162",
           "beijing 1954": "EPSG:4214", "pz-90": "EPSG:4740"}  # fmt: skip


def _on_wgs84(lat: float, lon: float, datum: str) -> tuple[float, float]:
    """Return a place of another datum on WGS84; those within a metre of it stay as they are."""
    name = datum.strip().casefold()
    if name not in _DATUMS:
        raise InputError("an unknown datum", given=datum, allowed=", ".join(key for key in _DATUMS if key))
    code = _DATUMS[name]
    if code is None:
        return lat, lon
    from pyproj import Transformer

    east, north = Transformer.from_crs(code, "EPSG:4326", always_xy=True).transform(lon, lat)
    if not (math.isfinite(east) and math.isfinite(north)):
        raise InputError("a place beyond its datum's reach", given=f"{lat}, {lon} on {datum}")
    return north, east


def tell_relation(relation: Relation) -> dict[str, Any]:
    """Return a relation as it is printed, with a wording."""
    zone, margin = relation.zone, relation.margin_km
    if zone is None or margin is None:
        return {"relation": relation.relation, "wording": "outside the area in which zones are known"}
    side = f"{relation.relation} {zone_name(zone)}, {abs(margin):.1f} km from its line"
    if relation.relation == "too close to call":
        side = f"too close to call: {abs(margin):.1f} km from the line of {zone_name(zone)}"
    basis = _COMPUTED if zone.source == "computed" else f"official polygon, {zone.source}"
    if zone.kind in {"joint_area", "provisional_area"}:
        basis = "as agreed by treaty, no boundary"
    return {
        "zone": zone.id,
        "kind": zone.kind,
        "states": zone.states,
        "names": zone.names,
        "relation": relation.relation,
        "drawn_inside": relation.drawn_inside,
        "basis": relation.basis,
        "source": zone.source,
        "status": relation.status,
        "margin_km": round(margin, 3),
        "line_error_km": relation.line_error_km,
        "wording": f"{side} ({basis}; {relation.status}; the line may be {relation.line_error_km:.0f} km off)",
    }


def export_zones(state: str, kind: str | None, *, undisputed: bool) -> dict[str, Any]:
    """Return a state's zones as a GeoJSON feature collection (RFC 7946), one feature each.

    With `undisputed` zones that another state claims as well, and joint and provisional areas, are left out, and
    what such an area covers is cut out of the rest. Raises UnknownNameError for a state or kind without zones.
    """
    zones = load_zones()
    code = state.strip().upper()
    states = {one for zone in zones for one in zone.states}
    if code not in states:
        raise UnknownNameError("state", state, states)
    if kind is not None and kind not in _KINDS:
        raise UnknownNameError("kind of zone", kind, _KINDS)
    chosen = [zone for zone in zones if code in zone.states and kind in {None, zone.kind}]
    if undisputed:
        chosen = [zone for zone in chosen if zone.status == "no dispute recorded"]
    features = [_feature(zones, zone, undisputed=undisputed) for zone in chosen]
    lines = [_line(line) for line in zones.lines if code in line.states and kind is None]
    return {
        "type": "FeatureCollection",
        "attribution": ATTRIBUTION,
        "note": f"{_COMPUTED}; showing a line or a name takes no position on sovereignty",
        "features": [feature for feature in features if feature is not None] + lines,
    }


def _feature(zones: Zones, zone: Zone, *, undisputed: bool) -> dict[str, Any] | None:
    import shapely

    shape = zones.geometry(zone.id)
    if undisputed:
        over = [
            zones.geometry(other.id)
            for other in zones.touching(zone.bounds)
            if other.overlay and other.status != "no dispute recorded" and other.id != zone.id
        ]
        parts = shapely.get_parts(shapely.difference(shape, shapely.union_all(over)) if over else shape)
        shape = shapely.MultiPolygon([part for part in parts if part.geom_type == "Polygon"])
    if shape.is_empty:
        return None
    # RFC 7946: outer rings run counterclockwise; our polygons are cut at the antimeridian already.
    turned = shapely.orient_polygons(shape)
    described = msgspec.to_builtins(zone) | {"computed": zone.source == "computed", "not_legal": True}
    described = {key: value for key, value in described.items() if key not in {"vertices", "complete", "bounds"}}
    geometry = msgspec.json.decode(shapely.to_geojson(turned))
    return {"type": "Feature", "id": zone.id, "properties": described, "geometry": geometry}


def _line(line: AgreedLine) -> dict[str, Any]:
    described = {key: value for key, value in msgspec.to_builtins(line).items() if key != "points"}
    geometry = {"type": "LineString", "coordinates": [list(point) for point in line.points]}
    return {"type": "Feature", "id": line.id, "properties": described, "geometry": geometry}


@dataclass(frozen=True)
class Imported:
    """What an import took in: the zones, what was refused with its reason, and where they are kept."""

    zones: list[Zone]
    rejected: list[dict[str, Any]]
    folder: Path


def import_zones(path: Path | str, *, folder: Path | None = None, layer: str | None = None) -> Imported:
    """Take official polygons from a GeoPackage or shapefile and keep them in the user's data folder.

    They take the place of computed zones of the same kind and state from the next question on. An earlier import
    is replaced. Raises InputError for a file without usable polygons.
    """
    from launchwatch.geo.shapes import Shapes

    source = Path(path)
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    found = read_official(source, f"{source.name} (sha256 {digest[:16]})", layer=layer)
    if not found.shapes:
        raise InputError(
            "no polygon in the file can be used", given=source.name, try_="; ".join(_reasons(found.rejected))
        )
    target = folder or official_folder()
    target.mkdir(parents=True, exist_ok=True)
    Shapes.of(found.shapes).write(target / "official.npz")
    # Last, since its time tells readers that there is something new.
    (target / "official.json").write_bytes(msgspec.json.encode(found.zones))
    return Imported(found.zones, found.rejected, target)


def _reasons(rejected: Iterable[dict[str, Any]]) -> Sequence[str]:
    return sorted({str(row["reason"]) for row in rejected})[:3]
