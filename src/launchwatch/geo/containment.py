"""Points in polygons, by a grid made once for each polygon: exact, and decided in nanoseconds.

A cell of the grid that no edge crosses is inside or outside as a whole. Any other cell lists its edges, and a
point in it is decided by the listed edges that a ray from the point to the east crosses, by the half-open rule: an
edge holds its lower end and not its upper one. Where a listed edge ends to the east of the cell, level with it,
the edges that go on from there need not be listed; it is thought to go straight up from that end, so that the rays
of the cell meet whole chains. The parity of crossings and the point's status then differ by the same bit
everywhere in the cell, its `turn`. It follows from the neighbour to the west, as both hold their common border,
and the outermost cells of the grid are outside.

All comparisons are exact but the side of an edge on which a point lies. Where that determinant is not larger than
its rounding error (J. R. Shewchuk, Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric
Predicates, 1997, section 4.3), and where a point stands level with an end of an edge that it may touch, shapely
decides: `PolygonIndex.contains` agrees with `shapely.contains_xy` on every point.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.compiled import inline_kernel, kernel

if TYPE_CHECKING:
    from shapely import MultiPolygon, Polygon

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Bytes = NDArray[np.uint8]
Ints = NDArray[np.int32]
Grid = tuple[float, float, float, float, int, int]

_OUTSIDE, _INSIDE = -1, -2
_DOUBT = 2
# On the shipped zones twice as many save a tenth of the time and cost half as much memory again.
_CELLS_PER_VERTEX = 4
_MOST_CELLS_A_SIDE = 1024
# Shares of a cell by which cells are widened, so that no rounding puts a point or an end of an edge where its
# edges are not listed: a point's cell is found within 1e-12 of a cell, and a cell is no smaller than 1e-7 of the
# coordinates, whose rounding is 1e-9 of it.
_NEAR, _REACH = 1e-6, 2e-6
_SMALLEST_CELL = 1e-7
# (3 + 16 eps) eps of the cited paper, eps = 2^-53, and what products lose where they underflow.
_ROUNDING, _UNDERFLOW = 3.3306690738754716e-16, 1e-300
# Where along a common border, and how far aside in units of `_NEAR`, two cells are compared: any place serves that
# is on no edge.
_TRIES = (0.5173, 0.2819, 0.7367, 0.1031, 0.9041, 0.3911, 0.6287, 0.8219)


@dataclass(frozen=True, slots=True, eq=False)
class PolygonIndex:
    """A valid polygon or multipolygon with its grid; threads may share it.

    `x`, `y` (n,) are the vertices ring after ring, each ring closed; edge k runs from vertex k to k + 1. `grid` is
    west, south, cells per unit along x and y, cells along x and y. `cells` (rows, columns) holds -1 outside, -2
    inside, else the cell's place i in `firsts`: its edges are `entries[firsts[i] >> 1:firsts[i + 1] >> 1]`, its
    turn `firsts[i] & 1`. An entry is 4 k, plus 1 where vertex k lies east of the cell and level with it, plus 2
    where k + 1 does.
    """

    shape: "Polygon | MultiPolygon"
    x: Floats
    y: Floats
    grid: Grid
    cells: Ints
    firsts: Ints
    entries: Ints

    @classmethod
    def of(cls, shape: "Polygon | MultiPolygon") -> "PolygonIndex":
        """Return the index of a polygon or multipolygon; shapely's own decisions are fast if it is prepared."""
        import shapely

        rings = shapely.get_rings(shapely.get_parts(shape))
        ends = np.cumsum([0, *shapely.get_num_coordinates(rings)], dtype=np.int64)
        x, y = (np.ascontiguousarray(values) for values in shapely.get_coordinates(rings).T)
        if not len(rings):
            # Every point is sent to some cell, so there must be one.
            one, none = np.full((1, 1), _OUTSIDE, dtype=np.int32), np.empty(0, dtype=np.int32)
            return cls(shape, x, y, (0.0, 0.0, 1.0, 1.0, 1, 1), one, none, none)
        grid = _grid(x, y, math.sqrt(np.ptp(x) * np.ptp(y) / (_CELLS_PER_VERTEX * x.size)))
        found = _listed(x, y, ends, grid)
        if found is None:
            grid = _grid(x, y, math.inf)
            found = _listed(x, y, ends, grid)
            assert found is not None, "a cell that holds all edges has a clear border"
        return cls(shape, x, y, grid, *found)

    @property
    def nbytes(self) -> int:
        """Return the memory that the index holds beside the shape, bytes."""
        return sum(held.nbytes for held in (self.x, self.y, self.cells, self.firsts, self.entries))

    def contains(self, x: Floats, y: Floats) -> Bools:
        """Return for each point (n,) whether it lies within, as `shapely.contains_xy`: not so on the boundary."""
        # One layout of arrays means one compilation.
        x, y = (np.require(values, np.float64, ["C", "W", "A"]) for values in (x, y))
        held = np.empty(x.size, dtype=np.uint8)
        if _contain(x, y, self.x, self.y, self.grid, self.cells, self.firsts, self.entries, held):
            import shapely

            open_ = np.flatnonzero(held == _DOUBT)
            held[open_] = shapely.contains_xy(self.shape, x[open_], y[open_])
        return held.view(np.bool_)


def _grid(x: Floats, y: Floats, side: float) -> Grid:
    """Return a grid of cells of about this side over the vertices, with one more, free of edges, all round."""
    largest = max(float(np.abs(x).max()), float(np.abs(y).max()))
    spare = max(1e-5 * float(np.ptp(x)), 1e-5 * float(np.ptp(y)), 1e-12 * largest)
    width, height = float(np.ptp(x)) + 2 * spare, float(np.ptp(y)) + 2 * spare
    side = max(side, _SMALLEST_CELL * largest)
    columns, rows = (min(max(int(length / side), 1), _MOST_CELLS_A_SIDE) for length in (width, height))
    west, south = float(x.min()) - spare - width / columns, float(y.min()) - spare - height / rows
    return west, south, columns / width, rows / height, columns + 2, rows + 2


def _listed(x: Floats, y: Floats, ends: NDArray[np.int64], grid: Grid) -> tuple[Ints, Ints, Ints] | None:
    """Return the cells, firsts and entries of an index, or None where a cell's turn stays in doubt."""
    columns, rows = grid[4:]
    counts = np.zeros(columns * rows, dtype=np.int32)
    list_edges(x, y, ends, grid, counts, np.empty(0, dtype=np.int32))
    crossed = np.flatnonzero(counts)
    bounds = np.concatenate(([0], np.cumsum(counts, dtype=np.int64)))
    entries = np.empty(bounds[-1], dtype=np.int32)
    places = bounds[:-1].astype(np.int32)
    list_edges(x, y, ends, grid, places, entries)
    cells = np.full(columns * rows, _OUTSIDE, dtype=np.int32)
    cells[crossed] = np.arange(crossed.size)
    firsts = np.append(bounds[crossed] << 1, bounds[-1] << 1).astype(np.int32)
    if not _turn(x, y, grid, cells, firsts, entries):
        return None
    return cells.reshape(rows, columns), firsts, entries


@inline_kernel
def crossings(px: float, py: float, x: Floats, y: Floats, entries: Ints, first: int, last: int) -> int:
    """Return the parity of listed edges, with what is thought on, that a ray to the east crosses; 2 in doubt."""
    odd = 0
    for i in range(first, last):
        k = entries[i] >> 2
        ax, ay, bx, by = x[k], y[k], x[k + 1], y[k + 1]
        if (ay <= py) != (by <= py):
            left, right = (ax - px) * (by - py), (ay - py) * (bx - px)
            side = left - right
            if abs(side) <= _ROUNDING * (abs(left) + abs(right)) + _UNDERFLOW:
                return _DOUBT
            odd ^= (side > 0) == (by > ay)
        if py in (ay, by) and min(ax, bx) <= px <= max(ax, bx):
            return _DOUBT
        if entries[i] & 1:
            odd ^= py >= ay
        if entries[i] & 2:
            odd ^= py >= by
    return odd


@kernel
def _contain(
    px: Floats, py: Floats, x: Floats, y: Floats, grid: Grid, cells: Ints, firsts: Ints, entries: Ints, held: Bytes
) -> int:
    """Write for each point whether it lies within (0, 1) or is in doubt (2); return the number in doubt."""
    west, south, per_x, per_y, columns, rows = grid
    doubts = 0
    for n in range(px.size):
        across, up = (px[n] - west) * per_x, (py[n] - south) * per_y
        # Whatever lies beyond the grid goes to the outermost cells, NaN too, since max keeps its first argument:
        # no branch that random points would mispredict.
        across, up = min(columns - 1.0, max(0.0, across)), min(rows - 1.0, max(0.0, up))
        cell = cells[np.int64(up), np.int64(across)]
        if cell < 0:
            held[n] = cell == _INSIDE
            continue
        odd = crossings(px[n], py[n], x, y, entries, firsts[cell] >> 1, firsts[cell + 1] >> 1)
        if odd == _DOUBT:
            held[n] = _DOUBT
            doubts += 1
        else:
            held[n] = odd ^ (firsts[cell] & 1)
    return doubts


@kernel
def list_edges(x: Floats, y: Floats, ends: NDArray[np.int64], grid: Grid, places: Ints, entries: Ints) -> None:
    """Count each cell's edges in `places` if `entries` is empty; else write them from each cell's place on."""
    west, south, per_x, per_y, columns, rows = grid
    dx, dy = 1.0 / per_x, 1.0 / per_y
    for ring in range(ends.size - 1):
        for k in range(ends[ring], ends[ring + 1] - 1):
            low, high = (k, k + 1) if y[k] <= y[k + 1] else (k + 1, k)
            rise, run = y[high] - y[low], x[high] - x[low]
            for j in range(
                max(int((y[low] - south) * per_y - _REACH), 0),
                min(int((y[high] - south) * per_y + _REACH), rows - 1) + 1,
            ):
                bottom, top = south + (j - _REACH) * dy, south + (j + 1 + _REACH) * dy
                # Rounding may put a level edge beyond a row's border, where its shares would be infinite.
                one = x[low] if y[low] >= bottom else x[low] + run * min(1.0, (bottom - y[low]) / rise)
                other = x[high] if y[high] <= top else x[low] + run * max(0.0, (top - y[low]) / rise)
                for i in range(
                    max(int((min(one, other) - west) * per_x - _REACH), 0),
                    min(int((max(one, other) - west) * per_x + _REACH), columns - 1) + 1,
                ):
                    cell = j * columns + i
                    if entries.size:
                        entries[places[cell]] = 4 * k
                        east = west + (i + 1 + _NEAR) * dx
                        for end in range(2):
                            level = (y[k + end] - south) * per_y - j
                            if x[k + end] > east and -_NEAR <= level <= 1 + _NEAR:
                                entries[places[cell]] |= 1 << end
                    places[cell] += 1


@kernel
def _turn(x: Floats, y: Floats, grid: Grid, cells: Ints, firsts: Ints, entries: Ints) -> bool:
    """Write each cell's turn, or its status where no edge crosses it; False where that stays in doubt."""
    west, south, per_x, per_y, columns, rows = grid
    for j in range(rows):
        before, status = -1, 0
        for i in range(columns):
            cell = cells[j * columns + i]
            if cell >= 0 or before >= 0:
                settled = False
                for share in _TRIES:
                    if settled:
                        break
                    px, py = west + (i + _NEAR * (share - 0.5)) / per_x, south + (j + share) / per_y
                    old = new = 0
                    if before >= 0:
                        old = crossings(px, py, x, y, entries, firsts[before] >> 1, firsts[before + 1] >> 1)
                    if cell >= 0:
                        new = crossings(px, py, x, y, entries, firsts[cell] >> 1, firsts[cell + 1] >> 1)
                    if _DOUBT not in (old, new):
                        status ^= old ^ new
                        settled = True
                if not settled:
                    return False
            if cell >= 0:
                firsts[cell] |= status
            else:
                cells[j * columns + i] = _INSIDE if status else _OUTSIDE
            before = cell
    return True
