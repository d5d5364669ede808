"""Which of many areas hold each point, all at once: one grid over all of them, exact, in nanoseconds a point.

A cell of the grid that no edge crosses lies in the same areas throughout, and names them. Any other cell lists its
edges area by area; for each area a ray to the east and the area's turn in the cell decide, as for one polygon
(`geo.containment`, whose edge lists and doubts these are), and areas without an edge in the cell hold it whole or
not at all. Points whose side rounding could tip are decided by shapely, so that the answers are those of
`shapely.contains_xy` asked of every area in turn. Areas may overlap.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.compiled import kernel
from launchwatch.geo.containment import Grid, crossings, list_edges

if TYPE_CHECKING:
    from shapely import MultiPolygon

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Numbers = NDArray[np.int16]

# On the world's zones half the cells double the time a point, and twice as many save a tenth and load slower.
_CELL_DEG = 0.25
# Seams of source data lie on whole degrees; cells that start off them have clear borders.
_OFF = 0.61803
_DOUBT, _IN_DOUBT = 2, 1 << 14
_NEAR = 1e-6
_TRIES = (0.5173, 0.2819, 0.7367, 0.1031, 0.9041, 0.3911, 0.6287, 0.8219)


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """What holds each of n points: area numbers `areas[firsts[i]:firsts[i + 1]]` of point i, in no order."""

    firsts: Longs
    areas: Numbers

    def of(self, point: int) -> Numbers:
        """Return the numbers of the areas that hold one point."""
        return self.areas[self.firsts[point] : self.firsts[point + 1]]

    @property
    def points(self) -> Longs:
        """Return the point that each entry of `areas` is about."""
        return np.repeat(np.arange(self.firsts.size - 1), np.diff(self.firsts))

    def shares(self, weight: Floats, count: int) -> Floats:
        """Return the weight of the points (n,) that each of `count` areas holds."""
        held: Floats = np.bincount(self.areas, weights=weight[self.points], minlength=count).astype(np.float64)
        return held


@dataclass(frozen=True, slots=True, eq=False)
class MembershipIndex:
    """Many areas, lon/lat degrees within -180 to 180, with their grid; threads may share it.

    `shape_of` returns an area by number for what rounding leaves open. `cells` holds for each cell -1 - s, s its
    set of areas, or m >= 0, a crossed cell: its whole areas are set `bases[m]`, its groups
    `groups[m]` to `groups[m + 1]`. Set s is `members[sets[s]:sets[s + 1]]`. Group g is an area, `owners[g]`, its
    turn, and its edges `entries[edges[g]:edges[g + 1]]`.
    """

    shape_of: Callable[[int], "MultiPolygon"]
    x: Floats
    y: Floats
    grid: Grid
    cells: Ints
    bases: Ints
    groups: Ints
    owners: Numbers
    turns: NDArray[np.uint8]
    edges: Ints
    entries: Ints
    sets: Ints
    members: Numbers

    @classmethod
    def of(
        cls,
        x: Floats,
        y: Floats,
        ring_ends: Longs,
        area_ends: Longs,
        shape_of: Callable[[int], "MultiPolygon"],
    ) -> "MembershipIndex":
        """Return the index of areas whose closed rings are `x`, `y` between `ring_ends`, ring after ring.

        `area_ends` (areas + 1,) are the offsets of each area's first vertex and their total.
        """
        grid = _grid(x, y)
        found = _listed(x, y, ring_ends, area_ends, grid)
        return cls(shape_of, x, y, grid, *found)

    @property
    def nbytes(self) -> int:
        """Return the memory that the index holds beside the coordinates, bytes."""
        parts = (self.cells, self.bases, self.groups, self.owners, self.turns, self.edges, self.entries)
        return sum(part.nbytes for part in (*parts, self.sets, self.members))

    def holding(self, lon: Floats, lat: Floats) -> Held:
        """Return the areas that hold each point (n,); a point on an area's boundary is not in it."""
        lon, lat = (np.require(values, np.float64, ["C", "W", "A"]) for values in (lon, lat))
        firsts = np.zeros(lon.size + 1, dtype=np.int64)
        room = 2 * lon.size + 64
        while True:
            areas = np.empty(room, dtype=np.int16)
            doubts = _hold(
                lon, lat, self.x, self.y, self.grid, self.cells, self.bases, self.groups, self.owners, self.turns,
                self.edges, self.entries, self.sets, self.members, firsts, areas,
            )  # fmt: skip
            if doubts >= 0:
                break
            room *= 4
        held = Held(firsts, areas[: firsts[-1]])
        return self._settled(held, lon, lat) if doubts else held

    def _settled(self, held: Held, lon: Floats, lat: Floats) -> Held:
        """Return the answers with what was in doubt decided by shapely."""
        import shapely

        points, areas = held.points, held.areas
        kept = areas < _IN_DOUBT
        for place in np.flatnonzero(~kept):
            point, area = points[place], int(areas[place]) - _IN_DOUBT
            kept[place] = shapely.contains_xy(self.shape_of(area), lon[point], lat[point])
        counts = np.bincount(points[kept], minlength=lon.size)
        return Held(np.concatenate(([0], np.cumsum(counts))), areas[kept] % _IN_DOUBT)


def _grid(x: Floats, y: Floats) -> Grid:
    """Return the grid over the vertices, with a cell free of edges all round."""
    if not x.size:
        return (-180.0, -90.0, 1.0, 1.0, 1, 1)
    west, south = float(x.min()) - _CELL_DEG * (1 + _OFF), float(y.min()) - _CELL_DEG * (1 + _OFF)
    columns, rows = (int((float(v.max()) - low) / _CELL_DEG) + 2 for v, low in ((x, west), (y, south)))
    return west, south, 1 / _CELL_DEG, 1 / _CELL_DEG, columns, rows


def _listed(
    x: Floats, y: Floats, ring_ends: Longs, area_ends: Longs, grid: Grid
) -> tuple[Ints, Ints, Ints, Numbers, NDArray[np.uint8], Ints, Ints, Ints, Numbers]:
    """Return cells, bases, groups, owners, turns, edges, entries, sets and members of an index."""
    columns, rows = grid[4:]
    counts = np.zeros(columns * rows, dtype=np.int32)
    list_edges(x, y, ring_ends, grid, counts, np.empty(0, dtype=np.int32))
    crossed = np.flatnonzero(counts)
    bounds = np.concatenate(([0], np.cumsum(counts, dtype=np.int64)))
    entries = np.empty(bounds[-1], dtype=np.int32)
    list_edges(x, y, ring_ends, grid, bounds[:-1].astype(np.int32), entries)
    cells = np.full(columns * rows, -1, dtype=np.int32)
    cells[crossed] = np.arange(crossed.size, dtype=np.int32)
    area_of = np.repeat(np.arange(area_ends.size - 1, dtype=np.int16), np.diff(area_ends))
    owner = area_of[entries >> 2]
    # A group starts where the area changes, or a cell does.
    cell_starts = bounds[crossed]
    first = np.ones(owner.size, dtype=np.bool_)
    first[1:] = owner[1:] != owner[:-1]
    first[cell_starts] = True
    starts = np.flatnonzero(first)
    groups = np.searchsorted(starts, np.append(cell_starts, entries.size)).astype(np.int32)
    owners, edges = owner[starts], np.append(starts, entries.size).astype(np.int32)
    turns = np.zeros(owners.size, dtype=np.uint8)
    bases = np.zeros(crossed.size, dtype=np.int32)
    room = 64 + 8 * crossed.size
    while True:
        sets, members = np.zeros(2 * crossed.size + 2, dtype=np.int32), np.empty(room, dtype=np.int16)
        status = np.zeros(max(1, area_ends.size - 1), dtype=np.uint8)
        used = _sweep(
            x, y, grid, cells, bases, groups, owners, turns, edges, entries, sets, members, status
        )  # fmt: skip
        if used >= 0:
            break
        assert used == -1, "some try along a border of two cells is on no edge"
        cells[cells < 0] = -1
        room *= 2
    kept = members[: sets[used]].copy()
    return cells.reshape(rows, columns), bases, groups, owners, turns, edges, entries, sets[: used + 1], kept


@kernel
def _at_border(
    one: int, other: int, place: tuple[int, int], x: Floats, y: Floats, grid: Grid, edges: Ints, entries: Ints
) -> int:
    """Return 2 * one's parity + the other's for two groups at a place on a cell's west border; -1 in doubt.

    The cell is `place` (column, row). A group of -1 has no edges.
    """
    west, south, per_x, per_y, _, _ = grid
    column, row = place
    for share in _TRIES:
        px, py = west + (column + _NEAR * (share - 0.5)) / per_x, south + (row + share) / per_y
        first = crossings(px, py, x, y, entries, edges[one], edges[one + 1]) if one >= 0 else 0
        second = crossings(px, py, x, y, entries, edges[other], edges[other + 1]) if other >= 0 else 0
        if _DOUBT not in (first, second):
            return 2 * first + second
    return -1


@kernel
def _sweep(
    x: Floats, y: Floats, grid: Grid, cells: Ints, bases: Ints, groups: Ints, owners: Numbers,
    turns: NDArray[np.uint8], edges: Ints, entries: Ints, sets: Ints, members: Numbers, status: NDArray[np.uint8],
) -> int:  # fmt: skip
    """Fill turns, sets, and what cells name, row by row from the west; -1 without room, -2 in doubt, else sets."""
    columns, rows = grid[4], grid[5]
    active = np.empty(status.size, dtype=np.int16)
    count, used = 1, 0  # set 0 is empty
    sets[1] = 0
    for row in range(rows):
        status[:] = 0
        living, before, current = 0, -1, 0
        for column in range(columns):
            cell = cells[row * columns + column]
            if cell < 0 and before < 0:
                cells[row * columns + column] = -1 - current
                continue
            place = (column, row)
            if before >= 0:
                for old in range(groups[before], groups[before + 1]):
                    area, new = owners[old], -1
                    if cell >= 0:
                        for g in range(groups[cell], groups[cell + 1]):
                            if owners[g] == area:
                                new = g
                    both = _at_border(old, new, place, x, y, grid, edges, entries)
                    if both < 0:
                        return -2
                    inside = turns[old] ^ (both >> 1)
                    if new >= 0:
                        turns[new] = inside ^ (both & 1)
                    if inside != status[area]:
                        if inside:
                            active[living] = area
                            living += 1
                        else:
                            for k in range(living):
                                if active[k] == area:
                                    active[k] = active[living - 1]
                                    break
                            living -= 1
                        status[area] = inside
            if cell >= 0:
                for g in range(groups[cell], groups[cell + 1]):
                    known = False
                    if before >= 0:
                        for old in range(groups[before], groups[before + 1]):
                            known = known or owners[old] == owners[g]
                    if not known:
                        both = _at_border(-1, g, place, x, y, grid, edges, entries)
                        if both < 0:
                            return -2
                        turns[g] = status[owners[g]] ^ (both & 1)
            if used + living > members.size:
                return -1
            for k in range(living):
                apart = False
                if cell >= 0:
                    for g in range(groups[cell], groups[cell + 1]):
                        apart = apart or owners[g] == active[k]
                if not apart:
                    members[used] = active[k]
                    used += 1
            current = count
            count += 1
            sets[count] = used
            if cell >= 0:
                bases[cell] = current
            else:
                cells[row * columns + column] = -1 - current
            before = cell
    return count


@kernel
def _hold(
    px: Floats, py: Floats, x: Floats, y: Floats, grid: Grid, cells: Ints, bases: Ints, groups: Ints,
    owners: Numbers, turns: NDArray[np.uint8], edges: Ints, entries: Ints, sets: Ints, members: Numbers,
    firsts: Longs, areas: Numbers,
) -> int:  # fmt: skip
    """Write what holds each point; return how many answers are in doubt, -1 where `areas` has no room."""
    west, south, per_x, per_y, columns, rows = grid
    at, doubts = 0, 0
    for n in range(px.size):
        across, up = (px[n] - west) * per_x, (py[n] - south) * per_y
        across, up = min(columns - 1.0, max(0.0, across)), min(rows - 1.0, max(0.0, up))
        cell = cells[np.int64(up), np.int64(across)]
        base = -1 - cell if cell < 0 else bases[cell]
        extra = 0 if cell < 0 else groups[cell + 1] - groups[cell]
        if at + sets[base + 1] - sets[base] + extra > areas.size:
            return -1
        for k in range(sets[base], sets[base + 1]):
            areas[at] = members[k]
            at += 1
        if extra:
            for g in range(groups[cell], groups[cell + 1]):
                odd = crossings(px[n], py[n], x, y, entries, edges[g], edges[g + 1])
                if odd == _DOUBT:
                    areas[at] = owners[g] + _IN_DOUBT
                    at += 1
                    doubts += 1
                elif odd ^ turns[g]:
                    areas[at] = owners[g]
                    at += 1
        firsts[n + 1] = at
    return doubts
