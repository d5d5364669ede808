"""Where an object might fall as known at each instant: ellipses and debris corridors with their time, for maps."""

from collections.abc import Sequence
from typing import Any

import msgspec
from lxml import etree
from lxml.etree import _Element as Element

from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.facts import TimedArea
from launchwatch.facts.overflight import Ring
from launchwatch.tell.wording import shown

_KML = "http://www.opengis.net/kml/2.2"
_CORRIDOR, _FALL = (213, 94, 0), (230, 159, 0)  # Okabe and Ito's vermilion and orange
_STAYS_S = 600.0  # how long the last area is shown after the debris is down


def area_features(areas: Sequence[TimedArea]) -> list[dict[str, Any]]:
    """Return two GeoJSON features for each instant, the corridor and the fall, with the times that they hold."""
    features = []
    for area in areas:
        for name, rings in (("debris corridor", area.corridor), ("fall area, 95 %", area.fall)):
            features.append(
                {
                    "type": "Feature",
                    "properties": {
                        "name": name,
                        "track": area.track,
                        "time_utc": area.time_utc,
                        "until_utc": _until(area),
                        "falls_utc": area.falls_utc,
                        "debris_until_utc": area.debris_until_utc,
                        "assumes": area.assumes,
                        "probability": area.probability,
                    },
                    "geometry": {"type": "MultiPolygon", "coordinates": [[ring] for ring in rings]},
                }
            )
    return features


def _until(area: TimedArea) -> str:
    return area.until_utc or area.debris_until_utc


def areas_geojson(areas: Sequence[TimedArea]) -> bytes:
    """Return the areas as a FeatureCollection (RFC 7946)."""
    document = {"type": "FeatureCollection", "features": area_features(areas)}
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def add_area_placemarks(document: Element, areas: Sequence[TimedArea]) -> None:
    """Add the areas to a KML document, each with the span of time in which it holds."""
    for area in areas:
        for name, rings, colour in (
            ("debris corridor", area.corridor, _CORRIDOR),
            ("fall area, 95 %", area.fall, _FALL),
        ):
            _add_placemark(document, area, name, rings, colour)


def _add_placemark(
    document: Element, area: TimedArea, name: str, rings: Sequence[Ring], colour: tuple[int, int, int]
) -> None:
    mark = etree.SubElement(document, "Placemark")
    _text(mark, "name", f"{name}, as of {area.time_utc}")
    _text(mark, "description", f"if {area.assumes} ({area.probability:.2f}) it falls at {area.falls_utc}")
    span = etree.SubElement(mark, "TimeSpan")
    _text(span, "begin", area.time_utc)
    _text(span, "end", _until(area))
    style = etree.SubElement(mark, "Style")
    red, green, blue = colour
    for kind, alpha in (("LineStyle", "ff"), ("PolyStyle", "40")):
        _text(etree.SubElement(style, kind), "color", f"{alpha}{blue:02x}{green:02x}{red:02x}")
    many = etree.SubElement(mark, "MultiGeometry")
    for ring in rings:
        outer = etree.SubElement(etree.SubElement(many, "Polygon"), "outerBoundaryIs")
        line = etree.SubElement(outer, "LinearRing")
        _text(line, "coordinates", " ".join(f"{x},{y},0" for x, y in ring))


def _text(parent: Element, tag: str, text: str) -> None:
    etree.SubElement(parent, tag).text = shown(text)


def areas_kml(areas: Sequence[TimedArea]) -> bytes:
    """Return the areas as a KML 2.2 document."""
    root = etree.Element("kml", nsmap={None: _KML})
    document = etree.SubElement(root, "Document")
    _text(document, "name", "fall areas and debris corridors")
    add_area_placemarks(document, areas)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def area_packets(areas: Sequence[TimedArea]) -> list[dict[str, Any]]:
    """Return CZML packets, each available while its area holds."""
    packets = []
    for number, area in enumerate(areas):
        for name, rings, colour in (("corridor", area.corridor, _CORRIDOR), ("fall", area.fall, _FALL)):
            for part, ring in enumerate(rings):
                packets.append(
                    {
                        "id": f"{name}-as-of-{number}-{part}",
                        "name": f"{name}, as of {area.time_utc}",
                        "availability": f"{area.time_utc}/{_until(area)}",
                        "polygon": {
                            "positions": {"cartographicDegrees": [v for x, y in ring[:-1] for v in (x, y, 0)]},
                            "material": {"solidColor": {"color": {"rgba": [*colour, 70]}}},
                            "height": 0,
                        },
                    }
                )
    return packets


def areas_czml(areas: Sequence[TimedArea]) -> bytes:
    """Return the areas as CZML 1.0."""
    document: dict[str, Any] = {"id": "document", "name": "fall areas and debris corridors", "version": "1.0"}
    if areas:
        first = min(area.time_utc for area in areas)
        last = format_instant(max(parse_instant(area.debris_until_utc) for area in areas) + _STAYS_S)
        document["clock"] = {"interval": f"{first}/{last}", "currentTime": first, "multiplier": 10}
    return msgspec.json.format(msgspec.json.encode([document, *area_packets(areas)]), indent=1) + b"\n"


WRITERS = {".geojson": areas_geojson, ".json": areas_geojson, ".kml": areas_kml, ".czml": areas_czml}
"""How areas are written, by a file's suffix."""
