"""Values on a grid of latitude and longitude, one value everywhere beyond it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bounds = tuple[float, float, float, float]
"""West, south, east, north, degrees; east may be beyond 180."""


@dataclass(frozen=True)
class Grid:
    """Values (rows, columns) at `frame`: south, west, and the steps of latitude and longitude, degrees."""

    values: Floats
    frame: Floats
    beyond: float

    @property
    def parts(self) -> tuple[Floats, Floats, float]:
        """Return what kernels take: values, frame, value beyond."""
        return self.values, self.frame, self.beyond


NOWHERE = Grid(np.zeros((2, 2)), np.array([0.0, 0.0, 1.0, 1.0]), 0.0)
"""Zero everywhere."""


def grid_over(
    bounds: Sequence[Bounds], value: Callable[[Floats, Floats], Floats], finest_deg: float, cells: int
) -> Grid:
    """Return the grid of `value(lat, lon)` (degrees) over all bounds, with at most about `cells` cells.

    Beyond the bounds `value` must be the same everywhere: it is asked at the pole opposite of them.
    """
    beyond = float(value(np.array([-89.9]), np.array([0.0]))[0])
    if not bounds:
        return Grid(np.full((2, 2), beyond), np.array([0.0, 0.0, 1.0, 1.0]), beyond)
    west, south = min(b[0] for b in bounds), min(b[1] for b in bounds)
    east, north = max(b[2] for b in bounds), max(b[3] for b in bounds)
    step = max(finest_deg, np.sqrt((east - west) * (north - south) / cells))
    lat = np.arange(max(south - step, -90.0), min(north + 2 * step, 90.0), step)
    lon = np.arange(west - step, min(east + 2 * step, west + 359.0), step)
    mesh_lat, mesh_lon = np.meshgrid(lat, lon, indexing="ij")
    values = value(mesh_lat.ravel(), (mesh_lon.ravel() + 180.0) % 360.0 - 180.0).reshape(mesh_lat.shape)
    return Grid(np.ascontiguousarray(values), np.array([lat[0], lon[0], step, step]), beyond)
