"""A map's view: the equal-area projection about an event, and the frame that holds it.

Lambert's azimuthal equal-area projection of the WGS84 ellipsoid, centred on what is drawn: true at the centre, at
2,500 km from it 2 % short outwards and 2 % wide across, and without a seam at the antimeridian.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from launchwatch.tell.drawing import Box, Canvas, Floats

if TYPE_CHECKING:
    from pyproj import Proj

_MARGIN = 0.13  # of the frame on each side, so that labels and coasts about the path have room
_SMALLEST_M = 240_000.0  # half a view's width: a site alone would show no coast
_GRID = 33

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class MapView:
    """A projection and a frame: `to_pixels` and `to_degrees` are inverses.

    `lon_deg`, `lat_deg` are the projection's centre; `middle_m` the projected point in the canvas' middle.
    `definition` is PROJ's text of another projection than the equal-area one about the centre.
    """

    canvas: Canvas
    lon_deg: float
    lat_deg: float
    middle_m: tuple[float, float]
    m_per_px: float
    definition: str = ""

    @cached_property
    def _proj(self) -> "Proj":
        return _projection(self.definition or _equal_area(self.lon_deg, self.lat_deg))

    @property
    def frame(self) -> Box:
        """Return the canvas' own box, px."""
        return 0.0, 0.0, self.canvas.width, self.canvas.height

    def to_pixels(self, lon_deg: ArrayLike, lat_deg: ArrayLike) -> Floats:
        """Return pixels, shape (n, 2), of places; infinite where the projection has none."""
        x, y = self._proj(np.asarray(lon_deg, dtype=np.float64), np.asarray(lat_deg, dtype=np.float64))
        right = (np.asarray(x) - self.middle_m[0]) / self.m_per_px + self.canvas.width / 2
        down = self.canvas.height / 2 - (np.asarray(y) - self.middle_m[1]) / self.m_per_px
        return np.column_stack((right, down))

    def to_degrees(self, pixels: Floats) -> tuple[Floats, Floats]:
        """Return longitudes and latitudes of pixels (n, 2); infinite beyond the projection's rim."""
        x = (pixels[:, 0] - self.canvas.width / 2) * self.m_per_px + self.middle_m[0]
        y = (self.canvas.height / 2 - pixels[:, 1]) * self.m_per_px + self.middle_m[1]
        lon, lat = self._proj(x, y, inverse=True)
        return np.asarray(lon), np.asarray(lat)

    def degrees_in_view(self) -> tuple[Floats, Floats]:
        """Return the places of a lattice over the frame, those beyond the projection's rim left out."""
        across, down = np.linspace(0, self.canvas.width, _GRID), np.linspace(0, self.canvas.height, _GRID)
        lon, lat = self.to_degrees(np.stack(np.meshgrid(across, down), axis=-1).reshape(-1, 2))
        known = np.isfinite(lon) & np.isfinite(lat)
        return lon[known], lat[known]

    def bounds_within(self, window: Bounds) -> Bounds | None:
        """Return the part of a lon/lat window that the frame may show, or None where it shows nothing of it."""
        west, south, east, north = window
        lon, lat = self.degrees_in_view()
        held = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
        if not held.any():
            return None
        lon, lat = lon[held], lat[held]
        pad_lon, pad_lat = 1 + np.ptp(lon) / 8, 1 + np.ptp(lat) / 8
        return (
            max(west, float(lon.min() - pad_lon)),
            max(south, float(lat.min() - pad_lat)),
            min(east, float(lon.max() + pad_lon)),
            min(north, float(lat.max() + pad_lat)),
        )


def fit_view(lon_deg: ArrayLike, lat_deg: ArrayLike, canvas: Canvas) -> MapView:
    """Return the view whose frame holds all places with a margin."""
    lon, lat = np.asarray(lon_deg, dtype=np.float64), np.asarray(lat_deg, dtype=np.float64)
    centre_lon, centre_lat = middle_direction(lon, lat)
    return frame_view(lon, lat, canvas, centre_lon, centre_lat)


def frame_view(
    lon: Floats, lat: Floats, canvas: Canvas, centre_lon: float, centre_lat: float, definition: str = ""
) -> MapView:
    """Return the view in one projection whose frame holds all places with a margin."""
    x, y = (np.asarray(a) for a in _projection(definition or _equal_area(centre_lon, centre_lat))(lon, lat))
    known = np.isfinite(x) & np.isfinite(y)
    x, y = x[known], y[known]
    middle = (round(float(x.max() + x.min()) / 2, 0), round(float(y.max() + y.min()) / 2, 0))
    half_x, half_y = max(np.ptp(x) / 2, _SMALLEST_M), max(np.ptp(y) / 2, _SMALLEST_M * 0.6)
    share = 1 - 2 * _MARGIN
    m_per_px = max(2 * half_x / (share * canvas.width), 2 * half_y / (share * canvas.height))
    return MapView(canvas, centre_lon, centre_lat, middle, float(np.round(m_per_px, 1)), definition)


def middle_direction(lon: Floats, lat: Floats) -> tuple[float, float]:
    """Return the middle direction of places, degrees to two decimals; no seam at the antimeridian."""
    east, north = np.radians(lon), np.radians(lat)
    x = float(np.mean(np.cos(north) * np.cos(east)))
    y = float(np.mean(np.cos(north) * np.sin(east)))
    z = float(np.mean(np.sin(north)))
    return round(math.degrees(math.atan2(y, x)), 2), round(math.degrees(math.atan2(z, math.hypot(x, y))), 2)


def _equal_area(lon_deg: float, lat_deg: float) -> str:
    return f"+proj=laea +lat_0={lat_deg} +lon_0={lon_deg} +ellps=WGS84"


def _projection(definition: str) -> Any:  # noqa: ANN401 - pyproj has no types
    from pyproj import Proj

    return Proj(definition)
