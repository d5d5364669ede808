"""The event as GeoJSON (RFC 7946): path, launch, fall areas and zones, WGS84, heights in metres."""

from typing import Any

import msgspec

from launchwatch.facts import Event, PointEstimate
from launchwatch.geo.airspace import load_firs
from launchwatch.geo.rings import split_rings
from launchwatch.geo.zones import Zones
from launchwatch.tell.fallareas import area_features
from launchwatch.tell.shapes import drawn_paths, ellipse_rings, event_bounds, fall_areas, zone_lines


def to_geojson(event: Event, zones: Zones) -> bytes:
    """Return the event's FeatureCollection; exterior rings run counter-clockwise (section 3.1.6)."""
    document = {
        "type": "FeatureCollection",
        "event": {"id": event.id, "version": event.version, "status": event.status, "as_of_utc": event.as_of_utc},
        "features": [
            *_paths(event),
            *_flights(event),
            *_zones(event, zones),
            *_overflights(event),
            *_airspace(event),
            *area_features(event.areas),
        ],
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


def _overflights(event: Event) -> list[dict[str, Any]]:
    """Return the stretch of the drawn path over each territory, with its times, heights and probability."""
    drawn = drawn_paths(event)
    features = []
    for one in event.overflights:
        if not drawn:
            break
        path = drawn[min(one.item, len(drawn)) - 1]
        over = [p for p in path.points if one.from_s.p05 <= p.time_s <= one.until_s.p95]
        if len(over) > 1:
            features.append(
                _feature(
                    "LineString",
                    [[p.lon_deg, p.lat_deg, round(p.height_km * 1e3, 1)] for p in over],
                    name=f"overflight: {' / '.join(one.names) or one.area}",
                    kind=one.kind,
                    times_s=[p.time_s for p in over],
                    from_utc=one.from_utc,
                    until_utc=one.until_utc,
                    probability=one.probability,
                    wording=one.wording,
                )
            )
    return features


def _airspace(event: Event) -> list[dict[str, Any]]:
    """Return the flight information regions touched, thinned to about a kilometre."""
    import shapely

    firs = load_firs()
    features = []
    for id_ in dict.fromkeys(one.id for one in event.airspace if one.kind == "FIR"):
        shape = shapely.simplify(firs.geometry(id_), 0.01)
        rings = [
            ring
            for part in shapely.get_parts(shape)
            for ring in split_rings(*shapely.get_coordinates(shapely.get_exterior_ring(part))[:-1].T)
        ]
        about = [one for one in event.airspace if one.id == id_ and one.kind == "FIR"]
        features.append(
            _feature(
                "MultiPolygon",
                [[ring] for ring in rings],
                name=firs[id_].called,
                kind="flight information region",
                basis=about[0].basis,
                touched=[one.wording for one in about],
            )
        )
    return features
