"""Rules of the areas of a CAP message: polygons, circles, heights and districts' codes. Degrees, WGS84."""

import math
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from lxml.etree import _Element as Element

from launchwatch.tell.cap import NAMESPACE
from launchwatch.tell.districts import GEOCODE, boxes_of, is_known

MOST_CORNERS = 1_000
MOST_POLYGONS = 100
MOST_DECIMALS = 5  # a metre
LARGEST_KM2 = 6_000_000.0
"""Japan and Korea with the seas between take 4,000,000 km2; more than half as much again is no alert's area."""

SMALLEST_KM2 = 0.1
LARGEST_RADIUS_KM = 1_500.0
APART_DEG = 1.0
"""A polygon may pass a district at so much: shapes are drawn without small islands and territorial waters."""

NEIGHBOUR_DEG = 4.0
"""A district may lie so far from the polygon: neighbours of those in it are told as well (`assess.reach`), and the
largest of them is 4 degrees across. Swapped coordinates are off by tens of degrees."""

_NUMBER = re.compile(r"-?[0-9]{1,3}(?:\.[0-9]+)?")

Point = tuple[float, float]


def _all(node: Element, name: str) -> list[str]:
    return [child.text or "" for child in node.findall(f"{{{NAMESPACE}}}{name}")]


def check_area(area: Element) -> Iterator[str]:
    """Yield what is wrong with one area."""
    if not any(text.strip() for text in _all(area, "areaDesc")):
        yield "areaDesc is empty"
    polygons, circles = _all(area, "polygon"), _all(area, "circle")
    if not polygons:
        yield "no polygon: an area without one is widened by others"
    if len(polygons) > MOST_POLYGONS:
        yield f"more than {MOST_POLYGONS} polygons"
        return
    if len(set(polygons)) < len(polygons):
        yield "a polygon twice"
    rings: list[list[Point]] = []
    for text in polygons:
        problems, ring = _read_polygon(text)
        yield from problems
        rings += [ring] if not problems else []
    for text in circles:
        yield from _check_circle(text)
    if sum(map(_area_km2, rings)) > LARGEST_KM2:
        yield f"the area is larger than {LARGEST_KM2:.0f} km2"
    yield from _check_heights(area)
    yield from _check_codes(area, rings)


def _read_polygon(text: str) -> tuple[list[str], list[Point]]:
    """Return what is wrong with a polygon, and its points (lat, lon) where nothing is."""
    pairs = [pair.split(",") for pair in text.split()]
    if any(len(pair) != 2 or not all(_NUMBER.fullmatch(number) for number in pair) for pair in pairs):
        return ["a polygon is not of latitude,longitude pairs"], []
    if any(len(number.partition(".")[2]) > MOST_DECIMALS for pair in pairs for number in pair):
        return [f"a polygon has more than {MOST_DECIMALS} decimals"], []
    points = [(float(lat), float(lon)) for lat, lon in pairs]
    if any(not (-90 <= lat <= 90 and -180 <= lon <= 180) for lat, lon in points):
        return ["a polygon leaves the earth"], []
    if len(points) < 4 or points[0] != points[-1]:
        return ["a polygon is not closed or has fewer than four points"], []
    if len(points) > MOST_CORNERS:
        return [f"a polygon has more than {MOST_CORNERS} points"], []
    return _check_ring(points), points


def _check_ring(points: list[Point]) -> list[str]:
    import shapely

    if any(a == b for a, b in pairwise(points)):
        return ["a polygon has a point twice in a row"]
    if max(abs(a[1] - b[1]) for a, b in pairwise(points)) > 90:
        return ["a polygon's side spans a quarter of the earth or the antimeridian"]
    polygon = shapely.Polygon([(lon, lat) for lat, lon in points])
    if not polygon.is_valid:
        return ["a polygon crosses itself"]
    if not polygon.exterior.is_ccw:
        return ["a polygon does not run counter-clockwise"]
    return ["a polygon is smaller than 0.1 km2"] if _area_km2(points) < SMALLEST_KM2 else []


def _area_km2(points: Sequence[Point]) -> float:
    """Return the area of a ring, km2, on the sphere with straight edges in longitude and sine of latitude."""
    twice = sum(
        math.radians(b[1] - a[1]) * (math.sin(math.radians(a[0])) + math.sin(math.radians(b[0])))
        for a, b in pairwise(points)
    )
    return abs(twice) / 2 * 6371.0**2


def _check_circle(text: str) -> Iterator[str]:
    found = re.fullmatch(r"(\S+),(\S+) (\S+)", text)
    if not found or not all(_NUMBER.fullmatch(number) or number.isdigit() for number in found.groups()):
        yield "a circle is not of latitude,longitude radius"
        return
    lat, lon, radius_km = map(float, found.groups())
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        yield "a circle leaves the earth"
    if not 0 < radius_km <= LARGEST_RADIUS_KM:
        yield f"a circle's radius is not between 0 and {LARGEST_RADIUS_KM:.0f} km"


def _check_heights(area: Element) -> Iterator[str]:
    low, high = _all(area, "altitude"), _all(area, "ceiling")
    if high and not low:
        yield "ceiling without altitude"
    values = []
    for text in (*low, *high):
        if not re.fullmatch(r"-?[0-9]{1,7}(?:\.[0-9]+)?", text):
            yield "altitude or ceiling is no number of feet"
            return
        values.append(float(text))
    if low and high and values[-1] <= values[0]:
        yield "ceiling is not above altitude"


def _check_codes(area: Element, rings: Sequence[Sequence[Point]]) -> Iterator[str]:
    codes = area.findall(f"{{{NAMESPACE}}}geocode")
    names = [code.findtext(f"{{{NAMESPACE}}}valueName") or "" for code in codes]
    values = [code.findtext(f"{{{NAMESPACE}}}value") or "" for code in codes]
    if len(set(values)) < len(values):
        yield "a geocode twice"
    if any(name != GEOCODE for name in names):
        yield f"a geocode is not of {GEOCODE}"
        return
    unknown = [value for value in values if not is_known(value)]
    if unknown:
        yield f"unknown geocode {', '.join(unknown)}"
        return
    yield from _check_touch(values, rings)


def _check_touch(codes: Sequence[str], rings: Sequence[Sequence[Point]]) -> Iterator[str]:
    """Yield districts that no polygon comes near, and polygons that come near no district."""
    if not codes or not rings:
        return
    boxes = [_box(ring) for ring in rings]
    drawn = [code for code in codes if boxes_of(code)]
    for code in drawn:
        if not any(_near(box, part, NEIGHBOUR_DEG) for box in boxes for part in boxes_of(code)):
            yield f"no polygon comes near {code}: latitude and longitude may be swapped"
    for box in boxes:
        if len(drawn) == len(codes) and not any(_near(box, part) for code in codes for part in boxes_of(code)):
            yield "a polygon comes near none of the districts"


def _box(ring: Sequence[Point]) -> tuple[float, float, float, float]:
    lats, lons = zip(*ring, strict=True)
    return min(lons), min(lats), max(lons), max(lats)


_Box = tuple[float, float, float, float]


def _near(one: _Box, other: _Box, apart_deg: float = APART_DEG) -> bool:
    return (
        one[0] - apart_deg <= other[2]
        and other[0] <= one[2] + apart_deg
        and one[1] - apart_deg <= other[3]
        and other[1] <= one[3] + apart_deg
    )
