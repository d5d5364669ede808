"""Ports near the fall area of one object, and shipping lanes across it, in the plane about its middle."""

from collections.abc import Iterator

import numpy as np
import shapely

from launchwatch.assess.fallarea import FallArea
from launchwatch.facts import LaneCrossing, PortNearby
from launchwatch.geo.seaways import Lanes, Ports
from launchwatch.geo.surface import surface_ecef

PORTS_KM = 100.0
"""How near to the 95 % ellipse a port is told: some hours' sailing."""

_MOST_PORTS = 20
_STEP_DEG = (
    0.1  # lanes are cut so finely: a leg straight in longitude and latitude then keeps its way in the plane
)


def ports_near(fall: FallArea, ports: Ports, within_km: float = PORTS_KM) -> tuple[tuple[PortNearby, ...], int]:
    """Return the nearest ports within a distance of the 95 % ellipse, and how many there are in all."""
    area = shapely.polygons(fall.edge_in_plane())
    points = surface_ecef(np.radians(ports.lat_deg), np.radians(ports.lon_deg))
    # The plane shows the far side of the earth as a rim that no area of interest reaches.
    away = shapely.distance(area, shapely.points(fall.plane(points))) / 1000
    near = [int(i) for i in np.argsort(away, kind="stable") if away[i] <= within_km]
    told = tuple(
        PortNearby(
            name=ports.name[i],
            listed_under=ports.listed_under[i],
            locode=ports.locode[i] or None,
            size=ports.size[i] or None,
            lat_deg=float(ports.lat_deg[i]),
            lon_deg=float(ports.lon_deg[i]),
            distance_km=round(float(away[i]), 1),
        )
        for i in near[:_MOST_PORTS]
    )
    return told, len(near)


def lanes_across(fall: FallArea, lanes: Lanes) -> tuple[LaneCrossing, ...]:
    """Return the lanes that cross the 95 % ellipse, the longest way inside first."""
    area = shapely.polygons(fall.edge_in_plane())
    shapely.prepare(area)
    found = sorted(_crossings(fall, lanes, area), key=lambda one: -one.inside_km)
    return tuple(found)


def _crossings(fall: FallArea, lanes: Lanes, area: shapely.Polygon) -> Iterator[LaneCrossing]:
    west, south, east, north = fall.bounds
    for passage, points in zip(lanes.passage, lanes.points, strict=True):
        lon, lat = points.T
        if lat.max() < south or lat.min() > north or not _overlap(lon, west, east):
            continue
        flat = fall.plane(_on_earth(points))
        inside = shapely.length(shapely.intersection(area, shapely.linestrings(flat))) / 1000
        if inside > 0:
            start, end = points[0], points[-1]
            yield LaneCrossing(
                passage=passage or None,
                start=(_turned(start[0]), float(start[1])),
                end=(_turned(end[0]), float(end[1])),
                inside_km=round(float(inside), 1),
            )


def _overlap(lon: np.ndarray, west: float, east: float) -> bool:
    return any(lon.min() <= east + turn and lon.max() >= west + turn for turn in (-360.0, 0.0, 360.0))


def _on_earth(points: np.ndarray) -> np.ndarray:
    """Return a line's points (lon, lat), cut finely, earth-fixed (m, 3)."""
    step = np.abs(np.diff(points, axis=0)).max(axis=1)
    parts = [
        points[at]
        + np.linspace(0, 1, int(np.ceil(size / _STEP_DEG)) + 1)[:-1, None] * (points[at + 1] - points[at])
        for at, size in enumerate(step)
        if size > 0
    ]
    lon, lat = np.radians(np.vstack([*parts, points[-1:]])).T
    return surface_ecef(lat, lon)


def _turned(lon: float) -> float:
    return float((lon + 180) % 360 - 180)
