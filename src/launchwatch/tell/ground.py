"""Land, zones and seas of a printed map's frame, projected: what lies under an event. Points of 1/72 inch."""

import math
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import shapely

from launchwatch.geo.zones import Zone, Zones, load_seas
from launchwatch.tell.drawing import Floats
from launchwatch.tell.horizon import STEP_DEG, Cap, own_edges
from launchwatch.tell.mapsheet import is_disputed, without
from launchwatch.tell.mapview import Bounds, MapView

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

_SIMPLER = 0.15  # points: finer than any printer's line
_SAME_LINE = 1.4
_SEAM = 0.75  # a strip no wider than twice this, where the data's halves meet, is no unknown part of the earth
_SMALLEST_ISLAND = 0.06  # square points: a dot of a tenth of a millimetre
_LARGEST_RAD = math.radians(170)
_MARGIN_RAD = math.radians(2.0)

ZONE_KINDS = ("territorial_sea", "eez", "joint_area", "provisional_area")


def cap_of(view: MapView) -> Cap:
    """Return the cap that just holds a view's frame, or all but the far side where the frame is larger."""
    lon, lat = view.degrees_in_view()
    whole = Cap(view.lon_deg, view.lat_deg, math.pi)
    reach = float(np.hypot(*whole.to_plane(np.column_stack((lon, lat))).T).max())
    return Cap(view.lon_deg, view.lat_deg, min(reach + _MARGIN_RAD, _LARGEST_RAD))


class Ground:
    """What lies under an event within a view.

    State: shapes that are projected when they are first asked for.
    """

    def __init__(self, zones: Zones, view: MapView, *, territorial: bool) -> None:
        self._zones, self._view = zones, view
        self._kinds = tuple(kind for kind in ZONE_KINDS if territorial or kind != "territorial_sea")
        self.cap = cap_of(view)
        self.frame = shapely.box(0, 0, view.canvas.width, view.canvas.height)
        self._fine_deg = 0.1 * view.m_per_px / 111_200  # a tenth of a point, before anything costly is done
        self._wide = shapely.box(-4, -4, view.canvas.width + 4, view.canvas.height + 4)

    def project(self, shape: "BaseGeometry", simpler: float = _SIMPLER) -> "BaseGeometry":
        """Return lon/lat polygons as points on the map, cut to a little more than the frame."""
        return self._on_sheet(self.cap.area(shape), simpler)

    def _on_sheet(self, within: "BaseGeometry", simpler: float = _SIMPLER) -> "BaseGeometry":
        drawn = shapely.transform(within, lambda plane: self._view.to_pixels(*self.cap.to_degrees(plane).T))
        simple = shapely.simplify(shapely.make_valid(drawn), simpler)
        return shapely.intersection(shapely.make_valid(simple), self._wide)

    def line(self, lonlat: Floats) -> "BaseGeometry":
        """Return a dense line of lon/lat degrees on the map, cut to the frame."""
        drawn = [self._view.to_pixels(*piece.T) for piece in self.cap.lines(lonlat) if len(piece) > 1]
        known = [shapely.linestrings(xy) for xy in drawn if np.isfinite(xy).all()]
        return shapely.simplify(shapely.intersection(_joined(known), self._wide), 0.05)

    def _near(self, zones: Iterable[Zone]) -> Iterator[Zone]:
        lon, lat = self._view.degrees_in_view()
        offset = (lon - self._view.lon_deg + 180) % 360 - 180
        pole = bool(np.ptp(offset) > 180)
        west, east = (-180.0, 180.0) if pole else (offset.min() - 2, offset.max() + 2)
        bounds = (self._view.lon_deg + west, lat.min() - 2, self._view.lon_deg + east, lat.max() + 2)
        south, north = (
            -90.0 if pole and lat.min() < -60 else bounds[1],
            90.0 if pole and lat.max() > 60 else bounds[3],
        )
        for zone in zones:
            if any(_touch(zone.bounds, (bounds[0] + t, south, bounds[2] + t, north)) for t in (-360, 0, 360)):
                yield zone

    def may_show(self) -> list[Zone]:
        """Return the sea zones whose box comes near the frame, without projecting any."""
        return list(self._near(zone for zone in self._zones if zone.kind in self._kinds))

    def _parts(self, zone: Zone) -> "BaseGeometry":
        """Return the polygons of a zone whose vertices or insides may reach the cap."""
        parts = shapely.get_parts(self._zones.geometry(zone.id))
        west, south, east, north = shapely.bounds(parts).T
        # A circle about the middle of each part's box, by its half diagonal in degrees, holds the part.
        centre = np.column_stack(((west + east) / 2, (south + north) / 2))
        reach = np.radians(np.hypot(east - west, north - south) / 2)
        away = np.hypot(*Cap(self.cap.lon_deg, self.cap.lat_deg, math.pi).to_plane(centre).T)
        near = parts[away - reach <= self.cap.radius_rad]
        return (
            shapely.multipolygons(shapely.simplify(near, self._fine_deg)) if len(near) else shapely.MultiPolygon()
        )

    @cached_property
    def known(self) -> "BaseGeometry":
        """Return where land and zones are known at all."""
        west, south, east, north = self._zones.window
        return self._on_sheet(self.cap.area(shapely.box(west, south, east, north)))

    @cached_property
    def earth(self) -> "BaseGeometry":
        """Return the frame's part that is a place on earth."""
        return self._on_sheet(self.cap.disc)

    @cached_property
    def uncovered(self) -> "BaseGeometry":
        """Return the frame's part in which land and zones are not known."""
        beyond = shapely.get_parts(shapely.difference(self.earth, self.known))
        wide = [part for part in beyond if not shapely.buffer(part, -_SEAM).is_empty]
        return shapely.multipolygons(wide) if wide else shapely.MultiPolygon()

    @cached_property
    def lands(self) -> dict[str, "BaseGeometry"]:
        """Return the land of each state in view, by zone id."""
        return self._projected(self._near(self._zones.select(kind="land")))

    @cached_property
    def waters(self) -> dict[str, "BaseGeometry"]:
        """Return the sea zones in view, by id."""
        return self._projected(self._near(zone for zone in self._zones if zone.kind in self._kinds))

    def _projected(self, zones: Iterable[Zone]) -> dict[str, "BaseGeometry"]:
        found = {zone.id: self.project(self._parts(zone)) for zone in zones}
        return {id_: shape for id_, shape in found.items() if not shape.is_empty and shape.area > 0}

    @cached_property
    def land(self) -> "BaseGeometry":
        """Return all land as one, without islands too small to be seen."""
        parts = shapely.get_parts(shapely.union_all(list(self.lands.values())))
        seen = [part for part in parts if part.geom_type == "Polygon" and part.area > _SMALLEST_ISLAND]
        return shapely.multipolygons(seen) if seen else shapely.MultiPolygon()

    @cached_property
    def borders(self) -> "BaseGeometry":
        """Return the borders within the land."""
        if not self.lands:
            return shapely.LineString()
        edges = shapely.union_all([shape.boundary for shape in self.lands.values()])
        rim = shapely.union(shapely.buffer(self.land.boundary, 0.3), self._wide.exterior.buffer(1.0))
        return shapely.difference(edges, rim)

    @property
    def zones_in_view(self) -> tuple[Zone, ...]:
        """Return the sea zones of which the frame shows some."""
        return tuple(self._zones[id_] for id_, shape in self.waters.items() if shape.area > 1)

    def zone_lines(self) -> Iterator[tuple[Zone, "BaseGeometry"]]:
        """Yield each limit in view, a common one once: territorial seas, zones in dispute, then the others."""
        # An economic zone begins where the territorial sea ends; where that is not drawn, nor is this inner limit.
        near = [shapely.buffer(shape, _SAME_LINE, quad_segs=2) for shape in self._hidden_seas()]
        drawn = [shapely.buffer(self.land, _SAME_LINE, quad_segs=2), shapely.union_all(near)]
        order = sorted(
            self.zones_in_view, key=lambda zone: (zone.kind != "territorial_sea", not is_disputed(zone), zone.id)
        )
        for zone in order:
            limit = self._limit(zone)
            edge = without(limit, drawn)
            kept = shapely.simplify(shapely.line_merge(edge) if "Multi" in edge.geom_type else edge, _SIMPLER)
            if not kept.is_empty and kept.length > 2:
                yield zone, kept
                drawn.append(shapely.buffer(kept, _SAME_LINE, quad_segs=2))

    def _hidden_seas(self) -> list["BaseGeometry"]:
        if "territorial_sea" in self._kinds:
            return []
        return list(self._projected(self._near(self._zones.select(kind="territorial_sea"))).values())

    def _limit(self, zone: Zone) -> "BaseGeometry":
        lines = [
            shapely.get_coordinates(shapely.segmentize(shapely.linestrings(edge), STEP_DEG))
            for edge in own_edges(self._parts(zone), self._zones.window)
        ]
        found = [piece for line in lines if not (piece := self.line(line)).is_empty]
        return shapely.line_merge(_joined([part for piece in found for part in _line_parts(piece)]))

    @cached_property
    def _open(self) -> "BaseGeometry":
        return shapely.difference(self.frame, shapely.buffer(self.land, 1.0, quad_segs=2))

    @cached_property
    def seas(self) -> list[tuple[str, "BaseGeometry"]]:
        """Return the named seas in view, large ones first; the frame's sea only, without land."""
        found = []
        for name, sea in load_seas().items():
            west, south, east, north = sea.bounds
            centre = np.array([[(west + east) / 2, (south + north) / 2]])
            away = float(np.hypot(*Cap(self.cap.lon_deg, self.cap.lat_deg, math.pi).to_plane(centre)[0]))
            if away - math.radians(math.hypot(east - west, north - south) / 2) <= self.cap.radius_rad:
                shape = shapely.intersection(
                    self.project(shapely.simplify(sea, 4 * self._fine_deg), 1.0), self._open
                )
                if not shape.is_empty and shape.area > 0:
                    found.append((name, shape))
        return sorted(found, key=lambda item: (-item[1].area, item[0]))

    def disputed_features(self) -> list[tuple[Zone, float, float]]:
        """Return each disputed land in view with a point on its largest part there, large ones first."""
        found = []
        for zone in self._near(zone for zone in self._zones.select(kind="land") if ":disputed:" in zone.id):
            parts = sorted(shapely.get_parts(self._zones.geometry(zone.id)), key=lambda part: -part.area)
            lonlat = shapely.get_coordinates(shapely.point_on_surface(parts))
            for (x, y), near in zip(self._view.to_pixels(*lonlat.T), self._within(lonlat), strict=True):
                if near and 0 <= x <= self._view.canvas.width and 0 <= y <= self._view.canvas.height:
                    found.append((zone, float(x), float(y)))
                    break
        return sorted(found, key=lambda item: (-self._zones.geometry(item[0].id).area, item[0].id))

    def _within(self, lonlat: Floats) -> list[bool]:
        return (np.hypot(*self.cap.to_plane(lonlat).T) <= self.cap.radius_rad).tolist()

    def ring(self, lonlat: Floats) -> "BaseGeometry":
        """Return the area within a dense closed ring of lon/lat degrees, over the antimeridian or not."""
        plane = self.cap.pulled_in(self.cap.to_plane(lonlat))
        if len(plane) < 4:
            return shapely.Polygon()
        return self._on_sheet(shapely.make_valid(shapely.polygons(plane)), 0.05)


def _joined(lines: list["BaseGeometry"]) -> "BaseGeometry":
    return shapely.multilinestrings(lines) if lines else shapely.MultiLineString()


def _line_parts(shape: "BaseGeometry") -> list["BaseGeometry"]:
    return [part for part in shapely.get_parts(shape) if part.geom_type == "LineString" and part.length > 0]


def _touch(one: Bounds, other: Bounds) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]
