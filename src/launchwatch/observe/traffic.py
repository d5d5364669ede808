"""Positions of ships and aircraft in files of every form: JSON, AIS sentences, CSV and Parquet tables.

Tables are told by the names of their columns, which fix their units:

    launchwatch     kind, identity, time_utc, lat_deg, lon_deg, height_m, course_deg, speed_m_s, sigma_m, name
    OpenSky         icao24, time or lastposupdate (Unix s), lat, lon, velocity (m/s), heading, vertrate (m/s),
                    geoaltitude, baroaltitude (m), callsign, onground
    traffic         icao24, timestamp, latitude, longitude, groundspeed (knots), track, altitude, geoaltitude (ft),
                    vertical_rate (ft/min), callsign, onground
    MarineCadastre  MMSI, BaseDateTime (UTC), LAT, LON, SOG (knots), COG, VesselName; or base_date_time, latitude
    Denmark         # Timestamp (day/month/year, UTC), MMSI, Latitude, Longitude, SOG (knots), COG, Name
"""

import csv
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import BytesIO, StringIO
from typing import Any, cast

from launchwatch.basis.errors import InputError
from launchwatch.basis.instants import parse_instant
from launchwatch.facts import CraftKind, Provenance
from launchwatch.observe.aircraft import FEET_A_MINUTE_M_S, FOOT_M, KNOT_M_S, take_json
from launchwatch.observe.collecting import Refused
from launchwatch.observe.positions import Positions, Told, Traffic
from launchwatch.observe.ships import looks_like_nmea, take_nmea

TRAFFIC_BYTES = 1 << 30
"""A day of all the ships of an ocean is below this; more is to be cut to the hours about the fall."""

_MOST_COLUMNS = 200
_RAW_MODE_S = re.compile(rb"^\s*[*@%][0-9A-Fa-f]{14,40};", re.MULTILINE)


def decode_traffic(content: bytes, *, evidence: str, provenance: Provenance, as_of_s: float) -> Traffic:
    """Return the positions in a file's content, told by its first bytes; never raises on bad content."""
    positions = Positions(evidence, provenance, as_of_s)
    try:
        _take(content, positions)
    except Refused as refused:
        positions.note(None, refused)
    return positions.finish()


def _take(content: bytes, positions: Positions) -> None:
    if len(content) > TRAFFIC_BYTES:
        try_ = "cutting it to the hours about the fall"
        raise Refused("file", "file too large", len(content), f"at most {TRAFFIC_BYTES} bytes", try_)
    start = content[:65_536].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"PAR1"):
        _take_rows(_parquet(content), positions)
    elif start[:1] in (b"{", b"["):
        take_json(content.removeprefix(b"\xef\xbb\xbf"), positions)
    elif looks_like_nmea(start):
        take_nmea(content.splitlines(), positions)
    elif _RAW_MODE_S.search(start):
        try_ = "readsb or dump1090, whose aircraft.json is read"
        raise Refused("file", "raw Mode S frames are not read", start[:40], "decoded positions", try_)
    elif start:
        _take_rows(_csv(content), positions)
    else:
        raise Refused("file", "file is empty", allowed="positions of ships or aircraft")


@dataclass(frozen=True)
class _Dialect:
    """How one family of tables names its columns, all in lower case: field to column and factor."""

    needs: frozenset[str]
    kind: CraftKind | None
    source: str
    columns: Mapping[str, tuple[tuple[str, float], ...]]
    naive_utc: bool


def _dialect(
    kind: CraftKind | None, source: str, needs: str, /, *, naive_utc: bool = True, **columns: str
) -> _Dialect:
    named = {}
    for field, text in columns.items():
        pairs = (part.partition("*")[::2] for part in text.split("|"))
        named[field] = tuple((name, _UNITS[unit]) for name, unit in pairs)
    return _Dialect(frozenset(needs.split("|")), kind, source, named, naive_utc)


_UNITS = {"": 1.0, "kn": KNOT_M_S, "ft": FOOT_M, "fpm": FEET_A_MINUTE_M_S}
_DIALECTS = (
    _dialect(
        None, "table", "identity|time_utc|lat_deg|lon_deg", naive_utc=False, identity="identity", time="time_utc",
        lat="lat_deg", lon="lon_deg", height="height_m", course="course_deg", speed="speed_m_s",
        rate="vertical_rate_m_s", sigma="sigma_m", name="name", ground="on_ground", kind="kind", source="source",
    ),
    _dialect(
        "aircraft", "ADS-B", "icao24|lat|lon|velocity", identity="icao24", time="lastposupdate|time", lat="lat",
        lon="lon", height="geoaltitude", pressure="baroaltitude", course="heading", speed="velocity",
        rate="vertrate", name="callsign", ground="onground",
    ),
    _dialect(
        "aircraft", "ADS-B", "icao24|latitude|longitude|timestamp", identity="icao24", time="timestamp",
        lat="latitude", lon="longitude", height="geoaltitude*ft", pressure="altitude*ft", course="track",
        speed="groundspeed*kn", rate="vertical_rate*fpm", name="callsign", ground="onground",
    ),
    _dialect(
        "ship", "AIS", "mmsi|basedatetime|lat|lon", identity="mmsi", time="basedatetime", lat="lat", lon="lon",
        course="cog", speed="sog*kn", name="vesselname",
    ),
    _dialect(
        "ship", "AIS", "mmsi|base_date_time|latitude|longitude", identity="mmsi", time="base_date_time",
        lat="latitude", lon="longitude", course="cog", speed="sog*kn", name="vessel_name",
    ),
    _dialect(
        "ship", "AIS", "mmsi|# timestamp|latitude|longitude", identity="mmsi", time="# timestamp", lat="latitude",
        lon="longitude", course="cog", speed="sog*kn", name="name",
    ),
)  # fmt: skip


def _find(names: list[str]) -> _Dialect:
    have = set(names)
    found = next((one for one in _DIALECTS if one.needs <= have), None)
    if found is None:
        known = "; ".join(", ".join(sorted(one.needs)) for one in _DIALECTS)
        raise Refused("table", "no table of ships or aircraft: unknown columns", names[:8], known)
    return found


def _take_rows(rows: Iterator[tuple[int, dict[str, Any]]], positions: Positions) -> None:
    """Take the rows of a table, each with its number and values by column in lower case."""
    dialect: _Dialect | None = None
    for number, row in rows:
        if dialect is None:
            dialect = _find(list(row))
        try:
            positions.take(number, _told(row, dialect))
        except Refused as refused:
            positions.note(number, refused)


def _told(row: dict[str, Any], dialect: _Dialect) -> Told:
    def number(field: str) -> float | None:
        for column, factor in dialect.columns.get(field, ()):
            value = _as_number(row.get(column), column)
            if value is not None:
                return value * factor
        return None

    def text(field: str) -> str | None:
        found = (row.get(column) for column, _ in dialect.columns.get(field, ()))
        value = next((one for one in found if one is not None), None)
        return None if value is None else str(value).strip() or None

    kind = dialect.kind or (text("kind") or "").lower()
    if kind not in ("aircraft", "ship"):
        raise Refused("row", "kind of craft not told", row.get("kind"), "aircraft or ship")
    identity = text("identity")
    if identity is None:
        raise Refused(kind, "no identity")
    lat, lon, time = number("lat"), number("lon"), _time(row, dialect)
    if lat is None or lon is None or time is None:
        raise Refused(f"{kind} {identity[:20]}", "no position or no time", (lat, lon, time))
    height, course, speed = number("height"), number("course"), number("speed")
    if dialect.source == "AIS":
        course = None if course is not None and course >= 360 else course
        speed = None if speed is not None and speed / KNOT_M_S > 102.25 else speed
    return Told(
        cast("CraftKind", kind),
        identity,
        time,
        lat,
        lon,
        source=text("source") or dialect.source,
        name=text("name"),
        sigma_m=number("sigma"),
        height_m=height if height is not None else number("pressure"),
        barometric=height is None,
        on_ground=(text("ground") or "").lower() in ("true", "1", "t", "yes"),
        course_deg=course,
        speed_m_s=speed,
        vertical_rate_m_s=number("rate"),
    )


def _as_number(value: object, column: str) -> float | None:
    """Return a cell as a number, None for an empty one; raises Refused for what is none."""
    if value is None or value == "":
        return None
    try:
        found = float(cast("Any", value))
    except (TypeError, ValueError, OverflowError):
        raise Refused("row", f"{column} is no number", value) from None
    return None if math.isnan(found) else found


def _time(row: dict[str, Any], dialect: _Dialect) -> float | None:
    for column, _ in dialect.columns["time"]:
        value = row.get(column)
        if value is None or value == "":
            continue
        if isinstance(value, datetime):
            aware = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
            return aware.timestamp()
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        return _clock(str(value).strip(), naive_utc=dialect.naive_utc)
    return None


_DAY_FIRST = re.compile(r"(\d{2})/(\d{2})/(\d{4})[ T](\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?)", re.ASCII)


def _clock(text: str, *, naive_utc: bool) -> float:
    try:
        return float(text)
    except ValueError:
        pass
    found = _DAY_FIRST.fullmatch(text)
    if found is not None:
        text = f"{found[3]}-{found[2]}-{found[1]}T{found[4]}"
    try:
        if naive_utc and datetime.fromisoformat(text).tzinfo is None:
            text += "Z" if len(text) > len(date.min.isoformat()) else "T00:00:00Z"
    except ValueError:
        pass
    try:
        return parse_instant(text)
    except InputError as error:
        raise Refused("row", error.message, error.given, error.allowed or None, error.try_ or None) from None


def _csv(content: bytes) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused("file", "no table: not a text in UTF-8", content[:40]) from None
    head = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    rows = csv.reader(StringIO(text.replace("\0", ""), newline=""), delimiter=delimiter)
    try:
        names = [name.strip().lower() for name in next(rows, [])]
        if not names or len(names) > _MOST_COLUMNS or len(set(names)) < len(names):
            raise Refused("table", "no table: no names of columns, too many, or two of one name", names[:8])
        _find(names)
        for cells in rows:
            if cells and any(cell.strip() for cell in cells):
                yield rows.line_num, dict(zip(names, cells, strict=False))
    except csv.Error as error:
        raise Refused("table", f"table cannot be read on: {error}") from None


def _parquet(content: bytes) -> Iterator[tuple[int, dict[str, Any]]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    failures = (pa.ArrowException, OSError, ValueError, TypeError, OverflowError, NotImplementedError)
    number = 0
    try:
        table = pq.ParquetFile(BytesIO(content))
        names = [name.lower() for name in table.schema_arrow.names]
        if len(names) > _MOST_COLUMNS or len(set(names)) < len(names):
            raise Refused("table", "no table: too many columns, or two of one name", names[:8])
        dialect = _find(names)
        wanted = {name for pairs in dialect.columns.values() for name, _ in pairs} | {"kind"}
        kept = [name for name in table.schema_arrow.names if name.lower() in wanted]
        for batch in table.iter_batches(65_536, columns=kept):
            columns = [(name.lower(), _plain(column)) for name, column in zip(kept, batch.columns, strict=True)]
            for values in zip(*(column for _, column in columns), strict=True):
                number += 1
                yield number, {name: value for (name, _), value in zip(columns, values, strict=True)}
    except failures as error:
        reason = f"Parquet table cannot be read on: {type(error).__name__} {error}"[:300]
        raise Refused("table", reason, allowed="a Parquet file of ships or aircraft") from None


def _plain(column: Any) -> list[Any]:
    """Return a column's values; instants as Unix seconds, which no calendar of Python's bounds."""
    import pyarrow as pa

    if pa.types.is_timestamp(column.type):
        micro = column.cast(pa.timestamp("us", column.type.tz), safe=False).cast(pa.int64()).to_pylist()
        return [None if at is None else at / 1e6 for at in micro]
    found: list[Any] = column.to_pylist()
    return found
