"""How shapes are stored: int32 steps of 1e-5 degree in a compressed .npz, read by launchwatch.geo.zones.

For a shape `id` the archive holds `id/x` and `id/y` (differences from vertex to vertex, the first from 0, in
1e-5 degree; longitudes and latitudes apart because they compress better so), `id/rings` (offset of each ring,
then the total) and `id/parts` (offset of each polygon's first ring, then the total). 1e-5 degree is 1 m.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import shapely
from shapely import MultiPolygon
from shapely.geometry.base import BaseGeometry

DATA_FOLDER = Path(__file__).resolve().parent.parent / "src" / "launchwatch" / "geo" / "data"
STEPS_PER_DEGREE = 100_000


def encode(shape: BaseGeometry) -> dict[str, np.ndarray]:
    """Return the arrays of one multipolygon or multilinestring."""
    _, coords, offsets = shapely.to_ragged_array([shape])
    lattice = np.rint(coords * STEPS_PER_DEGREE).astype(np.int32)
    steps = np.diff(lattice, axis=0, prepend=np.zeros((1, 2), np.int32))
    arrays = {"x": steps[:, 0], "y": steps[:, 1], "rings": offsets[0].astype(np.int32)}
    if len(offsets) == 3:
        arrays["parts"] = offsets[1].astype(np.int32)
    return arrays


def write_shapes(path: Path, shapes: dict[str, BaseGeometry]) -> None:
    """Write the shapes by id; the same shapes give the same bytes."""
    arrays = {f"{key}/{name}": array for key, shape in shapes.items() for name, array in encode(shape).items()}
    np.savez_compressed(path, **arrays)
    print(f"{path.name}: {path.stat().st_size:,} bytes, {len(shapes)} shapes")


def write_packed(path: Path, shapes: dict[str, BaseGeometry]) -> None:
    """Write multipolygons by id as few long arrays, which load in a tenth of the time of many short ones.

    `names` are the ids joined by newlines (UTF-8); `x`, `y` are steps as above, running on from shape to shape;
    `rings`, `parts`, `shapes` are the offsets of each ring's first vertex, each polygon's first ring and each
    shape's first polygon, each with the total at its end.
    """
    keys = list(shapes)
    _, coords, (rings, parts, wholes) = shapely.to_ragged_array([MultiPolygon(shapes[key]) for key in keys])
    lattice = np.rint(coords * STEPS_PER_DEGREE).astype(np.int32)
    steps = np.diff(lattice, axis=0, prepend=np.zeros((1, 2), np.int32))
    np.savez_compressed(
        path,
        names=np.frombuffer("\n".join(keys).encode(), dtype=np.uint8),
        x=steps[:, 0],
        y=steps[:, 1],
        rings=rings.astype(np.int32),
        parts=parts.astype(np.int32),
        shapes=wholes.astype(np.int32),
    )
    print(f"{path.name}: {path.stat().st_size:,} bytes, {len(keys)} shapes, {len(coords):,} vertices")
