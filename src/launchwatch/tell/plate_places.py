"""Where the label of a line may stand on a printed map, best first: x, y in points, and its anchor."""

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry


def about_ends(line: "BaseGeometry", size: float) -> list[tuple[float, float, str]]:
    """Return places for the label of an arc: beyond either end, then beside it."""
    points = shapely.get_coordinates(line)
    if not len(points):
        return []
    top, bottom = points[np.argmin(points[:, 1])], points[np.argmax(points[:, 1])]
    found = []
    for x, y, out in ((*top, -1), (*bottom, 1)):
        shift = -4.0 if out < 0 else 1.1 * size
        found += [(float(x), float(y) + shift, anchor) for anchor in ("middle", "start", "end")]
        found += [(float(x) + 9, float(y), "start"), (float(x) - 9, float(y), "end")]
    return [*found, *((float(x) + side * 9, float(y), anchor) for x, y in points[::6] for side, anchor in _SIDES)]


_SIDES = ((1, "start"), (-1, "end"))


def along_outline(line: "BaseGeometry", size: float) -> list[tuple[float, float, str]]:
    """Return places for a label beside an outline, evenly along it."""
    if line.is_empty:
        return []
    points = shapely.get_coordinates(line.segmentize(12.0))
    highest = points[np.argsort(points[:, 1], kind="stable")]
    return [
        place
        for x, y in highest.tolist()
        for place in ((x + 4, y + 0.3 * size, "start"), (x - 4, y + 0.3 * size, "end"), (x, y - 4, "middle"))
    ]
