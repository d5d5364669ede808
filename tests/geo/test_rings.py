"""Rings on the globe: cut at the antimeridian, closed along a pole, and refused where they are none."""

import numpy as np
import pytest
import shapely
from pyproj import Geod

from launchwatch.basis.errors import InputError
from launchwatch.geo.rings import from_plane, rings_of, split_rings, to_plane

GEOD = Geod(ellps="WGS84")


def area_km2(rings):
    return sum(abs(GEOD.polygon_area_perimeter(*zip(*ring, strict=True))[0]) for ring in rings) / 1e6


def circle(lat, lon, km):
    at = GEOD.fwd(np.full(72, lon), np.full(72, lat), np.arange(0, 360, 5), np.full(72, km * 1e3))
    return at[0], at[1]


@pytest.mark.parametrize("lon", [130.0, 179.5, -179.5, 180.0])
def test_a_circle_keeps_its_area_wherever_it_is(lon):
    """A circle of 300 km holds pi r^2 to a thousandth (its chords), in one ring or two; all valid and closed."""
    rings = split_rings(*circle(40.0, lon, 300.0))
    assert len(rings) == (1 if lon == 130.0 else 2)
    assert area_km2(rings) == pytest.approx(np.pi * 300**2, rel=3e-3)
    for ring in rings:
        shape = shapely.Polygon(ring)
        assert shape.is_valid
        assert shape.exterior.is_ccw
        assert ring[0] == ring[-1]
        assert -180 <= shape.bounds[0] <= shape.bounds[2] <= 180


@pytest.mark.parametrize("lat", [88.0, -88.0, 90.0])
def test_a_circle_round_a_pole_is_closed_along_it(lat):
    """A ring that goes round the pole holds it; its area on the globe is the circle's."""
    rings = split_rings(*circle(lat, 20.0, 500.0))
    assert any(abs(y) == 90.0 for ring in rings for _, y in ring)
    shape = shapely.union_all([shapely.Polygon(ring) for ring in rings])
    assert shape.bounds[0] == pytest.approx(-180)
    assert shape.bounds[2] == pytest.approx(180)
    # On the plane of longitude and the sine of latitude areas are true on a sphere.
    true = shapely.area(
        shapely.transform(
            shapely.segmentize(shape, 1.0),
            lambda c: np.column_stack([np.radians(c[:, 0]), np.sin(np.radians(c[:, 1]))]),
        )
    )
    assert true * 6371.0**2 == pytest.approx(np.pi * 500**2, rel=0.02)


def test_the_plane_and_back():
    """Points go to the plane and come back; distances from the centre are true."""
    lat, lon = np.array([35.0, 60.0, -10.0]), np.array([140.0, -170.0, 100.0])
    x, y = to_plane(lat, lon, 40.0, 135.0)
    assert np.hypot(x, y) == pytest.approx(GEOD.inv(np.full(3, 135.0), np.full(3, 40.0), lon, lat)[2] / 1e3)
    back = from_plane(x, y, 40.0, 135.0)
    assert back[0] == pytest.approx(lat, abs=1e-9)
    assert back[1] % 360 == pytest.approx(lon % 360, abs=1e-9)
    disc = rings_of(shapely.Point(0, 0).buffer(100.0, quad_segs=32), 10.0, 180.0)
    assert len(disc) == 2
    assert area_km2(disc) == pytest.approx(np.pi * 100**2, rel=3e-3)


BAD = {
    "two points": ([1, 2], [1, 2]), "NaN": ([1, np.nan, 3], [1, 2, 3]), "latitude 91": ([1, 2, 3], [1, 91, 3]),
    "empty": ([], []), "unequal": ([1, 2, 3], [1, 2]),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_ring_is_refused(name):
    """Too few points, NaN, places beyond a pole."""
    with pytest.raises(InputError, match="ring"):
        split_rings(*BAD[name])


def test_a_ring_that_crosses_itself_is_mended():
    """A bow tie becomes its two triangles."""
    rings = split_rings([0, 2, 2, 0], [0, 2, 0, 2])
    assert len(rings) == 2
    assert all(shapely.Polygon(ring).is_valid for ring in rings)
