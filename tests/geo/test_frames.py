"""Ellipsoid and sight lines against PROJ, derivatives against finite differences."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from launchwatch.geo.ellipsoid import ecef_from_geodetic, geodetic_from_ecef, height_and_up
from launchwatch.geo.frames import east_north_up
from launchwatch.geo.geodesic import destination, distance_and_azimuth
from launchwatch.geo.sight import bearing_plane, look, look_derivative, place

TO_ECEF = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
LATS, LONS = st.floats(-1.5707, 1.5707), st.floats(-3.14159, 3.14159)
HEIGHTS = st.floats(-5e3, 1e7)


@given(LATS, LONS, HEIGHTS)
def test_ecef_agrees_with_proj(lat, lon, height):
    """Earth-fixed coordinates are PROJ's to a micrometre."""
    ours = ecef_from_geodetic(np.array([lat]), np.array([lon]), np.array([height]))[0]
    assert ours == pytest.approx(TO_ECEF.transform(lon, lat, height, radians=True), abs=1e-6)


@given(LATS, LONS, HEIGHTS)
def test_geodetic_round_trip(lat, lon, height):
    """There and back loses less than 0.1 mm of height and a hundredth of a micro-degree, to 10,000 km height."""
    there = ecef_from_geodetic(np.array([lat]), np.array([lon]), np.array([height]))
    back = geodetic_from_ecef(there)[0]
    assert back[0] == pytest.approx(lat, abs=2e-10)
    assert math.cos(back[1] - lon) == pytest.approx(1, abs=1e-12)
    assert back[2] == pytest.approx(height, abs=1e-4)


def test_up_is_the_height_gradient():
    """Moving a metre along `up` raises the height by a metre."""
    point = np.array([-3.0e6, 4.2e6, 4.1e6])
    height, *up = height_and_up(*point, 6378137.0, 1 / 298.257223563)
    higher = height_and_up(*(point + np.array(up)), 6378137.0, 1 / 298.257223563)[0]
    assert higher - height == pytest.approx(1.0, abs=1e-8)


def scene():
    lat, lon = math.radians(38.0), math.radians(128.4)
    sensor = ecef_from_geodetic(np.array([lat]), np.array([lon]), np.array([300.0]))[0]
    target = ecef_from_geodetic(np.radians([40.3]), np.radians([126.5]), np.array([42e3]))[0]
    return np.concatenate([target, [1200.0, -900.0, 700.0]]), sensor, east_north_up(lat, lon)


def test_look_agrees_with_proj_topocentric():
    """Range, azimuth and elevation follow from PROJ's topocentric coordinates to a millimetre."""
    state, sensor, enu = scene()
    pipeline = f"+proj=topocentric +ellps=WGS84 +X_0={sensor[0]} +Y_0={sensor[1]} +Z_0={sensor[2]}"
    east, north, up = Transformer.from_pipeline(pipeline).transform(*state[:3])
    seen = look(state, sensor, enu)
    assert seen[0] == pytest.approx(math.sqrt(east**2 + north**2 + up**2), abs=1e-3)
    assert seen[1] == pytest.approx(math.atan2(east, north) % (2 * math.pi), abs=1e-9)
    assert seen[2] == pytest.approx(math.atan2(up, math.hypot(east, north)), abs=1e-9)


def test_place_undoes_look():
    """A looked-at point is found again from range, azimuth and elevation."""
    state, sensor, enu = scene()
    seen = look(state, sensor, enu)
    assert place(seen[0], seen[1], seen[2], sensor, enu) == pytest.approx(state[:3], abs=1e-5)


def test_look_derivative_matches_finite_differences():
    """Every derivative agrees with a central difference to one part in a million of its column."""
    state, sensor, enu = scene()
    exact = look_derivative(state, sensor, enu)
    for j in range(6):
        step = np.zeros(6)
        step[j] = 1.0
        numeric = (look(state + step, sensor, enu) - look(state - step, sensor, enu)) / 2
        assert exact[:, j] == pytest.approx(numeric, abs=1e-6 * max(np.abs(exact[:, j]).max(), 1e-6))


@given(st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: math.hypot(*v) > 0.1))
def test_bearing_plane_is_orthonormal(line):
    """The two axes are unit vectors at right angles to the line and to each other."""
    direction = np.array(line) / math.hypot(*line)
    frame = np.vstack([bearing_plane(direction), direction])
    assert frame @ frame.T == pytest.approx(np.eye(3), abs=1e-12)


def test_geodesic_of_the_library_manual():
    """Wellington to Salamanca is 19,959,679.267 m (GeographicLib's Python manual, first example)."""
    ends = [math.radians(v) for v in (-41.32, 174.81, 40.96, -5.50)]
    distance, azimuth = distance_and_azimuth(*ends)
    assert distance == pytest.approx(19_959_679.267, abs=1e-3)
    lat, lon = destination(ends[0], ends[1], azimuth, distance)
    assert (math.degrees(lat), math.degrees(lon)) == pytest.approx((40.96, -5.50), abs=1e-9)
