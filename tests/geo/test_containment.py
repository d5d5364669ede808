"""Points in polygons: the index against shapely, on limits and within rounding of them above all."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from launchwatch.basis.errors import InputError
from launchwatch.geo import containment
from launchwatch.geo.containment import PolygonIndex
from launchwatch.geo.zones import load_zones

ZONES = load_zones()
HAIR = 1e-12


def polygons_of(shape):
    """Return what has an area in a shape as one multipolygon, prepared."""
    parts = [p for p in shapely.get_parts(shapely.get_parts(shape)) if p.geom_type == "Polygon" and p.area > 0]
    shape = shapely.multipolygons(parts) if parts else shapely.MultiPolygon()
    shapely.prepare(shape)
    return shape


@st.composite
def shapes(draw):
    """Return a valid multipolygon, often with holes: scribbles on a coarse or fine lattice, joined or cut out."""
    steps = draw(st.sampled_from([4, 16, 100_000]))
    at = st.integers(0, 4 * steps).map(lambda n: n / steps)
    x0, y0 = draw(st.sampled_from([(0.0, 0.0), (-2.0, -2.0), (128.0, 36.0), (128.123456789, 35.987654321)]))
    flat = draw(st.sampled_from([1.0, 1e-3, 1e-9]))
    shape = shapely.MultiPolygon()
    for how in draw(st.lists(st.sampled_from([shapely.union, shapely.difference]), min_size=1, max_size=3)):
        ring = draw(st.lists(st.tuples(at, at), min_size=3, max_size=24, unique=True))
        ring = [(x0 + x, y0 + flat * y) for x, y in ring]
        scribble = polygons_of(shapely.make_valid(shapely.Polygon(ring)))
        shape = how(shape, scribble) if not shape.is_empty else scribble
    found = polygons_of(shape)
    return found if found.is_valid else polygons_of(shapely.make_valid(found))


def telling_points(shape, rng):
    """Return points on vertices and edges, a hair beside them, level with vertices, on a lattice and anywhere."""
    ends = shapely.get_coordinates(shape)
    rings = [shapely.get_coordinates(r) for r in shapely.get_rings(shapely.get_parts(shape))]
    edges = np.concatenate([np.stack((r[:-1], r[1:]), axis=1) for r in rings])
    share = rng.uniform(0, 1, (len(edges), 1))
    on = np.concatenate(
        (
            ends,
            edges.mean(axis=1),
            edges[:, 0] * share + edges[:, 1] * (1 - share),
            shapely.get_coordinates(shape.envelope),
        )
    )
    west, south, east, north = shape.bounds
    anywhere = np.column_stack((rng.uniform(west - 0.1, east + 0.1, 300), rng.uniform(south, north, 300)))
    level = np.column_stack((rng.permutation(ends[:, 0]), ends[:, 1]))
    beside = np.column_stack((rng.uniform(west, east, len(ends)), ends[:, 1]))
    near = [on + rng.choice([-HAIR, 0.0, HAIR], on.shape) for _ in range(2)]
    next_ = [np.nextafter(on, on + rng.choice([-1.0, 1.0], on.shape)), np.round(anywhere, 1)]
    return np.concatenate((on, *near, *next_, anywhere, level, beside)).T


@settings(deadline=None)
@given(shape=shapes(), seed=st.integers(0, 2**32 - 1), cells=st.sampled_from([1e-9, 1.0, 4.0, 300.0]))
def test_every_point_is_told_as_shapely_tells_it(shape, seed, cells):
    if shape.is_empty:
        return
    x, y = telling_points(shape, np.random.default_rng(seed))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(containment, "_CELLS_PER_VERTEX", cells)
        held = PolygonIndex.of(shape).contains(x, y)
    np.testing.assert_array_equal(held, shapely.contains_xy(shape, x, y))


@settings(deadline=None, max_examples=30)
@given(shape=shapes(), seed=st.integers(0, 2**32 - 1))
def test_a_grid_whose_cells_cannot_be_told_apart_becomes_one_cell(shape, seed):
    if shape.is_empty:
        return
    x, y = telling_points(shape, np.random.default_rng(seed))
    turn, asked = containment._turn, []

    def doubtful(*given):
        asked.append(given)
        return len(asked) > 1 and turn(*given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(containment, "_turn", doubtful)
        index = PolygonIndex.of(shape)
    assert index.cells.shape == (3, 3)
    np.testing.assert_array_equal(index.contains(x, y), shapely.contains_xy(shape, x, y))


@pytest.mark.parametrize("zone", [zone.id for zone in ZONES])
def test_zones_hold_what_shapely_says_on_their_limits_and_anywhere(zone: str):
    shape, rng = ZONES.geometry(zone), np.random.default_rng(1)
    ends = rng.permutation(shapely.get_coordinates(shape))[:2000]
    west, south, east, north = shape.bounds
    anywhere = np.column_stack((rng.uniform(west, east, 10_000), rng.uniform(south, north, 10_000)))
    near = [ends + rng.uniform(-size, size, ends.shape) for size in (HAIR, 1e-9, 1e-4, 0.05)]
    x, y = np.concatenate((ends, *near, anywhere, np.round(anywhere, 2))).T
    index = PolygonIndex.of(shape)
    np.testing.assert_array_equal(index.contains(x, y), shapely.contains_xy(shape, x, y))


def test_random_points_leave_nothing_to_shapely():
    """Exactness costs nothing where it is not needed: the error bound is that tight."""
    index = PolygonIndex.of(ZONES.geometry("eez:JPN"))
    rng = np.random.default_rng(2)
    x, y, held = rng.uniform(122, 158, 100_000), rng.uniform(17, 46, 100_000), np.empty(100_000, dtype=np.uint8)
    doubts = containment._contain(
        x, y, index.x, index.y, index.grid, index.cells, index.firsts, index.entries, held
    )
    assert doubts == 0
    assert set(held) == {0, 1}


def test_the_boundary_is_not_within():
    index = PolygonIndex.of(shapely.box(0, 0, 1, 1).difference(shapely.box(0.25, 0.25, 0.75, 0.75)))
    x = np.array([0.0, 0.5, 1.0, 0.5, 0.25, 0.5, 0.75, 0.1, 0.5])
    y = np.array([0.0, 0.0, 0.5, 1.0, 0.25, 0.25, 0.5, 0.1, 0.5])
    assert index.contains(x, y).tolist() == [False] * 7 + [True, False]


@pytest.mark.parametrize("size", [1e-13, 1e-9, 1e-5])
def test_polygons_no_larger_than_rounding(size: float):
    shape = shapely.box(128.0, 38.0, 128.0 + size, 38.0 + size)
    rng = np.random.default_rng(3)
    x, y = 128.0 + rng.uniform(-size, 2 * size, 2000), 38.0 + rng.uniform(-size, 2 * size, 2000)
    np.testing.assert_array_equal(PolygonIndex.of(shape).contains(x, y), shapely.contains_xy(shape, x, y))


def test_nothing_and_no_place():
    """An empty shape holds nothing; NaN and infinity, which `Zones` refuses, are within no shape."""
    nothing = PolygonIndex.of(shapely.MultiPolygon())
    assert nothing.cells.size == 1, "compiled code reads some cell for every point"
    assert not nothing.contains(np.array([0.0, -300.0, np.nan]), np.array([0.0, 1e308, 0.0])).any()
    nowhere = np.array([np.nan, np.inf, -np.inf, 0.5, 0.5, 0.5])
    index = PolygonIndex.of(shapely.box(0, 0, 1, 1))
    assert not index.contains(nowhere, nowhere[::-1]).any()
    assert index.contains(np.empty(0), np.empty(0)).size == 0


def test_views_and_read_only_points_are_told_as_well():
    index = PolygonIndex.of(shapely.box(0, 0, 1, 1))
    points = np.random.default_rng(4).uniform(-1, 2, (100, 2))
    wanted = ((points > 0) & (points < 1)).all(axis=1)
    points.flags.writeable = False
    np.testing.assert_array_equal(index.contains(points[:, 0], points[:, 1]), wanted)


def test_few_points_and_many_are_told_alike():
    """Short lists go to shapely, so that one question needs no compiler; nobody can tell."""
    zones = type(ZONES)(tuple(ZONES), ZONES.window)
    rng = np.random.default_rng(5)
    x, y = rng.uniform(100, 180, 5000), rng.uniform(0, 60, 5000)
    few = np.concatenate([zones.inside("land:CHN", x[i : i + 500], y[i : i + 500]) for i in range(0, 5000, 500)])
    assert not zones._indices
    many = zones.inside("land:CHN", x, y)
    assert list(zones._indices) == ["land:CHN"]
    np.testing.assert_array_equal(few, many)
    np.testing.assert_array_equal(zones.inside("land:CHN", x[:10], y[:10]), few[:10])


@pytest.mark.parametrize(
    ("lon", "lat"), [(np.nan, 40.0), (130.0, np.nan), (130.0, 90.1), (-181.0, 0.0), (361.0, 0.0), (np.inf, 0.0)]
)
def test_one_bad_point_among_many_is_refused(lon: float, lat: float):
    x, y = np.full(5000, 135.0), np.full(5000, 39.0)
    x[4321], y[4321] = lon, lat
    with pytest.raises(InputError, match="degrees"):
        ZONES.inside("eez:JPN", x, y)
