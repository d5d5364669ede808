"""A boost of unknown burnout, followed into its coast; fits of boosts to plots."""

import math

import numpy as np
import pytest
from scipy.linalg import block_diag

from launchwatch.estimate.track.ascent import STATE, follow
from launchwatch.estimate.track.boosts import Plot, PlotFit, Plots, TurningBoost, Wander, pack
from launchwatch.estimate.track.sensors import sensor_model
from launchwatch.facts import Sensor
from launchwatch.flight import boosts
from launchwatch.geo.sight import bearing_plane, look
from launchwatch.simulate import problems as pb

TRUTH = np.array([-500e3, -100e3, 0.0, math.pi / 2, 30.5, 130.0, math.radians(35) / 65, 70.0, pb.LOG_DRAG])
SIGMA = np.array([50e3, 50e3, 30.0, 1.0, 0.2, 0.2, 0.2, 10.0, 0.3])
SATELLITE = np.array([20e6, -25e6, 30e6])


def family(off):
    mean = TRUTH + off * SIGMA
    mean[4:7] = TRUTH[4:7] * np.exp(off[4:7] * SIGMA[4:7])
    return TurningBoost(mean, SIGMA, pb.ENVIRONMENT)


def plots(rng, until):
    """One satellite from 30 s to burnout and the radar from 55 s on, with their noise."""
    rows = []
    for t in np.arange(30.0, until + 1.0):
        x = boosts.turning_paths(TRUTH[None], np.array([t]), pb.ENVIRONMENT.as_array())[0, 0]
        if t % 5 == 0 and t <= 70:
            line = (x[:3] - SATELLITE) / np.linalg.norm(x[:3] - SATELLITE)
            line = line + rng.normal(0, 20e-6, 2) @ bearing_plane(line)
            rows.append((t, line / np.linalg.norm(line), SATELLITE, 4e-10 * np.eye(3), True))
        if t >= 55:
            seen = look(x, pb.RADAR, pb.AXES)[:3] + rng.standard_normal(3) * np.sqrt(pb.NOISE)
            rows.append((t, seen, pb.RADAR, np.diag(pb.NOISE), False))
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    return Plots(*columns[:3], np.tile(np.eye(3), (len(rows), 1, 1)), *columns[3:])


@pytest.fixture(scope="module")
def followed():
    rng = np.random.default_rng(3)
    off = rng.standard_normal(9)
    seen = plots(rng, 85.0)
    return follow(family(off), seen, np.unique(seen.time_s)), -off


def test_burnout_is_noticed_within_five_seconds(followed):
    """It burns with probability 1 while satellites see it, and with less than 1 in 1,000 five seconds after."""
    burning = {one.time_s: one.burning for one in followed[0]}
    assert burning[70.0] == pytest.approx(1.0)
    assert burning[75.0] < 1e-3


def test_state_and_launch_lie_where_the_covariance_says(followed):
    """Squared errors stay below the 99.99 % quantile of chi-square at every scan but that after burnout."""
    for one in followed[0]:
        if 70 < one.time_s < 72:
            continue
        truth = boosts.turning_paths(TRUTH[None], np.array([one.time_s]), pb.ENVIRONMENT.as_array())[0, 0]
        off, p = one.mean[:6] - truth, one.covariance[:6, :6]
        assert off @ np.linalg.solve(p, off) < 27.9
        at = slice(STATE, STATE + 2)
        away = one.mean[at] - followed[1][:2]
        assert away @ np.linalg.solve(one.covariance[at, at], away) < 18.4


def test_misfits_derive_as_they_differ():
    """The slopes of the residuals are their finite differences, the wander's included."""
    seen = plots(np.random.default_rng(1), 80.0)
    problem = PlotFit(family(np.full(9, 0.1)), seen, boosts.TURNING, Wander(0.5, 15.0))
    x = np.random.default_rng(2).normal(0, 0.05, boosts.TURNING + 9)
    _, slope = problem.slopes(x)
    for column in (0, 2, 4, 5, 6, 9, 13, 17):
        step = np.zeros(len(x))
        step[column] = 1e-4
        difference = (problem.residuals(x + step) - problem.residuals(x - step)) / 2e-4
        assert slope[:, column] == pytest.approx(difference, rel=2e-3, abs=2e-3 * np.abs(difference).max())


def test_biases_are_solved_for():
    """Information with common errors left out is A' (R + B B')^-1 A, that of a fit with the biases as unknowns."""
    radar = sensor_model(Sensor(
        id="R", kind="radar", lat_deg=38.0, lon_deg=125.0, height_m=0.0, sigma_range_m=30.0, sigma_azimuth_deg=0.1,
        sigma_elevation_deg=0.1, sigma_bias_azimuth_deg=0.2, sigma_bias_elevation_deg=0.3, scan_s=1.0,
    ))  # fmt: skip
    satellite = sensor_model(Sensor(
        id="S", kind="infrared", position_ecef_m=(-2.1e7, 3.7e7, 0.0), sigma_los_rad=1e-5, sigma_bias_los_rad=4e-5,
        scan_s=10.0,
    ))  # fmt: skip
    rng = np.random.default_rng(4)
    root = rng.normal(size=(3, 3))
    seen = pack([
        Plot(0.0, np.array([0.6, 0.0, 0.8]), satellite),
        Plot(1.0, np.array([4e5, 0.5, 0.2]), radar, root @ root.T),
        Plot(2.0, np.array([4e5, 0.5, math.nan]), radar), Plot(3.0, np.array([0.0, 0.6, 0.8]), satellite),
    ])  # fmt: skip
    known = np.array([1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 0], dtype=bool)
    noise = block_diag(*seen.noise)[np.ix_(known, known)]
    common = seen.common.reshape(12, 6)[known]
    slope = rng.normal(size=(12, 5))
    white = seen.apart((seen.whitening @ slope.reshape(4, 3, 5)).reshape(12, 5))
    want = slope[known].T @ np.linalg.solve(noise + common @ common.T, slope[known])
    assert white.T @ white == pytest.approx(want, rel=1e-9)
    assert seen.noise[2, 1, 1] == pytest.approx(math.radians(0.1) ** 2)
    assert np.diag(common @ common.T)[:2] == pytest.approx(np.full(2, 16e-10))
    alone = pack([Plot(2.0, np.array([4e5, 0.5, 0.1]), radar)], each_for_itself=True)
    assert alone.noise[0, 1, 1] == pytest.approx(math.radians(0.1) ** 2 + math.radians(0.2) ** 2)


def test_equal_corners_are_a_constant_acceleration():
    """A broken line without a break moves the path by half a t squared from lift-off on."""
    times = np.array([-5.0, 0.0, 7.0, 29.0])
    problem = PlotFit(family(np.zeros(9)), plots(np.random.default_rng(1), 56.0), 9, Wander(0.5, 10.0))
    x = np.concatenate([np.zeros(9), np.tile([0.0, 0.0, 1.0], 4)])
    with_, _ = problem.states(x, times)
    without = problem.family.paths(np.zeros((1, 9)), times)[0]
    assert (with_ - without)[:, 2] == pytest.approx(0.25 * np.maximum(times, 0.0) ** 2, abs=1e-6)
