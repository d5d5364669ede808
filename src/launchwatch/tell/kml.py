"""The event as KML 2.2 (OGC 07-147r2) for globe programs: path above ground, fall areas, zones."""

from lxml import etree
from lxml.etree import _Element as Element

from launchwatch.facts import Event
from launchwatch.geo.zones import Zones
from launchwatch.tell.fallareas import add_area_placemarks
from launchwatch.tell.shapes import Ring, drawn_paths, ellipse_rings, event_bounds, fall_areas, zone_lines
from launchwatch.tell.wording import shown

_NS = "http://www.opengis.net/kml/2.2"
# Colours are Okabe and Ito's, told apart by colour-blind readers; KML writes alpha, blue, green, red.
_STYLES = {"path": ("ffe9b456", 3), "area": ("ff009fe6", 2), "launch": ("ff739e00", 2), "zone": ("ffa779cc", 1)}


def to_kml(event: Event, zones: Zones) -> bytes:
    """Return the event as a KML document."""
    root = etree.Element("kml", nsmap={None: _NS})
    document = etree.SubElement(root, "Document")
    _text(document, "name", f"{event.title} [{event.status.upper()}]")
    for name, (colour, width) in _STYLES.items():
        style = etree.SubElement(document, "Style", id=name)
        line = etree.SubElement(style, "LineStyle")
        _text(line, "color", colour)
        _text(line, "width", str(width))
        fill = etree.SubElement(style, "PolyStyle")
        _text(fill, "color", f"40{colour[2:]}")
    _add_paths(document, event)
    _add_flights(document, event)
    _add_zones(document, event, zones)
    add_area_placemarks(document, event.areas)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _text(parent: Element, tag: str, text: str) -> Element:
    child = etree.SubElement(parent, tag)
    child.text = shown(text)
    return child


def _placemark(parent: Element, name: str, style: str, note: str = "") -> Element:
    mark = etree.SubElement(parent, "Placemark")
    _text(mark, "name", name)
    if note:
        _text(mark, "description", note)
    _text(mark, "styleUrl", f"#{style}")
    return mark


def _add_paths(document: Element, event: Event) -> None:
    for path in drawn_paths(event):
        line = etree.SubElement(
            _placemark(document, f"path ({path.kind}, from {path.basis})", "path"), "LineString"
        )
        _text(line, "extrude", "1")
        _text(line, "altitudeMode", "absolute")
        _text(
            line, "coordinates", " ".join(f"{p.lon_deg},{p.lat_deg},{p.height_km * 1e3:.0f}" for p in path.points)
        )


def _add_flights(document: Element, event: Event) -> None:
    for flight in event.objects:
        point = etree.SubElement(_placemark(document, "launch", "launch"), "Point")
        _text(point, "coordinates", f"{flight.launch.lon_deg},{flight.launch.lat_deg},0")
        for ring in ellipse_rings(flight.launch):
            _add_polygon(_placemark(document, "launch, 95 % ellipse", "launch"), ring)
        for area in fall_areas(flight):
            note = f"{area.share:.0%} of the estimate"
            for ring in ellipse_rings(area.point):
                _add_polygon(_placemark(document, area.name, "area", note), ring)


def _add_polygon(mark: Element, ring: Ring) -> None:
    boundary = etree.SubElement(etree.SubElement(mark, "Polygon"), "outerBoundaryIs")
    _text(etree.SubElement(boundary, "LinearRing"), "coordinates", " ".join(f"{x},{y},0" for x, y in ring))


def _add_zones(document: Element, event: Event, zones: Zones) -> None:
    bounds = event_bounds(event)
    if bounds is None:
        return
    for assessed in event.zones:
        lines = [line for line in zone_lines(zones, assessed, bounds) if len(line) > 1]
        if not lines:
            continue
        name = f"{' / '.join(assessed.names)}: {assessed.kind.replace('_', ' ')}"
        note = f"{assessed.wording}. {assessed.basis}; {assessed.status}."
        many = etree.SubElement(_placemark(document, name, "zone", note), "MultiGeometry")
        for line in lines:
            string = etree.SubElement(many, "LineString")
            _text(string, "tessellate", "1")
            _text(string, "coordinates", " ".join(f"{x},{y},0" for x, y in line))
