"""Shapes to draw of an event: ellipses as rings, paths, zones within view. Degrees, longitude before latitude."""

import math
from collections.abc import Container, Iterator
from dataclasses import dataclass

import numpy as np

from launchwatch.facts import Ellipse, Event, Flight, Path, PointEstimate, ZoneAssessment
from launchwatch.geo.geodesic import destination
from launchwatch.geo.rings import split_rings
from launchwatch.geo.zones import Zones

Ring = list[tuple[float, float]]
Bounds = tuple[float, float, float, float]

_CORNERS = 72
_DECIMALS = 5


def ellipse_ring(point: PointEstimate) -> Ring:
    """Return the closed ring, counter-clockwise, of a point's 95 % ellipse."""
    return ring_about(point.lat_deg, point.lon_deg, point.ellipse_95)


def ellipse_rings(point: PointEstimate) -> list[Ring]:
    """Return a point's 95 % ellipse as closed rings that stop at the antimeridian (RFC 7946, section 3.1.9)."""
    lon, lat = zip(*ellipse_ring(point)[:-1], strict=True)
    return [list(ring) for ring in split_rings(lon, lat)]


def ring_about(lat_deg: float, lon_deg: float, ellipse: Ellipse) -> Ring:
    """Return the closed ring, counter-clockwise, of an ellipse about a place."""
    turn = np.linspace(0, -2 * np.pi, _CORNERS + 1)  # azimuths fall, so that the ring runs counter-clockwise
    along, across = ellipse.semi_major_km * np.cos(turn), ellipse.semi_minor_km * np.sin(turn)
    azimuth = np.arctan2(across, along) + math.radians(ellipse.azimuth_deg)
    lat, lon = destination(
        math.radians(lat_deg), math.radians(lon_deg), azimuth, np.maximum(np.hypot(along, across), 0.001) * 1e3
    )
    ring = [
        (round(math.degrees(x), _DECIMALS), round(math.degrees(y), _DECIMALS))
        for x, y in zip(lon, lat, strict=True)
    ]
    ring[-1] = ring[0]
    return ring


@dataclass(frozen=True)
class FallArea:
    """One place where the object may have come down: its share of the posterior and its 95 % ellipse."""

    name: str
    share: float
    point: PointEstimate


def fall_areas(flight: Flight) -> list[FallArea]:
    """Return the areas of a flight's impact: one, or one for each separate group of its ranges."""
    if not flight.range_modes:
        return [FallArea("impact, 95 % ellipse", 1.0, flight.impact)]
    return [
        FallArea(f"impact if it flew about {mode.range_km.median:.0f} km, 95 % ellipse", mode.share, mode.impact)
        for mode in flight.range_modes
    ]


def held_share(event: Event, item: int, kinds: Container[str]) -> float:
    """Return the probability that an object came down in any zone of the given kinds, which do not overlap."""
    return min(sum(z.probability for z in event.zones if z.item == item and z.kind in kinds), 1.0)


def event_bounds(event: Event, margin_deg: float = 2.5) -> Bounds | None:
    """Return west, south, east, north around all paths and areas of an event, or None where it has none."""
    points = [(p.lon_deg, p.lat_deg) for path in event.paths for p in path.points]
    for flight in event.objects:
        points.append((flight.launch.lon_deg, flight.launch.lat_deg))
        for area in fall_areas(flight):
            points += ellipse_ring(area.point)
    if not points:
        return None
    lon, lat = zip(*points, strict=True)
    stretch = margin_deg / max(math.cos(math.radians((min(lat) + max(lat)) / 2)), 0.2)
    return (
        min(lon) - stretch,
        max(min(lat) - margin_deg, -89.0),
        max(lon) + stretch,
        min(max(lat) + margin_deg, 89.0),
    )


def zone_lines(zones: Zones, assessed: ZoneAssessment, bounds: Bounds) -> Iterator[Ring]:
    """Yield the limit of one assessed zone within view, thinned to about a kilometre."""
    for lon, lat in zones.limit_lines(assessed.zone, tolerance_deg=0.01, bounds=bounds):
        yield [(round(float(x), 4), round(float(y), 4)) for x, y in zip(lon, lat, strict=True)]


def drawn_paths(event: Event) -> list[Path]:
    """Return the paths worth drawing outside the page: tracks and medians, no single samples."""
    return [path for path in event.paths if path.kind != "sample"]
