"""Smooth boosts against the adaptive integrator and against closed forms."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

from launchwatch.flight import boosts
from launchwatch.flight import parameters as prm
from launchwatch.flight.environment import EARTH, Environment
from launchwatch.flight.propagation import fly_path

SPHERE = Environment(
    j2=0.0, semi_major_m=6_371_000.0, flattening=0.0, rotation_rad_s=0.0, air="exponential"
).as_array()
BOOST = np.array([-500e3, -100e3, 12.5, math.pi / 2, 30.5, 130.0, math.radians(35) / 65, 70.0, math.log(2)])


def staged_row(stages):
    row = np.zeros(prm.COUNT)
    row[prm.LAT], row[prm.LON], row[prm.AZIMUTH] = math.radians(40.2), math.radians(125.2), math.radians(84)
    row[prm.VERTICAL_TIME], row[prm.PITCH_TIME], row[prm.PITCH] = 2.0, 20.0, math.radians(40)
    row[prm.BALLISTIC_COEFFICIENT] = 7000.0
    for i, stage in enumerate(stages):
        row[prm.BURN_TIME_1 + 3 * i : prm.BURN_TIME_1 + 3 * i + 3] = stage
    return row


@pytest.mark.parametrize("stages", [[(75, 25.4, 0.77)], [(40, 25.4, 0.6), (30, 15.0, 0.5)]])
def test_staged_boost_follows_the_adaptive_integrator(stages):
    """On two-second steps within 2 m and 0.1 m/s, through staging and burnout; it stands before lift-off."""
    row, times = staged_row(stages), np.arange(0.0, 100.0, 1.7)
    reference, _ = fly_path(row, np.maximum(times - 3.0, 0.0), tolerance_m=1e-6)
    states = boosts.staged_paths(row[None], np.array([3.0]), times, EARTH.as_array())[0]
    assert np.abs(states - reference)[:, :3].max() < 2.0
    assert np.abs(states - reference)[:, 3:].max() < 0.1


def test_neighbouring_boosts_differ_smoothly():
    """Second differences by burn time over a hundred small steps show no jump of the integrator's steps."""
    rows = np.repeat(staged_row([(75, 25.4, 0.77)])[None], 101, axis=0)
    rows[:, prm.BURN_TIME_1] = 75.0 + 1e-3 * np.arange(-50, 51)
    places = boosts.staged_paths(rows, np.zeros(101), np.array([80.0]), EARTH.as_array())[:, 0, :3]
    assert np.abs(np.diff(places, 2, axis=0)).max() < 1e-4


def test_turning_boost_is_its_integral():
    """Height, speed and distance on the map agree with adaptive quadrature of the closed-form speed."""
    thrust, mass_time, turn = BOOST[[boosts.THRUST, boosts.MASS_TIME, boosts.TURN_RATE]]

    def speed(q):
        turned = turn * max(q - 5.0, 0.0)
        return -thrust * mass_time * math.log(1 - q / mass_time) - 9.80 * (min(q, 5.0) + math.sin(turned) / turn)

    def climb(q):
        return speed(q) * math.cos(turn * max(q - 5.0, 0.0))

    state = boosts.turning_paths(BOOST[None], np.array([12.5 + 60.0]), SPHERE)[0, 0]
    height = quad(climb, 0, 5, epsabs=1e-9)[0] + quad(climb, 5, 60, epsabs=1e-9)[0]
    assert np.linalg.norm(state[:3]) - 6_371_000.0 == pytest.approx(height, abs=0.01)
    up = state[:3] / np.linalg.norm(state[:3])
    assert state[3:] @ up == pytest.approx(climb(60.0), rel=1e-9)


def test_turning_boost_moves_as_its_velocity_says():
    """The velocity is the derivative of the place, in boost and in coast."""
    times = np.concatenate([np.arange(20.0, 80.0, 7.0), np.arange(90.0, 120.0, 7.0)])
    ahead, behind, now = (boosts.turning_paths(BOOST[None], times + h, SPHERE)[0] for h in (1e-3, -1e-3, 0.0))
    assert np.abs((ahead - behind)[:, :3] / 2e-3 - now[:, 3:]).max() < 0.02


def test_turning_boost_stands_before_lift_off():
    """Until then it stands at its place on the map, at rest."""
    state = boosts.turning_paths(BOOST[None], np.array([3.0]), SPHERE)[0, 0]
    assert np.linalg.norm(state[:3]) == pytest.approx(6_371_000.0)
    assert not state[3:].any()
