"""Sensors and plots' covariances: what is impossible is refused with what was given and what is allowed."""

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from launchwatch.basis.errors import InputError
from launchwatch.facts import Plot, Sensor, recording_line
from launchwatch.facts.checks import check_covariance, check_sensor

PLACE = {"lat_deg": 38.0, "lon_deg": 128.4, "height_m": 300.0, "scan_s": 2.0}
ANGLES = {"sigma_range_m": 30.0, "sigma_azimuth_deg": 0.1}
RADAR = Sensor(id="R", kind="radar", sigma_elevation_deg=0.1, **ANGLES, **PLACE)
CIVIL = Sensor(id="C", kind="surveillance", **ANGLES, **PLACE)
INFRARED = Sensor(id="I", kind="infrared", position_ecef_m=(-1.8e7, 3.8e7, 0.0), sigma_los_rad=2e-5, scan_s=5.0)


def changed(sensor, **fields):
    return msgspec.structs.replace(sensor, **fields)


@pytest.mark.parametrize("sensor", [RADAR, CIVIL, INFRARED], ids=lambda sensor: sensor.kind)
def test_each_kind_needs_no_more_than_its_own(sensor):
    """A radar, a surveillance radar without elevation and an infrared sensor pass with what they measure."""
    check_sensor(sensor)
    check_sensor(changed(sensor, sigma_bias_range_m=0.0, sigma_bias_azimuth_deg=0.02, sigma_bias_los_rad=1e-5))


BAD = [
    (changed(RADAR, scan_s=5e-324), "scan period; given 5e-324; allowed: 0.001 to 86400 s"),
    (changed(RADAR, scan_s=math.inf), "scan period"),
    (changed(RADAR, sigma_elevation_deg=None), "a radar needs sigma_elevation_deg"),
    (changed(CIVIL, sigma_elevation_deg=0.1), "measures no elevation"),
    (changed(CIVIL, sigma_bias_elevation_deg=0.1), "measures no elevation"),
    (changed(CIVIL, sigma_barometric_height_m=0.0), "sigma_barometric_height_m out of range"),
    (changed(CIVIL, sigma_azimuth_deg=None), "a radar needs sigma_azimuth_deg"),
    (changed(CIVIL, refraction="standard"), "refraction bends the elevation"),
    (changed(INFRARED, refraction="standard"), "line of sight from space"),
    (changed(INFRARED, sigma_los_rad=20.0), "try 2e-05 if it is in microradians"),
    (changed(RADAR, sigma_bias_range_m=-1.0), "sigma_bias_range_m out of range"),
    (changed(RADAR, sigma_bias_azimuth_deg=math.nan), "sigma_bias_azimuth_deg out of range"),
    (changed(RADAR, sigma_bias_elevation_deg=11.0), "sigma_bias_elevation_deg out of range"),
    (changed(INFRARED, sigma_bias_los_rad=math.inf), "sigma_bias_los_rad out of range"),
]


@pytest.mark.parametrize(("sensor", "reason"), BAD, ids=[reason for _, reason in BAD])
def test_impossible_sensors_are_refused(sensor, reason):
    """A sensor that cannot be is refused with the field, what was given and what is allowed."""
    with pytest.raises(InputError, match=reason):
        check_sensor(sensor)


def test_old_sensors_are_written_as_before():
    """What goes without saying is not written: a sensor without the newer fields keeps its line."""
    assert b"refraction" not in recording_line(RADAR)
    assert b"bias" not in recording_line(RADAR)
    assert b'"refraction":"standard"' in recording_line(changed(RADAR, refraction="standard"))


def plot(covariance, **fields):
    return Plot(id="p", sensor="R", time_utc="2025-11-07T03:35:00Z", covariance=covariance, **fields)


def rows(matrix):
    return tuple(tuple(float(v) for v in row) for row in matrix)


BAD_COVARIANCES = [
    (RADAR, rows(np.eye(2)), "covariance has the wrong size"),
    (RADAR, ((1.0, 0.0, 0.0), (0.0, 1.0), (0.0, 0.0, 1.0)), "covariance has the wrong size"),
    (RADAR, (), "covariance has the wrong size"),
    (CIVIL, rows(np.eye(3)), "allowed: 2 rows of 2: range_m, azimuth_deg"),
    (INFRARED, rows(np.eye(3)), "first angle, rad, second angle, rad"),
    (RADAR, rows(np.diag([900.0, 0.01, -0.01])), "variance of elevation_deg out of range"),
    (RADAR, rows(np.diag([900.0, 0.0, 0.01])), "variance of azimuth_deg out of range"),
    (RADAR, rows(np.diag([900.0, math.nan, 0.01])), "no number"),
    (RADAR, rows(np.diag([900.0, 1e9, 0.01])), "variance of azimuth_deg out of range"),
    (RADAR, ((900.0, 1.0, 0.0), (0.0, 0.01, 0.0), (0.0, 0.0, 0.01)), "not symmetric"),
    (RADAR, ((900.0, 3.1, 0.0), (3.1, 0.01, 0.0), (0.0, 0.0, 0.01)), "not positive definite"),
    (RADAR, ((900.0, 3.0, 0.0), (3.0, 0.01, 0.0), (0.0, 0.0, 0.01)), "not positive definite"),
]


@pytest.mark.parametrize(("sensor", "covariance", "reason"), BAD_COVARIANCES)
def test_impossible_covariances_are_refused(sensor, covariance, reason):
    """A plot's covariance of another size, unsymmetric or not positive definite is refused."""
    with pytest.raises(InputError, match=reason):
        check_covariance(plot(covariance), sensor)


def test_covariance_grows_with_what_was_measured():
    """Range rate and barometric height add a row where the plot has them."""
    check_covariance(plot(rows(np.diag([900.0, 0.01, 0.01, 25.0])), range_rate_m_s=3.0), RADAR)
    check_covariance(plot(rows(np.diag([900.0, 0.01, 4e4])), barometric_height_m=3.0), CIVIL)
    check_covariance(plot(rows(np.eye(2) * 1e-10)), INFRARED)


@given(st.lists(st.floats(-1, 1), min_size=9, max_size=9), st.lists(st.floats(0.01, 1e3), min_size=3, max_size=3))
def test_definiteness_agrees_with_eigenvalues(entries, scale):
    """A product A A' passes where the least eigenvalue of its correlations is clear of zero, else not."""
    a = np.array(entries).reshape(3, 3)
    product = a @ a.T + 1e-6 * np.eye(3)
    size = np.sqrt(np.diag(product))
    correlation = product / np.outer(size, size)
    least = np.linalg.eigvalsh(correlation)[0]
    covariance = rows(correlation * np.outer(scale, scale) * 1e-4)
    if least > 1e-9:
        check_covariance(plot(covariance), RADAR)
    elif least < 1e-14:
        with pytest.raises(InputError):
            check_covariance(plot(covariance), RADAR)
