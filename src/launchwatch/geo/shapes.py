"""Shapes as the builders store them: arcs of 1e-5 degree in compressed .npz archives, read by name.

`builders/storage.py` tells the two layouts: many short arrays for a few shapes, and a few long ones for the many
zones of the world, which load at once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.errors import UnknownNameError

if TYPE_CHECKING:
    from numpy.lib.npyio import NpzFile
    from shapely import MultiLineString, MultiPolygon

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
Numbers = NDArray[np.int64]

STEPS_PER_DEGREE = 100_000


@dataclass(frozen=True)
class Shapes:
    """Named multipolygons in a few arrays; threads may share it.

    `x`, `y` (n,) are the vertices in steps of 1e-5 degree, ring after ring, each ring closed. `ring_ends`,
    `part_ends` and `shape_ends` are the offsets of each ring's first vertex, each polygon's first ring and each
    shape's first polygon, each with the total at its end.
    """

    names: tuple[str, ...]
    x: NDArray[np.int32]
    y: NDArray[np.int32]
    ring_ends: Longs
    part_ends: Longs
    shape_ends: Longs

    @classmethod
    def read(cls, *paths: Path) -> "Shapes":
        """Return the shapes of packed archives, one after the other."""
        first, *others = (cls._read(path) for path in paths)
        for other in others:
            first = first.joined(other)
        return first

    @classmethod
    def _read(cls, path: Path) -> "Shapes":
        with np.load(path, allow_pickle=False) as stored:
            text = stored["names"].tobytes().decode()
            x, y = (np.cumsum(stored[axis], dtype=np.int32) for axis in "xy")
            ends = (stored[name].astype(np.int64) for name in ("rings", "parts", "shapes"))
            return cls(tuple(text.split("\n")) if text else (), x, y, *ends)

    @classmethod
    def of(cls, shapes: dict[str, "MultiPolygon"]) -> "Shapes":
        """Return multipolygons, lon/lat degrees, as they are stored."""
        import shapely

        _, coords, ends = shapely.to_ragged_array(list(shapes.values()))
        lattice = np.rint(coords * STEPS_PER_DEGREE).astype(np.int32)
        return cls(tuple(shapes), lattice[:, 0], lattice[:, 1], *(end.astype(np.int64) for end in ends))

    def write(self, path: Path) -> None:
        """Write the shapes as a packed archive."""
        np.savez_compressed(
            path,
            names=np.frombuffer("\n".join(self.names).encode(), dtype=np.uint8),
            x=np.diff(self.x, prepend=np.int32(0)),
            y=np.diff(self.y, prepend=np.int32(0)),
            rings=self.ring_ends.astype(np.int32),
            parts=self.part_ends.astype(np.int32),
            shapes=self.shape_ends.astype(np.int32),
        )

    def joined(self, other: "Shapes") -> "Shapes":
        """Return these shapes and another's after them."""
        return Shapes(
            (*self.names, *other.names),
            np.concatenate((self.x, other.x)),
            np.concatenate((self.y, other.y)),
            np.concatenate((self.ring_ends, other.ring_ends[1:] + self.ring_ends[-1])),
            np.concatenate((self.part_ends, other.part_ends[1:] + self.part_ends[-1])),
            np.concatenate((self.shape_ends, other.shape_ends[1:] + self.shape_ends[-1])),
        )

    def chosen(self, names: Iterable[str]) -> "Shapes":
        """Return some of the shapes, in the order of their names given."""
        wanted = tuple(names)
        if wanted == self.names:
            return self
        numbers = [self._number(name) for name in wanted]
        parts = _taken(self.shape_ends, np.array(numbers, dtype=np.int64))
        rings = _taken(self.part_ends, parts)
        vertices = _taken(self.ring_ends, rings)
        return Shapes(
            wanted,
            self.x[vertices],
            self.y[vertices],
            _ends(self.ring_ends, rings),
            _ends(self.part_ends, parts),
            _ends(self.shape_ends, np.array(numbers, dtype=np.int64)),
        )

    def geometry(self, name: str) -> "MultiPolygon":
        """Return one shape as a shapely MultiPolygon, lon/lat degrees."""
        import shapely

        number = self._number(name)
        parts = self.part_ends[self.shape_ends[number] : self.shape_ends[number + 1] + 1]
        rings = self.ring_ends[parts[0] : parts[-1] + 1]
        span = slice(int(rings[0]), int(rings[-1]))
        degrees = np.column_stack((self.x[span], self.y[span])) / STEPS_PER_DEGREE
        offsets = (rings - rings[0], parts - parts[0], np.array([0, parts.size - 1]))
        return shapely.from_ragged_array(shapely.GeometryType.MULTIPOLYGON, degrees, offsets)[0]

    @property
    def vertex_ends(self) -> Longs:
        """Return the offsets of each shape's first vertex, with their total."""
        ends: Longs = self.ring_ends[self.part_ends[self.shape_ends]]
        return ends

    @property
    def degrees(self) -> tuple[Floats, Floats]:
        """Return longitudes and latitudes of all vertices."""
        return self.x / STEPS_PER_DEGREE, self.y / STEPS_PER_DEGREE

    @cached_property
    def boxes(self) -> tuple[Floats, Numbers]:
        """Return west, south, east and north of every polygon (n, 4), degrees, and the number of its shape."""
        firsts = self.ring_ends[self.part_ends[:-1]]
        if not firsts.size:
            return np.empty((0, 4)), np.empty(0, dtype=np.int64)
        columns = [kind.reduceat(axis, firsts) for kind in (np.minimum, np.maximum) for axis in (self.x, self.y)]
        owner = np.repeat(np.arange(len(self.names)), np.diff(self.shape_ends))
        return np.column_stack(columns) / STEPS_PER_DEGREE, owner

    def _number(self, name: str) -> int:
        if name not in self._numbers:
            raise UnknownNameError("shape", name, self.names)
        return self._numbers[name]

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.names)}


def _taken(ends: Longs, numbers: Longs) -> Longs:
    """Return the places between the ends of some pieces, piece after piece."""
    counts = ends[numbers + 1] - ends[numbers]
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(ends[numbers], counts) + within


def _ends(ends: Longs, numbers: Longs) -> Longs:
    return np.concatenate(([0], np.cumsum(ends[numbers + 1] - ends[numbers])))


class FewShapes:
    """An archive with arrays of each shape's own: polygons, or lines where a shape has no `parts`."""

    def __init__(self, stored: "NpzFile") -> None:
        self._stored = stored
        self.names = tuple(key.removesuffix("/x") for key in stored if key.endswith("/x"))

    def geometry(self, name: str) -> "MultiPolygon | MultiLineString":
        """Return one shape as a shapely MultiPolygon or MultiLineString, lon/lat degrees."""
        import shapely

        stored = self._stored
        coords = np.column_stack([np.cumsum(stored[f"{name}/{axis}"], dtype=np.int64) for axis in "xy"])
        rings = stored[f"{name}/rings"].astype(np.int64)
        degrees = coords / STEPS_PER_DEGREE
        if f"{name}/parts" not in stored:
            return shapely.from_ragged_array(
                shapely.GeometryType.MULTILINESTRING, degrees, (rings, np.array([0, rings.size - 1]))
            )[0]
        parts = stored[f"{name}/parts"].astype(np.int64)
        offsets = (rings, parts, np.array([0, parts.size - 1]))
        return shapely.from_ragged_array(shapely.GeometryType.MULTIPOLYGON, degrees, offsets)[0]


@lru_cache(maxsize=8)
def read_archive(path: Path) -> Shapes | FewShapes:
    """Return an archive's shapes, whichever its layout."""
    stored = np.load(path, allow_pickle=False)
    if "names" in stored:
        stored.close()
        return Shapes.read(path)
    return FewShapes(stored)
