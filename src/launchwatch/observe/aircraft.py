"""Aircraft from JSON: readsb's and tar1090's `aircraft.json` and traces, and OpenSky's state vectors.

    aircraft.json   now (Unix s), aircraft[]: hex, flight, type (adsb_icao, mlat, tisb_...), lat, lon (degrees),
                    seen_pos (s before now), alt_geom, alt_baro (ft, or "ground"), gs (knots), track (degrees),
                    geom_rate, baro_rate (ft/min), nac_p; lastPosition{lat, lon, seen_pos} where it is old
    trace           icao, timestamp (Unix s), trace[]: s after it, lat, lon, alt (ft or "ground"), gs, track, ...
    OpenSky         time, states[]: icao24, callsign, -, time_position, last_contact, lon, lat, baro_altitude (m),
                    on_ground, velocity (m/s), true_track, vertical_rate (m/s), -, geo_altitude (m), ...

readsb's README-json.md and OpenSky's REST documentation name these fields. Positions are decoded by those
programs; raw Mode S frames are not read here (docs/decisions/024-ships-and-aircraft.md).
"""

import math
from collections.abc import Iterator
from typing import Any

import msgspec

from launchwatch.basis.constants import KM_PER_FOOT, KM_PER_NAUTICAL_MILE
from launchwatch.observe.collecting import Refused
from launchwatch.observe.positions import Positions, Told

KNOT_M_S = KM_PER_NAUTICAL_MILE / 3.6
FOOT_M = KM_PER_FOOT * 1000
FEET_A_MINUTE_M_S = FOOT_M / 60

_SIGMAS_OF_95 = 2.4477
EPU_M = {
    11: 3.0,
    10: 10.0,
    9: 30.0,
    8: 92.6,
    7: 185.2,
    6: 555.6,
    5: 926.0,
    4: 1852.0,
    3: 3704.0,
    2: 7408.0,
    1: 18520.0,
}
"""Radius of 95 % by NACp (RTCA DO-260B table 2-14; as in pyModeS 3.6.1), m."""

_MLAT_SIGMA_M = 300.0  # multilateration at cruise heights by receivers tens of km apart


def take_json(content: bytes, positions: Positions) -> None:
    """Take the aircraft of one JSON document, or of one a line."""
    try:
        documents = [(None, msgspec.json.decode(content))]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        lines = [line for line in content.splitlines() if line.strip()]
        if len(lines) < 2:
            raise Refused("file", f"no JSON: {error}", content[:60]) from None
        _take_lines(content, positions)
        return
    for number, document in documents:
        _take_document(document, number, positions)


def _take_lines(content: bytes, positions: Positions) -> None:
    for number, line in enumerate(content.splitlines(), start=1):
        if line.strip():
            try:
                _take_document(msgspec.json.decode(line), number, positions)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                positions.note(number, Refused("line", f"no JSON object: {error}", line[:60]))
            except Refused as refused:
                positions.note(number, refused)


def _take_document(document: object, number: int | None, positions: Positions) -> None:
    if not isinstance(document, dict):
        raise Refused("file", "no aircraft: not a JSON object", document, _FORMS)
    if isinstance(document.get("aircraft"), list):
        now = _number(document, "now")
        if now is None:
            raise Refused("file", "aircraft.json without its time `now`", sorted(document)[:5], "Unix seconds")
        told = _readsb(document["aircraft"], now)
    elif isinstance(document.get("states"), list):
        told = _opensky(document["states"])
    elif isinstance(document.get("trace"), list):
        told = _trace(document)
    elif document.get("states", 0) is None:
        return
    else:
        raise Refused("file", "no aircraft: unknown kind of JSON", sorted(map(str, document))[:5], _FORMS)
    without = 0
    for at, one in enumerate(told, start=1):
        if one is None:
            without += 1
        elif isinstance(one, Refused):
            positions.note(number or at, one)
        else:
            positions.take(number or at, one)
    if without:
        reason = f"no position: {without} aircraft were heard and sent none"
        positions.note(number, Refused("aircraft", reason, count=without))


_FORMS = "aircraft.json or a trace of readsb and tar1090, or state vectors of OpenSky"


def _number(row: dict[str, Any], name: str) -> float | None:
    value = row.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _readsb(rows: list[Any], now: float) -> Iterator[Told | Refused | None]:
    """Yield each aircraft's position; None for one that sent none."""
    for row in rows:
        if not isinstance(row, dict) or not isinstance(row.get("hex"), str):
            yield Refused("aircraft", "no aircraft: not an object with `hex`", row)
            continue
        place = row
        if "lat" not in row and isinstance(row.get("lastPosition"), dict):
            place = row["lastPosition"]
        if "lat" not in place and "lon" not in place:
            yield None
            continue
        lat, lon, seen = _number(place, "lat"), _number(place, "lon"), _number(place, "seen_pos")
        if lat is None or lon is None or seen is None:
            what = f"aircraft {row['hex'][:8]}"
            given = [place.get(name) for name in ("lat", "lon", "seen_pos")]
            yield Refused(what, "lat, lon or seen_pos is missing or no number", given)
            continue
        kind = _text(row.get("type")) or "adsb"
        geometric, pressure = _number(row, "alt_geom"), _number(row, "alt_baro")
        height = geometric if geometric is not None else pressure
        rate = next((r for r in (_number(row, "geom_rate"), _number(row, "baro_rate")) if r is not None), None)
        gs = _number(row, "gs")
        yield Told(
            "aircraft",
            row["hex"],
            now - seen,
            lat,
            lon,
            source=_source(kind),
            name=_text(row.get("flight")) or _text(row.get("r")),
            sigma_m=_MLAT_SIGMA_M if kind.startswith("mlat") else _sigma(_number(place, "nac_p"), row),
            height_m=None if height is None else height * FOOT_M,
            barometric=geometric is None,
            on_ground=row.get("alt_baro") == "ground",
            course_deg=_number(row, "track"),
            speed_m_s=None if gs is None else gs * KNOT_M_S,
            vertical_rate_m_s=None if rate is None else rate * FEET_A_MINUTE_M_S,
        )


def _source(kind: str) -> str:
    if kind.startswith("adsb"):
        return "ADS-B"
    return {"mlat": "MLAT", "tisb": "TIS-B", "adsr": "ADS-R"}.get(kind[:4], "Mode S")


def _sigma(nac: float | None, row: dict[str, Any]) -> float | None:
    level = nac if nac is not None else _number(row, "nac_p")
    radius = None if level is None else EPU_M.get(int(level))
    return None if radius is None else radius / _SIGMAS_OF_95


def _opensky(rows: list[Any]) -> Iterator[Told | Refused | None]:
    for row in rows:
        if not isinstance(row, list) or len(row) < 14 or not isinstance(row[0], str):
            yield Refused("aircraft", "no state vector: a list of 17 values was expected", row)
            continue
        named = dict(zip(_OPENSKY, row, strict=False))
        lat, lon, time = (_number(named, name) for name in ("lat", "lon", "time"))
        if lat is None or lon is None or time is None:
            yield None
            continue
        geometric, pressure = _number(named, "geometric"), _number(named, "pressure")
        yield Told(
            "aircraft",
            row[0],
            time,
            lat,
            lon,
            source={0.0: "ADS-B", 2.0: "MLAT"}.get(_number(named, "from") or 0.0, "surveillance"),
            name=_text(named["name"]),
            height_m=geometric if geometric is not None else pressure,
            barometric=geometric is None,
            on_ground=named["ground"] is True,
            course_deg=_number(named, "course"),
            speed_m_s=_number(named, "speed"),
            vertical_rate_m_s=_number(named, "rate"),
        )


_OPENSKY = (
    "hex", "name", "country", "time", "contact", "lon", "lat", "pressure", "ground", "speed", "course", "rate",
    "sensors", "geometric", "squawk", "spi", "from",
)  # fmt: skip


def _trace(document: dict[str, Any]) -> Iterator[Told | Refused | None]:
    start, icao = _number(document, "timestamp"), document.get("icao")
    if start is None or not isinstance(icao, str):
        raise Refused("file", "trace without `icao` or `timestamp`", sorted(document)[:5])
    name = _text(document.get("r"))
    for row in document["trace"]:
        if not isinstance(row, list) or len(row) < 6:
            yield Refused(f"aircraft {icao[:8]}", "no row of a trace", row)
            continue
        named = dict(zip(("after", "lat", "lon", "height", "gs", "track", "flags", "rate"), row, strict=False))
        after, lat, lon, height, gs, rate = (
            _number(named, name) for name in ("after", "lat", "lon", "height", "gs", "rate")
        )
        if after is None or lat is None or lon is None:
            yield None
            continue
        yield Told(
            "aircraft",
            icao,
            start + after,
            lat,
            lon,
            source="ADS-B",
            name=name,
            height_m=None if height is None else height * FOOT_M,
            barometric=True,
            on_ground=row[3] == "ground",
            course_deg=_number(named, "track"),
            speed_m_s=None if gs is None else gs * KNOT_M_S,
            vertical_rate_m_s=None if rate is None else rate * FEET_A_MINUTE_M_S,
        )
