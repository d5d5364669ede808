"""The part of the earth's surface within an angle of a map's middle, cut out before it is projected.

A projection has places where it tears: the point opposite of an azimuthal one's centre, the meridian opposite of a
conic's. What is cut to a cap that holds none of them can be projected vertex by vertex, whatever meridians it
crosses. The cut is made on the sphere of geodetic degrees, in distance and direction from the middle, and only
decides what is kept: kept vertices keep their coordinates.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from launchwatch.tell.drawing import Floats

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

STEP_DEG = 0.5
"""The longest edge before projecting: 55 km bend by less than 0.1 km at the rim of a map of a hemisphere."""

_RIM_STEP = math.radians(2.0)
_SEAM_RAD = 3e-7  # 2 m: halves of a land that the data part at the antimeridian are closed up
_SEAM_DEG = 1e-6
_PROBES = np.array([[0.0, 0.0], [0.3, 0.0], [-0.3, 0.1], [0.05, 0.35], [-0.1, -0.4]])


@dataclass(frozen=True)
class Cap:
    """All places within `radius_rad` of a middle (degrees); up to 170 degrees keep the opposite point out."""

    lon_deg: float
    lat_deg: float
    radius_rad: float

    def to_plane(self, lonlat: Floats) -> Floats:
        """Return distance east and north of the middle, rad, of degrees (n, 2); inverse of `to_degrees`."""
        lam, phi = np.radians(lonlat[:, 0] - self.lon_deg), np.radians(lonlat[:, 1])
        s, c = math.sin(math.radians(self.lat_deg)), math.cos(math.radians(self.lat_deg))
        east = np.cos(phi) * np.sin(lam)
        north = c * np.sin(phi) - s * np.cos(phi) * np.cos(lam)
        up = s * np.sin(phi) + c * np.cos(phi) * np.cos(lam)
        across = np.hypot(east, north)
        stretch = np.arctan2(across, up) / np.maximum(across, 1e-300)
        return np.column_stack((east * stretch, north * stretch))

    def to_degrees(self, plane: Floats) -> Floats:
        """Return longitude and latitude, degrees (n, 2), of places in the cap's plane."""
        angle = np.hypot(plane[:, 0], plane[:, 1])
        shrink = np.sinc(angle / np.pi)
        east, north, up = plane[:, 0] * shrink, plane[:, 1] * shrink, np.cos(angle)
        s, c = math.sin(math.radians(self.lat_deg)), math.cos(math.radians(self.lat_deg))
        phi = np.arctan2(s * up + c * north, np.hypot(east, c * up - s * north))
        lam = np.arctan2(east, c * up - s * north)
        lon = (np.degrees(lam) + self.lon_deg + 180) % 360 - 180
        return np.column_stack((lon, np.degrees(phi)))

    @cached_property
    def disc(self) -> "BaseGeometry":
        """Return the whole cap in its plane."""
        turn = np.arange(0.0, 2 * np.pi, _RIM_STEP / 2)
        return shapely.polygons(self.radius_rad * np.column_stack((np.cos(turn), np.sin(turn))))

    def area(self, shape: "BaseGeometry") -> "BaseGeometry":
        """Return the part of lon/lat polygons within the cap, in the cap's plane.

        Parts that meet at the antimeridian are joined. Latitudes of -90 and 90 are the poles.
        """
        parts = [p for p in shapely.get_parts(shapely.get_parts(shape)) if p.geom_type == "Polygon"]
        found = [cut for part in parts if not (cut := self._part(part)).is_empty]
        if not found:
            return shapely.Polygon()
        if len(found) == 1:
            return found[0]
        together = shapely.union_all(found)
        if not any(_on_seam(shapely.get_coordinates(part)).any() for part in parts):
            return together
        closed = shapely.buffer(together, _SEAM_RAD, join_style="mitre")
        return shapely.buffer(closed, -_SEAM_RAD, join_style="mitre")

    def _part(self, part: "BaseGeometry") -> "BaseGeometry":
        rings = [self.to_plane(ring) for ring in _rings(shapely.segmentize(part, STEP_DEG))]
        if all(np.hypot(ring[:, 0], ring[:, 1]).min() > self.radius_rad for ring in rings):
            held = shapely.contains_xy(part, self.lon_deg, self.lat_deg)
            return self.disc if held else shapely.Polygon()
        kept = [self.pulled_in(ring) for ring in rings]
        if all(len(ring) >= 4 for ring in kept[:1]):
            drawn = shapely.polygons(kept[0])
            holes = [shapely.make_valid(shapely.polygons(ring)) for ring in kept[1:] if len(ring) >= 4]
            drawn = shapely.make_valid(drawn)
            if holes:
                drawn = shapely.symmetric_difference(drawn, shapely.union_all(holes))
        else:
            drawn = shapely.Polygon()
        return self._told_apart(part, drawn)

    def _told_apart(self, part: "BaseGeometry", drawn: "BaseGeometry") -> "BaseGeometry":
        """Return the drawn area, or the cap without it where probes lie on the other side than they should."""
        probes = _PROBES * self.radius_rad
        lon, lat = self.to_degrees(probes).T
        really = shapely.contains_xy(part, lon, lat)
        seen = shapely.contains_xy(drawn, probes[:, 0], probes[:, 1])
        return drawn if 2 * (really == seen).sum() > len(probes) else shapely.difference(self.disc, drawn)

    def pulled_in(self, ring: Floats) -> Floats:
        """Return a closed ring in the plane with what lies beyond the rim moved onto it; empty where all does."""
        radius = np.hypot(ring[:, 0], ring[:, 1])
        beyond = radius > self.radius_rad
        if not beyond.any():
            return ring
        if beyond.all():
            return ring[:0]
        first = int(np.argmin(beyond))
        ring = np.concatenate((ring[first:-1], ring[: first + 1]))
        beyond = np.concatenate((beyond[first:-1], beyond[: first + 1]))
        turn = np.arctan2(ring[:, 1], ring[:, 0])
        swing = (np.diff(turn) + np.pi) % (2 * np.pi) - np.pi
        made, i = [], 0
        while i < len(ring):
            if not beyond[i]:
                made.append(ring[i : i + 1])
                i += 1
                continue
            # However a line wanders out there, on the rim it is one arc from where it leaves to where it returns.
            end = i + int(np.argmin(beyond[i:]))
            total = float(swing[i : end - 1].sum())
            angle = turn[i] + np.linspace(0, total, 2 + int(abs(total) / _RIM_STEP))
            made.append(self.radius_rad * np.column_stack((np.cos(angle), np.sin(angle))))
            i = end
        return np.concatenate(made)

    def lines(self, lonlat: Floats) -> Iterator[Floats]:
        """Yield the runs of a dense line (lon/lat degrees, (n, 2)) that lie within the cap, as lon/lat."""
        near = np.hypot(*self.to_plane(lonlat).T) <= self.radius_rad
        yield from runs(lonlat, near[:-1] & near[1:])


def own_edges(shape: "BaseGeometry", window: tuple[float, float, float, float]) -> Iterator[Floats]:
    """Yield the outlines of lon/lat polygons as lines, without edges along the window, the antimeridian or a pole.

    Those are where the data end or are parted, and no limit of anything.
    """
    west, south, east, north = window
    parts = shapely.get_parts(shapely.get_parts(shape))
    for ring in _rings(parts):
        start, end = ring[:-1], ring[1:]
        seam = _on_seam(start) & _on_seam(end) & ((start[:, 0] == end[:, 0]) | (np.abs(start[:, 1]) > 89.9999))
        for axis, edge in ((0, west), (0, east), (1, south), (1, north)):
            seam |= (np.abs(start[:, axis] - edge) < _SEAM_DEG) & (np.abs(end[:, axis] - edge) < _SEAM_DEG)
        yield from runs(ring, ~seam)


def runs(points: Floats, kept: NDArray[np.bool_]) -> Iterator[Floats]:
    """Yield the pieces of a line of n points whose n - 1 edges are kept, each of two points or more."""
    flags = np.concatenate(([False], kept, [False]))
    starts, ends = np.flatnonzero(flags[1:] & ~flags[:-1]), np.flatnonzero(~flags[1:] & flags[:-1])
    for start, end in zip(starts, ends, strict=True):
        yield points[start : end + 1]


def _rings(shape: "BaseGeometry | NDArray") -> list[Floats]:
    return [shapely.get_coordinates(ring) for ring in shapely.get_rings(shape)]


def _on_seam(lonlat: Floats) -> NDArray[np.bool_]:
    return (np.abs(np.abs(lonlat[:, 0]) - 180) < _SEAM_DEG) | (np.abs(lonlat[:, 1]) > 89.9999)
