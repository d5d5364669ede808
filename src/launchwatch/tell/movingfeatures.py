"""Tracks for maps: OGC Moving Features JSON 1.0 (19-045r3, MF-JSON Prism) and GeoJSON (RFC 7946).

Longitude, latitude, ellipsoidal height in metres (OGC:CRS84h). A track that crosses the antimeridian is cut there,
in MF-JSON between two states as a `MovingGeometryCollection`, so that no line runs once round the earth.
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from launchwatch.facts import Standing, Track, TrackUpdate
from launchwatch.tell.cot import tracks_cot
from launchwatch.tell.geodetic import Geodetic, geodetic

_CRS = {"type": "Name", "properties": {"name": "urn:ogc:def:crs:OGC::CRS84h"}}
_TRS = {
    "type": "Link",
    "properties": {"type": "ogcdef", "href": "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"},
}
_State = tuple[TrackUpdate, Geodetic]


def tracks_mfjson(tracks: Sequence[Track], status: Standing) -> bytes:
    """Return the tracks as a FeatureCollection of moving points with speed and height error over time."""
    features = [_moving(track, status) for track in tracks if track.updates]
    document = {"type": "FeatureCollection", "crs": _CRS, "trs": _TRS, "features": features}
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def tracks_geojson(tracks: Sequence[Track], status: Standing) -> bytes:
    """Return the tracks as a FeatureCollection of lines, each with the times of its states."""
    document = {
        "type": "FeatureCollection",
        "features": [_line(track, status) for track in tracks if track.updates],
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def _states(track: Track) -> list[_State]:
    return [(update, geodetic(update)) for update in track.updates]


def _pieces(states: list[_State]) -> list[list[_State]]:
    """Return a track's states cut where it crosses the antimeridian."""
    pieces = [[states[0]]]
    for state in states[1:]:
        if abs(state[1].lon_deg - pieces[-1][-1][1].lon_deg) > 180.0:
            pieces.append([])
        pieces[-1].append(state)
    return pieces


def _point(at: Geodetic) -> list[float]:
    return [round(at.lon_deg, 8), round(at.lat_deg, 8), round(at.height_m, 2)]


def _moving(track: Track, status: Standing) -> dict[str, Any]:
    states = _states(track)
    pieces = [_prism(piece) for piece in _pieces(states)]
    geometry = pieces[0] if len(pieces) == 1 else {"type": "MovingGeometryCollection", "prisms": pieces}
    times = [update.time_utc for update, _ in states]
    return {
        "type": "Feature",
        "id": track.id,
        "properties": _about(track, status),
        "temporalGeometry": geometry,
        "temporalProperties": [
            {
                "datetimes": times,
                "speed": _values("MTS", [round(at.speed_m_s, 3) for _, at in states]),
                "existence": _values("C62", [update.existence for update, _ in states]),
                **_errors(states),
            }
        ],
    }


def _errors(states: list[_State]) -> dict[str, Any]:
    if any(at.vertical_m is None for _, at in states):
        return {}
    return {
        "horizontal_sigma": _values("MTR", [round(at.horizontal_m or 0.0, 1) for _, at in states]),
        "height_sigma": _values("MTR", [round(at.vertical_m or 0.0, 1) for _, at in states]),
    }


def _values(unit: str, values: list[float]) -> dict[str, Any]:
    """Return a measure over time; units are common codes of UN/CEFACT Recommendation 20, as 19-045r3 has them."""
    return {"type": "Measure", "form": unit, "values": values, "interpolation": "Linear"}


def _prism(piece: list[_State]) -> dict[str, Any]:
    return {
        "type": "MovingPoint",
        "datetimes": [update.time_utc for update, _ in piece],
        "coordinates": [_point(at) for _, at in piece],
        "interpolation": "Linear" if len(piece) > 1 else "Discrete",
    }


def _about(track: Track, status: Standing) -> dict[str, Any]:
    verdict = track.updates[-1].verdict
    return {"status": status, "class": track.class_, "verdict": None if verdict is None else verdict.says}


def _line(track: Track, status: Standing) -> dict[str, Any]:
    states = _states(track)
    pieces = [[_point(at) for _, at in piece] for piece in _pieces(states)]
    about = {**_about(track, status), "times_utc": [update.time_utc for update, _ in states]}
    return {"type": "Feature", "id": track.id, "properties": about, "geometry": _geometry(pieces)}


def _geometry(pieces: list[list[list[float]]]) -> dict[str, Any]:
    """Return a line, lines, or points where a piece is one state alone."""
    if any(len(piece) == 1 for piece in pieces):
        return {"type": "MultiPoint", "coordinates": [point for piece in pieces for point in piece]}
    if len(pieces) == 1:
        return {"type": "LineString", "coordinates": pieces[0]}
    return {"type": "MultiLineString", "coordinates": pieces}


WRITERS: dict[str, Callable[[Sequence[Track], Standing], bytes]] = {
    ".mfjson": tracks_mfjson, ".geojson": tracks_geojson, ".json": tracks_geojson, ".cot": tracks_cot,
}  # fmt: skip
"""How tracks are written, by a file's suffix."""
