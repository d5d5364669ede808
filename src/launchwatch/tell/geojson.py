"""The event as GeoJSON (RFC 7946): path, launch, fall areas and zones, WGS84, heights in metres."""

from typing import Any

import msgspec

from launchwatch.facts import Event, PointEstimate
from launchwatch.geo.zones import Zones
from launchwatch.tell.shapes import drawn_paths, ellipse_rings, event_bounds, fall_areas, zone_lines


def to_geojson(event: Event, zones: Zones) -> bytes:
    """Return the event's FeatureCollection; exterior rings run counter-clockwise (section 3.1.6)."""
    document = {
        "type": "FeatureCollection",
        "event": {"id": event.id, "version": event.version, "status": event.status, "as_of_utc": event.as_of_utc},
        "features": [*_paths(event), *_flights(event), *_zones(event, zones)],
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def _feature(form: str, coordinates: Any, **properties: Any) -> dict[str, Any]:  # noqa: ANN401 - GeoJSON nests freely
    return {"type": "Feature", "properties": properties, "geometry": {"type": form, "coordinates": coordinates}}


def _paths(event: Event) -> list[dict[str, Any]]:
    return [
        _feature(
            "LineString",
            [[p.lon_deg, p.lat_deg, round(p.height_km * 1e3, 1)] for p in path.points],
            name=f"path ({path.kind}, from {path.basis})",
            times_s=[p.time_s for p in path.points],
        )
        for path in drawn_paths(event)
        if len(path.points) > 1
    ]


def _flights(event: Event) -> list[dict[str, Any]]:
    features = []
    for flight in event.objects:
        launch = flight.launch
        features.append(_feature("Point", [launch.lon_deg, launch.lat_deg], name="launch", item=flight.item))
        features.append(_area(launch, name="launch, 95 % ellipse", item=flight.item))
        for area in fall_areas(flight):
            where = [area.point.lon_deg, area.point.lat_deg]
            about = {"item": flight.item, "share_of_estimate": area.share}
            features.append(_feature("Point", where, name=area.name.split(",")[0], **about))
            features.append(_area(area.point, name=area.name, **about))
    return features


def _area(point: PointEstimate, **properties: Any) -> dict[str, Any]:  # noqa: ANN401 - see _feature
    rings = ellipse_rings(point)
    if len(rings) == 1:
        return _feature("Polygon", rings, **properties)
    return _feature("MultiPolygon", [[ring] for ring in rings], **properties)


def _zones(event: Event, zones: Zones) -> list[dict[str, Any]]:
    bounds = event_bounds(event)
    if bounds is None:
        return []
    return [
        _feature(
            "MultiLineString",
            lines,
            name=" / ".join(assessed.names),
            zone=assessed.zone,
            kind=assessed.kind,
            basis=assessed.basis,
            status=assessed.status,
            probability=assessed.probability,
            note="computed, not legal",
        )
        for assessed in event.zones
        if (lines := [line for line in zone_lines(zones, assessed, bounds) if len(line) > 1])
    ]
