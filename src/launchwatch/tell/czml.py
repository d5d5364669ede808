"""The event as CZML for CesiumJS: the path in time, fall areas and zones (CZML 1.0)."""

from typing import Any

import msgspec

from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.facts import Event, Path
from launchwatch.geo.zones import Zones
from launchwatch.tell.fallareas import area_packets
from launchwatch.tell.shapes import Ring, drawn_paths, ellipse_ring, event_bounds, fall_areas, zone_lines

_PATH, _AREA, _ZONE = [86, 180, 233, 255], [230, 159, 0, 255], [204, 121, 167, 255]  # Okabe and Ito


def to_czml(event: Event, zones: Zones) -> bytes:
    """Return the event as a list of CZML packets; a path without a known launch time starts at `as_of_utc`."""
    start = _start(event)
    packets: list[dict[str, Any]] = [_document(event, start)]
    packets += [_path(i, path, start) for i, path in enumerate(drawn_paths(event))]
    for flight in event.objects:
        for i, area in enumerate(fall_areas(flight)):
            packets.append(_polygon(f"fall-{flight.item}-{i}", area.name, ellipse_ring(area.point)))
    packets += _zones(event, zones)
    packets += area_packets(event.areas)
    return msgspec.json.format(msgspec.json.encode(packets), indent=1) + b"\n"


def _start(event: Event) -> float:
    times = [flight.launch.time_utc.median for flight in event.objects if flight.launch.time_utc]
    return parse_instant(min(times) if times else event.as_of_utc)


def _document(event: Event, start: float) -> dict[str, Any]:
    longest = max((p.points[-1].time_s for p in drawn_paths(event)), default=0.0)
    interval = f"{format_instant(start)}/{format_instant(start + max(longest, 1.0))}"
    clock = {"interval": interval, "currentTime": format_instant(start), "multiplier": 10}
    return {"id": "document", "name": f"{event.title} [{event.status.upper()}]", "version": "1.0", "clock": clock}


def _path(number: int, path: Path, start: float) -> dict[str, Any]:
    flat = [value for p in path.points for value in (p.time_s, p.lon_deg, p.lat_deg, round(p.height_km * 1e3, 1))]
    return {
        "id": f"path-{number}",
        "name": f"path ({path.kind}, from {path.basis})",
        "position": {"epoch": format_instant(start), "cartographicDegrees": flat},
        "path": {"material": _solid(_PATH), "width": 3, "resolution": 5},
        "point": {"pixelSize": 8, "color": {"rgba": _PATH}},
    }


def _solid(rgba: list[int]) -> dict[str, Any]:
    return {"solidColor": {"color": {"rgba": rgba}}}


def _polygon(id_: str, name: str, ring: Ring) -> dict[str, Any]:
    flat = [value for x, y in ring[:-1] for value in (x, y, 0)]
    return {
        "id": id_,
        "name": name,
        "polygon": {"positions": {"cartographicDegrees": flat}, "material": _solid([*_AREA[:3], 80]), "height": 0},
    }


def _zones(event: Event, zones: Zones) -> list[dict[str, Any]]:
    bounds = event_bounds(event)
    if bounds is None:
        return []
    packets = []
    for assessed in event.zones:
        for i, line in enumerate(zone_lines(zones, assessed, bounds)):
            if len(line) > 1:
                flat = [value for x, y in line for value in (x, y, 0)]
                look = {"positions": {"cartographicDegrees": flat}, "material": _solid(_ZONE), "width": 1}
                packets.append({"id": f"{assessed.zone}-{i}", "name": assessed.wording, "polyline": look})
    return packets
